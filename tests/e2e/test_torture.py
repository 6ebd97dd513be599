"""A client that does everything wrong: each request is answered exactly once, nothing hangs, no position is wrong."""

from __future__ import annotations

import json
import os
import random
import select
import subprocess
import threading
from collections import Counter
from typing import Any

import pytest
from lsp_wire import INITIALIZE, Wire
from pragmatist.server.lsp.transport import Framing
from pragmatist.verification.sandbox.processes import descendants

URI = "file:///nowhere/torture.c"
LOOP = "void f{n}(int n, double *restrict y) {{ /* 😀 */ for (int i = 0; i < n; i++) y[i] = i; }}\n"
COLUMN = len("void f0(int n, double *restrict y) { /* 😀 */ ".encode("utf-16-le")) // 2
WHOLE = {"start": {"line": 0, "character": 0}, "end": {"line": 200, "character": 0}}
PATIENCE = 60.0


def begin(wire: Wire, text: str = "") -> None:
    capabilities = {"textDocument": {"publishDiagnostics": {"versionSupport": True}}}
    wire.send("initialize", {**INITIALIZE, "capabilities": capabilities}, id="begin")
    wire.answer("begin")
    wire.send("initialized", {})
    document = {"uri": URI, "languageId": "c", "version": 0, "text": text}
    wire.send("textDocument/didOpen", {"textDocument": document})


def at(line: int, character: int = COLUMN) -> dict[str, Any]:
    return {"textDocument": {"uri": URI}, "position": {"line": line, "character": character}}


def edit(version: int, line: int, new: str, old_lines: int = 0) -> dict[str, Any]:
    start, end = {"line": line, "character": 0}, {"line": line + old_lines, "character": 0}
    return {
        "textDocument": {"uri": URI, "version": version},
        "contentChanges": [{"range": {"start": start, "end": end}, "text": new}],
    }


def end(wire: Wire) -> list[dict[str, Any]]:
    """Everything that is still to come, until an orderly end."""
    wire.send("shutdown", id="end")
    seen = []
    while (message := wire.receive()) is not None:
        seen.append(message)
        if message.get("id") == "end":
            break
    wire.send("exit")
    while (message := wire.receive()) is not None:
        seen.append(message)
    assert wire.process.wait(PATIENCE) == 0
    return seen


def answers(messages: list[dict[str, Any]]) -> Counter[Any]:
    return Counter(message["id"] for message in messages if "id" in message and "method" not in message)


def test_framing_survives_what_is_no_frame():
    """Garbage lines, a length that is too short, other headers, cut at every byte."""
    stream = (
        b"garbage\r\n\r\nContent-Length: x\r\n\r\n"
        b"content-length: 2\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n{}"
        b"Content-Length: 3\r\n\r\n{\"a\": 1}Content-Length: 4\r\n\r\nnull"
    )  # fmt: skip
    for size in (1, 2, 7, len(stream)):
        framing = Framing()
        found = [body for start in range(0, len(stream), size) for body in framing.feed(stream[start : start + size])]
        assert found == [b"{}", b'{"a', b"null"]
    framing = Framing()
    for _ in range(100):
        framing.feed(b"x" * 65536)  # never a line: nothing is kept
    assert framing.feed(b"\nContent-Length: 2\r\n\r\n[]") == [b"[]"]


def test_malformed_messages_are_answered_if_they_ask(wire):
    """One answer for what has an id, `null` as id where nobody can tell, silence for the rest; then all is well."""
    begin(wire)
    bodies = [
        b"{", b"\xff\xfe", b"[" * 100_000, b"42", b"[]", b"null", b"{}", b'{"jsonrpc": "1.0", "id": 1, "method": "x"}',
        b'{"jsonrpc": "2.0", "id": 2, "method": 7}', b'{"jsonrpc": "2.0", "id": 3.5, "method": "x"}',
        b'{"jsonrpc": "2.0", "id": 4, "method": "textDocument/hover"}',
        b'{"jsonrpc": "2.0", "id": 5, "method": "textDocument/hover", "params": {"textDocument": {"uri": 5}}}',
        b'{"jsonrpc": "2.0", "id": 6, "method": "no/such/method", "params": {"jsonrpc": "2.0", "id": 99, "method": 1}}',
        b'{"jsonrpc": "2.0", "id": 7, "result": null}', b'{"jsonrpc": "2.0", "id": 8, "error": 3}',
        b'{"jsonrpc": "2.0", "method": "$/cancelRequest", "params": {"id": []}}',
        b'{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {}}',
        b'{"jsonrpc": "2.0", "id": 9, "method": "workspace/executeCommand", "params": {"command": "", "arguments": 3}}',
        b'{"jsonrpc": "2.0", "id": 10, "method": "codeLens/resolve", "params": {"range": null}}',
    ]  # fmt: skip
    for body in bodies:
        wire.send_raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    wire.send("textDocument/hover", at(0), id=11)
    counts = answers(end(wire))
    assert counts.pop(None) == 8  # what is no JSON, no object, of no known version, or has an id that is none
    assert counts == dict.fromkeys([1, 2, 4, 5, 6, 9, 10, 11, "end"], 1)


def test_requests_out_of_order(wire):
    """Before `initialize`, twice, for texts that are not open, after `shutdown`."""
    wire.send("textDocument/hover", at(0), id=1)
    assert wire.answer(1)["error"]["code"] == -32002
    wire.send("textDocument/didChange", edit(1, 0, "x"))
    begin(wire, LOOP.format(n=0))
    wire.send("initialize", INITIALIZE, id=2)
    assert wire.answer(2)["error"]["code"] == -32600
    for _ in range(2):
        wire.send("textDocument/didClose", {"textDocument": {"uri": URI}})
    wire.send("textDocument/didChange", edit(2, 0, "x"))
    wire.send("textDocument/hover", at(0), id=3)
    assert wire.answer(3)["result"] is None
    wire.send("shutdown", id=4)
    wire.send("shutdown", id=5)
    wire.send("textDocument/hover", at(0), id=6)
    wire.send("exit")
    answered = {}
    while (message := wire.receive()) is not None:
        if "method" not in message:
            answered[message["id"]] = message.get("error", {}).get("code")
    assert answered == {4: None, 5: -32600, 6: -32600}


def test_a_storm_of_cancelled_requests(wire):
    """Cancelled before, after, twice, and by ids that nobody knows: one answer each, and a server that goes on."""
    begin(wire, "".join(LOOP.format(n=n) for n in range(50)))
    methods = ("textDocument/hover", "textDocument/codeLens", "textDocument/inlayHint", "workspace/executeCommand")
    chance = random.Random(7)
    for number in range(400):
        method = methods[number % 4]
        params = {**at(number % 50), "range": WHOLE}
        if method == "workspace/executeCommand":
            params = {"command": "pragmatist.explainLoop", "arguments": [{"uri": URI, "position": at(0)["position"]}]}
        wire.send(method, params, id=number)
        if number % 40 == 0:
            wire.send("textDocument/didChange", edit(number + 1, 0, "\n"))
        for _ in range(chance.randrange(3)):
            wire.send("$/cancelRequest", {"id": chance.randrange(max(0, number - 5), number + 3)})
    seen = end(wire)
    assert answers(seen) == dict.fromkeys([*range(400), "end"], 1)
    codes = {message["error"]["code"] for message in seen if "error" in message}
    assert codes <= {-32800, -32801, -32803}  # cancelled, outdated, and no loop where the last edit left none


def test_a_thousand_edits_with_the_analysis_racing(wire):
    """What is answered for a position is about that position or refused; what is published last is about the end."""
    lines = [LOOP.format(n=n) for n in range(40)]
    begin(wire, "".join(lines))
    chance = random.Random(3)
    asked: dict[int, tuple[int, str]] = {}
    reader = Reader(wire)
    for version in range(1, 1001):
        place = chance.randrange(len(lines) + 1)
        if chance.random() < 0.5 or not 20 < len(lines) < 60:
            new = chance.choice(["\n", "// 😀\f\u2028\n", LOOP.format(n=version)]) if len(lines) < 60 else ""
            old = 0 if new else 1
        else:
            new, old = "", 1
        old = min(old, len(lines) - place)
        wire.send("textDocument/didChange", edit(version, place, new, old))
        lines[place : place + old] = [new] if new else []
        if version % 10 == 0:
            line = chance.randrange(len(lines))
            asked[version] = line, lines[line]
            wire.send("textDocument/hover", at(line), id=version)
    reader.until_published(1000)
    reader.end()
    seen = reader.seen
    assert answers(seen) == dict.fromkeys([*asked, "end"], 1)
    for message in seen:
        if message.get("id") not in asked or "method" in message:
            continue
        line, text = asked[message["id"]]
        if "error" in message:
            assert message["error"]["code"] == -32801
        elif message["result"] is None:
            assert not text.startswith("void")
        else:
            assert text.startswith("void")
            assert message["result"]["range"]["start"]["line"] == line
    last = [message["params"] for message in seen if message.get("method") == "textDocument/publishDiagnostics"][-1]
    starts = [(each["range"]["start"]["line"], each["range"]["start"]["character"]) for each in last["diagnostics"]]
    assert starts == [
        (number, text[: text.index("for (")].encode("utf-16-le").__len__() // 2)
        for number, text in enumerate(lines)
        if text.startswith("void")
    ]


class Reader:
    """Reads beside the writing, as every client does: two full pipes would wait for one another."""

    def __init__(self, wire: Wire) -> None:
        self.seen: list[dict[str, Any]] = []
        self._wire = wire
        self._changed = threading.Condition()
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()

    def _read(self) -> None:
        while (message := self._wire.receive()) is not None:
            with self._changed:
                self.seen.append(message)
                self._changed.notify()

    def until_published(self, version: int) -> None:
        def published() -> bool:
            return any(
                message.get("params", {}).get("version") == version for message in self.seen if "params" in message
            )

        with self._changed:
            assert self._changed.wait_for(published, PATIENCE)

    def end(self) -> None:
        """An orderly end; `seen` is complete then."""
        self._wire.send("shutdown", id="end")
        self._wire.send("exit")
        assert self._wire.process.wait(PATIENCE) == 0
        self.thread.join(PATIENCE)


def test_a_client_that_stops_reading_blocks_nothing(wire):
    """More answers than a pipe holds wait in memory; all of them come once the client reads again."""
    begin(wire, "".join(LOOP.format(n=n) for n in range(200)))
    for number in range(300):
        wire.send("textDocument/codeLens", {"textDocument": {"uri": URI}}, id=number)
        wire.send("textDocument/inlayHint", {"textDocument": {"uri": URI}, "range": WHOLE}, id=1000 + number)
    assert answers(end(wire)) == dict.fromkeys([*range(300), *range(1000, 1300), "end"], 1)


def test_a_client_that_closed_its_ear_is_gone(wire):
    """Its mouth is still open: the server ends when there is something to say, and takes its worker along."""
    begin(wire, LOOP.format(n=0))
    wire.send("textDocument/hover", at(0), id=1)
    wire.answer(1)
    workers = [os.pidfd_open(pid) for pid in descendants(wire.process.pid)]
    assert workers
    wire.process.stdout.close()
    wire.send("textDocument/hover", at(0), id=2)
    assert wire.process.wait(PATIENCE) == 0
    for worker in workers:
        assert select.select([worker], [], [], PATIENCE)[0]
        os.close(worker)


@pytest.mark.parametrize(
    "rest", [b"Content-Le", b"Content-Length: 100\r\n\r\n", b'Content-Length: 100\r\n\r\n{"jsonrpc']
)
def test_a_client_that_ends_in_the_middle_of_a_message_is_gone(wire, rest):
    """An end is an end, wherever it comes."""
    begin(wire)
    wire.send_raw(rest)
    wire.process.stdin.close()
    assert wire.process.wait(PATIENCE) == 0


def test_what_is_refused_logs_no_traceback():
    """It is answered in words; a log is for faults."""
    wire = Wire(stderr=subprocess.PIPE)
    begin(wire, LOOP.format(n=0))
    arguments = [{"uri": "file:///not/open.c", "position": {"line": 0, "character": 0}}]
    wire.send("workspace/executeCommand", {"command": "pragmatist.explainLoop", "arguments": arguments}, id=1)
    assert "open the file first" in wire.answer(1)["error"]["message"]
    end(wire)
    assert wire.process.stderr is not None
    assert b"Traceback" not in wire.process.stderr.read()


def test_an_answer_that_comes_after_shutdown_is_no_fault():
    """What the server had asked, nobody waits for any longer: the late answer is dropped and nothing logged."""
    wire = Wire(stderr=subprocess.PIPE)
    capabilities = {"workspace": {"configuration": True}}
    wire.send("initialize", {**INITIALIZE, "capabilities": capabilities}, id="begin")
    wire.answer("begin")
    wire.send("initialized", {})
    while (asked := wire.receive()) is not None and asked.get("method") != "workspace/configuration":
        pass
    assert asked is not None
    wire.send("shutdown", id="end")
    body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": [None]}).encode()
    wire.send_raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    wire.answer("end")
    wire.send("exit")
    assert wire.process.wait(PATIENCE) == 0
    assert wire.process.stderr is not None
    assert b"ERROR" not in wire.process.stderr.read()
