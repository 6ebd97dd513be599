"""Evaluating expressions: their values, and every access they make, in execution order."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Record, Type
from ..symbolic.polynomial import ONE, ZERO, Polynomial, constant
from . import containers
from .allocation import allocate, release
from .arithmetic import combine
from .havoc import forget_everything, in_doubt
from .implication import contradicted
from .machine import Condition, Machine
from .values import Location, Referred, Value

_COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])


def rvalue(machine: Machine, expr: ir.Expr) -> Value:
    """The value of `expr`, its reads recorded."""
    return _RVALUE[type(expr)](machine, expr)


def lvalue(machine: Machine, expr: ir.Expr) -> Location:
    """The location that `expr` names; what is read on the way (pointers, subscripts) is recorded."""
    handler = _LVALUE.get(type(expr))
    if handler is not None:
        return handler(machine, expr)
    value = rvalue(machine, expr)
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr)))


def load(machine: Machine, expr: ir.Expr, location: Location) -> Value:
    """What is stored at `location`, as an rvalue: arrays decay, references are followed, reads are recorded."""
    type = location.type
    if type.kind == "array":
        return location.decayed(extent_of(machine, type))
    if type.kind == "function":
        return None
    if type.kind == "record" and containers.is_container(type):
        containers.read_whole(machine, expr, location)
        return location
    machine.record_access(expr, location, False)
    key = machine.key_of(location)
    if key is not None:
        return _as_seen(machine, expr, location, machine.read_variable(key, type))
    if type.kind == "pointer":
        return loaded_pointer(machine, expr, location)
    if type.kind in ("int", "bool", "unknown", "auto"):
        return machine.load(location, machine.text(expr))
    return None


def _as_seen(machine: Machine, expr: ir.Expr, location: Location, value: Value) -> Value:
    """Through another member of a union, or another type, the bytes mean another number."""
    if location.path.endswith("?") and isinstance(value, Polynomial):
        return machine.opaque(machine.text(expr), unsigned=location.type.unsigned)
    return value


def loaded_pointer(machine: Machine, expr: ir.Expr, location: Location) -> Location:
    """The pointer stored at `location`: a family of objects told apart by the location's subscripts."""
    inner = location.type.inner or UNKNOWN
    if location.object.kind == "unknown" or any(subscript is None for subscript in location.subscripts):
        return Location(machine.unknown_object(machine.text(expr)), "", (ZERO,), (None,), inner)
    family = machine.family("rows" if location.subscripts else "pointee", location, inner, machine.text(expr))
    return Location(family, "", (*location.subscripts, ZERO), (None,) * (len(location.subscripts) + 1), inner)


def extent_of(machine: Machine, type: Type) -> Polynomial | None:
    """The number of elements of an array type, where the text tells it."""
    if type.extent is None:
        return None
    if isinstance(type.extent, ir.Const):
        value = machine.rvalue(machine, type.extent)
        return value if isinstance(value, Polynomial) else None
    with machine.silent():
        value = machine.rvalue(machine, type.extent)
    return value if isinstance(value, Polynomial) else None


def store(machine: Machine, expr: ir.Expr, location: Location, value: Value) -> None:
    """Record a write of `value` to `location`."""
    machine.record_access(expr, location, True)
    if location.type.kind == "record" and containers.is_container(location.type):
        containers.write_whole(machine, expr, location)
    key = machine.key_of(location)
    if key is not None:
        if isinstance(key, ir.Symbol) and location.type.kind == "record":
            machine.forget(key)
        machine.assign_variable(key, value, location.type, _name(location))
        return
    symbol = location.object.symbol
    if location.object.kind == "variable" and symbol is not None and symbol.type.kind != "array":
        machine.forget(symbol)
    machine.note_write(location)
    if location.object.kind != "variable":
        forget_reachable(machine, location)


def forget_reachable(machine: Machine, location: Location) -> None:
    """A write through a pointer may change any variable whose address is known and whose type fits."""
    for key in list(machine.env):
        symbol = key[0] if isinstance(key, tuple) else key
        if symbol.address_taken and symbol.type.kind in (location.type.kind, "record", "unknown", "auto"):
            name = symbol.name + (key[1] if isinstance(key, tuple) else "")
            machine.env[key] = (
                machine.opaque(name, unsigned=symbol.type.unsigned)
                if isinstance(machine.env[key], Polynomial)
                else None
            )


def _name(location: Location) -> str:
    return location.object.name + location.path.replace("[]", "")


# ---- rvalues


def _const(machine: Machine, expr: ir.Const) -> Value:
    if isinstance(expr.value, bool):
        return constant(int(expr.value))
    return constant(expr.value) if isinstance(expr.value, int) else None


def _name_value(machine: Machine, expr: ir.Name) -> Value:
    symbol = expr.symbol
    if symbol in machine.lambdas:
        return machine.lambdas[symbol]
    if symbol.type.kind == "function":
        return None
    return load(machine, expr, _name_location(machine, expr))


def _unary(machine: Machine, expr: ir.Unary) -> Value:
    if expr.op == "&":
        target = lvalue(machine, expr.operand)
        if not target.subscripts:
            return Location(target.object, target.path, (), (), target.type)
        return target
    if expr.op == "*":
        return load(machine, expr, _deref_location(machine, expr))
    value = rvalue(machine, expr.operand)
    if not isinstance(value, Polynomial):
        return None
    if expr.op == "-":
        return -value
    if expr.op == "+":
        return value
    if expr.op == "!" and value.constant is not None:
        return constant(int(not value.constant))
    if expr.op == "~":
        return -value - ONE
    return machine.derived(machine.text(expr), expr.op, value, ZERO)


def _binary(machine: Machine, expr: ir.Binary) -> Value:
    op = expr.op
    if op == ",":
        rvalue(machine, expr.left)
        return rvalue(machine, expr.right)
    if op in ("&&", "||"):
        rvalue(machine, expr.left)
        with machine.under((), False, machine.fresh_context()), machine.perhaps(expr.right):
            rvalue(machine, expr.right)
        return machine.opaque(machine.text(expr))
    left = rvalue(machine, expr.left)
    right = rvalue(machine, expr.right)
    if op not in _COMPARISONS:
        return combine(machine, expr, op, left, right)
    if isinstance(left, Polynomial) and isinstance(right, Polynomial):
        return combine(machine, expr, op, left - right, ZERO)
    return machine.opaque(machine.text(expr))


def _assign(machine: Machine, expr: ir.Assign) -> Value:
    if expr.op:
        value = rvalue(machine, expr.value)
        target = lvalue(machine, expr.target)
        old = load(machine, expr.target, target)
        value = combine(machine, expr, expr.op, old, value)
    else:
        value = rvalue(machine, expr.value)
        target = lvalue(machine, expr.target)
    if target.type.kind == "reference":
        target = dereferenced(machine, expr.target, target)
    store(machine, expr.target, target, value)
    return machine.coerced(value, target.type, machine.text(expr))


def _incdec(machine: Machine, expr: ir.IncDec) -> Value:
    target = lvalue(machine, expr.target)
    old = load(machine, expr.target, target)
    new = combine(machine, expr, "+" if expr.op == "++" else "-", old, ONE)
    store(machine, expr.target, target, new)
    return new if expr.prefix else old


def _conditional(machine: Machine, expr: ir.Conditional) -> Value:
    condition = machine.evaluate_condition(machine, expr.condition)
    then_context, other_context = machine.fresh_alternatives()
    with machine.under(condition.true, condition.true_exact, then_context), machine.perhaps(expr.then):
        then = rvalue(machine, expr.then)
    with machine.under(condition.false, condition.false_exact, other_context), machine.perhaps(expr.other):
        other = rvalue(machine, expr.other)
    if then == other and not isinstance(then, ir.Lambda):
        return then
    if isinstance(then, Polynomial) and isinstance(other, Polynomial):
        return _chosen(machine, expr, condition, then, other)
    if isinstance(then, Location) or isinstance(other, Location):
        type = then.type if isinstance(then, Location) else other.type  # type: ignore[union-attr]
        return Location(machine.unknown_object(machine.text(expr)), "", (ZERO,), (None,), type)
    return None


def _chosen(
    machine: Machine, expr: ir.Conditional, condition: Condition, then: Polynomial, other: Polynomial
) -> Polynomial:
    """`c ? a : b` on integers: one of them where the guards decide c, a minimum or maximum, or a term of its own."""
    if any(contradicted(constraint, machine.guards) for constraint in condition.true):
        return other
    if condition.false_exact and any(contradicted(constraint, machine.guards) for constraint in condition.false):
        return then
    if len(condition.true) == 1 and condition.true_exact and condition.true[0].relation == ">=":
        left = condition.true[0].left
        name = machine.text(expr)
        # The condition says `left >= 0`; a < b, a <= b and their mirror images differ from it by a constant.
        difference = then - other
        for operation, gap in (("max", left - difference), ("min", left + difference)):
            if gap.constant in (0, -1):
                return machine.derived(name, operation, then, other)
        quotient = _rounded_quotient(left, then, other)
        if quotient is not None:
            return machine.derived(name, "floor", *quotient)
        return machine.derived(name, "choice" if _is_telling(left, then, other) else "?:", left, then, other)
    return machine.opaque(machine.text(expr))


def _is_telling(left: Polynomial, then: Polynomial, other: Polynomial) -> bool:
    """Whether it helps to know what a value was chosen from: not where it is a size, or hangs on what is not known."""
    if any(term.kind == "opaque" and term.defined_by is None for each in (left, then, other) for term in each.atoms):
        return False
    numbers = then.constant is not None and other.constant is not None
    return numbers or any(each.depth() for each in (left, then, other))


def _rounded_quotient(left: Polynomial, then: Polynomial, other: Polynomial) -> tuple[Polynomial, Polynomial] | None:
    """Dividend and divisor where `left >= 0 ? then : other` is how tools write a quotient rounded down.

    p >= 0 ? p / d : -((d - 1 - p) / d) is p / d rounded down, and with p = n + d - 1 it is n / d rounded up. C's
    division does the same as long as both dividends are not negative, so p may be tested against more than 0.
    """
    negated, plain = _only_quotient(-then), _only_quotient(other)
    if negated is None or plain is None or negated[1] != plain[1]:
        return None
    dividend, divisor = plain[0], plain[1].constant
    if divisor is None or divisor <= 0 or (negated[0] + dividend).constant != divisor - 1:
        return None
    monomial = next((monomial for monomial in dividend.terms if monomial), None)
    if monomial is None:
        return None
    factor, remainder = divmod(-left.terms.get(monomial, 0), dividend.terms[monomial])
    limit = (left + dividend.scaled(factor)).constant  # left >= 0 says factor * dividend <= limit
    if remainder or factor <= 0 or limit is None or not -1 <= limit // factor <= divisor - 1:
        return None
    return plain


def _only_quotient(value: Polynomial) -> tuple[Polynomial, Polynomial] | None:
    if len(value.terms) != 1:
        return None
    ((monomial, coefficient),) = value.terms.items()
    definition = monomial[0].defined_by if len(monomial) == 1 and coefficient == 1 else None
    if definition is None or definition[0] != "div":
        return None
    _, dividend, divisor, *_ = definition
    return dividend, divisor


def _call(machine: Machine, expr: ir.Call) -> Value:
    value = machine.call(machine, expr)
    return load(machine, expr, value.location) if isinstance(value, Referred) else value


def _loaded(machine: Machine, expr: ir.Expr) -> Value:
    return load(machine, expr, lvalue(machine, expr))


def _cast(machine: Machine, expr: ir.Cast) -> Value:
    value = rvalue(machine, expr.operand)
    type = expr.type
    if type.kind == "pointer" and isinstance(value, Location):
        return _recast(value, type.inner or UNKNOWN)
    if type.kind in ("int", "bool") and isinstance(value, Polynomial):
        if (type.size or 4) < 4 and value.constant is None:
            return machine.opaque(machine.text(expr), unsigned=type.unsigned)
        return value
    if type.kind in ("int", "bool"):
        return machine.opaque(machine.text(expr), unsigned=type.unsigned)
    if type.kind in ("float", "complex", "void"):
        return None
    return value


def _recast(value: Location, inner: Type) -> Location:
    """A pointer seen as a pointer to `inner`: subscripts count other elements then."""
    if inner.kind == "void" or value.type.kind in ("void", "unknown") or inner == value.type:
        type = value.type if inner.kind == "void" else inner
        return Location(value.object, value.path, value.subscripts, value.extents, type, value.flat)
    if inner.kind == value.type.kind and inner.name == value.type.name and inner.size == value.type.size:
        return Location(value.object, value.path, value.subscripts, value.extents, inner, value.flat)
    if inner.size is not None and inner.size == value.type.size:
        return Location(value.object, value.path, value.subscripts, value.extents, inner, value.flat)
    if value.subscripts and all(subscript == ZERO for subscript in value.subscripts) and not value.path:
        # The whole object under another type: keep it apart from accesses under the first one.
        return Location(value.object, f"{value.path}?", (ZERO,), (None,), inner)
    return Location(value.object, f"{value.path}?", (None,), (None,), inner)


def _sizeof(machine: Machine, expr: ir.SizeOf) -> Value:
    return constant(expr.value) if expr.value is not None else machine.invariant(expr.text, True)


def _children_only(machine: Machine, expr: ir.InitList) -> Value:
    for item in expr.items:
        rvalue(machine, item)
    return None


def _lambda(machine: Machine, expr: ir.Lambda) -> Value:
    return expr


def _new(machine: Machine, expr: ir.New) -> Value:
    if expr.extent is not None:
        rvalue(machine, expr.extent)
    for argument in expr.arguments:
        rvalue(machine, argument)
    lifetime = machine.summaries.lifetime(expr.type)
    if lifetime.unknown or lifetime.constructors:
        _out_of_sight(machine, expr, expr.type.name)
    elif machine.is_cpp and machine.summaries.allocates_by_itself(expr.type):
        _out_of_sight(machine, expr, "operator new")
    return allocate(machine, expr, expr.type)


def _delete(machine: Machine, expr: ir.Delete) -> Value:
    value = rvalue(machine, expr.operand)
    release(machine, expr, value)
    if isinstance(value, Location) and machine.is_cpp:
        if machine.summaries.lifetime(value.type).unknown:
            _out_of_sight(machine, expr, value.type.name)
        elif machine.summaries.allocates_by_itself(value.type):
            _out_of_sight(machine, expr, "operator delete")
    return None


def _out_of_sight(machine: Machine, expr: ir.Expr, name: str) -> None:
    """A constructor or destructor runs that is not followed."""
    machine.record_effect("unknown call", name, expr)
    forget_everything(machine)


def _opaque(machine: Machine, expr: ir.Opaque) -> Value:
    with in_doubt(machine):
        for child in expr.children:
            _touch_everything(machine, child)
    machine.record_effect("opaque", expr.text, expr)
    forget_everything(machine)
    return None


def _touch_everything(machine: Machine, expr: ir.Expr) -> None:
    """An expression inside something not understood: read, and perhaps written."""
    if isinstance(expr, ir.Name | ir.Index | ir.Member) and not (
        isinstance(expr, ir.Name) and expr.symbol.type.kind == "function"
    ):
        location = lvalue(machine, expr)
        machine.record_access(expr, location, False)
        store(machine, expr, location, None)
    else:
        rvalue(machine, expr)


# ---- lvalues


def _name_location(machine: Machine, expr: ir.Name) -> Location:
    symbol = expr.symbol
    location = Location(machine.object_of(symbol), "", (), (), symbol.type)
    return dereferenced(machine, expr, location) if symbol.type.kind == "reference" else location


def dereferenced(machine: Machine, expr: ir.Expr, location: Location) -> Location:
    """What a reference variable refers to."""
    inner = location.type.inner or UNKNOWN
    symbol = location.object.symbol
    if symbol is None or location.path:
        return Location(machine.unknown_object(machine.text(expr)), "", (), (), inner)
    bound = machine.env.get(symbol)
    if isinstance(bound, Location):
        return bound
    return Location(machine.pointee(symbol), "", (), (), inner)


def _index_location(machine: Machine, expr: ir.Index) -> Location:
    element = machine.subscript_operator(machine, expr)
    if element is not None:
        return element
    if isinstance(expr.base, ir.Name) and containers.has_packed_elements(expr.base.symbol.type):
        return _packed_location(machine, expr, expr.base)
    base = _subscripted(machine, expr.base)
    subscript = rvalue(machine, expr.subscript)
    if not isinstance(base, Location) and isinstance(subscript, Location):
        base, subscript = subscript, base  # 3[a]
    offset = subscript if isinstance(subscript, Polynomial) else None
    if offset is None and subscript is None:
        offset = machine.opaque(machine.text(expr.subscript))
    if isinstance(base, Location):
        if containers.is_container(base.type):
            return containers.element(machine, expr, base, offset)
        return base.advanced(offset)
    if isinstance(expr.base, ir.Name) and not machine.is_cpp and expr.base.symbol.type.kind == "unknown":
        # Declared in a header that is not in sight: in C, what is subscripted is an array or a pointer.
        return Location(machine.pointee(expr.base.symbol), "", (offset,), (None,), UNKNOWN)
    return Location(machine.unknown_object(machine.text(expr.base)), "", (offset,), (None,), UNKNOWN)


def _subscripted(machine: Machine, expr: ir.Expr) -> Value:
    """The value of what a subscript follows: of a container itself, without reading all of it."""
    if not machine.is_cpp or not isinstance(expr, ir.Name | ir.Index | ir.Member | ir.Unary):
        return rvalue(machine, expr)
    if isinstance(expr, ir.Unary) and expr.op != "*":
        return rvalue(machine, expr)
    if isinstance(expr, ir.Name) and (expr.symbol in machine.lambdas or expr.symbol.type.kind == "function"):
        return rvalue(machine, expr)
    location = lvalue(machine, expr)
    if location.type.kind == "reference":
        location = dereferenced(machine, expr, location)
    if location.type.kind == "record" and containers.is_container(location.type):
        return location
    return load(machine, expr, location)


def _packed_location(machine: Machine, expr: ir.Index, base: ir.Name) -> Location:
    """An element of a `std::vector<bool>`, which shares its bytes with others: it may be the same memory as any."""
    rvalue(machine, expr.subscript)
    whole = lvalue(machine, base)
    whole = dereferenced(machine, base, whole) if whole.type.kind == "reference" else whole
    subscripts, extents = (*whole.subscripts, None), (*whole.extents, None)
    return Location(whole.object, whole.path, subscripts, extents, whole.type.arguments[0])


def _deref_location(machine: Machine, expr: ir.Unary) -> Location:
    value = rvalue(machine, expr.operand)
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr.operand)), "", (ZERO,), (None,), UNKNOWN)


def _unary_location(machine: Machine, expr: ir.Unary) -> Location:
    if expr.op == "*":
        return _deref_location(machine, expr)
    return Location(machine.unknown_object(machine.text(expr)))


def _member_location(machine: Machine, expr: ir.Member) -> Location:
    if expr.arrow:
        value = rvalue(machine, expr.base)
        base = value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(expr.base)))
        if containers.is_container(base.type):  # unique_ptr's operator->
            base = containers.element(machine, expr, base, ZERO)
    else:
        base = lvalue(machine, expr.base)
        if base.type.kind == "reference":
            base = dereferenced(machine, expr.base, base)
    record = machine.unit.records.get(base.type.name) if base.type.kind in ("record", "unknown") else None
    field = record.fields.get(expr.name) if record is not None else None
    packed = record is not None and field is not None and field.is_bits and _shares_bytes(record)
    if base.type.is_union or (record is not None and record.is_union) or packed:
        return Location(base.object, f"{base.path}?", base.subscripts, base.extents, field.type if field else UNKNOWN)
    type = field.type if field is not None else UNKNOWN
    if field is not None and field.is_bits:  # as narrow as can be: what is stored there is cut off
        type = msgspec.structs.replace(type, size=1)
    location = base.field(expr.name, type)
    if location.type.kind == "reference":
        if location.subscripts:  # like pointers in an array: several may lead to one object
            return loaded_pointer(machine, expr, location)
        family = machine.family("pointee", location, location.type.inner or UNKNOWN, machine.text(expr))
        return Location(family, "", location.subscripts, location.extents, location.type.inner or UNKNOWN)
    return location


def _shares_bytes(record: Record) -> bool:
    """Whether the structure has more than one bit-field: writing one of them may write its neighbours again."""
    return sum(field.is_bits for field in record.fields.values()) > 1


def _assign_location(machine: Machine, expr: ir.Assign) -> Location:
    rvalue(machine, expr)
    with machine.silent():
        return lvalue(machine, expr.target)


def _incdec_location(machine: Machine, expr: ir.IncDec) -> Location:
    rvalue(machine, expr)
    with machine.silent():
        return lvalue(machine, expr.target)


def _cast_location(machine: Machine, expr: ir.Cast) -> Location:
    location = lvalue(machine, expr.operand)
    return Location(location.object, location.path, location.subscripts, location.extents, location.type, location.flat)


def _comma_location(machine: Machine, expr: ir.Binary) -> Location:
    if expr.op == ",":
        rvalue(machine, expr.left)
        return lvalue(machine, expr.right)
    value = rvalue(machine, expr)
    return value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(expr)))


def _call_location(machine: Machine, expr: ir.Call) -> Location:
    value = machine.call(machine, expr)
    if isinstance(value, Referred):
        return value.location
    if isinstance(value, Location):
        return value
    return Location(machine.unknown_object(machine.text(expr)))


_RVALUE: dict[type, Callable[..., Value]] = {
    ir.Const: _const,
    ir.Name: _name_value,
    ir.Unary: _unary,
    ir.Binary: _binary,
    ir.Assign: _assign,
    ir.IncDec: _incdec,
    ir.Conditional: _conditional,
    ir.Call: _call,
    ir.Index: _loaded,
    ir.Member: _loaded,
    ir.Cast: _cast,
    ir.SizeOf: _sizeof,
    ir.InitList: _children_only,
    ir.Lambda: _lambda,
    ir.New: _new,
    ir.Delete: _delete,
    ir.Opaque: _opaque,
}

_LVALUE: dict[type, Callable[..., Location]] = {
    ir.Name: _name_location,
    ir.Index: _index_location,
    ir.Unary: _unary_location,
    ir.Member: _member_location,
    ir.Assign: _assign_location,
    ir.IncDec: _incdec_location,
    ir.Cast: _cast_location,
    ir.Binary: _comma_location,
    ir.Call: _call_location,
}
