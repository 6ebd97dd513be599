"""C expressions become the expressions of the intermediate representation."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a + b * c - -d;", "(- (+ a (* b c)) (- d))"),
        ("(a + b) * c;", "(* (+ a b) c)"),
        ("a = b = 1;", "(= a (= b 1))"),
        ("a <<= 2, b %= 3;", "(, (<<= a 2) (%= b 3))"),
        ("i++; --j;", "(_++ i) (--_ j)"),
        ("x ? y : z ? 1 : 2;", "(? x y (? z 1 2))"),
        ("f(a, g(), 1)(2);", "((f() a (g()) 1):() 2)"),
        ("(*p)(1); (q)(2);", "((* p):() 1) (q() 2)"),
        ("m[i][j + 1] += v[idx[i]];", "(+= ([] ([] m i) (+ j 1)) ([] v ([] idx i)))"),
        ("s.x.y = p->q->r[2];", "(= (. (. s x) y) ([] (-> (-> p q) r) 2))"),
        ("*p++ = &a[3];", "(= (* (_++ p)) (& ([] a 3)))"),
        ("(double)n / (float *)p[0];", "(/ (cast double n) (cast float* ([] p 0)))"),
        ("!a && ~b || c;", "(|| (&& (! a) (~ b)) c)"),
        ("puts(\"a\" \"b\"); f('x', '\\n', NULL);", "(puts() \"a\" \"b\") (f() 'x' '\\n' NULL)"),
        ("x = (struct P){1, .y = 2};", "(= x (cast struct P {1 2}))"),
        ("a ?: b;", "(? a a b)"),
        ("0x1F + 010 + 1e-3f + 2UL;", "(+ (+ (+ 0x1F 010) 1e-3f) 2UL)"),
        ("INT_MAX; M_PI; unknown_name;", "INT_MAX M_PI unknown_name"),
        ("__builtin_expect(n > 0, 1);", "(> n 0)"),
    ],
)
def test_c_expressions(body, source: str, expected: str) -> None:
    """Operators, calls, accesses, casts and literals keep their structure."""
    assert body(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("typedef int T; void f() { x = (T)-1; }", "(= x (cast int -1))"),
        ("typedef int T; void f() { x = (T)(y); }", "(= x (cast int y))"),
        ("typedef int T; void f() { x = (T)*p + 1; }", "(= x (+ (cast int (* p)) 1))"),
        ("int T; void f() { x = (T)-1; }", "(= x (- T 1))"),
        ("int T; void f() { x = (T)*p; }", "(= x (* T p))"),
        ("int (*T)(int); void f() { x = (T)(y); }", "(= x (T() y))"),
        (
            "typedef int T; void f() { x = (T)(y)[2] + (T)(int)(z); }",
            "(= x (+ (cast int ([] y 2)) (cast int (cast int z))))",
        ),
        ("typedef struct T T; void f() { int *T; x = (T)[1] + (T) - 1; }", "(decl int* T) (= x (- (+ ([] T 1) T) 1))"),
        ("#define C(v) ((T)(v))\ntypedef int T; void f() { x = C(y)->z; }", "(= x (-> (cast int y) z))"),
        ("int a[9]; void f() { x = (a[1]) - y * 2; }", "(= x (- ([] a 1) (* y 2)))"),
    ],
)
def test_casts_that_the_grammar_takes_for_operators(show, source: str, expected: str) -> None:
    """`(T)-1` is a cast where T is a type, and a subtraction where it is a variable."""
    assert show(source).removeprefix("void f() {").removesuffix("}") == expected


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("sizeof(int)", 4),
        ("sizeof(double[3][2])", 48),
        ("sizeof(char *)", 8),
        ("sizeof a", 40),
        ("sizeof(a[0])", 4),
        ("sizeof(p)", 8),
        ("sizeof(unknown_t)", None),
        ("sizeof(struct S)", None),
    ],
)
def test_sizeof(body, source: str, value: int | None) -> None:
    """Sizes are known where the text tells them, and never guessed."""
    assert body(f"int a[10], *p; x = {source};").split(" (= ")[1] == f"x (sizeof {value}))"


def test_values_of_literals() -> None:
    """Numbers and characters carry the value that C gives them."""
    from pragmatist.analysis.ir.tree import Const, Return
    from pragmatist.analysis.lowering import lower

    def value(literal: str, language: str = "c") -> object:
        unit = lower(b"int f() { return %s; }" % literal.encode(), language)  # pyright: ignore[reportArgumentType]
        assert unit.functions[0].body is not None
        statement = unit.functions[0].body.items[0]
        assert isinstance(statement, Return)
        assert isinstance(statement.value, Const)
        return statement.value.value

    found = {
        text: value(text) for text in ["42", "0x2A", "052", "42u", "1.5e2", ".5f", "0x1p4", "'*'", "'\\x2a'", "1e999"]
    }
    assert found == {
        "42": 42, "0x2A": 42, "052": 42, "42u": 42, "1.5e2": 150.0, ".5f": 0.5, "0x1p4": 16.0, "'*'": 42,
        "'\\x2a'": 42, "1e999": float("inf"),
    }  # fmt: skip
    assert value("0b101010", "cpp") == 42
    assert value("1'000'000", "cpp") == 1_000_000
    assert value('"42"') is None


def test_statement_expressions_that_only_name_their_parts(show) -> None:
    """The usual GNU max macro is a conditional expression; one with effects stays opaque with what it names."""
    source = """
#define MAX(a, b) ({ __typeof__(a) _a = (a); __typeof__(b) _b = (b); _a > _b ? _a : _b; })
void f(int x) { y = MAX(x, 3); z = MAX(x++, 3); }"""
    first, second = show(source).removeprefix("void f(int x) {").removesuffix("}").split(") (= z ")
    assert first == "(= y (? (> x 3) x 3)"
    assert second.startswith("(opaque 'MAX(x++, 3)'")
    assert "(_++ x)" in second


def test_long_sums_are_regrouped(body) -> None:
    """A sum of a thousand terms has a depth that later stages can walk, with every term in order."""
    terms = [f"t{i}" for i in range(1000)]
    text = body("x = " + " + ".join(terms) + ";")
    depth = deepest = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        deepest = max(deepest, depth)
    assert deepest < 20
    assert [word.strip("()") for word in text.split() if word.startswith("t")] == terms
