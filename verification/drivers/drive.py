"""`drive`: the driver for one function, with inputs on which the function as it stands runs without fault."""

from __future__ import annotations

import contextlib
import itertools
import re
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Type
from ...analysis.lowering import lower
from ..checks import memory
from ..checks.answers import first_error
from ..request import GUARD_FAILS, PlannedEdit, VerificationRequest, open_assumptions
from ..workbench import Build, Workbench
from .cases import DISTINCT, GROWTH, OVERLAP, Case, Cases
from .driver import Contrary, Driver, Rung, Undrivable
from .elsewhere import missing, with_definitions
from .sizes import larger
from .survey import Surveyed, Surveyor, build_survey
from .unneeded import unneeded
from .uses import Uses
from .write import Writer

MOST_OVERLAPS = 6


def unit_of(request: VerificationRequest) -> ir.Unit:
    return lower(request.text, request.language, defines=request.defines, headers=request.headers)


def has_main(text: bytes) -> bool:
    """Whether a main may be defined, under whatever condition of the preprocessor."""
    return re.search(rb"\bmain\s*\(", text) is not None


def function_at(unit: ir.Unit, edit: PlannedEdit) -> ir.Function | None:
    """The function with a body that the loop stands in."""
    holding = [
        each
        for each in unit.functions
        if each.body is not None and not each.included and each.start <= edit.statement.start < each.end
    ]
    return min(holding, key=lambda each: each.end - each.start, default=None)


async def drive(
    bench: Workbench,
    unit: ir.Unit,
    function: ir.Function,
    edits: Sequence[PlannedEdit],
    begin: Callable[[Workbench], None] = lambda _: None,
) -> tuple[Driver, Workbench]:
    """The driver for the function that the edits' loops stand in, and a workbench for it. Raises `Undrivable`.

    `begin` is called as soon as the driver is known to build, while it has no inputs yet.
    """
    uses = Uses(function, unit)
    headers = tuple(bench.request.headers.values())
    written = Writer(function, unit, uses, bench.request.language, bench.request.text, headers).written()
    assumed = [assumption.code for edit in edits for assumption in edit.assumptions]
    cases = Cases(uses, written.scalars, written.sites, assumed)
    stand_ins = tuple(dict.fromkeys(written.stand_ins))
    driver = Driver(
        function.name,
        written.text,
        has_main(bench.request.text),
        stand_ins=stand_ins,
        overridable=tuple(dict.fromkeys(written.overridable)),
        follows=written.follows,
    )
    bench, build = await _built(bench, driver, unneeded(bench.request, unit, function, written.text))
    if not build.ok or bench.driver is None:
        raise Undrivable(_not_built(build.stopped or build.messages))
    begin(bench)
    surveyor = Surveyor(bench, build, [site.container for site in written.sites])
    small = cases.small()
    surveyed = await surveyor.survey([*small, *cases.growth()])
    known = {(case.size, case.seed) for case in small}
    found = [each for each in surveyed if (each.case.size, each.case.seed) in known]
    more = await larger(surveyor, cases, found, [each for each in surveyed if each not in found])
    largest = more.spread[-1:] or found[-1:]
    guards = _guards(edits)
    found = await _clean(bench, [*found, *more.spread, *overlaps(largest, written.pointers, guards)], surveyor.failures)
    if not any(each in found for each in more.spread):
        others = [*more.even, *overlaps(more.even, written.pointers, guards)]
        wrong = await faults(bench, [each.case.argument(printing=True) for each in others])
        found += [each for index, each in enumerate(others) if index not in wrong]
    large = more.large or found[-1:]

    async def of_size(size: int) -> tuple[str, ...]:
        surveyed = await surveyor.survey([cases.of(size, 5)])
        return tuple(x for each in surveyed for x in _rung(each, overlaps([each], written.pointers, guards)).checking)

    contrary = [each async for each in _contrary(bench, surveyor, cases, written.pointers, largest, edits)]
    bench.driver = msgspec.structs.replace(
        bench.driver,
        arguments=tuple(each.case.argument(printing=True) for each in found),
        large=tuple(each.case.argument(printing=False) for each in large),
        rungs=tuple(_rung(each, overlaps([each], written.pointers, guards)) for each in more.rungs),
        contrary=tuple(contrary),
        of_size=of_size if cases.sized else None,
        words=_words([each.case for each in found], [each.case for each in large], cases.sized, stand_ins),
    )
    return bench.driver, bench


async def _built(bench: Workbench, driver: Driver, left_out: tuple[bytes, ...]) -> tuple[Workbench, Build]:
    """A workbench for the driver, and the build for surveys: without what seems not to be needed, if that links, and
    else with all of the file and whatever it needs of other files."""
    short = bench.with_driver(msgspec.structs.replace(driver, unneeded=left_out))
    short.begin(lambda: _sanitized(short))
    build = await build_survey(short, bench.request.text)
    return (short, build) if build.ok else await with_definitions(bench, driver)


def _rung(surveyed: Surveyed, overlapping: Sequence[Surveyed]) -> Rung:
    case = surveyed.case
    checking = tuple(each.case.argument(printing=True) for each in (surveyed, *overlapping))
    return Rung(case.size, surveyed.elements, case.argument(printing=False), checking)


def _guards(edits: Sequence[PlannedEdit]) -> list[str]:
    """What the plans' own `if` clauses ask of the arrays: inputs that overlap are to try them.

    But not of arrays that some plan takes for granted not to overlap: such inputs are contrary ones.
    """
    if any(rejection.code == GUARD_FAILS for edit in edits for rejection in edit.rejections):
        return []
    taken = {frozenset(each.message.split()) for edit in edits for each in open_assumptions(edit)}
    asked = [each for edit in edits for each in edit.assumptions if each.guard and each.discharged_by is None]
    return [each.guard for each in asked if each.guard and frozenset(each.message.split()) not in taken]


async def _contrary(
    bench: Workbench,
    surveyor: Surveyor,
    cases: Cases,
    pointers: Sequence[tuple[str, int, Type]],
    like: Sequence[Surveyed],
    edits: Sequence[PlannedEdit],
) -> AsyncIterator[Contrary]:
    """Inputs against the assumptions that the edits' plans rest on and that nothing in the text discharges."""
    assumptions = [each for edit in edits for each in open_assumptions(edit)]
    for code in sorted({each.code for each in assumptions}):
        if code in DISTINCT:
            sizes = dict.fromkeys([GROWTH[0], *(each.case.size for each in like)])
            found = await surveyor.survey([cases.of(size, 30 + size, duplicates=True) for size in sizes])
            words = "index arrays with duplicates"
        elif code == OVERLAP:
            found = overlaps(like, pointers, [each.guard for each in assumptions if each.code == code and each.guard])
            words = "arrays that overlap"
        else:
            continue
        with contextlib.suppress(Undrivable):
            clean = await _clean(bench, list(found), [])
            yield Contrary(code, words, tuple(each.case.argument(printing=True) for each in clean))


def overlaps(
    like: Sequence[Surveyed], pointers: Sequence[tuple[str, int, Type]], texts: Sequence[str]
) -> list[Surveyed]:
    """The inputs with pairs of the parameters that one of the texts names overlapping, at small distances."""
    found: list[Surveyed] = []
    for text in texts:
        named = set(re.findall(r"\w+", text))
        own = [each for each in pointers if each[0] in named and not each[2].restrict]
        for (_, into, one), (_, start, other) in itertools.combinations(own, 2):
            if one.inner is not None and other.inner is not None and _alike(one.inner, other.inner):
                for surveyed in like:
                    for shift in (1, max(2, surveyed.case.size // 2)):
                        case = msgspec.structs.replace(surveyed.case, overlap=(into, start, shift))
                        found.append(msgspec.structs.replace(surveyed, case=case))
    return list(dict.fromkeys(found))[:MOST_OVERLAPS]


def _alike(one: Type, other: Type) -> bool:
    return (one.kind, one.name, one.size) == (other.kind, other.name, other.size) and one.kind != "pointer"


async def _clean(bench: Workbench, found: list[Surveyed], tried: list[str]) -> list[Surveyed]:
    """Those inputs on which the function as it stands is clean under AddressSanitizer and UBSan."""
    wrong = await faults(bench, [each.case.argument(printing=True) for each in found])
    tried += [f"size {found[index].case.size}: {why}" for index, why in wrong.items()]
    good = [each for index, each in enumerate(found) if index not in wrong]
    if not any(each.accesses for each in good):
        raise Undrivable(f"no valid input was found; tried: {'; '.join(dict.fromkeys(tried)) or 'nothing'}")
    return good


async def faults(bench: Workbench, arguments: Sequence[str]) -> dict[int, str]:
    """What AddressSanitizer and UBSan find in the function as it stands, by the input's place among the arguments."""
    build = await _sanitized(bench)
    if build is None:
        return {}
    if not build.ok:
        raise Undrivable(_not_built(build.stopped or build.messages))
    found: dict[int, str] = {}
    start = 0
    while start < len(arguments):
        options = {"ASAN_OPTIONS": "exitcode=67:detect_leaks=0", "UBSAN_OPTIONS": "exitcode=67"}
        ran = await bench.run(build, options, arguments=arguments[start:])
        if ran.completed.status == 0 and not ran.completed.stopped:
            break
        start = min(start + ran.completed.stdout.count(b"\n-- input:"), len(arguments) - 1)
        found[start] = _fault(ran.completed.text) or ran.completed.stopped or "it dies"
        start += 1
    return found


async def _sanitized(bench: Workbench) -> Build | None:
    """The unedited function as the memory check builds it; None where no compiler has the sanitizers."""
    compiler = next((each for each in bench.toolchain.compilers if each.sanitizers), None)
    clang = bench.toolchain.newest("clang")
    compiler = clang if clang is not None and clang.sanitizers else compiler
    if compiler is None:
        return None
    return await bench.build(bench.request.text, compiler, memory.flags(bench), openmp=bench.serial_openmp)


def _fault(text: str) -> str | None:
    match = re.search(r"runtime error: (.*)|ERROR: AddressSanitizer: ([\w-]+)", text)
    return (match[1] or match[2]) if match else "it dies"


def _not_built(messages: str) -> str:
    if names := missing(messages):
        shown = ", ".join(names[:5]) + (" and others" if len(names) > 5 else "")
        return (
            f"it needs {shown}, which {'is' if len(names) == 1 else 'are'} defined in no file that is known here; "
            "name a test command in pragmatist.toml ([verify] command)"
        )
    if "no matching function for call to 'pragmatist_new" in messages:
        return (
            "no object of its class, or of one that it takes, can be made by a constructor that takes up to four values"
        )
    if header := re.search(r"error: '([^'\n]+)' file not found|error: ([^:\n]+): No such file", messages):
        name = header[1] or header[2]
        return f"{name} was not found; a compile_commands.json would say with which include paths the file is compiled"
    return f"the driver for it does not compile: {first_error(messages)}"


def _words(cases: Sequence[Case], large: Sequence[Case], sized: bool, stand_ins: Sequence[str]) -> str:
    seeds = ", ".join(dict.fromkeys(str(case.seed) for case in cases))
    passed = f", with a function of ours for {' and '.join(stand_ins)}" if stand_ins else ""
    if not sized:
        return f"{len(cases)} inputs (seeds {seeds}){passed}"
    sizes = ", ".join(dict.fromkeys(str(case.size) for case in cases))
    timed = f", timed with size {large[0].size}" if large else ""
    return f"{len(cases)} inputs of sizes {sizes} (seeds {seeds}){timed}{passed}"
