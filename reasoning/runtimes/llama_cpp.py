"""GGUF models in this process, through xllamacpp (llama.cpp's own server code as an extension module).

How it works. `Server` runs llama.cpp's scheduler on a native thread and takes requests from any number of threads;
`native_requests.py` lets their callers stop waiting at once (cancel, time limit, Ctrl-C). The native side learns of it
at its next chunk. Chunks come with every token and with every batch of the prompt, which is why batches are small:
`BATCH` tokens are the most that a dropped request goes on computing.

What is deliberately absent. llama.cpp's server insists on listening somewhere; it is given a socket in a private
folder, which is removed as soon as the model is loaded, so nothing can connect. Its logging is off, because
standard output carries JSON or the language server protocol. Nothing native is imported before a model is used.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import secrets
import shutil
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from .control_tokens import ControlTokens
from .gguf_file import GgufHeader, file_digest, file_identity, read_header
from .native_requests import TIMED_OUT, NativeRequests
from .protocol import (
    Cancelled,
    Completion,
    GenerationError,
    Message,
    ModelError,
    ModelFileError,
    PromptTooLong,
    Request,
)

CONTEXT = 4096  # tokens; the prompts here take a few hundred
BATCH = 128  # tokens; as fast as 2048 on CPUs (14.7 s against 14.8 s for 4,225 tokens of a 48 M model)
# A model this small gains nothing from a second thread (0.12 s for 1,105 + 138 tokens either way), and on a busy
# machine the two wait for each other: ten times as long where other work took both cores.
_ONE_THREAD = 4_000_000  # parameters
_LONGEST_FOLDER = 90  # characters; a socket's address has room for 104 on the systems that have least


class LlamaCpp:
    """One GGUF file; see `protocol.Runtime`. Opening reads the header only, the model is loaded on first use."""

    def __init__(self, path: Path, *, context: int = CONTEXT, threads: int | None = None) -> None:
        """Raises `ModelFileError` where the file cannot be a model that llama.cpp loads."""
        self._path = path
        self._identity = file_identity(path)
        self._header: GgufHeader = read_header(path)
        trained = self._header.context_length or context
        self._context = min(context, trained)
        self._threads = threads or (1 if self._header.parameters <= _ONE_THREAD else _usable_cores())
        self._control = ControlTokens(self._header.control_tokens)
        self._digest: str | None = None
        self._native = NativeRequests()
        self._loading = threading.Lock()
        weakref.finalize(self, self._native.shut)  # also at exit: a native thread must not outlive the interpreter

    @property
    def runtime(self) -> str:
        return f"llama.cpp (xllamacpp {importlib.metadata.version('xllamacpp')})"

    @property
    def model(self) -> str:
        return self._path.stem

    @property
    def digest(self) -> str:
        if self._digest is None:
            digest = file_digest(self._path)
            self._check_unchanged()
            self._digest = digest
        return self._digest

    @property
    def header(self) -> GgufHeader:
        return self._header

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        self._server(cancelled)

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        started = time.monotonic()
        deadline = None if request.seconds is None else started + request.seconds
        body = {
            "messages": self._messages(request.messages),
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "seed": request.seed,
            "cache_prompt": request.reuse_prefix,
            "stream_options": {"include_usage": True},
        }
        grammar = self._grammar(request)
        if grammar is not None:
            body["grammar"] = grammar
        text: list[str] = []
        finish: Literal["stop", "length", "time"] | None = None
        prompt, cached, answer = 0, 0, 0
        with self._native.start(self._server(cancelled), body) as call:
            while (chunk := call.next(deadline, cancelled)) is not None:
                if chunk is TIMED_OUT:
                    finish = "time"
                    break
                prompt = chunk.get("prompt_progress", {}).get("total", prompt)
                for choice in chunk.get("choices", ()):
                    piece = choice["delta"].get("content")
                    if piece:
                        if request.schema is not None and not text and not piece.startswith("{"):
                            raise self._schema_ignored()
                        text.append(piece)
                        answer += 1
                        if on_text is not None:
                            on_text(piece)
                    if choice["finish_reason"] is not None:
                        finish = "length" if choice["finish_reason"] == "length" else "stop"
                usage = chunk.get("usage")
                if usage is not None:
                    prompt, answer = usage["prompt_tokens"], usage["completion_tokens"]
                    cached = usage["prompt_tokens_details"]["cached_tokens"]
        if finish is None:
            raise GenerationError(f"llama.cpp broke off the answer of {self.model}")
        if request.schema is not None and finish == "stop" and not _is_json("".join(text)):
            raise self._schema_ignored()
        return Completion("".join(text), finish, prompt, cached, answer, time.monotonic() - started)

    def _schema_ignored(self) -> GenerationError:
        # llama.cpp logs a schema that it cannot compile, and then decodes without any.
        return GenerationError(f"llama.cpp did not hold {self.model} to the JSON schema; this is a fault in the schema")

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        # The first chunk tells the prompt's length before any of it is computed; then the request is dropped.
        body = {"messages": self._messages(messages), "max_tokens": 1}
        try:
            with self._native.start(self._server(cancelled), body, chunks=1) as call:
                while (chunk := call.next(None, cancelled)) is not None:
                    if "prompt_progress" in chunk:
                        return chunk["prompt_progress"]["total"]
        except PromptTooLong as error:
            return error.prompt_tokens
        raise GenerationError(f"llama.cpp did not say how many tokens the prompt has for {self.model}")

    def close(self) -> None:
        self._native.shut()

    def _check_unchanged(self) -> None:
        if file_identity(self._path) != self._identity:
            raise ModelFileError(f"the model file {self._path} changed since it was opened; run the command again")

    def _messages(self, messages: tuple[Message, ...]) -> list[dict[str, str]]:
        # The chat template's own control tokens come later and stay.
        return [{"role": one.role, "content": self._control.harmless(one.content)} for one in messages]

    @staticmethod
    def _grammar(request: Request) -> str | None:
        if request.schema is None:
            return request.grammar
        # Without this, JSON may hold any amount of white space between its tokens, and a weak model writes it.
        compact = {**request.schema, "x-guidance": {"whitespace_flexible": False}}
        return _binding().json_schema_to_grammar(compact)

    def _server(self, cancelled: threading.Event | None) -> Any:
        with self._loading:
            if self._native.server is None:
                if cancelled is not None and cancelled.is_set():
                    raise Cancelled
                server = self._load()
                self._native.begin(server)
                self._native.server = server
            return self._native.server

    def _load(self) -> Any:
        binding = _binding()
        self._check_unchanged()
        parameters = binding.CommonParams()
        parameters.model.path = str(self._path)
        parameters.verbosity = -1
        parameters.n_ctx = self._context
        parameters.n_batch = parameters.n_ubatch = BATCH
        parameters.n_parallel = 1
        parameters.cpuparams.n_threads = parameters.cpuparams_batch.n_threads = self._threads
        parameters.cache_ram_mib = 0
        parameters.warmup = False
        parameters.fit_params = False
        parameters.ui = False
        parameters.n_threads_http = 1
        parameters.endpoint_slots = False
        parameters.force_pure_content_parser = True  # the answer as it is, not searched for tool calls and thoughts
        parameters.enable_reasoning = 0
        parameters.api_keys = [secrets.token_hex(16)]  # for the moment in which the socket exists
        folder = _socket_folder()
        parameters.hostnames = [os.path.join(folder, "s.sock")]
        try:
            return binding.Server(parameters)
        except (RuntimeError, ValueError) as error:
            raise ModelFileError(
                f"llama.cpp could not load {self._path} (architecture {self._header.architecture}, "
                f"{self._header.size / 1e6:,.0f} MB): it is damaged, of a kind that this llama.cpp does not know, "
                f"or larger than the free memory"
            ) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _socket_folder() -> str:
    """A new folder that only this user can enter, with a path short enough for the address of a socket."""
    try:
        folder = tempfile.mkdtemp(prefix="pragmatist-")
        if len(folder) > _LONGEST_FOLDER:
            os.rmdir(folder)
            folder = tempfile.mkdtemp(prefix="pragmatist-", dir="/tmp")
        return folder
    except OSError as error:
        raise ModelError(f"a model needs a writable temporary folder: {error.strerror or error}; set TMPDIR") from error


def _binding() -> Any:
    """xllamacpp, imported when a model is used: it maps 100 MB. (It is a compiled module without stubs.)"""
    try:
        import xllamacpp
    except ImportError as error:
        raise ModelError(f"llama.cpp cannot be loaded ({error}): reinstall it, pip install xllamacpp") from error
    return xllamacpp


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _usable_cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
