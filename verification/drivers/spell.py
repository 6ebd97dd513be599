"""Types as text in the file's own language, and what the text says of a function's template."""

from __future__ import annotations

import re

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Type
from .driver import Undrivable

# Integer types that a cast can name without the file's help.
PLAIN = {
    "int", "unsigned int", "unsigned", "long", "unsigned long", "long long", "unsigned long long", "short",
    "unsigned short", "char", "signed char", "unsigned char", "size_t",
}  # fmt: skip
_TEMPLATE = re.compile(rb"\btemplate\s*<([^<>]*)>\s*")
_TYPE_PARAMETER = re.compile(rb"\b(?:typename|class)\s+(\w+)")


def spelled(type_: Type, unit: ir.Unit, cpp: bool) -> str:
    """The type as text of the file's language. Raises `Undrivable` where it has no name."""
    match type_.kind:
        case "pointer" if type_.inner is not None:
            if type_.inner.kind in ("function", "array"):
                raise Undrivable("a pointer to an array or function lies within another type")
            return spelled(type_.inner, unit, cpp) + " *"
        case "record":
            if not type_.name or re.search(r"[^\w:<>, *]", type_.name):
                raise Undrivable("a type without a name")
            if not cpp and type_.name not in unit.aliases:
                return f"struct {type_.name}"
            if not type_.arguments:
                return type_.name
            arguments = (
                str(each.extent.text) if isinstance(each.extent, ir.Const) else spelled(each, unit, cpp)
                for each in type_.arguments
            )
            return f"{type_.name}<{', '.join(arguments)}>"
        case "bool" if not cpp:
            return "_Bool"
        case _ if type_.name:
            return type_.name
        case _:
            raise Undrivable(f"a type that cannot be written ({type_.kind})")


def template_parameters(text: bytes, start: int) -> list[str]:
    """The type parameters of the template whose function begins at an offset. An instance with double is driven."""
    before = text[max(0, start - 300) : start + 300]
    header = [match for match in _TEMPLATE.finditer(before) if match.start() <= min(start, 300) <= match.end() + 200]
    header = [match for match in header if match.end() <= min(start, 300) + 1 or match.start() == min(start, 300)]
    return [name.decode() for name in _TYPE_PARAMETER.findall(header[-1][1])] if header else []


def quoted(words: str) -> str:
    return '"' + re.sub(r'[\\"\n]', "", words) + '"'


def element_of(type_: Type) -> Type:
    assert type_.inner is not None
    return type_.inner


def dimensions_of(type_: Type) -> tuple[list[str], Type]:
    found: list[str] = []
    while type_.kind == "array" and type_.inner is not None:
        if not isinstance(type_.extent, ir.Const):
            raise Undrivable("a parameter is an array whose length is not a number")
        found.append(str(type_.extent.value))
        type_ = type_.inner
    return found, type_
