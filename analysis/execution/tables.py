"""Arrays of integers whose values the text gives once and for all: index tables."""

from __future__ import annotations

from collections.abc import Collection

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import children

_MOST_VALUES = 4096

# Where `table[i]` stands under one of these, its value is used and its address is not.
_READERS = (ir.Binary, ir.Conditional, ir.Cast, ir.If, ir.For, ir.While, ir.Switch, ir.ExprStmt, ir.InitList, ir.Index)


class Tables:
    """The tables of one file. What a function may write is found once, when first asked.

    `before` are those of the same file before the functions in `edited` got another body.
    """

    def __init__(self, unit: ir.Unit, before: Tables | None = None, edited: Collection[ir.Function] = ()) -> None:
        self._unit = unit
        self._values: dict[ir.Symbol, tuple[int, ...] | None] = {}
        # By the identity of the function; None: the initialisers of globals.
        self._touched: dict[int | None, frozenset[ir.Symbol]] = dict(before._touched) if before is not None else {}
        for function in edited:
            self._touched.pop(id(function), None)

    def values(self, symbol: ir.Symbol) -> tuple[int, ...] | None:
        """What the array holds whenever it is read; None where that is not known.

        A file with a `main` is taken for the whole program, as elsewhere.
        """
        if symbol not in self._values:
            self._values[symbol] = self._find(symbol)
        return self._values[symbol]

    def _find(self, symbol: ir.Symbol) -> tuple[int, ...] | None:
        type, initializer = symbol.type, symbol.initializer
        if type.kind != "array" or type.inner is None or type.inner.kind != "int":
            return None
        if not isinstance(initializer, ir.InitList) or initializer.designated:
            return None
        constant = type.const or type.inner.const
        if not constant and not self._stays(symbol):
            return None
        values = [_number(item) for item in initializer.items]
        if isinstance(type.extent, ir.Const) and isinstance(type.extent.value, int):
            values += [0] * min(type.extent.value - len(values), _MOST_VALUES + 1)
        elif type.extent is not None:
            return None
        if len(values) > _MOST_VALUES or any(value is None for value in values):
            return None
        held = tuple(value for value in values if value is not None)
        return held if all(_fits(value, type.inner) for value in held) else None

    def _stays(self, symbol: ir.Symbol) -> bool:
        """Whether nothing can write an array that is not declared constant: each mention reads one of its elements."""
        in_sight = symbol.storage == "static" or (symbol.storage == "global" and self._unit.has_main)
        if not in_sight or symbol.address_taken:
            return False
        if any(symbol in self._touched_in(function) for function in self._unit.functions if function.body is not None):
            return False
        if None not in self._touched:
            noted: set[ir.Symbol] = set()
            for each in self._unit.globals:
                if each.initializer is not None:
                    _note_touched(each.initializer, noted)
            self._touched[None] = frozenset(noted)
        return symbol not in self._touched[None]

    def _touched_in(self, function: ir.Function) -> frozenset[ir.Symbol]:
        found = self._touched.get(id(function))
        if found is None:
            noted: set[ir.Symbol] = set()
            assert function.body is not None
            _note_touched(function.body, noted, by_value=function.result.kind != "reference")
            found = self._touched[id(function)] = frozenset(noted)
        return found


def _fits(value: int, type: Type) -> bool:
    """Whether an element of the type holds the value as it is written."""
    bits = 8 * (type.size or 4) - (not type.unsigned)
    return (0 if type.unsigned else -(1 << bits)) <= value < 1 << bits


def _number(item: ir.Expr) -> int | None:
    if isinstance(item, ir.Unary) and item.op == "-":
        value = _number(item.operand)
        return None if value is None else -value
    return item.value if isinstance(item, ir.Const) and isinstance(item.value, int) else None


def _note_touched(root: ir.Expr | ir.Stmt, touched: set[ir.Symbol], by_value: bool = True) -> None:
    """Adds every array that is mentioned otherwise than to read one element on the spot. `by_value`: returns do."""
    stack: list[tuple[ir.Expr | ir.Stmt, bool]] = [(root, False)]
    while stack:
        node, reads = stack.pop()
        if isinstance(node, ir.Name):
            if node.symbol.type.kind == "array":
                touched.add(node.symbol)
            continue
        if reads and isinstance(node, ir.Index) and isinstance(node.base, ir.Name):
            stack.append((node.subscript, True))
            continue
        for child in children(node):
            stack.append((child, by_value if isinstance(node, ir.Return) else _reads(node, child)))


def _reads(parent: ir.Expr | ir.Stmt, child: ir.Expr | ir.Stmt) -> bool:
    if isinstance(parent, ir.Assign):
        return child is parent.value
    if isinstance(parent, ir.Decl):
        return parent.symbol.type.kind in ("int", "float", "bool")
    if isinstance(parent, ir.Unary):
        return parent.op != "&"
    return isinstance(parent, _READERS)
