"""How long VS Code takes from opening a C file to our first hints, and where that time goes.

    make test-vscode PYTEST_ARGS=--collect-only   # sets up what this needs
    python benchmarks/server/opening.py [--rounds 5] [--record FILE.md]

The extension as people get it, in a real VS Code shown by headless Chromium, a fresh profile each round. Three ways to
open a file of 260 lines, examples/heat2d.c with a loop on top that is in view at once:

- "first file": the window is ready and has no C file yet, so neither the extension nor the server runs;
- "next file": another one after that, with the server running;
- "new window": from asking for the page to hints, the file named in the address. Nearly all of it is VS Code's own, and
  the browser's, which has none of its code in a cache.

Times are in seconds since the file was asked for. "drawn" is when the element is in the page, seen by an observer
there; the extension's are from VS Code's logs, the server's start from the kernel (to 10 ms). All is on one clock.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import statistics
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
from vscode_editor import ROOT, Window, browser, missing, window_on

TOP = """\
#include <stddef.h>

void scale(size_t n, double *x)
{
    for (size_t i = 0; i < n; i++)
        x[i] *= 0.5;
}

"""
NOTED = ("text drawn", "hint drawn", "marker drawn", "lens drawn")
OBSERVER = r"""() => {
  const wanted = {
    "text drawn": [".view-line", /scale/],
    "hint drawn": [".view-line", /parallel\s·\sproved/],
    "marker drawn": [".squiggly-info", /(?:)/],
    "lens drawn": [".codelens-decoration a", /Parallelise/],
  };
  const seen = (window.seenByPragmatist = {});
  const look = () => {
    for (const [name, [selector, words]] of Object.entries(wanted)) {
      if (!(name in seen) && [...document.querySelectorAll(selector)].some((e) => words.test(e.textContent))) {
        seen[name] = Date.now() / 1000;
      }
    }
  };
  window.observerOfPragmatist?.disconnect();
  window.observerOfPragmatist = new MutationObserver(look);
  window.observerOfPragmatist.observe(document, { subtree: true, childList: true, characterData: true });
}"""
ALL_SEEN = f"() => {json.dumps(NOTED)}.every((name) => name in (window.seenByPragmatist ?? {{}}))"
LOGGED = {
    "extension loaded": r"_doActivateExtension pragmatist\.pragmatist",
    "extension active": r"\[info\] starting ",
    "server ready": r"\[info\] the server is ready",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    if (what := missing()) is not None:
        sys.exit(f"opening.py: {what}")
    ways: dict[str, list[dict[str, float]]] = {}
    with browser() as chromium:
        for _ in range(arguments.rounds):
            for way, times in one_round(chromium).items():
                ways.setdefault(way, []).append(times)
                print(way, {name: round(seconds, 2) for name, seconds in times.items()}, file=sys.stderr, flush=True)
    page = table(ways)
    print(page, end="")
    if arguments.record is not None:
        arguments.record.write_text(page)


def one_round(chromium: Any) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        workspace = Path(folder) / "workspace"
        workspace.mkdir()
        text = TOP + (ROOT / "examples" / "heat2d.c").read_text()
        for name in ("first.c", "next.c"):
            (workspace / name).write_text(text)
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        settings = {"security.workspace.trust.enabled": False}
        profile = Path(folder) / "profile"
        with window_on(chromium, workspace, profile, settings=settings, path=path) as window:
            time.sleep(5)  # until what the window does after its start is done
            found = {f"{name} file": in_window(window, profile, workspace / f"{name}.c") for name in ("first", "next")}
            address = window.page.url
            window.page.close()
            found["new window"] = new_window(chromium, address, window, profile, workspace / "first.c")
            return found


def in_window(window: Window, profile: Path, file: Path) -> dict[str, float]:
    window.page.evaluate(OBSERVER)
    begun = time.time()
    window.probe.ask("open", str(file))
    return stages(window.page, window, profile, begun)


def new_window(chromium: Any, address: str, window: Window, profile: Path, file: Path) -> dict[str, float]:
    page = chromium.new_page(viewport={"width": 1120, "height": 700})
    page.add_init_script(f"({OBSERVER})()")
    payload = [["openFile", f"vscode-remote://{urlsplit(address).netloc}{file}"]]
    begun = time.time()
    page.goto(f"{address}&payload={quote(json.dumps(payload))}")
    found = stages(page, window, profile, begun)
    page.close()
    return found


def stages(page: Any, window: Window, profile: Path, begun: float) -> dict[str, float]:
    """What happened since; a server that ran already is no part of it."""
    times = seen(page, begun)
    logs = [path.read_text() for path in profile.rglob("*.log")]
    for name, words in LOGGED.items():
        since = [at - begun for at in logged(logs, words) if at >= begun]
        if since:
            times[name] = min(since)
    times["server started"] = max(map(started, window.servers())) - begun
    return {name: at for name, at in times.items() if at >= 0}


def seen(page: Any, begun: float) -> dict[str, float]:
    page.wait_for_function(ALL_SEEN, timeout=60_000)
    return {name: at - begun for name, at in page.evaluate("window.seenByPragmatist").items()}


def logged(logs: list[str], words: str) -> list[float]:
    """When a line with these words was written, if it was."""
    found = [match[1] for log in logs for match in re.finditer(rf"^(\S+ \S+) .*{words}", log, re.MULTILINE)]
    return [datetime.fromisoformat(each).timestamp() for each in found]


def started(pid: int) -> float:
    """When a process began."""
    ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
    booted = time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)
    return booted + ticks / os.sysconf("SC_CLK_TCK")


def table(ways: dict[str, list[dict[str, float]]]) -> str:
    rounds = max(len(times) for times in ways.values())
    lines = [
        "# From opening a file in VS Code to the first hints",
        "",
        f"Made by `benchmarks/server/opening.py` ({rounds} rounds; what is measured stands there) on",
        f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores. Seconds since the file was asked for:",
        "the median, and in brackets the least and the most.",
        "",
        "| What | " + " | ".join(ways) + " |",
        "|---|" + "---|" * len(ways),
    ]
    names = {name for times in ways.values() for each in times for name in each}
    middle = {
        name: statistics.median([e[name] for t in ways.values() for e in t if name in e][:rounds]) for name in names
    }
    for name in sorted(names, key=lambda name: middle[name]):
        cells = [spread([each[name] for each in times if name in each]) for times in ways.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def spread(seconds: list[float]) -> str:
    if not seconds:
        return ""
    return f"{statistics.median(seconds):.2f} ({min(seconds):.2f}–{max(seconds):.2f})"


if __name__ == "__main__":
    main()
