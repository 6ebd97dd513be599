"""The protocol at its edges, byte by byte: every request is answered exactly once, and the start is fast."""

from __future__ import annotations

import re
import subprocess

from lsp_wire import INITIALIZE, Wire


def test_initialize_shutdown_exit(wire):
    """The orderly life: capabilities, an end that is acknowledged, exit code 0, nothing left to read."""
    wire.send("initialize", INITIALIZE, id=1)
    capabilities = wire.answer(1)["result"]["capabilities"]
    assert capabilities["hoverProvider"] is True
    assert capabilities["codeActionProvider"]["resolveProvider"] is True
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
