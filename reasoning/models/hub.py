"""Getting a model file from the public hub, through the hub's own client library.

`huggingface_hub` (the optional extra `hub`) knows where the hub is, which HF_ENDPOINT changes, follows it to where the
file lies, and repeats what breaks. What it does not do is ours: a transfer that was broken off is taken up again by the
next one, the content is held against the SHA-256 that the hub gives, and the file gets its name only when it is whole.

No credentials are sent: the files that can be pulled are free for all.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec

from ..runtimes.protocol import ModelError
from .catalogue import HubFile

SPARE = 64 << 20  # bytes that are to be left on the disk
_ATTEMPTS = 3  # without a byte that is new; the library repeats within each
_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Report = Callable[[int, int], None]
"""Told of the bytes that are here and the bytes that there are."""


class PullFailed(ModelError):
    """The file could not be got; `str()` says why, and what to do."""


class Pulled(msgspec.Struct, frozen=True):
    """`fetched` are the bytes that this transfer brought: 0 where the file was here, less than `size` where resumed."""

    path: Path
    size: int
    sha256: str
    fetched: int


def pull(wanted: HubFile, folder: Path, report: Report = lambda done, total: None) -> Pulled:
    """Bring a file of the hub into the folder, unless it is there. Raises `PullFailed`.

    What came before an interruption stays beside it, under a name that holds the checksum, and is not fetched again.
    """
    hub = _library()
    by_hand = f"get {wanted.file} from {wanted.repository} on another machine and put it into {folder}"
    with _told(hub, by_hand):
        url = hub.hf_hub_url(wanted.repository, wanted.file)
        known = hub.get_hf_file_metadata(url, token=False)
    sha256, size = known.etag or "", known.size
    if not _SHA256.match(sha256) or not isinstance(size, int):
        raise PullFailed(
            f"the hub does not say size and SHA-256 of {wanted.file}, so it could not be checked; {by_hand}"
        )
    target = folder / wanted.file
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if target.is_file() and target.stat().st_size == size and _digest(target) == sha256:
            report(size, size)
            return Pulled(target, size, sha256, 0)
        part = folder / f".{wanted.file}.{sha256[:16]}.part"
        with _alone(hub, part):
            fetched = _fetch(hub, known.location, part, size, by_hand, report)
            if _digest(part) != sha256:
                part.unlink()
                raise PullFailed(
                    f"what came of {wanted.file} has another SHA-256 than the hub says ({sha256}): it was dropped; "
                    "pull it again, and if that happens twice, something on the way changes it"
                )
            os.replace(part, target)
    except OSError as error:
        if error.errno in _FULL:
            raise PullFailed(
                f"the disk of {folder} is full: {wanted.file} needs {_megabytes(size)}; what came so far is kept, so "
                "make room and pull it again"
            ) from None
        raise PullFailed(f"{folder} cannot be written: {error.strerror or error}") from None
    return Pulled(target, size, sha256, fetched)


def _fetch(hub: Any, location: str, part: Path, size: int, by_hand: str, report: Report) -> int:
    """Fill `part` up to `size` bytes; how many came now."""
    here = part.stat().st_size if part.exists() else 0
    if here > size:
        part.unlink()
        here = 0
    free = shutil.disk_usage(part.parent).free
    if free < size - here + SPARE:
        raise PullFailed(
            f"{part.parent} has {_megabytes(free)} left, and {_megabytes(size - here + SPARE)} are needed: make room, "
            "or set PRAGMATIST_MODELS to a folder on another disk"
        )
    begun, attempt = here, 0
    while here < size:
        with _told(hub, by_hand, passing=attempt + 1 < _ATTEMPTS), part.open("r+b" if here else "wb") as file:
            file.seek(here)
            hub.http_get(
                location,
                file,
                resume_size=here,
                headers=hub.build_hf_headers(token=False),
                expected_size=size,
                tqdm_class=_bar(report),
            )
        now = part.stat().st_size
        attempt = 0 if now > here else attempt + 1
        here = now
    return here - begun


@contextlib.contextmanager
def _told(hub: Any, by_hand: str, *, passing: bool = False) -> Iterator[None]:
    """Whatever the library raises, as `PullFailed`; `passing` lets a transfer that broke off be tried again."""
    try:
        yield
    except hub.OfflineModeIsEnabled:
        raise PullFailed(f"HF_HUB_OFFLINE is set, so the hub is not asked; unset it, or {by_hand}") from None
    except hub.HfHubHTTPError as error:
        status = error.response.status_code
        raise PullFailed(f"the hub refused {error.response.url.path} (status {status}); {by_hand}") from None
    except hub.HTTPError as error:
        if passing and isinstance(error, hub.TransportError):
            return
        raise PullFailed(
            f"the hub at {hub.ENDPOINT} cannot be reached ({type(error).__name__}: {error}); see to the connection, "
            f"set HF_ENDPOINT to a mirror that you trust, or {by_hand}"
        ) from None
    except OSError as error:
        if error.errno is not None:
            raise
        if not passing:  # the library's word for an answer of another length
            raise PullFailed(f"the transfer broke off: {error}; pull it again") from None


@contextlib.contextmanager
def _alone(hub: Any, part: Path) -> Iterator[None]:
    """One transfer of a file at a time."""
    lock = hub.FileLock(f"{part}.lock", timeout=0)
    try:
        with lock:
            try:
                yield
            finally:
                with contextlib.suppress(OSError):
                    os.unlink(lock.lock_file)
    except hub.Timeout:
        raise PullFailed(f"{part.parent} is being filled by another pull of this model: wait for it") from None


def _bar(report: Report) -> type:
    """What the library takes for a progress bar."""

    class Bar:
        def __init__(self, *_: Any, total: int | None = None, initial: int = 0, **__: Any) -> None:
            self.n, self._total = initial, total or 0

        def update(self, count: float = 1) -> None:
            self.n += int(count)
            report(self.n, self._total)

        def __enter__(self) -> Bar:
            return self

        def __exit__(self, *_: object) -> None: ...

        def close(self) -> None: ...

    return Bar


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _library() -> Any:
    """What is used of the library, imported when something is pulled: it takes a while, and is an extra."""
    try:
        import filelock
        import httpx2
        from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
        from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers, logging
    except ImportError as error:
        raise PullFailed(
            f"pulling needs the hub's own library ({error}): pip install 'pragmatist[hub]'; or let a server that you "
            "have pull its own model, with --endpoint"
        ) from None
    logging.set_verbosity_error()
    constants.HF_HUB_DISABLE_TELEMETRY = True  # it would tell what else is installed, and ask for more than the file
    return SimpleNamespace(
        ENDPOINT=constants.ENDPOINT,
        FileLock=filelock.FileLock,
        Timeout=filelock.Timeout,
        HTTPError=httpx2.HTTPError,
        TransportError=httpx2.TransportError,
        HfHubHTTPError=HfHubHTTPError,
        OfflineModeIsEnabled=OfflineModeIsEnabled,
        build_hf_headers=build_hf_headers,
        get_hf_file_metadata=get_hf_file_metadata,
        hf_hub_url=hf_hub_url,
        http_get=http_get,
    )
