"""Models behind HTTP: any OpenAI-compatible server, each asked in its own way (`http_dialects.py`).

Opening asks the server which models it has, and sees from the answer what it is. A request that fails in a way that may
pass (the connection breaks, an answer ends half way, the server is busy or has a fault) is repeated with growing
pauses, within the request's own time limit; nothing is repeated whose text a caller has seen. Requests share nothing,
so any number may run at once.

The server is not trusted: what it sends is bounded, its words are cleaned before they are shown, and the key is in none
of ours.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, NoReturn

import msgspec

from .endpoint import KEY_VARIABLE, Endpoint, key_for
from .http_dialects import Dialect, Failed, Garbled, LlamaServer, Ollama, OpenAi, PlainJson, error_words
from .http_requests import Disconnected, HttpCall, RefusedByServer, Silent, TimedOut
from .protocol import Cancelled, Completion, GenerationError, Message, ModelError, PromptTooLong, Request

ATTEMPTS = 3
PAUSE = 0.25  # seconds before the first repetition, doubled for each further one
_LONGEST_PAUSE = 10.0
_SILENCE = 300.0  # seconds; a large model on a slow machine reads a long prompt for minutes before it says anything
_SHORT = 10.0  # seconds for what a server answers without its model
_PATIENCE = 120.0  # seconds for a server that is loading its model
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_LOADING = 503
_UNKNOWN_HERE = frozenset({404, 405, 501})
_NOT_UNDERSTOOD = frozenset({400, 415, 422, 501})
_MOST_TEXT = 1 << 20  # characters of an answer
_MOST_WORDS = 300
_BYTES_A_TOKEN = 3  # of code and English it is about four, and an estimate that is too high only asks for less
_TOKENS_A_MESSAGE = 8
# The control tokens of a model that is elsewhere are not known. Those of all families have one of these shapes.
_CONTROL = re.compile(r"<(?=[|/\w｜▁])|\[(?=/?[A-Z_]{4,}\])")


class HttpServer:
    """One model of one server; see `protocol.Runtime`."""

    def __init__(
        self,
        where: Endpoint,
        *,
        cancelled: threading.Event | None = None,
        pause: float = PAUSE,
        silence: float = _SILENCE,
    ) -> None:
        """Ask the server what it is. Raises `ModelError` where it cannot be asked or lacks the model; `Cancelled`."""
        self._where, self._pause, self._silence = where, pause, silence
        self._key = key = key_for(where)
        self._headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "pragmatist"}
        if key is not None:
            self._headers["Authorization"] = f"Bearer {key}"
        served = self._served(cancelled)
        entry = self._entry(served)
        self._model = where.model if entry is None else str(entry["id"])
        self._dialect: Dialect = self._recognise(entry, cancelled)
        told = {} if entry is None else {name: value for name, value in entry.items() if name != "created"}
        self._digest = hashlib.sha256(json.dumps([where.url, self._model, told], sort_keys=True).encode()).hexdigest()

    @property
    def runtime(self) -> str:
        return f"{self._dialect.name} ({self._where.url})"

    @property
    def model(self) -> str:
        name = self._model or "model"
        if name.startswith("/"):  # llama.cpp's server calls a model by its file
            name = name.rpartition("/")[2].removesuffix(".gguf")
        return _printable(name, 80)

    @property
    def digest(self) -> str:
        return self._digest

    @property
    def structured(self) -> bool:
        """Whether the server holds answers to a schema, as far as it is known yet."""
        return self._dialect.structured

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        if isinstance(self._dialect, Ollama):  # which loads models when they are asked; the others have loaded theirs
            nothing = {"model": self._model, "messages": [], "stream": False}
            self._ask(self._dialect.path(self._where.root), nothing, cancelled, seconds=_PATIENCE)

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        started = time.monotonic()
        deadline = None if request.seconds is None else started + request.seconds
        request = msgspec.structs.replace(request, messages=_harmless(request.messages))
        prompt = _estimate(request.messages)
        answer = _Answer(on_text, prompt)
        attempt = 0
        while True:
            dialect = self._dialect
            body = json.dumps(dialect.body(self._model, request, prompt)).encode()
            answer.begin()
            try:
                with self._call(dialect.path(self._where.root), body, self._silence) as call:
                    answer.read(call, dialect, deadline, cancelled)
                return answer.completion(time.monotonic() - started)
            except TimedOut:
                return answer.completion(time.monotonic() - started, finish="time")
            except Silent as error:
                raise GenerationError(f"{self._where.url}: {error}") from None
            except Failed as error:
                raise GenerationError(f"{self._where.url} failed: {self._clean(str(error))}") from None
            except RefusedByServer as error:
                if error.status in _NOT_UNDERSTOOD and self._fall_back(dialect, request, error):
                    continue
                if error.status not in _PASSING or attempt + 1 >= ATTEMPTS:
                    self._refused(error)
                pause = error.retry_after
            except (Disconnected, Garbled) as error:
                if attempt + 1 >= ATTEMPTS or (on_text is not None and answer.text):
                    raise GenerationError(f"{self._where.url}: {error}") from None
                pause = None
            if not self._wait(attempt, pause, deadline, cancelled):
                return answer.completion(time.monotonic() - started, finish="time")
            attempt += 1

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        """Exact with llama.cpp's server; with others, which have no way to count, an estimate on the high side."""
        messages = _harmless(messages)
        if not isinstance(self._dialect, LlamaServer):
            return _estimate(messages)
        told = {"messages": [{"role": one.role, "content": one.content} for one in messages]}
        prompt = self._ask(f"{self._where.root}/apply-template", told, cancelled).get("prompt")
        asked = {"content": prompt, "add_special": True, "parse_special": True}
        tokens = self._ask(f"{self._where.root}/tokenize", asked, cancelled).get("tokens")
        return len(tokens) if isinstance(tokens, list) else _estimate(messages)

    def close(self) -> None:
        """Nothing is held open between requests."""

    def _call(self, path: str, body: bytes | None, silence: float) -> HttpCall:
        return HttpCall(self._where, path, body, self._headers, silence)

    def _served(self, cancelled: threading.Event | None) -> list[dict[str, Any]] | None:
        """The server's models, None where it lists none."""
        try:
            listed = self._try(f"{self._where.base}/models", None, cancelled, patience=_PATIENCE)
        except RefusedByServer as error:
            if error.status in _UNKNOWN_HERE:
                return None
            self._refused(error)
        found = listed.get("data")
        if not isinstance(found, list):
            return None
        return [one for one in found if isinstance(one, dict) and isinstance(one.get("id"), str)]

    def _entry(self, served: list[dict[str, Any]] | None) -> dict[str, Any] | None:
        wanted = self._where.model
        if served is None:
            if wanted is None:
                raise ModelError(f"{self._where.url} does not say which models it has: name one with --model")
            return None
        names = ", ".join(_printable(one["id"], 80) for one in served[:20]) or "none"
        if wanted is None:
            if len(served) == 1:
                return served[0]
            raise ModelError(f"{self._where.url} has several models; name one with --model: {names}")
        for one in served:
            if one["id"] in (wanted, f"{wanted}:latest"):
                return one
        raise ModelError(f"{self._where.url} has no model {_printable(wanted, 80)!r}; it has: {names}")

    def _recognise(self, entry: dict[str, Any] | None, cancelled: threading.Event | None) -> Dialect:
        if entry is not None and entry.get("owned_by") == "llamacpp":
            return LlamaServer()
        try:
            tags = self._try(f"{self._where.root}/api/tags", None, cancelled).get("models")
        except (RefusedByServer, ModelError):
            return OpenAi()
        for one in tags if isinstance(tags, list) else ():
            if isinstance(one, dict) and one.get("name") == self._model:
                if entry is not None:
                    entry["digest"] = str(one.get("digest"))
                return Ollama()
        return OpenAi()

    def _fall_back(self, dialect: Dialect, request: Request, error: RefusedByServer) -> bool:
        """Whether to ask again without structured output: it is the likeliest thing that was not understood."""
        if type(dialect) is not OpenAi or request.schema is None or _too_long(error) is not None:
            return False
        self._dialect = PlainJson()
        return True

    def _ask(
        self, path: str, content: dict[str, Any], cancelled: threading.Event | None, *, seconds: float = _SHORT
    ) -> dict[str, Any]:
        try:
            return self._try(path, content, cancelled, seconds=seconds)
        except RefusedByServer as error:
            self._refused(error)

    def _try(
        self,
        path: str,
        content: dict[str, Any] | None,
        cancelled: threading.Event | None,
        *,
        seconds: float = _SHORT,
        patience: float = 0.0,
    ) -> dict[str, Any]:
        """One small JSON object; raises `RefusedByServer` for a status that does not pass, else `ModelError`.

        A server that says that it is loading its model is asked for `patience` seconds.
        """
        body = None if content is None else json.dumps(content).encode()
        patient_until = time.monotonic() + patience
        attempt = 0
        while True:
            deadline = time.monotonic() + seconds
            pause = None
            try:
                with self._call(path, body, seconds) as call:
                    lines = []
                    while (line := call.next(deadline, cancelled)) is not None:
                        lines.append(line)
                value = json.loads(b"\n".join(lines))
                if not isinstance(value, dict):
                    raise ValueError
                return value
            except RefusedByServer as error:
                loading = error.status == _LOADING and time.monotonic() < patient_until
                if error.status not in _PASSING or (attempt + 1 >= ATTEMPTS and not loading):
                    raise
                pause = error.retry_after
            except (Disconnected, Silent, TimedOut) as error:
                if attempt + 1 >= ATTEMPTS or not isinstance(error, Disconnected):
                    words = str(error) or f"no answer within {seconds:g} seconds"
                    raise ModelError(f"no model server at {self._where.url}: {words}") from None
            except (ValueError, RecursionError):
                raise ModelError(f"no model server at {self._where.url}: its answer is not JSON") from None
            self._wait(attempt, pause, None, cancelled)
            attempt += 1

    def _wait(
        self, attempt: int, pause: float | None, deadline: float | None, cancelled: threading.Event | None
    ) -> bool:
        """Pause before the next attempt; False where the deadline comes first."""
        seconds = min(self._pause * 2**attempt if pause is None else pause, _LONGEST_PAUSE)
        if deadline is not None and time.monotonic() + seconds >= deadline:
            return False
        if cancelled is None:
            time.sleep(seconds)
        elif cancelled.wait(seconds):
            raise Cancelled
        return True

    def _refused(self, error: RefusedByServer) -> NoReturn:
        if (sizes := _too_long(error)) is not None:
            raise PromptTooLong(*sizes)
        words = self._clean(error_words(_json(error.body)))
        if error.status in (401, 403):
            raise GenerationError(f"{self._where.url} wants a key, or another one: set {KEY_VARIABLE}")
        if 300 <= error.status < 400:
            raise GenerationError(f"{self._where.url} points to another address, which is not followed: name that one")
        raise GenerationError(f"{self._where.url} refused the request (status {error.status}){words and ': '}{words}")

    def _clean(self, words: str) -> str:
        """The server's words, fit to be shown; some repeat the key that they refuse."""
        if self._key is not None:
            words = words.replace(self._key, "…")
        return _printable(words, _MOST_WORDS)


class _Answer:
    """An answer as it comes in."""

    def __init__(self, on_text: Callable[[str], None] | None, prompt_tokens: int) -> None:
        self._on_text, self._estimate = on_text, prompt_tokens
        self.begin()

    def begin(self) -> None:
        self.text = ""
        self._pieces = 0
        self._finish: Literal["stop", "length"] | None = None
        self._prompt, self._cached = self._estimate, 0
        self._tokens: int | None = None

    def read(self, call: HttpCall, dialect: Dialect, deadline: float | None, cancelled: threading.Event | None) -> None:
        while (line := call.next(deadline, cancelled)) is not None:
            piece = dialect.piece(line)
            if piece is None:
                continue
            if piece.text:
                self._pieces += 1
                self.text += piece.text
                if self._on_text is not None:
                    self._on_text(piece.text)
            if len(self.text) > _MOST_TEXT:
                self._finish = "length"
                return
            self._finish = piece.finish or self._finish
            self._prompt = self._prompt if piece.prompt_tokens is None else piece.prompt_tokens
            self._cached = self._cached if piece.cached_tokens is None else piece.cached_tokens
            self._tokens = self._tokens if piece.answer_tokens is None else piece.answer_tokens
        if self._finish is None:
            raise Disconnected("it broke off in the middle of an answer")

    def completion(self, seconds: float, finish: Literal["time"] | None = None) -> Completion:
        tokens = self._pieces if self._tokens is None else self._tokens
        return Completion(self.text, finish or self._finish or "time", self._prompt, self._cached, tokens, seconds)


def _too_long(error: RefusedByServer) -> tuple[int, int] | None:
    """Prompt and context in tokens, where llama.cpp's server says that the one does not fit into the other."""
    body = _json(error.body)
    inner = body.get("error") if isinstance(body, dict) else None
    if not isinstance(inner, dict) or inner.get("type") != "exceed_context_size_error":
        return None
    sizes = inner.get("n_prompt_tokens"), inner.get("n_ctx")
    return sizes if all(isinstance(size, int) for size in sizes) else None  # pyright: ignore[reportReturnType]


def _harmless(messages: tuple[Message, ...]) -> tuple[Message, ...]:
    return tuple(
        msgspec.structs.replace(one, content=_CONTROL.sub(lambda match: f"{match[0]} ", one.content))
        for one in messages
    )


def _estimate(messages: tuple[Message, ...]) -> int:
    return sum(_TOKENS_A_MESSAGE + len(one.content.encode()) // _BYTES_A_TOKEN for one in messages)


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _printable(text: str, most: int) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * most]).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
