"""What a strategy asks of a model runtime, and what can go wrong.

Errors, all with a message that says what to do:

    ModelError
    │                       (as it is: the model server's address is none, nobody answers there, it lacks the model)
    ├── ModelFileError      the model file is missing, unreadable, damaged, or not one that the runtime can load
    ├── PromptTooLong       the prompt does not fit into the model's context; holds both sizes
    └── GenerationError     the runtime refused or broke off a request
    Cancelled               the caller's event was set: not a fault, so it is no ModelError

A runtime is opened cheaply and loads its model on first use. It may be called from several threads; requests
that it cannot serve at once wait for one another.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Literal, Protocol

import msgspec


class ModelError(Exception):
    """A model cannot be used, or not for this request."""


class ModelFileError(ModelError):
    """The model file is missing, unreadable, damaged, or not one that the runtime can load."""


class PromptTooLong(ModelError):
    """The prompt has `prompt_tokens` tokens and the context holds `context` of them, the answer included."""

    def __init__(self, prompt_tokens: int, context: int) -> None:
        super().__init__(
            f"the prompt has {prompt_tokens} tokens and the model was opened with a context of {context}; "
            "use a model with a longer context, or a loop nest with fewer accesses"
        )
        self.prompt_tokens = prompt_tokens
        self.context = context


class GenerationError(ModelError):
    """The runtime refused or broke off a request."""


class Cancelled(Exception):
    """The caller cancelled; what the model had written so far is dropped."""


class Message(msgspec.Struct, frozen=True):
    """One turn of a chat. The text is data to the runtime: control tokens that it spells are made harmless."""

    role: Literal["system", "user", "assistant"]
    content: str


class Request(msgspec.Struct, frozen=True):
    """A chat to complete.

    At most one of `schema` (JSON schema of an object; the answer is compact JSON) and `grammar` (GBNF, start symbol
    `root`) is set. `max_tokens` bounds the answer. At `temperature` 0 the likeliest token is taken; otherwise `seed`
    makes the draw repeatable. `seconds` bounds the wall time; None waits until the answer ends. `reuse_prefix` lets
    the runtime keep what it computed of an equal beginning of an earlier prompt.
    """

    messages: tuple[Message, ...]
    schema: dict[str, Any] | None = None
    grammar: str | None = None
    max_tokens: int = 256
    temperature: float = 0.0
    seed: int = 0
    seconds: float | None = None
    reuse_prefix: bool = True

    def __post_init__(self) -> None:
        if self.schema is not None and self.grammar is not None:
            raise ValueError("a request is decoded under a schema or under a grammar, not both")
        if self.max_tokens < 1:
            raise ValueError("max_tokens must be at least 1")


class Completion(msgspec.Struct, frozen=True):
    """What the model wrote. `finish`: "stop" (it ended), "length" (`max_tokens` or the context was full), "time".

    `prompt_tokens` counts the whole prompt, `cached_tokens` the part that was not computed again.
    """

    text: str
    finish: Literal["stop", "length", "time"]
    prompt_tokens: int
    cached_tokens: int
    answer_tokens: int
    seconds: float


class Runtime(Protocol):
    """One opened model."""

    @property
    def runtime(self) -> str:
        """Runtime and version, such as "llama.cpp (xllamacpp 2026.10)"."""
        ...

    @property
    def model(self) -> str:
        """The model's name as `planned_by` shows it."""
        ...

    @property
    def digest(self) -> str:
        """Hexadecimal digest that differs between models whose answers may differ."""
        ...

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        """Load the model now, which `complete` would otherwise do first. Raises `ModelError` and `Cancelled`."""
        ...

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        """Complete the chat; `on_text` gets each piece as it is written, in the calling thread.

        Returns or raises `Cancelled` within 100 ms of `cancelled` being set, whatever the model is doing; only the
        loading of a model into this process cannot be cancelled. A schema is a promise of runtimes that can keep it:
        a server that cannot is told it in words, so callers validate what they get. Raises `ModelError`.
        """
        ...

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        """Tokens of the prompt that the messages make with the model's chat template, or a generous estimate of them.

        Raises `ModelError`, and `Cancelled` as `complete` does.
        """
        ...

    def close(self) -> None:
        """Free the model; calling it again does nothing."""
        ...
