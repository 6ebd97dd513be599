"""What something out of sight may have done: values forgotten, and accesses that may not happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..ir import tree as ir
from .machine import Machine


def forget_everything(machine: Machine) -> None:
    """Code that is not in sight ran: it may have changed every variable and all memory it can reach."""
    machine.forget_reachable_from_outside()
    machine.havoc_memory()


def forget_variables(machine: Machine, symbols: frozenset[ir.Symbol] | set[ir.Symbol]) -> None:
    for symbol in symbols:
        machine.forget(symbol)


def forget_addressed(machine: Machine) -> None:
    """Something was written through a pointer: variables whose address is known somewhere may have changed."""
    forget_variables(
        machine,
        {symbol for key in machine.env if (symbol := key[0] if isinstance(key, tuple) else key).address_taken},
    )


@contextmanager
def in_doubt(machine: Machine) -> Iterator[None]:
    """Accesses recorded inside stand for what code that is not followed may do, or not."""
    first = len(machine.trace.accesses)
    yield
    for access in machine.trace.accesses[first:]:
        access.certain = False
