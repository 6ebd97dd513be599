"""A unit in which teams of threads are loops over their threads.

The symbolic execution knows loops, and what it says of a loop's iterations is what we need to know of a team's
threads: which values differ between them, which memory each touches. So the body of each construct that creates
threads becomes the body of a loop whose counter is the thread's number, and `omp_get_thread_num()` reads that counter.

What a thread computes from its own or from shared variables need not follow the sequential order, so closed forms
of variables (`k += 2` gives k0 + 2*i) are kept from the places where threads take turns: bodies of worksharing loops
(but for their iteration variables and `linear` ones), of teams, and of `critical`, `atomic`, `ordered` and tasks.
They are put into `if (1)`, through which the execution looks for no closed forms.
"""

from __future__ import annotations

import msgspec

from ..ir import tree as ir
from ..ir.rewrite import Node, rewritten
from ..ir.types import INT
from ..ir.walk import children, descendants
from .constructs import associated_count, associated_loops, binds_to_thread, creates_threads, has_any, names, words
from .directive import Directive

# One variable is the number of the thread in the innermost team; it takes its value wherever a team begins. The
# number of the team in its league is another.
THREAD = ir.Symbol("omp_get_thread_num()", INT, "local", -1, -1)
THREADS = ir.Symbol("omp_get_num_threads()", INT, "local", -1, -1)
TEAM = ir.Symbol("omp_get_team_num()", INT, "local", -1, -1)
TEAMS = ir.Symbol("omp_get_num_teams()", INT, "local", -1, -1)
NUMBERS = frozenset([THREAD, THREADS, TEAM, TEAMS])

_ORPHAN = "parallel caller"
THREAD_QUERIES = {symbol.name.removesuffix("()"): symbol for symbol in NUMBERS}
_HIDING = frozenset(["critical", "atomic", "ordered", "task", "taskloop", "sections"])
# Constructs that bind to the team of the caller where the function has none of its own.
BINDING = frozenset(
    [
        "for", "sections", "single", "master", "masked", "scope", "barrier", "task", "taskloop", "loop", "critical",
        "ordered",
    ]
)  # fmt: skip


def threaded(function: ir.Function) -> ir.Function:
    """The function with its teams as loops."""
    if function.body is None:
        return function
    body = rewritten(function.body, _change)
    return function if body is function.body else msgspec.structs.replace(function, body=body)


def orphaned(function: ir.Function) -> ir.Function:
    """The function as the body of a team that some caller created."""
    assert function.body is not None
    directive = Directive(_ORPHAN, None, (), function.start, function.end)
    region = _team(ir.Omp(function.start, function.end, directive, function.body))
    return msgspec.structs.replace(function, body=ir.Block(function.body.start, function.body.end, (region,)))


def has_orphans(function: ir.Function) -> bool:
    """Whether the function has constructs that bind to a team which it does not create itself."""
    return function.body is not None and _has_orphans(function.body)


def _has_orphans(node: Node) -> bool:
    if isinstance(node, ir.Omp):
        if creates_threads(node.directive):
            return False
        binding = has_any(node.directive, BINDING) and not binds_to_thread(node.directive)
        if binding and not node.directive.name.startswith(("declare", "cancel", "target")):
            return True
    return any(_has_orphans(child) for child in children(node))


def is_orphan_team(directive: Directive) -> bool:
    """Whether the directive stands for a team that a caller created (see `orphaned`)."""
    return directive.name == _ORPHAN


def is_team_loop(statement: ir.Stmt | None) -> bool:
    """Whether a loop is one over the threads of a team."""
    return isinstance(statement, ir.For) and isinstance(statement.init, ir.Decl) and statement.init.symbol in NUMBERS


def _change(node: Node) -> Node:
    if isinstance(node, ir.Call) and not node.arguments and node.name in THREAD_QUERIES:
        return ir.Name(node.start, node.end, THREAD_QUERIES[node.name])
    if isinstance(node, ir.Omp) and node.body is not None:
        return _construct(node)
    return node


def _construct(omp: ir.Omp) -> ir.Omp:
    if associated_count(omp.directive):
        omp = _hide_in_loops(omp)
    elif words(omp.directive) & _HIDING:
        assert omp.body is not None
        omp = ir.Omp(omp.start, omp.end, omp.directive, _hidden(omp.body))
    return _team(omp) if creates_threads(omp.directive) else omp


def _team(omp: ir.Omp) -> ir.Omp:
    body = omp.body
    assert body is not None
    kinds = words(omp.directive)
    inner = body if isinstance(body, ir.For | ir.RangeFor) else _hidden(body)
    if "parallel" in kinds or not kinds & {"teams"}:
        inner = _over(omp, THREAD, THREADS, inner)
    if "teams" in kinds:
        inner = _over(omp, TEAM, TEAMS, inner)
    return ir.Omp(omp.start, omp.end, omp.directive, inner)


def _over(omp: ir.Omp, number: ir.Symbol, count: ir.Symbol, body: ir.Stmt) -> ir.For:
    """`for (number = 0; number < count; number++) body`."""
    at = (omp.start, omp.start)
    name = ir.Name(*at, number)
    return ir.For(
        omp.start,
        omp.end,
        init=ir.Decl(*at, number, ir.Const(*at, 0, "0", "int")),
        condition=ir.Binary(*at, "<", name, ir.Name(*at, count)),
        step=ir.IncDec(*at, "++", False, name),
        body=body,
        keyword_end=omp.start,
    )


def _hidden(body: ir.Stmt) -> ir.Stmt:
    return ir.If(body.start, body.end, ir.Const(body.start, body.start, 1, "1", "int"), body, None)


def _hide_in_loops(omp: ir.Omp) -> ir.Omp:
    """The construct with the body of its innermost associated loop hidden, but for steps of `linear` variables."""
    loops = associated_loops(omp)
    if not loops or len(loops) < associated_count(omp.directive):
        return omp
    innermost = loops[-1]
    linear = frozenset(name for clause in omp.directive.clauses_named("linear") for name in names(clause))
    hidden = msgspec.structs.replace(innermost, body=_hidden_but(innermost.body, linear))
    assert omp.body is not None
    body = _replaced(omp.body, innermost, hidden)
    return ir.Omp(omp.start, omp.end, omp.directive, body)


def _hidden_but(body: ir.Stmt, linear: frozenset[str]) -> ir.Stmt:
    if not linear:
        return _hidden(body)
    items: list[ir.Stmt] = []
    for item in body.items if isinstance(body, ir.Block) else (body,):
        steps = any(
            isinstance(node, ir.Assign | ir.IncDec)
            and isinstance(node.target, ir.Name)
            and node.target.symbol.name in linear
            for node in descendants(item)
        )
        items.append(item if steps or isinstance(item, ir.Decl) else _hidden(item))
    return ir.Block(body.start, body.end, tuple(items))


def _replaced(node: ir.Stmt, old: ir.Stmt, new: ir.Stmt) -> ir.Stmt:
    return rewritten(node, lambda each: new if each is old else each)
