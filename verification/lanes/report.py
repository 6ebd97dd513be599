"""What the lane runtime reports of one run, read back: see runtime/report.c and runtime/frames.c for the form."""

from __future__ import annotations

from typing import Literal

import msgspec

_NUMBER_BITS = 38
_MARK = 0xA
MarkKind = Literal["empty loop", "iteration", "section", "task"]
_KINDS: tuple[MarkKind, ...] = ("empty loop", "iteration", "section", "task")


class Mark(msgspec.Struct, frozen=True):
    """In which iteration (by its loop variable's value), section or task something happened. "empty loop": after a loop
    without iterations, and before the next construct."""

    kind: MarkKind
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number}" if self.kind != "empty loop" else f"an {self.kind}"


class RawAccess(msgspec.Struct, frozen=True):
    """`kind` is "read", "write", "atomic-read" or "atomic-write". `frames` are offsets of return addresses into the
    executable, the innermost first."""

    kind: str
    bytes: int
    offset: int
    frames: tuple[int, ...]
    mark: Mark | None


class RawRace(msgspec.Struct, frozen=True):
    """`location` is "global", "heap", "stack", …; `start` the offset of a global variable; `allocated` frames of the
    allocation of a heap block."""

    kind: str
    accesses: tuple[RawAccess, ...]
    location: str = ""
    start: int = 0
    allocated: tuple[int, ...] = ()


class RunReport(msgspec.Struct, frozen=True):
    """`complete`: the program ended by itself, or was ended because of its many races."""

    races: tuple[RawRace, ...]
    complete: bool


def parse_report(report: bytes) -> RunReport:
    """Lines that are cut off or in no known form are passed over: the program may have died while writing."""
    base, complete = 0, False
    races: list[RawRace] = []
    for line in report.decode("ascii", "replace").splitlines():
        fields = line.split()
        if not fields:
            continue
        try:
            if fields[0] == "base":
                base = int(fields[1], 16)
            elif fields[0] in ("done", "ended"):
                complete = True
            elif fields[0] == "race":
                races.append(RawRace(" ".join(fields[1:]), ()))
            elif fields[0] == "access" and races:
                accesses = (*races[-1].accesses, _access(fields, base))
                races[-1] = msgspec.structs.replace(races[-1], accesses=accesses)
            elif fields[0] == "location" and races and not races[-1].location:
                frames, _ = _frames(fields[4:], base)
                start = int(fields[2], 16) - base
                races[-1] = msgspec.structs.replace(races[-1], location=fields[1], start=start, allocated=frames)
        except (IndexError, ValueError):
            continue
    return RunReport(tuple(race for race in races if len(race.accesses) == 2), complete)


def _access(fields: list[str], base: int) -> RawAccess:
    frames, mark = _frames(fields[5:], base)
    return RawAccess(fields[1], int(fields[2]), int(fields[3], 16) - base, frames, mark)


def _frames(words: list[str], base: int) -> tuple[tuple[int, ...], Mark | None]:
    """Offsets, and the innermost mark among them."""
    frames: list[int] = []
    mark: Mark | None = None
    for word in words:
        address = int(word, 16)
        if address >> 40 == _MARK:
            kind = _KINDS[address >> _NUMBER_BITS & 3]
            number = address & ((1 << _NUMBER_BITS) - 1)
            if number >> (_NUMBER_BITS - 1):
                number -= 1 << _NUMBER_BITS
            if mark is None:
                mark = Mark(kind, number)
        else:
            frames.append(address - base)
    return tuple(frames), mark
