"""What a function's statements say about its pointers: constraints on where they may lead, for `points_to` to solve."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import msgspec

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import CHILDREN, LEAVES, descendants, is_variable
from . import containers, library
from .operators import is_operator
from .summaries import Summaries

# ("variable", symbol), ("site", identity of the function, number of the allocating expression), ("outside",)
Target = tuple[object, ...]
# A pointer variable, or ("content", target): pointers stored inside an object, or ("result", identity of a function).
Node = ir.Symbol | tuple[object, ...]
OUTSIDE: Target = ("outside",)

POINTING = ("pointer", "reference", "array", "auto", "unknown", "record")


class Flow(msgspec.Struct):
    """What an expression may evaluate to: targets, the nodes it copies, and the pointers it loads through."""

    targets: set[Target]
    nodes: set[Node]
    loads: set[Node]
    fresh: bool = False  # one allocation, made by this very expression


# Nodes that move pointers, or may.
_SPEAKING = frozenset(
    [ir.Decl, ir.Assign, ir.Call, ir.Return, ir.RangeFor, ir.Opaque, ir.OpaqueStmt, ir.Asm, ir.Lambda]
)


class PointerConstraints:
    """Gathers the constraints of statements and expressions, whatever the order of their execution."""

    def __init__(self, summaries: Summaries, twins: Mapping[int, int] = {}):
        self._summaries = summaries
        self._twins = twins
        self._points: dict[Node, set[Target]] = {}
        self._copies: dict[Node, set[Node]] = {}  # from -> to
        self._loads: dict[Node, set[Node]] = {}  # pointer -> nodes that load through it
        self._stores: dict[Node, set[Node]] = {}  # pointer -> nodes stored through it
        self._stores_fresh: dict[Node, bool] = {}  # pointer -> whether only fresh allocations are stored through it
        self._shared_content: set[Target] = set()  # objects into which something else than a fresh pointer is stored
        self._clones: dict[Node, set[Target]] = {}  # result of a function that allocates -> what its calls give
        self._called: set[int] = set()
        self._temporaries = 0
        self._scope = 0  # the function whose temporaries and allocations these are
        self._sites: dict[int, Target] = {}  # by the identity of the allocating expression

    def _key(self, function: ir.Function) -> int:
        """What stands for the function: its identity, or that of the function whose twin it is."""
        return self._twins.get(id(function), id(function))

    def _walk(self, function: ir.Function) -> None:
        assert function.body is not None
        for node in self._speaking(function.body):
            kind = type(node)
            if kind is ir.Decl:
                self._declaration(node, function)  # type: ignore[arg-type]
            elif kind is ir.Assign:
                self._assignment(node, function)  # type: ignore[arg-type]
            elif kind is ir.Call:
                self._call(node, function)  # type: ignore[arg-type]
            elif isinstance(node, ir.Return):
                if node.value is not None:
                    self._assign(("result", self._key(function)), self._flow(node.value, function))
            elif isinstance(node, ir.RangeFor):
                flow = self._flow(node.range, function)
                for symbol in node.symbols:
                    if symbol.type.kind in POINTING:
                        self._assign(symbol, Flow(set(flow.targets), set(flow.nodes) | flow.loads, set(flow.nodes)))
            else:  # not understood, or a body of its own
                for inner in descendants(node):
                    if isinstance(inner, ir.Name) and inner.symbol.type.kind in POINTING:
                        self._points.setdefault(inner.symbol, set()).add(OUTSIDE)

    def _declaration(self, node: ir.Decl, function: ir.Function) -> None:
        symbol = node.symbol
        if symbol.type.kind not in POINTING:
            return
        if node.arguments:  # of a constructor
            self._construct(symbol.type, Flow({("variable", symbol)}, set(), set()), node.arguments, function)
        if node.initializer is None:
            return
        if symbol.type.kind == "reference":
            self._assign(symbol, self._address(node.initializer, function))
        else:
            self._initialise(symbol, self._flow(node.initializer, function))

    def _initialise(self, symbol: ir.Symbol, flow: Flow) -> None:
        """What a variable begins with: a pointer, or the pointers inside it."""
        self._assign(symbol, flow)
        if symbol.type.kind not in ("pointer", "reference"):
            self._store(Flow({("variable", symbol)}, set(), set()), flow)

    def _note_functions(self, body: ir.Expr | ir.Stmt) -> None:
        for _ in self._speaking(body):
            pass

    def _speaking(self, body: ir.Expr | ir.Stmt) -> Iterator[ir.Expr | ir.Stmt]:
        """What speaks of pointers, the body itself and below it.

        A function that is named other than to call it may be called from anywhere.
        """
        stack: list[ir.Expr | ir.Stmt] = [body]
        while stack:
            node = stack.pop()
            kind = type(node)
            if kind in LEAVES:
                if kind is ir.Name and node.symbol.type.kind == "function":  # type: ignore[union-attr]
                    for candidate in self._summaries.named(node.symbol.name):  # type: ignore[union-attr]
                        self._leak_parameters(candidate)
                continue
            if kind in _SPEAKING:
                yield node
            below = CHILDREN[kind](node)
            stack.extend(below[:0:-1] if kind is ir.Call and type(node.callee) is ir.Name else below[::-1])  # type: ignore[union-attr]

    def _leak_parameters(self, function: ir.Function) -> None:
        for parameter in function.parameters:
            if parameter.type.kind in POINTING:
                self._initialise(parameter, Flow({OUTSIDE}, set(), set()))

    def _assignment(self, node: ir.Assign, function: ir.Function) -> None:
        if node.op:
            return  # p += n stays in its object
        target = node.target
        if isinstance(target, ir.Name) and target.symbol.type.kind in ("auto", "unknown"):
            self._assign(target.symbol, self._flow(node.value, function))
        self._write(target, self._flow(node.value, function), function)

    def _write(self, target: ir.Expr, flow: Flow, function: ir.Function | None) -> None:
        """`flow` is stored where `target` lies."""
        if isinstance(target, ir.Name) and target.symbol.type.kind == "pointer":
            self._assign(target.symbol, flow)
        else:
            self._store(self._address(target, function), flow)

    def _construct(
        self, type: Type, object: Flow, arguments: tuple[ir.Expr, ...], function: ir.Function | None
    ) -> None:
        """A constructor may keep what it is given; the body of one in sight says where."""
        for argument in arguments:
            self._store(object, self._flow(argument, function))
        for constructor in self._summaries.named(f"{type.name}::{type.name.rsplit('::', 1)[-1]}"):
            self._pass(constructor, object, arguments, function)

    def _pass(
        self, callee: ir.Function, this: Flow | None, arguments: tuple[ir.Expr, ...], function: ir.Function | None
    ) -> None:
        """The callee's parameters are bound to the arguments."""
        if callee.this is not None and this is not None:
            self._assign(callee.this, this)
        for parameter, argument in zip(callee.parameters, arguments, strict=False):
            if parameter.type.kind == "reference":
                self._assign(parameter, self._address(argument, function))
            elif parameter.type.kind in POINTING:
                self._initialise(parameter, self._flow(argument, function))

    def _operator(self, node: ir.Call, function: ir.Function) -> None:
        """An operator of a class: any function of that name, a member of the first operand's class or not."""
        first, *rest = node.arguments
        candidates = self._summaries.named(node.name)
        for candidate in candidates:
            self._called.add(self._key(candidate))
            self._pass(candidate, self._address(first, function), tuple(rest), function)
            self._pass(candidate, None, node.arguments, function)
        for argument in node.arguments if not candidates else ():
            self._store(self._address(argument, function), Flow({OUTSIDE}, set(), set()))
            self._store(self._flow(argument, function), Flow({OUTSIDE}, set(), set()))

    def _call(self, node: ir.Call, function: ir.Function) -> None:
        if is_operator(node):
            self._operator(node, function)
            return
        this: Flow | None = None
        if isinstance(node.callee, ir.Member):
            base = node.callee.base
            this = self._flow(base, function) if node.callee.arrow else self._address(base, function)
        elif function.this is not None:
            this = Flow(set(), {function.this}, set())
        through = isinstance(node.callee, ir.Name) and is_variable(node.callee.symbol)
        callee = None if through else self._summaries.resolve(node, function)
        if callee is not None:
            self._called.add(self._key(callee))
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
        if library.effect_of(node.name) is not None and not through:
            self._library_call(node, function)
            return
        # Something out of sight may keep the pointers, and store others where they lead.
        for argument in node.arguments:
            self._store(self._flow(argument, function), Flow({OUTSIDE}, set(), set()))

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

    def _flow(self, expr: ir.Expr, function: ir.Function | None) -> Flow:
        if isinstance(expr, ir.Cast):
            flow = self._flow(expr.operand, function)
            known = flow.targets or flow.nodes or flow.loads or isinstance(expr.operand, ir.Const)
            return flow if known or expr.type.kind != "pointer" else Flow({OUTSIDE}, set(), set())
        if isinstance(expr, ir.Name):
            symbol = expr.symbol
            kind = symbol.type.kind
            if kind == "array" or (kind == "record" and containers.is_container(symbol.type)):
                return Flow({("variable", symbol)}, set(), set())
            if kind == "reference" and symbol.type.inner is not None and symbol.type.inner.kind == "pointer":
                return Flow(set(), set(), {symbol})
            if kind in ("pointer", "auto", "unknown", "reference"):
                return Flow(set(), {symbol}, set())
            if kind == "record":
                return Flow(set(), {("content", ("variable", symbol))}, set())
            return Flow(set(), set(), set())
        if isinstance(expr, ir.Binary):
            if expr.op == ",":
                return self._flow(expr.right, function)
            if expr.op in ("+", "-"):
                return _union(self._flow(expr.left, function), self._flow(expr.right, function))
            return Flow(set(), set(), set())
        if isinstance(expr, ir.Unary):
            if expr.op == "&":
                return self._address(expr.operand, function)
            if expr.op == "*" and not self._is_number(expr):
                base = self._flow(expr.operand, function)
                return self._loaded(base)
            return Flow(set(), set(), set())
        if isinstance(expr, ir.Index | ir.Member):
            if self._is_number(expr):
                return Flow(set(), set(), set())
            address = self._address(expr, function)
            if self._is_array(expr):
                return address
            loaded = self._loaded(address)
            return _union(address, loaded) if self._may_be_member_array(expr) else loaded
        if isinstance(expr, ir.Conditional):
            return _union(self._flow(expr.then, function), self._flow(expr.other, function))
        if isinstance(expr, ir.Assign):
            value = self._flow(expr.value, function)
            return Flow(value.targets, value.nodes, value.loads)  # another one holds it too: not fresh
        if isinstance(expr, ir.IncDec):
            return self._flow(expr.target, function)
        if isinstance(expr, ir.New):
            site = Flow({self._site(expr)}, set(), set(), fresh=True)
            self._construct(expr.type, site, expr.arguments, function)
            return site
        if isinstance(expr, ir.Call):
            return self._result(expr, function)
        if isinstance(expr, ir.InitList):
            result = Flow(set(), set(), set())
            for item in expr.items:
                result = _union(result, self._flow(item, function))
            return result
        if isinstance(expr, ir.Const | ir.SizeOf):
            return Flow(set(), set(), set())
        return Flow({OUTSIDE}, set(), set())

    def _result(self, expr: ir.Call, function: ir.Function | None) -> Flow:
        if isinstance(expr.callee, ir.Member):
            name = expr.name.rsplit("::", 1)[-1]
            if name in ("data", "begin", "end", "get", "cbegin", "cend"):
                return self._address(expr.callee.base, function)
            return Flow({OUTSIDE}, set(), set())
        if is_operator(expr):
            return Flow({OUTSIDE}, set(), set())
        if function is not None:
            callee = self._summaries.resolve(expr, function)
            if callee is not None:
                if self._summaries.returns_fresh(callee):
                    # An object of its own for each call, holding what the callee's own allocation holds.
                    self._clones.setdefault(("result", self._key(callee)), set()).add(self._site(expr))
                    return Flow({self._site(expr)}, set(), set(), fresh=True)
                return Flow(set(), {("result", self._key(callee))}, set())
        effect = library.effect_of(expr.name)
        if effect == "allocates":
            fresh = not expr.name.endswith("realloc")
            return Flow({self._site(expr)}, set(), set(), fresh=fresh)
        if effect in ("pure", "writes first") and expr.arguments:
            result = self._flow(expr.arguments[0], function)
            for argument in expr.arguments[1:] if effect == "pure" else ():  # std::min(p, q)
                result = _union(result, self._flow(argument, function))
            return result
        return Flow({OUTSIDE}, set(), set())

    def _site(self, expr: ir.Expr) -> Target:
        """The objects that an expression allocates, by its number in the function: the same after an edit elsewhere."""
        return self._sites.setdefault(id(expr), ("site", self._scope, len(self._sites)))

    def _address(self, expr: ir.Expr, function: ir.Function | None) -> Flow:
        """What a pointer to `expr` points to."""
        if isinstance(expr, ir.Cast):
            return self._address(expr.operand, function)
        if isinstance(expr, ir.Name):
            symbol = expr.symbol
            if symbol.type.kind == "reference":
                return Flow(set(), {symbol}, set())
            if symbol.type.kind in ("pointer", "auto", "unknown"):  # it can be read and set through its address
                content: Node = ("content", ("variable", symbol))
                self._copies.setdefault(symbol, set()).add(content)
                self._copies.setdefault(content, set()).add(symbol)
            return Flow({("variable", symbol)}, set(), set())
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

    def _is_number(self, expr: ir.Expr) -> bool:
        """Whether a value is read from memory as a number that no pointer fits in, or that is copied as no pointer is.

        Pointers may be copied as integers of their own size and byte by byte (C17 §6.5), but in no other pieces.
        """
        depth = 0
        while isinstance(expr, ir.Index) or (isinstance(expr, ir.Unary) and expr.op == "*"):
            expr, depth = expr.base if isinstance(expr, ir.Index) else expr.operand, depth + 1
        if isinstance(expr, ir.Name):
            types: Collection[Type] = (expr.symbol.type,)
        elif isinstance(expr, ir.Member):
            types = self._summaries.field_types(expr.name)
        else:
            return False
        return bool(types) and all(_is_number(type, depth) for type in types)

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

    def _loaded(self, address: Flow) -> Flow:
        nodes: set[Node] = {("content", target) for target in address.targets}
        return Flow(set(), nodes, set(address.nodes) | self._temporary_loads(address.loads))

    def _temporary_loads(self, loads: set[Node]) -> set[Node]:
        """Loading through what was itself loaded needs a node in between."""
        result: set[Node] = set()
        for node in loads:
            self._temporaries += 1
            temporary: Node = ("temporary", self._scope, self._temporaries)
            self._loads.setdefault(node, set()).add(temporary)
            result.add(temporary)
        return result

    def _assign(self, node: Node, flow: Flow) -> None:
        self._points.setdefault(node, set()).update(flow.targets)
        for source in flow.nodes:
            self._copies.setdefault(source, set()).add(node)
        for pointer in flow.loads:
            self._loads.setdefault(pointer, set()).add(node)

    def _store(self, address: Flow, flow: Flow) -> None:
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


def _union(left: Flow, right: Flow) -> Flow:
    return Flow(left.targets | right.targets, left.nodes | right.nodes, left.loads | right.loads)


def _is_number(type: Type, depth: int) -> bool:
    """Whether what lies `depth` subscripts below a variable of that type is a floating-point or a small integer."""
    inner: Type | None = type
    if type.kind == "reference":
        inner = type.inner
    for _ in range(depth):
        inner = inner.inner if inner is not None and inner.kind in ("array", "pointer") else None
    if inner is None:
        return False
    return inner.kind in ("float", "complex") or (inner.kind == "int" and inner.size in (2, 4))
