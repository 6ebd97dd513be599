"""What a driver leaves out of the file: only what its function cannot come to."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.drivers.drive import drive, function_at, unit_of
from pragmatist.verification.drivers.driver import Driver, without
from pragmatist.verification.drivers.unneeded import unneeded
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

Requests = Callable[..., VerificationRequest]
TEXT = """\
#include <stdio.h>
int alone(int);
static int used(int x) { return x; }
static int alone_too(int x) { return x; }
int alone(int x) {
  /* two lines */
  return alone_too(x);
}
#pragma omp declare simd \\
    uniform(x)
static int below_a_pragma(int x) { return x; }
static void __attribute__((constructor)) before_main(void) { }
static void in_a_table(void) { }
static void (*table[])(void) = { in_a_table };
void *malloc(unsigned long n) { return 0; }
struct pair { int x; } makes_a_type(void) { struct pair r = {1}; return r; }
static int of_the_macro(int x) { return x; }
#define CALL(x) of_the_macro(x)
static int with_a_directive(int x) {
#ifdef A
  return 1;
#endif
  return x;
}
int main(void) { return alone(1); }
void f(int n, double *a) {
  for (int i = 0; i < n; i++)
    a[i] += used(i);
}
"""
LOOP = 1 + TEXT[: TEXT.index("for (int i")].count("\n")


def left_out(request: VerificationRequest) -> tuple[bytes, ...]:
    unit = unit_of(request)
    function = function_at(unit, request.edits[0])
    assert function is not None
    return unneeded(request, unit, function, b"int main(void) { f(); }")


def test_only_plain_functions_that_nothing_names(request_for: Requests):
    """Neither what a table, a macro or a library may call, nor what has more to it than its name; and no line moves."""
    request = request_for(TEXT, (LOOP, "#pragma omp parallel for"))
    found = left_out(request)
    assert [each.partition(b"(")[0] for each in found] == [b"static int alone_too", b"int alone", b"int main"]
    short = without(request.text, found)
    assert short.count(b"\n") == request.text.count(b"\n")
    assert b"alone" not in short.replace(b"int alone(int);", b"")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (TEXT + "#define PASTE(x) a##x\n", {}),
        ('#include "not_in_sight.h"\n' + TEXT, {}),
        (TEXT, {"flags": ("-include", "x.h")}),
        (TEXT, {"sources": ("/other.c",)}),
    ],
)
def test_nothing_where_names_come_from_elsewhere(request_for: Requests, text: str, fields: dict):
    """Pieces of names put together, headers that are not in sight, other sources."""
    line = 1 + text[: text.index("for (int i")].count("\n")
    assert left_out(request_for(text, (line, "#pragma omp parallel for"), **fields)) == ()


@contextlib.asynccontextmanager
async def driven(request: VerificationRequest, store: CertificateStore) -> AsyncIterator[Driver]:
    toolchain = await discover(request.language, store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    unit = unit_of(request)
    function = function_at(unit, request.edits[0])
    assert function is not None
    try:
        async with Workbench.open(request, toolchain, store) as bench:
            driver, _ = await drive(bench, unit, function, request.edits)
            yield driver
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


async def test_a_driver_does_without(request_for: Requests, store: CertificateStore):
    """It builds and runs, though what was left out would not even link."""
    text = "int nowhere(int);\nint g(int x) { return nowhere(x); }\n"
    text += "void f(int n, double *a) {\n  for (int i = 0; i < n; i++) a[i] += 1;\n}\n"
    async with driven(request_for(text, (4, "#pragma omp parallel for")), store) as driver:
        assert driver.unneeded == (b"int g(int x) { return nowhere(x); }",)
        assert driver.arguments


async def test_a_wrong_guess_costs_a_link(request_for: Requests, store: CertificateStore):
    """A call that is spelled like a declaration is missed, the program does not link, and the whole file is taken."""
    text = "typedef int number;\nstatic number g(number x) { return x; }\n"
    text += "void f(int n, double *a) {\n  number k = 1;\n  k * g(n);\n"
    text += "  for (int i = 0; i < n; i++) a[i] += k;\n}\n"
    request = request_for(text, (6, "#pragma omp parallel for"))
    assert left_out(request) == (b"static number g(number x) { return x; }",)
    async with driven(request, store) as driver:
        assert driver.unneeded == ()
        assert driver.arguments
