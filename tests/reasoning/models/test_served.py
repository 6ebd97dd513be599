"""Models of servers: listed, and pulled by Ollama."""

from __future__ import annotations

import json

import pytest
from model_servers import ScriptedServer, models, raw, status, stream
from pragmatist.reasoning.models.served import have_pulled, served_models, usual_ollama
from pragmatist.reasoning.runtimes.endpoint import endpoint
from pragmatist.reasoning.runtimes.protocol import ModelError


def lines(*steps: dict) -> list[str]:
    return [json.dumps(step) for step in steps]


def test_a_servers_models_are_listed():
    """By name; and what is no name is left out."""
    with ScriptedServer(**{"v1/models": [models("qwen2.5:1.5b", "a\x1bb", "other")]}) as server:
        assert served_models(endpoint(server.url)) == ["qwen2.5:1.5b", "other"]


@pytest.mark.parametrize("reply", [raw(b"nonsense\r\n\r\n"), status(500, {}), status(200, b"[]"), status(200, b"{")])
def test_what_is_no_model_server_is_told(reply):
    """In words, never as another exception."""
    with ScriptedServer(**{"v1/models": [reply]}) as server, pytest.raises(ModelError):
        served_models(endpoint(server.url))


def test_ollama_pulls_and_tells_how_far_it_is():
    """Sizes are those of the part at hand."""
    steps = lines(
        {"status": "pulling manifest"},
        {"status": "pulling 18f4", "digest": "sha256:18f4", "total": 1000, "completed": 400},
        {"status": "verifying sha256 digest"},
        {"status": "success"},
    )
    told = []
    with ScriptedServer(**{"api/pull": [stream(*steps)]}) as server:
        have_pulled(endpoint(server.url), "gemma3:1b", lambda *step: told.append(step))

    assert told == [
        ("pulling manifest", 0, 0), ("pulling 18f4", 400, 1000), ("verifying sha256 digest", 0, 0), ("success", 0, 0)
    ]  # fmt: skip
    assert server.bodies("/api/pull") == [{"model": "gemma3:1b", "stream": True}]


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (stream(*lines({"status": "pulling manifest"}, {"error": "manifest: file does not exist"})), "does not exist"),
        (stream(*lines({"status": "pulling manifest"})), "broke off"),
        (status(404, {}), "is no Ollama"),
        (status(500, {}), "status 500"),
    ],
)  # fmt: skip
def test_a_pull_that_ollama_does_not_end_well_is_told(reply, words):
    """An error in the stream, an end without success, a server of another kind."""
    with ScriptedServer(**{"api/pull": [reply]}) as server, pytest.raises(ModelError, match=words):
        have_pulled(endpoint(server.url), "gemma3:1b", lambda *_: None)


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ("", "http://localhost:11434/v1"),
        ("127.0.0.1:5000", "http://127.0.0.1:5000/v1"),
        ("http://0.0.0.0:11434", "http://localhost:11434/v1"),
        ("gpu.example.org:11434", None),
        ("?!", None),
    ],
)
def test_only_this_machine_is_looked_at_unasked(given, where, monkeypatch):
    """Ollama's own variable says where it listens; another machine must be named to us."""
    monkeypatch.setenv("OLLAMA_HOST", given)
    found = usual_ollama()
    assert (found and found.url) == where
