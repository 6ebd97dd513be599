"""Macros and conditionals."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir.types import Type
from pragmatist.analysis.lowering import lower


@pytest.mark.parametrize(
    ("defines", "source", "expected"),
    [
        ("#define N 10", "x = N;", "(= x 10)"),
        ("#define N (M + 1)\n#define M 2", "x = N * 3;", "(= x (* (+ 2 1) 3))"),
        ("#define SQ(x) ((x) * (x))", "y = SQ(a + 1);", "(= y (* (+ a 1) (+ a 1)))"),
        ("#define IDX(i, j) ((i) * n + (j))", "a[IDX(r, c)] = 1;", "(= ([] a (+ (* r n) c)) 1)"),
        ("#define A(i, j) a[i][j]", "A(1, 2) = A(0, k);", "(= ([] ([] a 1) 2) ([] ([] a 0) k))"),
        ("#define MIN(a, b) ((a) < (b) ? (a) : (b))", "x = MIN(MIN(p, q), r);",
         "(= x (? (< (? (< p q) p q) r) (? (< p q) p q) r))"),
        ("#define FOR(i, n) for (int i = 0; i < n; i++)", "FOR(k, 5) a[k] = k;",
         "(for (decl int k 0) (< k 5) (_++ k) (= ([] a k) k))"),
        ("#define SWAP(a, b) do { int t = a; a = b; b = t; } while (0)", "SWAP(x, y);",
         "(do 0 {(decl int t x) (= x y) (= y t)})"),
        ("#define BEGIN {\n#define END }", "if (x) BEGIN y; END", "(if x {y})"),
        ("#define cat(a, b) a##b", "cat(x, 1) = cat(2, 3);", "(= x1 23)"),
        ("#define str(x) #x", "puts(str(a \"b\"));", r'(puts() "a \"b\"")'),
        ("#define LOG(fmt, ...) printf(fmt, ##__VA_ARGS__)", 'LOG("a"); LOG("b", 1, 2);',
         '(printf() "a") (printf() "b" 1 2)'),
        ("#define f(x) (x)", "f (1); g = f;", "1 (= g f)"),
        ("#define X X + 1", "a = X;", "(= a (+ X 1))"),
        ("#define P Q\n#define Q P", "a = P;", "(= a P)"),
        ("#define T int", "T v = (T)2.5;", "(decl int v (cast int 2.5))"),
        ("#define EMPTY", "EMPTY x EMPTY = 1 EMPTY;", "(= x 1)"),
        ("#define N 1", 'puts("N"); c = \'N\';', "(puts() \"N\") (= c 'N')"),
        ("#define BAD(x", "x = BAD;", "(= x BAD)"),
    ],
)  # fmt: skip
def test_expansion(show, defines: str, source: str, expected: str) -> None:
    """Macros of the file are expanded as C17 says, and what cannot be expanded stays."""
    assert show(f"{defines}\nvoid f0() {{{source}}}") == "void f0() {" + expected + "}"


def test_definitions_hold_from_where_they_stand(show) -> None:
    """Redefinition and #undef take effect at their position."""
    source = "#define N 1\nvoid f() { x = N; }\n#undef N\nvoid g() { x = N; }\n#define N 2\nvoid h() { x = N; }"
    assert show(source) == "void f() {(= x 1)}\nvoid g() {(= x N)}\nvoid h() {(= x 2)}"


def test_macros_in_declarators(show) -> None:
    """Benchmarks hide array parameters behind macros that no grammar can read unexpanded."""
    source = """
#define POLYBENCH_2D(var, dim1, dim2, ddim1, ddim2) var[dim1 + 0][dim2 + 0]
#define DATA_TYPE double
#define M 20
static void kernel(int n, DATA_TYPE POLYBENCH_2D(A, N, M, n, m)) { A[1][2] = 0; }"""
    assert show(source) == "void kernel(int n, double[(+ 20 0)]* A) {(= ([] ([] A 1) 2) 0)}"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("#if 1", "a"),
        ("#if 0", "b"),
        ("#if N == 3 && defined(N)", "a"),
        ("#if !defined N || N > 3", "b"),
        ("#if (N << 1) % 4 == 2 ? 0 : 1", "b"),
        ("#ifdef N", "a"),
        ("#ifndef N", "b"),
        ("#ifdef GIVEN", "a"),
        ("#if GIVEN == 7", "a"),
        ("#if 0 && UNKNOWN", "b"),
        ("#if 1 || UNKNOWN", "a"),
        ("#ifdef __cplusplus", "b"),
        ("#if UNKNOWN > 2", "(if (opaque '#if UNKNOWN > 2') {a} b)"),
        ("#ifdef UNKNOWN", "(if (opaque '#ifdef UNKNOWN') {a} b)"),
        ("#if __has_include(<x.h>)", "(if (opaque '#if __has_include(<x.h>)') {a} b)"),
        ("#if (((", "(if (opaque '#if (((') {a} b)"),
    ],
)
def test_conditions(show, condition: str, expected: str) -> None:
    """What the text decides leaves one branch; what it does not leaves both under a condition."""
    source = f"#define N 3\nvoid f() {{\n{condition}\na;\n#else\nb;\n#endif\n}}"
    assert show(source, GIVEN="7") == "void f() {" + expected + "}"


def test_branches_of_an_undecided_chain(body) -> None:
    """#elif chains nest; a branch that the text rules out goes."""
    source = "\n#ifdef A\na;\n#elif 0\nno;\n#elif defined(B)\nb;\nbb;\n#else\nc;\n#endif\n"
    assert body(source) == "(if (opaque '#ifdef A') {a} (if (opaque '#elif defined(B)') {b bb} c))"


def test_the_same_condition_inside_its_branch(body) -> None:
    """Within #ifdef A, A is defined."""
    assert body("\n#ifdef A\n#ifdef A\na;\n#else\nb;\n#endif\n#endif\n") == "(if (opaque '#ifdef A') {a})"


def test_declarations_in_branches_live_on(body) -> None:
    """A variable that both branches declare is one variable after them."""
    source = "\n#ifdef A\nint n = 1;\n#else\nint n = 2;\n#endif\nx = n;"
    assert body(source) == "(if (opaque '#ifdef A') {(decl int n 1)} (decl int n 2)) (= x n)"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("if (x\n#ifdef A\n&& y\n#endif\n) z;", "(if x z)"),
        ("if (a) b;\n#ifdef A\nelse c;\n#endif\n", "(if a b)"),
        ("\n#ifdef A\nif (x) {\n#endif\ny;\n#ifdef A\n}\n#endif\n", "y"),
        ("f(1,\n#ifdef A\n2\n#else\n3\n#endif\n);", "(f() 1 3)"),
    ],
)
def test_a_conditional_that_splits_a_statement(source: str, expected: str, body) -> None:
    """Only the branch that a compiler takes without options is read, and an error says so."""
    assert body(source) == expected
    unit = lower(b"void f() {" + source.encode() + b"}", "c")
    assert unit.functions[0].in_error
    assert "splits a statement" in unit.errors[0].message


def test_functions_of_both_branches(show) -> None:
    """At file level every branch's functions are there."""
    assert show("#ifdef A\nvoid f() { a; }\n#else\nvoid f() { b; }\n#endif") == "void f() {a}\nvoid f() {b}"


def test_include_guards(show) -> None:
    """The guard of a whole file is no condition."""
    assert show("#ifndef H\n#define H\nint f(void);\n#endif") == "int f()"


def test_a_default_for_an_integer_stays_a_name(show) -> None:
    """`#ifndef N`, `#define N 100`: what is proved must hold for the N of any configuration."""
    source = "#ifndef N\n#define N 100\n#endif\n#ifndef T\n#define T double\n#endif\nvoid f(T a[N][N]) { x = N; }"
    assert show(source) == "void f(double[N]* a) {(= x N)}"
    unit = lower(source.encode(), "c")
    extent = unit.functions[0].parameters[0].type.inner
    assert extent is not None
    assert extent.extent.symbol.type == Type("int", "int", size=4, const=True)  # pyright: ignore
    assert show(source, N="8") == "void f(double[8]* a) {(= x 8)}"


@pytest.mark.parametrize(
    ("bodies", "use", "expected"),
    [
        (("x + 1", "x + 2"), "y = M;", "(= y (? _if_0 (+ x 1) (+ x 2)))"),
        (("f(1)", ""), "M;", "(if (opaque '#if (the definition of M)') {(f() 1)} {})"),
        (("1", "2"), "y = M;", "(= y M)"),
        (("", "inline"), "M y = 2;", "(= y 2)"),
    ],
)
def test_macros_with_several_bodies(show, bodies: tuple[str, str], use: str, expected: str) -> None:
    """Where the configuration decides a macro's body, every body is seen."""
    source = f"#ifdef A\n#define M {bodies[0]}\n#else\n#define M {bodies[1]}\n#endif\nvoid g() {{ {use} }}"
    assert show(source).replace("(opaque '#if (the definition of M)')", "_if_0", expected.count("_if_0")) == (
        "void g() {" + expected + "}"
    )


def test_a_type_macro_with_several_bodies(types) -> None:
    """What the possible types have in common is known."""
    source = "#ifdef SINGLE\n#define REAL float\n#else\n#define REAL double\n#endif\nREAL x[3];"
    unit = lower(source.encode(), "c")
    element = unit.globals[0].type.inner
    assert element is not None
    assert (element.kind, element.name, element.size) == ("float", "REAL", None)


def test_headers_in_sight(show) -> None:
    """What a header defines counts from its #include on; what it holds has the place of the directive."""
    text = b'#include "h.h"\nreal f(real x) { return SQ(x) + N; }\n'
    header = b"""#ifndef H
#define H
#define SQ(x) ((x) * (x))
#define N 3
typedef float real;
int g(void) { return 1; }
#endif
"""
    unit = lower(text, "c", headers={"h.h": header})
    f = next(function for function in unit.functions if function.name == "f")
    g = next(function for function in unit.functions if function.name == "g")
    assert (f.included, f.result.name, text[f.start : f.end][:4]) == (False, "float", b"real")
    assert (g.included, text[g.start : g.end]) == (True, b'#include "h.h"')


def test_the_unit_lists_macros() -> None:
    """Names, parameters and bodies as they stand."""
    macros = lower(b"#define A 1 + \\\n 2\n#define F(x, ...) x\n#define E\n", "c").macros
    assert {name: (macro.parameters, macro.body.split()) for name, macro in macros.items()} == {
        "A": (None, ["1", "+", "2"]), "F": (("x", "__VA_ARGS__"), ["x"]), "E": (None, []),
    }  # fmt: skip


def test_expansion_is_bounded() -> None:
    """Macros that double a thousand times neither hang nor fill the memory."""
    doubling = "\n".join(f"#define X{i + 1} X{i} X{i}" for i in range(100))
    unit = lower(f"#define X0 x;\n{doubling}\nvoid f() {{ X100 }}\nvoid g() {{ y; }}".encode(), "c")
    assert [function.name for function in unit.functions] == ["f", "g"]
    assert any("too large" in error.message for error in unit.errors)
