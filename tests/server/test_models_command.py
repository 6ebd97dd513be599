"""`pragmatist models`: what is listed, trying one, and getting one."""

from __future__ import annotations

import json
import os
import shutil

import pytest
from command_line import in_terminal, pragmatist
from model_hub import Hub
from model_servers import ScriptedServer, models, stream
from pragmatist.reasoning.models.catalogue import NAMED

NOWHERE = {"OLLAMA_HOST": "127.0.0.1:9"}  # nothing listens there


@pytest.fixture
def folder(tmp_path, plain_model):
    """A folder of models with one that plans, one that is none, and one that can be pulled."""
    there = tmp_path / "models"
    there.mkdir()
    shutil.copy(plain_model, there / "plain.gguf")
    shutil.copy(plain_model, there / NAMED["gemma3:1b"].file)
    (there / "broken.gguf").write_bytes(b"GGUF")
    return there


def listed(tmp_path, *arguments: str, **environment: str) -> dict:
    run = pragmatist("models", *arguments, "--format", "json", cwd=tmp_path, **NOWHERE, **environment)
    assert (run.returncode, run.stderr) == (0, b"")
    return json.loads(run.stdout)


def test_what_is_found_is_listed(tmp_path, folder):
    """Files with their faults, the server that is set up, and what would be asked."""
    with ScriptedServer(**{"v1/models": [models("qwen2.5:1.5b")]}) as server:
        found = listed(tmp_path, "--endpoint", server.url, PRAGMATIST_MODELS=str(folder))
        text = pragmatist("models", cwd=tmp_path, PRAGMATIST_MODELS=str(folder), PRAGMATIST_ENDPOINT=server.url)

    assert [file["name"] for file in found["files"]] == ["broken", "gemma3:1b", "plain"]
    assert [file["problem"] is None for file in found["files"]] == [False, True, True]
    assert found["servers"] == [
        {"url": f"{server.url}/v1", "models": ["qwen2.5:1.5b"], "set_up": True, "problem": None}
    ]
    assert text.returncode == 0
    for words in (
        "plain: llama, ",
        "qwen2.5:1.5b",
        f"asked when none is named: {server.url}",
        "can be pulled: qwen2.5",
    ):
        assert words in text.stdout.decode()


def test_a_server_that_is_not_there_is_told_only_if_it_was_named(tmp_path):
    """Nobody said that there is an Ollama at its usual address."""
    assert listed(tmp_path, PRAGMATIST_MODELS=str(tmp_path))["servers"] == []
    named = listed(tmp_path, PRAGMATIST_MODELS=str(tmp_path), PRAGMATIST_ENDPOINT="http://127.0.0.1:9")
    assert "nothing listens there" in named["servers"][0]["problem"]


def test_a_local_ollama_is_found(tmp_path):
    """Where its own variable says."""
    with ScriptedServer(**{"v1/models": [models("gemma3:1b", owner="library")]}) as server:
        run = pragmatist(
            "models", "--format", "json", cwd=tmp_path, PRAGMATIST_MODELS=str(tmp_path),
            OLLAMA_HOST=server.url.removeprefix("http://"),
        )  # fmt: skip
    (found,) = json.loads(run.stdout)["servers"]
    assert (found["models"], found["set_up"]) == (["gemma3:1b"], False)


@pytest.mark.parametrize("runtime", ["llama.cpp", "ctransformers"])
def test_a_model_is_tried(tmp_path, folder, runtime):
    """By its name in the folder, on either runtime: its plan, refused by the facts here, and its speeds."""
    run = pragmatist(
        "models", "test", "plain", "--runtime", runtime, "--format", "json", cwd=tmp_path, PRAGMATIST_MODELS=str(folder)
    )
    answer = json.loads(run.stdout)

    assert run.returncode == 1  # it has no plan
    assert answer["planned_by"] == "zero-shot plain"
    assert answer["runtime"].startswith(runtime)
    assert (answer["pragma"], answer["reasons"] != []) == (None, True)
    assert answer["read_per_second"] > 0
    assert answer["written_per_second"] > 0
    assert answer["calls"] >= 1


def test_a_model_of_the_folder_plans(tmp_path, folder):
    """`plan` and the environment know it by the same name; an unknown one is told how to be got."""
    (tmp_path / "a.c").write_text("void f(int n, double *a) { for (int i = 0; i < n; i++) a[i] = i; }\n")
    where = {"PRAGMATIST_MODELS": str(folder)}
    ask = ("plan", "a.c:1", "--strategy", "zero-shot")
    by_option = pragmatist(*ask, "--model", "plain", cwd=tmp_path, **where)
    by_variable = pragmatist(*ask, cwd=tmp_path, PRAGMATIST_MODEL="plain", **where)
    unknown = pragmatist(*ask, "--model", "llama3.2:1b", cwd=tmp_path, **where)

    assert b"planned by zero-shot plain" in by_option.stdout
    assert b"planned by zero-shot plain" in by_variable.stdout
    assert (unknown.returncode, unknown.stdout) == (2, b"")
    assert b"`pragmatist models pull llama3.2:1b` gets it" in unknown.stderr


def test_a_model_is_pulled_from_the_hub(tmp_path):
    """Whole, with its checksum; and again, without a transfer."""
    content = os.urandom(100_000)
    with Hub(content) as hub:
        environment = {
            "HF_ENDPOINT": hub.url,
            "HF_HOME": str(tmp_path / "hf"),
            "PRAGMATIST_MODELS": str(tmp_path / "m"),
        }
        runs = [
            json.loads(
                pragmatist("models", "pull", "gemma3:1b", "--format", "json", cwd=tmp_path, **environment).stdout
            )
            for _ in range(2)
        ]
        code, terminal = in_terminal("models", "pull", "qwen2.5:1.5b", cwd=tmp_path, stream="stderr", **environment)

    assert [run["fetched"] for run in runs] == [len(content), 0]
    assert runs[0]["sha256"] == hub.sha256
    assert (tmp_path / "m" / NAMED["gemma3:1b"].file).read_bytes() == content
    assert (code, NAMED["qwen2.5:1.5b"].file.encode()[:12] in terminal) == (0, True)


def test_without_a_hub_pulling_says_what_to_do(tmp_path):
    """One line, no traceback."""
    run = pragmatist("models", "pull", "gemma3:1b", cwd=tmp_path, HF_ENDPOINT="http://127.0.0.1:9")
    assert (run.returncode, run.stdout) == (2, b"")
    assert run.stderr.count(b"\n") == 1
    assert b"on another machine" in run.stderr


def test_ollama_pulls_what_it_is_told(tmp_path):
    """Where it is named, and any model that it knows."""
    steps = [json.dumps(step) for step in ({"status": "pulling", "total": 9, "completed": 9}, {"status": "success"})]
    with ScriptedServer(**{"api/pull": [stream(*steps)]}) as server:
        run = pragmatist("models", "pull", "phi4:mini", "--endpoint", server.url, cwd=tmp_path)
    assert run.returncode == 0
    assert run.stdout.decode() == f"phi4:mini is at {server.url}\n"
