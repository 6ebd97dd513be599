"""Executing statements. Each returns whether control can reach what follows it."""

from __future__ import annotations

from collections.abc import Callable

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import descendants
from . import containers
from .events import RegionRecord
from .exceptions import Handlers, caught_at, is_standard, type_thrown
from .havoc import forget_everything, forget_variables, in_doubt
from .loops import execute_for, execute_range_for, execute_while
from .machine import Machine
from .memory import dereferenced, store
from .switches import branches
from .unsigned import converted
from .updates import mark_updates


def execute(machine: Machine, statement: ir.Stmt) -> bool:
    return _EXECUTE[type(statement)](machine, statement)


def _block(machine: Machine, statement: ir.Block) -> bool:
    falls = True
    for item in statement.items:
        if not falls:
            if not isinstance(item, ir.Label | ir.Case):
                if not _has_way_in(item):
                    continue
                _entered(machine, item)
            falls = True
        falls = execute(machine, item)
        if falls and len(machine.frames) > 1 and machine.summaries.may_return_within(item):
            # The call may be over: what follows happens or not.
            machine.context, machine.exact_guards = (*machine.context, machine.fresh_context()), False
    return falls


def _has_way_in(statement: ir.Stmt) -> bool:
    """Whether control may come into the middle of the statement."""
    return any(isinstance(node, ir.Label | ir.Case) for node in descendants(statement))


def _decl(machine: Machine, statement: ir.Decl) -> bool:
    symbol = statement.symbol
    type = symbol.type
    initializer = statement.initializer
    if symbol.storage in ("global", "static", "extern"):
        return True  # `extern int x;` names a variable that is there already
    if type.kind == "reference":
        target = machine.lvalue(machine, initializer) if initializer is not None else None
        machine.declare(symbol)
        machine.env[symbol] = target
        return True
    if type.kind == "auto" and isinstance(initializer, ir.Lambda):
        machine.lambdas[symbol] = initializer
        return True
    for argument in statement.arguments:
        machine.rvalue(machine, argument)
    value = machine.rvalue(machine, initializer) if initializer is not None else None
    if initializer is not None:
        value = converted(machine, value, initializer, type)
    machine.declare(symbol)
    node = ir.Name(symbol.start, symbol.end, symbol)
    location = machine.location_of(symbol)
    if symbol.storage == "static-local":
        if machine.is_cpp and initializer is not None and not _is_constant(initializer):
            machine.record_effect("state", symbol.name, statement)  # whoever comes first decides its value
        return True  # initialised once, before the program or at the first call
    if initializer is not None:
        if type.kind == "auto" and isinstance(value, ir.Lambda):
            machine.lambdas[symbol] = value
        elif type.kind == "array":
            machine.record_access(node, location.decayed(None).advanced(None), True)
        else:
            store(machine, node, location, value)
    if machine.tries and containers.is_container(type):
        machine.record_throw(statement, "memory")
    if statement.arguments or type.kind == "record":
        _construct(machine, statement, type)
    return True


def _is_constant(expr: ir.Expr) -> bool:
    """Whether an initializer is made of constants alone, so that it holds from the start."""
    return all(
        not isinstance(node, ir.Call | ir.Assign | ir.IncDec | ir.New | ir.Opaque | ir.Lambda)
        and (not isinstance(node, ir.Name) or node.symbol.type.const or node.symbol.type.kind == "function")
        for node in descendants(expr)
    )


def _construct(machine: Machine, statement: ir.Decl, type: Type) -> None:
    """An object of a class begins its life: its constructor runs, and its destructor will."""
    if not machine.is_cpp or containers.is_container(type) or type.name.startswith("std::"):
        return
    lifetime = machine.summaries.lifetime(type)
    copy = statement.initializer
    if copy is not None and not lifetime.copied and isinstance(copy, ir.Name | ir.Index | ir.Member):
        with machine.silent():
            same = machine.lvalue(machine, copy).type.name == type.name
        if same and not lifetime.unknown:
            return  # member by member
    if lifetime.unknown or (copy is not None and lifetime.constructors):
        machine.record_effect("unknown call", type.name, statement)
        forget_everything(machine)
    elif copy is None and lifetime.constructors:
        symbol, short = statement.symbol, type.name.rsplit("::", 1)[-1]
        name = ir.Name(symbol.start, symbol.end, symbol)
        member = ir.Member(symbol.start, symbol.end, name, short, False)
        machine.rvalue(machine, ir.Call(statement.start, statement.end, member, short, statement.arguments))


def _expression(machine: Machine, statement: ir.ExprStmt) -> bool:
    mark_updates(machine, statement)
    expr = statement.expr
    machine.rvalue(machine, expr)
    if isinstance(expr, ir.Name) and expr.symbol.storage == "unknown" and expr.symbol.type.kind == "unknown":
        machine.record_effect("opaque", machine.text(expr), expr)  # no statement but a macro's is only a name
        forget_everything(machine)
    if isinstance(expr, ir.Call):
        return not _never_returns(machine, expr)
    return True


def _never_returns(machine: Machine, expr: ir.Call) -> bool:
    return expr.name.rsplit("::", 1)[-1] in ("exit", "abort", "_exit", "_Exit", "quick_exit", "longjmp", "terminate")


def _if(machine: Machine, statement: ir.If) -> bool:
    if statement.init is not None:
        execute(machine, statement.init)
    mark_updates(machine, statement)
    condition = machine.evaluate_condition(machine, statement.condition)
    then_context, other_context = machine.fresh_alternatives()
    before = dict(machine.env)
    with machine.under(condition.true, condition.true_exact, then_context):
        then_falls = execute(machine, statement.then)
        then_state = _state(machine)
    after_then, machine.env = machine.env, before
    other_state = None
    with machine.under(condition.false, condition.false_exact, other_context):
        other_falls = True
        if statement.other is not None:
            other_falls = execute(machine, statement.other)
        other_state = _state(machine)
    if then_falls and other_falls:
        machine.merge(after_then)
        return True
    if then_falls:
        machine.env = after_then
        _restore(machine, then_state)
        return True
    if other_falls:
        # What follows in this block happens exactly where the other branch was taken.
        _restore(machine, other_state)
        return True
    machine.merge(after_then)
    return False


_State = tuple[tuple[int, ...], tuple, bool]


def _state(machine: Machine) -> _State:
    return machine.context, machine.guards, machine.exact_guards


def _restore(machine: Machine, state: _State) -> None:
    """Carry on under a branch's own conditions; the enclosing loop body or call ends them."""
    machine.context, machine.guards, machine.exact_guards = state


def _switch(machine: Machine, statement: ir.Switch) -> bool:
    machine.rvalue(machine, statement.condition)
    changed = machine.summaries.modified(statement.body).names
    before = dict(machine.env)
    machine.switch_depth += 1
    left = branches(statement)  # of which one is taken if none before it was
    outer = machine.context
    with machine.under((), False, machine.fresh_context()):
        items = statement.body.items if isinstance(statement.body, ir.Block) else (statement.body,)
        context = machine.context if left is None else outer
        for number, item in enumerate(items):
            if isinstance(item, ir.Case):
                if left is None:
                    machine.context = (*context, machine.fresh_context())
                elif not number or not isinstance(items[number - 1], ir.Case):
                    left -= 1
                    this, other = machine.fresh_alternatives() if left else (None, None)
                    machine.context = context if this is None else (*context, this)
                    context = context if other is None else (*context, other)
                machine.merge(before)
                forget_variables(machine, changed)
                continue
            execute(machine, item)
    machine.switch_depth -= 1
    machine.merge(before)
    forget_variables(machine, changed)
    return True


def _case(machine: Machine, statement: ir.Case) -> bool:
    if not machine.switch_depth:  # of a switch around the loop: control may jump into it
        _entered(machine, statement)
    return True


def _return(machine: Machine, statement: ir.Return) -> bool:
    frame = machine.frames[-1]
    value = None
    if statement.value is not None:
        if frame.function.result.kind == "reference":
            value = machine.lvalue(machine, statement.value)
        else:
            value = machine.rvalue(machine, statement.value)
            value = converted(machine, value, statement.value, frame.function.result)
    frame.returned.append(value)
    frame.environments.append(dict(machine.env))
    left = machine.loops[frame.loop_depth :]
    if left:
        machine.record_exit("return", statement, left)
    return False


def _break(machine: Machine, statement: ir.Break) -> bool:
    if machine.breaks_loop():
        machine.record_exit("break", statement, machine.loops[-1:])
    return False


def _continue(machine: Machine, statement: ir.Continue) -> bool:
    machine.note_skip()
    return False


def _goto(machine: Machine, statement: ir.Goto) -> bool:
    machine.record_exit("goto", statement, machine.loops[machine.frames[-1].loop_depth :])
    return False


def _label(machine: Machine, statement: ir.Label) -> bool:
    if machine.frames[-1].function.has_goto:
        _entered(machine, statement)
    return True


def _entered(machine: Machine, statement: ir.Stmt) -> None:
    """Control may come here from anywhere in the function: nothing that it changes is known."""
    frame = machine.frames[-1]
    machine.record_exit("label", statement, machine.loops[frame.loop_depth :])
    if frame.function.body is not None:
        forget_variables(machine, machine.summaries.modified(frame.function.body).names)
    machine.havoc_memory()
    machine.context = (*machine.context, machine.fresh_context())
    machine.guards, machine.exact_guards = (), False


def _throw(machine: Machine, statement: ir.Throw) -> bool:
    value = statement.value
    if isinstance(value, ir.Call) and is_standard(value.name):
        for argument in value.arguments:  # what else its constructor does is out of the program's sight
            machine.rvalue(machine, argument)
    elif value is not None:
        machine.rvalue(machine, value)
    machine.record_exit("throw", statement, machine.loops[caught_at(machine.tries, type_thrown(value)) :])
    return False


def _try(machine: Machine, statement: ir.Try) -> bool:
    outer, machine.tries = machine.tries, (*machine.tries, Handlers(machine.depth, statement.catches))
    changed = machine.summaries.modified(statement).names
    before = dict(machine.env)
    with machine.under((), False, machine.fresh_context()):  # which a call may leave anywhere, not just a `throw`
        falls = execute(machine, statement.body)
    machine.tries = outer
    for handler in statement.handlers:
        with machine.under((), False, machine.fresh_context()):
            machine.merge(before)
            forget_variables(machine, changed)
            falls = execute(machine, handler) or falls
    forget_variables(machine, changed)
    return falls


def _asm(machine: Machine, statement: ir.Asm) -> bool:
    for operand in statement.operands:
        machine.rvalue(machine, operand)
    machine.record_effect("asm", "asm", statement)
    forget_everything(machine)
    return True


def _omp(machine: Machine, statement: ir.Omp) -> bool:
    first = machine.tick()
    region = RegionRecord(
        statement=statement,
        first=first,
        last=first,
        context=machine.context,
        omp=machine.omp,
        loop=machine.loops[-1] if machine.loops else None,
        via=machine.via,
    )
    machine.trace.regions.append(region)
    if statement.body is None:
        return True
    outer, machine.omp = machine.omp, (*machine.omp, statement)
    falls = execute(machine, statement.body)
    machine.omp = outer
    region.last = machine.tick()
    return falls


def _opaque(machine: Machine, statement: ir.OpaqueStmt) -> bool:
    with in_doubt(machine):
        for expr in statement.names:
            if isinstance(expr, ir.Name) and expr.symbol.type.kind == "function":
                continue
            location = machine.lvalue(machine, expr)
            if location.type.kind == "reference":
                location = dereferenced(machine, expr, location)
            machine.record_access(expr, location, False)
            store(machine, expr, location, None)
    machine.record_effect("opaque", statement.text, statement, "error" if statement.is_error else "")
    forget_everything(machine)
    return True


_EXECUTE: dict[type, Callable[..., bool]] = {
    ir.Block: _block,
    ir.Decl: _decl,
    ir.ExprStmt: _expression,
    ir.If: _if,
    ir.For: execute_for,
    ir.RangeFor: execute_range_for,
    ir.While: execute_while,
    ir.Switch: _switch,
    ir.Case: _case,
    ir.Return: _return,
    ir.Break: _break,
    ir.Continue: _continue,
    ir.Goto: _goto,
    ir.Label: _label,
    ir.Throw: _throw,
    ir.Try: _try,
    ir.Asm: _asm,
    ir.Omp: _omp,
    ir.OpaqueStmt: _opaque,
}
