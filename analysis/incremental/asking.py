"""Noting what one part of the analysis asks of another, so that it need not run again while the answers stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..ir import tree as ir

# What no edit inside a function's body can change, or what is only asked about bodies that were read anyway.
_FIXED = frozenset(["resolve", "modified", "declared_effect", "takes_by_value", "may_return_within"])


class Asked(msgspec.Struct, eq=False, gc=True):
    """Questions by the method's name and the identities of its arguments (which are kept alive), with the answers."""

    answers: dict[tuple[object, ...], tuple[str, tuple[Any, ...], Any]] = {}

    def differ(self, target: Any) -> bool:
        """Whether `target` answers any of the questions differently."""
        return any(getattr(target, name)(*arguments) != answer for name, arguments, answer in self.answers.values())


class Asking:
    """Passes everything on to `target`, and notes the questions in `asked`.

    `found` is called with every function that a call resolves to, before anything reads it.
    """

    def __init__(self, target: Any, asked: Asked, found: Callable[[ir.Function], None] | None = None) -> None:
        self._target = target
        self._asked = asked
        self._found = found

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._target, name)
        if callable(attribute):
            attribute = self._noting(name, attribute)
        self.__dict__[name] = attribute
        return attribute

    def _noting(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        answers, found = self._asked.answers, self._found
        if name == "resolve" and found is not None:

            def resolve(*arguments: Any) -> Any:
                function = method(*arguments)
                if function is not None:
                    found(function)
                return function

            return resolve
        if name in _FIXED:
            return method

        def ask(*arguments: Any) -> Any:
            answer = method(*arguments)
            answers[(name, *map(id, arguments))] = (name, arguments, answer)
            return answer

        return ask
