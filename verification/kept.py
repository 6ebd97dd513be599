"""What is kept of a verification besides its evidence: what was asked, so that the certificate can be repeated."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import msgspec

from .certificates import CertificateStore, content_key
from .evidence import EVIDENCE_VERSION, Evidence
from .request import Verification, VerificationRequest
from .sources import content_of_dependencies


class Asked(msgspec.Struct, frozen=True):
    """What one certificate is an answer to: the plans of `loops` in the request kept under `request`.

    `whole` tells that they were in one text. `dependencies` are the hashes of the files read besides the one verified,
    `toolchain` is the fingerprint of the compilers then.
    """

    request: str
    loops: tuple[str, ...]
    whole: bool
    dependencies: dict[str, str]
    toolchain: str


class _Request(msgspec.Struct, frozen=True):
    """A request as JSON, compressed: it holds the text, which the file may not have any more."""

    content: bytes


def remember(store: CertificateStore, request: VerificationRequest, toolchain: str, result: Verification) -> None:
    """Keeps what was asked for each certificate among the results that has none of it yet."""
    about: dict[str, tuple[tuple[str, ...], bool]] = {
        evidence.id: ((loop,), False) for loop, evidence in result.loops.items() if _is_kept(evidence)
    }
    if result.whole is not None and _is_kept(result.whole) and result.whole.id not in about:
        about[result.whole.id] = (result.whole_loops, True)
    missing = {key: what for key, what in about.items() if store.get("asked", key, Asked) is None}
    if not missing:
        return
    plain = msgspec.structs.replace(request, use_cache=True, no_sandbox=False)
    content = msgspec.json.encode(plain)
    key = content_key(plain)
    store.put("request", key, _Request(zlib.compress(content)))
    dependencies = content_of_dependencies(request)
    for certificate, (loops, whole) in missing.items():
        store.put("asked", certificate, Asked(key, loops, whole, dependencies, toolchain))


def asked_for(store: CertificateStore, certificate: str) -> tuple[Asked, VerificationRequest] | None:
    """What a certificate is an answer to; None where that is not kept, or cannot be read any more."""
    asked = store.get("asked", certificate, Asked)
    stored = store.get("request", asked.request, _Request) if asked is not None else None
    if asked is None or stored is None:
        return None
    try:
        return asked, msgspec.json.decode(zlib.decompress(stored.content), type=VerificationRequest)
    except (zlib.error, ValueError):
        return None


def certificates(store: CertificateStore, prefix: str = "") -> Sequence[Evidence]:
    """Those whose ids begin so, newest first. What another version wrote is dropped."""
    found = store.find("evidence", prefix, Evidence)
    for each in found:
        if each.version != EVIDENCE_VERSION:
            store.drop("evidence", each.id)
    return [each for each in found if each.version == EVIDENCE_VERSION]


def _is_kept(evidence: Evidence) -> bool:
    return evidence.verdict != "inconclusive"
