"""Text as a sequence of numbers and the words between them, so that outputs can be compared number by number."""

from __future__ import annotations

import functools
import math
import re
import struct

import msgspec

_PADDING = re.compile(r"[ \t]+")
_NUMBER = re.compile(
    r"(?<![A-Za-z_])[-+]?(?:nan(?:\([^)\n]*\))?|inf(?:inity)?)(?![A-Za-z_])"
    r"|[-+]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][-+]?\d+)?"
    r"|[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?",
    re.IGNORECASE,
)
_DIGITS_OF_SINGLE = 9  # tell all of them apart
_LARGEST_SINGLE = 3.4028234e38


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

    @property
    def single(self) -> bool:
        """Whether it may be one in single precision: those are all that is printed in nine digits and more, but for one
        number in some hundred million."""
        digits = len(re.sub(r"[eE].*|[-+.]", "", self.text).lstrip("0"))
        if digits < _DIGITS_OF_SINGLE or not abs(self.value) <= _LARGEST_SINGLE:
            return False
        nearest = struct.unpack("f", struct.pack("f", self.value))[0]
        return abs(nearest - self.value) <= self.unit / 2


class Tokens(msgspec.Struct, frozen=True):
    """A stream as its numbers and the words before, between and after them (white space runs as one blank)."""

    words: tuple[str, ...]
    numbers: tuple[Number, ...]


class _Line(msgspec.Struct, frozen=True):
    """Of one line; `words` with their padding, since those at its ends go on in the lines around it."""

    words: tuple[str, ...]
    numbers: tuple[Number, ...]


KnownLines = dict[str, _Line]


def tokens(stream: bytes, known: KnownLines | None = None, *, learn: bool = False) -> Tokens:
    """No number goes over the end of a line. Lines that are `known` are not read again; to `learn` adds to them."""
    words: list[str] = []
    numbers: list[Number] = []
    between = ""
    for number, text in enumerate(stream.decode("utf-8", "surrogateescape").split("\n")):
        line = known.get(text) if known else None
        if line is None:
            line = _line(text)
            if known is not None and learn:
                known[text] = line
        first, *more = line.words
        between = f"{between}\n{first}" if number else first
        if more:
            words.append(_blank(between))
            words += map(_blank, more[:-1])
            between = more[-1]
            numbers += line.numbers
    return Tokens((*words, _blank(between)), tuple(numbers))


def _line(text: str) -> _Line:
    words, numbers, position = [], [], 0
    for match in _NUMBER.finditer(text):
        words.append(text[position : match.start()])
        numbers.append(_number(match[0]))
        position = match.end()
    return _Line((*words, text[position:]), tuple(numbers))


def _blank(text: str) -> str:
    """Padding depends on the width of the number beside it, so it is not compared."""
    return "" if text == " " else _PADDING.sub(" ", text).strip(" ")


@functools.lru_cache(maxsize=1 << 16)  # runs that are compared print mostly the same
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
    unit = _power_of_ten(exponent, len(decimals)) if floating else 0.0
    return Number(text, float(text), unit)


def _power_of_ten(exponent: str, less: int) -> float:
    """Infinity or 0 where that is what is left of it."""
    if len(exponent) > 6:
        return 0.0 if exponent.startswith("-") else math.inf
    return float(f"1e{int(exponent or 0) - less}")


def same(a: float, b: float) -> bool:
    """Equality under which NaN equals NaN."""
    return a == b or (math.isnan(a) and math.isnan(b))


def distance(a: float, b: float) -> float:
    """Infinite unless both are finite or both the same: NaN and infinities are compared as such."""
    if same(a, b):
        return 0.0
    return abs(a - b) if math.isfinite(a) and math.isfinite(b) else math.inf
