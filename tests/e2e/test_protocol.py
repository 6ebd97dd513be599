"""The protocol at its edges, byte by byte: every request is answered exactly once, and the start is fast."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest
from lsp_wire import INITIALIZE, SERVE, Wire


def test_initialize_shutdown_exit(wire):
    """The orderly life: capabilities, an end that is acknowledged, exit code 0, nothing left to read."""
    wire.send("initialize", INITIALIZE, id=1)
    capabilities = wire.answer(1)["result"]["capabilities"]
    assert capabilities["hoverProvider"] is True
    assert capabilities["codeActionProvider"]["resolveProvider"] is True
    assert capabilities["diagnosticProvider"] == {
        "identifier": "pragmatist", "interFileDependencies": True, "workspaceDiagnostics": False,
    }  # fmt: skip
    assert capabilities["workspace"]["workspaceFolders"] == {"supported": True, "changeNotifications": True}
    wire.send("initialized", {})
    wire.send("shutdown", id=2)
    assert wire.answer(2)["result"] is None
    wire.send("exit")
    assert wire.receive() is None
    assert wire.process.wait() == 0


def test_exit_without_shutdown_is_1(wire):
    """As the protocol says."""
    wire.send("initialize", INITIALIZE, id=1)
    wire.answer(1)
    wire.send("exit")
    assert wire.process.wait() == 1


def test_every_bad_request_is_answered(wire):
    """Unknown method, parameters of the wrong shape, a document that is not open, a request after shutdown."""
    wire.send("initialize", INITIALIZE, id=1)
    wire.answer(1)
    wire.send("initialized", {})
    wire.send("textDocument/nonsense", {}, id=2)
    assert wire.answer(2)["error"]["code"] == -32601
    wire.send("textDocument/hover", {"textDocument": 7}, id=3)
    assert wire.answer(3)["error"]["code"] == -32602
    position = {"line": 0, "character": 0}
    wire.send("textDocument/hover", {"textDocument": {"uri": "file:///none.c"}, "position": position}, id=4)
    assert wire.answer(4)["result"] is None
    wire.send("codeAction/resolve", {"title": "not ours", "data": {"x": 1}}, id=5)
    assert "not one of ours" in wire.answer(5)["error"]["message"]
    wire.send("workspace/executeCommand", {"command": "rm -rf /", "arguments": []}, id=6)
    assert "error" in wire.answer(6)
    wire.send("shutdown", id=7)
    wire.answer(7)
    wire.send("textDocument/hover", {"textDocument": {"uri": "file:///none.c"}, "position": position}, id=8)
    assert wire.answer(8)["error"]["code"] == -32600


def test_the_end_of_input_is_an_end(wire):
    """The editor is gone without a word: so is the server."""
    wire.send("initialize", INITIALIZE, id=1)
    wire.answer(1)
    wire.send("initialized", {})
    wire.process.stdin.close()
    assert wire.process.wait() == 0


SECRET = "a_name_that_stands_in_the_text_alone"


def talk_of_a_secret(wire: Wire, trace: str) -> list[dict[str, Any]]:
    """A session whose text, and whose malformed and failing messages, hold a secret: all that the server sent."""
    received: list[dict[str, Any]] = []

    def until(number: int) -> None:
        while (message := wire.receive()) is not None:
            received.append(message)
            if message.get("id") == number and "method" not in message:
                return

    wire.send("initialize", {**INITIALIZE, "initializationOptions": {"logLevel": "debug"}, "trace": trace}, id=1)
    until(1)
    wire.send("initialized", {})
    uri, text = "file:///none/a.c", f"int {SECRET};\n"
    item = {"uri": uri, "languageId": "c", "version": 1, "text": text}
    wire.send("textDocument/didOpen", {"textDocument": item})
    change = {"textDocument": {"uri": uri, "version": 2}, "contentChanges": [{"text": text * 2}]}
    wire.send("textDocument/didChange", change)
    wire.send("textDocument/didChange", {"textDocument": SECRET})
    wire.send("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": SECRET}}, id=2)
    until(2)
    wire.send("codeAction/resolve", {"title": SECRET, "data": {SECRET: SECRET}}, id=3)
    until(3)
    wire.send("textDocument/hover", {"textDocument": {"uri": uri}, "position": {"line": 0, "character": 0}}, id=4)
    until(4)
    wire.send("shutdown", id=5)
    until(5)
    wire.send("exit")
    wire.process.wait()
    return received


def test_logs_never_hold_what_people_write(tmp_path):
    """At the finest level, with messages that are malformed or refused: neither the file, stderr nor the editor's."""
    file = tmp_path / "log"
    with (tmp_path / "stderr").open("wb") as stderr:
        wire = Wire(stderr=stderr.fileno(), arguments=["--log-file", str(file), "--log-level", "debug"])
        received = talk_of_a_secret(wire, "verbose")
    logged = [message["params"] for message in received if message.get("method") == "window/logMessage"]
    assert "file:///none/a.c, version 2: 0 loops" in file.read_text()
    assert "file:///none/a.c, version 2: 0 loops" in [each["message"] for each in logged]
    assert "a malformed message was dropped: textDocument/didChange" in [each["message"] for each in logged]
    for text in (file.read_text(), (tmp_path / "stderr").read_text(), json.dumps(logged)):
        assert SECRET not in text


@pytest.mark.parametrize("trace", ["off", "messages", "verbose"])
def test_the_trace_tells_of_messages_as_it_is_asked(trace):
    """What came, how long the answer took; places when it is verbose; texts never."""
    received = talk_of_a_secret(Wire(), trace)
    told = [message["params"] for message in received if message.get("method") == "$/logTrace"]
    if trace == "off":
        assert told == []
        return
    messages = [each["message"] for each in told]
    assert "received notification textDocument/didOpen" in messages
    assert "received request textDocument/hover (4)" in messages
    assert any(re.fullmatch(r"answered textDocument/hover \(4\) after [\d.]+ ms", each) for each in messages)
    assert any(each.startswith("refused (error -32803) codeAction/resolve (3)") for each in messages)
    details = [each.get("verbose") for each in told]
    assert ("uri: file:///none/a.c, version: 2, changes: 1, of 84 characters" in details) == (trace == "verbose")
    assert SECRET not in json.dumps(told)


def test_a_log_file_that_cannot_be_written_is_named(tmp_path):
    """At the start, and with the way to end."""
    command = [sys.executable, *SERVE, "--log-file", str(tmp_path)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == f"pragmatist: {tmp_path}: cannot be written: Is a directory\n"


def test_the_reply_to_initialize_waits_for_nothing_it_does_not_need():
    """The editor waits for it: no analysis, no verification, no terminal library is loaded before it."""
    wire = Wire("-X", "importtime", stderr=subprocess.PIPE)
    wire.send("initialize", INITIALIZE, id=1)
    wire.answer(1)
    wire.process.kill()
    assert wire.process.stderr is not None
    loaded = set(re.findall(rb"^import time:.*\| +([\w.]+)$", wire.process.stderr.read(), re.MULTILINE))
    wire.process.wait()
    assert b"lsprotocol.types" in loaded
    slow = (
        b"islpy",
        b"tree_sitter",
        b"rich",
        b"xllamacpp",
        b"msgspec",
        b"pragmatist.analysis",
        b"pragmatist.verification",
    )
    assert [name for name in loaded if name.startswith(slow)] == []
