"""Values of the analysis' expressions for small numbers: subscripts and bounds, where some names have values.

A value is a sum of products of names that have none, `{("n",): 1, (): -1}` for `n - 1`. Elements, members and calls
are names, too, spelled as in the source. What is more than `+ - *` of these is refused, not guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

Value = dict[tuple[str, ...], int]  # a sum: products of names, each with its factor; () is the constant

_TOKEN = re.compile(r"\s*(?:(?P<number>\d+)[uUlL]*(?![\w.])|(?P<name>[A-Za-z_]\w*)|(?P<sign>[-+*()]))")
_NAME = re.compile(r"[A-Za-z_]\w*")
_MEMBER = re.compile(r"\s*(?:\.|->|::)\s*~?[A-Za-z_]\w*")
_CLOSED_BY = {"[": "]", "(": ")"}
_LONGEST = 500  # characters of an expression, against deep recursion


class NotArithmetic(ValueError):
    """The expression is more than sums and products, or uses a name that varies in an unknown way."""


def evaluate(text: str, known: Mapping[str, int], varying: frozenset[str] = frozenset()) -> Value:
    """The value of a C expression. `varying` are names that change from iteration to iteration: an element or call that
    mentions one has no value. Raises `NotArithmetic`."""
    if len(text) > _LONGEST:
        raise NotArithmetic(text)
    reader = _Reader(text, known, varying)
    value = reader.sum()
    if reader.rest():
        raise NotArithmetic(text)
    return value


def integer(text: str, known: Mapping[str, int], varying: frozenset[str] = frozenset()) -> int:
    """The same where nothing is left open. Raises `NotArithmetic`."""
    value = evaluate(text, known, varying)
    if value.keys() - {()}:
        raise NotArithmetic(text)
    return value.get((), 0)


def names(value: Value) -> set[str]:
    """What the value depends on."""
    return {name for product in value for name in product}


def difference(one: Value, other: Value) -> Value:
    return _plus(one, {product: -factor for product, factor in other.items()})


class _Reader:
    def __init__(self, text: str, known: Mapping[str, int], varying: frozenset[str]) -> None:
        self._text, self._at = text, 0
        self._known, self._varying = known, varying

    def rest(self) -> str:
        return self._text[self._at :].strip()

    def sum(self) -> Value:
        value = self._product()
        while (sign := self._peek()) in ("+", "-"):
            self._take()
            other = self._product()
            value = _plus(value, other) if sign == "+" else difference(value, other)
        return value

    def _product(self) -> Value:
        value = self._factor()
        while self._peek() == "*":
            self._take()
            value = _times(value, self._factor())
        return value

    def _factor(self) -> Value:
        token = self._take()
        if token is None:
            raise NotArithmetic(self._text)
        if token["number"] is not None:
            if len(token["number"]) > 18 or (token["number"][0] == "0" and len(token["number"]) > 1):
                raise NotArithmetic(self._text)  # octal, or more than any machine's integer
            return _constant(int(token["number"]))
        if token["name"] is not None:
            return self._named(token)
        if token["sign"] in ("-", "+"):
            value = self._factor()
            return value if token["sign"] == "+" else difference({}, value)
        if token["sign"] == "(":
            value = self.sum()
            closing = self._take()
            if closing is None or closing["sign"] != ")":
                raise NotArithmetic(self._text)
            return value
        raise NotArithmetic(self._text)

    def _named(self, token: re.Match[str]) -> Value:
        start = token.start("name")
        while self._extend():
            pass
        name = "".join(self._text[start : self._at].split())
        if name in self._known:
            return _constant(self._known[name])
        if self._varying.intersection(_NAME.findall(name)):
            raise NotArithmetic(self._text)
        return {(name,): 1}

    def _extend(self) -> bool:
        """Past a member, a subscript or an argument list behind a name."""
        if member := _MEMBER.match(self._text, self._at):
            self._at = member.end()
            return True
        end = len(self._text) - len(self._text[self._at :].lstrip()) + 1
        closing = [_CLOSED_BY.get(self._text[end - 1 : end], "")]
        if not closing[0]:
            return False
        while closing:
            character = self._text[end : end + 1]
            if not character or character in "'\"":
                raise NotArithmetic(self._text)
            if character in _CLOSED_BY:
                closing.append(_CLOSED_BY[character])
            elif character in "])" and character != closing.pop():
                raise NotArithmetic(self._text)
            end += 1
        self._at = end
        return True

    def _peek(self) -> str | None:
        token = _TOKEN.match(self._text, self._at)
        return token["sign"] if token else None

    def _take(self) -> re.Match[str] | None:
        token = _TOKEN.match(self._text, self._at)
        if token:
            self._at = token.end()
        return token


def _constant(value: int) -> Value:
    return {(): value} if value else {}


def _plus(one: Value, other: Value) -> Value:
    total = {product: one.get(product, 0) + other.get(product, 0) for product in one.keys() | other.keys()}
    return {product: factor for product, factor in total.items() if factor}


def _times(one: Value, other: Value) -> Value:
    value: Value = {}
    for left, first in one.items():
        for right, second in other.items():
            value = _plus(value, {tuple(sorted((*left, *right))): first * second})
    return value
