"""Many runs in one sandbox: each with its own settings, directory and outcome."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.drivers.driver import Driver
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import Limits, Sandbox, SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.turns import Turn, in_turn, side_by_side
from pragmatist.verification.workbench import Build, Workbench

Requests = Callable[..., VerificationRequest]
MAIN = b"""
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
int main(int count, char **words) {
  const char *setting = getenv("SETTING") ? getenv("SETTING") : "none";
  printf("%s %s %s", setting, getenv("OMP_NUM_THREADS"), words[count - 1]);
  fprintf(stderr, "%s", words[1]);
  FILE *file = fopen("left", "ax");
  if (!file) return 9;
  fprintf(file, "%s", setting);
  fclose(file);
  if (setting[0] == 'd') abort();
  while (setting[0] == 's') sleep(1);
  return setting[0] == 'f' ? 3 : 0;
}
"""


@contextlib.asynccontextmanager
async def built(
    request: VerificationRequest, store: CertificateStore, **driver
) -> AsyncIterator[tuple[Workbench, Build]]:
    toolchain = await discover("c", store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    try:
        async with Workbench.open(request, toolchain, store) as bench:
            own = bench.with_driver(Driver("f", MAIN, False, arguments=("x y", "z"), large=("l", "m"), **driver))
            build = await own.build(request.text, toolchain.representatives[0], ("-O0",), openmp=False, observe=True)
            assert build.ok, build.messages
            yield own, build
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


@pytest.fixture
def sandboxes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The commands that a sandbox was made for."""
    seen: list[tuple[str, ...]] = []
    run = Sandbox.run

    async def watched(self, command, **options):
        seen.append(tuple(command))
        return await run(self, command, **options)

    monkeypatch.setattr(Sandbox, "run", watched)
    return seen


def turns(build: Build) -> list[Turn]:
    return [Turn(build, threads, {"SETTING": word}) for threads, word in ((1, "a"), (2, "fails"), (3, "dies"))]


@pytest.mark.parametrize("given", [False, True])
async def test_outcomes_are_each_run_s_own(request_for: Requests, store: CertificateStore, sandboxes, given: bool):
    """Status, streams and files, alike whether the runs shared a sandbox (our inputs) or not (the user's driver)."""
    async with built(request_for("int f;\n"), store, given=given) as (bench, build):
        sandboxes.clear()
        runs = [ran.completed for ran in await side_by_side(bench, turns(build))]
        assert len(sandboxes) == (3 if given else 1)
    assert [ran.status for ran in runs] == [0, 3, 134]
    assert [ran.stdout for ran in runs[:2]] == [b"a 1 z", b"fails 2 z"]
    assert [ran.stderr for ran in runs[:2]] == [b"x y", b"x y"]
    assert [ran.files for ran in runs] == [{"left": word} for word in (b"a", b"fails", b"dies")]


async def test_timed_runs_are_reported_one_by_one(request_for: Requests, store: CertificateStore, sandboxes):
    """By the observer, on the inputs for timing; one that dies has no report."""
    async with built(request_for("int f;\n"), store) as (bench, build):
        sandboxes.clear()
        async with bench.cores.take_all():
            timed = await in_turn(bench, turns(build), None)
        assert len(sandboxes) == 1
    assert [ran.completed.stdout for ran in timed.runs[:2]] == [b"a 1 m", b"fails 2 m"]
    assert [ran.program_seconds is None for ran in timed.runs] == [False, False, True]
    assert timed.others >= 0
    assert "OMP_NUM_THREADS=2" in timed.runs[1].command


async def test_one_that_goes_on_for_ever_is_told_from_the_others(request_for: Requests, store: CertificateStore):
    """Then each has a sandbox of its own after all."""
    limits = Limits(idle_seconds=0.5, wall_seconds=20)
    async with built(request_for("int f;\n", limits=limits), store) as (bench, build):
        runs = await side_by_side(bench, [Turn(build, 1, {"SETTING": word}) for word in ("a", "sleeps", "b")])
    assert [ran.completed.stopped is None for ran in runs] == [True, False, True]
    assert [runs[0].completed.stdout, runs[2].completed.stdout] == [b"a 1 z", b"b 1 z"]
