"""Statements, OpenMP directives among them."""

from __future__ import annotations

import pytest
from pragmatist.analysis.ir import tree
from pragmatist.analysis.lowering import lower


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("for (i = 0; i < n; i++) a[i] = 0;", "(for (= i 0) (< i n) (_++ i) (= ([] a i) 0))"),
        ("for (int i = 0, j = 9; i < j; i++, j--) {}",
         "(for {(decl int i 0) (decl int j 9)} (< i j) (, (_++ i) (_-- j)) {})"),
        ("for (;;) ;", "(for - - - {})"),
        ("while (n--) { continue; }", "(while (_-- n) {continue})"),
        ("do x++; while (x < 3);", "(do (< x 3) (_++ x))"),
        ("if (a) b; else if (c) d; else { }", "(if a b (if c d {}))"),
        ("switch (x) { case 1: a; break; case 2: default: b; }",
         "(switch x {case 1: a break case 2: default: b})"),
        ("again: x++; goto again;", "again: (_++ x) (goto again)"),
        ("return; ", "(return -)"),
        ("int a = 1, *b = &a, c[2] = {1, 2};", "(decl int a 1) (decl int* b (& a)) (decl int[2] c {1 2})"),
        ('asm volatile("nop" : "=r"(x) : "r"(y));', "(asm x y)"),
        ("{ { a; } }", "{{a}}"),
        (";", "{}"),
    ],
)  # fmt: skip
def test_c_statements(body, source: str, expected: str) -> None:
    """Control flow keeps its structure; labels and cases stand before what they label."""
    assert body(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("#pragma omp parallel for private(t)\nfor (;;) a;", "(omp parallel for private(t) (for - - - a))"),
        ("#pragma omp parallel\n#pragma omp for nowait\nfor (;;) a;",
         "(omp parallel (omp for nowait() (for - - - a)))"),
        ("x;\n#pragma omp barrier\ny;", "x (omp barrier -) y"),
        ("#pragma omp parallel\n{\n#pragma omp barrier\n}", "(omp parallel {(omp barrier -)})"),
        ("#pragma omp parallel \\\n  shared(x) /* all */ \\\n  private(y) // end\n{}",
         "(omp parallel shared(x) private(y) {})"),
        ("for (;;)\n#pragma omp simd\nfor (;;) a;", "(for - - - (omp simd (for - - - a)))"),
        ("if (x)\n#pragma omp task\n{ a; }\nelse\n#pragma omp taskwait\nb;",
         "(if x (omp task {a}) (omp taskwait -)) b"),
        ("switch (x) {\ncase 1:\n#pragma omp atomic\ny++;\n}", "(switch x {case 1: (omp atomic (_++ y))})"),
        ("#pragma omp sections\n{\n#pragma omp section\na;\n#pragma omp section\n{ b; }\n}",
         "(omp sections {(omp section a) (omp section {b})})"),
        ("#pragma omp ordered depend(source)\nx;", "(omp ordered depend() -) x"),
        ("#pragma omp ordered\nx;", "(omp ordered x)"),
        ("#pragma omp parallel for\n#pragma unroll\nfor (;;) a;", "(omp parallel for (for - - - a))"),
        ("#pragma GCC ivdep\nfor (;;) a;", "(for - - - a)"),
        ('_Pragma("omp parallel for") for (;;) a;', "(omp parallel for (for - - - a))"),
        ("#ifdef _OPENMP\n#pragma omp parallel for\n#endif\nfor (;;) a;", "(omp parallel for (for - - - a))"),
        ("#ifdef USE_ACC\n#pragma acc loop\n#else\n#pragma omp parallel for\n#endif\nfor (;;) a;",
         "(omp parallel for (for - - - a))"),
        ("#pragma omp parallel for\n", "(omp parallel for -)"),
    ],
)  # fmt: skip
def test_directives_take_what_they_govern(body, source: str, expected: str) -> None:
    """A directive holds the statement after it, wherever it stands; stand-alone ones hold none."""
    assert body("\n" + source + "\n") == expected


@pytest.mark.parametrize("language", ["c", "cpp"])
def test_directives_from_macros(show, language: str) -> None:
    """A macro that expands to _Pragma governs the statement after its use."""
    source = """
#define STR(x) #x
#define OMP(clause) _Pragma(STR(omp parallel for clause))
#define PAR _Pragma("omp parallel")
void f() { OMP(private(x)) for (;;) a; PAR { b; } }"""
    assert show(source, language) == "void f() {(omp parallel for private(x) (for - - - a)) (omp parallel {b})}"


@pytest.mark.parametrize(
    ("attribute", "expected"),
    [
        ("[[omp::directive(parallel for, private(t))]]", "(omp parallel for private(t) (for - - - a))"),
        ("[[using omp : directive(parallel for)]]", "(omp parallel for (for - - - a))"),
        ("[[omp::sequence(directive(parallel), directive(for))]]", "(omp parallel (omp for (for - - - a)))"),
    ],
)
def test_directives_as_attributes(body, attribute: str, expected: str) -> None:
    """The attribute syntax of OpenMP 5.2 means the same as pragmas."""
    assert body(f"x; {attribute} for (;;) a;", "cpp") == "x " + expected


def test_directives_at_file_scope() -> None:
    """Every directive of the file is listed with its place; threadprivate marks its variables."""
    text = b"int a, b;\n#pragma omp threadprivate(b)\n#pragma omp declare simd\nvoid f() {\n#pragma omp barrier\n}\n"
    unit = lower(text, "c")
    assert [(directive.name, text[start : start + 7]) for directive, start in unit.directives] == [
        ("threadprivate", b"#pragma"), ("declare simd", b"#pragma"), ("barrier", b"#pragma"),
    ]  # fmt: skip
    assert [(symbol.name, symbol.thread_local) for symbol in unit.globals] == [("a", False), ("b", True)]


def test_macros_inside_directives(body) -> None:
    """OpenMP expands macros in directives; the clauses keep their places."""
    text = b"#define NT 4\n#define VARS x, y\nvoid f() {\n#pragma omp parallel num_threads(NT) private(VARS)\n{}\n}\n"
    ((directive, start),) = lower(text, "c").directives
    assert [(clause.name, clause.items, text[clause.start : clause.end]) for clause in directive.clauses] == [
        ("num_threads", ("4",), b"num_threads(NT)"), ("private", ("x", "y"), b"private(VARS)"),
    ]  # fmt: skip
    assert text[start : directive.end].startswith(b"#pragma omp parallel num_threads(NT)")


def _all(node: object, kind: type) -> list:
    found: list = []
    pending = [node]
    while pending:
        current = pending.pop(0)
        if isinstance(current, kind):
            found.append(current)
        if isinstance(current, tuple):
            pending += current
        elif isinstance(current, tree.Function):
            pending.append(current.body)
        elif isinstance(current, tree.Expr | tree.Stmt):
            pending += [getattr(current, field) for field in current.__struct_fields__ if field != "symbol"]
    return found


def test_places_are_those_of_the_file() -> None:
    """Offsets point into the original text, past comments, macros, conditionals and non-ASCII characters."""
    text = """/* \u00e9\u00e8 */
#define N 100
#if 0
  int hidden;
#endif
void f(double *a) { // comment
  for (int i = 0; i < N; i++)
    a[i] = 2.0; /* more */ b = N;
}
""".encode()
    unit = lower(text, "c")
    (function,) = unit.functions
    assert text[function.start : function.end].startswith(b"void f(double *a) {")
    assert text[function.end - 1 : function.end] == b"}"
    (loop,) = _all(function, tree.For)
    assert text[loop.start : loop.keyword_end] == b"for"
    assert text[loop.start : loop.end].endswith(b"2.0;")
    assert {text[node.start : node.end] for node in _all(function, tree.Assign)} == {b"a[i] = 2.0", b"b = N"}
    assert {text[node.start : node.end] for node in _all(function, tree.Const)} == {b"0", b"N", b"2.0"}
    assert text[function.parameters[0].start : function.parameters[0].end] == b"a"


def test_what_a_macro_makes_has_the_place_of_its_use() -> None:
    """A loop out of a macro begins at the use, and its keyword is no `for`: nobody may edit it."""
    text = b"#define LOOP(i, n) for (int i = 0; i < n; i++)\nvoid f() { LOOP(k, 9) a[k] = 1; }"
    unit = lower(text, "c")
    (loop,) = _all(unit.functions[0], tree.For)
    assert text[loop.start : loop.keyword_end] == b"LOOP(k, 9)"
    assert text[loop.body.start : loop.body.end] == b"a[k] = 1;"
