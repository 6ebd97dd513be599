"""Loops timed by the amount of work that they are entered with: the calls in the text, and what they report."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..analysis.facts import Language
from .copies import Copy, observed
from .request import PlannedEdit

REPORT = ".pragmatist-clock"
ENVIRONMENT = {"PRAGMATIST_CLOCK": REPORT}


class Amount(msgspec.Struct, frozen=True):
    """What entries with about the same work took. `work` is the most of it, `seconds` one entry's, on average."""

    work: float
    entries: int
    seconds: float


def clocked(original: bytes, edits: Sequence[PlannedEdit], language: Language) -> Copy:
    """The edits' changes, with the observer's calls, and harness/clock.c's around each loop whose work is known."""
    copy = observed(original, edits, iterations=False, language=language)
    linkage = 'extern "C" ' if language == "cpp" else ""
    declared = f"{linkage}void pragmatist_clock_start(int, double); {linkage}void pragmatist_clock_stop(int);\n"
    first, *changes = copy.changes
    changed = [msgspec.structs.replace(first, text=first.text[:-1] + declared)]
    for change in changes:
        text = change.text
        for number, edit in enumerate(edits):
            if edit.work is not None:
                start = f"pragmatist_clock_start({number}, (double)({edit.work}));"
                text = text.replace(f"pragmatist_enter({number});", f"pragmatist_enter({number}); {start}")
                stop = f"pragmatist_clock_stop({number});"
                text = text.replace(f"pragmatist_leave({number});", f"{stop} pragmatist_leave({number});")
        changed.append(msgspec.structs.replace(change, text=text))
    return msgspec.structs.replace(copy, changes=tuple(changed))


def amounts(report: bytes) -> dict[int, list[Amount]]:
    """By loop, from the least work to the most. Of several entries the longest is left out."""
    found: dict[int, list[Amount]] = {}
    for line in report.decode("ascii", "replace").splitlines():
        fields = line.split()
        if len(fields) == 5:
            loop, entries, total, longest = int(fields[0]), *map(int, fields[2:])
            counted = (total - longest) / (entries - 1) if entries > 1 else total
            found.setdefault(loop, []).append(Amount(float(fields[1]), entries, counted * 1e-9))
    return {loop: sorted(each, key=lambda amount: amount.work) for loop, each in found.items()}
