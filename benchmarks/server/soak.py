"""What hours of editing leave behind: processes, open files, temporary files, memory.

    python benchmarks/server/soak.py [--rounds 3000] [--lines 400] [--seed 1] [--record FILE.md]

A round is one thing that a person or an editor does, as fast as it is answered: most are edits, hovers, code actions,
lenses and hints; some open and close files, rename them on disk, change the configuration, verify a loop and cancel
that after a moment; a few kill the analysis worker as a crash would, or restart the workers. Memory is the sum of the
resident sizes of the server and all below it (shared pages count each time). Between samples, which wait until nothing
is under way, anything may come and go. Exit code 1: something was left behind, or piled up.
"""

from __future__ import annotations

import argparse
import os
import platform
import queue
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from latency import OURS, PATIENCE, Client, Typing, family, footprint, program

SAMPLES = 8
GROWTH = 1.15  # of memory from a quarter of the rounds to their end: more is no noise
PROGRAM = """\
#include <stdio.h>
static double y[4000];
int main(void)
{
    for (int i = 0; i < 4000; i++)
        y[i] = i;
    printf("%f\\n", y[7]);
    return 0;
}
"""


class Sample(NamedTuple):
    rounds: int
    processes: int
    files: int
    temporary: int
    resident: int


class Person:
    """Somebody who does one thing after another in a folder of C files. `scratch` is the server's temporary folder."""

    def __init__(self, folder: Path, scratch: Path, lines: int, seed: int) -> None:
        self._folder, self._scratch, self._chance = folder, scratch, random.Random(seed)
        self._count = 0
        for number in range(4):
            (folder / f"file{number}.c").write_bytes(program(lines, seed=number))
        (folder / "main.c").write_text(PROGRAM)
        command = ["env", f"TMPDIR={scratch}", f"PRAGMATIST_CACHE_DIR={folder / 'cache'}", *OURS]
        self.client = Expecting(command, {"debounceMs": 0, "trusted": True}, str(folder))
        self.texts = [Typing(self.client, folder / f"file{number}.c", number) for number in range(2)]
        self._run = Typing(self.client, folder / "main.c", 0)
        self.done: dict[str, int] = {}

    def round(self) -> None:
        """One thing."""
        ways: list[tuple[int, Callable[[], None]]] = [
            (60, self.edit), (8, self.look), (5, self.close_and_open), (3, self.rename), (3, self.configure),
            (3, self.verify_and_cancel), (1, self.crash), (1, self.restart),
        ]  # fmt: skip
        (way,) = self._chance.choices([each for _, each in ways], [often for often, _ in ways])
        self.done[way.__name__] = self.done.get(way.__name__, 0) + 1
        way()

    def edit(self) -> None:
        self._chance.choice(self.texts).fresh()

    def look(self) -> None:
        text = self._chance.choice(self.texts)
        text.hover()
        text.actions()
        document = {"textDocument": {"uri": text.uri}}
        span = {"start": {"line": 0, "character": 0}, "end": {"line": 100, "character": 0}}
        self.client.ask("textDocument/codeLens", document)
        self.client.ask("textDocument/inlayHint", {**document, "range": span})

    def close_and_open(self) -> None:
        place = self._chance.randrange(len(self.texts))
        self._close(self.texts[place])
        other = self._folder / f"file{self._chance.choice((2, 3))}.c"
        text = Typing(self.client, other, 0)
        text.fresh()
        self._close(text)
        self.texts[place] = Typing(self.client, _path(self.texts[place]), self._count)

    def rename(self) -> None:
        place = self._chance.randrange(len(self.texts))
        old = _path(self.texts[place])
        self._count += 1
        new = old.with_name(f"named{self._count}.c")
        self._close(self.texts[place])
        old.rename(new)
        changes = [{"uri": old.as_uri(), "type": 3}, {"uri": new.as_uri(), "type": 1}]
        self.client.tell("workspace/didChangeWatchedFiles", {"changes": changes})
        self.texts[place] = Typing(self.client, new, self._count)

    def configure(self) -> None:
        disabled = self._chance.choice(([], ["PRG001"], ["PRG1xx"]))
        settings = {"pragmatist": {"diagnostics": {"disabled": disabled}}}
        self.client.tell("workspace/didChangeConfiguration", {"settings": settings})
        project = {"uri": (self._folder / "pragmatist.toml").as_uri(), "type": 2}
        self.client.tell("workspace/didChangeWatchedFiles", {"changes": [project]})

    def verify_and_cancel(self) -> None:
        """Cancelled at any time between its start and its end."""
        number = f"verification {self._count}"
        self._count += 1
        answers = self.client.expect(number)
        params = {"command": "pragmatist.verifyFile", "arguments": [{"uri": self._run.uri}]}
        self.client.tell("workspace/executeCommand", params, id=number)
        time.sleep(self._chance.random())
        self.client.tell("$/cancelRequest", {"id": number})
        self.client.awaited(answers)

    def crash(self) -> None:
        for pid in _children(self.client.process.pid)[:1]:
            os.kill(pid, signal.SIGKILL)
        self.edit()

    def restart(self) -> None:
        self.client.ask("workspace/executeCommand", {"command": "pragmatist.restartWorkers"})
        self.edit()

    def sample(self, rounds: int) -> Sample:
        """What there is once nothing is under way: the server, its analysis worker, and perhaps the verifier's."""
        for text in self.texts:
            text.fresh()
        given_up = time.monotonic() + PATIENCE
        while len(family(self.client.process.pid)) > 3 and time.monotonic() < given_up:
            time.sleep(0.05)
        processes, files, resident = footprint(self.client.process.pid)
        return Sample(rounds, processes, files, sum(1 for _ in self._scratch.rglob("*")), resident)

    def _close(self, text: Typing) -> None:
        self.client.tell("textDocument/didClose", {"textDocument": {"uri": text.uri}})


class Expecting(Client):
    """A client that can wait for the answer to a request that it numbered itself."""

    def expect(self, number: str) -> queue.SimpleQueue[tuple[float, dict[str, Any]]]:
        answers: queue.SimpleQueue[tuple[float, dict[str, Any]]] = queue.SimpleQueue()
        self._answers[number] = answers
        return answers


def _children(pid: int) -> list[int]:
    return family(pid)[1:]


def _path(text: Typing) -> Path:
    return Path(text.uri.removeprefix("file://"))


def wrong(samples: list[Sample], left: list[int], scratch: int) -> list[str]:
    """What was left behind or piled up, in words."""
    first, last = samples[len(samples) // 4], samples[-1]
    found = [f"{each.processes} processes after {each.rounds} rounds" for each in samples if each.processes > 3]
    # A worker more or less has pipes, and one at work more files: what leaks is there at the least of times, too.
    for processes in {each.processes for each in samples}:
        half = len(samples) // 2
        early, late = ([s.files for s in part if s.processes == processes] for part in (samples[:half], samples[half:]))
        if early and late and min(late) > min(early):
            found.append(f"open files of {processes} processes grow: {min(early)} to {min(late)}")
    if any(each.temporary for each in samples):
        found.append(f"temporary files: {[each.temporary for each in samples]}")
    if last.resident > GROWTH * first.resident:
        found.append(f"memory grows: {first.resident / 1e6:.0f} to {last.resident / 1e6:.0f} MB")
    if left:
        found.append(f"{len(left)} processes outlive the server")
    if scratch:
        found.append(f"{scratch} temporary files outlive the server")
    return found


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3000)
    parser.add_argument("--lines", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--record", type=Path)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place, tempfile.TemporaryDirectory() as scratch:
        person = Person(Path(place), Path(scratch), arguments.lines, arguments.seed)
        steps = {arguments.rounds * part // SAMPLES for part in range(1, SAMPLES + 1)}
        for _ in range(5):
            person.verify_and_cancel()  # so that every worker there will be is there
        samples = [person.sample(0)]
        for count in range(1, arguments.rounds + 1):
            person.round()
            if count in steps:
                samples.append(person.sample(count))
        before = family(person.client.process.pid)
        person.client.close()
        left = [pid for pid in before if os.path.exists(f"/proc/{pid}")]
        problems = wrong(samples, left, sum(1 for _ in Path(scratch).rglob("*")))
    rows = [f"| {s.rounds} | {s.processes} | {s.files} | {s.temporary} | {s.resident / 1e6:.0f} |" for s in samples]
    done = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in sorted(person.done.items()))
    page = "\n".join([
        "# What hours of editing leave behind", "", "    " + " ".join(["python", *sys.argv]), "",
        f"Python {platform.python_version()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}, "
        f"{time.strftime('%B %Y')}. Done: {done}.", "",
        "| Rounds | Processes | Open files | Temporary files | Memory (MB) |", "|---|---|---|---|---|", *rows, "",
        *(problems or ["Nothing was left behind, and nothing piled up."]),
    ])  # fmt: skip
    print(page)
    if arguments.record is not None:
        arguments.record.write_text(page + "\n")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
