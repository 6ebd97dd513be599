"""llama.cpp in process, on real model files: grammar, determinism, cancellation, and what must not leak out of it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import tiny_model
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import (
    Cancelled,
    GenerationError,
    Message,
    ModelFileError,
    PromptTooLong,
    Request,
)

SCHEMA = {
    "type": "object",
    "properties": {"kind": {"enum": ["static", "dynamic"]}, "note": {"type": "string", "maxLength": 12}},
    "required": ["kind", "note"],
    "additionalProperties": False,
}
GRAMMAR = 'root ::= "x" [0-9]{2,5} ("-" [a-f])? "y"'
CHAT = (Message("system", "Be brief."), Message("user", "Say something."))


@pytest.fixture(scope="module")
def runtime(random_model):
    opened = LlamaCpp(random_model)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def slow_runtime(tmp_path_factory):
    """A model of 19 M parameters, which takes seconds to read a long prompt."""
    path = tmp_path_factory.mktemp("slow") / "slow.gguf"
    opened = LlamaCpp(tiny_model.write_random_model(path, width=512, layers=6, heads=8), threads=2)
    opened.load()
    yield opened
    opened.close()


def test_a_model_cannot_leave_the_schema(runtime):
    """Whatever a random model draws, a finished answer is compact JSON of the schema's shape."""
    for seed in range(20):
        completion = runtime.complete(Request(CHAT, schema=SCHEMA, max_tokens=80, temperature=1.5, seed=seed))

        assert completion.finish == "stop"
        answer = json.loads(completion.text)
        assert list(answer) == ["kind", "note"]
        assert answer["kind"] in ("static", "dynamic")
        assert len(answer["note"]) <= 12
        assert completion.text.startswith(f'{{"kind":"{answer["kind"]}","note":"')


def test_a_model_cannot_leave_a_grammar(runtime):
    """GBNF grammars hold it too."""
    texts = {runtime.complete(Request(CHAT, grammar=GRAMMAR, temperature=1.5, seed=seed)).text for seed in range(20)}

    assert all(re.fullmatch(r"x[0-9]{2,5}(-[a-f])?y", text) for text in texts)
    assert len(texts) > 5


def test_an_answer_ends_at_the_token_limit(runtime):
    """`max_tokens` bounds the answer, and the counts add up to what was asked."""
    completion = runtime.complete(Request(CHAT, max_tokens=7))

    assert (completion.finish, completion.answer_tokens) == ("length", 7)
    assert completion.prompt_tokens == runtime.count_tokens(CHAT)


def test_an_answer_ends_at_the_time_limit(slow_runtime):
    """The time limit holds while the prompt is still being read."""
    long = (Message("user", "lorem " * 500),)

    completion = slow_runtime.complete(Request(long, max_tokens=50, seconds=0.2))

    assert completion.finish == "time"
    assert completion.seconds < 1


def test_a_seed_repeats_an_answer(random_model, runtime):
    """The same request gives the same answer, in another runtime and whether or not a prefix was reused."""

    def texts(opened: LlamaCpp, **changes) -> list[str]:
        requests = [Request(CHAT, max_tokens=60, temperature=1.0, seed=seed, **changes) for seed in (1, 2, 1)]
        return [opened.complete(request).text for request in requests]

    other = LlamaCpp(random_model)
    first, second, again = texts(runtime)
    assert first == again != second
    assert texts(other) == texts(runtime, reuse_prefix=False) == [first, second, first]
    other.close()


def test_the_text_is_streamed(runtime):
    """The pieces arrive in order and make up the text."""
    pieces: list[str] = []

    completion = runtime.complete(Request(CHAT, schema=SCHEMA, max_tokens=80), on_text=pieces.append)

    assert "".join(pieces) == completion.text
    assert len(pieces) > 1


def test_a_prefix_is_reused(runtime):
    """What two prompts begin with is computed once."""
    start = "The same beginning of a prompt, long enough to matter. " * 4
    runtime.complete(Request((Message("user", start + "One end."),), max_tokens=1))

    completion = runtime.complete(Request((Message("user", start + "Another."),), max_tokens=1))

    assert completion.cached_tokens > len(start)  # a character is a token here


def _seconds_to_cancel(complete, event: threading.Event) -> float:
    """From the setting of the event to `Cancelled`; `complete` sees to it that the event is set."""
    moment: list[float] = []
    real = event.set

    def set_and_note() -> None:
        moment.append(time.monotonic())
        real()

    event.set = set_and_note
    with pytest.raises(Cancelled):
        complete()
    return time.monotonic() - moment[0]


def test_cancelling_takes_under_100_ms_while_the_prompt_is_read(slow_runtime):
    """The caller is free at once, and the runtime soon after. (Best of three: the machine may be busy.)"""

    def once(number: int) -> float:
        event = threading.Event()
        request = Request((Message("user", f"{number} " + "lorem " * 500),), max_tokens=50)

        def complete() -> None:
            timer = threading.Timer(0.2, lambda: event.set())
            timer.start()
            slow_runtime.complete(request, cancelled=event)

        return _seconds_to_cancel(complete, event)

    assert min(once(number) for number in range(3)) < 0.1
    assert slow_runtime.complete(Request((Message("user", "hi"),), max_tokens=2)).answer_tokens == 2


def test_cancelling_takes_under_100_ms_while_the_answer_is_written(slow_runtime):
    """The same between tokens; what was written is dropped."""

    def once() -> float:
        event = threading.Event()
        request = Request(CHAT, grammar='root ::= "a"+', max_tokens=2000)
        return _seconds_to_cancel(
            lambda: slow_runtime.complete(request, on_text=lambda _: event.set(), cancelled=event), event
        )

    assert min(once() for _ in range(3)) < 0.1


def test_a_cancelled_request_is_not_begun(random_model):
    """With the event set beforehand not even the model is loaded."""
    event = threading.Event()
    event.set()
    opened = LlamaCpp(random_model)

    with pytest.raises(Cancelled):
        opened.complete(Request(CHAT), cancelled=event)
    with pytest.raises(Cancelled):
        opened.count_tokens(CHAT, cancelled=event)


def test_control_tokens_in_a_message_are_harmless(runtime):
    """`</s>` in a message is five characters with a space in it, not the end of the text."""

    def tokens(text: str) -> int:
        return runtime.count_tokens((Message("user", text),))

    assert tokens("a</s>b") - tokens("ab") == len("< /s>")
    assert tokens("a<<s>s>b") - tokens("ab") == len("<< s>s>")


def test_a_prompt_that_does_not_fit_says_so(random_model):
    """Both sizes are in the message; counting still works."""
    opened = LlamaCpp(random_model, context=256)
    long = (Message("user", "x" * 500),)

    with pytest.raises(PromptTooLong, match="context of 256") as caught:
        opened.complete(Request(long))

    assert opened.count_tokens(long) == caught.value.prompt_tokens > 500
    opened.close()


@pytest.mark.parametrize("fault", [{"schema": {"type": "wombat"}}, {"grammar": "root ::= (("}])
def test_a_faulty_constraint_is_an_error_not_free_text(fault, runtime):
    """Without this a schema that llama.cpp cannot compile would mean an answer without any."""
    with pytest.raises(GenerationError):
        runtime.complete(Request(CHAT, **fault))


def test_a_file_with_a_sound_header_that_does_not_load_gets_a_sentence(random_model, tmp_path):
    """The process lives on."""
    path = tmp_path / "renamed.gguf"
    path.write_bytes(random_model.read_bytes().replace(b"output_norm.weight", b"output_nerm.weight"))

    with pytest.raises(ModelFileError, match=r"could not load .*architecture llama"):
        LlamaCpp(path).load()


def test_a_closed_runtime_can_be_closed_again(random_model):
    """And a request after it loads the model anew."""
    opened = LlamaCpp(random_model)
    first = opened.complete(Request(CHAT, max_tokens=5)).text
    opened.close()
    opened.close()

    assert opened.complete(Request(CHAT, max_tokens=5)).text == first
    opened.close()


def test_a_runtime_can_be_closed_at_once(random_model):
    """A server that is freed before its loop has begun would be waited for for ever."""
    for _ in range(20):
        opened = LlamaCpp(random_model)
        opened.load()
        opened.close()

    assert [thread.name for thread in threading.enumerate() if thread.name == "llama.cpp request"] == []


QUIET = """
import os, signal, sys, threading
from pathlib import Path
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import *
good, bad, folder = map(Path, sys.argv[1:])
assert "xllamacpp" not in sys.modules
signals = []
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda number, frame: signals.append(number))
try:
    LlamaCpp(bad).load()
except ModelFileError:
    pass
opened = LlamaCpp(good)
chat = (Message("user", "hello"),)
opened.complete(Request(chat, max_tokens=5))
assert list(folder.iterdir()) == []
inodes = {os.readlink(f"/proc/self/fd/{number}") for number in os.listdir("/proc/self/fd")
          if os.path.islink(f"/proc/self/fd/{number}")}
for table in ("tcp", "tcp6"):
    for line in Path(f"/proc/self/net/{table}").read_text().splitlines()[1:]:
        fields = line.split()
        assert fields[3] != "0A" or f"socket:[{fields[9]}]" not in inodes, "it listens"
for number in (signal.SIGINT, signal.SIGTERM):
    signal.raise_signal(number)
assert signals == [signal.SIGINT, signal.SIGTERM]
event = threading.Event()
try:
    opened.complete(Request(chat, max_tokens=4000), on_text=lambda text: event.set(), cancelled=event)
except Cancelled:
    pass
# No close, and the dropped request is perhaps still running: the interpreter must end all the same.
"""


@pytest.mark.skipif(not Path("/proc/self/net/tcp").exists(), reason="needs Linux's /proc")
def test_it_prints_nothing_listens_nowhere_keeps_signals_and_ends(random_model, tmp_path):
    """Standard output carries JSON and the language server protocol; signals are the server's own."""
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(random_model.read_bytes().replace(b"output_norm.weight", b"output_nerm.weight"))
    folder = tmp_path / "tmp"
    folder.mkdir()

    done = subprocess.run(
        [sys.executable, "-c", QUIET, random_model, bad, folder],
        env={**os.environ, "TMPDIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_long_temporary_folder_is_no_obstacle(random_model, tmp_path, monkeypatch):
    """The path of a socket may have about a hundred characters."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    opened = LlamaCpp(random_model)

    opened.load()

    opened.close()
