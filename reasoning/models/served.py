"""The models of a server, and having Ollama pull one."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from typing import Any

from ..runtimes.endpoint import Endpoint, endpoint, key_for
from ..runtimes.http_dialects import error_words
from ..runtimes.http_requests import Disconnected, HttpCall, RefusedByServer, Silent, TimedOut
from ..runtimes.protocol import ModelError

OLLAMA_VARIABLE = "OLLAMA_HOST"  # Ollama's own
_OLLAMA_PORT = 11434
_SECONDS = 3.0  # for a list
_SILENCE = 120.0  # seconds; while it checks a large file, Ollama says nothing


def usual_ollama() -> Endpoint | None:
    """Where Ollama listens on this machine; None where its own variable says that it is on another one."""
    given = os.environ.get(OLLAMA_VARIABLE, "").rpartition("://")[2].rstrip("/")
    host, _, port = given.rpartition(":") if ":" in given else (given, "", "")
    try:
        where = endpoint(f"http://{'localhost' if host in ('', '0.0.0.0') else host}:{port or _OLLAMA_PORT}")
    except ModelError:
        return None
    return where if where.local else None


def served_models(where: Endpoint) -> list[str]:
    """The names of the server's models. Raises `ModelError` where it cannot be asked."""
    listed = _get(where, f"{where.base}/models").get("data")
    names = [one.get("id") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str) and name.isprintable()]


def have_pulled(where: Endpoint, name: str, report: Callable[[str, int, int], None]) -> None:
    """Have the Ollama there pull a model of its own registry; resuming and checksums are its own.

    `report` is told what it does, and of how many bytes how many are there. Raises `ModelError`.
    """
    body = json.dumps({"model": name, "stream": True}).encode()
    done = False
    try:
        with HttpCall(where, f"{where.root}/api/pull", body, _headers(where), _SILENCE) as call:
            while (line := call.next(None, None)) is not None:
                if not line.strip():
                    continue
                step = _object(line)
                if "error" in step:
                    raise ModelError(f"{where.url} could not pull {name}: {_clean(error_words(step))}")
                done = step.get("status") == "success"
                report(_clean(str(step.get("status", ""))), _count(step, "completed"), _count(step, "total"))
    except RefusedByServer as error:
        if error.status in (404, 405):
            raise ModelError(
                f"{where.url} is no Ollama, which alone pulls models by itself: leave --endpoint out to pull a file"
            ) from None
        raise ModelError(f"{where.url} refused to pull {name} (status {error.status})") from None
    except (Disconnected, Silent) as error:
        raise ModelError(f"{where.url}: {error}; pull again, and it takes up where it was") from None
    if not done:
        raise ModelError(f"{where.url} broke off before {name} was whole; pull again, and it takes up where it was")


def _get(where: Endpoint, path: str) -> dict[str, Any]:
    lines = []
    try:
        with HttpCall(where, path, None, _headers(where), _SECONDS) as call:
            deadline = time.monotonic() + _SECONDS
            while (line := call.next(deadline, None)) is not None:
                lines.append(line)
    except RefusedByServer as error:
        raise ModelError(f"{where.url} refused to list its models (status {error.status})") from None
    except (Disconnected, Silent, TimedOut) as error:
        raise ModelError(f"no model server at {where.url}: {str(error) or 'no answer'}") from None
    return _object(b"\n".join(lines))


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ModelError("the model server's answer is not JSON: is it one?")
    return value


def _headers(where: Endpoint) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept": "*/*", "User-Agent": "pragmatist"}
    key = key_for(where)
    return headers if key is None else headers | {"Authorization": f"Bearer {key}"}


def _count(step: dict[str, Any], name: str) -> int:
    found = step.get(name)
    return found if isinstance(found, int) and found >= 0 else 0


def _clean(words: str) -> str:
    return "".join(character if character.isprintable() else " " for character in words)[:200]
