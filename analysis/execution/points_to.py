"""Which objects each pointer of the file may point to, whatever the order of execution.

An inclusion-based analysis (Andersen, "Program Analysis and Specialization for the C Programming Language", 1994,
chapter 4) over the whole file, insensitive to order, fields and calling context. It answers one question: whether
two pointers can never lead to the same object.

A file that defines `main` is taken for the whole program: its functions are called, and its own globals
assigned, nowhere else. In other files, functions with external linkage may be called with any arguments.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from ..ir import tree as ir
from .pointer_constraints import OUTSIDE, POINTING, Flow, Node, PointerConstraints, Target
from .summaries import Summaries
from .values import Object

# What the constraints are, and with them the solution; each a set, or a table of sets or of truth values.
_PARTS = (
    "_points", "_copies", "_loads", "_stores", "_stores_fresh", "_shared_content", "_clones", "_called",
)  # fmt: skip
_Constraints = dict[str, Any]

# Steps that the solution may take, about a microsecond each, and how many targets one of them carries.
MOST_STEPS = 300_000
_TARGETS_A_STEP = 16


class _TooMuch(Exception):
    pass


class PointsTo(PointerConstraints):
    """Solved when constructed; `disjoint` and `rows_are_distinct` answer from the solution.

    `before` is the solution for the same unit before some functions, those in `edited`, got another body. Functions and
    their parameters, and what the unit has beside function bodies, are the same objects. `changed` says whether any
    answer may be another one than before.

    `alike` is the solution for a unit that this one differs from in the bodies of some functions, for which it has
    others with the same parameters: `twins` gives the identity of the original by that of the other.
    """

    def __init__(
        self,
        unit: ir.Unit,
        summaries: Summaries,
        before: PointsTo | None = None,
        edited: Collection[ir.Function] = (),
        *,
        alike: PointsTo | None = None,
        twins: Mapping[int, int] = {},
    ):
        super().__init__(summaries, twins)
        self._by_function: dict[int, _Constraints] = dict(before._by_function) if before is not None else {}
        self._sites_of: dict[int, dict[int, Target]] = dict(before._sites_of) if before is not None else {}
        self._all_sites: dict[int, Target] = dict(before._all_sites) if before is not None else {}
        for function in edited:
            for key in self._sites_of.get(id(function), ()):
                del self._all_sites[key]
        self._whole_program = unit.has_main
        # The file's pointers are too entangled to be told apart: nothing is claimed of them, after edits neither.
        self.given_up = before is not None and before.given_up
        for function in unit.functions if before is None else edited:
            key = self._key(function)
            if function.body is None:
                continue
            if alike is not None and key == id(function) and key in alike._by_function:
                self._by_function[key], self._sites_of[key] = alike._by_function[key], alike._sites_of[key]
                self._all_sites.update(self._sites_of[key])
            else:
                self._by_function[key] = self._constraints_of(function)
        # The solution for all functions but some, with which ones those are and which functions are called.
        self._rest: tuple[Any, _Constraints] | None = before._rest if before is not None else None
        self.changed = before is None or any(
            self._by_function[id(function)] != before._by_function.get(id(function)) for function in edited
        )
        if self.given_up:
            self.changed = False
            return
        if before is not None and not self.changed:
            for part in _PARTS:
                setattr(self, part, getattr(before, part))
            return
        if before is not None:
            self._resume(unit, edited)
            return
        for function in unit.functions:
            if function.body is not None:
                self._join(self._by_function[self._key(function)])
        self._join_rest(unit)
        self._solve([node for node, targets in self._points.items() if targets])

    def _resume(self, unit: ir.Unit, edited: Collection[ir.Function]) -> None:
        """Solves for all functions but those edited, which may have been done already, and goes on with those."""
        keys = frozenset(id(function) for function in edited)
        called = frozenset[int]().union(*(constraints["_called"] for constraints in self._by_function.values()))
        if self._rest is None or self._rest[0] != (keys, called):
            for key, constraints in self._by_function.items():
                if key not in keys:
                    self._join(constraints)
            self._called |= called
            self._join_rest(unit)
            self._solve([node for node, targets in self._points.items() if targets])
            self._rest = (keys, called), {part: getattr(self, part) for part in _PARTS}
        for part, value in self._rest[1].items():
            copied = (
                {key: set(each) if isinstance(each, set) else each for key, each in value.items()}
                if isinstance(value, dict)
                else set(value)
            )
            setattr(self, part, copied)
        touched: set[Node] = set()
        for key in keys:
            constraints = self._by_function[key]
            self._join(constraints)
            for part in ("_points", "_copies", "_loads", "_stores", "_clones"):
                touched.update(constraints[part])
        self._solve(list(touched))

    def _join_rest(self, unit: ir.Unit) -> None:
        """What no function says: how globals begin, and what comes from out of sight."""
        for symbol in unit.globals:
            if symbol.initializer is not None and symbol.type.kind in POINTING:
                self._initialise(symbol, self._flow(symbol.initializer, None))
                self._note_functions(symbol.initializer)
            if symbol.storage == "extern" or (symbol.storage != "static" and not self._whole_program):
                self._initialise(symbol, Flow({OUTSIDE}, set(), set()))
        self._all_sites.update(self._sites)
        for function in unit.functions:
            if function.body is not None and self._callable_from_outside(function):
                self._leak_parameters(function)

    # ---- questions

    def disjoint(self, left: Object, right: Object) -> bool:
        """Whether the two objects are certainly different pieces of memory."""
        if self.given_up:
            return False
        a, b = self._targets(left), self._targets(right)
        return bool(a) and bool(b) and OUTSIDE not in a and OUTSIDE not in b and not a & b

    def rows_are_distinct(self, array: Object) -> bool:
        """Whether the pointers stored in `array` all lead to allocations of their own."""
        targets = self._targets(array)
        if self.given_up or not targets or OUTSIDE in targets:
            return False
        return all(target not in self._shared_content and self._points.get(("content", target)) for target in targets)

    def _targets(self, object: Object) -> set[Target]:
        if object.kind == "variable":
            return {("variable", object.symbol)}
        if object.kind == "allocation":
            return {self._all_sites.get(object.site, ("site", object.site))} if object.site is not None else set()
        if object.parent is not None:
            owners = self._targets(object.parent.object)
            if object.kind == "container":
                return owners  # what points into a container, a view or an iterator, points to the whole
            found: set[Target] = set()
            for owner in owners:
                inside = self._points.get(("content", owner), set())
                if owner == OUTSIDE or not inside:
                    return {OUTSIDE}
                found |= inside
            return found
        if object.kind == "pointee" and object.symbol is not None:
            inside = self._points.get(("content", ("variable", object.symbol)), set())  # a pointer kept in a structure
            whole = object.symbol.type.kind in ("record", "array", "auto", "unknown")
            return self._points.get(object.symbol, set()) | (inside if whole else set())
        return {OUTSIDE}

    # ---- constraints

    def _callable_from_outside(self, function: ir.Function) -> bool:
        if function.is_static or self._whole_program:
            return self._key(function) not in self._called
        return True

    def _constraints_of(self, function: ir.Function) -> _Constraints:
        outer = {part: getattr(self, part) for part in _PARTS}
        for part, value in outer.items():
            setattr(self, part, type(value)())
        self._temporaries, self._scope, self._sites = 0, self._key(function), {}
        self._walk(function)
        self._all_sites.update(self._sites)
        self._sites_of[self._key(function)] = self._sites
        found = {part: getattr(self, part) for part in _PARTS}
        for part, value in outer.items():
            setattr(self, part, value)
        self._temporaries, self._scope, self._sites = 0, 0, {}
        return found

    def _join(self, constraints: _Constraints) -> None:
        for part, found in constraints.items():
            known = getattr(self, part)
            if isinstance(known, set):
                known |= found
                continue
            for key, value in found.items():
                if isinstance(value, bool):
                    known[key] = known.get(key, True) and value
                elif key in known:
                    known[key] |= value
                else:
                    known[key] = set(value)

    # ---- solution

    def _solve(self, pending: list[Node]) -> None:
        """Carries targets along until nothing changes; of the `pending` nodes all, of others only what they gain."""
        self._steps = 0
        try:
            self._carry(pending)
        except _TooMuch:
            self.given_up = True

    def _carry(self, pending: list[Node]) -> None:
        news: dict[Node, set[Target]] = {node: set(self._points.get(node, ())) for node in pending}
        while news:
            node = next(iter(news))
            targets = news.pop(node)
            for value in self._stores.get(node, ()):
                for target in targets:
                    self._copy(value, ("content", target), news)
            if not self._stores_fresh.get(node, True):
                self._shared_content |= targets
            for loaded in self._loads.get(node, ()):
                if OUTSIDE in targets:
                    self._grow(loaded, {OUTSIDE}, news)
                for target in targets:
                    self._copy(("content", target), loaded, news)
            for copy in self._copies.get(node, ()):
                self._grow(copy, targets, news)
            for clone in self._clones.get(node, ()):
                for target in targets:
                    self._copy(("content", target), ("content", clone), news)
        self._share_with_clones()

    def _share_with_clones(self) -> None:
        """What shares its pointers with others does so in each of its clones, clones of clones included."""
        before = -1
        while before != len(self._shared_content):
            before = len(self._shared_content)
            for node, clones in self._clones.items():
                if not self._shared_content.isdisjoint(self._points.get(node, ())):
                    self._shared_content |= clones

    def _copy(self, source: Node, target: Node, news: dict[Node, set[Target]]) -> None:
        known = self._copies.setdefault(source, set())
        if target not in known:
            known.add(target)
            self._grow(target, self._points.get(source, set()), news)

    def _grow(self, node: Node, targets: set[Target], news: dict[Node, set[Target]]) -> None:
        self._steps += 1 + len(targets) // _TARGETS_A_STEP
        if self._steps > MOST_STEPS:
            raise _TooMuch
        known = self._points.setdefault(node, set())
        gained = targets - known
        if gained:
            known |= gained
            waiting = news.get(node)
            if waiting is None:
                news[node] = gained
            else:
                waiting |= gained
