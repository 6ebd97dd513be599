"""What an execution leaves behind: accesses, calls and exits in execution order, and the loops around them."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..dependence.problem import LoopDomain, Reference
from ..ir.tree import Call, Expr, For, Function, Omp, RangeFor, Stmt, Symbol, While
from ..symbolic.polynomial import Constraint, Polynomial
from .counted import Counted
from .values import Location, Object


class Update(msgspec.Struct, eq=False, gc=False):
    """A statement of the form `x = x op e`; the accesses to x that belong to it carry this.

    `operator` is OpenMP's reduction operator. `start`/`end` place the statement. `value` is e, or the expression that
    holds x and e; None for x++ and x--. `takes_nan`, of a minimum or maximum: x becomes e where e is not a number.
    """

    operator: str
    start: int
    end: int
    value: Expr | None = None
    takes_nan: bool = False


class Access(msgspec.Struct, eq=False, gc=False):
    """One read or write. `context` is the chain of control decisions under which it happens: an access whose context
    is a prefix of another's, earlier in `order`, has always happened when the other one happens.
    `via` is the call in the loop's own function through which it happens, None when it stands there itself.
    `omp` are the enclosing OpenMP directives, outermost first."""

    object: Object
    path: str
    reference: Reference
    is_write: bool
    start: int
    end: int
    context: tuple[int, ...]
    update: Update | None = None
    via: Call | None = None
    omp: tuple[Omp, ...] = ()
    element_size: int | None = None
    floating: bool = False
    # What kind of value is accessed, for type-based aliasing: a scalar type's name, None when it could be anything.
    scalar_type: str | None = None
    is_atomic: bool = False
    is_volatile: bool = False
    node: Expr | Stmt | None = None  # the expression that makes the access, in a called function too
    # False where the access stands for what code that is not followed or not understood may do.
    certain: bool = True
    # Where not 0, a subscript is computed with so many bits, and may have wrapped around (see `Polynomial.bits`).
    bits: int = 0

    @property
    def order(self) -> int:
        return self.reference.order


class Effect(msgspec.Struct, eq=False):
    """Something other than a memory access that matters to order: `kind` says what.

    "io" (the order of input and output), "unknown call" (may read or write anything reachable), "reads anything" (may
    read it, as functions declared pure may), "not followed" (its
    body is in sight, but what it touches could not be told), "state" (hidden
    library state such as rand's or errno-like), "thread query" (which thread runs it), "allocation", "may exit",
    "lock", "barrier", "asm", "opaque".
    """

    kind: Literal[
        "io",
        "unknown call",
        "reads anything",
        "not followed",
        "state",
        "thread query",
        "may exit",
        "lock",
        "asm",
        "opaque",
    ]
    name: str
    start: int
    end: int
    order: int
    context: tuple[int, ...]
    via: Call | None = None
    omp: tuple[Omp, ...] = ()
    detail: str = ""
    node: Expr | Stmt | None = None
    lock: Location | None = None  # of a lock operation: where its first argument led

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Exit(msgspec.Struct, eq=False):
    """A jump out of a loop: break, return, goto, throw, or a call that does not return."""

    kind: Literal["break", "return", "goto", "throw", "exit call", "long jump", "label"]
    start: int
    end: int
    order: int


ThrowKind = Literal["range", "memory", "cast", "call"]


class Throw(msgspec.Struct, eq=False):
    """Something that may throw an exception out of a loop, other than a `throw`: a checked access ("range", to one of
    `size` elements), what needs memory, a dynamic_cast to a reference ("cast"), or a call of a function that is not
    followed. `awaited`: there is a `try` block around the loop."""

    kind: ThrowKind
    node: Expr | Stmt
    start: int
    end: int
    awaited: bool
    size: Polynomial | None = None


class Header(msgspec.Struct, eq=False):
    """The parts of a loop in canonical form (OpenMP 5.2 §4.4.1), with the values they have before the loop."""

    symbol: Symbol
    declared: bool
    lower_expr: Expr
    upper_expr: Expr
    comparison: Literal["<", "<=", ">", ">=", "!="]
    step_expr: Expr | None  # None for ++ and --
    step_negative: bool
    lower: Polynomial | None
    upper: Polynomial | None
    step: Polynomial | None
    trip: Polynomial | None = None


class LoopRecord(msgspec.Struct, eq=False):
    """One execution of the analysis through a loop. Events with first <= order < last lie inside; the body starts at
    `body_first` (initialisation and first test come before it). `inlined` loops belong to a called function."""

    statement: For | RangeFor | While
    depth: int
    parent: LoopRecord | None
    domain: LoopDomain
    first: int
    inlined: bool
    context: tuple[int, ...] = ()  # of the body
    body_first: int = 0
    last: int = 0
    header: Header | None = None
    header_problem: tuple[str, int, int] | None = None  # words, place
    counted: Counted | None = None  # a `while` loop that counts
    exits: list[Exit] = []
    throws: list[Throw] = []
    closed_forms: dict[Symbol, Polynomial] = {}
    omp: tuple[Omp, ...] = ()
    assigned_in_body: frozenset[Symbol] = frozenset()
    calls: tuple[Expr | Stmt, ...] = ()  # below the body, with what may hide one
    entry: dict[object, object] = {}  # values of variables just before the loop, by the machine's keys
    guards: tuple[Constraint, ...] = ()  # what holds whenever the loop is reached
    first_skip: int | None = None  # order of the first `continue`: what comes later may not run in every iteration

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__

    def contains(self, other: LoopRecord) -> bool:
        return self.first <= other.first and other.last <= self.last


class RegionRecord(msgspec.Struct, eq=False):
    """One execution of the analysis through an OpenMP directive, stand-alone ones (barrier, taskwait, section) too.

    Events with first <= order < last lie inside it; a stand-alone directive has an order of its own, `first`.
    `omp` are the directives around it and `loop` the innermost loop around it (None: none), by which a barrier in a
    called function finds its place in the caller's region. `context` is that of the directive itself.
    """

    statement: Omp
    first: int
    last: int
    context: tuple[int, ...]
    omp: tuple[Omp, ...] = ()
    loop: LoopRecord | None = None
    via: Call | None = None

    # The slots of `object` itself: these are keys everywhere, and a method in Python costs ten times as much.
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Trace(msgspec.Struct):
    """Everything that happens in one function, in order. `complete` is False when the budget for following calls ran
    out on the way: later calls are summarised, which is sound but coarser."""

    function: Function
    accesses: list[Access] = []
    effects: list[Effect] = []
    loops: list[LoopRecord] = []
    siblings: dict[int, int] = {}  # the other branch of the same decision, by context
    regions: list[RegionRecord] = []
    # Variables of which two addresses are held against each other, and when.
    measured: list[tuple[Object, int]] = []
    followed: dict[int, Function] = {}  # the functions whose bodies were executed at calls, by their identity
    bound: set[Symbol] = set()  # variables that a called function may have kept a reference to
    complete: bool = True
    end: int = 0
