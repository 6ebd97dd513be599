"""Drivers, with real compilers, for what functions take besides numbers and arrays: it is filled, and printed again."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from driven_functions import PARALLEL, loop_line, printed
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.request import VerificationRequest

Requests = Callable[..., VerificationRequest]

# Functions with the labels below which their effects are printed.
C = {
    "a function": (
        "void f(int n, double *a, double (*g)(double)) {\n  for (int i = 0; i < n; i++) a[i] = g(a[i]);\n}",
        ["a"],
    ),
    "a function of a type with a name": (
        "typedef int (*pick)(int, const double *);\nint f(int n, const double *a, pick p) {\n  int s = 0;\n"
        "  for (int i = 0; i < n; i++) s += p(i, a);\n  return s;\n}",
        ["result"],
    ),
    "a function that gets memory of no type": (
        "void f(int n, double *a, void (*g)(double *, void *), void *all) {\n"
        "  for (int i = 0; i < n; i++) g(&a[i], all);\n}",
        ["a"],
    ),
    "a function in a struct": (
        "struct op { double (*apply)(double, double); double k; };\nvoid f(const struct op *o, int n, double *a) {\n"
        "  for (int i = 0; i < n; i++) a[i] = o->apply(a[i], o->k);\n}",
        ["a"],
    ),
    "a function that compares": (
        "void f(const double *a, int n, int (*less)(const void *, const void *), int *rank) {\n"
        "  for (int i = 0; i < n; i++) {\n    rank[i] = 0;\n"
        "    for (int j = 0; j < n; j++) rank[i] += less(&a[j], &a[i]) < 0;\n  }\n}",
        ["rank"],
    ),
    "a union": (
        "union num { int i; float f; unsigned char b[4]; };\nvoid f(union num *u, int n) {\n"
        "  for (int i = 0; i < n; i++) u[i].i += 1;\n}",
        ["u"],
    ),
    "a union in a struct that says what it holds": (
        "struct val { int kind; union { int i; double d; } u; };\nvoid f(struct val *v, int n) {\n"
        "  for (int i = 0; i < n; i++) { if (v[i].kind) v[i].u.i += 1; else v[i].u.d += 0.5; }\n}",
        ["v"],
    ),
    "a union without a name": (
        "struct val { int kind; union { int i; double d; }; };\nvoid f(struct val *v, int n) {\n"
        "  for (int i = 0; i < n; i++) { if (v[i].kind) v[i].i += 1; else v[i].d += 0.5; }\n}",
        ["v"],
    ),
    "bit-fields": (
        "struct px { unsigned r : 5, g : 6, b : 5; };\nvoid f(struct px *p, int n) {\n"
        "  for (int i = 0; i < n; i++) p[i].r = p[i].g;\n}",
        ["p"],
    ),
    "structs that structs point to": (
        "struct grid { int n; double *v; };\nstruct sim { struct grid *now, *next; double dt; };\n"
        "void f(struct sim *s) {\n  for (int i = 1; i < s->now->n - 1; i++)\n"
        "    s->next->v[i] = s->dt * (s->now->v[i - 1] + s->now->v[i + 1]);\n}",
        ["s->next->v"],
    ),
    "trees": (
        "struct node { double v; struct node *left, *right; };\nvoid f(struct node **roots, int n, double *s) {\n"
        "  for (int i = 0; i < n; i++) s[i] = roots[i]->v + roots[i]->left->v + roots[i]->right->v;\n}",
        ["s"],
    ),
    "the end of a range": (
        "void f(double *first, double *last) {\n  for (double *p = first; p < last; p++) *p += 1;\n}",
        ["first"],
    ),
    "a size behind a pointer": (
        "void f(double *a, const int *n) {\n  for (int i = 0; i < *n; i++) a[i] += 1;\n}",
        ["a"],
    ),
    "a struct that is returned": (
        "struct st { double sum; int n; };\nstruct st f(const double *x, int n) {\n  struct st r = {0, n};\n"
        "  for (int i = 0; i < n; i++) r.sum += x[i];\n  return r;\n}",
        ["result"],
    ),
}
LOOP = "  for (std::size_t i = 0; i < v.size(); i++) "
CPP = {
    "a map": (
        "#include <map>\n#include <vector>\nvoid f(const std::map<int, double> &w, std::vector<double> &v) {\n"
        f"{LOOP}{{ auto it = w.find((int)i); if (it != w.end()) v[i] += it->second; }}\n}}",
        ["w", "v"],
    ),
    "a map of vectors": (
        "#include <map>\n#include <vector>\nvoid f(std::map<int, std::vector<double>> &m, int n) {\n"
        "  for (int i = 0; i < n; i++) {\n    auto it = m.find(i);\n"
        "    if (it != m.end()) for (auto &x : it->second) x += 1;\n  }\n}",
        ["m"],
    ),
    "an unordered map asked by strings": (
        "#include <string>\n#include <unordered_map>\n#include <vector>\n"
        "void f(const std::unordered_map<std::string, int> &ids, const std::vector<std::string> &v, int *out) {\n"
        f"{LOOP}{{ auto it = ids.find(v[i]); out[i] = it == ids.end() ? -1 : it->second; }}\n}}",
        ["ids", "out"],
    ),
    "sets": (
        "#include <set>\n#include <unordered_set>\n#include <vector>\n"
        "int f(const std::set<int> &s, const std::unordered_set<int> &u, const std::vector<int> &v) {\n"
        f"  int c = 0;\n{LOOP}c += s.count(v[i]) + u.count(v[i]);\n  return c;\n}}",
        ["result", "s", "u"],
    ),
    "views of strings": (
        "#include <string_view>\n#include <vector>\n"
        "void f(std::string_view all, const std::vector<std::string_view> &v, std::vector<int> &n) {\n"
        f"{LOOP}n[i] = (int)v[i].size() + (all[i % all.size()] == 'e');\n}}",
        ["all", "v", "n"],
    ),
    "what may be absent": (
        "#include <optional>\n#include <vector>\n"
        "void f(std::vector<std::optional<double>> &v, std::optional<double> fill) {\n"
        f"{LOOP}if (!v[i]) v[i] = fill.value_or(1.0);\n}}",
        ["v", "fill"],
    ),
    "pairs and tuples": (
        "#include <tuple>\n#include <vector>\n"
        "void f(std::vector<std::tuple<int, float, double>> &v, std::pair<double, double> p) {\n"
        f"{LOOP}std::get<2>(v[i]) += std::get<0>(v[i]) * p.first;\n}}",
        ["v", "p"],
    ),
    "complex numbers": (
        "#include <complex>\n#include <vector>\n"
        "void f(std::vector<std::complex<float>> &v, std::complex<float> w) {\n"
        f"{LOOP}v[i] *= w;\n}}",
        ["v", "w"],
    ),
    "vectors of vectors of vectors": (
        "#include <vector>\nvoid f(std::vector<std::vector<std::vector<double>>> &v) {\n"
        f"{LOOP}for (auto &row : v[i]) for (auto &x : row) x *= 2;\n}}",
        ["v"],
    ),
    "lists and valarrays": (
        "#include <list>\n#include <valarray>\n#include <vector>\n"
        "void f(const std::vector<std::list<int>> &v, std::valarray<double> &a) {\n"
        f"{LOOP}for (int x : v[i]) a[i] += x;\n}}",
        ["v", "a"],
    ),
    "what pointers own": (
        "#include <memory>\n#include <vector>\nstruct p { double x, m; };\n"
        "void f(std::vector<std::unique_ptr<p>> &v, std::unique_ptr<double[]> &a, std::shared_ptr<p> all) {\n"
        f"{LOOP}a[i] = v[i]->x * all->m;\n}}",
        ["v", "a", "all"],
    ),
    "bits and atomics": (
        "#include <atomic>\n#include <bitset>\n#include <vector>\n"
        "void f(const std::vector<bool> &v, std::bitset<8> b, std::atomic<int> &c) {\n"
        f"{LOOP}c += v[i] && b[i % 8];\n}}",
        ["v", "b", "c"],
    ),
    "a function object": (
        "#include <functional>\n#include <vector>\n"
        "void f(std::vector<double> &v, const std::function<double(double)> &g) {\n"
        f"{LOOP}v[i] = g(v[i]);\n}}",
        ["v"],
    ),
    "a function": (
        "#include <vector>\nvoid f(std::vector<double> &v, void (*g)(double &, int), int (*h)(int) noexcept) {\n"
        f"{LOOP}g(v[i], h((int)i));\n}}",
        ["v"],
    ),
    "whatever can be called": (
        "#include <vector>\ntemplate <class T, class Less> T f(const std::vector<T> &v, Less less) {\n"
        f"  T best = T();\n{LOOP}if (less(best, v[i])) best = v[i];\n  return best;\n}}",
        ["result"],
    ),
    "whatever leads to elements": (
        "template <class It> void f(It first, It last) {\n  for (It it = first; it != last; ++it) *it += 1;\n}",
        ["first"],
    ),
    "pointers to objects with virtual functions": (
        "#include <vector>\nstruct cell { double x = 0; virtual void step(double dt) { x += dt; } };\n"
        f"void f(std::vector<cell *> &v, double dt) {{\n{LOOP}v[i]->step(dt);\n}}",
        ["v[]"],
    ),
    "an array of objects that hold containers": (
        "#include <string>\n#include <vector>\nstruct row { std::string name; std::vector<double> x; double sum; };\n"
        "void f(row *rows, int n) {\n"
        "  for (int i = 0; i < n; i++) { rows[i].sum = 0; for (double x : rows[i].x) rows[i].sum += x; }\n}",
        ["rows"],
    ),
    "a map that is returned": (
        "#include <string>\n#include <unordered_map>\n#include <vector>\n"
        "std::unordered_map<std::string, int> f(const std::vector<std::string> &v) {\n"
        f"  std::unordered_map<std::string, int> m;\n{LOOP}m[v[i]]++;\n  return m;\n}}",
        ["result"],
    ),
}


@pytest.mark.parametrize(("text", "labels"), C.values(), ids=C.keys())
async def test_parameters_of_c_are_filled_and_printed(
    request_for: Requests, store: CertificateStore, text: str, labels: list[str]
):
    """On an input of many iterations too, and what the function changes or returns is printed."""
    driver, output = await printed(request_for(text, (loop_line(text), PARALLEL)), store)
    _are_printed(driver.words, output, labels)


@pytest.mark.parametrize(("text", "labels"), CPP.values(), ids=CPP.keys())
async def test_parameters_of_cpp_are_filled_and_printed(
    request_for: Requests, store: CertificateStore, text: str, labels: list[str]
):
    """On an input of many iterations too, and what the function changes or returns is printed."""
    request = request_for(text, (loop_line(text), PARALLEL), name="file.cpp", flags=("-std=c++20",))
    driver, output = await printed(request, store)
    _are_printed(driver.words, output, labels)


def _are_printed(words: str, output: str, labels: list[str]) -> None:
    sizes = re.search(r"sizes ([\d, ]+) \(", words)
    assert sizes is not None, words
    assert max(map(int, sizes[1].split(", "))) > 40
    for label in labels:
        assert re.search(rf"\n{re.escape(label)}: [-\d]", output), (label, output[:2000])


async def test_what_is_asked_for_is_sometimes_found(request_for: Requests, store: CertificateStore):
    """Most strings of an input are keys of its maps, and some are not."""
    text, _ = CPP["an unordered map asked by strings"]
    request = request_for(text, (loop_line(text), PARALLEL), name="file.cpp", flags=("-std=c++20",))
    _, output = await printed(request, store)
    out = next(part for part in re.findall(r"\nout: ([-\d ]+)", output) if len(part.split()) == 13).split()
    assert 0 < out.count("-1") < 7


async def test_functions_of_ours_depend_on_their_arguments(request_for: Requests, store: CertificateStore):
    """And what they are called with is changed as the function changes it; the driver says that they are ours."""
    text, _ = C["a function"]
    driver, output = await printed(request_for(text, (loop_line(text), PARALLEL)), store)
    values = next(part for part in re.findall(r"\na: (.*)", output) if len(part.split()) == 13).split()
    assert len(set(values)) == 13
    assert driver.stand_ins == ("g",)
    assert "with a function of ours for g" in driver.words


WORDS = "#include <string.h>\nvoid f(const char **words, int n, int *length) {\n"
LINES = "void f(char **lines, int n) {\n  for (int i = 0; i < n; i++)\n"
LINES += "    for (int k = 0; lines[i][k]; k++) lines[i][k] -= 32;\n}"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        (f"{WORDS}  for (int i = 0; i < n; i++) length[i] = (int)strlen(words[i]);\n}}", "length"),
        (LINES, "lines[]"),
        (
            "#include <string.h>\nint f(const char *s) {\n  int c = 0, n = (int)strlen(s);\n"
            "  for (int i = 0; i < n; i++) c += s[i] == 'e';\n  return c;\n}",
            "result",
        ),
    ],
    ids=["words", "lines that are changed", "a text"],
)
async def test_texts_end_where_functions_of_the_library_look_for_it(
    request_for: Requests, store: CertificateStore, text: str, label: str
):
    """They are not watched, and would find nothing in memory without contents, or go on beyond its end."""
    driver, output = await printed(request_for(text, (loop_line(text), PARALLEL)), store)
    _are_printed(driver.words, output, [label])
    if label == "length":
        assert re.search(r"\nlength: 14( 14){12}\n", output), output[:2000]


async def test_many_rows_are_not_printed_number_by_number(request_for: Requests, store: CertificateStore):
    """A function that makes a table is compared, however large that is on the largest input."""
    text = (
        "#include <stdlib.h>\ndouble **f(int n) {\n  double **t = malloc(n * sizeof *t);\n"
        "  for (int i = 0; i < n; i++) {\n    t[i] = malloc(n * sizeof **t);\n"
        "    for (int k = 0; k < n; k++) t[i][k] = i + k;\n  }\n  return t;\n}"
    )
    _, output = await printed(request_for(text, (loop_line(text), PARALLEL)), store)
    assert 1000 < len(output) < 4 << 20
    assert "not compared" not in output
