"""Settings in tables: each with its name, what it may be, its default and what it is for; and reading what was given.

There are two tables, of what a client sets (`lsp/settings.py`) and of what a project says of itself
(`project_settings.py`). The reference in docs/configuration.md is made from them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .nearest import did_you_mean


@dataclass(frozen=True)
class Kind:
    """What values a setting may have: in words, for messages and the reference, and as a test."""

    words: str
    accepts: Callable[[Any], bool]


@dataclass(frozen=True)
class Setting:
    """One setting. `name` has a dot where it lies in a table; `about` is for the reference; `default` as JSON or TOML.

    `scope` says who may set it; the words are those of the table that it stands in.
    """

    name: str
    kind: Kind
    default: Any
    about: str
    scope: str = ""


FLAG = Kind("true or false", lambda value: isinstance(value, bool))


def number(least: float, most: float = math.inf, *, above: bool = False, unit: str = "") -> Kind:
    """A number, at least `least` (or above it) and at most `most`."""
    words = f"a number{f' of {unit}' if unit else ''}, {'above' if above else 'at least'} {least:g}"
    words += f" and at most {most:g}" if most < math.inf else ""

    def accepts(value: Any) -> bool:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
            return False
        return (value > least if above else value >= least) and value <= most

    return Kind(words, accepts)


def choice(*words: str) -> Kind:
    """One of some words."""
    return Kind(f"one of {', '.join(words)}", lambda value: value in words)


def optional(kind: Kind) -> Kind:
    """The same, or null."""
    return Kind(f"{kind.words}; or null", lambda value: value is None or kind.accepts(value))


@dataclass(frozen=True)
class Problem:
    """What is wrong with something given: the key, complete, and what to do."""

    key: str
    message: str

    def __str__(self) -> str:
        return f"{self.key}: {self.message}"


def read(table: Iterable[Setting], given: Mapping[str, Any], prefix: str = "") -> tuple[dict[str, Any], list[Problem]]:
    """The values given, by the settings' names, and what is wrong. What is wrong has no value: its default stands.

    A key may hold a table, or have the dots in its name. `prefix` stands before names in messages ("pragmatist.").
    """
    settings = {setting.name: setting for setting in table}
    values: dict[str, Any] = {}
    problems: list[Problem] = []

    def visit(path: str, value: Any) -> None:
        if (setting := settings.get(path)) is not None:
            if setting.kind.accepts(value):
                values[path] = value
            else:
                problems.append(Problem(prefix + path, f"expected {setting.kind.words}"))
        elif not (inside := [name for name in settings if name.startswith(f"{path}.")]):
            problems.append(Problem(prefix + path, _no_such_key(path, list(settings))))
        elif isinstance(value, Mapping):
            for key, inner in value.items():
                visit(f"{path}.{key}", inner)
        else:
            expected = "a table" if not prefix else f"an object with {', '.join(inside)}"
            problems.append(Problem(prefix + path, f"expected {expected}"))

    for key, value in given.items():
        visit(str(key), value)
    return values, problems


def _no_such_key(path: str, known: list[str]) -> str:
    parent, _, _ = path.rpartition(".")
    within = f"{parent}." if parent else ""
    beside = list(dict.fromkeys(n.removeprefix(within).partition(".")[0] for n in known if n.startswith(within)))
    return f"no such key; known are {', '.join(beside)}{did_you_mean(path, known)}"


def strings(example: str) -> Kind:
    """A list of strings; `example` says of what, and shows one."""
    return Kind(
        example, lambda value: isinstance(value, (list, tuple)) and all(isinstance(word, str) for word in value)
    )


QUICK_PASS = choice("off", "static", "zero-shot", "chain-of-thought")
CODES = strings('a list of codes or families of codes, such as ["PRG101", "PRG2xx"]')
