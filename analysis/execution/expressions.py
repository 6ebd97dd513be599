"""Evaluating expressions: their values, and every access they make, in execution order."""

from __future__ import annotations

from collections.abc import Callable

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ONE, ZERO, Polynomial, constant
from .allocation import allocate, release
from .arithmetic import combine, compared, note_measured
from .havoc import forget_everything, in_doubt
from .implication import contradicted
from .locations import lvalue, name_location
from .machine import Condition, Machine
from .memory import dereferenced, load, store
from .unsigned import converted, wrapped
from .values import Location, Referred, Value, stored_constant

_COMPARISONS = frozenset(["<", "<=", ">", ">=", "==", "!="])


def rvalue(machine: Machine, expr: ir.Expr) -> Value:
    """The value of `expr`, its reads recorded."""
    return _RVALUE[type(expr)](machine, expr)


def _const(machine: Machine, expr: ir.Const) -> Value:
    if isinstance(expr.value, bool):
        return constant(int(expr.value))
    if not isinstance(expr.value, int):
        return None
    value = constant(expr.value)
    return value if expr.value >= 0 else wrapped(machine, expr, value, ZERO, ZERO)


def _name_value(machine: Machine, expr: ir.Name) -> Value:
    symbol = expr.symbol
    if symbol in machine.lambdas:
        return machine.lambdas[symbol]
    if symbol.type.kind == "function":
        return None
    return load(machine, expr, name_location(machine, expr))


def _unary(machine: Machine, expr: ir.Unary) -> Value:
    if expr.op == "&":
        target = lvalue(machine, expr.operand)
        if not target.subscripts:
            return Location(target.object, target.path, (), (), target.type)
        return target
    if expr.op == "*":
        return load(machine, expr, lvalue(machine, expr))
    value = rvalue(machine, expr.operand)
    if not isinstance(value, Polynomial):
        return None
    if expr.op == "-":
        return wrapped(machine, expr, -value, value, ZERO)
    if expr.op == "+":
        return value
    if expr.op == "!" and value.constant is not None:
        return constant(int(not value.constant))
    if expr.op == "~":
        return wrapped(machine, expr, -value - ONE, value, ZERO)
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
    left, right = compared(machine, expr, left, right)
    note_measured(machine, left, right)
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
    value = converted(machine, value, expr.value, target.type)
    store(machine, expr.target, target, value)
    if target.type.kind == "float":  # most are, and have no value to follow
        return None
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
    definition = None if value.term is None else value.term.defined_by
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
    if expr.checked and type.kind == "reference":
        machine.record_throw(expr, "cast")
    if type.kind == "pointer" and isinstance(value, Location):
        return _recast(value, type.inner or UNKNOWN)
    if type.kind == "bool" and isinstance(value, Polynomial) and value.constant is not None:
        return stored_constant(value.constant, type)
    if type.kind in ("int", "bool") and isinstance(value, Polynomial):
        if (type.size or 4) < 4 and value.constant is None:
            return machine.opaque(machine.text(expr), unsigned=type.unsigned)
        return converted(machine, value, expr.operand, type)
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
    machine.record_throw(expr, "memory")
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
