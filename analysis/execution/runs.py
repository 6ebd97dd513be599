"""Runs of elements that one call touches: to the rest of the analysis a loop over them, in no particular order."""

from __future__ import annotations

from ..dependence.problem import LoopDomain
from ..ir import tree as ir
from ..symbolic.polynomial import ONE, Constraint, Polynomial, Term, of_term
from .machine import Machine
from .memory import extent_of
from .values import Location, Value

SCALARS = ("int", "float", "complex", "bool", "pointer")


def first_element(machine: Machine, value: Value) -> Location | None:
    """The element that the pointer `value` leads to, the first of a row where it leads to a whole row."""
    if not isinstance(value, Location):
        return None
    while value.type.kind == "array":
        value = value.decayed(extent_of(machine, value.type))
    return value


def element_domain(machine: Machine, count: Polynomial, number: int = 0) -> LoopDomain:
    """The domain of an element's number; `number` tells several elements of one run apart."""
    counter = Term("element", "counter", machine.depth + 1 + number, low=0)
    return LoopDomain(counter, (Constraint(count - ONE - of_term(counter), ">="),), "element")


def touch(machine: Machine, expr: ir.Call, first: Location, count: Polynomial, is_write: bool) -> None:
    """Records that `expr` reads or writes `count` elements from `first` on."""
    domain = element_domain(machine, count)
    domains, machine.domains = machine.domains, (*machine.domains, domain)
    element = first.arithmetic(of_term(domain.counter))
    try:
        machine.record_access(expr, element, is_write)
    finally:
        machine.domains = domains
    if is_write:
        machine.note_write(element)
        if first.object.symbol is not None and first.object.kind == "variable":
            machine.forget(first.object.symbol)
