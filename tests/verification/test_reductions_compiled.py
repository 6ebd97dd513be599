"""Reduction clauses as written, under every compiler found: the parallel program gives what the serial one does.

Sections of arrays are where compilers differ: clang 19 does not privatise one whose base is a global variable.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pragmatist.server.engine.judge import judge_text

COMPILERS = [name for name in ("gcc", "clang", "clang-19") if shutil.which(name)]

PROGRAM = """\
#include <stdbool.h>
#include <stdio.h>
static long table[64][64], row[64];
static int seen[60000];
static void add(int n, long *restrict to)
{
    for (int k = 0; k < n; k++)
        to[5] += k % 7;
}
static void across(int n, int i, int j, long (*restrict to)[64])
{
    for (int k = 0; k < n; k++)
        to[i][j] += k % 5;
}
static void along(int n, int i, long (*restrict to)[64])
{
    for (int k = 0; k < n; k++)
        to[i][k % 64] += k % 3;
}
int main(void)
{
    static long far[64], rows[64][64];
    long own[64] = {0};
    int any = 0, all = 5;
    bool none = true;
    for (int k = 0; k < 60000; k++)
        own[7] += k % 11;
    for (int k = 0; k < 60000; k++)
        row[9] += k % 13;
    for (int k = 0; k < 60000; k++)
        table[3][4] += k % 17;
    for (int k = 0; k < 60000; k++)
        seen[k] = k % 1000;
    for (int k = 0; k < 60000; k++)
        if (seen[k] == 999)
            any = 6;
    for (int k = 0; k < 60000; k++)
        if (seen[k] > 999)
            all = 0;
    for (int k = 0; k < 60000; k++)
        if (seen[k] == 17)
            none = false;
    add(60000, far);
    across(60000, 2, 6, rows);
    along(60000, 1, rows);
    printf("%ld %ld %ld %ld %ld %ld ", own[7], row[9], table[3][4], far[5], rows[2][6], rows[1][63]);
    printf("%d %d %d\\n", any, all, none);
    return 0;
}
"""


def with_pragmas(program: str) -> str:
    lines = program.split("\n")
    judged = [loop for loop in judge_text(program.encode(), "c").loops if loop.pragma is not None]
    assert sum("reduction" in (loop.pragma or "") for loop in judged) >= 9
    for loop in reversed(judged):
        lines.insert(loop.facts.keyword.line - 1, (loop.pragma or "").replace("omp simd", "omp parallel for simd"))
    return "\n".join(lines)


def output(compiler: str, source: Path, options: list[str]) -> str:
    program = source.with_suffix(f".{compiler}")
    subprocess.run([compiler, *options, str(source), "-o", str(program)], check=True, capture_output=True)
    environment = {**os.environ, "OMP_NUM_THREADS": "4"}
    return subprocess.run([str(program)], check=True, capture_output=True, text=True, env=environment).stdout


@pytest.mark.skipif(not COMPILERS, reason="no compiler is installed")
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("level", ["-O0", "-O2"])
def test_reductions_give_the_serial_result(compiler: str, level: str, tmp_path: Path) -> None:
    """Elements, rows and flags, in parameters, local and global arrays."""
    serial, parallel = tmp_path / "serial.c", tmp_path / "parallel.c"
    serial.write_text(PROGRAM)
    parallel.write_text(with_pragmas(PROGRAM))
    expected = output(compiler, serial, [level])
    for _ in range(3):
        assert output(compiler, parallel, [level, "-fopenmp"]) == expected
