"""Drivers that users write: a file whose main calls the function, built below the file's own text."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pragmatist.analysis.facts import Assumption, Place
from pragmatist.reasoning.plan import Rejection
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import assumptions, outputs, threaded_race
from pragmatist.verification.modes import targets
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"
# The function is static, and the file has a main of its own.
TEXT = """\
static double scale = 0.5;
static void f(int n, void *p) {
  for (int i = 1; i < n; i++) ((double *)p)[i] = scale * i;
}
int main(void) { return 0; }
"""
DRIVER = """\
#include <stdio.h>
int main(void) {
  static double x[100];
  f(100, x);
  printf("%f %f\\n", x[1], x[99]);
  return 0;
}
"""
Requests = Callable[..., VerificationRequest]


@pytest.fixture
def driven(request_for: Requests, tmp_path: Path) -> Requests:
    """A request whose function `f` has the driver above."""

    def make(text: str, pragma: str = PARALLEL, driver: str = DRIVER) -> VerificationRequest:
        path = tmp_path / "drive_f.c"
        path.write_text(driver)
        return msgspec.structs.replace(request_for(text, (3, pragma)), drivers={"f": str(path)})

    return make


@pytest.fixture
async def bench_for(store: CertificateStore):
    """Opens a workbench, or skips where that is not possible."""
    toolchain = await discover("c", store)
    if not toolchain.representatives or toolchain.race is None:
        pytest.skip(toolchain.race_problem or "no compiler with OpenMP")

    def open_bench(request: VerificationRequest):
        return Workbench.open(request, toolchain)

    return open_bench


async def outcomes(request: VerificationRequest, bench_for) -> tuple[str, str, str, str]:
    try:
        async with bench_for(request) as bench:
            (target,) = await targets(bench, request.edits)
            (race,) = await threaded_race.check(target.bench, target.edits)
            (compared,) = await outputs.check(target.bench, target.edits, settings=outputs.BRIEF)
            return target.mode, target.inputs, race.outcome, compared.outcome
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


async def test_it_is_used_where_we_could_not_call_the_function(driven: Requests, bench_for):
    """A right plan passes, and the evidence names the driver."""
    assert await outcomes(driven(TEXT), bench_for) == ("function", "those of drive_f.c", "passed", "passed")


async def test_a_wrong_plan_is_refuted(driven: Requests, bench_for):
    """By the inputs that the user chose."""
    text = TEXT.replace("scale * i", "((double *)p)[i - 1] + scale")
    _, _, race, compared = await outcomes(driven(text), bench_for)
    assert "refuted" in (race, compared)


async def test_assumptions_are_not_held_against_the_users_own_inputs(driven: Requests, bench_for):
    """As they are not against a program's: we made no inputs that fulfil them."""
    request = driven(TEXT)
    assumption = Assumption("PRG202", "p has no duplicates", Place(0, 1, 1, 1, 1, 2))
    rejection = Rejection("PRG202", "not proved: it is assumed that p has no duplicates", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], assumptions=(assumption,), rejections=(rejection,))
    async with bench_for(request) as bench:
        (target,) = await targets(bench, [edit])
        assert await assumptions.check(target.bench, edit) is None


async def test_a_driver_that_does_not_compile_says_where(driven: Requests, bench_for):
    """With the driver's own name and line."""
    request = driven(TEXT, driver=DRIVER.replace("f(100, x)", "g(100 x)"))
    async with bench_for(request) as bench:
        (target,) = await targets(bench, request.edits)
        (answer,) = await threaded_race.check(target.bench, target.edits)
    assert answer.outcome == "inconclusive"
    assert "drive_f.c:4:" in answer.detail


async def test_without_a_driver_the_two_ways_out_are_named(request_for: Requests, bench_for):
    """Where no driver of ours can be made either: what an open file holds is not ours to invent."""
    text = "#include <stdio.h>\n" + TEXT.replace("void *p", "FILE *g, double *p").replace("scale * i", "fgetc(g)")
    request = request_for(text, (4, PARALLEL))
    async with bench_for(request) as bench:
        (target,) = await targets(bench, request.edits)
    assert target.bench.obstacle is not None
    assert "[verify] command" in target.bench.obstacle
    assert "[verify.drivers]" in target.bench.obstacle
