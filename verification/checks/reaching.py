"""Inputs on which a plan's own `if` clause holds: only on those does it run in parallel, and can it be wrong.

The sizes that drivers start with are small, since sanitizers are slow. A plan that asks for more work than they have
would run on one thread in every check. So inputs are added, of sizes that no usual number of threads divides, and of
the least that are enough, with all that is checked at one size, overlapping arrays among it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

import msgspec

from ..concurrency import concurrently
from ..copies import observed
from ..drivers.cases import DISTINCT
from ..drivers.drive import faults
from ..drivers.driver import Contrary, Rung
from ..drivers.sizes import UNEVEN
from ..request import PlannedEdit
from ..workbench import Build, Workbench

_IF = re.compile(r"\bif\s*\(")
_NUMBER = re.compile(r"(?<![\w.])\d{2,}(?![\w.])")
_DUPLICATES = 2  # where an input's description says that index arrays have duplicates


async def reaching(bench: Workbench, edits: Sequence[PlannedEdit], known: Collection[str]) -> Workbench:
    """The workbench with inputs for the edits that ask for some number of things; for those that are `known`, by loop,
    it has them."""
    driver = bench.driver
    asking = [edit for edit in edits if edit.loop not in known and _asks(edit)]
    compilers = bench.toolchain.representatives
    if driver is None or not driver.rungs or not asking or not compilers:
        return bench
    copy = observed(bench.request.text, edits, iterations=True, language=bench.request.language)
    build = await bench.build(copy.text, compilers[0], (*bench.flags.tuning, "-O1"), openmp=True, observe=True)
    if not build.ok:
        return bench  # the checks say why
    numbers = [number for number, edit in enumerate(edits) if edit in asking]
    threads = await _threads(bench, build, driver.arguments)
    found = [await _least(bench, build, driver.rungs, number) for number in numbers if threads.get(number, 0) < 2]
    return await with_rungs(bench, [each for each in found if each is not None])


async def with_rungs(bench: Workbench, rungs: Sequence[Rung]) -> Workbench:
    """The workbench with inputs that have as much work as these and a little more, and one of the next size."""
    driver = bench.driver
    assert driver is not None
    groups: list[list[str]] = []
    for rung in dict.fromkeys(rungs):
        index = driver.rungs.index(rung)
        odd = await driver.of_size(rung.size + UNEVEN) if driver.of_size is not None else ()
        groups += [[*(odd or rung.checking)], [each.checking[0] for each in driver.rungs[index + 1 : index + 2]]]
    contrary = [_with_duplicates(each, groups) if each.code in DISTINCT else each for each in driver.contrary]
    wanted = [[each for group in groups for each in group], *(each.arguments for each in contrary)]
    cleaned = await concurrently(_clean(bench, each) for each in wanted)
    more = [each for each in dict.fromkeys(cleaned[0]) if each not in driver.arguments]
    contrary = [
        msgspec.structs.replace(each, arguments=tuple(clean)) for each, clean in zip(contrary, cleaned[1:], strict=True)
    ]
    return bench.with_driver(
        msgspec.structs.replace(driver, arguments=(*driver.arguments, *more), contrary=tuple(contrary))
    )


def _with_duplicates(contrary: Contrary, groups: Sequence[Sequence[str]]) -> Contrary:
    """With one input of each group as well."""
    added: list[str] = []
    for group in groups:
        for argument in group[:1]:
            head = argument.split(",")
            head[_DUPLICATES] = "1"
            added.append(",".join(head))
    return msgspec.structs.replace(contrary, arguments=tuple(dict.fromkeys((*contrary.arguments, *added))))


async def _clean(bench: Workbench, arguments: Sequence[str]) -> list[str]:
    wrong = await faults(bench, arguments) if arguments else {}
    return [each for index, each in enumerate(arguments) if index not in wrong]


def _asks(edit: PlannedEdit) -> bool:
    """Whether an `if` clause that it inserts has a number of some size in it."""
    for change in edit.changes:
        for start in _IF.finditer(change.text):
            if _NUMBER.search(change.text, start.end()):
                return True
    return False


async def _threads(bench: Workbench, build: Build, arguments: Sequence[str]) -> dict[int, int]:
    """On how many of two threads each loop's iterations ran."""
    ran = await bench.run(build, threads=2, arguments=arguments, report=True)
    return {number: seen.threads for number, seen in ran.loops.items()}


async def _least(bench: Workbench, build: Build, rungs: Sequence[Rung], number: int) -> Rung | None:
    """The smallest on which the loop runs in parallel; None where it does on none."""
    low, high = 0, len(rungs)
    while low < high:
        middle = (low + high) // 2
        seen = await _threads(bench, build, rungs[middle].checking[:1])
        low, high = (low, middle) if seen.get(number, 0) > 1 else (middle + 1, high)
    return rungs[low] if low < len(rungs) else None
