"""Text as a sequence of numbers and the words between them, so that outputs can be compared number by number."""

from __future__ import annotations

import math
import re

import msgspec

_PADDING = re.compile(r"[ \t]+")
_NUMBER = re.compile(
    r"(?<![A-Za-z_])[-+]?(?:nan(?:\([^)]*\))?|inf(?:inity)?)(?![A-Za-z_])"
    r"|[-+]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?"
    r"|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?",
    re.IGNORECASE,
)


class Number(msgspec.Struct, frozen=True):
    """`value` as written in `text`; `unit` is what its last printed place is worth, 0 for integers and hexadecimals."""

    text: str
    value: float
    unit: float

    @property
    def integer(self) -> bool:
        return (
            self.unit == 0 and not math.isnan(self.value) and math.isfinite(self.value) and "p" not in self.text.lower()
        )


class Tokens(msgspec.Struct, frozen=True):
    """A stream as its numbers and the words before, between and after them (white space runs as one blank)."""

    words: tuple[str, ...]
    numbers: tuple[Number, ...]


def tokens(stream: bytes) -> Tokens:
    text = stream.decode("utf-8", "surrogateescape")
    words, numbers, position = [], [], 0
    for match in _NUMBER.finditer(text):
        between = text[position : match.start()]
        words.append("" if between == " " else _blank(between))
        numbers.append(_number(match[0]))
        position = match.end()
    return Tokens((*words, _blank(text[position:])), tuple(numbers))


def _blank(text: str) -> str:
    """Padding depends on the width of the number beside it, so it is not compared."""
    return _PADDING.sub(" ", text).strip(" ")


def _number(text: str) -> Number:
    low = text.lower()
    if "nan" in low:
        return Number(text, math.nan, 0.0)
    if "inf" in low:
        return Number(text, -math.inf if low.startswith("-") else math.inf, 0.0)
    if "0x" in low:
        return Number(text, float.fromhex(text), 0.0)
    mantissa, _, exponent = low.partition("e")
    _, point, decimals = mantissa.partition(".")
    floating = bool(point or exponent)
    unit = 10.0 ** (int(exponent or 0) - len(decimals)) if floating else 0.0
    return Number(text, float(text), unit)


def same(a: float, b: float) -> bool:
    """Equality under which NaN equals NaN."""
    return a == b or (math.isnan(a) and math.isnan(b))


def distance(a: float, b: float) -> float:
    """Infinite unless both are finite or both the same: NaN and infinities are compared as such."""
    if same(a, b):
        return 0.0
    return abs(a - b) if math.isfinite(a) and math.isfinite(b) else math.inf
