"""What Microsoft's compiler does not take of a plan, in words, for each of its three switches."""

from __future__ import annotations

import msgspec
import pytest
from pragmatist.analysis.lowering import lower
from pragmatist.codegen.edit import TextChange
from pragmatist.verification.msvc_openmp import msvc_limits

C = "void f(int n, double *a) {{\n  {declared}double s = 0;\n  for ({header}) {{\n    a[0] = s;\n  }}\n}}\n"
INT = "int i = 0; i < n; i++"
UNSIGNED = "unsigned long i = 0; i < 10; i++"


def limits(planned, pragma: str, level: str, header: str = INT, language: str = "c", declared: str = "") -> str:
    text = C.format(header=header, declared=declared).encode()
    edit = planned(text, 3, f"#pragma omp {pragma}", language=language)
    return "; ".join(msvc_limits(text, edit, lower(text, language), level))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "pragma",
    [
        "parallel for",
        "parallel for private(s) firstprivate(n) if(n > 8) num_threads(4) schedule(guided, 4) default(none) shared(a)",
        "parallel for reduction(+: s) schedule(runtime)",
        "parallel for lastprivate(s) ordered",
    ],
)
def test_what_openmp_2_knows(planned, pragma: str):
    """By every switch."""
    assert [limits(planned, pragma, level) for level in ("2.0", "experimental", "llvm")] == ["", "", ""]


@pytest.mark.parametrize(
    ("pragma", "words"),
    [
        ("parallel for collapse(2)", "no clause `collapse`"),
        ("parallel for reduction(max: s)", "a reduction by `max`"),
        ("parallel for reduction(+: a[0:n])", "a reduction of an array (a[0:n])"),
        ("parallel for schedule(auto)", "a schedule `auto`"),
        ("parallel for schedule(monotonic: dynamic)", "a schedule has no modifiers in OpenMP 2.0 (`monotonic`)"),
        ("parallel for if(parallel: n > 8)", "`if` has no modifiers"),
        ("parallel for proc_bind(close)", "no clause `proc_bind`"),
        ("parallel for ordered(2)", "`ordered` takes no number"),
        ("taskloop", "no `taskloop`"),
        ("target teams distribute parallel for map(tofrom: a[0:n])", "no `target teams distribute parallel for`"),
        ("atomic capture", "no `atomic capture`"),
        ("masked", "no `masked`"),
    ],
)
def test_what_it_does_not(planned, pragma: str, words: str):
    """By no switch."""
    assert all(words in limits(planned, pragma, level) for level in ("2.0", "experimental", "llvm"))


@pytest.mark.parametrize(
    ("pragma", "least", "words"),
    [
        ("simd", "experimental", "/openmp knows no `simd` (/openmp:experimental does)"),
        ("parallel for simd simdlen(8)", "experimental", "/openmp knows no `parallel for simd`"),
        ("task untied", "llvm", "knows no `task`"),
    ],
)
def test_what_some_switches_know(planned, pragma: str, least: str, words: str):
    """Each knows what the ones before it know."""
    levels = ["2.0", "experimental", "llvm"]
    known = levels.index(least)
    assert all(words in limits(planned, pragma, level) for level in levels[:known][:1])
    assert all(limits(planned, pragma, level) != "" for level in levels[:known])
    assert all(limits(planned, pragma, level) == "" for level in levels[known:])


@pytest.mark.parametrize(
    ("header", "language", "declared", "words"),
    [
        (UNSIGNED, "c", "", "the index `i` must be a signed integer, and is `unsigned long`"),
        ("k = 0; k < 10; k++", "c", "unsigned k; ", "the index `k` must be a signed integer"),
        ("size_t i = 0; i < 10; i++", "c", "", "the index `i` must be a signed integer, and is `size_t`"),
        ("std::size_t i = 0; i < 10; i++", "cpp", "", "the index `i` must be a signed integer"),
        ("double *p = a; p < a + n; p++", "c", "", "the index `p` must be an integer, and is a pointer"),
        ("int i = 0; i != n; i++", "c", "", "the loop must end by <, <=, > or >=, not by !="),
    ],
)
def test_headers(planned, header: str, language: str, declared: str, words: str):
    """Only on loops that a directive shares out."""
    assert words in limits(planned, "parallel for", "2.0", header, language, declared)
    assert words not in limits(planned, "parallel", "2.0", header, language, declared)


def test_unsigned_indices_are_llvms(planned):
    """Since they came with OpenMP 3."""
    assert limits(planned, "parallel for", "llvm", UNSIGNED) == ""
    assert limits(planned, "parallel for", "experimental", UNSIGNED) != ""


def test_a_range_based_for_cannot_be_shared_out(planned):
    """By any switch."""
    text = b"void f(double (&a)[9]) {\n  for (double &x : a) x = 1;\n}\n"
    edit = planned(text, 2, "#pragma omp parallel for", language="cpp")
    assert msvc_limits(text, edit, lower(text, "cpp"), "llvm") == ["a range-based for cannot be shared out"]


def test_only_what_the_edit_writes_is_judged(planned):
    """A clause within a standing pragma makes the whole pragma the edit's; others are the program's own."""
    text = C.format(header=INT, declared="").encode()
    text = text.replace(b"  for", b"#pragma omp parallel for collapse(1)\n  for")
    edit = planned(text, 4, "unused")
    other, within = TextChange(0, 0, "#include <math.h>\n"), text.index(b" collapse")
    unit = lower(text, "c")
    assert msvc_limits(text, msgspec.structs.replace(edit, changes=(other,)), unit, "2.0") == []
    change = TextChange(within, within, " private(s)")
    found = msvc_limits(text, msgspec.structs.replace(edit, changes=(change,)), unit, "2.0")
    assert found == ["/openmp knows no clause `collapse`"]
