"""Values by which threads can be told apart: those that synchronisation decides, and those of the thread's number."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cached_property

from ...execution import library
from ...ir import tree as ir
from ...ir.rewrite import Node
from ...ir.walk import children, descendants, root_symbol
from ..constructs import loop_variables
from ..threads import TEAM, TEAMS, THREAD, THREADS

_SYNCHRONISING = frozenset(["critical", "atomic", "ordered"])
_IDENTIFYING = re.compile(r"omp_get_(ancestor_)?(thread|team)_num|omp_get_partition|pthread_self|gettid|get_id")


class Decided:
    """What the code in `bodies` assigns, and where its values come from. `functions` are those in sight, by name."""

    def __init__(
        self, bodies: Sequence[Node], functions: dict[str, ir.Function], parameters: Sequence[ir.Symbol] = ()
    ) -> None:
        """`parameters` are those of the function that makes the team: every thread sees the same values in them."""
        self._bodies = bodies
        self._parameters = frozenset(parameters)
        self._functions = functions

    @cached_property
    def _assignments(self) -> list[tuple[ir.Symbol, ir.Expr | None, bool]]:
        return [each for body in self._bodies for each in _assignments(body, False)]

    @cached_property
    def _targets(self) -> frozenset[ir.Symbol]:
        return frozenset(symbol for symbol, _, _ in self._assignments)

    @cached_property
    def computed(self) -> frozenset[ir.Symbol]:
        """Variables that the code assigns, induction variables of loops not counted."""
        counters = (
            variable
            for body in self._bodies
            for node in descendants(body)
            if isinstance(node, ir.For)
            for variable in loop_variables(node)
        )
        return self._targets.difference(counters)

    @cached_property
    def synchronised(self) -> frozenset[ir.Symbol]:
        """Variables whose values come out of critical, atomic or ordered code, directly or by assignments."""
        return self._flow(frozenset())

    @cached_property
    def telling(self) -> frozenset[ir.Symbol]:
        """Those, and variables whose values come from the thread's or the team's number."""
        return self._flow(frozenset([THREAD, TEAM]))

    @cached_property
    def stored(self) -> dict[int, str]:
        """For each target of an assignment (by identity) whose value is the same in every thread, that value."""
        return {
            id(node.target): shape
            for body in self._bodies
            for node in descendants(body)
            if isinstance(node, ir.Assign) and not node.op and (shape := self._uniform(node.value)) is not None
        }

    def _flow(self, sources: frozenset[ir.Symbol]) -> frozenset[ir.Symbol]:
        """Variables that `sources`, or values assigned in synchronised code, reach by assignments."""
        decided, size = sources, -1
        while len(decided) != size:
            size = len(decided)
            for symbol, value, synchronised in self._assignments:
                if symbol not in decided and (
                    synchronised or (value is not None and self.tainted(value, decided) is not None)
                ):
                    decided = decided | {symbol}
        return decided

    def tainted(self, expr: ir.Expr, decided: frozenset[ir.Symbol], own: ir.Symbol | None = None) -> str | None:
        """The variable or call in `expr` by which threads may be told apart."""
        for node in descendants(expr):
            if isinstance(node, ir.Name):
                symbol = node.symbol
                if symbol is not own and (symbol in decided or symbol.type.volatile or symbol.type.atomic):
                    return symbol.name
            elif isinstance(node, ir.Call) and not self.is_plain(node):
                return node.name or "a computed function"
            elif isinstance(node, ir.Opaque):
                return " ".join(node.text.split())[:40]
        return None

    def is_plain(self, call: ir.Call, depth: int = 0) -> bool:
        """Whether the call only computes: a library function without state, or one in sight that does no more."""
        effect = library.effect_of(call.name)
        if effect is not None:
            return effect in ("pure", "reads") and not _IDENTIFYING.search(call.name)
        function = self._functions.get(call.name)
        if function is None or function.body is None or depth > 4:
            return _is_accessor(call)
        for node in descendants(function.body):
            if isinstance(node, ir.Omp) or (isinstance(node, ir.Call) and not self.is_plain(node, depth + 1)):
                return False
        return True

    def _uniform(self, value: ir.Expr) -> str | None:
        """The expression's structure where every thread computes the same value: constants, sizes of teams, global
        variables that the code does not assign."""
        if isinstance(value, ir.Const):
            return value.text
        if isinstance(value, ir.Name):
            symbol = value.symbol
            steady = symbol in (THREADS, TEAMS) or (
                symbol not in self._targets
                and symbol not in (THREAD, TEAM)
                and (symbol.storage not in ("local", "unknown", "parameter") or symbol in self._parameters)
                and symbol.type.kind != "array"
            )
            return symbol.name if steady else None
        if isinstance(value, ir.Call) and not value.arguments and value.name.startswith("omp_get_"):
            return None if _IDENTIFYING.search(value.name) else value.name
        if isinstance(value, ir.Cast):
            return self._uniform(value.operand)
        return None


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
