"""Calls: followed into functions whose body is in sight, taken from the table for library functions, else unknown."""

from __future__ import annotations

from collections.abc import Sequence

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..ir.walk import is_variable, root_symbol
from ..symbolic.polynomial import Polynomial
from . import containers, library, nodes
from .algorithm_table import is_algorithm, is_function_object
from .algorithms import Unknown, run_algorithm
from .allocation import allocate, release
from .exceptions import ended_by_noexcept
from .havoc import forget_addressed, forget_everything, forget_variables, in_doubt
from .machine import Frame, Machine
from .memory import dereferenced, load, store
from .operators import built_in, is_operator, operator_of
from .transfers import transfer
from .unsigned import converted
from .values import Location, Referred, Value
from .variadic import variadic_call

_MAX_CALL_DEPTH = 8
_MOST_FOLLOWED = 1_500  # calls in one execution


def call(machine: Machine, expr: ir.Call) -> Value | Referred:
    callee = expr.callee
    if isinstance(callee, ir.Member):
        return _member_call(machine, expr, callee)
    if is_operator(expr):
        return _operator_call(machine, expr)
    if isinstance(callee, ir.Name):
        symbol = callee.symbol
        if symbol in machine.lambdas:
            return _lambda_call(machine, expr, machine.lambdas[symbol])
        if symbol.type.kind in ("record", "reference") or containers.is_container(symbol.type):
            return _object_call(machine, expr, callee)
        if is_variable(symbol):  # whatever function has the same name
            return _unknown_call(machine, expr, expr.name)
    elif not isinstance(callee, ir.Lambda):
        return _unknown_call(machine, expr, machine.text(callee))
    if isinstance(callee, ir.Lambda):
        return _lambda_call(machine, expr, callee)
    function = machine.summaries.resolve(expr, machine.call_stack[-1])
    if function is not None:
        this = _temporary(machine, expr, function) or _implicit_this(machine, function)
        return _user_call(machine, expr, function, this)
    return _library_call(machine, expr)


def _operator_call(machine: Machine, expr: ir.Call) -> Value | Referred:
    found = operator_of(machine, expr)
    if found is None:
        value = machine.rvalue(machine, built_in(expr))
        machine.record_effect("unknown call", expr.name, expr)
        forget_everything(machine)
        return value
    if found.this is None:
        return _user_call(machine, expr, found.function, None)
    member = ir.Member(found.this.start, found.this.end, found.this, expr.name, False)
    called = ir.Call(expr.start, expr.end, member, expr.name, found.arguments)
    if isinstance(found.this, ir.Call | ir.Cast):
        machine.rvalue(machine, found.this)
        this = allocate(machine, found.this, Type("record", found.function.record or ""))
    else:
        this = machine.lvalue(machine, found.this)
        this = dereferenced(machine, found.this, this) if this.type.kind == "reference" else this
    return _user_call(machine, called, found.function, this)


def _temporary(machine: Machine, expr: ir.Call, function: ir.Function) -> Location | None:
    """The object that a constructor called by its name makes; None for other functions."""
    if function.record is None or function.name.rsplit("::", 1)[-1] != function.record.rsplit("::", 1)[-1]:
        return None
    return allocate(machine, expr, Type("record", function.record))


def _implicit_this(machine: Machine, function: ir.Function) -> Location | None:
    caller = machine.call_stack[-1]
    if function.record is None or caller.this is None:
        return None
    value = machine.read_variable(caller.this, caller.this.type)
    return value if isinstance(value, Location) else None


def _member_call(machine: Machine, expr: ir.Call, callee: ir.Member) -> Value | Referred:
    base = _object_location(machine, callee)
    if containers.is_container(base.type):
        arguments: list[object] = [machine.rvalue(machine, argument) for argument in expr.arguments]
        value = containers.member_call(machine, expr, base, arguments)
        if value is not NotImplemented:
            if isinstance(value, Location) and callee_is_element(expr):
                return Referred(value)
            return value  # type: ignore[return-value]
        return _unknown_call(machine, expr, expr.name, [])
    if nodes.has_nodes(base.type) and expr.name in nodes.MEMBERS:
        for argument in expr.arguments:
            machine.rvalue(machine, argument)
        return nodes.member_call(machine, expr, base)
    record = base.type.name if base.type.kind == "record" else None
    function = machine.summaries.resolve(expr, machine.call_stack[-1], record, base.type.const) if record else None
    if function is None:
        return _unknown_call(machine, expr, machine.text(callee), declared=record is not None, record=record)
    return _user_call(machine, expr, function, base)


def callee_is_element(expr: ir.Call) -> bool:
    return expr.name.rsplit("::", 1)[-1] in ("at", "operator[]", "front", "back", "operator*")


def _object_location(machine: Machine, callee: ir.Member) -> Location:
    if callee.arrow:
        value = machine.rvalue(machine, callee.base)
        return value if isinstance(value, Location) else Location(machine.unknown_object(machine.text(callee.base)))
    base = machine.lvalue(machine, callee.base)
    return dereferenced(machine, callee.base, base) if base.type.kind == "reference" else base


def subscript_operator(machine: Machine, expr: ir.Index) -> Location | None:
    """`x[i]` where x is an object of a class whose operator[] is in sight; None for everything else."""
    if not machine.is_cpp or not machine.summaries.has_subscript_operators:
        return None
    base = expr.base
    if not isinstance(base, ir.Name | ir.Member | ir.Index | ir.Unary):
        return None
    with machine.silent():
        location = machine.lvalue(machine, base)
    type = location.type
    if type.kind == "reference" and type.inner is not None:
        type = type.inner
    if type.kind != "record" or containers.is_container(type):
        return None
    named = ir.Call(expr.start, expr.end, base, "operator[]", (expr.subscript,))
    function = machine.summaries.resolve(named, machine.call_stack[-1], type.name, type.const)
    if function is None:
        return None
    this = machine.lvalue(machine, base)
    value = _user_call(
        machine, named, function, dereferenced(machine, base, this) if this.type.kind == "reference" else this
    )
    return value.location if isinstance(value, Referred) else Location(machine.unknown_object(machine.text(expr)))


def _object_call(machine: Machine, expr: ir.Call, callee: ir.Name) -> Value | Referred:
    """`f(x)` where f is an object: its operator() if that is in sight."""
    location = machine.lvalue(machine, callee)
    if location.type.kind == "record" and not location.type.name.startswith("std::"):
        named = ir.Call(expr.start, expr.end, callee, "operator()", expr.arguments)
        function = machine.summaries.resolve(named, machine.call_stack[-1], location.type.name, location.type.const)
        if function is not None:
            return _user_call(machine, expr, function, location)
    return _unknown_call(machine, expr, machine.text(callee))


def _user_call(machine: Machine, expr: ir.Call, function: ir.Function, this: Location | None) -> Value | Referred:
    copied = machine.summaries.copies_unseen(function) if machine.is_cpp else None
    copied = copied or _converted_unseen(machine, expr, function)
    if copied is not None:
        machine.record_effect("unknown call", copied, expr)
        forget_everything(machine)
    if machine.depth and _may_follow(machine, function) and not machine.summaries.calls_itself(function):
        return follow(machine, expr, function, expr.arguments, this)
    return _summarised_call(machine, expr, function, this)


def _may_follow(machine: Machine, function: ir.Function) -> bool:
    return (
        not machine.exhausted
        and machine.followed < _MOST_FOLLOWED
        and not any(active is function for active in machine.call_stack)
        and len(machine.call_stack) < _MAX_CALL_DEPTH
        and not function.in_error
        and not function.has_goto
    )


def _lambda_call(machine: Machine, expr: ir.Call, called: ir.Lambda) -> Value | Referred:
    """A lambda that is handed to itself calls itself."""
    if _may_follow(machine, called.function):
        return follow(machine, expr, called.function, expr.arguments, None)
    with in_doubt(machine):
        _touch_captured(machine, expr, called)
    return _unknown_call(machine, expr, expr.name or machine.text(expr.callee))


def _converted_unseen(machine: Machine, expr: ir.Call, function: ir.Function) -> str | None:
    """A class that an argument or the result is converted to by a constructor which does something."""
    if not machine.is_cpp:
        return None
    for parameter, argument in zip(function.parameters, expr.arguments, strict=False):
        if machine.summaries.converts_unseen(parameter.type) and not _is_of_class(machine, argument, parameter.type):
            return parameter.type.name or (parameter.type.inner.name if parameter.type.inner else "")
    return function.result.name if machine.summaries.converts_unseen(function.result) else None


def _is_of_class(machine: Machine, argument: ir.Expr, type: Type) -> bool:
    if not isinstance(argument, ir.Name | ir.Index | ir.Member):
        return False
    with machine.silent():
        given = machine.lvalue(machine, argument).type
    plain = [each.inner if each.kind == "reference" and each.inner is not None else each for each in (given, type)]
    return plain[0].name == plain[1].name


def follow(
    machine: Machine, expr: ir.Call, function: ir.Function, arguments: tuple[ir.Expr, ...], this: Location | None
) -> Value | Referred:
    """Execute the callee's body here, its parameters bound to the arguments."""
    if function.body is None or len(arguments) < len(function.parameters):
        return _unknown_call(machine, expr, expr.name)
    bound: list[tuple[ir.Symbol, Value]] = []
    for position, (symbol, argument) in enumerate(zip(function.parameters, arguments, strict=False)):
        if symbol.type.kind == "reference":
            bound.append((symbol, _referred(machine, function, position, argument)))
        else:
            value = converted(machine, machine.rvalue(machine, argument), argument, symbol.type)
            bound.append((symbol, value))
    return _follow_bound(machine, expr, function, bound, this)


def _referred(machine: Machine, function: ir.Function, position: int, argument: ir.Expr) -> Location:
    """What a reference parameter is bound to, which the function may keep."""
    location = machine.lvalue(machine, argument)
    symbol = location.object.symbol
    if symbol is not None and location.object.kind == "variable" and machine.summaries.keeps(function, position):
        machine.trace.bound.add(symbol)
    return location


def _follow_bound(
    machine: Machine,
    expr: ir.Call,
    function: ir.Function,
    bound: Sequence[tuple[ir.Symbol, Value]],
    this: Location | None,
) -> Value | Referred:
    assert function.body is not None
    machine.followed += 1
    outer_via, machine.via = machine.via, machine.via or expr
    for symbol, value in bound:
        machine.declare(symbol)
        kept = value if symbol.type.kind == "reference" else machine.coerced(value, symbol.type, symbol.name)
        machine.env[symbol] = kept
        if isinstance(value, ir.Lambda):
            machine.lambdas[symbol] = value
    if function.this is not None and this is not None:
        machine.env[function.this] = this
    machine.trace.followed[id(function)] = function
    frame = Frame(function=function, loop_depth=machine.depth)
    machine.call_stack = (*machine.call_stack, function)
    machine.frames.append(frame)
    tries = machine.tries
    if "noexcept" in function.attributes:
        machine.tries = (*tries, ended_by_noexcept(machine.depth))
    try:
        with machine.restored():  # what follows an early `return` happens under its condition, up to the call's end
            falls = machine.execute(machine, function.body)
    finally:
        machine.tries = tries
        machine.frames.pop()
        machine.call_stack = machine.call_stack[:-1]
        machine.via = outer_via
    values = frame.returned
    for env in frame.environments:
        machine.merge(env)
    if values and all(value == values[0] for value in values) and not (falls and function.result.kind != "void"):
        value = values[0]
        if isinstance(value, Polynomial):
            return machine.coerced(value, function.result, machine.text(expr))
        return Referred(value) if function.result.kind == "reference" and isinstance(value, Location) else value
    if function.result.kind in ("int", "bool"):
        return machine.opaque(machine.text(expr), unsigned=function.result.unsigned)
    if machine.summaries.returns_fresh(function):
        return allocate(machine, expr, function.result.inner or UNKNOWN)
    if function.result.kind in ("pointer", "reference"):
        target = Location(machine.unknown_object(machine.text(expr)), "", (), (), function.result.inner or UNKNOWN)
        return Referred(target) if function.result.kind == "reference" else target
    return None


def _summarised_call(machine: Machine, expr: ir.Call, function: ir.Function, this: Location | None) -> Value:
    """The callee is in sight but not followed: forget what it may write, record what it may touch."""
    effects = machine.summaries.of_function(function)
    values: list[Value] = [this] if this is not None else []
    values += [machine.rvalue(machine, argument) for argument in expr.arguments]
    for position, (argument, parameter) in enumerate(zip(expr.arguments, function.parameters, strict=False)):
        if parameter.type.kind == "reference":
            values.append(_referred(machine, function, position, argument))
    with in_doubt(machine):
        _touch_pointees(machine, expr, values, writes=effects.memory)
    for kind in sorted(effects.kinds & {"io", "state", "lock", "reads anything"}):
        machine.record_effect(kind, expr.name, expr)
    if "exits" in effects.kinds:
        machine.record_effect("may exit", expr.name, expr)
    if "throws" in effects.kinds:
        machine.record_throw(expr, "call")
    if effects.unknown:
        machine.record_effect("unknown call", expr.name, expr, effects.unknown_name)
        forget_everything(machine)
    elif not machine.summaries.is_confined(function):
        machine.record_effect("not followed", expr.name, expr)
        forget_everything(machine)
    else:
        for symbol in sorted(effects.globals_written, key=lambda s: s.start):
            location = Location(machine.object_of(symbol), "", (), (), symbol.type)
            with in_doubt(machine):
                machine.record_access(expr, location, False)
                machine.record_access(expr, location, True)
        forget_variables(machine, effects.globals_written)
        if effects.memory or effects.globals_written:
            machine.havoc_memory()
            forget_addressed(machine)
    if machine.summaries.returns_fresh(function):
        return allocate(machine, expr, function.result.inner or UNKNOWN)
    return _result(machine, expr, function)


def _result(machine: Machine, expr: ir.Call, function: ir.Function) -> Value:
    if function.result.kind in ("int", "bool", "unknown"):
        return machine.opaque(machine.text(expr), unsigned=function.result.unsigned)
    return None


def _touch_pointees(
    machine: Machine, expr: ir.Call, values: list[Value], writes: bool, only: tuple[int, ...] | None = None
) -> None:
    """The callee reads what the pointers among `values` point to, and writes it (where `only`: through those)."""
    for position, value in enumerate(values):
        if not isinstance(value, Location):
            continue
        touched = Location(
            value.object,
            value.path,
            (*value.subscripts[:-1], None) if value.subscripts else (),
            value.extents,
            value.type,
            True,
        )
        machine.record_access(expr, touched, False)
        if writes and (only is None or position in only):
            machine.record_access(expr, touched, True)
            machine.note_write(touched)
            if value.object.symbol is not None and value.object.kind == "variable":
                machine.forget(value.object.symbol)


def _library_call(machine: Machine, expr: ir.Call) -> Value:
    if machine.is_cpp and is_algorithm(expr):
        return _algorithm(machine, expr)
    effect = library.effect_of(expr.name, machine.using_std)
    if effect is None:
        if (declared := machine.summaries.declared_effect(expr.name)) is not None:
            values = [machine.rvalue(machine, argument) for argument in expr.arguments]
            if declared == "reads":
                _touch_pointees(machine, expr, values, writes=False)
                machine.record_effect("reads anything", expr.name, expr)
            return machine.opaque(machine.text(expr))
        return _unknown_call(machine, expr, expr.name or machine.text(expr.callee), declared=bool(expr.name))
    if effect == "swap" and len(expr.arguments) == 2:
        return _swap(machine, expr)
    if effect == "variadic":
        return variadic_call(machine, expr)
    operation = library.min_max_of(expr.name)
    values = [machine.rvalue(machine, argument) for argument in expr.arguments]
    if operation is not None and len(values) == 2:
        left, right = values
        if isinstance(left, Polynomial) and isinstance(right, Polynomial):
            return machine.derived(machine.text(expr), operation, left, right)
        return None
    if effect == "pure":
        bare = expr.name.rsplit("::", 1)[-1]
        if bare in ("move", "forward") and len(values) == 1:
            _move_from(machine, expr)
        if bare in ("move", "forward", "as_const", "__builtin_expect") and values:
            return values[0]
        return machine.opaque(machine.text(expr)) if not library.is_float_function(bare) else None
    if effect == "allocates":
        _touch_pointees(machine, expr, [v for v in values if expr.name.endswith("realloc")], writes=True)
        return allocate(machine, expr)
    if effect == "frees":
        for value in values[:1]:
            release(machine, expr, value)
        return None
    if effect == "exits":
        machine.record_exit("long jump" if expr.name.endswith("longjmp") else "exit call", expr, machine.loops)
        machine.record_effect("may exit", expr.name, expr)
        return None
    if effect in ("io", "state", "lock"):
        reads_in = expr.name.endswith(("scanf", "fread", "fgets", "read", "getline", "sprintf"))
        _touch_pointees(machine, expr, values, writes=reads_in)
        lock = values[0] if effect == "lock" and values and isinstance(values[0], Location) else None
        machine.record_effect(effect, expr.name, expr, lock=lock)
        if reads_in:
            forget_addressed(machine)
        return machine.opaque(machine.text(expr))
    if effect == "writes out":
        out = library.out_arguments(expr.name)
        rest = [None if position in out else value for position, value in enumerate(values)]
        _touch_pointees(machine, expr, rest, writes=True, only=library.kept_arguments(expr.name))
        for position in out:
            _hand_out(machine, expr, values[position] if position < len(values) else None)
        return machine.opaque(machine.text(expr))
    if effect == "updates":
        if values and isinstance(values[0], Location):
            machine.record_access(expr, values[0], False)
            _hand_out(machine, expr, values[0])
        return machine.opaque(machine.text(expr))
    if transfer(machine, expr, values):
        return values[0]
    if values and isinstance(first := values[0], Location):
        reads, writes = library.first_element(expr.name)
        if reads:
            machine.record_access(expr, first, False)
        if writes:
            machine.record_access(expr, first, True)
    _touch_pointees(machine, expr, values, writes=effect == "writes first", only=(0,))
    return values[0] if effect == "writes first" and values else machine.opaque(machine.text(expr))


def _hand_out(machine: Machine, expr: ir.Call, value: Value) -> None:
    """The function writes the one object that its argument points to, whole."""
    if isinstance(value, Location):
        machine.record_access(expr, value, True)
        machine.note_write(value)
        if value.object.symbol is not None and value.object.kind == "variable":
            machine.forget(value.object.symbol)


def _algorithm(machine: Machine, expr: ir.Call) -> Value:
    values = [
        None if is_function_object(machine.text(argument)) else machine.rvalue(machine, argument)
        for argument in expr.arguments
    ]
    try:
        return run_algorithm(machine, expr, values, _follow_bound)
    except Unknown:
        return _unknown_call(machine, expr, expr.name, values)


def _move_from(machine: Machine, expr: ir.Call) -> None:
    """What is made of an object by std::move, or assigned from it, may leave nothing in it."""
    source = expr.arguments[0]
    location = machine.lvalue(machine, source)
    if location.type.kind == "reference":
        location = dereferenced(machine, source, location)
    if location.type.kind not in ("int", "bool", "float", "complex", "pointer"):
        store(machine, source, location, None)


def _swap(machine: Machine, expr: ir.Call) -> Value:
    left, right = (machine.lvalue(machine, argument) for argument in expr.arguments)
    first = load(machine, expr.arguments[0], left)
    second = load(machine, expr.arguments[1], right)
    store(machine, expr.arguments[0], left, second)
    store(machine, expr.arguments[1], right, first)
    return None


def _unknown_call(
    machine: Machine,
    expr: ir.Call,
    name: str,
    values: list[Value] | None = None,
    declared: bool = False,
    record: str | None = None,
) -> Value:
    """`values`: those of the arguments, where they have been evaluated; empty where nothing is passed on.

    `declared` says that what is called can only be a function of that name, a member of `record` or of no class, whose
    declaration tells what it takes by value.
    """
    if values is None:
        values = [machine.rvalue(machine, argument) for argument in expr.arguments]
    touched = list(values)
    for position, argument in enumerate(expr.arguments if values and machine.is_cpp else ()):
        symbol = root_symbol(argument) if isinstance(argument, ir.Name | ir.Index | ir.Member) else None
        if symbol is not None and not (declared and machine.summaries.takes_by_value(expr.name, record, position)):
            touched.append(machine.lvalue(machine, argument))  # it may be taken by reference
    with in_doubt(machine):
        _touch_pointees(machine, expr, touched, writes=True)
        for value in values:
            if isinstance(value, ir.Lambda):
                _touch_captured(machine, expr, value)
    machine.record_effect("unknown call", name, expr)
    forget_everything(machine)
    return machine.opaque(machine.text(expr))


def _touch_captured(machine: Machine, expr: ir.Call, passed: ir.Lambda) -> None:
    """Code out of sight may call the lambda, which then changes variables that stand outside of it."""
    function = passed.function
    if function.body is None:
        return
    own = {*function.parameters, *function.locals}
    for symbol in sorted(machine.summaries.modified(function.body).names - own, key=lambda each: each.start):
        location = Location(machine.object_of(symbol), "", (), (), symbol.type)
        machine.record_access(expr, location, False)
        machine.record_access(expr, location, True)
        machine.forget(symbol)
