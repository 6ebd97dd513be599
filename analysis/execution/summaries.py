"""What calling a function of this file may change, without executing it: for calls that are not followed."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec

from ..ir import tree as ir
from ..ir.types import Type
from ..ir.walk import children, descendants, root_symbol
from . import algorithm_table, containers, exceptions, library, nodes
from .callee_effects import NOTHING, THROWS, CalleeEffects, of_library_call
from .components import components
from .confined import is_confined
from .keeping import hides_return, keeps_reference
from .lifetimes import OUT_OF_SIGHT, PLAIN, Lifetime, lifetime_of
from .modified import Modified, modified_by
from .tables import Tables


class Summaries:
    """Effects of the unit's functions, computed when first asked for.

    `before` are those of the same unit before the functions in `edited` got another body.
    """

    def __init__(self, unit: ir.Unit, before: Summaries | None = None, edited: Collection[ir.Function] = ()):
        self._known: dict[int, CalleeEffects] = {}
        self._within: set[int] = set()  # lambdas whose effects are being found
        self._modified: dict[int, Modified] = {}
        self._fresh: dict[int, bool] = {}
        self._confined: dict[int, bool] = {}
        self._recursive: dict[int, bool] = {}  # of functions, by their identity
        self._returning: dict[int, bool] = {}  # of statements
        self._kept: dict[tuple[int, int], bool] = {}  # by function and position
        self._lifetimes: dict[str, Lifetime] = {}
        if before is not None:
            self.tables = Tables(unit, before.tables, edited)
            self.by_name, self.has_subscript_operators = before.by_name, before.has_subscript_operators
            self._declared, self._reference_fields = before._declared, before._reference_fields
            self._signatures = before._signatures
            self._fields, self._records = before._fields, before._records
            self._escaping = dict(before._escaping)
            for function in edited:
                self._escaping.pop(id(function), None)
            return
        self.tables = Tables(unit)
        self.by_name: dict[str, list[ir.Function]] = {}
        for function in unit.functions:
            if function.body is not None:
                self.by_name.setdefault(function.name, []).append(function)
                bare = function.name.rsplit("::", 1)[-1]
                if bare != function.name:
                    self.by_name.setdefault("…::" + bare, []).append(function)
        self.has_subscript_operators = any(name.endswith("operator[]") for name in self.by_name)
        self._declared = {f.name: f for f in unit.functions if f.attributes}
        self._signatures: dict[str, list[ir.Function]] = {}
        for function in unit.functions:
            self._signatures.setdefault(function.name.rsplit("::", 1)[-1], []).append(function)
        self._reference_fields = frozenset(
            name
            for record in unit.records.values()
            for name, field in record.fields.items()
            if field.type.kind == "reference"
        )
        self._records = unit.records
        self._fields: dict[str, list[Type]] = {}
        for record in unit.records.values():
            for name, field in record.fields.items():
                self._fields.setdefault(name, []).append(field.type)
        self._escaping: dict[int, frozenset[ir.Symbol]] = {}  # by the identity of the function

    def named(self, name: str) -> list[ir.Function]:
        """Every definition whose unqualified name is that of `name`."""
        bare = name.rsplit("::", 1)[-1]
        return [*self.by_name.get(bare, ()), *self.by_name.get("…::" + bare, ())]

    def field_types(self, name: str) -> list[Type]:
        """The types of the fields called `name`, in whichever structure."""
        return self._fields.get(name, [])

    def resolve(
        self, call: ir.Call, caller: ir.Function, record: str | None = None, const: bool = False
    ) -> ir.Function | None:
        """The one definition in this file that the call can mean; None when there is none or several.

        `record` is the class of the object that it is called for, and `const` says whether that object is constant.
        """
        names = [call.name]
        if record is not None:
            names = [f"{record}::{call.name}"]
        elif caller.record is not None:
            names.append(f"{caller.record}::{call.name}")
        if record is None and "::" in caller.name:
            scope = caller.name.rsplit("::", 1)[0]
            while scope:
                names.append(f"{scope}::{call.name}")
                scope = scope.rpartition("::")[0]
        candidates: list[ir.Function] = []
        for name in names:
            candidates += self.by_name.get(name, ())
        if not candidates and record is None:
            candidates = self.by_name.get("…::" + call.name.rsplit("::", 1)[-1], [])
        if not candidates:
            return None
        fitting = [f for f in candidates if len(f.parameters) == len(call.arguments) and not f.is_variadic]
        unique = {id(f): f for f in fitting}
        if len(unique) == 2 and record is not None:
            unique = {key: f for key, f in unique.items() if _is_const(f) is const}
        function = next(iter(unique.values())) if len(unique) == 1 else None
        return None if function is None or self._is_virtual(function) else function

    def _is_virtual(self, function: ir.Function) -> bool:
        """Whether a call of it may run what a derived class has in its place."""
        record = self._records.get(function.record) if function.record is not None else None
        return record is not None and function.name.rsplit("::", 1)[-1] in record.virtual

    def lifetime(self, type: Type) -> Lifetime:
        """What runs when objects of that type are made, copied and destroyed."""
        if type.kind != "record":
            return PLAIN
        known = self._lifetimes.get(type.name)
        if known is None:
            self._lifetimes[type.name] = OUT_OF_SIGHT  # while it is asked: a destructor that makes such objects
            known = lifetime_of(type, self._records, self.by_name, lambda each: self.of_function(each) == NOTHING)
            self._lifetimes[type.name] = known
        return known

    def calls_itself(self, function: ir.Function) -> bool:
        """Whether a call of it may lead to another, so that following it ends nowhere. (Tarjan's components, 1972.)"""
        if id(function) not in self._recursive:
            components(function, self._callees, lambda each: id(each) in self._recursive, self._note_component)
        return self._recursive[id(function)]

    def _note_component(self, component: list[ir.Function]) -> None:
        first = component[0]
        around = len(component) > 1 or any(callee is first for callee in self._callees(first))
        for each in component:
            self._recursive[id(each)] = around

    def _callees(self, function: ir.Function) -> list[ir.Function]:
        if function.body is None:
            return []
        found: dict[int, ir.Function] = {}
        for item in self.modified(function.body).calls:
            if isinstance(item, ir.Call):
                member = isinstance(item.callee, ir.Member)
                for each in self.named(item.name) if member else filter(None, [self.resolve(item, function)]):
                    found[id(each)] = each
        return list(found.values())

    def allocates_by_itself(self, type: Type) -> bool:
        """Whether the program has an operator new or delete of its own that objects of the type are made with."""
        return any(
            f"{scope}operator{what}{array}" in self.by_name  # without the blank: see lowering/names.py
            for scope in ("", f"{type.name}::")
            for what in ("new", "delete")
            for array in ("", "[]")
        )

    def converts_unseen(self, type: Type) -> bool:
        """Whether making an object of the class from something else does more than set that object."""
        if type.kind == "reference" and type.inner is not None:
            type = type.inner
        if type.kind != "record":
            return False
        lifetime = self.lifetime(type)
        effects = [self.of_function(constructor) for constructor in lifetime.constructors]
        return lifetime.unknown or any(each.unknown or each.kinds or each.globals_written for each in effects)

    def copies_unseen(self, function: ir.Function) -> str | None:
        """The class of an argument or result that is passed by value, and whose copies or ends do something."""
        for type in (*(parameter.type for parameter in function.parameters), function.result):
            if not self.lifetime(type).is_plain:
                return type.name
        return None

    def escapes(self, symbol: ir.Symbol) -> bool:
        """Whether an array's address is ever used other than to subscript it on the spot: it may be pointed to."""
        if symbol.storage not in ("local", "static-local") or symbol.function is None:
            return True
        owners = self.by_name.get(symbol.function.partition("::<lambda")[0])
        return owners is None or any(symbol in self._escaping_in(function) for function in owners)

    def _escaping_in(self, function: ir.Function) -> frozenset[ir.Symbol]:
        found = self._escaping.get(id(function))
        if found is None:
            noted: set[ir.Symbol] = set()
            if function.body is not None:
                _note_escaping(function.body, noted)
            found = self._escaping[id(function)] = frozenset(noted)
        return found

    def modified(self, node: ir.Stmt | ir.Expr) -> Modified:
        """`modified_by`, remembered: nested loops ask for the same statements again and again."""
        found = self._modified.get(id(node))
        if found is None:
            found = self._modified[id(node)] = modified_by(node, self.modified)
        return found

    def may_return_within(self, statement: ir.Stmt) -> bool:
        """Whether control may leave the function from inside a loop, a switch or the like in the statement, so that
        what follows in the text need not follow."""
        known = self._returning.get(id(statement))
        if known is None:
            known = self._returning[id(statement)] = hides_return(statement)
        return known

    def keeps(self, function: ir.Function, position: int) -> bool:
        """Whether the function may leave its reference parameter somewhere, for use when the call is over."""
        if function.parameters[position].type.kind != "reference":
            return False
        key = (id(function), position)
        known = self._kept.get(key)
        if known is None:
            self._kept[key] = False  # recursion
            known = self._kept[key] = keeps_reference(
                function,
                function.parameters[position],
                self._records,
                lambda call: self.resolve(call, function),
                self.keeps,
            )
        return known

    def is_confined(self, function: ir.Function) -> bool:
        """Whether a call that passes pointers touches what they point to and nothing else."""
        known = self._confined.get(id(function))
        if known is None:
            self._confined[id(function)] = False  # recursion
            known = self._confined[id(function)] = is_confined(
                function, lambda call: self.resolve(call, function), self.is_confined, self._reference_fields
            )
        return known

    def takes_by_value(self, name: str, record: str | None, position: int) -> bool:
        """Whether functions of that name are declared, as members of the class or of none, and all that take so many
        arguments get a copy of the one at `position`."""
        found = [each for each in self._signatures.get(name.rsplit("::", 1)[-1], ()) if each.record == record]
        fitting = [each for each in found if len(each.parameters) > position]
        return bool(fitting) and all(
            each.parameters[position].type.kind in ("int", "float", "bool", "pointer") for each in fitting
        )

    def declared_effect(self, name: str) -> Literal["nothing", "reads"] | None:
        """What a function out of sight does by its attributes: `const` ones only compute, `pure` ones may read."""
        function = self._declared.get(name)
        words = [word.strip("_") for word in function.attributes] if function is not None else []
        return "nothing" if "const" in words else "reads" if "pure" in words else None

    def returns_fresh(self, function: ir.Function) -> bool:
        """Whether every return gives an object that this call allocated and that nothing else points to."""
        known = self._fresh.get(id(function))
        if known is None:
            self._fresh[id(function)] = False  # recursion
            known = self._fresh[id(function)] = self._returns_fresh(function)
        return known

    def _returns_fresh(self, function: ir.Function) -> bool:
        if function.body is None or function.result.kind != "pointer" or function.in_error:
            return False
        values = [node.value for node in descendants(function.body) if isinstance(node, ir.Return)]
        return bool(values) and all(value is not None and self._is_fresh(value, function) for value in values)

    def _is_fresh(self, expr: ir.Expr, function: ir.Function) -> bool:
        while isinstance(expr, ir.Cast):
            expr = expr.operand
        if isinstance(expr, ir.New) or (isinstance(expr, ir.Const) and expr.kind in ("null", "int")):
            return True
        if isinstance(expr, ir.Call):
            if library.effect_of(expr.name) == "allocates":
                return not expr.name.endswith("realloc")
            callee = self.resolve(expr, function)
            return callee is not None and self.returns_fresh(callee)
        if isinstance(expr, ir.Name) and expr.symbol.storage == "local" and function.body is not None:
            return self._holds_only_fresh(expr.symbol, function)
        return False

    def _holds_only_fresh(self, symbol: ir.Symbol, function: ir.Function) -> bool:
        """A local pointer that is only set to allocations, and never copied or passed where it could be kept."""
        assert function.body is not None
        if symbol.address_taken:
            return False
        for node in descendants(function.body):
            value = None
            if isinstance(node, ir.Decl) and node.symbol is symbol:
                value = node.initializer
            elif isinstance(node, ir.Assign) and isinstance(node.target, ir.Name) and node.target.symbol is symbol:
                if node.op:
                    return False
                value = node.value
            elif isinstance(node, ir.Assign | ir.Decl):
                source = node.value if isinstance(node, ir.Assign) else node.initializer
                if (
                    source is not None
                    and root_symbol(source) is symbol
                    and not isinstance(source, ir.Index | ir.Member)
                ):
                    return False
            elif isinstance(node, ir.Call) and any(root_symbol(argument) is symbol for argument in node.arguments):
                known = library.effect_of(node.name) is not None
                if not known:
                    return False
            if value is not None and not self._is_fresh(value, function):
                return False
        return True

    def of_function(self, function: ir.Function) -> CalleeEffects:
        known = self._known.get(id(function))
        if known is not None:
            return known
        self._known[id(function)] = CalleeEffects(unknown=True, memory=True, unknown_name=function.name)  # recursion
        if function.body is None or function.in_error:
            return self._known[id(function)]
        result = self.of_statement(function.body, function)
        written = {
            symbol
            for symbol in self.modified(function.body).names
            if symbol.storage in ("global", "static", "extern", "static-local", "unknown")
        }
        writes_reference = any(p.type.kind == "reference" and not p.type.const for p in function.parameters)
        result = result | CalleeEffects(memory=writes_reference, globals_written=frozenset(written))
        if "noexcept" in function.attributes:
            result = msgspec.structs.replace(result, kinds=result.kinds - THROWS)
        self._known[id(function)] = result
        return result

    def of_statement(self, node: ir.Stmt | ir.Expr, caller: ir.Function) -> CalleeEffects:
        """The effects of what the statement calls and writes through pointers."""
        modified = self.modified(node)
        result = CalleeEffects(memory=modified.memory, kinds=THROWS if modified.throws else frozenset())
        for item in modified.calls:
            result = result | self.of_call(item, caller)
        return result

    def of_lambda(self, body: ir.Stmt, name: str, caller: ir.Function) -> CalleeEffects:
        """The effects of a call of a lambda; of one that calls itself nothing is known."""
        if id(body) in self._within:
            return CalleeEffects(unknown=True, memory=True, unknown_name=name)
        self._within.add(id(body))
        try:
            return self.of_statement(body, caller) | CalleeEffects(globals_written=self.modified(body).names)
        finally:
            self._within.discard(id(body))

    def of_call(self, item: ir.Expr | ir.Stmt, caller: ir.Function) -> CalleeEffects:
        if isinstance(item, ir.Decl):
            symbol = item.symbol
            if (
                symbol.type.kind != "record"
                or containers.is_container(symbol.type)
                or symbol.type.name.startswith("std::")
            ):
                return NOTHING
            lifetime = self.lifetime(symbol.type)
            if lifetime.unknown or lifetime.copied:
                return CalleeEffects(unknown=True, memory=True, unknown_name=symbol.type.name)
            result = NOTHING
            for constructor in lifetime.constructors:
                result |= self.of_function(constructor)
            return result
        if isinstance(item, ir.Delete):
            return CalleeEffects(memory=True)
        if not isinstance(item, ir.Call):
            return CalleeEffects(unknown=True, memory=True)
        record, const = None, False
        if isinstance(item.callee, ir.Member):
            root = root_symbol(item.callee)
            type = root.type if root is not None else None
            while type is not None and type.kind in ("reference", "pointer", "array") and type.inner is not None:
                type = type.inner
            if type is not None and (
                containers.is_container(type) or (nodes.has_nodes(type) and item.name in nodes.MEMBERS)
            ):
                return CalleeEffects(memory=True, kinds=THROWS if exceptions.may_throw(item.name) else frozenset())
            record = type.name if type is not None else "?"
            const = type is not None and type.const
        elif isinstance(item.callee, ir.Name) and item.callee.symbol.type.kind not in ("function", "unknown"):
            return _through_variable(item.callee.symbol, self, caller)
        if item.name.startswith("operator") and record is None:
            return self._of_operator(item)
        function = self.resolve(item, caller, record, const)
        if function is not None and (name := self.copies_unseen(function)) is not None:
            return CalleeEffects(unknown=True, memory=True, unknown_name=name)
        if function is not None:
            return self.of_function(function)
        if (declared := self.declared_effect(item.name)) is not None:
            return NOTHING if declared == "nothing" else CalleeEffects(kinds=frozenset(["reads anything"]))
        if record is None and algorithm_table.is_algorithm(item):
            return self._of_algorithm(item, caller)
        if record is None:
            return of_library_call(item)
        return CalleeEffects(unknown=True, memory=True, unknown_name=item.name)

    def _of_algorithm(self, item: ir.Call, caller: ir.Function) -> CalleeEffects:
        """Of the algorithm itself and of the function that it is given."""
        result = CalleeEffects(memory=True) if algorithm_table.writes(item) else NOTHING
        given = algorithm_table.function_given(item)
        if given is None:
            return result
        if isinstance(given, ir.Lambda) and given.function.body is not None:
            return result | self.of_lambda(given.function.body, item.name, caller)
        if isinstance(given, ir.Name) and isinstance(given.symbol.initializer, ir.Lambda):
            return result | _through_variable(given.symbol, self, caller)
        if isinstance(given, ir.Name) and len(named := self.named(given.symbol.name)) == 1:
            return result | self.of_function(named[0])
        if isinstance(given, ir.Call) and algorithm_table.is_function_object(given.name + "()"):
            return result
        return CalleeEffects(unknown=True, memory=True, unknown_name=item.name)

    def _of_operator(self, item: ir.Call) -> CalleeEffects:
        """Of all the functions that an operator may call: which classes its operands are of is not asked here."""
        if library.effect_of(item.name, using_std=True) is not None:
            return CalleeEffects(kinds=frozenset(["io"]))
        result = CalleeEffects(memory=True)
        functions = self.named(item.name)
        if not functions:
            return CalleeEffects(unknown=True, memory=True, unknown_name=item.name)
        for function in functions:
            result |= self.of_function(function)
        return result


def _is_const(method: ir.Function) -> bool:
    inner = method.this.type.inner if method.this is not None else None
    return inner is not None and inner.const


def _note_escaping(node: ir.Expr | ir.Stmt, escaping: set[ir.Symbol]) -> None:
    """Arrays that are named without as many subscripts as they have dimensions."""
    stack = [node]
    while stack:
        node = stack.pop()
        subscripts = 0
        inner: ir.Expr | ir.Stmt = node
        while isinstance(inner, ir.Index):
            stack.append(inner.subscript)
            inner, subscripts = inner.base, subscripts + 1
        if isinstance(inner, ir.Name):
            type = inner.symbol.type
            while type.kind == "array" and subscripts and type.inner is not None:
                type, subscripts = type.inner, subscripts - 1
            if type.kind == "array":
                escaping.add(inner.symbol)
        else:
            stack.extend(children(inner))


def _passes_on(source: ir.Expr, symbol: ir.Symbol) -> bool:
    """Whether a value made from the pointer may still point to its object (an element that was read does not)."""
    return root_symbol(source) is symbol and not isinstance(source, ir.Index | ir.Member)


def _through_variable(symbol: ir.Symbol, summaries: Summaries, caller: ir.Function) -> CalleeEffects:
    """A call of a variable: a lambda whose body is in sight, or a function pointer."""
    initializer = symbol.initializer
    if isinstance(initializer, ir.Lambda) and initializer.function.body is not None:
        return summaries.of_lambda(initializer.function.body, symbol.name, caller)
    if (
        symbol.type.kind == "record"
        and symbol.type.name.startswith("std::")
        and not containers.is_container(symbol.type)
    ):
        return CalleeEffects(unknown=True, memory=True, unknown_name=symbol.name)
    if containers.is_container(symbol.type):
        return NOTHING
    return CalleeEffects(unknown=True, memory=True, unknown_name=symbol.name)
