"""Drivers, with real compilers, for functions that leave pointers: what they lead to is printed, or said not to be."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest
from driven_functions import PARALLEL, loop_line, printed
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import memory, outputs
from pragmatist.verification.drivers.drive import drive, function_at, unit_of
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import VerificationRequest
from workbenches import bench_for

Requests = Callable[..., VerificationRequest]
Asking = Callable[..., Awaitable[list[Check]]]

LIB = "#include <stdlib.h>\n#include <string.h>\n"
SQUARES = "  for (int i = 0; i < n; i++) a[i] = i * i;\n"
# Functions that leave the squares of 0 to n - 1 somewhere: those of 4 and 12 are printed, of sizes 5 and 13.
C = {
    "a block that is returned": (
        f"{LIB}double *f(int n) {{\n  double *a = malloc(n * sizeof *a);\n{SQUARES}  return a;\n}}"
    ),
    "one of zeros": f"{LIB}int *f(int n) {{\n  int *a = calloc(n + 3, sizeof *a);\n{SQUARES}  return a;\n}}",
    "one that grew": (
        f"{LIB}double *f(int n) {{\n  double *a = malloc(8);\n"
        f"  a = realloc(a, n * sizeof *a + 64);\n{SQUARES}  return a;\n}}"
    ),
    "one that is aligned": (
        f"{LIB}int f(int n, double **out) {{\n  if (posix_memalign((void **)out, 64, n * 8 + 8)) return 1;\n"
        "  for (int i = 0; i < n; i++) (*out)[i] = i * i;\n  return 0;\n}"
    ),
    "its middle": f"{LIB}double *f(int n) {{\n  double *a = malloc((n + 2) * sizeof *a);\n{SQUARES}  return a + n;\n}}",
    "a struct that is returned with one": (
        f"{LIB}struct v {{ int n; double *a; }};\nstruct v f(int n) {{\n"
        f"  struct v r = {{n, malloc(n * sizeof(double))}};\n"
        "  for (int i = 0; i < n; i++) r.a[i] = i * i;\n  return r;\n}"
    ),
    "a pointer to such a struct": (
        f"{LIB}struct v {{ int n; double *a; }};\nstruct v *f(int n) {{\n  struct v *r = malloc(sizeof *r);\n"
        "  r->n = n; r->a = malloc(n * sizeof(double));\n  for (int i = 0; i < n; i++) r->a[i] = i * i;\n  return r;\n}"
    ),
    "rows": (
        f"{LIB}double **f(int n) {{\n  double **m = malloc(n * sizeof *m);\n  for (int i = 0; i < n; i++) {{\n"
        "    m[i] = malloc(2 * sizeof **m);\n    m[i][0] = i * i;\n    m[i][1] = 0;\n  }\n  return m;\n}"
    ),
    "a member of the caller's": (
        f"{LIB}struct v {{ int n; double *a; }};\nvoid f(struct v *r, int n) {{\n  r->a = malloc(n * sizeof(double));\n"
        "  for (int i = 0; i < n; i++) r->a[i] = i * i;\n}"
    ),
    "a pointer of the file's": (f"{LIB}static double *a;\nvoid f(int n) {{\n  a = malloc(n * sizeof *a);\n{SQUARES}}}"),
    "one that has a value": f"{LIB}static double *a = 0;\nvoid f(int n) {{\n  a = malloc(n * sizeof *a);\n{SQUARES}}}",
    "an array of the file's with values": "static int a[300] = {1};\nvoid f(int n) {\n" + SQUARES + "}",
    "a variable of its own": "double *f(int n) {\n  static double a[300];\n" + SQUARES + "  return a;\n}",
}
CPP = {
    "new": "int *f(int n) {\n  int *a = new int[n];\n" + SQUARES + "  return a;\n}",
    "objects": (
        "struct p { double x; p() : x(0) {} };\np *f(int n) {\n  p *a = new p[n];\n"
        "  for (int i = 0; i < n; i++) a[i].x = i * i;\n  return a;\n}"
    ),
    "an array that is owned": (
        "#include <memory>\nstd::unique_ptr<double[]> f(int n) {\n  auto a = std::make_unique<double[]>(n);\n"
        + SQUARES
        + "  return a;\n}"
    ),
    "a reference": (
        "struct s { int n; double v[300]; };\ndouble &f(s &o, int n) {\n"
        "  for (int i = 0; i < n; i++) o.v[i] = i * i;\n  return o.v[0];\n}"
    ),
}


@pytest.mark.parametrize("text", [*C.values(), *CPP.values()], ids=[*C.keys(), *CPP.keys()])
async def test_what_a_function_leaves_is_printed(request_for: Requests, store: CertificateStore, text: str):
    """However it is reached, as far as it goes and with nothing of what happened to be there: the same each time."""
    name = "f.cpp" if text in CPP.values() else "f.c"
    _, output = await printed(request_for(text, (loop_line(text), PARALLEL), name=name), store)
    assert re.search(r"\b16\b|\b1\.60*e\+01", output), output[:2000]
    assert re.search(r"\b144\b|\b1\.440*e\+02", output), output[:2000]
    assert "not compared" not in output


async def test_an_array_of_the_callers_is_known_again(request_for: Requests, store: CertificateStore):
    """It is printed once, and the pointer by its place."""
    text = "double *f(double *a, int n) {\n  for (int i = 0; i < n; i++) a[i] += 1;\n  return a + n - 1;\n}"
    _, output = await printed(request_for(text, (2, PARALLEL)), store)
    assert "\nresult: into 0 at 32" in output


async def checked(request: VerificationRequest, store: CertificateStore, ask: Asking) -> Check:
    """What one check says of the only edit, with a driver of ours."""
    async with bench_for(request, store) as bench:
        unit = unit_of(request)
        function = function_at(unit, request.edits[0])
        assert function is not None
        _, bench = await drive(bench, unit, function, request.edits)
        (check,) = await ask(bench, request.edits)
    return check


UNKNOWN = (
    "#include <stdlib.h>\nvoid *f(int n, double *a) {\n  char *all = malloc(n + 1);\n"
    "  for (int i = 0; i < n; i++) {\n    all[i] = 'x';\n    a[i] += 1;\n  }\n  return all;\n}"
)


@pytest.mark.parametrize(("text", "passes"), [(UNKNOWN, True), (UNKNOWN.replace("a[i] += 1;", ""), False)])
async def test_what_was_not_compared_is_said(request_for: Requests, store: CertificateStore, text: str, passes: bool):
    """Memory of no type is not; where there is nothing else to compare, the check does not pass."""
    check = await checked(request_for(text, (loop_line(text), PARALLEL)), store, outputs.check)
    if passes:
        assert check.outcome == "passed"
        assert "not compared: what is behind `result`" in check.detail
    else:
        assert (check.outcome, "nothing to compare" in check.detail) == ("inconclusive", True), check


async def test_what_is_returned_is_lost_in_serial_too(request_for: Requests, store: CertificateStore):
    """Nobody gives it back, in either run: that is no leak of the plan's."""
    text = (
        "#include <stdlib.h>\ndouble **f(int n) {\n  double **t = malloc(n * sizeof *t);\n"
        "  for (int i = 0; i < n; i++) {\n    t[i] = malloc(2 * sizeof **t);\n    t[i][0] = t[i][1] = i;\n  }\n"
        "  return t;\n}"
    )
    check = await checked(request_for(text, (loop_line(text), PARALLEL)), store, memory.check)
    assert check.outcome == "passed", check
