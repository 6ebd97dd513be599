"""Expressions, statements, functions and files.

Every node has byte offsets [start, end) into the original text. A node that came out of a macro has the place of
the macro's use. What the grammar or we cannot read becomes `Opaque` (expressions) or `OpaqueStmt`, whose
children keep every name that occurs in it, so that later stages can be conservative about exactly those.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from ..openmp.directive import Directive
from .types import Record, Type

Storage = Literal["local", "parameter", "global", "static", "extern", "static-local", "member", "unknown"]


class Symbol(msgspec.Struct, eq=False):
    """A declared variable; compared by identity. `static` is a file-scope static, `unknown` a name never declared.

    `address_taken` is True when `&name` occurs anywhere in the file (or a lambda captures it by reference, or a
    reference is bound to it), arrays decaying to pointers not counted.
    `thread_local` covers `_Thread_local`, `__thread`, C++ `thread_local` and OpenMP threadprivate.
    """

    name: str
    type: Type
    storage: Storage
    start: int
    end: int
    function: str | None = None
    address_taken: bool = False
    thread_local: bool = False
    depth: int = 0  # block nesting at the declaration, 0 for file scope and parameters
    initializer: Expr | None = None

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__


# ---- expressions


class Expr(msgspec.Struct, gc=False):
    start: int
    end: int


class Const(Expr):
    """A literal. `value` is None for strings and for numbers beyond what Python's int or float reads."""

    value: int | float | None
    text: str
    kind: Literal["int", "float", "string", "char", "bool", "null"]


class Name(Expr):
    symbol: Symbol


class Unary(Expr):
    """op: - + ! ~ * & (deref and address-of included)."""

    op: str
    operand: Expr


class Binary(Expr):
    """op: arithmetic, comparison, logical (&& ||), shifts, bitwise, and "," for the comma operator."""

    op: str
    left: Expr
    right: Expr


class Assign(Expr):
    """`target = value` with op "", `target += value` with op "+", and so on."""

    op: str
    target: Expr
    value: Expr


class IncDec(Expr):
    op: Literal["++", "--"]
    prefix: bool
    target: Expr


class Conditional(Expr):
    condition: Expr
    then: Expr
    other: Expr


class Call(Expr):
    """`callee` is a Name of an undeclared symbol or function (storage "unknown" or type kind "function"), a Member
    for method calls, or any expression. `name` is the callee's qualified spelling, "" for computed callees."""

    callee: Expr
    name: str
    arguments: tuple[Expr, ...]


class Index(Expr):
    base: Expr
    subscript: Expr


class Member(Expr):
    """`base.name`, `base->name`, and (base is the symbol `this`, arrow) implicit member access in methods."""

    base: Expr
    name: str
    arrow: bool


class Cast(Expr):
    """`checked`: a dynamic_cast, which throws where a reference is none to an object of the class."""

    type: Type
    operand: Expr
    checked: bool = False


class SizeOf(Expr):
    """sizeof of a type or expression: evaluates nothing. `value` where the text tells it."""

    value: int | None
    text: str


class InitList(Expr):
    """`designated`: some item says where it goes (`[3] = x`), so that their order is not that of the elements."""

    items: tuple[Expr, ...]
    designated: bool = False


class Lambda(Expr):
    """`captures`: names captured by copy, by reference, and the default ("=", "&" or "")."""

    by_copy: tuple[str, ...]
    by_reference: tuple[str, ...]
    default: str
    function: Function


class New(Expr):
    """`new T`, `new T[n]`: a fresh object. `extent` is None for single objects."""

    type: Type
    extent: Expr | None
    arguments: tuple[Expr, ...]


class Delete(Expr):
    operand: Expr


class Opaque(Expr):
    """Something that is not understood; evaluates its children in an unknown order, and perhaps more."""

    text: str
    children: tuple[Expr, ...]


# ---- statements


class Stmt(msgspec.Struct, gc=False):
    start: int
    end: int


class Block(Stmt):
    items: tuple[Stmt, ...]


class Decl(Stmt):
    """One declarator. A C++ constructor call `T x(a, b)` or `T x{a}` has `arguments` instead of an initializer."""

    symbol: Symbol
    initializer: Expr | None
    arguments: tuple[Expr, ...] = ()


class ExprStmt(Stmt):
    expr: Expr


class If(Stmt):
    """Also an `#if` whose condition the text does not decide: then `condition` is an Opaque with text "#if …"."""

    condition: Expr
    then: Stmt
    other: Stmt | None
    init: Stmt | None = None


class For(Stmt):
    """`keyword_end` ends the `for` keyword that begins at `start`."""

    init: Stmt | None
    condition: Expr | None
    step: Expr | None
    body: Stmt
    keyword_end: int


class RangeFor(Stmt):
    """`for (symbol : range)`. A structured binding has several symbols, for `fields` of the element where those are
    known."""

    symbols: tuple[Symbol, ...]
    by_reference: bool
    range: Expr
    body: Stmt
    keyword_end: int
    fields: tuple[str, ...] = ()


class While(Stmt):
    condition: Expr
    body: Stmt
    keyword_end: int
    is_do: bool = False


class Switch(Stmt):
    """The body is a Block with Case labels among its items."""

    condition: Expr
    body: Stmt


class Case(Stmt):
    """`case value:` or, with value None, `default:`."""

    value: Expr | None


class Return(Stmt):
    value: Expr | None


class Break(Stmt):
    pass


class Continue(Stmt):
    pass


class Goto(Stmt):
    label: str


class Label(Stmt):
    name: str


class Throw(Stmt):
    value: Expr | None


class Try(Stmt):
    """`catches` are the names of the types that the handlers take, "..." for all of them."""

    body: Stmt
    handlers: tuple[Stmt, ...]
    catches: tuple[str, ...] = ()


class Asm(Stmt):
    text: str
    operands: tuple[Expr, ...]


class Omp(Stmt):
    """An OpenMP directive with the statement it governs; None for stand-alone ones (barrier, taskwait, flush, …)."""

    directive: Directive
    body: Stmt | None


class OpaqueStmt(Stmt):
    """A statement that is not understood, or did not parse (`is_error`); `names` are all expressions found in it."""

    text: str
    names: tuple[Expr, ...]
    is_error: bool = False


# ---- functions and files


class Function(msgspec.Struct):
    """`name` is qualified ("Grid::step"). `record` is the class of a method. `this` is its `this` symbol.

    `has_goto` covers computed gotos; `has_setjmp` calls of setjmp. `is_static` has internal linkage.
    `attributes` holds "pure", "const", "noreturn" where given as attributes, and "noexcept".
    """

    name: str
    parameters: tuple[Symbol, ...]
    result: Type
    body: Block | None
    start: int
    end: int
    is_static: bool = False
    record: str | None = None
    this: Symbol | None = None
    is_variadic: bool = False
    has_goto: bool = False
    attributes: tuple[str, ...] = ()
    locals: tuple[Symbol, ...] = ()
    in_error: bool = False  # a parse error lies inside
    included: bool = False  # it stands in a header: its places are those of the `#include`
    # Operators of types that nothing in sight declares (template parameters, say) and that are taken for numbers: where
    # they stand, counted from `start`, and the type's name.
    assumed_numbers: tuple[tuple[int, str], ...] = ()


class Macro(msgspec.Struct, gc=False):
    """`parameters` is None for object-like macros."""

    name: str
    parameters: tuple[str, ...] | None
    body: str


class ParseError(msgspec.Struct, gc=False):
    start: int
    end: int
    message: str


class Unit(msgspec.Struct):
    """One file. `functions` has every definition and declaration in source order; definitions have a body."""

    functions: tuple[Function, ...]
    globals: tuple[Symbol, ...]
    records: dict[str, Record]
    macros: dict[str, Macro]
    errors: tuple[ParseError, ...]
    directives: tuple[tuple[Directive, int], ...] = ()  # every OpenMP directive, stand-alone or not
    has_main: bool = False
    # Type aliases from typedef and using, resolved where the text defines them.
    aliases: dict[str, Type] = {}
    included: tuple[tuple[int, int], ...] = ()  # the `#include` directives whose headers were read

    def is_included(self, node: Expr | Stmt) -> bool:
        """Whether the node stands in a header, though perhaps inside a function of this file."""
        return any(start <= node.start < end for start, end in self.included)
