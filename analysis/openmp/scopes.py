"""Variables that a task shares and that are gone before it is certain to have run (OpenMP 5.2 §12.5, restrictions)."""

from __future__ import annotations

from collections.abc import Iterator

from ..ir import tree as ir
from ..ir.walk import children
from .constructs import creates_threads, ends_in_barrier, names
from .directive import Directive

_WAITS = frozenset(["taskwait", "barrier"])


def gone_before(task: ir.Omp, function: ir.Function) -> list[str]:
    """The names in the task's `shared` clauses whose block ends without waiting for the task."""
    shared = {name for clause in task.directive.clauses_named("shared") for name in names(clause)}
    if not shared or function.body is None:
        return []
    found: list[str] = []
    around = list(_around(function.body, task))
    for position, block in reversed(list(enumerate(around))):
        if not isinstance(block, ir.Block):
            continue
        declared = {
            each.symbol.name
            for each in block.items
            if isinstance(each, ir.Decl) and each.symbol.storage == "local" and each.start < task.start
        }
        inside = [each.directive for each in around[position:] if isinstance(each, ir.Omp) and each is not task]
        if declared & shared and not any(map(_waits_at_end, inside)) and not _waits_after(block, task):
            found += sorted(declared & shared)
        shared -= declared
    return found


def _around(node: ir.Stmt, task: ir.Omp) -> Iterator[ir.Stmt]:
    """The statements around the task, outermost first."""
    while node is not task:
        yield node
        inner = (each for each in children(node) if each.start <= task.start and task.end <= each.end)
        below = next((each for each in inner if isinstance(each, ir.Stmt)), None)
        if below is None:
            return
        node = below


def _waits_at_end(directive: Directive) -> bool:
    return directive.name == "taskgroup" or creates_threads(directive) or ends_in_barrier(directive)


def _waits_after(block: ir.Block, task: ir.Omp) -> bool:
    """Whether the block goes on to wait for its tasks."""
    pending: list[ir.Expr | ir.Stmt] = [each for each in block.items if each.end > task.end]
    while pending:
        node = pending.pop()
        directive = node.directive if isinstance(node, ir.Omp) and node.start >= task.end else None
        if directive is not None and (directive.name in _WAITS or _waits_at_end(directive)):
            return True
        pending.extend(children(node))
    return False
