"""Plans that are right only for callers who pass arrays apart: left out, said, and inserted where the user says so."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from pragmatist.server.engine.files import JudgedFile, judge_file
from pragmatist.server.engine.fix import FixedFile, fix_file

GATHER = """\
void gather(int n, const int *at, const double *x, double *y) {
  for (int i = 0; i < n; i++) {
    double s = 0;
    for (int k = 0; k < 40; k++) s += x[at[i]] * k;
    y[i] = s;
  }
}
"""


def fixed(path: Path, *, assume_no_overlap: bool) -> FixedFile:
    path.write_text(GATHER)
    judged = judge_file(str(path))
    file = JudgedFile(str(path), path.name, judged.language, judged.judgement)
    answer = asyncio.run(
        fix_file(file, arguments=[], no_sandbox=False, keep_slower=True, assume_no_overlap=assume_no_overlap)
    )
    assert answer is not None
    if answer.problem is not None:
        pytest.skip(answer.problem)
    return answer


@pytest.mark.skipif(shutil.which("gcc") is None or shutil.which("clang-19") is None, reason="needs gcc and clang")
def test_it_goes_in_only_where_the_user_says_so(tmp_path: Path):
    """Every check passes both times; nothing before the loop can ask whether x overlaps y."""
    for assumed in (False, True):
        answer = fixed(tmp_path / "gather.c", assume_no_overlap=assumed)
        (evidence,) = answer.verified.evidence.values()
        assert evidence.verdict == "passed", evidence
        assert "do not overlap" in evidence.provided
        assert (answer.verified.edit is not None) is assumed
        assert bool(answer.verified.provided) is not assumed
