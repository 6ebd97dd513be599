"""The chat template of a model file, for a runtime that has no engine for them.

A template is a program in a file from elsewhere: it runs in Jinja's sandbox, and sees the messages and nothing else.
"""

from __future__ import annotations

from typing import Any

from .protocol import Message, ModelError, ModelFileError

# What llama.cpp uses for a file without one.
_CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


class ChatTemplate:
    def __init__(self, source: str | None, *, bos: str, eos: str) -> None:
        """Raises `ModelFileError` where it is no template."""
        try:
            from jinja2 import TemplateError
            from jinja2.sandbox import ImmutableSandboxedEnvironment
        except ImportError as error:
            raise ModelError(
                f"chat templates cannot be read ({error}): install them with pip install 'pragmatist[ctransformers]'"
            ) from None
        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
        )
        environment.globals["raise_exception"] = _refuse
        self._error: type[Exception] = TemplateError
        self._tokens = {"bos_token": bos, "eos_token": eos}
        try:
            self._template: Any = environment.from_string(source or _CHATML)
        except TemplateError as error:
            raise ModelFileError(f"the model file's chat template cannot be read: {error}") from None

    def render(self, messages: tuple[Message, ...]) -> str:
        """The prompt up to where the model begins to answer; raises `ModelFileError`."""
        turns = [{"role": message.role, "content": message.content} for message in messages]
        try:
            return self._template.render(messages=turns, add_generation_prompt=True, **self._tokens)
        except (self._error, TypeError, ValueError, KeyError) as error:
            raise ModelFileError(f"the model file's chat template fails: {error}") from None


def _refuse(words: str) -> None:
    raise ValueError(words)
