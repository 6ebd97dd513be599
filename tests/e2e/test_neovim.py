"""A real Neovim, headless, with our plugin: what a person does, from opening the file to compiling the saved one."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

NEOVIM = shutil.which("nvim")
PLUGIN = Path(__file__).parents[2] / "editors" / "neovim"
DRIVE = Path(__file__).with_name("neovim_drive.lua")
SHOWN = Path(__file__).with_name("neovim_shown.lua")
SERVE = [sys.executable, "-m", "pragmatist.server.cli", "serve"]
PROGRAM = """\
#include <stdio.h>

static double x[1000], y[1000];

static void scale(int n)
{
\tdouble t;

\tfor (int i = 0; i < n; i++) { /* \f 😀 */
\t\tt = 0.5 * x[i];
\t\ty[i] = t * t;
\t}
}

int main(void)
{
\tscale(1000);
\tprintf("%g\\n", y[999]);
\treturn 0;
}
"""
LINE = 9

pytestmark = pytest.mark.skipif(NEOVIM is None, reason="needs Neovim (Debian, Ubuntu: apt install neovim)")


def run_neovim(workspace: Path, script: Path, plugin: Path, **test: Any) -> dict[str, Any]:
    """Have Neovim run the script on the program; what it saw."""
    source, out = workspace / "prog.c", workspace / "seen.json"
    source.write_text(PROGRAM)
    asked = {"source": str(source), "line": LINE, "out": str(out), "plugin": str(plugin), **test}
    environment = os.environ | {
        "PRAGMATIST_TEST": json.dumps(asked), "PRAGMATIST_CACHE_DIR": str(workspace / "cache"),
        "XDG_STATE_HOME": str(workspace), "XDG_DATA_HOME": str(workspace), "XDG_CACHE_HOME": str(workspace),
    }  # fmt: skip
    assert NEOVIM is not None
    command = [NEOVIM, "--headless", "-n", "-i", "NONE", "-u", "NONE", "--cmd", f"set rtp^={plugin}", "-S", str(script)]
    run = subprocess.run(
        command, env=environment, cwd=workspace, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200
    )
    assert out.exists(), run.stderr
    seen = json.loads(out.read_text())
    assert "failed" not in seen, (seen, run.stderr)
    return seen


def drive(workspace: Path, title: str, *, trusted: bool) -> dict[str, Any]:
    """Open the program in Neovim, pick the action of that title at the loop, save; what was seen on the way."""
    return run_neovim(workspace, DRIVE, PLUGIN, title=title, setup={"cmd": SERVE, "trusted": trusted})


def shown(workspace: Path, *, opens: bool, newer: bool = False, **setup: Any) -> dict[str, Any]:
    """What Neovim shows of the program, of its health and of the help; of a copy, since :helptags writes a file."""
    plugin = Path(shutil.copytree(PLUGIN, workspace / "plugin"))
    return run_neovim(workspace, SHOWN, plugin, opens=opens, newer=newer, setup={"cmd": SERVE, **setup})


def compiles(source: Path) -> bool:
    """Whether gcc takes the saved file with -fopenmp, without a warning."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("needs gcc to compile what was saved")
    command = [compiler, "-fopenmp", "-Wall", "-Wextra", "-Werror", str(source), "-o", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_proved_action_from_opening_to_compiling(tmp_path):
    """Diagnostics, hover, the menu, the edit and the saved file, in a workspace that is not trusted."""
    seen = drive(tmp_path, "Parallelise (proved, not run)", trusted=False)
    assert [(d["line"], d["source"]) for d in seen["diagnostics"]] == [(LINE, "pragmatist")]
    assert "parallel (proved)" in seen["diagnostics"][0]["message"]
    assert "#pragma omp parallel for private(t)" in seen["hover"]
    assert seen["actions"] == ["Parallelise (proved, not run)", "Ignore this loop"]
    lines = PROGRAM.split("\n")
    expected = [*lines[: LINE - 1], "\t#pragma omp parallel for private(t)", *lines[LINE - 1 :]]
    assert (tmp_path / "prog.c").read_text().split("\n") == expected
    assert compiles(tmp_path / "prog.c")


@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")), reason="needs gcc, clang-19, bubblewrap"
)
def test_the_verified_action_in_a_trusted_workspace(tmp_path):
    """The edit comes when its evidence holds, and is the same."""
    seen = drive(tmp_path, "Parallelise (verified)", trusted=True)
    assert seen["actions"] == ["Parallelise (verified)", "Ignore this loop"]
    assert seen["messages"] == []
    assert "\t#pragma omp parallel for private(t)\n\tfor" in (tmp_path / "prog.c").read_text()
    assert compiles(tmp_path / "prog.c")


def test_lenses_health_and_help(tmp_path):
    """Lenses are shown unasked, :checkhealth names server, Neovim and client, and :help finds its page."""
    seen = shown(tmp_path, opens=True)
    assert {line for line, _ in seen["lenses"]} == {LINE}
    assert any("Parallelise" in (title or "") for _, title in seen["lenses"])
    assert seen["hints"] == []
    assert "OK: pragmatist " in seen["health"]
    assert "OK: Neovim " in seen["health"]
    assert "attached to 1 buffer(s)" in seen["health"]
    assert "ERROR" not in seen["health"]
    assert "WARNING" not in seen["health"]
    assert seen["help"] == "pragmatist.txt"


def test_health_says_what_to_do_where_nothing_is_set_up(tmp_path):
    """Without setup and without a client, both are said, each with what to do."""
    health = shown(tmp_path, opens=False)["health"]
    assert "setup has not been called" in health
    assert "no client is attached" in health
    assert "Open a C or C++ file" in health


@pytest.mark.parametrize("wanted", [True, False])
def test_inlay_hints_are_switched_on_where_the_version_has_them(tmp_path, wanted):
    """The switch of Neovim 0.10, which stands in where this one has none, is turned for the buffer if wanted."""
    seen = shown(tmp_path, opens=True, newer=True, inlay_hints=wanted)
    assert seen["hints"] == ([[True, seen["buffer"]]] if wanted else [])
