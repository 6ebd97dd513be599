"""A file analysed through its edits has the facts that it would have if analysed anew."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import Language, Place
from pragmatist.analysis.incremental import FileAnalysis
from pragmatist.analysis.incremental.relocation import relocated

HEAD = """\
#include <stdlib.h>
#include <math.h>
#define N 100
#define SQUARE(x) ((x) * (x))
typedef struct { double x, y; int next; } point;
double grid[N][N], line[N];
static int order[4] = {3, 1, 0, 2};
static int count, limit = 10;
double *work, *spare;
"""
FUNCTIONS_TEXT = """\
double square(double v)
{
    return SQUARE(v);
}
----
void scale(int n, double *a, double f)
{
    for (int i = 0; i < n; i++)
        a[i] *= f;
}
----
static double total(int n, const double *a)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += a[i];
    return s;
}
----
void start(int n)
{
    work = malloc(n * sizeof *work);
    spare = malloc(n * sizeof *spare);
}
----
void copy(int n)
{
    for (int i = 0; i < n; i++)
        work[i] = spare[i];
}
----
void relax(int t)
{
    for (int s = 0; s < t; s++)
        for (int i = 1; i < N - 1; i++)
            line[i] = (line[i - 1] + line[i + 1]) / 2;
}
----
void spread(double *restrict a)
{
    for (int i = 0; i < 4; i++)
        a[order[i]] = square(i) + limit;
}
----
void sums(double *out)
{
#pragma omp parallel for
    for (int i = 0; i < N; i++) {
        double s = 0;
        for (int j = 0; j < N; j++) s += grid[i][j];
        out[i] = s;
    }
}
----
int used(point *p, int n)
{
    int k = 0;
    for (int i = 0; i < n; i++) {
        p[i].x = fabs(p[i].y);
        if (p[i].x > 1) k++, count++;
    }
    return k;
}
----
void all(int n)
{
    double q[N];
    start(N);
    for (int i = 0; i < n; i++) {
        scale(N, grid[i], 2);
        q[i % N] = total(N, grid[i]);
    }
    copy(N);
    scale(N, q, q[0]);
}
----
int main(void)
{
    for (int i = 0; i < N; i++)
        line[i] = i;
    all(N);
    relax(3);
    return 0;
}
"""
FUNCTIONS = FUNCTIONS_TEXT.split("----\n")
CPP_FUNCTIONS_TEXT = """\
namespace tools {
void fill(std::vector<double> &v, double by)
{
    for (auto &each : v) each = by;
}
}
----
template <typename T> T largest(const T *a, int n)
{
    T best = a[0];
    for (int i = 1; i < n; i++)
        best = a[i] > best ? a[i] : best;
    return best;
}
----
struct Field {
    std::vector<double> cells;
    double operator[](int i) const { return cells[i]; }
    void add(double by) { for (size_t i = 0; i < cells.size(); i++) cells[i] += by; }
    void clear();
};
----
void Field::clear()
{
    for (size_t i = 0; i < cells.size(); i++)
        cells[i] = 0;
}
----
double over(Field &f, int n)
{
    double s = 0;
    for (int i = 0; i < n; i++) s += f[i];
    auto twice = [&](int i) { return 2 * f[i]; };
    for (int i = 0; i < n; i++) s += twice(i);
    return s;
}
"""
CPP_FUNCTIONS = CPP_FUNCTIONS_TEXT.split("----\n")
PIECES = [
    "    line[0] = 1;", "    work = line;", "    spare = work;", "    double *p = &grid[0][0];", "    count = 3;",
    "    limit++;", "    scale(3, line, 2);", "    order[1] = 2;", "    int *c = &count; *c = 2;", "    use(&limit);",
    "    for (int i = 0; i < N; i++) line[i] = 2 * i;", "    for (int i = 1; i < N; i++) line[i] = line[i - 1];",
    "    a[i] = ", "    if (n > 3) {", "    }", "    // a remark", "    /* a remark */", "    /*", "    int i, j;",
    "#pragma omp parallel for", "#pragma omp critical", "#define N 50", "#ifdef FAST", "#endif", "#include <stdio.h>",
    "", "    return;", "    static int calls;", "    work = malloc(8 * N);", "    free(spare);",
    "    struct { int u; } v;",
    "    CHECK(n)", '    puts("{");', "    extern int count;", "    goto out;", "    line[(int) total(N, line)] = 0;",
]  # fmt: skip
INSIDE = [
    "(", ")", ";", '"', "'", "{", "}", "+ 1", "\n", "\\\n", "*", "&", "1", "x", "[", "N", " ", "//", "i", "=", ", ",
]  # fmt: skip


@st.composite
def edits(draw: st.DrawFn) -> Callable[[str, str], str]:
    """An edit of a text; the second argument is the text as it was at first."""
    kind = draw(st.sampled_from(["line", "line", "line", "inside", "inside", "number", "cut", "drop", "swap", "back"]))
    share = draw(st.floats(0, 1))
    piece = draw(st.sampled_from(PIECES))
    inside = draw(st.sampled_from(INSIDE))
    length = draw(st.integers(0, 3))

    def edit(text: str, first: str) -> str:
        lines = text.split("\n")
        row, offset = min(int(share * len(lines)), len(lines) - 1), int(share * len(text))
        if kind == "line":
            return "\n".join([*lines[:row], piece, *lines[row:]])
        if kind == "inside":
            return text[:offset] + inside + text[offset + length :]
        if kind == "number":
            while offset < len(text) and not text[offset].isdigit():
                offset += 1
            return text[:offset] + str(7 * length + 1) + text[offset + 1 :]
        if kind == "cut":
            return "\n".join([*lines[:row], lines[row][: length * 4], *lines[row + 1 :]])
        if kind == "drop":
            return "\n".join([*lines[:row], *lines[row + 1 :]])
        if kind == "swap" and row + 1 < len(lines):
            return "\n".join([*lines[:row], lines[row + 1], lines[row], *lines[row + 2 :]])
        return first

    return edit


@st.composite
def files(draw: st.DrawFn) -> tuple[Language, str]:
    language: Language = draw(st.sampled_from(["c", "c", "cpp"]))
    functions = FUNCTIONS + (CPP_FUNCTIONS if language == "cpp" else [])
    chosen = draw(st.lists(st.sampled_from(range(len(functions))), min_size=3, max_size=9, unique=True))
    return language, HEAD + "\n".join(functions[number] for number in sorted(chosen))


@given(file=files(), sequence=st.lists(edits(), min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_as_if_anew(file: tuple[Language, str], sequence: list[Callable[[str, str], str]]) -> None:
    """After every edit of a long sequence."""
    language, first = file
    analysis = FileAnalysis(language)
    text = first
    assert analysis.update(text.encode()) == analyze(text.encode(), language)
    for edit in sequence:
        text = edit(text, first)
        assert analysis.update(text.encode()) == analyze(text.encode(), language)
        assert not analysis.failures


# Files, what is edited in them, and what it becomes.
ACROSS = {
    "a callee that writes a global": (
        """\
int n;
void g(void) { int t = 0; }
void f(int *a) {
    for (int i = 0; i < 9; i++) { g(); a[i] = n; } }
""",
        "int t = 0;",
        "n++;",
    ),
    "a callee that is not followed, outside of loops": (
        """\
int n;
void g(void) { int t = 0; }
void f(int *a) { n = 5;
    g();
    for (int i = 0; i < n; i++) a[i] = 0; }
""",
        "int t = 0;",
        "n = 4;",
    ),
    "the callee of a callee": (
        """\
int n;
void h(void) { int t; }
void g(void) { h(); }
void f(int *a) {
    for (int i = 0; i < 9; i++) { g(); } }
""",
        "int t;",
        "n++;",
    ),
    "a second target of a pointer": (
        """\
#include <stdlib.h>
static double *p, *q;
void g(int n) { p = malloc(n); q = malloc(n); }
void f(int n) {
    for (int i = 0; i < n; i++) p[i] = q[i]; }
int main(void) { g(9); f(9); }
""",
        "q = malloc(n);",
        "q = p;",
    ),
    "a write to a table": (
        """\
static int t[3] = {2, 0, 1};
void g(void) { int k; }
void f(int *a) {
    for (int i = 0; i < 3; i++) a[t[i]] = i; }
""",
        "int k;",
        "t[0] = 1;",
    ),
    "an address taken elsewhere": (
        """\
int n, *p;
void w(int *q) { *q = 1; }
void g(void) { n = 1; }
void f(int *a, int *q) {
    n = 5;
    w(q);
    for (int i = 0; i < n; i++) a[i] = 0;
}
""",
        "n = 1;",
        "p = &n;",
    ),
    "a function that becomes fresh": (
        """\
#include <stdlib.h>
int *k;
int *g(void) { return k; }
void f(int n) {
    int *a = g(); int *b = g(); for (int i = 0; i < n; i++) a[i] = b[i]; }
int main(void) { f(3); }
""",
        "return k;",
        "return malloc(99);",
    ),
    "a callee that is half typed": (
        """\
void g(int *a, int i) { a[i] = 1; }
void f(int *a) {
    for (int i = 0; i < 9; i++) g(a, i); }
""",
        "a[i] = 1;",
        "a[i] = (;",
    ),
    "a race in a callee": (
        """\
int n;
void g(int i) { int t = i; }
void f(void) {
#pragma omp parallel for
for (int i = 0; i < 9; i++) g(i); }
""",
        "int t = i;",
        "n += i;",
    ),
}


@pytest.mark.parametrize("name", ACROSS)
def test_edits_that_reach_across_functions(name: str) -> None:
    """An edit in one function changes what is known of another, and its undoing changes it back."""
    text, old, new = ACROSS[name]
    edited = text.replace(old, new)
    before, after = analyze(text.encode(), "c"), analyze(edited.encode(), "c")
    analysis = FileAnalysis("c")
    assert analysis.update(text.encode()) == before
    assert analysis.update(edited.encode()) == after
    assert analysis.update(text.encode()) == before
    assert not analysis.failures
    assert _without_places(before.loops) != _without_places(after.loops) or before.directives != after.directives


def _without_places(facts: object) -> object:
    return relocated(facts, lambda _: Place(0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("first", [0, 1])
def test_equal_loops_keep_their_numbers(first: int) -> None:
    """Loops of one text in functions of one name are told apart by their order, whichever of them changes."""
    body = "{ for (int i = 0; i < 9; i++) a[i] = 0; }\n"
    bodies = [body, body]
    head = ["void f(int *a) ", "void f(double *a) "]
    analysis = FileAnalysis("cpp")
    for new in ("{ a[0] = 1; }\n", "{ for (int i = 0; i < 9; i++) a[i] = 0; a[3] = 2; }\n", body):
        bodies[first] = new
        text = "".join(h + b for h, b in zip(head, bodies, strict=True)).encode()
        facts = analysis.update(text)
        assert facts == analyze(text, "cpp")
        assert len({loop.id for loop in facts.loops}) == len(facts.loops)


MANY = "#include <math.h>\nint g;\n" + "".join(
    f"double f{k}(int n, double *a)\n{{\n    double s = 0;\n    for (int i = 0; i < n; i++) s += a[i] * {k};\n"
    f"    return s;\n}}\n"
    for k in range(40)
)
CALLER = """\
double h(int n, double *a)
{
    double s = 0;
    for (int i = 0; i < n; i++)
        s += f7(n, a);
    return s;
}
"""


def test_one_function_is_judged_again() -> None:
    """An edit inside a function costs that function, and those that execute it; moving the rest costs none."""
    analysis = FileAnalysis("c")
    analysis.update((MANY + CALLER).encode())
    assert analysis.judged == 41
    for count, (old, new) in enumerate(
        [("* 5;", "* 55 + 1;"), ("* 30;", "\n * 2;"), ("double s = 0;", "double s = 1;")]
    ):
        text = MANY.replace(old, new, 1) + CALLER
        facts = analysis.update(text.encode())
        assert analysis.judged == 41 + (1, 3, 5)[count]  # each takes the edit before back, too
        assert facts == analyze(text.encode(), "c")
        analysis.update((MANY + CALLER).encode())
    before = analysis.judged
    analysis.update((MANY.replace("* 7;", "* 8;") + CALLER).encode())
    assert analysis.judged == before + 2  # f7, and h which calls it in a loop


def test_an_edit_outside_of_functions_is_seen_everywhere() -> None:
    """A macro, a type and a global that change, change what every function means."""
    text = "#define N 10\ntypedef int T;\nT a[N];\nvoid f(void)\n{\n    for (int i = 0; i < N; i++) a[i] = 0;\n}\n"
    analysis = FileAnalysis("c")
    for old, new in [("10", "20"), ("int T", "float T"), ("a[N]", "a[2 * N]"), ("void f", "int g;\nvoid f")]:
        analysis.update(text.encode())
        text = text.replace(old, new)
        assert analysis.update(text.encode()) == analyze(text.encode(), "c")


def test_an_edit_that_unbalances_an_open_conditional() -> None:
    """A conditional that nothing closes holds whole statements only as long as the brackets in it match."""
    before = "#ifdef FAST\nvoid f(int n, double *a)\n{\n    for (int i = 0; i < n; i++) a[i] = 1;\n}\n"
    analysis = FileAnalysis("c")
    analysis.update(before.encode())
    after = before.replace("i++", "i(++").encode()
    assert analysis.update(after) == analyze(after, "c")
