"""Random expressions, printed with every redundancy that C allows, keep the structure that they were made with."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.ir import tree
from pragmatist.analysis.lowering import lower

# C17 §6.5: the higher binds tighter.
BINARY = {
    "*": 13, "/": 13, "%": 13, "+": 12, "-": 12, "<<": 11, ">>": 11, "<": 10, ">": 10, "<=": 10, ">=": 10, "==": 9,
    "!=": 9, "&": 8, "^": 7, "|": 6, "&&": 5, "||": 4,
}  # fmt: skip
UNARY, POSTFIX, CONDITIONAL, ASSIGNMENT, COMMA = 14, 15, 3, 2, 1
NAMES = ["i", "j", "n", "x"]


def made(rng: random.Random, size: int) -> tuple:
    """A random expression of about `size` leaves."""
    if size <= 1:
        return ("name", rng.choice(NAMES)) if rng.random() < 0.7 else ("const", str(rng.randrange(100)))
    smaller = rng.randint(1, size - 1)
    target = ("name", rng.choice(NAMES)) if rng.random() < 0.6 else ("index", ("name", "a"), made(rng, smaller))
    match rng.randrange(11):
        case 0 | 1 | 2:
            return ("binary", rng.choice(sorted(BINARY)), made(rng, smaller), made(rng, size - smaller))
        case 3:
            return ("unary", rng.choice("-+!~"), made(rng, size - 1))
        case 4:
            return ("unary", "*", ("name", "p")) if rng.random() < 0.5 else ("unary", "&", target)
        case 5:
            return ("cast", rng.choice(["int", "T", "double *"]), made(rng, size - 1))
        case 6:
            return ("index", ("name", rng.choice("ap")), made(rng, size - 1))
        case 7:
            return ("call", "f", [made(rng, smaller) for _ in range(rng.randrange(3))])
        case 8:
            return ("conditional", made(rng, smaller), made(rng, size - smaller), made(rng, 1))
        case 9:
            return ("assign", rng.choice(["", "+", "<<"]), target, made(rng, size - smaller))
        case _:
            if rng.random() < 0.4:
                return ("member", rng.choice([".", "->"]), ("name", rng.choice("sp")))
            return ("increment", rng.choice(["++", "--"]), rng.random() < 0.5, target)


def text(node: tuple, level: int, rng: random.Random) -> str:
    """The expression with the parentheses that it needs where `level` binds, and some that it does not."""
    own = POSTFIX + 1
    match node:
        case ("name" | "const", spelling):
            written = spelling
        case ("binary", op, left, right):
            own = BINARY[op]
            written = f"{text(left, own, rng)} {op} {text(right, own + 1, rng)}"
        case ("unary", op, operand):
            own = UNARY
            written = f"{op} {text(operand, UNARY, rng)}"
        case ("cast", type_, operand):
            own = UNARY
            written = f"({type_}){rng.choice(['', ' '])}{text(operand, UNARY, rng)}"
        case ("index", base, subscript):
            own = POSTFIX
            written = f"{text(base, POSTFIX, rng)}[{text(subscript, COMMA, rng)}]"
        case ("call", name, arguments):
            own = POSTFIX
            written = f"{name}({', '.join(text(argument, ASSIGNMENT, rng) for argument in arguments)})"
        case ("member", op, base):
            own = POSTFIX
            written = f"{text(base, POSTFIX, rng)}{op}m"
        case ("conditional", condition, then, other):
            own = CONDITIONAL
            written = (
                f"{text(condition, CONDITIONAL + 1, rng)} ? {text(then, COMMA, rng)} : {text(other, CONDITIONAL, rng)}"
            )
        case ("assign", op, target, value):
            own = ASSIGNMENT
            written = f"{text(target, UNARY, rng)} {op}= {text(value, ASSIGNMENT, rng)}"
        case ("increment", op, True, target):
            own = UNARY
            written = f"{op}{text(target, UNARY, rng)}"
        case ("increment", op, False, target):
            own = POSTFIX
            written = f"{text(target, POSTFIX, rng)}{op}"
        case _:
            raise TypeError(node)
    if own < level or (rng.random() < 0.2):
        return f"({written})"
    return written


def structure(node: tree.Expr) -> tuple:
    """What was lowered, in the form of the strategy's trees."""
    match node:
        case tree.Name():
            return ("name", node.symbol.name)
        case tree.Const():
            return ("const", node.text)
        case tree.Binary():
            return ("binary", node.op, structure(node.left), structure(node.right))
        case tree.Unary():
            return ("unary", node.op, structure(node.operand))
        case tree.Cast():
            name = "double *" if node.type.kind == "pointer" else node.type.name
            return ("cast", name, structure(node.operand))
        case tree.Index():
            return ("index", structure(node.base), structure(node.subscript))
        case tree.Call():
            return ("call", node.name, [structure(argument) for argument in node.arguments])
        case tree.Member():
            return ("member", "->" if node.arrow else ".", structure(node.base))
        case tree.Conditional():
            return ("conditional", structure(node.condition), structure(node.then), structure(node.other))
        case tree.Assign():
            return ("assign", node.op, structure(node.target), structure(node.value))
        case tree.IncDec():
            return ("increment", node.op, node.prefix, structure(node.target))
        case tree.Opaque():
            return ("opaque", node.text)
    raise AssertionError(f"unexpected {node}")


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["c", "cpp"]))
def test_structure_survives(seed: int, language: str) -> None:
    """Precedence, associativity and the cast-or-operand ambiguities come out as C defines them."""
    rng = random.Random(seed)
    expressions = [made(rng, rng.randint(1, 9)) for _ in range(30)]
    written = [text(node, ASSIGNMENT, rng) for node in expressions]
    statements = "\n".join(f"  y = {each};" for each in written)
    source = f"typedef double T; double a[9], *p; int f(); void g(int i, int j, int n, int x) {{\n{statements}\n}}"
    unit = lower(source.encode(), language)  # pyright: ignore[reportArgumentType]
    body = unit.functions[-1].body
    assert body is not None
    found: list[tuple] = []
    for statement in body.items:
        assert isinstance(statement, tree.ExprStmt)
        assert isinstance(statement.expr, tree.Assign)
        found.append(structure(statement.expr.value))
    for expected, actual, each in zip(expressions, found, written, strict=True):
        if language == "cpp" and "opaque" in repr(actual) and ((" < " in each and ">" in each) or "&" in each):
            continue  # `x < i > (j)` may be a template, `(n & (j && n)) - n` a cast; nothing is claimed of them
        assert repr(expected).replace("'T'", "'double'") == repr(actual), each
