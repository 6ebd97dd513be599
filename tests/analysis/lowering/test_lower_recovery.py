"""Text that cannot be read costs as little as possible, and never raises."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.ir import tree, walk
from pragmatist.analysis.lowering import context, functions, lower, opaque, unit

BEFORE = "void before(int n, double *x) { for (int i = 0; i < n; i++) x[i] = 1; }\n"
AFTER = "void after(int n, double *x) { for (int i = 0; i < n; i++) x[i] = 2; }\n"


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    "broken",
    [
        "for (int i = 0; i < n; i++) { x[i] = 3;",
        "for (int i = 0; i <",
        "if (n) { x[0] = 1;",
        "x[n",
        'x = "abc',
        "x.",
        "foo(1, ",
        "int y = ",
        "for (",
        "while (n",
        "struct Q {",
        "x[0] = 1 k = 2;",
        "@ $ `",
    ],
)
def test_a_fault_stays_in_its_function(show, language: str, broken: str) -> None:
    """Half-typed code in one function leaves the functions before and after it whole."""
    text = BEFORE + "void broken(int n, double *x) { int k; " + broken + " }\n" + AFTER
    unit_ = lower(text.encode(), language)  # pyright: ignore[reportArgumentType]
    assert unit_.errors
    assert {function.name: function.in_error for function in unit_.functions if function.name != "broken"} == {
        "before": False, "after": False,
    }  # fmt: skip
    assert all(function.in_error for function in unit_.functions if function.name == "broken")
    lines = show(text, language).splitlines()
    assert (lines[0], lines[-1]) == (show(BEFORE, language), show(AFTER, language))


def test_a_brace_too_many(show) -> None:
    """It ends the function; what follows is read."""
    text = BEFORE + "void broken(int n) { n; }}\n" + AFTER
    assert show(text).splitlines() == [show(BEFORE), "void broken(int n) {n}", show(AFTER)]
    assert len(lower(text.encode(), "c").errors) == 1


def test_an_unreadable_statement_keeps_its_names(body) -> None:
    """Later stages must see every name that occurs in what was not understood."""
    assert body("a[i] = b + ; c = 1;") == "(error (= ([] a i) b)) (= c 1)"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("void NO_INLINE f(int n) { x; }", "void f(int n) {x}"),
        ("EXPORT int f(int n);", "int f(int n)"),
        ("template <class T> HOST_DEVICE T f(T n) { return n; }", "?T f(?T n) {(return n)}"),
        ("int f(int n) NOEXCEPT { return n; }", "int f(int n) {(return n)}"),
        (
            "void f(double* RESTRICT a, const T* RESTRICT b) { a[0] = b[0]; }",
            "void f(double* a, const ?T* b) {(= ([] a 0) ([] b 0))}",
        ),
    ],
)
def test_macros_of_headers_that_qualify_declarations(show, source: str, expected: str) -> None:
    """A word in capitals that the grammar has no place for does not cost the function."""
    assert show(source, "cpp") == expected


def test_macro_calls_without_semicolon(body) -> None:
    """The call of an undeclared name in capitals may bring its own semicolon; any other call may not."""
    assert not lower(b"void f() { CHECK(x)\n y = 1; }", "c").functions[0].in_error
    assert lower(b"void f() { check(x)\n y = 1; }", "c").functions[0].in_error
    assert body("CHECK(x)\n y = 1;") == "(CHECK() x) (= y 1)"


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize(
    "text",
    [
        "",
        "\0\1\2\xff\xfe",
        "\ufeffint x;",
        "x",
        "}",
        "{{{{",
        "#",
        "#define",
        "#if\n#else\n#else\n#endif\n#endif",
        "#include <x",
        '"unterminated',
        "/* unterminated",
        'R"(unterminated',
        "\\",
        "'",
        "int main() {" * 50,
        "a" * 100_000,
        "#define F(x) F(x)\nint y = F(F(1));",
        "#define A B\n#define B A\nA B;",
        "#define P _Pragma(\nvoid f() { P }",
        "void f() {\n#pragma omp\n#pragma omp parallel for private(\n}",
        "#pragma omp threadprivate(\n",
        "[[omp::directive(",
        "int a[",
        "void f(int a[",
        "struct { struct { struct {",
        "enum { A = sizeof(struct",
        "namespace { namespace { class X : public",
        "operator",
        "template <template <",
        "void f() { [&](auto x) -> { } }",
    ],
)
def test_hostile_texts(text: str, language: str) -> None:
    """Any bytes give a unit."""
    assert isinstance(lower(text.encode("utf-8", "surrogatepass"), language), tree.Unit)  # pyright: ignore


def _depth(node: object) -> int:
    deepest = 0
    pending: list[tuple[object, int]] = [(node, 0)]
    while pending:
        current, depth = pending.pop()
        deepest = max(deepest, depth)
        if isinstance(current, tuple):
            pending += [(item, depth) for item in current]
        elif isinstance(current, tree.Expr | tree.Stmt):
            pending += [
                (getattr(current, field), depth + 1) for field in current.__struct_fields__ if field != "symbol"
            ]
    return deepest


@pytest.mark.parametrize(
    "statement",
    [
        "x = " + "(" * 10_000 + "y" + ")" * 10_000 + ";",
        "x = " + "-(" * 10_000 + "y" + ")" * 10_000 + ";",
        "x = " + "f(" * 10_000 + "y" + ")" * 10_000 + ";",
        "x = " + "a[" * 10_000 + "y" + "]" * 10_000 + ";",
        "x = " + "!" * 10_000 + "y;",
        "x = " + "y + " * 10_000 + "y;",
        "x = " + "y - " * 10_000 + "y;",
        "x = " + "y = " * 10_000 + "y;",
        "x = " + "y ? z : " * 10_000 + "y;",
        "x = " + "p->" * 10_000 + "y;",
        "x" + ".y" * 10_000 + " = 1;",
        "x" + "[y]" * 10_000 + " = 1;",
        "x" + "(y)" * 10_000 + ";",
        "x = " + "y, " * 10_000 + "y;",
        "int a[] = " + "{" * 10_000 + "y" + "}" * 10_000 + ";",
        "int " + "*" * 10_000 + "y;",
        "int " + "(" * 10_000 + "y" + ")" * 10_000 + ";",
        "int y" + "[2]" * 10_000 + ";",
        "if (y) x = 1; else " * 10_000 + "x = 2;",
        "if (y) " * 10_000 + "x = 2;",
        "{" * 10_000 + "y;" + "}" * 10_000,
        "for (;;) " * 10_000 + "y;",
        "y:" * 10_000 + ";",
        "\n" + "#pragma omp parallel\n" * 5_000 + "y;",
        "\n" + "#if X\n" * 5_000 + "y;\n" + "#endif\n" * 5_000,
        "x = " + "(int)" * 10_000 + "y;",
        "switch (y) { " + "case 1: " * 10_000 + "; }",
    ],
    ids=lambda statement: statement.strip()[:24],
)
def test_deep_nesting(statement: str) -> None:
    """What nests too deep is marked where it does; the rest of the file is read, and no stage will overflow."""
    text = f"void deep(int y) {{ {statement} }}\n" + AFTER
    started = time.monotonic()
    unit_ = lower(text.encode(), "c")
    assert time.monotonic() - started < 20
    assert unit_.functions[-1].name == "after"
    assert not unit_.functions[-1].in_error
    deep = next((function for function in unit_.functions if function.name == "deep"), None)
    assert deep is None or _depth(deep.body) < 700


def test_nothing_unexpected_is_swallowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The net for unreadable trees catches nothing on readable ones."""
    for module in (context, functions, opaque, unit):
        monkeypatch.setattr(module, "UNREADABLE", ())
    for language in ("c", "cpp"):
        assert lower(SEED.encode(), language).functions  # pyright: ignore[reportArgumentType]


SEED = """
#include <stdio.h>
#define N 64
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#ifdef DEBUG
#define LOG(x) printf("%d", x)
#else
#define LOG(x)
#endif
typedef struct { double re, im; } cplx;
static double a[N][N], *p;
enum { RED, GREEN = 3 };
int f(int n, double x[n][N], cplx *restrict c) {
  int i, j = 0;
  double s = 0.0;
#pragma omp parallel for private(j) \\
    reduction(+ : s)
  for (i = 0; i < n; i++) {
    for (int j = i; j < N; ++j) { s += x[i][j] * 2.0e-3; if (s > MAX(n, 3)) continue; LOG(j); }
    c[i].re = (double)i / n; c[i].im -= -c[n - i - 1].re;
  }
#ifdef FAST
  s *= 2;
#elif defined(SLOW)
  s = s + 1;
#endif
  while (j < n) { switch (j & 3) { case 0: j += 2; break; default: j++; } }
  do { *p++ = a[j % N][0]; } while (--n > 0);
  return s > 0 ? (int)s : sizeof(x[0]);
}
int main(void) { puts("x\\n"); return f(GREEN, a, (cplx *)0); }
"""

CPP_SEED = """
#include <vector>
namespace m {
template <class T> struct V : Base { std::vector<T> d; T &operator[](int i) { return d[i]; } void f(); };
}
template <class T> void m::V<T>::f() { for (auto &x : d) x *= 2; }
int g(std::vector<double> &v, int n) {
  std::vector<int> w(n, 1); auto q = new double[n]; auto l = [&, n](int i) mutable { w[i] = n; return i; };
  for (size_t i = 0; i < v.size(); ++i) { v[i] = std::max(v[i], 1.0) + static_cast<int>(q[i]) + l(i); }
  if (auto it = v.begin(); it != v.end()) { try { throw 1; } catch (int e) { return e; } }
  const auto [a, b] = std::pair{1, 2};
  delete[] q; return R"(x)"[0] + a;
}
"""


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([SEED, CPP_SEED]), st.sampled_from(["c", "cpp"]))
def test_mutations(seed: int, source: str, language: str) -> None:
    """Truncated, shuffled and overwritten sources never raise, and every place lies inside the text."""
    rng = random.Random(seed)
    text = bytearray(source.encode())
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(5):
            case 0:
                del text[at:]
            case 1:
                del text[at : at + rng.randint(1, 40)]
            case 2:
                text[at:at] = bytes(rng.choice(b"(){}[];,<>#\\\"'/*&:=\n\xff\0") for _ in range(rng.randint(1, 4)))
            case 3:
                text[at:at] = text[rng.randrange(len(text) + 1) :][: rng.randint(1, 80)]
            case _:
                if at < len(text):
                    text[at] = rng.randrange(256)
        if not text:
            break
    found = lower(bytes(text), language)  # pyright: ignore[reportArgumentType]
    pending: list[object] = [*found.functions, *found.errors]
    while pending:
        node = pending.pop()
        if isinstance(node, tuple):
            pending += node
        elif isinstance(node, tree.Function):
            assert 0 <= node.start <= node.end <= len(text)
            pending.append(node.body)
        elif isinstance(node, tree.Expr | tree.Stmt | tree.ParseError):
            assert 0 <= node.start <= node.end <= len(text)
            fields = (field for field in node.__struct_fields__ if not field.startswith("symbol"))
            pending += [getattr(node, field) for field in fields]


def test_splices_within_tokens() -> None:
    """A backslash at the end of a line joins what it divides: names, numbers and operators."""
    text = b"int co\\\nun\\\r\nter; void f(int *x) { fo\\\nr (int i = 0; i <\\\n= 1\\\n0; i++) x[coun\\\nter] = i; }"
    found = lower(text, "c")
    (loop,) = [node for node in walk.descendants(found.functions[0].body) if isinstance(node, tree.For)]  # type: ignore[arg-type]
    assert not found.errors
    assert isinstance(loop.condition, tree.Binary)
    assert isinstance(loop.condition.right, tree.Const)
    assert (loop.condition.op, loop.condition.right.value) == ("<=", 10)
