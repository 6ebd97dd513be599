"""Types as text in the file's own language, and what the text says of a function's template."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

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
_PARAMETER = re.compile(
    r"(typename|class|bool|(?:unsigned )?(?:int|long|short|char)|(?:std::)?size_t)\s+(\w+)(?:\s*=.*)?"
)
_TYPES = ("typename", "class")


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
                record = unit.records.get(type_.name)
                return f"{'union' if type_.is_union or (record and record.is_union) else 'struct'} {type_.name}"
            if not type_.arguments:
                return type_.name
            arguments = (
                str(each.extent.text) if isinstance(each.extent, ir.Const) else _argument(each, unit, cpp)
                for each in type_.arguments
            )
            return f"{type_.name}<{', '.join(arguments)}>"
        case "bool" if not cpp:
            return "_Bool"
        case _ if type_.name:
            return type_.name
        case _:
            raise Undrivable(f"a type that cannot be written ({type_.kind})")


def _argument(type_: Type, unit: ir.Unit, cpp: bool) -> str:
    """Of a template, where const makes another type."""
    if type_.kind == "array" and type_.inner is not None and type_.extent is None:
        return f"{_argument(type_.inner, unit, cpp)}[]"
    pointed = type_.kind == "pointer" and type_.inner is not None and type_.inner.const
    return ("const " if pointed or type_.const else "") + spelled(type_, unit, cpp)


class Instance(msgspec.Struct, frozen=True):
    """A template's instance that is driven: `bindings` make its parameters' names mean what they do in it.

    `arguments` are its explicit ones, with their brackets; empty where the compiler is to deduce them. `named`: the
    file itself names it.
    """

    bindings: tuple[str, ...] = ()
    arguments: str = ""
    named: bool = False


def instance_of(text: bytes, start: int, name: str, others: Mapping[str, str]) -> Instance:
    """Of the function that begins at an offset: one that the file itself names, else with double for all types but
    some others."""
    before = text[max(0, start - 300) : start + 300]
    header = [match for match in _TEMPLATE.finditer(before) if match.start() <= min(start, 300) <= match.end() + 200]
    header = [match for match in header if match.end() <= min(start, 300) + 1 or match.start() == min(start, 300)]
    if not header:
        return Instance()
    parameters = [_PARAMETER.fullmatch(each.strip().decode()) for each in header[-1][1].split(b",")]
    types = [name.decode() for name in _TYPE_PARAMETER.findall(header[-1][1])]
    plain = Instance(tuple(f"typedef {others.get(each, 'double')} {each};" for each in types))
    if any(each is None for each in parameters):
        return plain
    known = [(each[1], each[2]) for each in parameters if each is not None]
    short = re.escape(name.rpartition("::")[2].encode())
    for used in re.finditer(rb"\b" + short + rb"\s*<([\w\s:,*]+)>\s*\(", text):
        given = [each.strip().decode() for each in used[1].split(b",")]
        if len(given) == len(known) and not set(given) & {parameter for _, parameter in known}:
            return msgspec.structs.replace(_bound(known, given), named=True)
    if len(types) == len(known):
        return plain
    return _bound(known, [others.get(each, "double") if kind in _TYPES else "4" for kind, each in known])


def _bound(parameters: list[tuple[str, str]], given: list[str]) -> Instance:
    bindings = (
        f"typedef {value} {name};" if kind in _TYPES else f"static const {kind} {name} = {value};"
        for (kind, name), value in zip(parameters, given, strict=True)
    )
    return Instance(tuple(bindings), f"<{', '.join(given)}>")


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
