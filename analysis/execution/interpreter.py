"""Executing one function: the entry point of symbolic execution."""

from __future__ import annotations

from ..ir import tree as ir
from .calls import call, subscript_operator
from .conditions import evaluate
from .events import Trace
from .expressions import rvalue
from .locations import lvalue
from .machine import Machine
from .statements import execute as execute_statement
from .summaries import Summaries

# Events that one function may record before calls are no longer followed.
EVENT_BUDGET = 6_000

Machine.rvalue = staticmethod(rvalue)
Machine.lvalue = staticmethod(lvalue)
Machine.execute = staticmethod(execute_statement)
Machine.call = staticmethod(call)
Machine.evaluate_condition = staticmethod(evaluate)
Machine.subscript_operator = staticmethod(subscript_operator)


def execute(
    function: ir.Function,
    unit: ir.Unit,
    text: bytes,
    summaries: Summaries,
    *,
    is_cpp: bool = False,
    using_std: bool = False,
    budget: int = EVENT_BUDGET,
) -> Trace:
    """Everything that one call of `function` touches, in order."""
    machine = Machine(unit, function, text, budget, summaries)
    machine.is_cpp = is_cpp
    machine.using_std = using_std
    if function.body is not None:
        machine.execute(machine, function.body)
    machine.trace.end = machine.tick()
    return machine.trace
