"""Drivers, with real compilers: which functions can be called, on what inputs, and that all effects are seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from driven_functions import PARALLEL, driven, loop_line, printed
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.drivers.driver import Driver, Undrivable
from pragmatist.verification.request import VerificationRequest

Requests = Callable[..., VerificationRequest]


def extents(argument: str) -> list[tuple[int, int]]:
    """(lowest, highest) subscript by site, of one input's description."""
    pairs = argument.rpartition("/")[2].split(",")
    return [(int(low), int(high)) for low, _, high in (pair.partition(":") for pair in pairs)]


def of_size(driver: Driver, size: int) -> str:
    """The description of the input of that size."""
    return next(each for each in driver.arguments if each.split(",")[3] == str(size))


C = {
    "scalars and pointers": "void f(int n, double a, const float *x, double *y) {\n"
    "  for (int i = 0; i < n; i++) y[i] += a * x[i];\n}",
    "rows of a length that is a parameter": "void f(int n, int m, double a[n][m]) {\n"
    "  for (int i = 0; i < n; i++) for (int j = 0; j < m; j++) a[i][j] += 1;\n}",
    "rows of a constant length": "void f(int n, int a[][8]) {\n"
    "  for (int i = 0; i < n; i++) for (int j = 0; j < 8; j++) a[i][j] += 1;\n}",
    "pointers to rows": "void f(int n, double **a) {\n"
    "  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) a[i][j] += 1;\n}",
    "a struct with its own size": "typedef struct { int n; double *v; } vec; void f(vec *x) {\n"
    "  for (int i = 0; i < x->n; i++) x->v[i] += 1;\n}",
    "a struct by value": "struct p { float at[3]; int k; }; void f(struct p p, int *a, int n) {\n"
    "  for (int i = 0; i < n; i++) a[i] += p.k + (int)p.at[1];\n}",
    "an array of structs": "struct p { float at[3]; int k; struct p *next; }; void f(struct p *a, long n) {\n"
    "  for (long i = 0; i < n; i++) a[i].at[0] += a[i].k;\n}",
    "global arrays": "static int table[16]; double scale; void f(void) {\n"
    "  for (int i = 0; i < 16; i++) table[i] += scale > 0;\n}",
    "a global pointer": "double *field; int cells; void f(void) {\n  for (int i = 0; i < cells; i++) field[i] += 1;\n}",
    "a size from a macro": "#include <stdint.h>\n#define N 12\nvoid f(uint16_t *a) {\n"
    "  for (int i = 0; i < N; i++) a[i] += 1;\n}",
    "complex numbers": "#include <complex.h>\nvoid f(double complex *a, int n) {\n"
    "  for (int i = 0; i < n; i++) a[i] *= 2;\n}",
    "a static function beside main": "static void f(int n, char *a) {\n  for (int i = 0; i < n; i++) a[i] = 'x';\n}\n"
    "int main(void) { return 0; }",
    "an enumeration": "enum how { ADD, SUB }; void f(enum how h, int n, int *a) {\n"
    "  for (int i = 0; i < n; i++) a[i] += h == ADD;\n}",
}
C |= {
    "memory of no type that is cast": "void f(void *p, int n) {\n"
    "  for (int i = 0; i < n; i++) ((short *)p)[i] += 1;\n}",
    "memory of no type that a pointer of some type gets": "#include <stddef.h>\n"
    "unsigned f(const void *p, size_t n) {\n  unsigned s = 0; const unsigned char *b = p;\n"
    "  for (size_t i = 0; i < n; i++) s += b[i];\n  return s;\n}",
    "a struct with a member that it leaves alone": "struct s { int n; double *v; void (*done)(int); };\n"
    "void f(struct s *x) {\n  for (int i = 0; i < x->n; i++) x->v[i] += 1;\n}",
}
CPP = {
    "a class whose constructor takes values": "#include <string>\n#include <vector>\n"
    "class field { int n; std::vector<double> v;\n public:\n"
    "  field(int n, const std::string &name, double v) : n(n), v(n, v + name.size()) {}\n"
    "  void f(double by) {\n    for (int i = 0; i < n; i++) v[i] *= by;\n  }\n};",
    "a template that only says for what it is": "#include <cstdlib>\ntemplate <class T, int N> int f(int n) {\n"
    "  T s = 0;\n  for (int i = 0; i < n * N; i++) s += i;\n  return s;\n}\nint g() { return f<long, 3>(4); }",
    "a class with a member that cannot be filled": "#include <random>\n#include <vector>\n"
    "struct s { std::mt19937 gen; std::vector<int> v; };\n"
    "void f(s &x) {\n  for (std::size_t i = 0; i < x.v.size(); i++) x.v[i] += 1;\n}",
    "a vector": "#include <vector>\nvoid f(std::vector<double> &v) {\n  for (auto &e : v) e *= 2;\n}",
    "a vector of vectors": "#include <vector>\nvoid f(std::vector<std::vector<int>> &v) {\n"
    "  for (std::size_t i = 0; i < v.size(); i++) for (auto &e : v[i]) e++;\n}",
    "a vector used as a matrix": "#include <vector>\nvoid f(std::vector<double> &v, int n) {\n"
    "  for (int i = 0; i < n; i++) for (int j = 0; j < n; j++) v[i * n + j] += 1;\n}",
    "std::array": "#include <array>\nvoid f(std::array<int, 9> &a) {\n  for (int i = 0; i < 9; i++) a[i]++;\n}",
    "a span": "#include <span>\nvoid f(std::span<float> s) {\n"
    "  for (std::size_t i = 0; i < s.size(); i++) s[i] += 1;\n}",
    "a string": "#include <string>\nint f(const std::string &s) {\n  int c = 0;\n"
    "  for (std::size_t i = 0; i < s.size(); i++) c += s[i] == 'a';\n  return c;\n}",
    "complex numbers": "#include <complex>\n#include <vector>\nvoid f(std::vector<std::complex<double>> &v) {\n"
    "  for (std::size_t i = 0; i < v.size(); i++) v[i] *= 2.0;\n}",
    "a reference to an array": "void f(int (&a)[4][5]) {\n  for (int i = 0; i < 4; i++) a[i][1] = i;\n}",
    "a vector that is returned": "#include <vector>\nstd::vector<int> f(const std::vector<int> &a) {\n"
    "  std::vector<int> b(a.size());\n  for (std::size_t i = 0; i < a.size(); i++) b[i] = a[i] + 1;\n  return b;\n}",
    "a template": "template <class T> void f(T *a, int n) {\n  for (int i = 0; i < n; i++) a[i] += 1;\n}",
    "a method and its private members": "#include <vector>\nclass grid {\n  int n = 0; std::vector<double> v;\n"
    " public:\n  void f(double by) {\n    for (int i = 0; i < n; i++) v[i] += by;\n  }\n};",
    "a name in a namespace": "namespace a { struct s { int n; float *v; };\nvoid f(s &x) {\n"
    "  for (int i = 0; i < x.n; i++) x.v[i] += 1;\n} }",
}


@pytest.mark.parametrize("text", C.values(), ids=C.keys())
async def test_functions_of_c_are_called_and_their_effects_printed(
    request_for: Requests, store: CertificateStore, text: str
):
    """Whatever the parameters are, something that the loop changes is printed for some input."""
    _, output = await printed(request_for(text, (loop_line(text), PARALLEL)), store)
    assert re.search(r"\n\w[\w>.\[\]-]*: [-\d]", output), output


@pytest.mark.parametrize("text", CPP.values(), ids=CPP.keys())
async def test_functions_of_cpp_are_called_and_their_effects_printed(
    request_for: Requests, store: CertificateStore, text: str
):
    """Whatever the parameters are, something that the loop changes is printed for some input."""
    request = request_for(text, (loop_line(text), PARALLEL), name="file.cpp", flags=("-std=c++20",))
    _, output = await printed(request, store)
    assert re.search(r"\n\w[\w >.\[\]-]*: [-\d]", output), output


NEEDS = (
    "extern double gain, table[8];\ndouble weight(double);\nvoid f(int n, double *a) {\n"
    "  for (int i = 0; i < n; i++) a[i] = gain * weight(a[i]) + table[i % 8];\n}"
)
DEFINES = (
    "double gain = 2, table[8] = {1};\ndouble weight(double);\n",
    "double half(double);\ndouble weight(x)\n  double x;\n{ return half(x); }\nint main(void) { return 1; }\n",
    "double half(double x) { return x / 2; }\n",
)


async def test_what_it_calls_is_taken_from_the_projects_other_files(
    request_for: Requests, store: CertificateStore, tmp_path: Path
):
    """Variables, functions and what those need in turn, from files of which one has a main of its own, and no more."""
    others = [*DEFINES, "int gain;\n#error this file is not needed\n"]
    paths = [tmp_path / f"other-{number}.c" for number in range(len(others))]
    for path, text in zip(paths, others, strict=True):
        path.write_text(text)
    request = request_for(NEEDS, (4, PARALLEL), neighbours=tuple(map(str, paths)))
    _, output = await printed(request, store)
    assert re.search(r"\na: [-\d]", output), output


async def test_arrays_are_as_long_as_the_function_needs(request_for: Requests, store: CertificateStore):
    """x is read up to n + 1, y written up to 2 * (n - 1), and z touched from -1 on: hand counted."""
    text = (
        "void f(int n, const double *x, double *y, double *z) {\n"
        "  for (int i = 0; i < n; i++) { y[2 * i] = x[i] + x[i + 2]; z[i - 1] = 0; }\n}"
    )
    driver, _ = await printed(request_for(text, (2, PARALLEL)), store)
    assert extents(of_size(driver, 13)) == [(0, 14), (0, 24), (-1, 11)]


async def test_sizes_hold_boundaries_primes_and_one_for_many_threads(request_for: Requests, store: CertificateStore):
    """0, 1, 2 and small primes; and one of many iterations, which no number of threads in use divides. For timing there
    is a much larger one."""
    text = "void f(int n, double *y) {\n  for (int i = 0; i < n; i++) y[i] += 1;\n}"
    driver, _ = await printed(request_for(text, (2, PARALLEL)), store)
    sizes = [int(each.split(",")[3]) for each in driver.arguments]
    assert sizes[:3] == [0, 1, 2]
    assert {5, 13} <= set(sizes)
    assert max(sizes) > 1000
    assert all(max(sizes) % threads for threads in (2, 3, 4, 8))
    assert int(driver.large[0].split(",")[3]) > 100_000


async def test_what_only_takes_even_sizes_gets_one_of_many_iterations_too(
    request_for: Requests, store: CertificateStore
):
    """Uneven ones are faults of the caller's, which the sanitizers see."""
    text = "void f(int n, double *y) {\n  for (int i = 0; i < n; i++) y[i] += 2147483647 + n % 2;\n}"
    driver, _ = await printed(request_for(text, (2, PARALLEL)), store)
    sizes = [int(each.split(",")[3]) for each in driver.arguments]
    assert max(sizes) > 1000
    assert not any(size % 2 for size in sizes)


async def test_index_arrays_hold_what_may_be_a_subscript(request_for: Requests, store: CertificateStore):
    """A scatter through idx stays within 0 to n - 1, and pieces of rows begin where those before them end."""
    text = (
        "void f(int n, const int *off, const int *idx, double *y) {\n"
        "  for (int i = 0; i < n; i++)\n"
        "    for (int e = off[i]; e < off[i + 1]; e++) y[idx[e]] += 1;\n}"
    )
    driver, output = await printed(request_for(text, (2, PARALLEL)), store)
    off, idx, y = extents(of_size(driver, 13))
    assert (off, y) == ((0, 13), (0, 12))
    block = next(part for part in output.split("-- input:") if len(part.split("off:")[-1].split("\n")[0].split()) == 14)
    starts = [int(word) for word in block.split("off:")[1].split("\n")[0].split()]
    assert starts == sorted(starts)
    assert idx == (0, starts[-1] - 1)


async def test_inputs_are_the_same_every_time(request_for: Requests, store: CertificateStore):
    """The seeds are fixed: two drivers of one function print the same, to the last digit."""
    text = (
        "double f(int n, const double *x) {\n  double s = 0;\n  for (int i = 0; i < n; i++) s += x[i];\n  return s;\n}"
    )
    first, second = [await printed(request_for(text, (3, PARALLEL)), store) for _ in range(2)]
    assert first[0].arguments == second[0].arguments
    assert first[0].large == second[0].large
    assert first[1] == second[1]


UNDRIVABLE = {
    "memory of no type": (
        "int known(void *);\nint f(int n, void *p) {\n  int s = 0;\n  for (int i = 0; i < n; i++) s += known(p);\n"
        "  return s;\n}",
        "no type",
    ),
    "a function that returns a pointer": (
        "void f(int n, double *a, double *(*g)(double)) {\n  for (int i = 0; i < n; i++) a[i] = *g(a[i]);\n}",
        "g points to a function that returns a pointer",
    ),
    "a function with any number of arguments": (
        "void f(int n, double *a, double (*g)(int, ...)) {\n  for (int i = 0; i < n; i++) a[i] = g(1, a[i]);\n}",
        "g points to a function with a variable number of arguments",
    ),
    "a union of pointers": (
        "union u { double *d; long l; };\nvoid f(int n, union u *a) {\n  for (int i = 0; i < n; i++) a[i].d[0] = 1;\n}",
        "a-> is a union of other things than numbers",
    ),
    "an array of any length in a struct": (
        "struct s { int n; double d[]; };\nvoid f(struct s *a) {\n  for (int i = 0; i < a->n; i++) a->d[i] = 1;\n}",
        "a->d is an array whose length its type does not tell",
    ),
    "out of sight": (
        "extern double g(double);\nvoid f(int n, double *a) {\n  for (int i = 0; i < n; i++) a[i] = g(a[i]);\n}",
        r"needs g, which is defined in no file.*\[verify\] command",
    ),
    "never valid": (
        "void f(int n, int *a) {\n  for (int i = 0; i <= n; i++) a[i] = 1 / (a[i] - a[i]);\n}",
        "no valid input was found; tried: size 0",
    ),
    "an abstract class": (
        "struct s {\n  int n;\n  virtual int g() = 0;\n"
        "  void f(int *a) {\n    for (int i = 0; i < n; i++) a[i] = 1;\n  }\n};",
        "no object of its class",
    ),
    "a header that is nowhere": (
        '#include "nowhere.h"\nvoid f(int n, int *a) {\n  for (int i = 0; i < n; i++) a[i] = 1;\n}',
        "nowhere.h was not found; a compile_commands.json",
    ),
    "an unknown type": ("void f(int n, struct s *p) {\n  for (int i = 0; i < n; i++) (void)p;\n}", "members of s"),
}


@pytest.mark.parametrize(("text", "words"), UNDRIVABLE.values(), ids=UNDRIVABLE.keys())
async def test_what_cannot_be_driven_says_why(request_for: Requests, store: CertificateStore, text: str, words: str):
    """The reason names the part of the function, and what would help where something does."""
    name = "file.cpp" if "virtual" in text else "file.c"
    request = request_for(text, (loop_line(text), PARALLEL), name=name)
    with pytest.raises(Undrivable, match=words):
        async with driven(request, store):
            pass


def test_a_description_of_an_input_is_a_word_without_blanks():
    """It stands on command lines that people repeat."""
    from pragmatist.verification.drivers.cases import Case

    case = Case(5, 7, (5, -3), extents=((0, 4), (-1, 9)), overlap=(0, 1, 2))
    assert re.fullmatch(r"[-\d,:/]+", case.argument(printing=True))
    assert msgspec.json.decode(msgspec.json.encode(case), type=Case) == case
