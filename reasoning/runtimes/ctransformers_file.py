"""GGUF models through ctransformers 0.2.27, an optional extra.

Its llama.cpp is of 2023: it loads files of llama's architecture with a SentencePiece vocabulary, an output layer of
their own and the tensor types of that time, and nothing else. Whatever it could not load is refused here, in words that
name the runtime which can, because the library ends the process over some of them.

It has no grammar. An answer under a schema is held against it when it is complete, and one that does not follow is
drawn again, warmer each time, as long as the request's tokens and seconds last. What comes in the end may still not
follow: callers validate what they get. It has no chat templates and no control tokens either; those come from the file.

The native code runs on a thread of its own, a batch of a few tokens at a time, so that a caller who walks away does so
at once, and the model stops at its next batch.
"""

from __future__ import annotations

import codecs
import contextlib
import importlib.metadata
import json
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

from .chat_template import ChatTemplate
from .control_tokens import ControlTokens
from .gguf_file import GgufHeader, Vocabulary, file_digest, file_identity, read_header, read_vocabulary
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
from .schema_subset import text_follows
from .sentencepiece import SentencePiece

CONTEXT = 4096  # tokens
BATCH = 32  # tokens that a dropped request goes on computing at most
TRIES = 4  # answers to one request under a schema
_WARMER = 0.4  # temperature added with each of them
_LEAST_ANSWER = 16  # tokens; no answer is shorter, so none is begun with less left
_POLL = 0.02  # seconds between looks at the caller's event
_KNOWN_TYPES = frozenset(range(4)) | frozenset(range(6, 15))  # F32, F16, Q4_0 to Q8_1, and the K-quants
_ONE_THREAD = 4_000_000  # parameters; a smaller model gains nothing from a second thread
_END = object()


class CTransformers:
    """One GGUF file; see `protocol.Runtime`. Opening reads the header only, the model is loaded on first use."""

    def __init__(self, path: Path, *, context: int = CONTEXT, threads: int | None = None) -> None:
        """Raises `ModelFileError` where ctransformers cannot load the file, `ModelError` where it is not installed."""
        self._path = path
        self._identity = file_identity(path)
        self._header = read_header(path)
        if (trouble := unsuited(self._header)) is not None:
            raise ModelFileError(f"ctransformers cannot load {path}: {trouble}; use --runtime llama.cpp")
        self._version = _version()
        self._context = min(context, self._header.context_length or context)
        self._threads = threads or (1 if self._header.parameters <= _ONE_THREAD else 2)
        vocabulary = read_vocabulary(path)
        self._control = ControlTokens(self._header.control_tokens)
        self._pieces = SentencePiece(vocabulary, self._control)
        self._template = ChatTemplate(
            self._header.chat_template,
            bos=_spelling(vocabulary, vocabulary.bos),
            eos=_spelling(vocabulary, vocabulary.eos),
        )
        self._ends = _ends(vocabulary)
        self._model: Any = None
        self._using = threading.Lock()
        self._digest: str | None = None

    @property
    def runtime(self) -> str:
        return f"ctransformers {self._version}"

    @property
    def model(self) -> str:
        return self._path.stem

    @property
    def digest(self) -> str:
        if self._digest is None:
            self._digest = file_digest(self._path)
        return self._digest

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        with self._turn(None, cancelled):
            self._loaded()

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        if request.grammar is not None:
            raise GenerationError("ctransformers takes no grammar; use --runtime llama.cpp")
        started = time.monotonic()
        deadline = None if request.seconds is None else started + request.seconds
        tokens = self._tokens(request.messages)
        room = min(request.max_tokens, self._context - len(tokens))
        if room < 1:
            raise PromptTooLong(len(tokens), self._context)
        # An answer that somebody has begun to read is not replaced by another.
        tries = TRIES if request.schema is not None and on_text is None else 1
        text, finish, written, cached = "", "length", 0, 0
        with self._turn(deadline, cancelled) as turn:
            if turn is None:
                return Completion("", "time", len(tokens), 0, 0, time.monotonic() - started)
            for number in range(tries):
                if number and room - written < _LEAST_ANSWER:
                    break
                draw = _Draw(
                    tokens,
                    room - written,
                    request.temperature + number * _WARMER,
                    request.seed + number,
                    as_json=request.schema is not None,
                    reuse=request.reuse_prefix or number > 0,
                )
                text, finish, count, kept = self._draw(draw, turn, deadline, on_text, cancelled)
                written += count
                cached = cached if number else kept
                if finish == "time" or request.schema is None or text_follows(text, request.schema):
                    break
        return Completion(text, finish, len(tokens), cached, written, time.monotonic() - started)

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        return len(self._tokens(messages))

    def close(self) -> None:
        with self._using:
            self._model = None

    def _tokens(self, messages: tuple[Message, ...]) -> list[int]:
        harmless = tuple(Message(one.role, self._control.harmless(one.content)) for one in messages)
        return self._pieces.tokens(self._template.render(harmless))

    @contextlib.contextmanager
    def _turn(self, deadline: float | None, cancelled: threading.Event | None) -> Iterator[_Turn | None]:
        """The model to itself, since it computes one thing at a time; None where the deadline passed before."""
        while not self._using.acquire(timeout=_POLL):
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            if deadline is not None and time.monotonic() >= deadline:
                yield None
                return
        turn = _Turn(self._using)
        try:
            if cancelled is not None and cancelled.is_set():
                raise Cancelled
            yield turn
        finally:
            turn.release()

    def _draw(
        self,
        draw: _Draw,
        turn: _Turn,
        deadline: float | None,
        on_text: Callable[[str], None] | None,
        cancelled: threading.Event | None,
    ) -> tuple[str, Literal["stop", "length", "time"], int, int]:
        """One answer: its text, how it ended, its tokens, and how many of the prompt's had been computed before."""
        model = self._loaded()
        turn.share()  # the thread keeps the model until it has stopped, even if nobody waits any more
        threading.Thread(target=draw.run, args=(model, self._pieces, self._ends, turn.release), daemon=True).start()
        text: list[str] = []
        try:
            while True:
                if cancelled is not None and cancelled.is_set():
                    raise Cancelled
                if deadline is not None and time.monotonic() >= deadline:
                    return "".join(text), "time", draw.written, draw.cached
                try:
                    piece = draw.pieces.get(timeout=_POLL)
                except queue.Empty:
                    continue
                if piece is _END:
                    return "".join(text), draw.finish, draw.written, draw.cached
                if isinstance(piece, Exception):
                    raise GenerationError(f"ctransformers broke off the answer of {self.model}: {piece}") from piece
                text.append(piece)
                if on_text is not None:
                    on_text(piece)
        finally:
            draw.dropped.set()

    def _loaded(self) -> Any:
        if self._model is None:
            if file_identity(self._path) != self._identity:
                raise ModelFileError(f"the model file {self._path} changed since it was opened; run the command again")
            from ctransformers import LLM, Config  # compiled, without stubs, and slow to import

            config = Config(context_length=self._context, batch_size=BATCH, threads=self._threads, gpu_layers=0)
            try:
                self._model = LLM(str(self._path), "llama", config=config, lib=_library())
            except (RuntimeError, ValueError, OSError) as error:
                raise ModelFileError(
                    f"ctransformers could not load {self._path}: {error}; it may be damaged, or larger than the free "
                    "memory; try --runtime llama.cpp"
                ) from error
        return self._model


def unsuited(header: GgufHeader) -> str | None:
    """Why ctransformers cannot load such a file; None where it can."""
    if header.architecture != "llama":
        return f"it loads the architecture llama only, and this is {header.architecture}"
    if header.tokenizer != "llama":
        return f"it loads SentencePiece vocabularies only, and this one is of the kind {header.tokenizer}"
    if not header.tensor_types <= _KNOWN_TYPES:
        return "its tensors are of a type that is newer than ctransformers"
    if header.tied:
        return "it needs an output layer, and this one has no output layer of its own"
    return None


class _Turn:
    """The lock of the model, which is free again when the last of those who share it has released it."""

    def __init__(self, lock: threading.Lock) -> None:
        self._lock, self._count, self._guard = lock, 1, threading.Lock()

    def share(self) -> None:
        with self._guard:
            self._count += 1

    def release(self) -> None:
        with self._guard:
            self._count -= 1
            if self._count == 0:
                self._lock.release()


class _Draw:
    """One answer in the making, on a thread of its own."""

    def __init__(
        self, prompt: list[int], most: int, temperature: float, seed: int, *, as_json: bool, reuse: bool
    ) -> None:
        self._prompt, self._most, self._temperature, self._seed = prompt, most, temperature, seed
        self._as_json, self._reuse = as_json, reuse
        self.pieces: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self.dropped = threading.Event()
        self.finish: Literal["stop", "length"] = "length"
        self.written = 0
        self.cached = 0

    def run(self, model: Any, pieces: SentencePiece, ends: frozenset[int], done: Callable[[], None]) -> None:
        try:
            self._write(model, pieces, ends)
        except Exception as error:  # whatever the library says; the caller must not wait for ever
            self.pieces.put(error)
        finally:
            done()
            self.pieces.put(_END)

    def _write(self, model: Any, pieces: SentencePiece, ends: frozenset[int]) -> None:
        if not self._reuse:
            model.prepare_inputs_for_generation(self._prompt[:1], reset=True)  # which forgets all but that one
        left = list(model.prepare_inputs_for_generation(self._prompt, reset=True))
        self.cached = len(self._prompt) - len(left)
        for start in range(0, len(left), BATCH):
            if self.dropped.is_set():
                return
            model.eval(left[start : start + BATCH])
        text = ""
        characters = codecs.getincrementaldecoder("utf-8")("replace")
        while self.written < self._most and not self.dropped.is_set():
            token = model.sample(
                top_k=1 if self._temperature <= 0 else 40,
                top_p=1.0,
                temperature=self._temperature or 1.0,
                repetition_penalty=1.0,
                seed=self._seed + self.written,
            )
            self.written += 1
            if token in ends:
                self.finish = "stop"
                return
            piece = characters.decode(pieces.bytes_of(token))
            if piece:
                text += piece
                self.pieces.put(piece)
            if self._as_json and "}" in piece and _is_whole(text):
                self.finish = "stop"
                return
            model.eval([token])


def _is_whole(text: str) -> bool:
    """A complete JSON object: whatever came after it would be talk."""
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _ends(vocabulary: Vocabulary) -> frozenset[int]:
    """The tokens that end an answer: every control token does, since no answer holds one."""
    control = {number for number, kind in enumerate(vocabulary.kinds) if kind in (2, 3)}
    return frozenset(control | ({vocabulary.eos} if vocabulary.eos is not None else set()))


def _spelling(vocabulary: Vocabulary, token: int | None) -> str:
    return "" if token is None or not 0 <= token < len(vocabulary.tokens) else vocabulary.tokens[token]


def _version() -> str:
    try:
        return importlib.metadata.version("ctransformers")
    except importlib.metadata.PackageNotFoundError:
        raise ModelError(
            "ctransformers is not installed: pip install 'pragmatist[ctransformers]', or use --runtime llama.cpp"
        ) from None


def _library() -> str | None:
    """Which of its builds suits this processor; None lets it find out, which takes it a second."""
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="replace") as file:
        for line in file:
            if line.startswith("flags"):
                return "avx2" if " avx2 " in line else None
    return None
