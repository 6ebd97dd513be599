"""How the servers differ: what each wants to be sent for an answer under a schema, and how it streams.

- llama.cpp's server takes a JSON schema or a grammar, and counts tokens.
- Ollama's own interface takes the schema as `format`. (Its OpenAI-compatible one could not say how long a context is
  to be, and a prompt that does not fit is cut without a word.)
- Everything else that is OpenAI-compatible (vLLM, LM Studio, hosted ones) takes `response_format`.
- A server that refuses that is told the schema in words. Nothing holds such an answer to it: strategies validate
  every answer, and ask again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from .protocol import GenerationError, Message, Request

_SMALLEST_CONTEXT = 4096  # tokens; Ollama loads a model anew when this changes, so it grows in few steps
_END_OF_STREAM = b"[DONE]"


class Piece(msgspec.Struct, frozen=True):
    """What one line of a stream says: more text, the end, or counts."""

    text: str = ""
    finish: Literal["stop", "length"] | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    answer_tokens: int | None = None


class Garbled(Exception):
    """A line of the stream is not what the dialect has; `str()` says what is wrong."""


class Failed(Exception):
    """The server reports an error in the middle of a stream; `str()` is in its own words."""


class Dialect(Protocol):
    """One way to ask and to be answered. `structured`: whether the server holds the answer to a schema."""

    name: str
    structured: bool

    def path(self, root: str) -> str: ...

    def body(self, model: str | None, request: Request, prompt_tokens: int) -> dict[str, Any]: ...

    def piece(self, line: bytes) -> Piece | None:
        """What the line says, None for nothing; raises `Garbled` and `Failed`."""
        ...


class OpenAi:
    """`/v1/chat/completions`, structured by `response_format`."""

    name = "OpenAI-compatible server"
    structured = True

    def path(self, root: str) -> str:
        return f"{root}/v1/chat/completions"

    def body(self, model: str | None, request: Request, prompt_tokens: int) -> dict[str, Any]:
        if request.grammar is not None:
            raise GenerationError(f"a {self.name} takes no grammar")
        return self._plain(model, request) | {
            "seed": request.seed,
            "stream_options": {"include_usage": True},
            **self._structure(request.schema),
        }

    def piece(self, line: bytes) -> Piece | None:
        if not line.startswith(b"data:"):
            # Blank lines between events, comments that keep the connection alive, other fields of an event.
            if not line or line.startswith((b":", b"event:", b"id:", b"retry:")):
                return None
            chunk = _object(line)  # some report an error in the middle of a stream without `data:`
        elif line[5:].strip() == _END_OF_STREAM:
            return None
        else:
            chunk = _object(line[5:])
        if "error" in chunk:
            raise Failed(error_words(chunk))
        text, finish = "", None
        for choice in _list(chunk, "choices")[:1]:
            content = (_dict(choice, "delta") or _dict(choice, "message")).get("content")  # the whole at once
            text = content if isinstance(content, str) else ""
            if (reason := choice.get("finish_reason")) is not None:
                finish = "length" if reason == "length" else "stop"
        usage = _dict(chunk, "usage")
        return Piece(
            text,
            finish,
            _count(usage, "prompt_tokens"),
            _count(_dict(usage, "prompt_tokens_details"), "cached_tokens"),
            _count(usage, "completion_tokens"),
        )

    def _plain(self, model: str | None, request: Request) -> dict[str, Any]:
        return {
            **({} if model is None else {"model": model}),
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "max_tokens": request.max_tokens,
            "temperature": request.temperature,
            "stream": True,
        }

    def _structure(self, schema: dict[str, Any] | None) -> dict[str, Any]:
        if schema is None:
            return {}
        named = {"name": "answer", "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": named}}


class LlamaServer(OpenAi):
    """llama.cpp's server."""

    name = "llama.cpp server"

    def body(self, model: str | None, request: Request, prompt_tokens: int) -> dict[str, Any]:
        return self._plain(model, request) | {
            "seed": request.seed,
            "cache_prompt": request.reuse_prefix,
            "stream_options": {"include_usage": True},
            **({} if request.grammar is None else {"grammar": request.grammar}),
            **({} if request.schema is None else {"json_schema": request.schema}),
        }


class PlainJson(OpenAi):
    """The least that every server takes, with the schema told in words."""

    name = "server without structured output"
    structured = False

    def body(self, model: str | None, request: Request, prompt_tokens: int) -> dict[str, Any]:
        if request.grammar is not None:
            raise GenerationError(f"a {self.name} takes no grammar")
        return self._plain(model, msgspec.structs.replace(request, messages=_told(request.messages, request.schema)))


class Ollama:
    """Ollama's own `/api/chat`, structured by `format`."""

    name = "Ollama"
    structured = True

    def path(self, root: str) -> str:
        return f"{root}/api/chat"

    def body(self, model: str | None, request: Request, prompt_tokens: int) -> dict[str, Any]:
        if request.grammar is not None:
            raise GenerationError(f"{self.name} takes no grammar")
        context = _SMALLEST_CONTEXT
        while context < prompt_tokens + request.max_tokens:
            context *= 2
        return {
            "model": model,
            "messages": [{"role": one.role, "content": one.content} for one in request.messages],
            "stream": True,
            "options": {
                "temperature": request.temperature,
                "seed": request.seed,
                "num_predict": request.max_tokens,
                "num_ctx": context,
            },
            **({} if request.schema is None else {"format": request.schema}),
        }

    def piece(self, line: bytes) -> Piece | None:
        if not line:
            return None
        chunk = _object(line)
        if "error" in chunk:
            raise Failed(error_words(chunk))
        content = _dict(chunk, "message").get("content")
        return Piece(
            content if isinstance(content, str) else "",
            None if chunk.get("done") is not True else "length" if chunk.get("done_reason") == "length" else "stop",
            prompt_tokens=_count(chunk, "prompt_eval_count"),
            answer_tokens=_count(chunk, "eval_count"),
        )


def error_words(body: Any) -> str:
    """The message of an error in any of the shapes that servers use, "" where there is none."""
    error = body.get("error") if isinstance(body, dict) else None
    if isinstance(error, dict):
        error = error.get("message")
    if error is None and isinstance(body, dict):
        error = body.get("message", body.get("detail"))
    return error if isinstance(error, str) else ""


def _told(messages: Sequence[Message], schema: dict[str, Any] | None) -> tuple[Message, ...]:
    if schema is None:
        return tuple(messages)
    words = f"Answer with one JSON object and nothing else. It follows this JSON schema:\n{json.dumps(schema)}"
    first, *rest = messages
    if first.role == "system":
        return (Message("system", f"{first.content}\n\n{words}"), *rest)
    return (Message("system", words), *messages)


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        raise Garbled("it sent a line that is not JSON") from None
    if not isinstance(value, dict):
        raise Garbled("it sent a line that is no JSON object")
    return value


def _dict(value: dict[str, Any], name: str) -> dict[str, Any]:
    found = value.get(name)
    return found if isinstance(found, dict) else {}


def _list(value: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = value.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _count(value: dict[str, Any], name: str) -> int | None:
    found = value.get(name)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 <= found < 1 << 40 else None
