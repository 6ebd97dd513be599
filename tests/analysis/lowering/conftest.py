"""A compact S-expression of the intermediate representation, so that tests can say what they expect in one line."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.analysis.ir import tree
from pragmatist.analysis.ir.types import Type
from pragmatist.analysis.lowering import lower


def type_text(type_: Type) -> str:
    """`const double*[n]`-like spelling, read from left to right: the outermost constructor comes last."""
    words = [word for word in ("const", "volatile", "atomic") if getattr(type_, word)]
    inner = type_text(type_.inner) if type_.inner is not None else "?"
    if type_.kind == "pointer":
        text = inner + "*" + ("restrict" if type_.restrict else "")
        return text + "".join(" " + word for word in words)
    if type_.kind == "array":
        return f"{inner}[{expr(type_.extent) if type_.extent is not None else ''}]"
    if type_.kind == "reference":
        return inner + "&"
    if type_.kind == "function":
        return inner + "()"
    name = type_.name
    if type_.kind == "unknown":
        name = f"?{name}" if type_.extent is None else expr(type_.extent)
    elif type_.kind == "record":
        name = ("union " if type_.is_union else "struct ") + name
    if type_.arguments:
        name += "<" + ", ".join(type_text(argument) for argument in type_.arguments) + ">"
    return " ".join([*words, name])


def expr(node: tree.Expr) -> str:
    match node:
        case tree.Const():
            return node.text
        case tree.Name():
            return node.symbol.name
        case tree.Unary():
            return f"({node.op} {expr(node.operand)})"
        case tree.Binary():
            return f"({node.op} {expr(node.left)} {expr(node.right)})"
        case tree.Assign():
            return f"({node.op}= {expr(node.target)} {expr(node.value)})"
        case tree.IncDec():
            return f"({node.op}_ {expr(node.target)})" if node.prefix else f"(_{node.op} {expr(node.target)})"
        case tree.Conditional():
            return f"(? {expr(node.condition)} {expr(node.then)} {expr(node.other)})"
        case tree.Call():
            callee = expr(node.callee)
            name = "" if callee == node.name else f":{node.name}"
            return f"({' '.join([callee + name + '()', *map(expr, node.arguments)])})"
        case tree.Index():
            return f"([] {expr(node.base)} {expr(node.subscript)})"
        case tree.Member():
            return f"({'->' if node.arrow else '.'} {expr(node.base)} {node.name})"
        case tree.Cast():
            return f"(cast {type_text(node.type)} {expr(node.operand)})"
        case tree.SizeOf():
            return f"(sizeof {node.value})"
        case tree.InitList():
            return "{" + " ".join(map(expr, node.items)) + "}"
        case tree.Lambda():
            captures = ",".join([node.default, *node.by_copy, *("&" + name for name in node.by_reference)])
            parameters = " ".join(symbol.name for symbol in node.function.parameters)
            assert node.function.body is not None
            return f"(lambda [{captures}] ({parameters}) {stmt(node.function.body)})"
        case tree.New():
            extent = "" if node.extent is None else f" [{expr(node.extent)}]"
            return f"(new {type_text(node.type)}{extent}{''.join(' ' + expr(a) for a in node.arguments)})"
        case tree.Delete():
            return f"(delete {expr(node.operand)})"
        case tree.Opaque():
            return f"(opaque {node.text!r}{''.join(' ' + expr(child) for child in node.children)})"
    raise TypeError(node)


def _maybe(node: tree.Expr | tree.Stmt | None) -> str:
    if node is None:
        return "-"
    return expr(node) if isinstance(node, tree.Expr) else stmt(node)


def stmt(node: tree.Stmt) -> str:
    match node:
        case tree.Block():
            return "{" + " ".join(map(stmt, node.items)) + "}"
        case tree.Decl():
            value = "" if node.initializer is None else f" {expr(node.initializer)}"
            arguments = "" if not node.arguments else f" ({' '.join(map(expr, node.arguments))})"
            return f"(decl {type_text(node.symbol.type)} {node.symbol.name}{value}{arguments})"
        case tree.ExprStmt():
            return expr(node.expr)
        case tree.If():
            init = "" if node.init is None else f"{stmt(node.init)} "
            other = "" if node.other is None else f" {stmt(node.other)}"
            return f"(if {init}{expr(node.condition)} {stmt(node.then)}{other})"
        case tree.For():
            return f"(for {_maybe(node.init)} {_maybe(node.condition)} {_maybe(node.step)} {stmt(node.body)})"
        case tree.RangeFor():
            symbols = " ".join(f"{type_text(symbol.type)} {symbol.name}" for symbol in node.symbols)
            return f"(for-each ({symbols}) {expr(node.range)} {stmt(node.body)})"
        case tree.While():
            return f"({'do' if node.is_do else 'while'} {expr(node.condition)} {stmt(node.body)})"
        case tree.Switch():
            return f"(switch {expr(node.condition)} {stmt(node.body)})"
        case tree.Case():
            return "default:" if node.value is None else f"case {expr(node.value)}:"
        case tree.Return():
            return f"(return {_maybe(node.value)})"
        case tree.Break():
            return "break"
        case tree.Continue():
            return "continue"
        case tree.Goto():
            return f"(goto {node.label})"
        case tree.Label():
            return f"{node.name}:"
        case tree.Throw():
            return f"(throw {_maybe(node.value)})"
        case tree.Try():
            return f"(try {stmt(node.body)} {' '.join(map(stmt, node.handlers))})"
        case tree.Asm():
            return f"(asm {' '.join(map(expr, node.operands))})"
        case tree.Omp():
            clauses = "".join(f" {clause.name}({','.join(clause.items)})" for clause in node.directive.clauses)
            return f"(omp {node.directive.name}{clauses} {_maybe(node.body)})"
        case tree.OpaqueStmt():
            kind = "error" if node.is_error else "opaque"
            return f"({kind}{''.join(' ' + expr(child) for child in node.names)})"
    raise TypeError(node)


def function_text(function: tree.Function) -> str:
    parameters = ", ".join(f"{type_text(symbol.type)} {symbol.name}".strip() for symbol in function.parameters)
    body = "" if function.body is None else " " + stmt(function.body)
    return f"{type_text(function.result)} {function.name}({parameters}){body}"


@pytest.fixture
def show() -> Callable[..., str]:
    """`show(text, language)` is every function of the text, one a line."""

    def show(text: str, language: str = "c", **defines: str) -> str:
        unit = lower(text.encode(), language, defines=defines)  # pyright: ignore[reportArgumentType]
        return "\n".join(map(function_text, unit.functions))

    return show


@pytest.fixture
def body(show: Callable[..., str]) -> Callable[..., str]:
    """`body(statements, language)` is what the statements become inside a function."""

    def body(text: str, language: str = "c", **defines: str) -> str:
        last = show("void f() {" + text + "}", language, **defines).splitlines()[-1]
        return last.removeprefix("void f() {").removesuffix("}")

    return body


@pytest.fixture
def types() -> Callable[..., dict[str, str]]:
    """`types(declarations, language)` is the type of every global variable."""

    def types(text: str, language: str = "c") -> dict[str, str]:
        unit = lower(text.encode(), language)  # pyright: ignore[reportArgumentType]
        return {symbol.name: type_text(symbol.type) for symbol in unit.globals}

    return types
