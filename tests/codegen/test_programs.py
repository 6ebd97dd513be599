"""From source to running program: what is proved and inserted computes what the serial program does."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.codegen.edit import apply_edit
from pragmatist.codegen.insert import edit_for_plans
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

# Every value is a small integer, so sums are exact in any order.
PROGRAM = rb"""#include <stdio.h>
#include <stdlib.h>
#define N 20000
#define BINS 16
static double a[N], b[N], grid[40][N], other[40][N];
static int keys[N];
static void show(const char *name, double value) { printf("%s %.17g\n", name, value); }
static double digest(int n, const double *x) {
	double s = 0; for (int i = 0; i < n; i++) s += x[i] * (i % 7 + 1);
	return s;
}
static void scale(int n, double *x, const double *y) { for (int i = 0; i < n; i++) x[i] = y[i] + 1; }
int main(void) {
	int i, j, last = -1;
	double t, sum = 0, largest = -1, product = 1;
	long bins[BINS] = {0};
	double work[8];
	for (i = 0; i < N; i++) { b[i] = i * 37 % 101; keys[i] = i * 31 % 97; }
	for (i = 0; i < N; i++) { t = b[i]; a[i] = t * t; }
	show("temporary", digest(N, a));
	for (i = 0; i < N; i++) { last = keys[i]; a[i] += last; }
	show("last", last);
	for (i = 0; i < N; i++) sum += b[i];
	show("sum", sum);
	for (i = 0; i < N; i++) sum -= keys[i];
	show("difference", sum);
	if (sum != 0) for (i = 0; i < N; i++) if (b[i] > largest) largest = b[i];
	show("largest", largest);
	for (i = 0; i < 50; i++) product *= b[i] > 0 ? 1 : 2;
	show("product", product);
	for (i = 0; i < N; i++)
		bins[keys[i] % BINS]++;
	for (i = 0; i < BINS; i++) show("bin", bins[i]);
	for (i = 0; i < N; i++) {
		for (j = 0; j < 8; j++) work[j] = b[i] + j;
		a[i] = 0;
		for (j = 0; j < 8; j++) a[i] += work[j];
	}
	show("private array", digest(N, a));
	for (i = 0; i < 40; i++)
		for (j = 0; j < N; j++)
			grid[i][j] = i * b[j];
	for (i = 0; i < 40; i++) for (j = i; j < N; j++) other[i][j] = grid[i][j] - i;
	show("grid", digest(40 * N, &grid[0][0]) + digest(40 * N, &other[0][0]));
	scale(N, a, b);
	show("apart", digest(N, a));
	scale(N - 1, a + 1, a);  /* overlapping: the inserted if clause must keep this serial */
	show("overlapping", digest(N, a));
	for (i = 1; i < N; i++) a[i] += a[i - 1] > 100 ? 1 : a[i - 1];
	show("recurrence", digest(N, a));
	return 0;
}
"""


WANTED = (
    "private(t)", "for lastprivate(last)", "for reduction(+:sum)", "reduction(max:largest)", "reduction(*:product)",
    "reduction(+:bins)", "private(j, work)", "schedule(dynamic)", "for if(",
)  # fmt: skip


def parallelised(text: bytes) -> tuple[bytes, list[str]]:
    """The program with every proved plan inserted at the outermost proved level, and the directives' lines."""
    facts = analyze(text, "c")
    plans, taken = [], set()
    for loop in facts.loops:
        if loop.parent in taken:
            taken.add(loop.id)
            continue
        verdict = judge(loop, plan_statically(loop, inner=facts.loops))
        if verdict.basis == "proved" and verdict.plan is not None:
            taken.add(loop.id)
            plans.append((loop, verdict.plan))
    edited = apply_edit(text, edit_for_plans("a.c", text, plans))
    return edited, [line.strip() for line in edited.decode().split("\n") if line.strip().startswith("#pragma")]


def run(compiler: str, source: Path, threads: int, flags: list[str]) -> str:
    binary = source.with_suffix(f".{compiler}.{len(flags)}")
    if not binary.exists():
        command = [compiler, "-O1", "-w", *flags, str(source), "-o", str(binary), "-lm"]
        done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
        if done.returncode != 0 and ("omp.h" in done.stderr or "-lomp" in done.stderr):
            pytest.skip(f"{compiler} has no OpenMP runtime here")
        assert done.returncode == 0, done.stderr
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
    done = subprocess.run([binary], capture_output=True, text=True, env=environment, check=True, timeout=120)
    return done.stdout


@pytest.mark.parametrize("compiler", ["gcc", "clang-19"])
def test_the_parallel_program_prints_what_the_serial_one_prints(compiler, tmp_path):
    """Temporaries, last values, reductions, private arrays, schedules and guards, on several thread counts."""
    if shutil.which(compiler) is None:
        pytest.skip(f"{compiler} is not installed")
    edited, pragmas = parallelised(PROGRAM)
    for wanted in WANTED:
        assert any(wanted in pragma for pragma in pragmas), (wanted, pragmas)
    (tmp_path / "serial.c").write_bytes(PROGRAM)
    (tmp_path / "parallel.c").write_bytes(edited)
    expected = run(compiler, tmp_path / "serial.c", 1, [])
    assert expected.count("\n") == 27
    for threads in (1, 2, 5):
        assert run(compiler, tmp_path / "parallel.c", threads, ["-fopenmp"]) == expected
