"""How long an editor waits for the language server, beside clangd on the same file in the same run.

    python benchmarks/server/latency.py [--lines 2000] [--edits 100] [--files 10] [--hours 0] [--record FILE.md]

All is measured at the client, on bare pipes, with the debounce off. "edit" is from sending one `didChange` (a number in
a loop, one character) to the diagnostics of that version; clangd's diagnostics bring its own meaning of fresh, that of
a compiler front end with the preamble kept. "hover" is at the `for` of a loop after its text was judged, "code actions"
the list for one loop. The answer that needs no work is asked for every 5 ms while edits come: how long it takes is how
long the event loop was not free, and what pipes cost. Memory is the sum of the resident sizes of the server and all
below it (shared pages count each time). `--hours` types that many hours, at one edit a second, as fast as the answers
come, and gives processes, open files and memory meanwhile.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import platform
import queue
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "analysis"))
from programs import program

OURS = [sys.executable, "-m", "pragmatist.server.cli", "serve"]
PATIENCE = 60.0
NUMBER = re.compile(r"(?<=[-+*/=] )\d(?=[;. )])")
LOOP = re.compile(r"^\s*for \(", re.MULTILINE)


class Client:
    """A language server on pipes; a thread notes when each message came."""

    def __init__(self, command: list[str], options: object = None, cwd: str | None = None) -> None:
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=cwd
        )
        self._answers: dict[object, queue.SimpleQueue[tuple[float, dict[str, Any]]]] = {}
        self._published: queue.SimpleQueue[tuple[float, dict[str, Any]]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._next = 0
        threading.Thread(target=self._read, daemon=True).start()
        capabilities = {
            "textDocument": {
                "publishDiagnostics": {"versionSupport": True, "relatedInformation": True},
                "codeAction": {
                    "codeActionLiteralSupport": {"codeActionKind": {"valueSet": []}},
                    "resolveSupport": {"properties": ["edit"]},
                    "dataSupport": True,
                },
                "hover": {"contentFormat": ["markdown"]},
            }
        }
        root = None if cwd is None else Path(cwd).as_uri()
        self.ask(
            "initialize",
            {"processId": None, "rootUri": root, "capabilities": capabilities, "initializationOptions": options},
        )
        self.tell("initialized", {})

    def tell(self, method: str, params: object, **fields: object) -> float:
        body = json.dumps({"jsonrpc": "2.0", "method": method, "params": params, **fields}).encode()
        assert self.process.stdin is not None
        with self._lock:
            sent = time.perf_counter()
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()
        return sent

    def ask(self, method: str, params: object) -> tuple[float, dict[str, Any]]:
        """Seconds until the answer, and the answer."""
        with self._lock:
            self._next += 1
            number = self._next
            self._answers[number] = queue.SimpleQueue()
        sent = self.tell(method, params, id=number)
        came, message = self.awaited(self._answers[number])
        del self._answers[number]
        return came - sent, message

    def awaited(self, messages: queue.SimpleQueue[tuple[float, dict[str, Any]]]) -> tuple[float, dict[str, Any]]:
        """The next of them. Raises TimeoutError, which tells a server that is gone from one that is silent."""
        try:
            return messages.get(timeout=PATIENCE)
        except queue.Empty:
            status = self.process.poll()
            how = "is silent" if status is None else f"has ended with status {status}"
            raise TimeoutError(f"no message within {PATIENCE:.0f} s: the server {how}") from None

    def published(self, uri: str, version: int) -> float:
        """When the diagnostics of this version came, or of a later one."""
        while True:
            came, params = self.awaited(self._published)
            if params["uri"] == uri and (params.get("version") or 0) >= version:
                return came

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while line := stream.readline():
            if line != b"\r\n":
                name, _, value = line.partition(b":")
                length = int(value) if name.lower() == b"content-length" else length
                continue
            message = json.loads(stream.read(length))
            came = time.perf_counter()
            if message.get("method") == "textDocument/publishDiagnostics":
                self._published.put((came, message["params"]))
            elif "method" in message:
                if "id" in message:  # a request of the server's: agreed to
                    with contextlib.suppress(BrokenPipeError):
                        self._reply(message["id"])
            elif (waiting := self._answers.get(message.get("id"))) is not None:
                waiting.put((came, message))

    def _reply(self, number: object) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": number, "result": None}).encode()
        assert self.process.stdin is not None
        with self._lock:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            self.process.stdin.flush()

    def close(self) -> None:
        self.ask("shutdown", None)
        self.tell("exit", None)
        self.process.wait(PATIENCE)


class Typing:
    """One open text, in which one digit after another is replaced."""

    def __init__(self, client: Client, path: Path, seed: int) -> None:
        self._client, self.uri, self._chance = client, path.as_uri(), random.Random(seed)
        self.lines = path.read_text().split("\n")
        self._places = [
            (number, found.start()) for number, line in enumerate(self.lines) for found in NUMBER.finditer(line)
        ]
        self.loops = [number for number, line in enumerate(self.lines) if LOOP.match(line)]
        self.version = 1
        document = {"uri": self.uri, "languageId": "c", "version": 1, "text": "\n".join(self.lines)}
        sent = client.tell("textDocument/didOpen", {"textDocument": document})
        self.opened = client.published(self.uri, 1) - sent

    def edit(self) -> float:
        """Type a digit; when it was sent."""
        line, character = self._chance.choice(self._places)
        old = self.lines[line]
        digit = self._chance.choice([each for each in "23456789" if each != old[character]])  # clangd skips no change
        self.lines[line] = old[:character] + digit + old[character + 1 :]
        self.version += 1
        span = {"start": _at(line, character), "end": _at(line, character + 1)}
        return self._client.tell(
            "textDocument/didChange",
            {
                "textDocument": {"uri": self.uri, "version": self.version},
                "contentChanges": [{"range": span, "text": digit}],
            },
        )

    def fresh(self) -> float:
        """Seconds from a digit to the diagnostics of the text with it."""
        sent = self.edit()
        return self._client.published(self.uri, self.version) - sent

    def hover(self) -> float:
        line = self._chance.choice(self.loops)
        position = _at(line, self.lines[line].index("for"))
        return self._client.ask("textDocument/hover", {"textDocument": {"uri": self.uri}, "position": position})[0]

    def actions(self) -> float:
        line = self._chance.choice(self.loops)
        span = {"start": _at(line, self.lines[line].index("for")), "end": _at(line, self.lines[line].index("for") + 3)}
        params = {"textDocument": {"uri": self.uri}, "range": span, "context": {"diagnostics": []}}
        return self._client.ask("textDocument/codeAction", params)[0]


def _at(line: int, character: int) -> dict[str, int]:
    return {"line": line, "character": character}


def stalls(client: Client, typing: Typing, edits: int) -> list[float]:
    """Seconds until the answer to a request that needs no work, sent all the while edits come."""
    waited: list[float] = []
    done = threading.Event()

    def ask() -> None:
        while not done.is_set():
            waited.append(client.ask("textDocument/hover", _NOWHERE)[0])
            time.sleep(0.005)

    asking = threading.Thread(target=ask)
    asking.start()
    for _ in range(edits):
        typing.fresh()
    done.set()
    asking.join()
    return waited


_NOWHERE = {"textDocument": {"uri": "file:///not/open.c"}, "position": {"line": 0, "character": 0}}


def family(pid: int) -> list[int]:
    """A process and all below it."""
    found, waiting = [pid], [pid]
    while waiting:
        with contextlib.suppress(OSError):
            base = Path(f"/proc/{waiting.pop()}/task")
            below = [int(each) for task in base.iterdir() for each in (task / "children").read_text().split()]
            found += below
            waiting += below
    return found


def footprint(pid: int) -> tuple[int, int, int]:
    """(processes, open files, resident bytes) of a process and all below it."""
    pids = family(pid)
    files = sum(len(os.listdir(f"/proc/{each}/fd")) for each in pids)
    pages = sum(int(Path(f"/proc/{each}/statm").read_text().split()[1]) for each in pids)
    return len(pids), files, pages * os.sysconf("SC_PAGE_SIZE")


def milliseconds(times: list[float]) -> str:
    ordered = sorted(times)
    worst = ordered[min(len(ordered) - 1, len(ordered) * 99 // 100)]
    return f"{1000 * statistics.median(ordered):.1f} | {1000 * worst:.1f}"


def measure(name: str, command: list[str], options: object, folder: Path, edits: int, files: int) -> list[str]:
    """The rows of one server."""
    client = Client(command, options, str(folder))
    typing = Typing(client, folder / "file0.c", 1)
    rows = [f"| {name} | open to first diagnostics | {1000 * typing.opened:.0f} | |"]
    for _ in range(5):
        typing.fresh()
    fresh: list[float] = []
    hovers: list[float] = []
    actions: list[float] = []
    for _ in range(edits):
        fresh.append(typing.fresh())
        hovers.append(typing.hover())
        actions.append(typing.actions())
    rows += [f"| {name} | edit to fresh diagnostics | {milliseconds(fresh)} |"]
    rows += [f"| {name} | hover | {milliseconds(hovers)} |", f"| {name} | code actions | {milliseconds(actions)} |"]
    waited = stalls(client, typing, edits)
    rows += [f"| {name} | answer that needs no work, during edits | {milliseconds(waited)} |"]
    rows += [f"| {name} | the longest of {len(waited)} such | {1000 * max(waited):.1f} | |"]
    for number in range(1, files):
        Typing(client, folder / f"file{number}.c", number).fresh()
    processes, _, resident = footprint(client.process.pid)
    rows += [f"| {name} | memory, {files} files open, {processes} processes (MB) | {resident / 1e6:.0f} | |"]
    client.close()
    return rows


def simulated(hours: float, folder: Path, command: list[str], options: object) -> list[str]:
    """What hours of typing leave behind."""
    client = Client(command, options, str(folder))
    texts = [Typing(client, folder / f"file{number}.c", number) for number in range(2)]
    total = int(hours * 3600)
    rows = ["| Edits | Processes | Open files | Memory (MB) |", "|---|---|---|---|"]
    steps = {0, *(total * part // 8 for part in range(1, 9))}
    for count in range(total + 1):
        if count in steps:
            processes, files, resident = footprint(client.process.pid)
            rows.append(f"| {count} | {processes} | {files} | {resident / 1e6:.0f} |")
        texts[count // 60 % 2].fresh()
        if count % 10 == 0:
            texts[count // 60 % 2].hover()
    before = family(client.process.pid)
    client.close()
    left = [pid for pid in before if os.path.exists(f"/proc/{pid}")]
    return [*rows, "", f"Processes left after the end: {len(left)}."]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--lines", type=int, default=2000)
    parser.add_argument("--edits", type=int, default=100)
    parser.add_argument("--files", type=int, default=10)
    parser.add_argument("--hours", type=float, default=0.0)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    options = {"debounceMs": 0}
    out: list[str] = []
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for number in range(arguments.files):
            (folder / f"file{number}.c").write_bytes(program(arguments.lines, seed=number))
        before = os.getloadavg()[0]
        out += ["| Server | What | Median (ms) | p99 (ms) |", "|---|---|---|---|"]
        out += measure("pragmatist", OURS, options, folder, arguments.edits, arguments.files)
        clangd = next((each for each in ("clangd-19", "clangd") if shutil.which(each)), None)
        if clangd is not None:
            command = [clangd, "--log=error", "--background-index=false"]
            out += measure(clangd, command, None, folder, arguments.edits, arguments.files)
        if arguments.hours:
            out += ["", f"{arguments.hours:g} hours of typing in two files, one edit a second, compressed:", ""]
            out += simulated(arguments.hours, folder, OURS, options)
        told = (
            f"{arguments.lines} lines a file, {arguments.edits} edits; Python {platform.python_version()}, "
            f"{os.cpu_count()} cores, load before and after {before:.1f} and {os.getloadavg()[0]:.1f}, "
            f"{time.strftime('%B %Y')}."
        )
    command = " ".join(["python", *sys.argv])
    page = "\n".join(["# Latency of the language server", "", f"    {command}", "", told, "", *out])
    print(page)
    if arguments.record is not None:
        arguments.record.write_text(page + "\n")


if __name__ == "__main__":
    main()
