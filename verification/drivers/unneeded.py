"""What a driven function cannot come to: definitions of functions that nothing else in the text names.

They are left out of the driver's programs, of which there are some thirty: in a long file most of what compilers would
do is about such functions. The compile check sees the whole file. For C only: in C++ a function may be called that is
not named, and another one in its place. In C, if one is missed, the program does not link, and the whole file is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...analysis.ir import tree as ir
from ..request import VerificationRequest
from .driver import without

_WORD = re.compile(rb"[A-Za-z_]\w*")
_INCLUDED = re.compile(rb'^[ \t]*#[ \t]*include[ \t]*"([^"\n]+)"', re.MULTILINE)
_DIRECTIVE = re.compile(rb"^[ \t]*#(?![ \t]*pragma[ \t]+omp\b)", re.MULTILINE)
_BELOW_PRAGMA = re.compile(rb"^[ \t]*#[ \t]*pragma\b(?:[^\n\\]|\\\r?\n|\\.)*\n\s*\Z", re.MULTILINE)
_DECLARED = re.compile(
    rb"^[ \t]*(?!return\b|else\b|goto\b)[A-Za-z_][\w \t*]*[\s*][A-Za-z_]\w*\s*\([^(){};]*\)\s*;", re.MULTILINE
)
# What the libraries would call in place of their own.
_OF_LIBRARIES = re.compile(
    r"_\w*|\w*alloc|free|mem\w+|str\w+|\w*printf|f?(?:open|close|read|write)|exit|abort|omp_\w+|GOMP_\w+"
)


def unneeded(request: VerificationRequest, unit: ir.Unit, function: ir.Function, driver: bytes) -> tuple[bytes, ...]:
    """The definitions, as they stand in the file, that the function's program does without.

    None where names come from elsewhere: other sources, headers that are not in sight, pieces put together by `##`.
    """
    text, headers = request.text, request.headers
    texts = (text, *headers.values())
    elsewhere = {name.decode("utf-8", "surrogateescape") for each in texts for name in _INCLUDED.findall(each)}
    if request.language != "c" or request.sources or elsewhere - headers.keys() or any(b"##" in each for each in texts):
        return ()
    if any(flag.startswith(("-include", "-imacros", "-Wp,")) for flag in request.flags):
        return ()
    left = list(_removable(text, unit, function))
    named = _words(without(text, [definition for _, definition in left]), *headers.values())
    named |= _words(driver) - {b"main"}  # its own
    while needed := [each for each in left if each[0].encode() in named]:
        left = [each for each in left if each not in needed]
        named |= _words(*(definition for _, definition in needed))
    return tuple(dict.fromkeys(definition for _, definition in left))


def _words(*texts: bytes) -> set[bytes]:
    """In comments and strings too, but not in declarations: what is kept for nothing costs little."""
    return {word for each in texts for word in _WORD.findall(_DECLARED.sub(b"", each))}


def _removable(text: bytes, unit: ir.Unit, function: ir.Function) -> Iterator[tuple[str, bytes]]:
    """Name and definition of each function that is only a function: nothing outside depends on how it is written."""
    for each in unit.functions:
        if each.body is None or each.included or each.in_error or each.attributes or each.name == function.name:
            continue
        definition, head = text[each.start : each.end], text[each.start : each.body.start]
        line = text.rfind(b"\n", 0, each.start) + 1
        if (
            text[line : each.start].strip()
            or _BELOW_PRAGMA.search(text, 0, line)
            or re.search(rb"[{#]|\[\[|\b(?:__attribute__|__asm__|asm|_Pragma)\b", head)
            or _DIRECTIVE.search(definition)
            or _OF_LIBRARIES.fullmatch(each.name)
        ):
            continue
        yield each.name, definition
