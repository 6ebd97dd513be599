"""The packaged extension in a real VS Code: what a person sees and does, and the file that is left on the disk.

`make test-vscode` runs these. The pictures are in build/vscode/screenshots.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from vscode_editor import ROOT, Window, browser, missing, window_on

pytestmark = [pytest.mark.vscode, pytest.mark.skipif(missing() is not None, reason=str(missing()))]

HERE = Path(sys.executable).parent  # has the `pragmatist` under test
VERIFIES = all(shutil.which(tool) for tool in ("gcc", "clang-19", "bwrap"))
PROGRAM = """\
#include <stdio.h>

static double x[1000], y[1000];

static void scale(int n)
{
\tdouble t;

\tfor (int i = 0; i < n; i++) { /* 😀 */
\t\tt = 0.5 * x[i];
\t\ty[i] = t * t;
\t}
}

static void sum_up(int n)
{
\tfor (int i = 1; i < n; i++)
\t\ty[i] += y[i - 1];
}

int main(void)
{
\tscale(1000);
\tsum_up(1000);
\tprintf("%g\\n", y[999]);
\treturn 0;
}
"""
LOOP, SERIAL = 8, 16  # lines, from 0
PRAGMA = "\t#pragma omp parallel for private(t)"
RACY = """\
void add(int n, double *x, double *total)
{
    double sum = 0.0;
    #pragma omp parallel for
    for (int i = 0; i < n; i++)
        sum += x[i];
    *total = sum;
}
"""


def with_pragma(text: str) -> str:
    lines = text.split("\n")
    return "\n".join([*lines[:LOOP], PRAGMA, *lines[LOOP:]])


def compiles(source: Path) -> bool:
    """Whether gcc takes the saved file with -fopenmp, without a warning."""
    command = ["gcc", "-fopenmp", "-Wall", "-Wextra", "-Werror", str(source), "-o", os.devnull]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def path_with_server() -> str:
    return os.pathsep.join([str(HERE), os.environ["PATH"]])


def path_without_server(folder: Path) -> str:
    """A PATH that has what VS Code needs."""
    folder.mkdir()
    for name in ("sh", "env", "uname", "ps", "cat", "sed", "tr", "dirname"):
        if found := shutil.which(name):
            (folder / name).symlink_to(found)
    return str(folder)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with browser() as started:
        yield started


@pytest.fixture(scope="module")
def restricted(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window in Restricted Mode."""
    folder = tmp_path_factory.mktemp("restricted")
    workspace = folder / "heat"
    workspace.mkdir()
    shutil.copy(ROOT / "examples" / "heat2d.c", workspace)
    with window_on(chromium, workspace, folder / "profile", path=path_with_server()) as window:
        yield window


@pytest.fixture(scope="module")
def trusted(chromium: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """A window on a workspace that its user trusts."""
    folder = tmp_path_factory.mktemp("trusted")
    workspace = folder / "project"
    workspace.mkdir()
    settings = {"security.workspace.trust.enabled": False}
    with window_on(chromium, workspace, folder / "profile", settings=settings, path=path_with_server()) as window:
        yield window


def opened(window: Window, name: str, text: str) -> Path:
    """A new file, shown in the editor."""
    path = window.workspace / name
    path.write_text(text)
    window.probe.ask("open", str(path))
    return path


def test_diagnostics_and_hover(restricted):
    """Loops that can run in parallel are marked, with their page; hover says why one can and another cannot."""
    path = str(restricted.workspace / "heat2d.c")
    assert restricted.probe.ask("open", path) == "c"

    diagnostics = restricted.probe.ask("diagnostics", path)

    found = {d["line"] + 1: (d["severity"], d["code"]) for d in diagnostics}
    assert found[61] == ("Information", "PRG001")
    assert found[177] == ("Hint", "PRG002")
    assert 153 not in found
    page = next(d["page"] for d in diagnostics if d["line"] == 60)
    assert page.startswith("file:")
    assert page.endswith("PRG001.md")
    assert "#pragma omp parallel for private(here, inflow)" in restricted.probe.ask("hover", path, 60, 6)
    assert "flow dependence" in restricted.probe.ask("hover", path, 152, 6)

    restricted.status(re.compile(r"\d+ of \d+ parallel")).wait_for()
    for name, line in (("hover-parallel", 60), ("hover-serial", 152)):
        restricted.probe.ask("moveTo", line, 6)
        restricted.page.locator(".codelens-decoration a:visible", has_text="Show report").first.wait_for()
        restricted.probe.ask("begin", "editor.action.showHover")
        restricted.page.locator(".monaco-hover:visible", has_text="dependence" if line == 152 else "pragma").wait_for()
        restricted.screenshot(name)
    restricted.probe.ask("command", "editor.action.hideHover")
    restricted.probe.ask("command", "workbench.actions.view.problems")
    restricted.page.get_by_text("no iteration depends on another").first.wait_for()
    restricted.screenshot("problems")
    restricted.probe.ask("command", "workbench.action.closePanel")


def test_racy_directive(restricted):
    """A directive that races is a warning with both places, and the light bulb mends it."""
    path = opened(restricted, "racy.c", RACY)

    (found,) = restricted.probe.ask("diagnostics", str(path), 1)

    assert found["severity"] == "Warning"
    assert found["message"].startswith("race: ")
    assert 5 in [place["line"] for place in found["related"]]
    restricted.probe.ask("moveTo", 3, 10)
    version = restricted.probe.ask("version", str(path))
    restricted.light_bulb()
    restricted.choose("Fix data sharing")
    assert "reduction(+: sum)" in restricted.probe.ask("textAfter", str(path), version).replace("+:sum", "+: sum")


def test_proved_action_in_restricted_mode(restricted):
    """Without trust only what is proved is offered; the edit is the pragma alone, and compiles when saved."""
    path = opened(restricted, "proved.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    titles = restricted.probe.ask("actions", str(path), LOOP)
    assert "Parallelise (proved, not run)" in titles
    assert not [title for title in titles if "verified" in title]

    restricted.probe.ask("moveTo", LOOP, 3)
    version = restricted.probe.ask("version", str(path))
    restricted.light_bulb()
    restricted.screenshot("light-bulb")
    restricted.choose("Parallelise (proved, not run)")

    assert restricted.probe.ask("textAfter", str(path), version) == with_pragma(PROGRAM)
    assert path.read_text() == PROGRAM  # only the person saves
    restricted.probe.ask("save", str(path))
    assert path.read_text() == with_pragma(PROGRAM)
    assert compiles(path)


def test_parallelise_command(restricted):
    """The command does the same for the loop at the cursor, without a menu."""
    path = opened(restricted, "command.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    restricted.probe.ask("moveTo", LOOP, 3)
    version = restricted.probe.ask("version", str(path))

    restricted.probe.ask("begin", "pragmatist.parallelise")

    assert restricted.probe.ask("textAfter", str(path), version) == with_pragma(PROGRAM)


def test_explain_command(restricted):
    """Explain Loop shows the hover of the loop around the cursor, at its header; with no loop around it says so."""
    path = opened(restricted, "explain.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    restricted.probe.ask("moveTo", SERIAL + 1, 4)

    restricted.probe.ask("command", "pragmatist.explainLoop")

    assert restricted.probe.ask("cursor") == [SERIAL, 1]
    restricted.page.locator(".monaco-hover:visible", has_text="dependence").wait_for()
    restricted.probe.ask("moveTo", 0, 0)
    restricted.probe.ask("begin", "pragmatist.explainLoop")
    restricted.notification("there is no loop at line 1").wait_for()
    restricted.probe.ask("command", "notifications.clearAll")


def test_report(restricted):
    """Show Report opens the page beside the text: drawn, with no script, under a policy that lets nothing in."""
    path = str(restricted.workspace / "heat2d.c")
    restricted.probe.ask("open", path)
    restricted.probe.ask("moveTo", 152, 6)

    restricted.probe.ask("command", "pragmatist.showReport")

    page = restricted.page.frame_locator("iframe.webview").frame_locator("iframe")
    page.get_by_text("flow dependence").first.wait_for()
    assert page.locator("svg").count() > 0
    assert page.locator("main script").count() == 0
    policy = page.locator("meta[http-equiv=Content-Security-Policy]").first.get_attribute("content")
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert page.locator("main").evaluate("main => getComputedStyle(main).maxWidth") != "none"  # its own style holds
    restricted.page.keyboard.press("Escape")  # the hover of an earlier test
    assert page.get_by_text("heat2d.c, line 153", exact=False).first.inner_text().startswith("heat2d.c")
    restricted.screenshot("report")
    restricted.probe.ask("command", "workbench.action.closeEditorsInOtherGroups")


def test_lenses_and_hints(restricted):
    """Above a loop stands what can be done with it, behind its header what is known; settings hold at once."""
    path = opened(restricted, "lens.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)

    lenses = [(lens["line"], lens["title"]) for lens in restricted.probe.ask("lenses", str(path))]
    assert (LOOP, "Parallelise (proved, not run)") in lenses
    assert [title for line, title in lenses if line == SERIAL] == ["Show report"]
    (hint,) = [hint for hint in restricted.probe.ask("hints", str(path)) if hint["line"] == LOOP]
    assert "parallel" in hint["label"]
    restricted.page.locator(".codelens-decoration", has_text="Parallelise (proved, not run)").wait_for()
    restricted.screenshot("lens-and-hint")

    restricted.probe.ask("configure", "pragmatist.codeLens", False)
    restricted.page.locator(".codelens-decoration", has_text="Parallelise").wait_for(state="detached")
    restricted.probe.ask("configure", "pragmatist.codeLens", True)

    version = restricted.probe.ask("version", str(path))
    restricted.page.locator(".codelens-decoration a", has_text="Parallelise (proved, not run)").click()
    assert restricted.probe.ask("textAfter", str(path), version) == with_pragma(PROGRAM)


def test_server_crash(restricted):
    """A server that dies, three times in a row, is started again, knows the open text, and leaves no process behind."""
    path = opened(restricted, "crash.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    for _ in range(3):
        (first,) = restricted.servers()

        os.kill(first, signal.SIGKILL)

        restricted.probe.ask("diagnostics", str(path), 0)
        restricted.probe.ask("diagnostics", str(path), 1)
        (second,) = restricted.servers()
        assert second != first


def test_restart_command(restricted):
    """Restart Server: another process, the same answers, and never two servers."""
    path = opened(restricted, "restart.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    (first,) = restricted.servers()

    restricted.probe.ask("command", "pragmatist.restartServer")

    restricted.probe.ask("diagnostics", str(path), 1)
    (second,) = restricted.servers()
    assert second != first


def test_trust_granted(restricted):
    """When the person trusts the workspace the server learns of it at once: now it offers to verify."""
    path = opened(restricted, "granted.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    (first,) = restricted.servers()
    restricted.probe.ask("command", "workbench.trust.manage")
    trust = restricted.page.locator(".workspace-trust-editor").get_by_text("Trust", exact=True)
    trust.wait_for()
    restricted.screenshot("restricted-mode")

    trust.click()

    restricted.until_server_is_not(first)
    assert restricted.probe.ask("about")["trusted"]
    restricted.probe.ask("open", str(path))
    restricted.probe.ask("diagnostics", str(path), 1)
    titles = restricted.probe.ask("actions", str(path), LOOP)
    assert "Parallelise (verified)" in titles


@pytest.mark.skipif(not VERIFIES, reason="needs gcc, clang-19, bubblewrap")
def test_verified_action(trusted):
    """In a trusted workspace the edit comes when its evidence holds, with progress meanwhile."""
    path = opened(trusted, "verified.c", PROGRAM)
    trusted.probe.ask("diagnostics", str(path), 1)
    trusted.probe.ask("moveTo", LOOP, 3)
    version = trusted.probe.ask("version", str(path))

    trusted.light_bulb()
    trusted.choose("Parallelise (verified)")
    trusted.status("Verifying the loop at line 9").wait_for()
    trusted.probe.ask("begin", "notifications.showList")
    trusted.notification("Verifying the loop at line 9")
    trusted.screenshot("verifying")

    assert trusted.probe.ask("textAfter", str(path), version) == with_pragma(PROGRAM)
    trusted.probe.ask("save", str(path))
    assert compiles(path)
    trusted.page.locator(".view-line", has_text=re.compile(r"for\s.*verified")).wait_for()
    trusted.screenshot("verified")


@pytest.mark.skipif(not VERIFIES, reason="needs gcc, clang-19, bubblewrap")
def test_cancelled_verification(trusted):
    """Cancel in the progress message ends the checks: no edit, and no process of theirs is left."""
    path = opened(trusted, "cancelled.c", PROGRAM.replace("scale(1000)", "for (;;) scale(1000)"))
    trusted.probe.ask("diagnostics", str(path), 1)
    trusted.probe.ask("moveTo", LOOP, 3)
    trusted.light_bulb()
    trusted.choose("Parallelise (verified)")
    trusted.status("Verifying the loop at line 9").click()
    progress = trusted.notification("Verifying the loop at line 9")

    progress.hover()
    progress.get_by_text("Cancel", exact=True).click()

    progress.wait_for(state="detached")
    trusted.until_no_process_named(("gcc", "cc1", "clang-19", "bwrap"))
    assert trusted.probe.ask("text", str(path)) == path.read_text()


def test_absent_server(chromium, tmp_path):
    """Without a server there is a message that says where it was looked for; a setting that finds it is taken up."""
    workspace = tmp_path / "project"
    workspace.mkdir()
    with window_on(chromium, workspace, tmp_path / "profile", path=path_without_server(tmp_path / "bin")) as window:
        path = opened(window, "prog.c", PROGRAM)
        window.notification("was not found on the PATH").get_by_text("How to install it").wait_for()
        window.screenshot("absent-server")
        window.notification("was not found on the PATH").get_by_text("How to install it").click()
        window.page.get_by_text("Have the server").first.wait_for()
        media = window.page.frame_locator("iframe.webview").frame_locator("iframe")
        media.get_by_text("The extension starts one program").wait_for()
        window.screenshot("walkthrough")
        assert window.servers() == []

        window.probe.ask("configure", "pragmatist.server.path", str(HERE / "pragmatist"))

        window.probe.ask("open", str(path))
        assert len(window.probe.ask("diagnostics", str(path), 1)) == 1


def test_what_is_no_server(chromium, tmp_path):
    """A program that cannot be started, and one that is no server, are named in a message; the next setting holds."""
    workspace = tmp_path / "project"
    workspace.mkdir()
    broken, other = tmp_path / "broken", tmp_path / "other"
    broken.write_text("#!/nowhere/python\n")
    other.write_text("#!/bin/sh\nexit 3\n")
    for program in (broken, other):
        program.chmod(0o755)
    settings = {"pragmatist.server.path": str(broken), "security.workspace.trust.enabled": False}
    path = path_without_server(tmp_path / "bin")
    with window_on(chromium, workspace, tmp_path / "profile", settings=settings, path=path) as window:
        text = opened(window, "prog.c", PROGRAM)
        window.notification(re.compile(f"{broken}, did not start: .*ENOENT")).get_by_text("Set its path").wait_for()

        window.probe.ask("configure", "pragmatist.server.path", str(other))
        window.notification(f"{other}, did not start: it ended with exit code 3").get_by_text("Try again").wait_for()

        window.probe.ask("configure", "pragmatist.server.path", str(HERE / "pragmatist"))
        window.probe.ask("open", str(text))
        assert len(window.probe.ask("diagnostics", str(text), 1)) == 1
        assert len(window.servers()) == 1


def test_renamed_file(restricted):
    """What is said of a file goes with its name."""
    path = opened(restricted, "before.c", PROGRAM)
    restricted.probe.ask("diagnostics", str(path), 1)
    after = path.with_name("after.c")

    restricted.probe.ask("rename", str(path), str(after))

    assert len(restricted.probe.ask("diagnostics", str(after), 1)) == 1
    assert restricted.probe.ask("diagnostics", str(path), 0) == []


def test_workspace_cannot_choose_the_server(chromium, tmp_path):
    """In Restricted Mode neither a .venv nor a setting of the workspace is started."""
    workspace = tmp_path / "hostile"
    proof = tmp_path / "it-ran"
    evil = workspace / ".venv" / "bin" / "pragmatist"
    evil.parent.mkdir(parents=True)
    evil.write_text(f"#!/bin/sh\ntouch {proof}\n")
    evil.chmod(0o755)
    (workspace / ".vscode").mkdir()
    (workspace / ".vscode" / "settings.json").write_text(
        f'{{"pragmatist.server.path": "{evil}", "pragmatist.trusted": true, "pragmatist.noSandbox": true}}'
    )
    with window_on(chromium, workspace, tmp_path / "profile", path=path_with_server()) as window:
        path = opened(window, "prog.c", PROGRAM)
        window.probe.ask("diagnostics", str(path), 1)
        titles = window.probe.ask("actions", str(path), LOOP)
        assert "Parallelise (proved, not run)" in titles
        assert not [title for title in titles if "verified" in title]
        assert not proof.exists()
