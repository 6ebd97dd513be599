"""Prompt files: TOML beside this module, one a strategy, with a version and templates, and perhaps examples.

A template names its blanks as `{{name}}`; they are filled in one pass, so what is filled in is never filled again.
"""

from __future__ import annotations

import functools
import hashlib
import re
import tomllib
from importlib import resources
from typing import Any

import msgspec

_BLANK = re.compile(r"\{\{([a-z_]+)\}\}")


class PromptExample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A program whose first loop is an example, and the answer that is right for it, both as they stand in the file."""

    source: str
    answer: str


class Prompt(msgspec.Struct, frozen=True):
    """`identity` changes with the version and with every byte of the file: kept answers of another one are not used."""

    identity: str
    templates: dict[str, str]
    examples: tuple[PromptExample, ...] = ()

    def fill(self, template: str, **blanks: str) -> str:
        """The named template with its blanks filled; `KeyError` for a blank or a template that there is not."""
        return _BLANK.sub(lambda match: blanks[match[1]], self.templates[template])


@functools.cache
def load_prompt(name: str) -> Prompt:
    """The prompt file `name`.toml of this package."""
    data = resources.files(__name__.rpartition(".")[0]).joinpath(f"{name}.toml").read_bytes()
    content: dict[str, Any] = tomllib.loads(data.decode())
    version = content.pop("version")
    examples = msgspec.convert(content.pop("examples", []), tuple[PromptExample, ...])
    return Prompt(f"{name}/{version}/{hashlib.sha256(data).hexdigest()[:12]}", content, examples)
