"""Calls of the C++ standard library's algorithms: a loop over the elements, in no particular order.

The function that an algorithm is given is followed for an arbitrary element. What is not in the table, ranges whose
length nothing tells, and elements of classes, whose operators may do anything, are unknown calls.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..ir import tree as ir
from ..ir.types import UNKNOWN
from ..symbolic.polynomial import Polynomial, of_term
from .algorithm_table import Algorithm, algorithm_of, is_function_object
from .allocation import allocate
from .arithmetic import pointer_difference
from .havoc import forget_addressed, forget_everything, forget_variables, in_doubt
from .machine import Machine
from .runs import SCALARS, element_domain, first_element, touch
from .values import Location, Value

Follow = Callable[[Machine, ir.Call, ir.Function, Sequence[tuple[ir.Symbol, Value]], Location | None], object]


class Unknown(Exception):
    """The call is not understood: nothing has been recorded of it."""


def run_algorithm(machine: Machine, expr: ir.Call, values: Sequence[Value], follow: Follow) -> Value:
    """Records what the call reads and writes, given the values of its arguments, and gives its result.

    `follow` executes a function with parameters bound to values. Raises `Unknown`.
    """
    algorithm = algorithm_of(expr)
    if algorithm is None:
        raise Unknown
    if algorithm.result == "length":
        return _length(machine, expr, values)
    count = _count(algorithm, values)
    given = len(expr.arguments) > algorithm.arguments
    runs: list[Location] = []
    for run in algorithm.runs:
        location = first_element(machine, values[run.first])
        if location is None or not location.subscripts:
            raise Unknown
        if (run.reads or run.writes) and location.type.kind not in SCALARS:
            raise Unknown
        runs.append(location)
    places = {run.first for run in algorithm.runs} | {algorithm.last, algorithm.between}
    for position in range(algorithm.arguments):
        if position not in places and not _is_number(machine, expr.arguments[position], values[position]):
            raise Unknown  # an object's operators may do anything
    function = _function(machine, expr) if given else None
    if function is not None:
        _check_callable(machine, function, algorithm, runs)
    for run, location in zip(algorithm.runs, runs, strict=True):
        if run.reads:
            touch(machine, expr, location, count, False)
    if function is not None:
        _apply(machine, expr, function, algorithm, runs, count, follow)
    for run, location in zip(algorithm.runs, runs, strict=True):
        if run.writes and run.perhaps:
            with in_doubt(machine):
                touch(machine, expr, location, count, True)
        elif run.writes:
            touch(machine, expr, location, count, True)
    if algorithm.result == "place":
        return runs[0].arithmetic(machine.opaque(machine.text(expr)))
    floating = runs and runs[0].type.kind in ("float", "complex")
    return machine.opaque(machine.text(expr)) if algorithm.result == "number" and not floating else None


def _is_number(machine: Machine, expr: ir.Expr, value: Value) -> bool:
    """Whether an argument is certainly of a type that the language itself computes with."""
    if isinstance(value, Polynomial) or isinstance(expr, ir.Const):
        return True
    if isinstance(expr, ir.Unary) and expr.op in ("-", "+"):
        return _is_number(machine, expr.operand, None)
    if isinstance(expr, ir.Binary):
        return _is_number(machine, expr.left, None) and _is_number(machine, expr.right, None)
    if isinstance(expr, ir.Cast):
        return expr.type.kind in SCALARS
    if isinstance(expr, ir.Name | ir.Index | ir.Member):
        with machine.silent():
            type = machine.lvalue(machine, expr).type
        type = type.inner if type.kind == "reference" and type.inner is not None else type
        return type.kind in SCALARS
    return False


def _length(machine: Machine, expr: ir.Call, values: Sequence[Value]) -> Value:
    first, last = values[0], values[1]
    difference = None
    if isinstance(first, Location) and isinstance(last, Location):
        difference = pointer_difference(last, first)
    return difference if difference is not None else machine.opaque(machine.text(expr))


def _count(algorithm: Algorithm, values: Sequence[Value]) -> Polynomial:
    if algorithm.count is not None:
        count = values[algorithm.count]
    else:
        assert algorithm.last is not None
        first, last = values[0], values[algorithm.last]
        count = None
        if isinstance(first, Location) and isinstance(last, Location):
            count = pointer_difference(last, first)
    if not isinstance(count, Polynomial):
        raise Unknown
    return count


def _function(machine: Machine, expr: ir.Call) -> ir.Function | None:
    """The function given to the algorithm; None for one that only computes."""
    argument = expr.arguments[-1]
    if isinstance(argument, ir.Lambda):
        return argument.function
    if isinstance(argument, ir.Name):
        if argument.symbol in machine.lambdas:
            return machine.lambdas[argument.symbol].function
        named = machine.summaries.named(argument.symbol.name) if argument.symbol.type.kind == "function" else ()
        if len(named) == 1 and named[0].record is None:
            return named[0]
    elif is_function_object(machine.text(argument)):
        return None
    raise Unknown


def _check_callable(machine: Machine, function: ir.Function, algorithm: Algorithm, runs: Sequence[Location]) -> None:
    given = algorithm.given or ()
    if (
        function.body is None
        or function.in_error
        or function.has_goto
        or len(function.parameters) != len(given)
        or not machine.depth
        or machine.exhausted
        or any(active is function for active in machine.call_stack)
    ):
        raise Unknown
    for parameter, run in zip(function.parameters, given, strict=True):
        if (
            parameter.type.kind != "reference"
            and run is not None
            and runs[run].type.kind not in ("int", "float", "bool")
        ):
            raise Unknown


def _apply(
    machine: Machine,
    expr: ir.Call,
    function: ir.Function,
    algorithm: Algorithm,
    runs: Sequence[Location],
    count: Polynomial,
    follow: Follow,
) -> None:
    """Executes the function for an arbitrary element, as the body of a loop is."""
    assert function.body is not None
    effects = machine.summaries.of_lambda(function.body, function.name, machine.call_stack[-1])

    def forget() -> None:
        if effects.unknown:
            forget_everything(machine)
        if effects.memory:
            machine.havoc_memory()
            forget_addressed(machine)
        forget_variables(machine, effects.globals_written)

    forget()
    domains, first = machine.domains, len(machine.trace.accesses)
    try:
        bound: list[tuple[ir.Symbol, Value]] = []
        machine.domains = (*machine.domains, element_domain(machine, count, 0))
        for number, (parameter, run) in enumerate(zip(function.parameters, algorithm.given or (), strict=True)):
            if number:  # two parameters may be different elements
                machine.domains = (*machine.domains, element_domain(machine, count, number))
            bound.append((parameter, _operand(machine, expr, parameter, None if run is None else runs[run])))
        with machine.under((), True, machine.fresh_context()):
            follow(machine, expr, function, bound, None)
    finally:
        machine.domains = domains
    if not algorithm.once:
        for access in machine.trace.accesses[first:]:
            access.certain = False
    forget()


def _operand(machine: Machine, expr: ir.Call, parameter: ir.Symbol, run: Location | None) -> Value:
    if run is None:
        return allocate(machine, expr, parameter.type.inner or UNKNOWN) if parameter.type.kind == "reference" else None
    element = run.arithmetic(of_term(machine.domains[-1].counter))
    if parameter.type.kind == "reference":
        return element
    machine.record_access(expr, element, False)
    return machine.load(element, f"element of {machine.text(expr.arguments[0])}") if run.type.kind != "float" else None
