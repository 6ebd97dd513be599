"""Which objects each pointer of the file may point to, whatever the order of execution.

An inclusion-based analysis (Andersen, "Program Analysis and Specialization for the C Programming Language", 1994,
chapter 4) over the whole file, insensitive to order, fields and calling context. It answers one question: whether
two pointers can never lead to the same object.

A file that defines `main` is taken for the whole program: its functions are called, and its own globals
assigned, nowhere else. In other files, functions with external linkage may be called with any arguments.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import children, descendants
from . import containers, library
from .summaries import Summaries
from .values import Object

# ("variable", symbol), ("site", identity of the allocating expression), ("outside",)
Target = tuple[object, ...]
# A pointer variable, or ("content", target): pointers stored inside an object, or ("result", identity of a function).
Node = ir.Symbol | tuple[object, ...]
OUTSIDE: Target = ("outside",)

_POINTING = ("pointer", "reference", "array", "auto", "unknown", "record")


class _Flow(msgspec.Struct):
    """What an expression may evaluate to: targets, the nodes it copies, and the pointers it loads through."""

    targets: set[Target]
    nodes: set[Node]
    loads: set[Node]
    fresh: bool = False  # one allocation, made by this very expression


# What the constraints are, and with them the solution; each a set, or a table of sets or of truth values.
_PARTS = (
    "_points", "_copies", "_loads", "_stores", "_stores_fresh", "_shared_content", "_clones", "_called",
)  # fmt: skip
_Constraints = dict[str, Any]


class PointsTo:
    """Solved when constructed; `disjoint` and `rows_are_distinct` answer from the solution.

    `before` is the solution for the same unit before some functions, those in `edited`, got another body. Functions and
    their parameters, and what the unit has beside function bodies, are the same objects. `changed` says whether any
    answer may be another one than before.
    """

    def __init__(
        self, unit: ir.Unit, summaries: Summaries, before: PointsTo | None = None, edited: Collection[ir.Function] = ()
    ):
        self._summaries = summaries
        self._by_function: dict[int, _Constraints] = dict(before._by_function) if before is not None else {}
        for function in edited:
            self._by_function.pop(id(function), None)
        self._points: dict[Node, set[Target]] = {}
        self._copies: dict[Node, set[Node]] = {}  # from -> to
        self._loads: dict[Node, set[Node]] = {}  # pointer -> nodes that load through it
        self._stores: dict[Node, set[Node]] = {}  # pointer -> nodes stored through it
        self._stores_fresh: dict[Node, bool] = {}  # pointer -> whether only fresh allocations are stored through it
        self._shared_content: set[Target] = set()  # objects into which something else than a fresh pointer is stored
        self._clones: dict[Node, set[Target]] = {}  # result of a function that allocates -> what its calls give
        self._called: set[int] = set()
        self._temporaries = 0
        self._scope = 0  # the function whose temporaries these are
        self._whole_program = unit.has_main
        for function in unit.functions:
            if function.body is not None and id(function) not in self._by_function:
                self._by_function[id(function)] = self._constraints_of(function)
        self.changed = before is None or any(
            self._by_function[id(function)] != before._by_function.get(id(function)) for function in edited
        )
        if before is not None and not self.changed:
            for part in _PARTS:
                setattr(self, part, getattr(before, part))
            return
        for function in unit.functions:
            if function.body is not None:
                self._join(self._by_function[id(function)])
        for symbol in unit.globals:
            if symbol.initializer is not None and symbol.type.kind in _POINTING:
                self._initialise(symbol, self._flow(symbol.initializer, None))
                self._note_functions(symbol.initializer)
            if symbol.storage == "extern" or (symbol.storage != "static" and not self._whole_program):
                self._initialise(symbol, _Flow({OUTSIDE}, set(), set()))
        for function in unit.functions:
            if function.body is not None and self._callable_from_outside(function):
                self._leak_parameters(function)
        self._solve()

    # ---- questions

    def disjoint(self, left: Object, right: Object) -> bool:
        """Whether the two objects are certainly different pieces of memory."""
        a, b = self._targets(left), self._targets(right)
        return bool(a) and bool(b) and OUTSIDE not in a and OUTSIDE not in b and not a & b

    def rows_are_distinct(self, array: Object) -> bool:
        """Whether the pointers stored in `array` all lead to allocations of their own."""
        targets = self._targets(array)
        if not targets or OUTSIDE in targets:
            return False
        return all(target not in self._shared_content and self._points.get(("content", target)) for target in targets)

    def _targets(self, object: Object) -> set[Target]:
        if object.kind == "variable":
            return {("variable", object.symbol)}
        if object.kind == "allocation":
            return {("site", object.site)} if object.site is not None else set()
        if object.parent is not None:
            owners = self._targets(object.parent.object)
            if object.kind == "container":
                return {("elements", *owner) if owner != OUTSIDE else owner for owner in owners}
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
            return id(function) not in self._called
        return True

    def _constraints_of(self, function: ir.Function) -> _Constraints:
        outer = {part: getattr(self, part) for part in _PARTS}
        for part, value in outer.items():
            setattr(self, part, type(value)())
        self._temporaries, self._scope = 0, id(function)
        self._walk(function)
        found = {part: getattr(self, part) for part in _PARTS}
        for part, value in outer.items():
            setattr(self, part, value)
        self._temporaries, self._scope = 0, 0
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

    def _walk(self, function: ir.Function) -> None:
        assert function.body is not None
        self._note_functions(function.body)
        for node in descendants(function.body):
            if isinstance(node, ir.Decl):
                self._declaration(node, function)
            elif isinstance(node, ir.Assign):
                self._assignment(node, function)
            elif isinstance(node, ir.Call):
                self._call(node, function)
            elif isinstance(node, ir.Return) and node.value is not None:
                self._assign(("result", id(function)), self._flow(node.value, function))
            elif isinstance(node, ir.RangeFor):
                flow = self._flow(node.range, function)
                for symbol in node.symbols:
                    if symbol.type.kind in _POINTING:
                        self._assign(symbol, _Flow(set(flow.targets), set(flow.nodes) | flow.loads, set(flow.nodes)))
            elif isinstance(node, ir.Opaque | ir.OpaqueStmt | ir.Asm | ir.Lambda):
                for inner in descendants(node):
                    if isinstance(inner, ir.Name) and inner.symbol.type.kind in _POINTING:
                        self._points.setdefault(inner.symbol, set()).add(OUTSIDE)

    def _declaration(self, node: ir.Decl, function: ir.Function) -> None:
        symbol = node.symbol
        if symbol.type.kind not in _POINTING:
            return
        if node.arguments:  # of a constructor
            self._construct(symbol.type, _Flow({("variable", symbol)}, set(), set()), node.arguments, function)
        if node.initializer is None:
            return
        if symbol.type.kind == "reference":
            self._assign(symbol, self._address(node.initializer, function))
        else:
            self._initialise(symbol, self._flow(node.initializer, function))

    def _initialise(self, symbol: ir.Symbol, flow: _Flow) -> None:
        """What a variable begins with: a pointer, or the pointers inside it."""
        self._assign(symbol, flow)
        if symbol.type.kind not in ("pointer", "reference"):
            self._store(_Flow({("variable", symbol)}, set(), set()), flow)

    def _note_functions(self, body: ir.Expr | ir.Stmt) -> None:
        """A function that is named other than to call it may be called from anywhere."""
        stack: list[ir.Expr | ir.Stmt] = [body]
        while stack:
            node = stack.pop()
            if isinstance(node, ir.Name) and node.symbol.type.kind == "function":
                for candidate in self._summaries.named(node.symbol.name):
                    self._leak_parameters(candidate)
            below = children(node)
            stack.extend(below[1:] if isinstance(node, ir.Call) and isinstance(node.callee, ir.Name) else below)

    def _leak_parameters(self, function: ir.Function) -> None:
        for parameter in function.parameters:
            if parameter.type.kind in _POINTING:
                self._initialise(parameter, _Flow({OUTSIDE}, set(), set()))

    def _assignment(self, node: ir.Assign, function: ir.Function) -> None:
        if node.op:
            return  # p += n stays in its object
        target = node.target
        if isinstance(target, ir.Name):
            if target.symbol.type.kind in ("pointer", "auto", "unknown"):
                self._assign(target.symbol, self._flow(node.value, function))
        self._write(target, self._flow(node.value, function), function)

    def _write(self, target: ir.Expr, flow: _Flow, function: ir.Function | None) -> None:
        """`flow` is stored where `target` lies."""
        if isinstance(target, ir.Name) and target.symbol.type.kind == "pointer":
            self._assign(target.symbol, flow)
        else:
            self._store(self._address(target, function), flow)

    def _construct(
        self, type: Type, object: _Flow, arguments: tuple[ir.Expr, ...], function: ir.Function | None
    ) -> None:
        """A constructor may keep what it is given; the body of one in sight says where."""
        for argument in arguments:
            self._store(object, self._flow(argument, function))
        for constructor in self._summaries.named(f"{type.name}::{type.name.rsplit('::', 1)[-1]}"):
            self._pass(constructor, object, arguments, function)

    def _pass(
        self, callee: ir.Function, this: _Flow | None, arguments: tuple[ir.Expr, ...], function: ir.Function | None
    ) -> None:
        """The callee's parameters are bound to the arguments."""
        if callee.this is not None and this is not None:
            self._assign(callee.this, this)
        for parameter, argument in zip(callee.parameters, arguments, strict=False):
            if parameter.type.kind == "reference":
                self._assign(parameter, self._address(argument, function))
            elif parameter.type.kind in _POINTING:
                self._initialise(parameter, self._flow(argument, function))

    def _call(self, node: ir.Call, function: ir.Function) -> None:
        this: _Flow | None = None
        if isinstance(node.callee, ir.Member):
            base = node.callee.base
            this = self._flow(base, function) if node.callee.arrow else self._address(base, function)
        elif function.this is not None:
            this = _Flow(set(), {function.this}, set())
        callee = self._summaries.resolve(node, function)
        if callee is not None:
            self._called.add(id(callee))
            self._pass(callee, this, node.arguments, function)
            if callee.record is not None and isinstance(node.callee, ir.Member):  # a base class, or one derived
                for other in self._summaries.named(node.name):
                    self._pass(other, this, node.arguments, function)
            return
        for candidate in self._summaries.named(node.name):
            self._pass(candidate, this, node.arguments, function)
        if this is not None and isinstance(node.callee, ir.Member):  # `v.push_back(p)` keeps p in v
            for argument in node.arguments:
                self._store(this, self._flow(argument, function))
            return
        if library.effect_of(node.name, using_std=True) is not None:
            self._library_call(node, function)
            return
        # Something out of sight may keep the pointers, and store others where they lead.
        for argument in node.arguments:
            self._store(self._flow(argument, function), _Flow({OUTSIDE}, set(), set()))

    def _library_call(self, node: ir.Call, function: ir.Function) -> None:
        """Those that move pointers from one place to another."""
        name, arguments = node.name.rsplit("::", 1)[-1], node.arguments
        if name == "swap" and len(arguments) == 2:
            left, right = arguments
            self._write(left, self._flow(right, function), function)
            self._write(right, self._flow(left, function), function)
        elif name in ("memcpy", "memmove") and len(arguments) > 1:
            self._store(self._flow(arguments[0], function), self._loaded(self._flow(arguments[1], function)))
        elif name in ("fill", "iota") and len(arguments) > 2:
            self._store(self._flow(arguments[0], function), self._flow(arguments[2], function))

    def _flow(self, expr: ir.Expr, function: ir.Function | None) -> _Flow:
        if isinstance(expr, ir.Cast):
            flow = self._flow(expr.operand, function)
            known = flow.targets or flow.nodes or flow.loads or isinstance(expr.operand, ir.Const)
            return flow if known or expr.type.kind != "pointer" else _Flow({OUTSIDE}, set(), set())
        if isinstance(expr, ir.Name):
            symbol = expr.symbol
            kind = symbol.type.kind
            if kind == "array" or (kind == "record" and containers.is_container(symbol.type)):
                return _Flow({("variable", symbol)}, set(), set())
            if kind == "reference" and symbol.type.inner is not None and symbol.type.inner.kind == "pointer":
                return _Flow(set(), set(), {symbol})
            if kind in ("pointer", "auto", "unknown", "reference"):
                return _Flow(set(), {symbol}, set())
            if kind == "record":
                return _Flow(set(), {("content", ("variable", symbol))}, set())
            return _Flow(set(), set(), set())
        if isinstance(expr, ir.Binary):
            if expr.op == ",":
                return self._flow(expr.right, function)
            if expr.op in ("+", "-"):
                return _union(self._flow(expr.left, function), self._flow(expr.right, function))
            return _Flow(set(), set(), set())
        if isinstance(expr, ir.Unary):
            if expr.op == "&":
                return self._address(expr.operand, function)
            if expr.op == "*":
                base = self._flow(expr.operand, function)
                return self._loaded(base)
            return _Flow(set(), set(), set())
        if isinstance(expr, ir.Index | ir.Member):
            address = self._address(expr, function)
            if self._is_array(expr):
                return address
            loaded = self._loaded(address)
            return _union(address, loaded) if self._may_be_member_array(expr) else loaded
        if isinstance(expr, ir.Conditional):
            return _union(self._flow(expr.then, function), self._flow(expr.other, function))
        if isinstance(expr, ir.Assign):
            value = self._flow(expr.value, function)
            return _Flow(value.targets, value.nodes, value.loads)  # another one holds it too: not fresh
        if isinstance(expr, ir.IncDec):
            return self._flow(expr.target, function)
        if isinstance(expr, ir.New):
            site = _Flow({("site", id(expr))}, set(), set(), fresh=True)
            self._construct(expr.type, site, expr.arguments, function)
            return site
        if isinstance(expr, ir.Call):
            return self._result(expr, function)
        if isinstance(expr, ir.InitList):
            result = _Flow(set(), set(), set())
            for item in expr.items:
                result = _union(result, self._flow(item, function))
            return result
        if isinstance(expr, ir.Const | ir.SizeOf):
            return _Flow(set(), set(), set())
        return _Flow({OUTSIDE}, set(), set())

    def _result(self, expr: ir.Call, function: ir.Function | None) -> _Flow:
        if isinstance(expr.callee, ir.Member):
            name = expr.name.rsplit("::", 1)[-1]
            if name in ("data", "begin", "end", "get", "cbegin", "cend"):
                return self._address(expr.callee.base, function)
            return _Flow({OUTSIDE}, set(), set())
        if function is not None:
            callee = self._summaries.resolve(expr, function)
            if callee is not None:
                if self._summaries.returns_fresh(callee):
                    # An object of its own for each call, holding what the callee's own allocation holds.
                    self._clones.setdefault(("result", id(callee)), set()).add(("site", id(expr)))
                    return _Flow({("site", id(expr))}, set(), set(), fresh=True)
                return _Flow(set(), {("result", id(callee))}, set())
        effect = library.effect_of(expr.name, using_std=True)
        if effect == "allocates":
            fresh = not expr.name.endswith("realloc")
            return _Flow({("site", id(expr))}, set(), set(), fresh=fresh)
        if effect in ("pure", "writes first") and expr.arguments:
            result = self._flow(expr.arguments[0], function)
            for argument in expr.arguments[1:] if effect == "pure" else ():  # std::min(p, q)
                result = _union(result, self._flow(argument, function))
            return result
        return _Flow({OUTSIDE}, set(), set())

    def _address(self, expr: ir.Expr, function: ir.Function | None) -> _Flow:
        """What a pointer to `expr` points to."""
        if isinstance(expr, ir.Cast):
            return self._address(expr.operand, function)
        if isinstance(expr, ir.Name):
            if expr.symbol.type.kind == "reference":
                return _Flow(set(), {expr.symbol}, set())
            return _Flow({("variable", expr.symbol)}, set(), set())
        if isinstance(expr, ir.Index):
            return self._flow(expr.base, function)
        if isinstance(expr, ir.Member):
            return self._flow(expr.base, function) if expr.arrow else self._address(expr.base, function)
        if isinstance(expr, ir.Unary) and expr.op == "*":
            return self._flow(expr.operand, function)
        return self._flow(expr, function)

    def _is_array(self, expr: ir.Expr) -> bool:
        """Whether an Index or Member names an array inside its object rather than a pointer stored there."""
        depth = 0
        while isinstance(expr, ir.Index):
            expr, depth = expr.base, depth + 1
        if not isinstance(expr, ir.Name):
            return False
        type: Type | None = expr.symbol.type
        while type is not None and depth > 0 and type.kind in ("array", "pointer"):
            type, depth = type.inner, depth - 1
        return type is not None and type.kind == "array"

    def _may_be_member_array(self, expr: ir.Expr) -> bool:
        """Whether `s.x` or `s.x[i]` may name an array that lies in its structure."""
        depth = 0
        while isinstance(expr, ir.Index):
            expr, depth = expr.base, depth + 1
        if not isinstance(expr, ir.Member):
            return False
        types = self._summaries.field_types(expr.name)
        for type in types:
            inner: Type | None = type
            for _ in range(depth):
                inner = inner.inner if inner is not None and inner.kind in ("array", "pointer") else None
            if inner is None or inner.kind in ("array", "unknown", "auto"):
                return True
        return not types

    def _loaded(self, address: _Flow) -> _Flow:
        nodes: set[Node] = {("content", target) for target in address.targets}
        return _Flow(set(), nodes, set(address.nodes) | self._temporary_loads(address.loads))

    def _temporary_loads(self, loads: set[Node]) -> set[Node]:
        """Loading through what was itself loaded needs a node in between."""
        result: set[Node] = set()
        for node in loads:
            self._temporaries += 1
            temporary: Node = ("temporary", self._scope, self._temporaries)
            self._loads.setdefault(node, set()).add(temporary)
            result.add(temporary)
        return result

    def _assign(self, node: Node, flow: _Flow) -> None:
        self._points.setdefault(node, set()).update(flow.targets)
        for source in flow.nodes:
            self._copies.setdefault(source, set()).add(node)
        for pointer in flow.loads:
            self._loads.setdefault(pointer, set()).add(node)

    def _store(self, address: _Flow, flow: _Flow) -> None:
        if not (flow.targets or flow.nodes or flow.loads):
            return  # no pointer
        pointers = set(address.nodes) | self._temporary_loads(address.loads)
        self._temporaries += 1
        value: Node = ("temporary", self._scope, self._temporaries)
        self._assign(value, flow)
        for target in address.targets:
            self._copies.setdefault(value, set()).add(("content", target))
            if not flow.fresh:
                self._shared_content.add(target)
        for pointer in pointers:
            self._stores.setdefault(pointer, set()).add(value)
            self._stores_fresh[pointer] = self._stores_fresh.get(pointer, True) and flow.fresh

    # ---- solution

    def _solve(self) -> None:
        pending = [node for node, targets in self._points.items() if targets]
        queued = set(pending)
        while pending:
            node = pending.pop()
            queued.discard(node)
            targets = set(self._points.get(node, ()))  # what joins on the way queues the node again
            for value in self._stores.get(node, ()):
                for target in targets:
                    self._copy(value, ("content", target), pending, queued)
            if not self._stores_fresh.get(node, True):
                self._shared_content |= targets
            for loaded in self._loads.get(node, ()):
                for target in targets:
                    if target == OUTSIDE:
                        self._grow(loaded, {OUTSIDE}, pending, queued)
                    self._copy(("content", target), loaded, pending, queued)
            for copy in self._copies.get(node, ()):
                self._grow(copy, targets, pending, queued)
            for clone in self._clones.get(node, ()):
                for target in targets:
                    self._copy(("content", target), ("content", clone), pending, queued)
        self._share_with_clones()

    def _share_with_clones(self) -> None:
        """What shares its pointers with others does so in each of its clones, clones of clones included."""
        before = -1
        while before != len(self._shared_content):
            before = len(self._shared_content)
            for node, clones in self._clones.items():
                if not self._shared_content.isdisjoint(self._points.get(node, ())):
                    self._shared_content |= clones

    def _copy(self, source: Node, target: Node, pending: list[Node], queued: set[Node]) -> None:
        known = self._copies.setdefault(source, set())
        if target not in known:
            known.add(target)
            self._grow(target, self._points.get(source, set()), pending, queued)

    def _grow(self, node: Node, targets: set[Target], pending: list[Node], queued: set[Node]) -> None:
        known = self._points.setdefault(node, set())
        if not targets <= known:
            known |= targets
            if node not in queued:
                queued.add(node)
                pending.append(node)


def _union(left: _Flow, right: _Flow) -> _Flow:
    return _Flow(left.targets | right.targets, left.nodes | right.nodes, left.loads | right.loads)
