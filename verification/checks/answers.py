"""Small things that the checks' answers have in common."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Sequence

import msgspec

from ..evidence import Check, CheckName, Outcome, Trace


class Stopwatch:
    """Makes answers of one check, with the seconds since it began."""

    def __init__(self, name: CheckName) -> None:
        self._name: CheckName = name
        self._started = time.monotonic()

    def answer(
        self, outcome: Outcome, detail: str, traces: Iterable[Trace] = (), commands: Iterable[tuple[str, ...]] = ()
    ) -> Check:
        seconds = round(time.monotonic() - self._started, 3)
        return Check(self._name, outcome, detail, seconds, tuple(traces), tuple(dict.fromkeys(commands)))


def joined(checks: Sequence[Check]) -> Check:
    """One answer for several plans that were checked in one text: the worst of theirs, and for how many it holds."""
    order: tuple[Outcome, ...] = ("refuted", "inconclusive", "skipped", "passed")
    worst = min(checks, key=lambda check: order.index(check.outcome))
    if all(check.detail == worst.detail for check in checks):
        return worst
    alike = [check for check in checks if check.outcome == worst.outcome]
    return msgspec.structs.replace(worst, detail=f"{len(alike)} of {len(checks)} plans; one of them: {worst.detail}")


def first_error(messages: str) -> str:
    """The line of a compiler's or linker's messages that says what is wrong."""
    if re.search(r"undefined (reference to|symbol:) [`']?main\b", messages):
        return "it has no main function, so it is not a program that can be run"
    lines = [line.strip() for line in messages.splitlines() if line.strip()]
    wrong = [line for line in lines if re.search(r"\b(error|undefined)\b", line)]
    return (wrong or lines or ["the compiler gave no message"])[0][:300]
