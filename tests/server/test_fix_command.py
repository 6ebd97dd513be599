"""`pragmatist fix`: evidence before edits, and a file that is changed wholly, when asked, or not at all."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest
from command_line import answer_of, in_terminal, pragmatist
from loops_to_verify import SCALE_AND_SCATTER
from pragmatist.verification.sandbox import landlock
from report_pages import Page

PROGRAM = (
    SCALE_AND_SCATTER
    + """
static void shift(int n)
{
    for (int i = 0; i < n; i++)
        x[i] += 0.25 * i;
}

int main(int argc, char **argv)
{
    (void)argv;
    shift(2000);
    for (int i = 0; i < 2000; i++)
        order[i] = i / 2;
    scale(2000);
    scatter(2000);
    printf("%d %.6f\\n", argc, y[7]);
    return 0;
}
"""
)
SCALE, SCATTER, SHIFT = 9, 17, 23
PRAGMA = "    #pragma omp parallel for private(t)\n"

pytestmark = pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")),
    reason="needs gcc, clang-19 and bubblewrap",
)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    """The program with its certificates made once: what is asked again is instant."""
    root = tmp_path_factory.mktemp("fix")
    (root / "prog.c").write_text(PROGRAM)
    run = pragmatist("fix", "--format", "json", "prog.c", cwd=root)
    (root / "first.json").write_bytes(run.stdout)
    assert run.returncode == 0, run.stderr
    return root


@pytest.fixture
def fresh(workspace):
    """The workspace with the program as it was."""
    (workspace / "prog.c").write_text(PROGRAM)
    return workspace


def loops_of(run: subprocess.CompletedProcess[bytes]) -> dict[int, dict]:
    return {loop["line"]: loop for loop in answer_of(run)["files"][0]["loops"]}


def test_evidence_decides(fresh):
    """What passed is parallel with its checks; what was refuted has neither pragma nor edit; no file changes."""
    run = pragmatist("fix", "--format", "json", "prog.c", cwd=fresh)
    assert run.stdout == (fresh / "first.json").read_bytes()
    loops = loops_of(run)
    scale, scatter = loops[SCALE], loops[SCATTER]
    assert (scale["verdict"], scale["evidence"]["verdict"]) == ("parallel", "passed")
    outcomes = {check["name"]: check["outcome"] for check in scale["evidence"]["checks"]}
    assert {outcomes[name] for name in ("plan", "compile", "lane-race", "threaded-race", "memory", "outputs")} == {
        "passed"
    }
    assert (scatter["verdict"], scatter["pragma"], scatter["evidence"]["verdict"]) == ("unknown", None, "refuted")
    assert "line 18" in scatter["reasons"][0]["message"]
    assert loops[SHIFT]["evidence"]["verdict"] == "passed"
    assert (fresh / "prog.c").read_text() == PROGRAM


def test_the_report_shows_the_evidence(fresh):
    """What was checked of one loop, check for check, and what refuted the other; nothing of it for another text."""
    pages = {}
    for line in (SCALE, SCATTER):
        run = pragmatist("report", f"prog.c:{line}", "-o", "-", cwd=fresh)
        assert (run.returncode, run.stderr) == (0, b"")
        pages[line] = Page(run.stdout.decode())
    found = {loop["line"]: loop for loop in json.loads((fresh / "first.json").read_bytes())["files"][0]["loops"]}
    for line, page in pages.items():
        rows = [text for attributes, text in page.all("td") if "outcome" in attributes.get("class", "")]
        assert [row.split()[1] for row in rows] == [check["outcome"] for check in found[line]["evidence"]["checks"]]
        assert all(check["detail"].replace("`", "") in page.text for check in found[line]["evidence"]["checks"])
    assert pages[SCALE].all("p", class_="word")[0][1] == "Parallelproved"
    assert pages[SCATTER].all("p", class_="word")[0][1] == "Unknown"

    (fresh / "prog.c").write_text(PROGRAM.replace("t * t", "t + t"))
    other = pragmatist("report", f"prog.c:{SCALE}", "-o", "-", cwd=fresh)
    assert b"No verification of this plan on this text is stored" in other.stdout


def test_the_diff_is_one_that_patch_takes(fresh):
    """Nothing else on stdout."""
    run = pragmatist("fix", "--diff", "prog.c", cwd=fresh)
    assert run.returncode == 0
    patched = subprocess.run(["patch", "-p1", "--no-backup-if-mismatch"], input=run.stdout, cwd=fresh, check=False)
    assert patched.returncode == 0
    assert PRAGMA + "    for (int i = 0; i < n; i++) {\n        t =" in (fresh / "prog.c").read_text()


def test_write_changes_the_file_once(fresh):
    """The loops that passed have their pragmas, which a second run leaves alone."""
    assert pragmatist("fix", "--write", "prog.c", cwd=fresh).returncode == 0
    written = (fresh / "prog.c").read_text()
    assert PRAGMA in written
    assert "omp" not in written.split("void scatter")[1].split("void shift")[0]
    again = pragmatist("fix", "--write", "prog.c", cwd=fresh)
    assert again.returncode == 0
    assert (fresh / "prog.c").read_text() == written


def test_the_text_shows_table_checks_and_diff(fresh):
    """Loop, verdict and why; each check; what all of it comes to; the diff."""
    text = pragmatist("fix", "prog.c", cwd=fresh).stdout.decode()
    for part in (
        "parallel for private(t)", "lane-race check refutes the plan", "together: passed", "✓ memory: ",
        "+" + PRAGMA, "not changed; --write inserts 2 pragmas",
    ):  # fmt: skip
        assert part in text
    assert "\x1b" not in text


def test_arguments_after_the_dashes_reach_the_program(fresh):
    """They change what the program prints, so the evidence is another."""
    first = loops_of(pragmatist("fix", "--format", "json", "prog.c", cwd=fresh))[SCALE]["evidence"]["id"]
    other = pragmatist("fix", "--format", "json", "prog.c", "--", "--verbose", "3", cwd=fresh)
    assert other.returncode == 0
    assert loops_of(other)[SCALE]["evidence"]["id"] != first


def test_a_file_that_changes_meanwhile_is_left_alone(tmp_path):
    """Somebody saves while the checks run: nothing is written, and the message says to run it again."""
    source = tmp_path / "prog.c"
    source.write_text(PROGRAM)
    theirs = PROGRAM + "/* saved meanwhile */\n"

    def save(seen: bytes) -> None:
        if b"compiling" in seen and source.read_text() == PROGRAM:
            source.write_text(theirs)

    code, seen = in_terminal("fix", "--write", "prog.c", cwd=tmp_path, stream="stderr", seen=save)
    assert code == 2
    assert b"changed since it was analysed" in seen
    assert source.read_text() == theirs
    assert sorted(path.name for path in tmp_path.iterdir()) == [".cache", "prog.c"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system of one page")
def test_a_full_disk_leaves_the_file_as_it_was(fresh, tmp_path):
    """The new text does not fit beside the old one: exit 2, a message, and nothing left over."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4k", "none", str(disk)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this root may not mount")
    try:
        (disk / "prog.c").write_text(PROGRAM)
        cache = str(tmp_path / "cache")
        run = pragmatist("fix", "--write", "prog.c", cwd=disk, PRAGMATIST_CACHE_DIR=cache)
        assert run.returncode == 2
        assert b"no space left" in run.stderr
        assert [path.name for path in disk.iterdir()] == ["prog.c"]
        assert (disk / "prog.c").read_text() == PROGRAM
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_without_a_compiler_the_message_says_what_to_install(fresh, tmp_path):
    """PATH has bubblewrap and no compiler: exit 2, the loops are still judged, nothing is inserted."""
    bwrap = shutil.which("bwrap")
    assert bwrap is not None
    (tmp_path / "bwrap").symlink_to(bwrap)
    run = pragmatist("fix", "--format", "json", "prog.c", cwd=fresh, PATH=str(tmp_path))
    assert run.returncode == 2
    assert b"no compiler with OpenMP was found on PATH" in run.stderr
    scale = loops_of(run)[SCALE]
    assert (scale["verdict"], scale["basis"]) == ("parallel", "proved")
    assert scale["evidence"]["verdict"] == "inconclusive"


def test_without_a_sandbox_nothing_runs_unless_the_user_insists(fresh, tmp_path):
    """PATH is empty: exit 2 and words about bubblewrap and --no-sandbox, or compilers where Landlock confines."""
    run = pragmatist(
        "fix", "--format", "json", "prog.c", cwd=fresh, PATH=str(tmp_path), PRAGMATIST_CACHE_DIR=str(tmp_path)
    )
    assert run.returncode == 2
    assert (b"--no-sandbox" if landlock.problem() else b"no compiler") in run.stderr
    evidence = loops_of(run)[SCALE]["evidence"]
    assert evidence is None or evidence["verdict"] == "inconclusive"


def test_a_file_without_a_program_runs_in_drivers(tmp_path):
    """What runs are the functions that hold the loops, each called by a program made for it. How fast they are on this
    machine today decides nothing here."""
    (tmp_path / "part.c").write_text(PROGRAM.split("int main")[0])
    run = pragmatist("fix", "--keep-slower", "part.c", cwd=tmp_path)
    assert run.returncode == 0
    assert b"--write inserts" in run.stdout


def test_a_function_that_cannot_be_driven_gets_no_edit_and_a_reason(tmp_path):
    """Nothing ran, so nothing is inserted."""
    (tmp_path / "part.c").write_text(
        "extern double law(double);\n"
        "void apply(int n, double *restrict x) { for (int i = 0; i < n; i++) x[i] = 2 * x[i]; x[0] = law(x[0]); }\n"
    )
    run = pragmatist("fix", "part.c", cwd=tmp_path)
    assert run.returncode == 0
    assert b"nothing to insert" in run.stdout
    assert b"law" in run.stdout
