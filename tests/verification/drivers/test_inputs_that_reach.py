"""Plans with an `if` clause are tried on inputs on which it holds: every check sees them run in parallel."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import msgspec
import pytest
from driven_functions import PARALLEL, driven
from pragmatist.analysis.facts import Assumption, Place
from pragmatist.codegen.edit import TextChange
from pragmatist.reasoning.plan import Rejection
from pragmatist.reasoning.worth import LEAST_WORK
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import lane_race, memory, outputs, threaded_race, worth
from pragmatist.verification.checks.worth import Amount
from pragmatist.verification.copies import observed
from pragmatist.verification.drivers.driver import Driver
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import PlannedEdit, VerificationRequest
from pragmatist.verification.workbench import Workbench

Requests = Callable[..., VerificationRequest]
THREADS = (2, 3, 4, 8)
SCALE = "void f(int n, double *a) {\n  for (int i = 0; i < n; i++) a[i] = 2 * a[i] + 1;\n}\n"
SHIFT = "void f(int n, double *a) {\n  for (int i = 0; i < n - 1; i++) a[i] = a[i + 1];\n}\n"
GATHER = (
    "void f(int n, const int *off, const double *x, double *y) {\n  for (int i = 0; i < n; i++)\n"
    "    for (int e = off[i]; e < off[i + 1]; e++) y[i] += x[e];\n}\n"
)


@contextlib.asynccontextmanager
async def settled(
    request: VerificationRequest, store: CertificateStore
) -> AsyncIterator[tuple[Workbench, Sequence[PlannedEdit]]]:
    """The workbench with inputs for the plans as they are to be checked."""
    async with driven(request, store) as (_, bench):
        if len(bench.toolchain.representatives) < 2:
            pytest.skip("a compiler is missing")
        found = await worth.settle(bench, request.edits)
        yield found.bench, found.edits


async def on_threads(bench: Workbench, edits: Sequence[PlannedEdit], arguments: Sequence[str]) -> int:
    """How many of two threads ran iterations of the first loop."""
    copy = observed(bench.request.text, edits, iterations=True, language=bench.request.language)
    build = await bench.build(copy.text, bench.toolchain.representatives[0], ("-O1",), openmp=True, observe=True)
    ran = await bench.run(build, threads=2, arguments=arguments, report=True)
    return ran.loops[0].threads


def size_of(argument: str) -> int:
    return int(argument.split(",")[3])


def driver_of(bench: Workbench) -> Driver:
    assert bench.driver is not None
    return bench.driver


@pytest.mark.parametrize("text", [SCALE, GATHER], ids=["a law for its extents", "extents that follow no law"])
async def test_a_plan_that_asks_for_more_than_small_inputs_have_gets_larger_ones(
    request_for: Requests, store: CertificateStore, text: str
):
    """Its own `if` clause, with a number of its own: one input is of a size that threads do not divide evenly."""
    async with settled(request_for(text, (2, f"{PARALLEL} if(n > 10000)")), store) as (bench, edits):
        enough = [each for each in driver_of(bench).arguments if size_of(each) > 10000]
        uneven = [each for each in enough if all(size_of(each) % threads for threads in THREADS)]
        assert uneven
        for each in enough:
            assert await on_threads(bench, edits, [each]) == 2


async def test_measured_guards_get_uneven_sizes_too(
    request_for: Requests, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """Where it was measured from how much work on parallel wins, sizes above that are tried."""

    async def given(bench, rivals, rungs):
        return {0: [Amount(float(each.size), (0.5 if each.size < 3000 else 1.8,) * 5) for each in rungs]}, 0.0

    monkeypatch.setattr(worth, "_measure", given)
    request = request_for(SCALE, (2, PARALLEL))
    (edit,) = request.edits
    (change,) = edit.changes
    asking = [
        (least, (TextChange(change.start, change.end, f"  {PARALLEL} if(n > {least})\n"),)) for least in LEAST_WORK
    ]
    edit = msgspec.structs.replace(edit, work="n", worth=tuple(asking))
    async with settled(msgspec.structs.replace(request, edits=(edit,)), store) as (bench, edits):
        assert "if(n > 5000)" in edits[0].changes[0].text
        uneven = [each for each in driver_of(bench).arguments if all(size_of(each) % by for by in THREADS)]
        assert max(map(size_of, uneven)) > 5000
        assert await on_threads(bench, edits, [max(uneven, key=size_of)]) == 2


async def answers(bench: Workbench, edits: Sequence[PlannedEdit]) -> dict[str, Check]:
    checks = (lane_race.check, threaded_race.check, memory.check, outputs.check)
    return {answer.name: answer for each in checks for answer in await each(bench, edits)}


async def test_every_check_sees_such_a_plan_run_in_parallel(request_for: Requests, store: CertificateStore):
    """A right one passes them all; a wrong one, whose loop carries a dependence, is refuted by both race checks and by
    the outputs."""
    async with settled(request_for(SCALE, (2, f"{PARALLEL} if(n > 10000)")), store) as (bench, edits):
        if bench.toolchain.race is None or bench.toolchain.lanes is None:
            pytest.skip(bench.toolchain.race_problem or bench.toolchain.lanes_problem or "")
        found = await answers(bench, edits)
        assert {each.outcome for each in found.values()} == {"passed"}, found
    async with settled(request_for(SHIFT, (2, f"{PARALLEL} if(n > 10000)")), store) as (bench, edits):
        found = await answers(bench, edits)
        refuted = {name for name, each in found.items() if each.outcome == "refuted"}
        assert refuted >= {"lane-race", "threaded-race", "outputs"}, found


async def test_assumptions_are_broken_at_such_sizes_too(request_for: Requests, store: CertificateStore):
    """Index arrays with duplicates, in parallel."""
    text = "void f(int n, const int *at, double *y) {\n  for (int i = 0; i < n; i++) y[at[i]] += i;\n}\n"
    request = request_for(text, (2, f"{PARALLEL} if(n > 10000)"))
    assumption = Assumption("PRG202", "`at` has no duplicate values", Place(0, 1, 1, 1, 1, 2))
    rejection = Rejection("PRG202", "it is assumed that `at` has no duplicate values", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], assumptions=(assumption,), rejections=(rejection,))
    async with settled(msgspec.structs.replace(request, edits=(edit,)), store) as (bench, edits):
        (contrary,) = driver_of(bench).contrary
        assert await on_threads(bench, edits, contrary.arguments[-1:]) == 2


async def test_a_clause_that_no_size_fulfils_stays_inconclusive(request_for: Requests, store: CertificateStore):
    """Rather than being said to be right because it never ran in parallel."""
    async with settled(request_for(SCALE, (2, f"{PARALLEL} if(n > 2000000000)")), store) as (bench, edits):
        if bench.toolchain.lanes is None:
            pytest.skip(bench.toolchain.lanes_problem or "")
        (answer,) = await lane_race.check(bench, edits)
        assert answer.outcome == "inconclusive"
        assert "if clause that is false" in answer.detail


COUNTERS = ["int i = n - 1; i >= 0; i--", "int i = n - 1; i > 0; i -= 2", "int i = n; i > 0; i = i - 1"]


@pytest.mark.parametrize("header", COUNTERS)
async def test_a_loop_that_counts_down_gets_iterations_enough(
    request_for: Requests, store: CertificateStore, header: str
):
    """Where it begins is how many iterations it has: a race that few of them show is found."""
    text = (
        "static double last;\nvoid f(int n, const double *a, double *b) {\n"
        f"  for ({header}) {{ if (a[i - 1 + (i == 0)] > 0.9) last = a[i]; b[i] = 1; }}\n}}\n"
    )
    async with settled(request_for(text, (3, PARALLEL)), store) as (bench, edits):
        if bench.toolchain.lanes is None:
            pytest.skip(bench.toolchain.lanes_problem or "")
        assert max([await on_threads(bench, edits, (each,)) for each in driver_of(bench).arguments]) == 2
