"""What keeps us from calling a conflict a race although the accesses overlap: order by means that we do not model.

Threads can also be ordered by flags they wait for, by values that only one of them can get (an atomic counter, a
compare-and-swap, a lock that was tried), or by calls out of sight that synchronise. Where an access may depend on
such a thing its conflicts are reported as unknown, with the words given here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property

from ...execution import library
from ...execution.events import RegionRecord
from ...ir import tree as ir
from ...ir.rewrite import Node
from ...ir.walk import descendants
from .conditions import conditions_around, is_intricate, on_data, searches
from .decided import Decided
from .sites import Site, Surroundings

_LOCK_LIKE = re.compile(
    r"lock|mutex|acquire|release|wait|signal|barrier|sync|semaphore|sem_|fence|cas\b|compare|exchange|atomic|notify",
    re.I,
)
_GUARD_TYPES = ("lock_guard", "unique_lock", "scoped_lock", "shared_lock")


class Trust:
    """One team's code, and the functions of the file that it may call."""

    def __init__(self, team: RegionRecord, surroundings: Surroundings, functions: tuple[ir.Function, ...]) -> None:
        self._team = team
        self._surroundings = surroundings
        self._all_functions = functions

    @cached_property
    def _functions(self) -> list[ir.Function]:
        return [function for function in self._all_functions if function.body is not None]

    @cached_property
    def _names(self) -> dict[str, ir.Function]:
        return {function.name: function for function in self._functions}

    @cached_property
    def _bodies(self) -> list[Node]:
        body = self._team.statement.body
        return [] if body is None else [body, *self._called(body)]

    @cached_property
    def _decided(self) -> Decided:
        home = self._surroundings.function_at(self._team.statement.start)
        return Decided(self._bodies, self._names, home.parameters if home is not None else ())

    @cached_property
    def _waits(self) -> list[ir.For | ir.While]:
        return [
            node
            for body in self._bodies
            for node in descendants(body)
            if isinstance(node, ir.For | ir.While) and self._is_wait(node)
        ]

    @cached_property
    def _objects(self) -> frozenset[tuple[int, int]]:
        """Where objects are declared: one whose making is out of sight may be a guard, which holds a lock."""
        return frozenset(
            (node.start, node.end) for body in self._bodies for node in descendants(body) if isinstance(node, ir.Decl)
        )

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
        node = site.access.node
        function = self._surroundings.function_at(node.start) if node is not None else None
        if function is not None and function.included:
            return f"`{function.name}` stands in a header"
        if (callee := may_write(site)) is not None:
            return f"{callee} may or may not touch it"
        if (wait := self._waits_before(site)) is not None:
            return f"an access after the wait for `{wait}` may be ordered by it"
        if (call := self._call_before(site)) is not None:
            return f"the call of `{call}` may synchronise"
        for condition in self._conditions(site) if conditions else ():
            if (culprit := self._decided.tainted(condition, self._decided.telling, own)) is not None:
                return f"it depends on a condition over `{culprit}`, which may let only one thread in"
        return None

    def same_value(self, one: Site, other: Site) -> str | None:
        """Whether both accesses store the same value, which no run can tell from a single store."""
        if not (one.access.is_write and other.access.is_write):
            return None
        values = {self._decided.stored.get(id(site.access.node)) for site in (one, other)}
        if len(values) == 1 and None not in values:
            return "a race by the letter, but every thread stores the same value; `atomic write` makes it right"
        return None

    def selects(self, site: Site) -> str | None:
        """A condition around the access that may pick iterations by their numbers, in a way no test has decided.

        Conditions on data (elements, floating-point values, results of calls) can turn out either way; conditions
        on integers alone that no constraint expresses (`i & 1`, `i * i < n`) can keep iterations apart, and a search
        (`key[i] == wanted`) may find one match only. A condition on the accessed variable alone is part of the race.
        """
        own = site.access.object.symbol
        for condition in self._conditions(site):
            names = {node.symbol for node in descendants(condition) if isinstance(node, ir.Name)}
            if names == {own} and not on_data(condition):
                continue
            if searches(condition):
                return "only one iteration may find what it looks for"
            if not on_data(condition) and (is_intricate(condition) or self._on_computed(condition)):
                return "it depends on a condition on the iteration that is not linear"
        return None

    def _on_computed(self, condition: ir.Expr) -> bool:
        """Whether the condition is on variables that the region computes."""
        return any(
            isinstance(node, ir.Name) and node.symbol in self._decided.computed for node in descendants(condition)
        )

    # ---- waiting

    def _is_wait(self, node: ir.For | ir.While) -> bool:
        """A loop that turns until another thread does something."""
        endless = isinstance(node, ir.While) or (node.step is None and (not node.condition or _is_empty(node.body)))
        if not endless:
            return False
        condition = node.condition
        for inner in descendants(node.body):
            if isinstance(inner, ir.Omp) and inner.directive.name in ("flush", "atomic", "critical", "taskyield"):
                return True
        if condition is None:
            return False
        return _is_empty(node.body) or self._decided.tainted(condition, self._decided.synchronised) is not None

    def _waits_before(self, site: Site) -> str | None:
        """The condition of a wait that the access comes after, or stands in."""
        places = {(wait.start, wait.end): wait for wait in self._waits}
        for loop in self._surroundings.loops if places else ():
            wait = places.get((loop.statement.start, loop.statement.end))
            if wait is None or loop.first >= site.order or not self._team.first < loop.first < self._team.last:
                continue
            names = descendants(wait.condition) if wait.condition is not None else ()
            return next((node.symbol.name for node in names if isinstance(node, ir.Name)), "1")
        return None

    def _call_before(self, site: Site) -> str | None:
        for effect, stack in self._surroundings.effects():
            if effect.order >= site.order:
                break
            if self._team not in stack:
                continue
            if effect.kind == "asm":
                return effect.name
            if effect.kind == "unknown call" and (
                _LOCK_LIKE.search(effect.name) or (effect.start, effect.end) in self._objects
            ):
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
                    yield from conditions_around(body, node.start, node.end)
        via = site.access.via
        if via is not None:
            for body in self._bodies:
                for call in descendants(body):
                    if isinstance(call, ir.Call) and self._leads_into(call):
                        yield from conditions_around(body, call.start, call.end)

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


def may_write(site: Site) -> str | None:
    """The call out of sight that stands for the access: what such a call may touch, it need not."""
    node = site.access.node
    if not isinstance(node, ir.Call):
        return None if site.access.certain else "code that was not understood"
    if site.access.path.endswith(".size()"):
        return None  # a standard container's member that changes its size
    effect = library.effect_of(node.name)
    return (
        None
        if effect in ("writes first", "writes out", "updates", "variadic", "reads", "io")
        else f"`{node.name}`"
        if node.name
        else "a computed function"
    )


def _is_empty(body: ir.Stmt) -> bool:
    return (isinstance(body, ir.Block) and not body.items) or (
        isinstance(body, ir.ExprStmt) and isinstance(body.expr, ir.Opaque | ir.Const)
    )
