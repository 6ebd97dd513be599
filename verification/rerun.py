"""`rerun`: a certificate is repeated, on the text that it is about, and what came out is held against it."""

from __future__ import annotations

import os
from collections.abc import Callable

import msgspec

from ..codegen.edit import TextChange, apply_changes
from .certificates import CertificateStore
from .evidence import Evidence
from .kept import Asked, asked_for
from .request import VerificationRequest
from .sources import content_of_dependencies
from .toolchain import Toolchain, discover
from .verify import verify


class CannotRepeat(Exception):
    """There is nothing to repeat; `str()` says why, and what to do."""


class Rerun(msgspec.Struct, frozen=True):
    """`changed` says what is not as it was when the certificate was made."""

    before: Evidence
    after: Evidence
    changed: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether verdict and checks came out as before. Speed does not count: it is another hour on the machine."""
        return self.before.verdict == self.after.verdict and not any(then != now for _, then, now in self.outcomes)

    @property
    def outcomes(self) -> list[tuple[str, str, str]]:
        """Each check but the speed's, by name, as it came out then and now; "not run" where it was not."""
        then, now = (
            {check.name: check.outcome for check in each.checks if check.name != "speed"}
            for each in (self.before, self.after)
        )
        return [(name, then.get(name, "not run"), now.get(name, "not run")) for name in dict.fromkeys([*then, *now])]


async def rerun(
    before: Evidence,
    store: CertificateStore,
    *,
    no_sandbox: bool = False,
    progress: Callable[[str, float | None], None] | None = None,
) -> Rerun:
    """Everything is built and run afresh, in the sandbox unless `no_sandbox` says otherwise now.

    The certificate is replaced, unless it cannot be told today. Raises `CannotRepeat`, and what `verify` raises.
    """
    kept = asked_for(store, before.id)
    if kept is None:
        raise CannotRepeat("what was asked for this certificate is not kept any more; `pragmatist fix` makes it anew")
    asked, request = kept
    edits = tuple(edit for edit in request.edits if edit.loop in asked.loops)
    toolchain = await discover(request.language, store)
    changed = [
        *_changes_of_the_file(request),
        *_changes_of_others(asked, content_of_dependencies(request)),
        *_changes_of_compilers(before, asked, toolchain),
    ]
    again = msgspec.structs.replace(
        request, edits=edits, use_cache=False, no_sandbox=no_sandbox, keep_slower=True, assume_no_overlap=True
    )
    result = await verify(again, store=store, progress=progress)
    after = min(result.loops.values(), key=lambda each: _ORDER.index(each.verdict))
    if asked.whole and after.verdict == "passed" and result.whole is not None:
        after = result.whole
    return Rerun(before, after, tuple(changed))


_ORDER = ("refuted", "inconclusive", "passed")


def _changes_of_the_file(request: VerificationRequest) -> list[str]:
    try:
        with open(request.path, "rb") as file:
            text = file.read()
    except OSError as error:
        return [f"{request.path} cannot be read ({error.strerror}): its text of then is checked"]
    if text == request.text:
        return []
    inserted = _inserted(request, text)
    if inserted:
        plans = "the plan" if inserted == 1 else f"{inserted} of the plans"
        return [f"{request.path} has {plans} in it now: the text without is what the certificate is about"]
    return [f"{request.path} has changed since: its text of then is checked, not that of now"]


def _inserted(request: VerificationRequest, text: bytes) -> int:
    """How many of the plans the text has in it, where it is the request's but for them; else 0."""
    there: set[TextChange] = set()
    plans = 0
    for edit in sorted(request.edits, key=lambda each: each.changes):
        for changes in (edit.changes, *(changes for _, changes in edit.worth)):
            together = tuple(sorted(there.union(changes)))
            grown = sum(len(each.text.encode()) - (each.end - each.start) for each in together)
            upto = together[-1].end + grown if together else 0
            if changes and text.startswith(apply_changes(request.text, together)[:upto]):
                plans += 1
                there.update(changes)
                break
    return plans if text == apply_changes(request.text, tuple(sorted(there))) else 0


def _changes_of_others(asked: Asked, now: dict[str, str]) -> list[str]:
    changes: list[str] = []
    for path in sorted(asked.dependencies.keys() | now.keys()):
        if path not in now:
            changes.append(f"{path} is gone")
        elif path not in asked.dependencies:
            changes.append(f"{path} is new")
        elif now[path] != asked.dependencies[path]:
            changes.append(f"{'files below ' if os.path.isdir(path) else ''}{path} changed since")
    return changes


def _changes_of_compilers(before: Evidence, asked: Asked, toolchain: Toolchain) -> list[str]:
    here = [compiler.name for compiler in toolchain.compilers]
    changes = [f"{name} is not here any more" for name in before.toolchain if name not in here]
    changes += [f"{name} was not here then" for name in here if name not in before.toolchain]
    if not changes and toolchain.fingerprint != asked.toolchain:
        changes.append("compilers, or tools beside them, were replaced by others of the same versions")
    return changes
