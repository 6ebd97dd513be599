"""Index tables: arrays whose elements stand in the text and are never changed.

Where subscripts are elements of such a table (`a[offset[i]]`), going through the table decides whether two iterations
meet, which no test on unknown values can.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

from ...dependence.problem import LoopDomain, Reference
from ...dependence.quick import last_iteration
from ...ir import tree as ir
from ...ir.walk import children, descendants
from ...symbolic.polynomial import Polynomial, Term

LONGEST = 20_000


class Tables:
    """The constant integer arrays of a file, by their variable.

    `before` are those of the same file before the functions in `edited` got another body; `changed` says whether they
    differ.
    """

    def __init__(self, unit: ir.Unit, before: Tables | None = None, edited: Collection[ir.Function] = ()) -> None:
        if before is not None:
            self._elements = before._elements
        else:
            self._elements = {symbol: values for symbol in unit.globals if (values := _elements(symbol)) is not None}
        # The arrays that each function, by its identity, may change.
        self._spoilt: dict[int, frozenset[ir.Symbol]] = dict(before._spoilt) if before is not None else {}
        for function in unit.functions if before is None else edited:
            self._spoilt[id(function)] = self._spoilt_in(function)
        spoilt = frozenset[ir.Symbol]().union(*self._spoilt.values())
        self._values: dict[ir.Symbol, tuple[int, ...]] = {
            symbol: values
            for symbol, values in self._elements.items()
            if (symbol.type.inner is not None and symbol.type.inner.const)
            or ((symbol.storage == "static" or unit.has_main) and symbol not in spoilt)
        }
        self.changed = before is None or self._values != before._values

    def _spoilt_in(self, function: ir.Function) -> frozenset[ir.Symbol]:
        body = function.body
        if body is None or not self._elements:
            return frozenset()
        named = {node.symbol for node in descendants(body) if isinstance(node, ir.Name)} & self._elements.keys()
        return frozenset(symbol for symbol in named if not _only_read(body, symbol, False))

    def decide(
        self, first: Reference, second: Reference, loop: LoopDomain
    ) -> Literal["meets", "guarded", "apart"] | None:
        """Whether `first` in one iteration of `loop` and `second` in a later one touch one element.

        "guarded": they do if the conditions around them hold. None: no table tells.
        """
        last = last_iteration(loop)
        one, other = self._subscript(first, loop.counter, last), self._subscript(second, loop.counter, last)
        if one is None or other is None:
            return None
        (rest, values), (other_rest, other_values) = one, other
        apart = (rest - other_rest).constant
        if apart is None:
            return None
        seen: set[int] = set()
        for value, other_value in zip(values, other_values, strict=True):
            if other_value - apart in seen:
                certain = not first.guards and not second.guards and first.exact_guards and second.exact_guards
                return "meets" if certain else "guarded"
            seen.add(value)
        return "apart"

    def _subscript(self, reference: Reference, counter: Term, last: int | None) -> tuple[Polynomial, list[int]] | None:
        """The part of the only subscript that does not vary, and the rest of it in each iteration."""
        if len(reference.subscripts) != 1 or reference.subscripts[0] is None or last is None or last >= LONGEST:
            return None
        terms = dict(reference.subscripts[0].terms)
        varying = [monomial for monomial in terms if any(term.depth >= counter.depth for term in monomial)]
        if len(varying) != 1 or len(varying[0]) != 1:
            return None
        factor, load = terms.pop(varying[0]), varying[0][0]
        if load.kind != "load" or not isinstance(load.array, tuple) or load.array[1]:
            return None
        table = self._values.get(load.array[0].symbol)
        place = load.arguments[0].terms
        if table is None or not set(place) <= {(counter,), ()}:
            return None
        step, start = place.get((counter,), 0), place.get((), 0)
        places = [start + step * iteration for iteration in range(last + 1)]
        if any(not 0 <= each < len(table) for each in places):
            return None
        return Polynomial(terms), [factor * table[each] for each in places]


def _elements(symbol: ir.Symbol) -> tuple[int, ...] | None:
    type_, initializer = symbol.type, symbol.initializer
    if (
        type_.kind != "array"
        or type_.inner is None
        or type_.inner.kind != "int"
        or not isinstance(initializer, ir.InitList)
    ):
        return None
    values: list[int] = []
    for item in initializer.items:
        sign = 1
        while isinstance(item, ir.Unary) and item.op in ("-", "+"):
            sign, item = -sign if item.op == "-" else sign, item.operand
        if not isinstance(item, ir.Const) or not isinstance(item.value, int):
            return None
        values.append(sign * item.value)
    return tuple(values)


def _only_read(node: ir.Expr | ir.Stmt, symbol: ir.Symbol, written: bool) -> bool:
    """Whether every mention below `node` is the base of a subscript that is not `written`."""
    if isinstance(node, ir.Index):
        base_is_array = isinstance(node.base, ir.Name) and node.base.symbol is symbol
        if base_is_array and written:
            return False
        return _only_read(node.subscript, symbol, False) and (base_is_array or _only_read(node.base, symbol, written))
    if isinstance(node, ir.Name):
        return node.symbol is not symbol
    if isinstance(node, ir.Assign | ir.IncDec):
        value = node.value if isinstance(node, ir.Assign) else None
        return _only_read(node.target, symbol, True) and (value is None or _only_read(value, symbol, False))
    if isinstance(node, ir.Unary) and node.op == "&":
        return _only_read(node.operand, symbol, True)
    return all(_only_read(child, symbol, False) for child in children(node))
