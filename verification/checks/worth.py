"""From how much work on a loop is worth its threads: measured, so that the plan can ask for it in its `if` clause.

Only with inputs of our own making, whose sizes can be chosen. The function is called on inputs of growing size, each
several times, by the best serial and by the best parallel build in turn, and each entry into the loop is timed
together with the work that it is entered with. Where the loop wins from some size on, the number to ask for is a
round one between there and the largest work that did not win.

This decides nothing about safety, and comes before the checks that do: they get the text with the number in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

import msgspec

from ..clocks import REPORT, amounts
from ..drivers.driver import Rung
from ..evidence import Check, Evidence, Gain
from ..request import PlannedEdit
from ..rivals import TOO_SHORT, Rivals, Unmeasurable, Way, find_rivals
from ..turns import BUSY, Turn, in_turn
from ..workbench import Ran, Workbench
from .reaching import reaching, with_rungs

PAIRS = 4
ELEMENTS = 150_000  # of one input's repetitions together
REPEATS = (4, 25)
GAIN = 1.05  # less is not worth a pragma


class Amount(msgspec.Struct, frozen=True):
    """How the loop fared on entries with about so much work: serial over parallel seconds, a ratio for each pair."""

    work: float
    ratios: tuple[float, ...]

    @property
    def wins(self) -> bool:
        """By more than the noise: one pair in four may have been disturbed."""
        return median(self.ratios) >= GAIN and sorted(self.ratios)[len(self.ratios) // 4] > 1.0


class Worth(msgspec.Struct, frozen=True):
    """`wins`: on the largest inputs tried the loop is faster in parallel, None where that could not be told.
    `least`: it is not with so much work or less; None where no such amount is known."""

    wins: bool | None
    least: int | None = None
    words: str = ""


class Settled(msgspec.Struct, frozen=True):
    """The edits as they are to be checked, the workbench with inputs for that, and what was found, by loop."""

    bench: Workbench
    edits: tuple[PlannedEdit, ...]
    worth: dict[str, Worth]
    fit: tuple[Way, ...] | None = None


async def settle(bench: Workbench, edits: Sequence[PlannedEdit]) -> Settled:
    """Finds out for each edit whether it has to ask for more work than some number, and has it ask; and sees to it that
    there are inputs with what it asks for."""
    settled = await _settled(bench, edits)
    known = [loop for loop, found in settled.worth.items() if found.least is not None]
    return msgspec.structs.replace(settled, bench=await reaching(settled.bench, settled.edits, known))


async def _settled(bench: Workbench, edits: Sequence[PlannedEdit]) -> Settled:
    driver = bench.driver
    if driver is None or len(driver.rungs) < 2 or not any(edit.work and edit.worth for edit in edits):
        return Settled(bench, tuple(edits), {})
    try:
        rivals = await find_rivals(bench, edits, bench.request.speed_threads)
    except Unmeasurable:  # the speed check says so
        return Settled(bench, tuple(edits), {})
    found, busy = await _measure(bench, rivals, driver.rungs)
    worth = _judged(edits, found, busy)
    if any(each.wins is None for each in worth.values()):  # a second look at a busy machine
        again, busy = await _measure(bench, rivals, driver.rungs)
        found = together(found, again)
        worth = _judged(edits, found, busy)
    asking = {edit.loop: edit.where_worth(worth[edit.loop].least) for edit in edits if edit.loop in worth}
    settled = tuple(asking.get(edit.loop, edit) for edit in edits)
    if settled != tuple(edits):
        bench = await with_rungs(bench, _enough(driver.rungs, found, worth, edits))
    return Settled(bench, settled, worth, (rivals.fastest.way,))


def _judged(edits: Sequence[PlannedEdit], found: dict[int, list[Amount]], busy: float) -> dict[str, Worth]:
    return {
        edit.loop: judge(found[number], [least for least, _ in edit.worth], edit.work or "", busy)
        for number, edit in enumerate(edits)
        if number in found
    }


def together(one: dict[int, list[Amount]], other: dict[int, list[Amount]]) -> dict[int, list[Amount]]:
    """The ratios of both, by loop and work."""
    found: dict[int, list[Amount]] = {}
    for loop in one.keys() | other.keys():
        ratios: dict[float, tuple[float, ...]] = {}
        for amount in (*one.get(loop, ()), *other.get(loop, ())):
            ratios[amount.work] = (*ratios.get(amount.work, ()), *amount.ratios)
        found[loop] = [Amount(work, each) for work, each in sorted(ratios.items())]
    return found


def judge(found: Sequence[Amount], leasts: Sequence[int], work: str, busy: float) -> Worth:
    """What measurements at growing amounts of work amount to."""
    lowest = len(found)
    for index in reversed(range(len(found))):
        if found[index].wins:
            lowest = index
        elif median(found[index].ratios) < 1.0:
            break
    if lowest == len(found):
        if busy >= BUSY:
            return Worth(None, words="the machine was too busy to tell from how much work on parallel wins")
        return Worth(False, words=f"not faster in parallel up to {work} = {found[-1].work:.0f}")
    if lowest == 0:
        return Worth(True, words=f"faster in parallel from the least tried on, {work} = {found[0].work:.0f}")
    lost = found[lowest - 1].work
    least = next((least for least in leasts if least >= lost), None)
    words = f"parallel wins from {work} = {found[lowest].work:.0f} on, and not at {lost:.0f}"
    return Worth(True, least, words)


def gain(evidence: Evidence, worth: Worth | None) -> Gain:
    """What all that was measured says of the plan."""
    speedup = evidence.speedup
    if speedup is not None and speedup.spread[0] > 1:
        return "faster"
    if speedup is not None and speedup.spread[1] < 1 and (speedup.busy < BUSY or worth is None or not worth.wins):
        return "slower"
    if worth is not None and worth.wins and speedup is not None and speedup.busy < BUSY and speedup.ratio < 1:
        return "none"  # it won on growing inputs, and then did not on one of the largest: nothing to count on
    if worth is not None:
        return "unknown" if worth.wins is None else "faster" if worth.wins else "none"
    if evidence.mode != "function":  # whose sizes are not ours to choose
        return "unknown"
    too_short = any(check.name == "speed" and TOO_SHORT in check.detail for check in evidence.checks)
    return "none" if too_short or (speedup is not None and speedup.busy < BUSY) else "unknown"


def said(check: Check, worth: Worth | None) -> Check:
    """The speed check's answer with what was found out here."""
    if worth is None:
        return check
    outcome = (
        "passed" if check.outcome == "inconclusive" and worth.wins and "too short" in check.detail else check.outcome
    )
    return msgspec.structs.replace(check, outcome=outcome, detail=f"{check.detail}; {worth.words}")


async def _measure(bench: Workbench, rivals: Rivals, rungs: Sequence[Rung]) -> tuple[dict[int, list[Amount]], float]:
    """By loop, from the least work to the most; and how busy the machine was with other things."""
    least, most = REPEATS
    arguments: list[str] = []
    for rung in rungs:
        arguments += [rung.timing] * min(most, max(least, ELEMENTS // max(1, rung.elements)))

    def times(ran: Ran) -> dict[tuple[int, float], float]:
        report = amounts(ran.completed.files.get(REPORT, b""))
        return {(loop, each.work): each.seconds for loop, found in report.items() for each in found}

    pair = [Turn(rivals.best.build, 1), Turn(rivals.fastest.build, bench.request.speed_threads)]
    async with bench.cores.take_all():
        turns = await in_turn(bench, pair * PAIRS, arguments)
    ratios: dict[tuple[int, float], list[float]] = {}
    for serial, parallel in zip(map(times, turns.runs[::2]), map(times, turns.runs[1::2]), strict=True):
        for key in serial.keys() & parallel.keys():
            ratios.setdefault(key, []).append(serial[key] / max(parallel[key], 1e-9))
    found: dict[int, list[Amount]] = {}
    for (loop, work), each in sorted(ratios.items()):
        found.setdefault(loop, []).append(Amount(work, tuple(each)))
    return found, turns.others


def _enough(
    rungs: Sequence[Rung], found: dict[int, list[Amount]], worth: dict[str, Worth], edits: Sequence[PlannedEdit]
) -> list[Rung]:
    """For each loop that asks for work the smallest input with enough; the last but one where that is not known."""
    more: list[Rung] = []
    for number, edit in enumerate(edits):
        if edit.loop in worth and (least := worth[edit.loop].least) is not None:
            first = len(rungs) - 2
            if len(found[number]) == len(rungs):  # entered with one amount of work on each
                first = min(first, sum(each.work <= least for each in found[number]))
            more.append(rungs[first])
    return more
