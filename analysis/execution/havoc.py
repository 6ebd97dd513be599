"""Forgetting values that something out of sight may have changed."""

from __future__ import annotations

from ..ir import tree as ir
from .machine import Machine


def forget_everything(machine: Machine) -> None:
    """Code that is not in sight ran: it may have changed every variable and all memory it can reach."""
    machine.forget_reachable_from_outside()
    machine.havoc_memory()


def forget_variables(machine: Machine, symbols: frozenset[ir.Symbol] | set[ir.Symbol]) -> None:
    for symbol in symbols:
        machine.forget(symbol)
