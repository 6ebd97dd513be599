"""`drive`: the driver for one function, with inputs on which the function as it stands runs without fault."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ...analysis.ir import tree as ir
from ...analysis.lowering import lower
from ..checks.answers import first_error
from ..compilers import SANITIZERS
from ..request import PlannedEdit, VerificationRequest
from ..workbench import Workbench
from .cases import GROWTH, LARGE, SPREAD, Case, Cases
from .driver import Driver, Undrivable
from .survey import MOST_ELEMENTS, Surveyed, Surveyor, build_survey
from .uses import Uses
from .write import Writer

SPREAD_ACCESSES, SPREAD_ELEMENTS = 1_500_000, 20_000  # under a sanitizer about a second
LARGE_ACCESSES, LARGE_ELEMENTS = 20_000_000, 4_000_000  # serial, optimised, some hundredth of a second
MOST_TRIES = 4  # sets of inputs on which the serial baseline is looked at


def unit_of(request: VerificationRequest) -> ir.Unit:
    return lower(request.text, request.language, defines=request.defines, headers=request.headers)


def function_at(unit: ir.Unit, edit: PlannedEdit) -> ir.Function | None:
    """The function with a body that the loop stands in."""
    holding = [
        each
        for each in unit.functions
        if each.body is not None and not each.included and each.start <= edit.statement.start < each.end
    ]
    return min(holding, key=lambda each: each.end - each.start, default=None)


async def drive(
    bench: Workbench, unit: ir.Unit, function: ir.Function, edits: Sequence[PlannedEdit]
) -> tuple[Driver, Workbench]:
    """The driver for the function that the edits' loops stand in, and a workbench for it. Raises `Undrivable`."""
    uses = Uses(function, unit)
    written = Writer(function, unit, uses, bench.request.language, bench.request.text).written()
    assumed = [assumption.code for edit in edits for assumption in edit.assumptions]
    cases = Cases(uses, written.scalars, written.sites, assumed)
    driver = Driver(function.name, written.text, unit.has_main)
    bench = bench.with_driver(driver)
    build = await build_survey(bench, bench.request.text)
    if not build.ok:
        raise Undrivable(_not_built(build.stopped or build.messages))
    surveyor = Surveyor(bench, build, [site.container for site in written.sites])
    found = await surveyor.survey(cases.small())
    spread, large = await _larger(surveyor, cases, found)
    found = await _clean(bench, [*found, *spread], surveyor.failures)
    large = large or found[-1:]
    bench.driver = msgspec.structs.replace(
        driver,
        arguments=tuple(each.case.argument(printing=True) for each in found),
        large=tuple(each.case.argument(printing=False) for each in large),
        words=_words([each.case for each in found], [each.case for each in large], cases.sized),
    )
    return bench.driver, bench


async def _larger(surveyor: Surveyor, cases: Cases, small: Sequence[Surveyed]) -> tuple[list[Surveyed], list[Surveyed]]:
    """One input for many threads, and one for timing."""
    if not cases.sized:
        return [], list(small[:1])
    two = await surveyor.survey([cases.of(size, 20 + size, signs=True) for size in GROWTH])
    if len(two) < 2:
        return two, two[-1:]
    first, second = two
    ratio = second.case.size / first.case.size

    def estimate(size: int, of: str) -> float:
        one, other = max(1, getattr(first, of)), max(1, getattr(second, of))
        growth = (other / one) ** (1 / _log2(ratio)) if ratio > 1 else 1.0  # factor by which it grows as size doubles
        return other * growth ** _log2(size / second.case.size)

    def affordable(sizes: Sequence[int], accesses: int, elements: int) -> int | None:
        fit = (s for s in sizes if estimate(s, "accesses") <= accesses and estimate(s, "elements") <= elements)
        return next(fit, None)

    spread_size = affordable(SPREAD, SPREAD_ACCESSES, SPREAD_ELEMENTS)
    spread = await surveyor.survey([cases.of(spread_size, 3)]) if spread_size else []
    large_size = affordable(LARGE, LARGE_ACCESSES, min(LARGE_ELEMENTS, MOST_ELEMENTS))
    large: list[Surveyed] = []
    while large_size and not large and large_size > (spread_size or 0):  # large elements may not fit where many are
        large = await surveyor.survey([cases.of(large_size, 4)])
        large_size //= 4
    return spread or [second], large or spread


def _log2(x: float) -> float:
    import math

    return math.log2(x)


async def _clean(bench: Workbench, found: list[Surveyed], tried: list[str]) -> list[Surveyed]:
    """Those inputs on which the function as it stands is clean under AddressSanitizer and UBSan."""
    compiler = next((each for each in bench.toolchain.compilers if each.sanitizers), None)
    clang = bench.toolchain.newest("clang")
    compiler = clang if clang is not None and clang.sanitizers else compiler
    if compiler is None:
        return found
    flags = (*bench.flags.tuning, "-O1", "-g", *SANITIZERS)
    build = await bench.build(bench.request.text, compiler, flags, openmp=bench.serial_openmp)
    if not build.ok:
        raise Undrivable(_not_built(build.stopped or build.messages))
    good: list[Surveyed] = []
    rest = list(found)
    while rest:
        arguments = [each.case.argument(printing=True) for each in rest]
        options = {"ASAN_OPTIONS": "exitcode=67:detect_leaks=0", "UBSAN_OPTIONS": "exitcode=67"}
        ran = await bench.run(build, options, arguments=arguments)
        if ran.completed.status == 0 and not ran.completed.stopped:
            good += rest
            break
        begun = ran.completed.stdout.count(b"\n-- input ")
        begun = min(begun, len(rest) - 1)
        good += rest[:begun]
        bad = rest[begun]
        tried.append(f"size {bad.case.size}: {_fault(ran.completed.text) or ran.completed.stopped}")
        rest = rest[begun + 1 :]
    if not any(each.accesses for each in good):
        raise Undrivable(f"no valid input was found; tried: {'; '.join(dict.fromkeys(tried)) or 'nothing'}")
    return good


def _fault(text: str) -> str | None:
    match = re.search(r"runtime error: (.*)|ERROR: AddressSanitizer: ([\w-]+)", text)
    return (match[1] or match[2]) if match else "it dies"


def _not_built(messages: str) -> str:
    missing = sorted(set(re.findall(r"undefined (?:reference to|symbol:) [`']?([^'\n]+?)'?(?:\n|$)", messages)))
    if missing:
        shown = ", ".join(missing[:5]) + (" and others" if len(missing) > 5 else "")
        return (
            f"it needs {shown}, which {'is' if len(missing) == 1 else 'are'} defined in no file that is known here; "
            "name a test command in pragmatist.toml ([verify] command)"
        )
    return f"the driver for it does not compile: {first_error(messages)}"


def _words(cases: Sequence[Case], large: Sequence[Case], sized: bool) -> str:
    seeds = ", ".join(dict.fromkeys(str(case.seed) for case in cases))
    if not sized:
        return f"{len(cases)} inputs (seeds {seeds})"
    sizes = ", ".join(dict.fromkeys(str(case.size) for case in cases))
    timed = f", timed with size {large[0].size}" if large else ""
    return f"{len(cases)} inputs of sizes {sizes} (seeds {seeds}){timed}"
