"""`(i) + j` is a sum where i is a variable, although C's grammar alone also allows a cast of `+j`."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir.tree import Binary, Cast, Expr, ExprStmt, Name, Unary
from pragmatist.analysis.lowering import lower


def shown(text: str) -> str:
    """The expression, fully parenthesised."""
    unit = lower(f"typedef int T; void f(int i, int j, int n, int x) {{ {text}; }}".encode(), "c")
    body = unit.functions[0].body
    assert body is not None
    statement = body.items[0]
    assert isinstance(statement, ExprStmt)
    return _show(statement.expr)


def _show(expr: Expr) -> str:
    if isinstance(expr, Name):
        return expr.symbol.name
    if isinstance(expr, Binary):
        return f"({_show(expr.left)}{expr.op}{_show(expr.right)})"
    if isinstance(expr, Unary):
        return f"{expr.op}{_show(expr.operand)}"
    assert isinstance(expr, Cast)
    return f"<{expr.type.name}>{_show(expr.operand)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(i) + j", "(i+j)"),
        ("(i) - j", "(i-j)"),
        ("(i) + j * n", "(i+(j*n))"),
        ("(i) + j * n * x", "(i+((j*n)*x))"),
        ("(i) + j * n - x", "((i+(j*n))-x)"),
        ("x - (i) + j", "((x-i)+j)"),
        ("x - (i) + j * n", "((x-i)+(j*n))"),
        ("x * (i) + j", "((x*i)+j)"),
        ("(i) + x * (j) + n", "((i+(x*j))+n)"),
        ("x < (i) + j * n", "(x<(i+(j*n)))"),
        ("(i) * n + j", "((i*n)+j)"),
        ("(T) + j * n", "(<int>+j*n)"),
    ],
)
def test_sums_in_parentheses(text: str, expected: str) -> None:
    """Operators group as C says, whatever the grammar took the parentheses for."""
    assert expected == shown(text)
