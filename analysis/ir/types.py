"""Declared types, as far as the text tells them without a compiler."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

if TYPE_CHECKING:
    from .tree import Expr

TypeKind = Literal[
    "int",  # every integer type, char and enum included
    "float",  # float, double, long double
    "complex",
    "bool",
    "void",
    "pointer",  # inner: what it points to; extent: what `[static n]` promises of a parameter, None otherwise
    "array",  # inner: the element; extent: the expression between the brackets, None where absent
    "reference",  # inner: what it refers to (lvalue and rvalue references)
    "record",  # struct, union or class: `name` is its tag or qualified name; `arguments` its template arguments
    "auto",
    "function",  # inner: the result
    "unknown",  # a name that the text does not define (a typedef from a header, a template parameter)
]


class Type(msgspec.Struct, frozen=True, gc=False):
    """`name` is the spelling ("unsigned long", "std::vector"); `is_union` marks unions; `size` is a scalar's size in
    bytes on LP64, None where unknown."""

    kind: TypeKind
    name: str = ""
    inner: Type | None = None
    extent: Expr | None = None
    arguments: tuple[Type, ...] = ()
    size: int | None = None
    unsigned: bool = False
    const: bool = False
    volatile: bool = False
    restrict: bool = False
    atomic: bool = False
    is_union: bool = False


UNKNOWN = Type(kind="unknown")
INT = Type(kind="int", name="int", size=4)
DOUBLE = Type(kind="float", name="double", size=8)


class Field(msgspec.Struct, gc=False):
    """`is_bits`: a bit-field, which shares its bytes with those next to it. `in_union`: of a nameless union inside."""

    name: str
    type: Type
    start: int
    end: int
    is_bits: bool = False
    in_union: bool = False


class Record(msgspec.Struct):
    """A struct, union or class defined in the file. `complete` is False where a base or member did not parse.

    `declared` are the names of its own member functions but for defaulted ones, with a body or without; `virtual` of
    those that derived classes may replace, inherited ones included. `initialises` says whether a field's default value
    calls something.
    """

    name: str
    fields: dict[str, Field]
    is_union: bool
    bases: tuple[str, ...] = ()
    complete: bool = True
    declared: frozenset[str] = frozenset()
    virtual: frozenset[str] = frozenset()
    initialises: bool = False
