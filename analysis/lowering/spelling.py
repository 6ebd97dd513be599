"""Spellings that the grammars read badly or not at all, and what takes their place."""

from __future__ import annotations

import re

from ..facts import Language
from .macros import Definition, Table

_SPELLINGS: dict[bytes, bytes] = {
    b"__restrict": b"__restrict__", b"__const": b"const", b"__const__": b"const", b"__volatile": b"volatile",
    b"__signed": b"signed", b"__signed__": b"signed", b"__extension__": b"", b"__inline__": b"inline",
    b"__inline": b"inline", b"_Noreturn": b"__attribute__((noreturn))", b"__forceinline": b"inline",
    b"__forceinline__": b"inline", b"__global__": b"", b"__device__": b"", b"__host__": b"", b"__shared__": b"",
    b"__constant__": b"const", b"__managed__": b"", b"_Thread_local": b"__thread",
}  # fmt: skip
# <inttypes.h>; adjacent strings are one only where all of them are strings.
_FORMATS: Table = {
    name: Definition(name, None, b'"' + letter + b'"')
    for letter in (b"d", b"i", b"u", b"x", b"X", b"o")
    for size in (b"8", b"16", b"32", b"64", b"PTR", b"MAX")
    for name in (b"PRI" + letter + size, b"SCN" + letter + size)
}
BUILTIN: Table = {
    **{name: Definition(name, None, body) for name, body in _SPELLINGS.items()},
    b"__builtin_expect": Definition(b"__builtin_expect", (b"x", b"c"), b"(x)"),
    b"__launch_bounds__": Definition(b"__launch_bounds__", (b"x",), b"", True),
    **_FORMATS,
    # The grammars take types for arguments of sizeof and offsetof only.
    b"va_arg": Definition(b"va_arg", (b"list", b"type"), b"__builtin_va_arg(list, (type)0)"),
    **{name: Definition(name, (b"x",), b" __typeof_type ") for name in (b"typeof", b"__typeof__", b"__typeof")},
}

_COMPLEX = re.compile(
    rb"\b(?:_Complex|__complex__|complex)\s+(float|double|long\s+double)\b"
    rb"|\b(float|double|long\s+double)\s+(?:_Complex|__complex__|complex)\b"
)
_MAY_BE_COMPLEX = re.compile(rb"omplex(?:__)?\s+(?:float|double|long)\b|(?:float|double)\s+(?:_C|c|__c)omplex")
_ATTRIBUTE = re.compile(rb"__attribute(?:__)?\s*\(\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\)\)")
_MEANINGFUL = re.compile(rb"pure|const|noreturn|vector_size|ext_vector")
_ATOMIC = re.compile(rb"\b_Atomic\s*\(([\w\s]+)\)")
IMPLICIT_INT = re.compile(rb"^main(?=\s*\([^;]*\{)", re.MULTILINE)
_COMPLEX_NAMES = {b"float": b"_cfloat", b"double": b"_cdouble", b"long": b"_cldouble"}


def respell(text: bytes, language: Language) -> bytes:
    """`text` with complex and atomic types as single names and without idle attributes, of the same length."""
    if b"__attribute__" in text:
        text = _ATTRIBUTE.sub(_unless_meaningful, text)
    if language == "cpp":
        return text
    if b"omplex" in text and _MAY_BE_COMPLEX.search(text):
        text = _COMPLEX.sub(lambda match: _padded(_COMPLEX_NAMES[(match[1] or match[2]).split()[0]], match), text)
    if b"_Atomic" in text:
        text = _ATOMIC.sub(lambda match: _padded(b"_Atomic " + match[1], match), text)
    return text


def _unless_meaningful(match: re.Match[bytes]) -> bytes:
    """Attributes stand in more places than the grammars know; most say nothing that matters here."""
    return match.group() if _MEANINGFUL.search(match.group()) else b" " * (match.end() - match.start())


def _padded(replacement: bytes, match: re.Match[bytes]) -> bytes:
    return replacement.ljust(match.end() - match.start())
