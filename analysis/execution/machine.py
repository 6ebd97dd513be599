"""The state of one symbolic execution: values of variables, versions of memory, and the record of what happened.

The interpreter's modules (expressions, statements, loops, calls) are functions over this state; they find each
other through the three entry points that `interpreter.py` installs, so that none of them imports another in a cycle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from ..ir import tree as ir
from ..ir.spelling import spelled
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ZERO, Constraint, Polynomial, Term, modulo, of_term
from .aliasing import relation, scalar_type_name, types_may_alias
from .recorder import Recorder
from .values import Location, Object, Referred, Value, meet, stored_constant

if TYPE_CHECKING:
    from .summaries import Summaries

Key = ir.Symbol | tuple[ir.Symbol, str]
MISSING: Any = object()


class Condition(msgspec.Struct, frozen=True):
    """What holds when a condition is true, and when it is false; "exact" when nothing more is needed for it."""

    true: tuple[Constraint, ...] = ()
    true_exact: bool = False
    false: tuple[Constraint, ...] = ()
    false_exact: bool = False


class Frame(msgspec.Struct):
    """One call being followed: its returns, and the loops around the call."""

    function: ir.Function
    loop_depth: int
    returned: list[Value] = []
    environments: list[dict[Key, Value]] = []


class Restored:
    """Goes back to the context and the guards that there are now. (Generators in its place would cost three times as
    much, and there is one for each branch.)"""

    __slots__ = ("_context", "_exact", "_guards", "_machine")

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._guards, self._exact, self._context = machine.guards, machine.exact_guards, machine.context

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        machine = self._machine
        machine.guards, machine.exact_guards, machine.context = self._guards, self._exact, self._context


class Silent:
    """Nothing is recorded inside."""

    __slots__ = ("_machine", "_recording")

    def __init__(self, machine: Machine) -> None:
        self._machine, self._recording = machine, machine.recording

    def __enter__(self) -> None:
        self._machine.recording = False

    def __exit__(self, *_: object) -> None:
        self._machine.recording = self._recording


class Machine(Recorder):
    """One execution. `budget` bounds the number of events; once it is spent, calls are no longer followed."""

    rvalue: Callable[[Machine, ir.Expr], Value]
    lvalue: Callable[[Machine, ir.Expr], Location]
    execute: Callable[[Machine, ir.Stmt], bool]
    call: Callable[[Machine, ir.Call], Value | Referred]
    evaluate_condition: Callable[..., Condition]
    subscript_operator: Callable[[Machine, ir.Index], Location | None]

    def __init__(self, unit: ir.Unit, function: ir.Function, text: bytes, budget: int, summaries: Summaries):
        super().__init__(function, budget)
        self.unit = unit
        self.source = text
        self.summaries = summaries
        self.is_cpp = False
        self.using_std = False
        self.env: dict[Key, Value] = {}
        self.versions: dict[tuple[Object, str], Polynomial] = {}
        self.call_stack: tuple[ir.Function, ...] = (function,)
        self.frames: list[Frame] = [Frame(function=function, loop_depth=0)]
        self.integer_types: dict[int, tuple[ir.Expr, tuple[bool, int]]] = {}  # see `unsigned.type_of`
        self.followed = 0  # calls so far
        self.lambdas: dict[ir.Symbol, ir.Lambda] = {}
        self._next_context = 0
        self._objects: dict[ir.Symbol, Object] = {}
        self._locations: dict[ir.Symbol, Location] = {}  # of the objects
        self._families: dict[tuple[object, ...], Object] = {}
        self._loads: dict[tuple[object, ...], Term] = {}
        self._kinds: dict[tuple[Object, str], str | None] = {}  # of value, by what is loaded
        self._last_pointer_store = -1
        self._epochs: dict[ir.Symbol, int] = {}
        self._initials: dict[Key, Value] = {}
        self._fields: dict[ir.Symbol, set[str]] = {}  # paths of each variable that have been looked at
        # Depth at which something last may have changed every variable that is reachable from outside.
        self.havoc_depth: int | None = None

    # ---- text

    def text(self, node: ir.Expr | ir.Stmt) -> str:
        if self.call_stack[-1].included:
            return spelled(node)
        return " ".join(self.source[node.start : node.end].decode("utf-8", "replace").split())

    # ---- contexts, guards

    def name_of(self, expr: ir.Expr, location: Location) -> str:
        """What to call the memory behind the pointer that `expr` reads: as the function itself would, not as one that
        it calls does."""
        path = location.path.replace("[]", "")
        return self.text(expr) if self.via is None or "?" in path else location.object.name + path

    def fresh_context(self) -> int:
        self._next_context += 1
        return self._next_context

    def fresh_alternatives(self) -> tuple[int, int]:
        """Contexts for the two branches of a decision, of which exactly one is taken."""
        then, other = self.fresh_context(), self.fresh_context()
        self.trace.siblings[then], self.trace.siblings[other] = other, then
        return then, other

    def under(self, constraints: tuple[Constraint, ...], exact: bool, context: int) -> Restored:
        """Run what happens only when `constraints` hold."""
        before = Restored(self)
        self.guards, self.exact_guards = self.guards + constraints, self.exact_guards and exact
        self.context = (*self.context, context)
        return before

    def restored(self) -> Restored:
        """Run what has a context and guards of its own, and go on under those before it."""
        return Restored(self)

    @contextmanager
    def perhaps(self, expr: ir.Expr) -> Iterator[None]:
        """Run the evaluation of `expr`, which may not happen: what it assigns is in doubt afterwards."""
        if not self.summaries.modified(expr).names and not self._calls_change(expr):
            yield
            return
        before = dict(self.env)
        yield
        self.merge(before)

    def _calls_change(self, expr: ir.Expr) -> bool:
        effects = self.summaries.of_statement(expr, self.call_stack[-1])
        return effects.memory or effects.unknown or bool(effects.globals_written)

    def silent(self) -> Silent:
        """Evaluate without recording (for values that are needed twice)."""
        return Silent(self)

    # ---- objects

    def object_of(self, symbol: ir.Symbol) -> Object:
        found = self._objects.get(symbol)
        if found is None:
            found = self._objects[symbol] = self._variable(symbol, -1)
        return found

    def location_of(self, symbol: ir.Symbol) -> Location:
        found = self._locations.get(symbol)
        if found is None:
            found = self._locations[symbol] = Location(self.object_of(symbol), "", (), (), symbol.type)
        return found

    def _variable(self, symbol: ir.Symbol, born: int) -> Object:
        unreachable = symbol.type.kind == "array" and not symbol.address_taken and not self.summaries.escapes(symbol)
        return Object("variable", symbol.name, symbol.type, symbol, born=born, unreachable=unreachable)

    def declare(self, symbol: ir.Symbol) -> Object:
        """A declaration is executed: the variable is a new object from here on."""
        born = -1 if symbol.storage == "static-local" else self.now
        created = self._objects[symbol] = self._variable(symbol, born)
        self._locations.pop(symbol, None)
        if symbol.storage != "static-local":
            self.forget(symbol)
        return created

    def forget(self, symbol: ir.Symbol, depth: int | None = None) -> None:
        """The variable's value is not known any more; `depth` is how deep in the nest it may vary.

        A reference keeps what it was bound to.
        """
        if symbol.type.kind == "reference" and isinstance(self.env.get(symbol), Location):
            return
        self._epochs[symbol] = self.depth if depth is None else depth
        self.env.pop(symbol, None)
        self._initials.pop(symbol, None)
        for path in self._fields.get(symbol, ()):
            self.env.pop((symbol, path), None)
            self._initials.pop((symbol, path), None)

    def forget_reachable_from_outside(self) -> None:
        for values in (self.env, self._initials):
            for key in list(values):
                symbol = key[0] if isinstance(key, tuple) else key
                bound = symbol.type.kind == "reference" and isinstance(values[key], Location)
                if reachable_from_outside(symbol) and not symbol.type.const and not bound:
                    del values[key]
        self.havoc_depth = self.depth

    def pointee(self, symbol: ir.Symbol, assigned: int = -1) -> Object:
        """What the pointer (or reference) variable pointed to before anything assigned it here."""
        key = ("pointee", symbol, assigned)
        found = self._families.get(key)
        if found is None:
            inner = symbol.type.inner or UNKNOWN
            found = Object(kind="pointee", name=symbol.name, type=inner, symbol=symbol, assigned=assigned)
            self._families[key] = found
        return found

    def family(self, kind: Literal["pointee", "rows", "container"], parent: Location, type: Type, name: str) -> Object:
        """The memory behind a pointer or container stored at `parent`; the parent's subscripts tell rows apart."""
        key = ("family", parent.object, parent.path)
        found = self._families.get(key)
        if found is None:
            born = parent.object.born if kind == "container" else -1
            assigned = max(parent.object.born, self._last_pointer_store)
            found = Object(kind, name, type, parent=parent, born=born, assigned=assigned)
            self._families[key] = found
        return found

    def unknown_object(self, name: str) -> Object:
        return Object(kind="unknown", name=name, assigned=self.now)

    # ---- terms

    def opaque(self, name: str, depth: int | None = None, unsigned: bool = False) -> Polynomial:
        low = 0 if unsigned else None
        return of_term(Term(name=name, kind="opaque", depth=self.depth if depth is None else depth, low=low))

    def invariant(self, name: str, unsigned: bool = False) -> Polynomial:
        return of_term(Term(name=name, kind="invariant", depth=0, low=0 if unsigned else None))

    def derived(self, name: str, operation: str, *operands: Polynomial, low: int | None = None) -> Polynomial:
        """The result of an operation on values as a term of its own: the same one for the same operands."""
        key = (operation, *operands)  # which keeps the terms in them: no other may get their identity
        term = self._loads.get(key)
        if term is None:
            depth = max(operand.depth() for operand in operands)
            known = operation in ("div", "mod", "floor", "min", "max", "choice")
            definition = (operation, *operands) if known else None
            term = self._loads[key] = Term(name, "opaque", depth, low, defined_by=definition)
        return of_term(term)

    # ---- variables

    def key_of(self, location: Location) -> Key | None:
        """The environment's key for a scalar variable or a field of a variable; None for other memory."""
        object = location.object
        if object.kind != "variable" or location.subscripts or object.symbol is None:
            return None
        if not location.path:
            return object.symbol
        self._fields.setdefault(object.symbol, set()).add(location.path)
        return (object.symbol, location.path)

    def read_variable(self, key: Key, type: Type) -> Value:
        value = self.env.get(key, MISSING)
        if value is MISSING:
            value = self._initials.get(key, MISSING)
            if value is MISSING:
                value = self._initials[key] = self._initial(key, type)
            self.env[key] = value
        return value

    def _initial(self, key: Key, type: Type) -> Value:
        symbol, path = key if isinstance(key, tuple) else (key, "")
        name = symbol.name + path
        if type.kind == "pointer":
            inner = type.inner or UNKNOWN
            if symbol in self._epochs:
                return Location(self.unknown_object(name), "", (ZERO,), (None,), inner)
            if self.havoc_depth is not None and reachable_from_outside(symbol):
                target = Object("pointee", name, inner, symbol, assigned=self.now)
            elif path:
                target = self.family("pointee", Location(self.object_of(symbol), path, (), (), type), inner, name)
            else:
                target = self.pointee(symbol)
            return Location(target, "", (ZERO,), (None,), inner)
        if type.kind in ("float", "complex", "record", "void", "function", "array"):
            return None
        initializer = symbol.initializer
        if not path and initializer is not None and is_constant_global(symbol):
            with self.silent():
                value = self.rvalue(self, initializer)
            if isinstance(value, Polynomial) and value.constant is not None:
                return value
        if symbol in self._epochs:
            return self.opaque(name, min(self._epochs[symbol], self.depth), type.unsigned)
        if self.havoc_depth is not None and reachable_from_outside(symbol) and not type.const:
            return self.opaque(name, min(self.havoc_depth, self.depth), type.unsigned)
        return self.invariant(name, type.unsigned)

    def assign_variable(self, key: Key, value: Value, type: Type, name: str) -> None:
        self.env[key] = self.coerced(value, type, name)

    def coerced(self, value: Value, type: Type, name: str) -> Value:
        """`value` as a variable of `type` holds it."""
        kind = type.kind
        if kind in ("float", "complex", "void", "function"):
            return None
        if kind in ("int", "bool"):
            if not isinstance(value, Polynomial):
                return self.opaque(name, unsigned=type.unsigned)
            number = value.constant
            if number is not None:
                return value if value.bits else stored_constant(number, type)
            if kind == "bool" or (type.size or 4) < 4:
                return self.opaque(name, unsigned=type.unsigned)
            return value
        if kind == "pointer":
            if isinstance(value, Location):
                return _held(value, type.inner or UNKNOWN)
            if isinstance(value, Polynomial):  # a null pointer, or an integer made into one
                value = None
            return value
        if kind == "unknown" and isinstance(value, Polynomial) and value.constant is None:
            return self.opaque(name)  # it may be as narrow as a char
        return value

    def merge(self, other: dict[Key, Value]) -> None:
        """Control comes together here from the present state and from one whose variables were `other`."""
        if other is self.env:
            return
        for key in self.env.keys() | other.keys():
            ours, theirs = self.env.get(key, MISSING), other.get(key, MISSING)
            if ours is theirs or ours == theirs:
                continue
            symbol, path = key if isinstance(key, tuple) else (key, "")
            if ours is MISSING or theirs is MISSING:
                # Read on one way only: the same as on the other unless something assigned it there.
                initial = self._initials.get(key, MISSING)
                known = theirs if ours is MISSING else ours
                if initial is not MISSING and known == initial:
                    self.env[key] = known
                    continue
            self.env[key] = self.unknown_value(symbol, path, ours if ours is not MISSING else theirs)

    def unknown_value(self, symbol: ir.Symbol, path: str, like: Value, depth: int | None = None) -> Value:
        """A value that differs from every other, of the kind that `like` is."""
        name = symbol.name + path
        if isinstance(like, Polynomial) or (not path and symbol.type.kind in ("int", "bool")):
            return self.opaque(name, depth, symbol.type.unsigned and not path)
        if isinstance(like, Location):
            varies = self.depth if depth is None else depth
            target = Object("pointee", name, like.type, symbol, assigned=self.now, varies=varies)
            return Location(target, "", (ZERO,), (None,), like.type)
        return None

    # ---- memory

    def load(self, location: Location, name: str) -> Polynomial:
        """The integer stored at `location`, a pure function of its subscripts while the memory keeps its version."""
        if any(subscript is None for subscript in location.subscripts) or location.object.kind == "unknown":
            return self.opaque(name)
        root = (location.object, location.path)
        version = self.versions.setdefault(root, ZERO)
        subscripts = tuple([modulo(each) if each is not None and each.bits else each for each in location.subscripts])
        key = ("load", *root, version, *subscripts)
        term = self._loads.get(key)
        if term is None:
            arguments = (*subscripts, version)
            depth = max((argument.depth() for argument in arguments if argument is not None), default=0)
            low = 0 if location.type.unsigned else None
            table = self._table(location)
            stored = self._stored(location)
            term = Term(name, "load", depth, low, None, root, arguments, None, table, stored)  # type: ignore[arg-type]
            if table:
                term.low, term.high = min(table), max(table)
            self._loads[key] = term
        return of_term(term)

    def _stored(self, location: Location) -> str | None:
        """What kind of value the loads of one field give: None where not all of them are alike."""
        root = (location.object, location.path)
        kind = scalar_type_name(location.type) if "?" not in location.path else None
        if self._kinds.setdefault(root, kind) != kind:
            kind = self._kinds[root] = None
        return kind

    def _table(self, location: Location) -> tuple[int, ...] | None:
        object = location.object
        if object.kind != "variable" or object.symbol is None or location.path or len(location.subscripts) != 1:
            return None
        return self.summaries.tables.values(object.symbol)

    def note_write(self, location: Location) -> None:
        """`location` is written: loads that might see it get a new version."""
        if location.type.kind in ("pointer", "record", "unknown"):
            self._last_pointer_store = self.now
            for object in self._families.values():
                parent = object.parent
                if parent is not None and relation(parent.object, location.object) != "distinct":
                    object.assigned = self.now
        if not self.versions:
            return
        scalar = scalar_type_name(location.type)
        for root in self.versions:
            object, path = root
            if object is location.object:
                if not meet(path, location.path):
                    continue
            elif not types_may_alias(scalar, self._kinds.get(root)) or relation(object, location.object) == "distinct":
                continue
            self.versions[root] = self.opaque("memory")

    def havoc_memory(self) -> None:
        for root in self.versions:
            self.versions[root] = self.opaque("memory")


def _held(value: Location, inner: Type) -> Location:
    """The pointer as a variable declared to point to `inner` holds it: void pointers and fresh memory get the type."""
    stored = value.type
    if stored.kind in ("unknown", "void") and inner.kind not in ("unknown", "void"):
        stored = inner
        if value.object.kind == "allocation" and value.object.type.kind in ("unknown", "void"):
            value.object.type = inner
    flat = value.flat or len(value.subscripts) - value.object.pointers > 1
    if stored is value.type and flat == value.flat:
        return value
    return Location(value.object, value.path, value.subscripts, value.extents, stored, flat)


def is_constant_global(symbol: ir.Symbol) -> bool:
    return symbol.type.const and symbol.type.kind in ("int", "bool", "auto", "unknown")


def reachable_from_outside(symbol: ir.Symbol) -> bool:
    """Whether code that is not in sight may change the variable."""
    if symbol.address_taken:
        return True
    return (
        symbol.storage in ("global", "extern", "static", "unknown", "static-local") or symbol.type.kind == "reference"
    )
