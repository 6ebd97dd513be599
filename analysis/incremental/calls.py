"""Which functions may call which, and which variables they name."""

from __future__ import annotations

from collections.abc import Collection

from ..ir import tree as ir
from ..ir.walk import descendants


class Calls:
    """Which functions of a unit may call which, by their names alone."""

    def __init__(self, unit: ir.Unit) -> None:
        self.by_name: dict[str, list[ir.Function]] = {}
        self._named: dict[str, list[ir.Function]] = {}  # by the last part of the name
        self._calls: dict[int, frozenset[str]] = {}
        self._callers: dict[str, dict[int, ir.Function]] = {}
        self._mentions: dict[int, frozenset[ir.Symbol]] = {}
        self.name_of = {id(function): function.name for function in unit.functions}
        self._all = {id(function): function for function in unit.functions if function.body is not None}
        for function in self._all.values():
            self.by_name.setdefault(function.name, []).append(function)
            self._named.setdefault(_bare(function.name), []).append(function)
            self._note(function)

    def _note(self, function: ir.Function) -> None:
        assert function.body is not None
        names = {_bare(node.name) for node in descendants(function.body) if isinstance(node, ir.Call)}
        self._calls[id(function)] = frozenset(names)
        for name in names:
            self._callers.setdefault(name, {})[id(function)] = function

    def edited(self, function: ir.Function) -> dict[int, ir.Function]:
        """Takes note of a function's new body; the functions that may call it, directly or not."""
        for name in self._calls[id(function)]:
            del self._callers[name][id(function)]
        self._note(function)
        self._mentions.pop(id(function), None)
        return self.callers(function)

    def callers(self, function: ir.Function) -> dict[int, ir.Function]:
        """The functions that may call this one, directly or not."""
        found: dict[int, ir.Function] = {}
        pending = [function]
        while pending:
            current = pending.pop()
            if _is_called_unnamed(current):
                return dict(self._all)
            for key, caller in self._callers.get(_bare(current.name), {}).items():
                if key not in found:
                    found[key] = caller
                    pending.append(caller)
        return found

    def reached_from(self, function: ir.Function) -> dict[int, ir.Function]:
        """The functions that this one may call, directly or not, by their names."""
        found: dict[int, ir.Function] = {}
        pending = [function]
        while pending:
            for name in self._calls[id(pending.pop())]:
                for callee in self._named.get(name, ()):
                    if id(callee) not in found:
                        found[id(callee)] = callee
                        pending.append(callee)
        return found

    def mentioning(self, symbols: Collection[ir.Symbol]) -> dict[int, ir.Function]:
        """The functions in which any of some variables are named."""
        for key, function in self._all.items():
            if key not in self._mentions:
                assert function.body is not None
                self._mentions[key] = frozenset(
                    node.symbol for node in descendants(function.body) if isinstance(node, ir.Name)
                )
        return {key: self._all[key] for key, named in self._mentions.items() if not named.isdisjoint(symbols)}


def _bare(name: str) -> str:
    return name.rpartition("::")[2]


def _is_called_unnamed(function: ir.Function) -> bool:
    """Whether calls of the function need not name it: operators, constructors, destructors."""
    bare = _bare(function.name)
    return bare.startswith(("operator", "~")) or (function.record is not None and _bare(function.record) == bare)
