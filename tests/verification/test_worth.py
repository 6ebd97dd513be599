"""From how much work on threads pay: what measurements amount to, what they are taken from, and the edit they give.

No test here depends on how fast anything is: the times are given.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pragmatist.codegen.edit import TextChange
from pragmatist.reasoning.worth import LEAST_WORK
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import speed, worth
from pragmatist.verification.checks.worth import Amount, Worth
from pragmatist.verification.clocks import amounts, clocked
from pragmatist.verification.drivers.driver import CLOCK
from pragmatist.verification.evidence import Check, Evidence, Speedup
from pragmatist.verification.request import VerificationRequest, cores
from pragmatist.verification.rivals import _repeated
from pragmatist.verification.sandbox import Completed
from pragmatist.verification.toolchain import discover
from pragmatist.verification.turns import Turns
from pragmatist.verification.verify import verify
from pragmatist.verification.workbench import Ran

PRAGMA = "#pragma omp parallel for"
SCALE = "void scale(int n, double *a) {\n  for (int i = 0; i < n; i++) a[i] = 2 * a[i] + 1;\n}\n"


def measured(**ratios: float) -> list[Amount]:
    """`at_100=0.5`: five pairs at work 100, of about that ratio."""
    return [
        Amount(float(name.removeprefix("at_")), (ratio, ratio * 1.02, ratio * 0.99, ratio, ratio * 1.01))
        for name, ratio in ratios.items()
    ]


@pytest.mark.parametrize(
    ("found", "wins", "least"),
    [
        (measured(at_64=0.1, at_1024=0.7, at_2048=1.3, at_4096=1.8), True, 2000),
        (measured(at_64=0.1, at_1024=0.9, at_2048=1.01, at_4096=1.8), True, 5000),
        (measured(at_64=1.4, at_1024=1.8), True, None),
        (measured(at_64=1.4, at_1024=0.8, at_2048=1.9), True, 2000),
        (measured(at_64=0.1, at_1024=0.8, at_2048=0.9), False, None),
        (measured(at_64=0.1, at_1024=1.3, at_2048=0.9), False, None),
        (measured(at_64=0.1, at_1024=1.01, at_2048=1.02), False, None),
    ],
    ids=["between", "within the noise", "always", "a dip", "never", "not when large", "no gain"],
)
def test_the_least_work_is_a_round_number_above_the_largest_that_did_not_win(
    found: list[Amount], wins: bool, least: int | None
):
    """And where the largest do not win, parallel does not."""
    answer = worth.judge(found, LEAST_WORK, "n", busy=0.0)
    assert (answer.wins, answer.least) == (wins, least)


def test_a_busy_machine_shows_no_loss():
    """What it shows to win does win."""
    assert worth.judge(measured(at_64=0.1, at_1024=0.8), LEAST_WORK, "n", busy=2.0).wins is None
    assert worth.judge(measured(at_64=0.1, at_1024=1.8), LEAST_WORK, "n", busy=2.0).wins


def test_a_second_look_adds_to_the_first():
    """Pairs of the same amount of work count together, of which one in four may be disturbed."""
    found = worth.together({0: measured(at_64=0.5), 2: measured(at_8=2.0)}, {0: measured(at_64=0.6, at_128=1.5)})
    assert {loop: [(each.work, len(each.ratios)) for each in amounts] for loop, amounts in found.items()} == {
        0: [(64.0, 10), (128.0, 5)],
        2: [(8.0, 5)],
    }
    assert Amount(1.0, (0.5, 0.7, 1.5, 1.5, 1.6, 1.5, 1.4, 1.5)).wins
    assert not Amount(1.0, (0.5, 0.7, 0.9, 1.5, 1.6, 1.5, 1.4, 1.5)).wins


def runs_of(pairs: Iterable[tuple[float, float]], others: float) -> Turns:
    """Runs of so many seconds, serial and parallel, while so many threads of other programs wanted the machine."""
    done = Completed(0, b"", b"", 0.01)
    return Turns(tuple(Ran(done, (), each) for pair in pairs for each in pair), others)


@pytest.mark.parametrize(
    ("others", "first", "then", "asked"),
    [
        (0.0, (1.0, 1.2), (1.0, 1.2), 0),
        (3.0, (1.2, 1.0), (1.0, 1.2), 0),
        (3.0, (1.0, 1.2), (1.0, 1.2), 3),
        (3.0, (1.0, 1.2), (1.2, 1.0), 3),
    ],
    ids=["quiet", "a gain was seen", "slower", "only the first were"],
)
async def test_a_busy_machine_is_measured_more_often(monkeypatch: pytest.MonkeyPatch, others, first, then, asked: int):
    """Where no gain was seen; then one pair in ten may have been disturbed, and what all others say counts."""

    async def found(bench, rivals, turns):
        return runs_of([then] * (len(turns) // 2), others)

    monkeypatch.setattr(speed, "_in_turn", found)
    nothing: Any = None
    more = await speed._more(nothing, nothing, [nothing, nothing], [runs_of([first] * 3, others)], 0.1)
    assert len(more) == asked


def test_the_most_disturbed_of_many_pairs_are_left_out():
    """One in ten at each end; of a few none."""
    assert speed.spread([1.2, 0.5, 1.3]) == (0.5, 1.3)
    assert speed.spread([0.5, 9.0, *[1.2, 1.3] * 5]) == (1.2, 1.3)


SPEED = Check("speed", "inconclusive", "the loop takes 0.1 ms, too short to time here", 0.0)


def timed(low: float, high: float, busy: float = 0.0) -> Speedup:
    return Speedup(2, (low + high) / 2, (low, high), 1.0, 1.0, "gcc -O2", busy=busy)


@pytest.mark.parametrize(
    ("mode", "speedup", "found", "gain"),
    [
        ("program", timed(1.2, 1.9), None, "faster"),
        ("program", timed(0.5, 0.9), None, "slower"),
        ("program", timed(0.5, 0.9, busy=2.0), None, "slower"),
        ("program", timed(0.5, 1.1, busy=2.0), None, "unknown"),
        ("function", timed(0.5, 0.9, busy=2.0), Worth(True, 2000), "faster"),
        ("function", timed(0.5, 0.9, busy=2.0), Worth(None), "slower"),
        ("program", timed(0.9, 1.1), None, "unknown"),
        ("program", None, None, "unknown"),
        ("function", timed(0.9, 1.1), None, "none"),
        ("function", timed(0.9, 1.1, busy=2.0), None, "unknown"),
        ("function", None, None, "none"),
        ("function", None, Worth(True, 2000), "faster"),
        ("function", None, Worth(False), "none"),
        ("function", None, Worth(None), "unknown"),
        ("function", timed(0.5, 0.9), Worth(True, 2000), "slower"),
        ("function", timed(0.5, 1.9, busy=3.0), Worth(True, 2000), "faster"),
        ("function", timed(0.5, 1.1), Worth(True, 2000), "none"),
        ("function", timed(0.9, 1.3), Worth(True, 2000), "faster"),
    ],
)
def test_what_pays(mode, speedup: Speedup | None, found: Worth | None, gain: str):
    """A program's size is its user's affair, so that too short says nothing there; in function mode sizes are ours."""
    evidence = Evidence("", "passed", () if speedup else (SPEED,), speedup=speedup, mode=mode)
    assert worth.gain(evidence, found) == gain


@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
def test_entries_are_counted_by_their_work(request_for, tmp_path: Path, compiler: str):
    """A loop that is entered with 10, 100 and 100 iterations, counted without a compiler's help."""
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    text = SCALE + "static double a[100];\nint main(void) {\n  scale(10, a); scale(100, a); scale(100, a);\n}\n"
    request: VerificationRequest = request_for(text, (2, PRAGMA))
    edit = msgspec.structs.replace(request.edits[0], work="n")
    program = tmp_path / "clocked.c"
    program.write_bytes(clocked(request.text, [edit], "c").text)
    observer = CLOCK.parent / "observe.c"
    subprocess.run(
        [compiler, "-Wall", "-Werror=implicit", program, CLOCK, observer, "-o", tmp_path / "clocked"], check=True
    )
    subprocess.run([tmp_path / "clocked"], check=True, env={"PRAGMATIST_CLOCK": str(tmp_path / "report")})
    (found,) = amounts((tmp_path / "report").read_bytes()).values()
    assert [(each.work, each.entries) for each in found] == [(10.0, 1), (100.0, 2)]
    assert all(each.seconds > 0 for each in found)


def asking(request: VerificationRequest) -> VerificationRequest:
    """The request, its plan able to ask for more than some number of iterations."""
    (edit,) = request.edits
    (change,) = edit.changes
    texts = [(least, (TextChange(change.start, change.end, f"  {PRAGMA} if(n > {least})\n"),)) for least in LEAST_WORK]
    return msgspec.structs.replace(request, edits=(msgspec.structs.replace(edit, work="n", worth=tuple(texts)),))


async def test_the_text_that_asks_is_the_text_that_was_checked(
    request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """With inputs on which it does run in parallel; and the certificate says from how much work on."""
    toolchain = await discover("c", store)
    if toolchain.race is None or cores() < 2:
        pytest.skip(toolchain.race_problem or "one core")

    async def given(bench, rivals, rungs):
        work = [float(rung.size) for rung in rungs]
        return {0: [Amount(each, (0.5 if each < 3000 else 1.8,) * 5) for each in work]}, 0.0

    monkeypatch.setattr(worth, "_measure", given)
    request = asking(request_for(SCALE, (2, PRAGMA)))
    found = await verify(request, store=store)
    evidence = found.loops["loop-2"]
    assert (evidence.verdict, evidence.least) == ("passed", 5000), evidence
    for name in ("lane-race", "threaded-race", "outputs"):
        assert next(check.outcome for check in evidence.checks if check.name == name) == "passed"
    assert evidence.mode == "function"
    assert "parallel wins from n = 4096 on, and not at 2048" in evidence.checks[-1].detail
    again = await verify(request, store=store)
    assert again.loops == found.loops


@pytest.mark.parametrize(
    ("times", "took", "expected"), [(1, 5e-3, 1), (1, 1.0, 1), (1, 2.5e-3, 2), (2, 1.4e-3, 7), (1, 0.0, 40)]
)
def test_a_short_call_is_repeated(times: int, took: float, expected: int):
    """Until all of them take some milliseconds, and never less often than before."""
    assert _repeated(("x",), times, took) == ("x",) * expected
