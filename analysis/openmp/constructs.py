"""What each OpenMP construct does, by the words of its name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TypeGuard

from ..ir.tree import Assign, Binary, Block, Const, Decl, Expr, ExprStmt, For, If, Name, Omp, RangeFor, Stmt, Symbol
from .directive import Clause, Directive

# Constructs whose associated loops' iterations are shared out.
LOOP_SHARING = frozenset(["for", "distribute", "loop", "taskloop"])
# Constructs that deal work to the threads of the team that meets them (OpenMP 5.2 §11).
WORKSHARING = frozenset(["for", "sections", "single", "loop"])
TASK_GENERATING = frozenset(["task", "taskloop"])
# Loop transformations stand between a loop-associated construct and its loop.
TRANSFORMATIONS = frozenset(["tile", "unroll", "interchange", "reverse", "fuse", "stripe", "split"])
# Constructs with a data environment of their own; the others inherit every attribute.
DATA_ENVIRONMENT = frozenset(
    [
        "parallel", "teams", "distribute", "for", "loop", "simd", "sections", "single", "scope", "task", "taskloop",
        "target",
    ]
)  # fmt: skip


def words(directive: Directive) -> frozenset[str]:
    """The constructs that a combined directive is made of."""
    return frozenset(directive.name.split())


def has_any(directive: Directive, kinds: frozenset[str]) -> bool:
    return not kinds.isdisjoint(directive.name.split())


def creates_threads(directive: Directive) -> bool:
    """Whether its body runs on several threads because of it: a team, or a league of teams."""
    return has_any(directive, frozenset(["parallel", "teams"]))


def ends_in_barrier(directive: Directive) -> bool:
    """Whether the threads of the enclosing team wait for each other at the end of the construct.

    Combined with `parallel`, the end of the region orders everything before what follows; the barrier is the
    region's, not one among its threads' phases.
    """
    if directive.clauses_named("nowait") or creates_threads(directive):
        return False
    if "loop" in words(directive):
        return "teams" not in bindings(directive)
    return has_any(directive, frozenset(["for", "sections", "single", "scope"]))


def bindings(directive: Directive) -> frozenset[str]:
    return frozenset(item for clause in directive.clauses_named("bind") for item in clause.items)


def binds_to_thread(directive: Directive) -> bool:
    """Whether the construct is a `loop` whose iterations all run on the thread that meets it, in any order."""
    return "loop" in words(directive) and bindings(directive) == {"thread"}


def chosen_thread(directive: Directive) -> int | None:
    """The number of the thread that runs a `master` or `masked` construct; None where `filter` does not tell it."""
    numbers = [clause.items[0] if clause.items else "" for clause in directive.clauses_named("filter")]
    if not numbers:
        return 0
    return int(numbers[0]) if numbers[0].isdecimal() else None


def associated_count(directive: Directive) -> int:
    """How many nested loops a loop-associated construct takes: collapse(n), ordered(n), else 1 (0: takes none)."""
    if not has_any(directive, LOOP_SHARING | {"simd"}) or directive.name.startswith(("ordered", "declare")):
        return 0
    counts = [1]
    for clause in directive.clauses_named("collapse", "ordered"):
        if clause.items and clause.items[0].isdigit():
            counts.append(int(clause.items[0]))
    return max(counts)


def collapsed_count(directive: Directive) -> int:
    """How many of the associated loops' iterations are shared out: `ordered(n)` does not collapse."""
    counts = [
        int(clause.items[0])
        for clause in directive.clauses_named("collapse")
        if clause.items and clause.items[0].isdigit()
    ]
    return max([1, *counts]) if associated_count(directive) else 0


def associated_loops(omp: Omp, count: int | None = None) -> tuple[For | RangeFor, ...]:
    """The loops that the construct takes, outermost first; fewer than `count` where the text has fewer."""
    wanted = associated_count(omp.directive) if count is None else count
    loops: list[For | RangeFor] = []
    statement = omp.body
    while len(loops) < wanted:
        statement = _only_loop(statement)
        if statement is None:
            break
        loops.append(statement)
        statement = statement.body
    return tuple(loops)


def _only_loop(statement: Stmt | None) -> For | RangeFor | None:
    """The loop that `statement` is, inside blocks and loop transformations. Imperfect nests give their first loop."""
    while True:
        if isinstance(statement, For) and isinstance(statement.init, Decl) and statement.init.symbol.start < 0:
            statement = statement.body  # a loop over the threads of a team: see threads.py
        elif isinstance(statement, For | RangeFor):
            return statement
        elif is_hidden(statement):
            statement = statement.then
        elif isinstance(statement, Block):
            inner = (
                item for item in statement.items if isinstance(item, For | RangeFor | Omp | Block) or is_hidden(item)
            )
            statement = next(inner, None)
        elif isinstance(statement, Omp) and has_any(statement.directive, TRANSFORMATIONS):
            statement = statement.body
        else:
            return None


def is_hidden(statement: Stmt | None) -> TypeGuard[If]:
    """Whether this is the `if (1)` that threads.py puts around a body."""
    return (
        isinstance(statement, If)
        and isinstance(statement.condition, Const)
        and statement.condition.start == statement.condition.end
    )


def loop_variables(loop: For | RangeFor) -> Iterator[Symbol]:
    """The iteration variables of a loop, declared in its header or before it."""
    if isinstance(loop, RangeFor):
        yield from loop.symbols
    elif isinstance(loop.init, Decl):
        yield loop.init.symbol
    elif isinstance(loop.init, Block):  # several declarators
        for item in loop.init.items[:1]:
            if isinstance(item, Decl):
                yield item.symbol
    elif isinstance(loop.init, ExprStmt):
        expr: Expr = loop.init.expr
        while isinstance(expr, Binary) and expr.op == ",":
            expr = expr.left
        if isinstance(expr, Assign) and isinstance(expr.target, Name):
            yield expr.target.symbol


_BASE = re.compile(r"^[\s(*&]*(?:\(\s*\[[^\]]*\]\s*\)\s*)?((?:::)?\s*[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*)")


def base_name(item: str) -> str:
    """The variable that a list item is part of: "a" of `a[0:n]`, "s" of `s.field`, "p" of `*p`; "" where none."""
    found = _BASE.match(item)
    return re.sub(r"\s+", "", found[1]) if found else ""


def is_whole(item: str) -> bool:
    """Whether a list item is the variable itself, and no part of it."""
    return re.fullmatch(r"\s*(?:::)?[A-Za-z_]\w*(?:\s*::\s*[A-Za-z_]\w*)*\s*", item) is not None


def names(clause: Clause) -> frozenset[str]:
    """The variables that a list clause names."""
    return frozenset(base_name(item) for item in clause.items)
