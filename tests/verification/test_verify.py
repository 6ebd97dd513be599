"""Whole verifications: several plans at once, certificates, cancelling, and machines that lack something."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path

import msgspec
import pytest
from pragmatist.verification import verify as module
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.flags import UnsafeFlag
from pragmatist.verification.request import cores
from pragmatist.verification.sandbox import SandboxUnavailable, bubblewrap, landlock
from pragmatist.verification.toolchain import discover
from pragmatist.verification.verify import verify

PARALLEL = "#pragma omp parallel for"

# Parallel: 10 (private t), 15 (a sum). Serial: 17 (flow dependence over one iteration).
PROGRAM = """\
#include <math.h>
#include <stdio.h>
#define N 60000
static double a[N], b[N];
static double work(double x) {
  return sqrt(x) + exp(-x);
}
int main(void) {
  double t, sum = 0.0;
  for (int i = 0; i < N; i++) {
    t = i * 0.25;
    for (int k = 0; k < 20; k++) t = work(t);
    a[i] = t;
  }
  for (int i = 0; i < N; i++)
    sum += a[i] * i;
  for (int i = 1; i < N; i++)
    b[i] = b[i - 1] + a[i];
  printf("%.15e %.15e\\n", sum, b[N - 1]);
  return 0;
}
"""
RIGHT = (10, f"{PARALLEL} private(t)")
SUM = (15, f"{PARALLEL} reduction(+:sum)")
WRONG = (17, PARALLEL)


@pytest.fixture
async def machine(store: CertificateStore) -> None:
    """Skips where a plan cannot pass: without bubblewrap, a race checker, sanitizers."""
    if problem := await bubblewrap.problem():
        pytest.skip(problem)
    toolchain = await discover("c", store)
    if toolchain.race is None:
        pytest.skip(toolchain.race_problem or "")
    if not any(compiler.sanitizers for compiler in toolchain.compilers):
        pytest.skip("no sanitizers")


def outcomes(evidence) -> dict[str, str]:
    return {check.name: check.outcome for check in evidence.checks}


DECIDED = {
    "plan": "passed",
    "compile": "passed",
    "lane-race": "passed",
    "threaded-race": "passed",
    "memory": "passed",
    "outputs": "passed",
}


@pytest.mark.usefixtures("machine")
async def test_right_plans_pass_and_a_wrong_one_beside_them_is_refuted(
    request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """Each by itself, the right ones also together; asked again, nothing is built or run."""
    request = request_for(PROGRAM, RIGHT, SUM, WRONG)
    heard: list[tuple[str, float | None]] = []
    found = await verify(request, store=store, progress=lambda words, share: heard.append((words, share)))
    right, total, wrong = (found.loops[f"loop-{line}"] for line in (10, 15, 17))
    assert (right.verdict, total.verdict, wrong.verdict) == ("passed", "passed", "refuted"), found
    assert {name: outcomes(right)[name] for name in DECIDED} == DECIDED
    assert outcomes(wrong) == {"plan": "passed", "compile": "passed", "lane-race": "refuted"}
    assert {trace.line for trace in wrong.checks[-1].traces} == {18}
    assert set(found.whole_loops) <= {"loop-10", "loop-15"}
    assert found.whole is not None
    assert found.whole.verdict == "passed"
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares if share is not None)

    def refuse(*_: object) -> None:
        raise AssertionError("something was to be built or run")

    monkeypatch.setattr(module.Workbench, "open", refuse)
    assert await verify(request, store=store) == found
    alone = msgspec.structs.replace(request, edits=request.edits[2:])
    assert (await verify(alone, store=store)).loops == {"loop-17": wrong}


@pytest.mark.usefixtures("machine")
async def test_one_plan_is_measured_and_its_loop_timed_apart(request_for, store: CertificateStore):
    """Program and loop against the best serial build; the certificate can be stored and read."""
    text = PROGRAM.replace("for (int i = 1; i < N", "for (int r = 0; r < 20; r++)\n  for (int i = 1; i < N")
    found = await verify(request_for(text, RIGHT), store=store)
    evidence = found.loops["loop-10"]
    assert found.whole == evidence
    assert evidence.verdict == "passed", evidence
    assert msgspec.json.decode(msgspec.json.encode(evidence), type=type(evidence)) == evidence
    speed = evidence.checks[-1]
    assert speed.name == "speed"
    if cores() < 2:
        assert speed.outcome == "inconclusive"
        return
    speedup = evidence.speedup
    assert speedup is not None, speed
    assert speedup.loop_ratio is not None
    assert speedup.spread[0] <= speedup.ratio <= speedup.spread[1]
    assert speedup.serial_seconds > 0.01


@pytest.mark.usefixtures("machine")
async def test_another_text_flag_argument_or_header_is_another_certificate(request_for, store: CertificateStore):
    """Nothing of what evidence depends on may change behind its back."""
    request = request_for(PROGRAM.replace("#include <math.h>", '#include <math.h>\n#include "n.h"'), (18, PARALLEL))
    header = Path(request.path).parent / "n.h"
    header.write_text("enum { M = 1 };")
    keys = []
    for changed in (
        request,
        msgspec.structs.replace(request, text=request.text + b"\n"),
        msgspec.structs.replace(request, flags=("-DX",)),
        msgspec.structs.replace(request, arguments=("1",)),
        msgspec.structs.replace(request, edits=request_for(PROGRAM, WRONG).edits),
    ):
        keys.append(module._Keys(changed, await discover("c", store)).alone(changed.edits[0]))
    header.write_text("enum { M = 2 };")
    keys.append(module._Keys(request, await discover("c", store)).alone(request.edits[0]))
    assert len(set(keys)) == 6


@pytest.mark.usefixtures("machine")
async def test_cpp_with_a_vector(request_for, store: CertificateStore):
    """The same checks with the C++ compilers: a push_back into a shared vector is refuted, an element each passes."""
    text = """\
#include <cstdio>
#include <vector>
int main() {
  std::vector<double> a(4000), b;
  for (std::size_t i = 0; i < a.size(); i++)
    a[i] = 0.5 * static_cast<double>(i);
  for (std::size_t i = 0; i < a.size(); i++)
    b.push_back(a[i]);
  double sum = 0;
  for (double x : b) sum += x;
  std::printf("%.15e\\n", sum);
}
"""
    found = await verify(request_for(text, (5, PARALLEL), (7, PARALLEL), name="program.cpp"), store=store)
    assert found.loops["loop-5"].verdict == "passed", found.loops["loop-5"]
    assert found.loops["loop-7"].verdict == "refuted", found.loops["loop-7"]
    assert found.whole_loops == ("loop-5",)


@pytest.mark.usefixtures("machine")
@pytest.mark.parametrize("moment", ["clang", "program-"])
async def test_cancelling_leaves_no_process_and_no_file(
    request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, moment: str
):
    """While compilers run, and while the program does."""
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    request = request_for(PROGRAM.replace("60000", "6000000"), RIGHT, use_cache=False)
    task = asyncio.create_task(verify(request, store=store))
    while not task.done() and not any(moment in line for line in _command_lines(scratch)):
        await asyncio.sleep(0.005)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert list(scratch.iterdir()) == []
    assert _command_lines(scratch) == []


def _command_lines(scratch: Path) -> list[str]:
    """Of the processes that name the directory."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            line = Path(f"/proc/{name}/cmdline").read_bytes().decode("utf-8", "replace")
            if str(scratch) in line:
                found.append(line)
    return found


async def test_without_bubblewrap_it_is_refused_unless_the_user_insists(
    request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """With `no_sandbox` the checks run, and give what they give in the sandbox."""
    if not (await discover("c", store)).representatives:
        pytest.skip("no compiler with OpenMP")

    async def missing() -> str:
        return "bubblewrap is not installed"

    monkeypatch.setattr(bubblewrap, "problem", missing)
    monkeypatch.setattr(landlock, "problem", lambda: "the kernel is too old")
    request = request_for(PROGRAM, (17, f"{PARALLEL} private(missing)"), use_cache=False)
    with pytest.raises(SandboxUnavailable, match="Nothing was compiled or run"):
        await verify(request, store=store)
    found = await verify(msgspec.structs.replace(request, no_sandbox=True), store=store)
    assert outcomes(found.loops["loop-17"]) == {"plan": "passed", "compile": "refuted"}


async def test_flags_that_run_code_are_refused(request_for, store: CertificateStore):
    """Before anything is compiled."""
    with pytest.raises(UnsafeFlag, match="-fplugin=evil"):
        await verify(request_for(PROGRAM, RIGHT, flags=("-fplugin=evil.so",)), store=store)
