"""What keeps us from calling a conflict a race although the accesses overlap: order by means that we do not model.

Threads can also be ordered by flags they wait for, by values that only one of them can get (an atomic counter, a
compare-and-swap, a lock that was tried), or by calls out of sight that synchronise. Where an access may depend on
such a thing its conflicts are reported as unknown, with the words given here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ...execution import library
from ...execution.events import RegionRecord
from ...ir import tree as ir
from ...ir.rewrite import Node
from ...ir.walk import children, descendants, root_symbol
from ..constructs import loop_variables
from ..threads import TEAM, TEAMS, THREAD, THREADS
from .sites import Site, Surroundings

_SYNCHRONISING = frozenset(["critical", "atomic", "ordered"])
_LOCK_LIKE = re.compile(
    r"lock|mutex|acquire|release|wait|signal|barrier|sync|semaphore|sem_|fence|cas\b|compare|exchange|atomic|notify",
    re.I,
)
_IDENTIFYING = re.compile(r"omp_get_(ancestor_)?(thread|team)_num|omp_get_partition|pthread_self|gettid|get_id")
_GUARD_TYPES = ("lock_guard", "unique_lock", "scoped_lock", "shared_lock")


class Trust:
    """What is known of one team's code: which variables have values that synchronisation decides."""

    def __init__(self, team: RegionRecord, surroundings: Surroundings, functions: tuple[ir.Function, ...]) -> None:
        self._team = team
        self._surroundings = surroundings
        self._functions = [function for function in functions if function.body is not None]
        assert team.statement.body is not None
        self._bodies: list[Node] = [team.statement.body, *self._called(team.statement.body)]
        self._names: dict[str, ir.Function] = {function.name: function for function in self._functions}
        counted = {
            variable
            for body in self._bodies
            for node in descendants(body)
            if isinstance(node, ir.For)
            for variable in loop_variables(node)
        }
        assigned = {symbol for body in self._bodies for symbol, _, _ in _assignments(body, False)}
        self._assigned = frozenset(assigned - counted)
        self._stored = {
            id(node.target): shape
            for body in self._bodies
            for node in descendants(body)
            if isinstance(node, ir.Assign) and not node.op and (shape := _uniform(node.value, assigned)) is not None
        }
        self._synchronised = self._flow(frozenset(), True)
        self._decided = self._flow(frozenset([THREAD, TEAM]), True)
        self._waits = [node for body in self._bodies for node in descendants(body) if self._is_wait(node)]

    def doubt(self, site: Site, conditions: bool) -> str | None:
        """Why something that is not modelled may order or exclude the access; None where nothing like it is in sight.

        `conditions` asks for the conditions around the access too, which are not in question where a test has decided
        them. Those on the accessed variable itself do not count: reading it there is part of the same race.
        """
        own = site.access.object.symbol
        if own is not None and own.storage == "unknown":
            return f"`{own.name}` is not declared in this file, and may be a macro"
        if any(region.statement.directive.name == "metadirective" for region in site.stack):
            return "a metadirective chooses the construct"
        if (callee := _may_write(site)) is not None:
            return f"`{callee}` may or may not touch it"
        if (wait := self._waits_before(site)) is not None:
            return f"an access after the wait at `{wait}` may be ordered by it"
        if (call := self._call_before(site)) is not None:
            return f"the call of `{call}` may synchronise"
        for condition in self._conditions(site) if conditions else ():
            if (culprit := self._tainted(condition, self._decided, own)) is not None:
                return f"it depends on a condition over `{culprit}`, which may let only one thread in"
        return None

    def same_value(self, one: Site, other: Site) -> str | None:
        """Whether both accesses store the same value, which no run can tell from a single store."""
        if not (one.access.is_write and other.access.is_write):
            return None
        values = {self._stored.get(id(site.access.node)) for site in (one, other)}
        if len(values) == 1 and None not in values:
            return "a race by the letter, but every thread stores the same value; `atomic write` makes it right"
        return None

    def selects(self, site: Site) -> str | None:
        """A condition around the access that may pick iterations by their numbers, in a way no test has decided.

        Conditions on data (elements, floating-point values, results of calls) can turn out either way; conditions
        on integers alone that no constraint expresses (`i & 1`, `i * i < n`) can keep iterations apart, and a search
        (`key[i] == wanted`) may find one match only.
        """
        for condition in self._conditions(site):
            if _searches(condition):
                return "only one iteration may find what it looks for"
            if not _on_data(condition) and (_is_intricate(condition) or self._on_computed(condition)):
                return "it depends on a condition on the iteration that is not linear"
        return None

    def _on_computed(self, condition: ir.Expr) -> bool:
        """Whether the condition is on variables that the region computes."""
        return any(isinstance(node, ir.Name) and node.symbol in self._assigned for node in descendants(condition))

    # ---- values that synchronisation decides

    def _flow(self, sources: frozenset[ir.Symbol], from_synchronised: bool) -> frozenset[ir.Symbol]:
        """Variables that `sources` or, where asked for, values assigned in synchronised code reach by assignments."""
        assignments: list[tuple[ir.Symbol, ir.Expr | None, bool]] = []
        for body in self._bodies:
            assignments += _assignments(body, False)
        decided, size = sources, -1
        while len(decided) != size:
            size = len(decided)
            for symbol, value, synchronised in assignments:
                if symbol not in decided and (
                    (synchronised and from_synchronised)
                    or (value is not None and self._tainted(value, decided) is not None)
                ):
                    decided = decided | {symbol}
        return decided

    def _tainted(self, expr: ir.Expr, decided: frozenset[ir.Symbol], own: ir.Symbol | None = None) -> str | None:
        """The variable or call in `expr` by which threads may be told apart."""
        for node in descendants(expr):
            if isinstance(node, ir.Name):
                symbol = node.symbol
                if symbol is not own and (symbol in decided or symbol.type.volatile or symbol.type.atomic):
                    return symbol.name
            elif isinstance(node, ir.Call) and not self._is_plain(node):
                return node.name or "a computed function"
            elif isinstance(node, ir.Opaque):
                return " ".join(node.text.split())[:40]
        return None

    def _is_plain(self, call: ir.Call, depth: int = 0) -> bool:
        """Whether the call only computes: a library function without state, or one in sight that does no more."""
        effect = library.effect_of(call.name, True)
        if effect is not None:
            return effect in ("pure", "reads") and not _IDENTIFYING.search(call.name)
        function = self._names.get(call.name)
        if function is None or function.body is None or depth > 4:
            return _is_accessor(call)
        for node in descendants(function.body):
            if isinstance(node, ir.Omp) or (isinstance(node, ir.Call) and not self._is_plain(node, depth + 1)):
                return False
        return True

    # ---- waiting

    def _is_wait(self, node: Node) -> bool:
        """A loop that turns until another thread does something."""
        if isinstance(node, ir.For):
            if node.step is not None or (node.condition is not None and not _is_empty(node.body)):
                return False
        elif not isinstance(node, ir.While):
            return False
        condition = node.condition
        for inner in descendants(node.body):
            if isinstance(inner, ir.Omp) and inner.directive.name in ("flush", "atomic", "critical", "taskyield"):
                return True
        if condition is None:
            return False
        return _is_empty(node.body) or self._tainted(condition, self._synchronised) is not None

    def _waits_before(self, site: Site) -> str | None:
        """The condition of a wait that the access comes after, or stands in."""
        if not self._waits:
            return None
        for loop in self._surroundings.loops:
            if loop.first < site.order and self._team.first < loop.first < self._team.last:
                for wait in self._waits:
                    if loop.statement.start == wait.start and loop.statement.end == wait.end:
                        condition = getattr(wait, "condition", None)
                        name = (
                            next((n.symbol.name for n in descendants(condition) if isinstance(n, ir.Name)), "…")
                            if condition
                            else "…"
                        )
                        return f"while (… {name} …)"
        return None

    def _call_before(self, site: Site) -> str | None:
        for effect, stack in self._surroundings.effects():
            if effect.order >= site.order:
                break
            if self._team not in stack:
                continue
            if effect.kind == "asm" or (effect.kind == "unknown call" and _LOCK_LIKE.search(effect.name)):
                return effect.name
        node = site.access.node
        for body in self._bodies:
            for each in descendants(body):
                guard = isinstance(each, ir.Decl) and any(word in each.symbol.type.name for word in _GUARD_TYPES)
                if guard and node is not None and each.start < node.start:
                    return each.symbol.type.name  # type: ignore[union-attr]
        return None

    # ---- conditions

    def _conditions(self, site: Site) -> Iterator[ir.Expr]:
        """The conditions under which the access happens, inside the team, and those of the calls that lead to it."""
        node = site.access.node
        if node is not None:
            for body in self._bodies:
                if body.start <= node.start and node.end <= body.end:
                    yield from _conditions_around(body, node.start, node.end)
        via = site.access.via
        if via is not None:
            for body in self._bodies:
                for call in descendants(body):
                    if isinstance(call, ir.Call) and self._leads_into(call):
                        yield from _conditions_around(body, call.start, call.end)

    def _leads_into(self, call: ir.Call) -> bool:
        return call.name in self._names

    def _called(self, body: Node) -> list[Node]:
        """The bodies of the functions of this file that the code may call, directly or not."""
        by_name: dict[str, list[ir.Function]] = {}
        for function in self._functions:
            by_name.setdefault(function.name.rsplit("::", 1)[-1], []).append(function)
        found: dict[int, ir.Function] = {}
        waiting: list[Node] = [body]
        while waiting:
            for node in descendants(waiting.pop()):
                if isinstance(node, ir.Call):
                    for function in by_name.get(node.name.rsplit("::", 1)[-1], []):
                        if id(function) not in found and function.body is not None:
                            found[id(function)] = function
                            waiting.append(function.body)
        return [function.body for function in found.values() if function.body is not None]


def _uniform(value: ir.Expr, assigned: set[ir.Symbol]) -> str | None:
    """The expression's structure where every thread computes the same value: constants, sizes of teams, variables
    that the region does not assign."""
    if isinstance(value, ir.Const):
        return value.text
    if isinstance(value, ir.Name):
        steady = value.symbol in (THREADS, TEAMS) or (
            value.symbol not in assigned | {THREAD, TEAM} and value.symbol.storage not in ("local", "unknown")
        )
        return value.symbol.name if steady and value.symbol.type.kind != "array" else None
    if isinstance(value, ir.Call) and not value.arguments and value.name.startswith("omp_get_"):
        return None if _IDENTIFYING.search(value.name) else value.name
    if isinstance(value, ir.Cast):
        return _uniform(value.operand, assigned)
    return None


def _may_write(site: Site) -> str | None:
    """The call out of sight that stands for the access: what such a call may touch, it need not."""
    node = site.access.node
    if not isinstance(node, ir.Call):
        return None
    effect = library.effect_of(node.name, True)
    return None if effect in ("writes first", "reads", "io") else node.name or "a computed function"


def _on_data(condition: ir.Expr) -> bool:
    for node in descendants(condition):
        if isinstance(node, ir.Index | ir.Call) or (isinstance(node, ir.Unary) and node.op == "*"):
            return True
        if isinstance(node, ir.Name | ir.Member) and _kind(node) == "float":
            return True
    return False


def _searches(condition: ir.Expr) -> bool:
    """Whether data are compared for equality with something that is not a constant."""
    return any(
        isinstance(node, ir.Binary)
        and node.op == "=="
        and _on_data(node)
        and not isinstance(node.left, ir.Const)
        and not isinstance(node.right, ir.Const)
        for node in descendants(condition)
    )


def _kind(node: ir.Expr) -> str:
    return node.symbol.type.kind if isinstance(node, ir.Name) else "unknown"


def _is_intricate(condition: ir.Expr) -> bool:
    return any(
        isinstance(node, ir.Binary) and node.op in ("%", "/", "&", "|", "^", "<<", ">>", "*", "||")
        for node in descendants(condition)
    )


def _is_accessor(call: ir.Call) -> bool:
    """Element access and size of standard containers."""
    return call.name.rsplit("::", 1)[-1] in (
        "size",
        "begin",
        "end",
        "at",
        "operator[]",
        "data",
        "empty",
        "length",
        "c_str",
    )


def _is_empty(body: ir.Stmt) -> bool:
    return (isinstance(body, ir.Block) and not body.items) or (
        isinstance(body, ir.ExprStmt) and isinstance(body.expr, ir.Opaque | ir.Const)
    )


def _assignments(node: Node, synchronised: bool) -> list[tuple[ir.Symbol, ir.Expr | None, bool]]:
    """Every assignment below a node: variable, value, and whether it stands in synchronised code."""
    found: list[tuple[ir.Symbol, ir.Expr | None, bool]] = []
    if isinstance(node, ir.Omp) and node.directive.name in _SYNCHRONISING:
        synchronised = True
    if isinstance(node, ir.Assign | ir.IncDec):
        symbol = root_symbol(node.target)
        if symbol is not None:
            found.append((symbol, node.value if isinstance(node, ir.Assign) else None, synchronised))
    elif isinstance(node, ir.Decl) and node.initializer is not None:
        found.append((node.symbol, node.initializer, synchronised))
    for child in children(node):
        found += _assignments(child, synchronised)
    return found


def _conditions_around(body: Node, start: int, end: int) -> Iterator[ir.Expr]:
    """Conditions on the way from `body` down to the stretch [start, end), and of jumps that may skip it."""
    node: Node | None = body
    while node is not None:
        if isinstance(node, ir.If | ir.While | ir.Switch | ir.Conditional):
            if node.condition.end <= start or isinstance(node, ir.While):
                yield node.condition
        elif isinstance(node, ir.Binary) and node.op in ("&&", "||"):
            if node.left.end <= start:
                yield node.left
        elif isinstance(node, ir.Block):
            for item in node.items:
                if item.end <= start and isinstance(item, ir.If) and _may_jump(item):
                    yield item.condition
        node = next((child for child in children(node) if child.start <= start and end <= child.end), None)


def _may_jump(statement: ir.Stmt) -> bool:
    return any(isinstance(each, ir.Continue | ir.Break | ir.Return | ir.Goto) for each in descendants(statement))
