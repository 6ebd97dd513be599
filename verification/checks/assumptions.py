"""The assumptions check, for inputs that we make: what becomes of the plan where an assumption of its proof fails.

Made inputs fulfil the assumptions by construction, so that they pass says nothing of them. Where an assumption is
open, the plan is run on inputs that break it. If it fails there, or no such input can be made, the plan holds only
as long as the assumption does, and whether the user's data fulfil it nobody here can know: "inconclusive".

So it is where the function takes another one, and was given ours, or calls a virtual one of objects that we made: what
the user's functions do nobody here can know, unless the facts prove the plan without it.

One kind is left to the user, and said: that arrays do not overlap, where data decide which of their elements are read,
so that no `if` clause can ask. Such a plan passes, but goes into a file only where the user says that they do not.
"""

from __future__ import annotations

import msgspec

from ...analysis.facts import Assumption
from ..drivers.cases import OVERLAP
from ..drivers.driver import WAYS_OUT, Driver
from ..evidence import Check
from ..request import PlannedEdit, open_assumptions
from ..workbench import Workbench
from . import outputs, threaded_race
from .answers import Stopwatch


async def check(bench: Workbench, edit: PlannedEdit) -> Check | None:
    """None where there is nothing to ask: the inputs are the user's own, or no assumption is open."""
    driver = bench.driver
    assumed = open_assumptions(edit)
    doubts = _of_functions(driver, edit) if driver is not None else []
    if driver is None or driver.given or not (assumed or doubts):
        return None
    watch = Stopwatch("assumptions")
    held: list[str] = []
    left = [each.message for each in assumed if _is_the_callers(each)]
    commands: list[tuple[str, ...]] = []
    for assumption in assumed:
        if _is_the_callers(assumption):
            continue
        contrary = next((each for each in driver.contrary if each.code == assumption.code and each.arguments), None)
        if contrary is None:
            doubts.append(f"it is right only if {assumption.message}, as in the inputs that were made")
            continue
        other = bench.with_driver(msgspec.structs.replace(driver, arguments=contrary.arguments))
        (answer,) = await threaded_race.check(other, [edit])
        commands += answer.commands
        if answer.outcome == "passed":
            (answer,) = await outputs.check(other, [edit], settings=outputs.BRIEF)
            commands += answer.commands
        if answer.outcome == "passed":
            held.append(f"passes on {contrary.words} too")
        elif answer.outcome == "refuted":
            doubts.append(f"it is right only if {assumption.message}: with {contrary.words}, {answer.detail}")
        else:
            doubts.append(f"it may be right only if {assumption.message}: with {contrary.words}, {answer.detail}")
    if doubts:
        return watch.answer("inconclusive", "; ".join(doubts), commands=commands)
    if left:
        words = " and ".join(dict.fromkeys(left))
        held.append(f"right as long as {words}, for which no if clause can ask here")
    return watch.answer("passed", "; ".join(dict.fromkeys(held)), commands=commands)


def _of_functions(driver: Driver, edit: PlannedEdit) -> list[str]:
    """What is not known of functions that the user has and we have not; nothing where the facts prove the plan."""
    if all(each.refuted for each in edit.rejections):
        return []
    passed = [f"it is right only if what {each} calls touches nothing but its arguments" for each in driver.stand_ins]
    others = [
        f"it is right only if no class has another {each} that does more than the one here"
        for each in driver.overridable
    ]
    return [f"{each}; {WAYS_OUT}" for each in (*passed, *others)]


def provided(bench: Workbench, edit: PlannedEdit) -> str:
    """What is left to the callers of the function that holds the loop; empty where nothing is."""
    if bench.driver is None or bench.driver.given:
        return ""
    return " and ".join(dict.fromkeys(each.message for each in open_assumptions(edit) if _is_the_callers(each)))


def _is_the_callers(assumption: Assumption) -> bool:
    return assumption.code == OVERLAP and assumption.guard is None
