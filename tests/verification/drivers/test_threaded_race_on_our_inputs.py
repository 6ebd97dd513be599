"""The threaded race check where inputs are ours: one build asks the runtime for each of the check's schedules."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import threaded_race
from pragmatist.verification.evidence import Check
from pragmatist.verification.modes import targets
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

Requests = Callable[..., VerificationRequest]
LOOP = """\
void f(int n, double *a, double *b) {{
  (void)b;
  for (int i = 0; i < n; i++)
    {body}
}}
"""
PARALLEL = "#pragma omp parallel for"


async def answer(request: VerificationRequest, store: CertificateStore) -> Check:
    toolchain = await discover("c", store)
    if toolchain.race is None:
        pytest.skip(toolchain.race_problem or "")
    try:
        async with Workbench.open(request, toolchain, store) as bench:
            (target,) = await targets(bench, request.edits)
            assert target.bench.has_short_runs
            (found,) = await threaded_race.check(target.bench, target.edits)
            return found
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


@pytest.mark.parametrize("distance", [1, 2, 3, 4, 6, 7, 14, 20, 21])
async def test_a_dependence_is_seen_at_each_distance(request_for: Requests, store: CertificateStore, distance: int):
    """Odd ones by dealing out single iterations, even ones by seven at a time on three threads or by halves."""
    text = LOOP.format(body=f"if (i >= {distance}) a[i] += 0.5 * a[i - {distance}];")
    found = await answer(request_for(text, (3, PARALLEL)), store)
    assert found.outcome == "refuted", found.detail
    assert {trace.line for trace in found.traces} == {4}


@pytest.mark.parametrize("pragma", [PARALLEL, f"{PARALLEL} schedule(dynamic, 3)", f"{PARALLEL} schedule(static, 4)"])
async def test_right_plans_pass_in_one_build(request_for: Requests, store: CertificateStore, pragma: str):
    """Whatever schedule they ask for: the check chooses where the plan leaves it open."""
    found = await answer(request_for(LOOP.format(body="a[i] = 2 * b[i] + i;"), (3, pragma)), store)
    assert found.outcome == "passed", found.detail
    builds = [command for command in found.commands if command[0] != "env"]
    runs = [command for command in found.commands if command[0] == "env"]
    assert len(builds) == 1
    assert len(runs) == len(threaded_race.RUNS)


async def test_a_shared_scalar_is_seen(request_for: Requests, store: CertificateStore):
    """A sum without a reduction."""
    found = await answer(request_for(LOOP.format(body="b[0] += a[i];"), (3, PARALLEL)), store)
    assert found.outcome == "refuted", found.detail
