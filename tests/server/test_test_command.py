"""A project with a test command, from `fix` to a certificate that is repeated."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from command_line import answer_of, pragmatist
from pragmatist.server.cli import evidence, main
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.evidence import Check, Evidence
from pragmatist.verification.rerun import Rerun

LIBRARY = """\
#include "scaled.h"
void scaled(int n, const double *restrict x, double *restrict y)
{
    double t;
    for (int i = 0; i < n; i++) {
        t = FACTOR * x[i];
        y[i] = t * t;
    }
}
"""
TEST = """\
#include "scaled.h"
static double x[500], y[500];
int main(void)
{
    for (int i = 0; i < 500; i++) x[i] = i;
    scaled(500, x, y);
    for (int i = 0; i < 500; i++)
        if (y[i] != 0.25 * i * i) return 1;
    return 0;
}
"""
PRAGMA = "    #pragma omp parallel for private(t)\n"

needs_tools = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap", "make")),
    reason="needs gcc, clang-19, bubblewrap and make",
)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A library whose include path stands in its Makefile, and a test that prints nothing."""
    root = tmp_path / "project"
    for name, content in {
        "lib/scaled.c": LIBRARY,
        "include/scaled.h": "#define FACTOR 0.5\nvoid scaled(int, const double *restrict, double *restrict);\n",
        "test.c": TEST,
        "Makefile": "check: test\n\t./test\ntest: test.c lib/scaled.c\n\t$(CC) -Iinclude -o $@ $^\n",
        "pragmatist.toml": '[verify]\ncommand = "make -s check"\n',
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@needs_tools
@pytest.mark.slow
def test_fix_runs_the_test_command_and_its_certificate_can_be_repeated(project: Path):
    """The loop of a file without a main is verified and inserted; repeated, it comes out the same."""
    run = pragmatist("fix", "--write", "--format", "json", "lib/scaled.c", cwd=project)
    assert run.returncode == 0, run.stderr
    (file,) = answer_of(run)["files"]
    (loop,) = file["loops"]
    assert loop["evidence"]["verdict"] == "passed", loop
    assert (project / "lib/scaled.c").read_text() == LIBRARY.replace("    for", PRAGMA + "    for", 1)
    assert sorted(path.name for path in project.iterdir()) == [
        ".cache", "Makefile", "include", "lib", "pragmatist.toml", "test.c"
    ]  # fmt: skip
    shown = pragmatist("evidence", loop["evidence"]["id"], cwd=project).stdout.decode()
    assert "run by the test command `make -s check`" in shown
    again = pragmatist("evidence", loop["evidence"]["id"], "--rerun", cwd=project)
    words = again.stdout.decode()
    assert again.returncode == 0, words
    assert "then passed" in words
    assert "now passed: the same outcome" in words
    assert "lib/scaled.c has the plan in it now" in words


def test_a_repeated_certificate_is_shown_beside_the_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
):
    """What has changed, and each check then and now, with the words of those that differ; as JSON, all of both."""
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path))
    before = Evidence("abcdef", "passed", (Check("compile", "passed", "well", 0.1), Check("memory", "passed", "", 0.1)))
    after = Evidence("fedcba", "refuted", (Check("compile", "passed", "", 0.1), Check("memory", "refuted", "oh", 0.1)))
    CertificateStore().put("evidence", before.id, before)

    async def again(*_: object, **__: object) -> Rerun:
        return Rerun(before, after, ("gcc 1.0 is not here any more",))

    monkeypatch.setattr(evidence, "rerun", again)
    assert main(["evidence", "abc", "--rerun"]) == 1
    shown = capfd.readouterr().out
    assert "now refuted: another outcome\n  gcc 1.0 is not here any more\n" in shown
    assert "compile        passed        passed\nmemory         passed        refuted   <\n" in shown
    assert "memory: refuted\n  oh\n" in shown
    assert "kept as fedcba" in shown
    assert main(["evidence", "abc", "--rerun", "--format", "json"]) == 1
    answer = json.loads(capfd.readouterr().out)
    assert (answer["same"], answer["changed"]) == (False, ["gcc 1.0 is not here any more"])
    assert (answer["before"]["id"], answer["after"]["id"]) == ("abcdef", "fedcba")


def test_settings_that_are_wrong_stop_fix(project: Path):
    """Nothing is run as if they were not there."""
    (project / "pragmatist.toml").write_text('[verify]\ncomand = "make check"\n')
    run = pragmatist("fix", "--write", "lib/scaled.c", cwd=project)
    assert run.returncode == 2
    assert f"{project}/pragmatist.toml: verify.comand: no such key; known are command" in run.stderr.decode()
    assert (project / "lib/scaled.c").read_text() == LIBRARY


def test_rerun_needs_a_certificate(tmp_path: Path):
    """An ID on the command line, and one that there is."""
    run = pragmatist("evidence", "--rerun", cwd=tmp_path)
    assert (run.returncode, b"needs the ID" in run.stderr) == (2, True)
    run = pragmatist("evidence", "abc", "--rerun", cwd=tmp_path)
    assert (run.returncode, b"0 certificates begin with 'abc'" in run.stderr) == (2, True)
