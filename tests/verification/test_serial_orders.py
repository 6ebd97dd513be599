"""Iterations reversed and shuffled in serial, and garbage in private copies: what that refutes, what it lets pass."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import outputs, serial_orders
from pragmatist.verification.checks.outputs import Setting
from pragmatist.verification.checks.serial_orders import SerialRuns, serial_runs
from pragmatist.verification.evidence import Check
from pragmatist.verification.privates import filled, private_names
from pragmatist.verification.request import VerificationRequest
from workbenches import PARALLEL, bench_for

Requests = Callable[..., VerificationRequest]


async def serially(request: VerificationRequest, store: CertificateStore) -> SerialRuns:
    async with bench_for(request, store) as bench:
        if not bench.toolchain.newest("gcc"):
            pytest.skip("no gcc with OpenMP")
        return await serial_runs(bench, request.edits)


async def compared(request: VerificationRequest, store: CertificateStore) -> Check:
    """By runs on one thread only: what refutes here is the serial runs' finding."""
    async with bench_for(request, store) as bench:
        if not bench.toolchain.newest("gcc"):
            pytest.skip("no gcc with OpenMP")
        (answer,) = await outputs.check(bench, request.edits, settings=[Setting("gcc", 1)])
        return answer


def program(body: str, *, before: str = "") -> str:
    """`body` begins in line 5."""
    return (
        f"#include <stdio.h>\n{before}\nstatic double a[1000];\n"
        f'int main(void) {{ double t = 0, s = 0; int k = 0;\n{body}\n  printf("%.15e %.15e %d\\n", s, a[500], k);\n}}\n'
    )


def loops(header: str) -> str:
    """Prints the order of its iterations."""
    return (
        "#include <stdio.h>\nint main(void) { int x = -1;\n\n\n"
        f'  for ({header}) {{ printf("%d ", (int)i); x = i; }}\n  printf("x%d\\n", x);\n}}\n'
    )


@pytest.mark.parametrize(
    ("header", "pragma", "back"),
    [
        ("int i = 0; i < 5; i++", PARALLEL, "4 3 2 1 0"),
        ("long i = 20; i > -3; i -= 4", PARALLEL, "0 4 8 12 16 20"),
        ("unsigned long i = 1; i <= 9; i += 3", PARALLEL, "7 4 1"),
        ("int i = 0; i != 3; ++i", f"{PARALLEL} schedule(static, 8)", "2 1 0"),
        ("int i = 3; i < 3; i++", PARALLEL, ""),
        ("int i = 0; i < 3; i++", f"{PARALLEL} if(x > 0)", "0 1 2"),
        ("int i = 0; i < 3; i++", "#pragma omp simd", "2 1 0"),
    ],
)
async def test_iterations_come_in_reversed_order(request_for: Requests, store, header: str, pragma: str, back: str):
    """Each once; not where a false `if` clause keeps the loop serial. gcc's own private copies come with them."""
    runs = await serially(
        request_for(loops(header), (5, f"{pragma} private(x)" if "if" not in pragma else pragma)), store
    )
    orders = {each.words: each.ran.completed.stdout.decode().partition("x")[0].split() for each in runs.runs}
    assert orders["iterations reversed"] == back.split()
    assert sorted(orders["iterations shuffled"]) == sorted(back.split())


async def test_the_last_iteration_stays_the_last_where_its_values_are_kept(request_for: Requests, store):
    """lastprivate takes its value from the iteration that is last in the loop's own order."""
    runs = await serially(request_for(loops("int i = 0; i < 9; i++"), (5, f"{PARALLEL} lastprivate(x)")), store)
    orders = [each.ran.completed.stdout.decode() for each in runs.runs if each.reorders]
    assert orders[0] == "7 6 5 4 3 2 1 0 8 x8\n"
    assert orders[1].endswith(" 8 x8\n")
    assert orders[1] != "0 1 2 3 4 5 6 7 8 x8\n"


async def test_collapsed_nests_and_iterators_are_reordered_too(request_for: Requests, store):
    """As whatever the compiler takes for a loop."""
    text = (
        "#include <cstdio>\n#include <vector>\nint main() {\n  std::vector<int> v{1, 2, 3};\n"
        '  for (auto p = v.begin(); p < v.end(); ++p) std::printf("%d ", *p);\n'
        '  for (int i = 0; i < 2; i++)\n    for (int j = 0; j < 2; j++) std::printf("%d%d ", i, j);\n}\n'
    )
    request = request_for(text, (5, PARALLEL), (6, f"{PARALLEL} collapse(2)"), name="program.cpp")
    runs = await serially(request, store)
    assert runs.runs[0].ran.completed.stdout == b"3 2 1 11 10 01 00 "


async def test_only_the_loops_under_test_are_reordered(request_for: Requests, store):
    """A loop with a dynamic or guided schedule of the program's own keeps its order, in one of ours and beside it."""
    inner = "".join(
        f'{PARALLEL} schedule({kind})\n  for (int j = 0; j < 3; j++) printf("%d", j);\n'
        for kind in ("dynamic", "guided")
    )
    text = f"#include <stdio.h>\nint main(void) {{\n{inner}  for (int i = 0; i < 2; i++) {{\n{inner}}}\n}}\n"
    runs = await serially(request_for(text, (7, PARALLEL)), store)
    assert runs.runs[0].ran.completed.stdout == b"012" * 6


async def test_an_order_that_matters_refutes(request_for: Requests, store: CertificateStore):
    """Although on one thread the pragma itself changes nothing."""
    answer = await compared(
        request_for(program("  for (int i = 1; i < 1000; i++) a[i] = a[i - 1] + i;"), (5, PARALLEL)), store
    )
    assert answer.outcome == "refuted"
    assert "one thread, iterations reversed: number 2 of standard output" in answer.detail


async def test_rounding_of_a_reordered_sum_is_measured(request_for: Requests, store: CertificateStore):
    """So it does not refute; an element each, without a sum, must come out the same."""
    body = "  for (int i = 0; i < 1000; i++) s += 1.0 / (i + 1) - 0.007;"
    answer = await compared(request_for(program(body), (5, f"{PARALLEL} reduction(+:s)")), store)
    assert answer.outcome == "passed", answer.detail
    assert "iterations reversed, iterations shuffled" in answer.detail


async def test_a_plan_that_keeps_an_order_is_not_reordered(request_for: Requests, store: CertificateStore):
    """And the answer says so."""
    body = "  for (int i = 0; i < 1000; i++) {\n#pragma omp ordered\n    s += a[i] + i; }"
    answer = await compared(request_for(program(body), (5, f"{PARALLEL} ordered")), store)
    assert answer.outcome == "passed", answer.detail
    assert (
        "iterations were not reordered in serial: the plan itself keeps iterations in order (ordered)" in answer.detail
    )


NEST = "for (int i = 0; i < 9; i++) {\n  // for (\n  for (int j = 0; j < 9; j++) %s }"


@pytest.mark.parametrize(
    ("body", "pragma", "matters"),
    [
        ("for (int i = 0; i < 1000; i++) { if (i % 2) t = i; a[i] = t; }", "private(t)", True),
        ("for (int i = 0; i < 1000; i++) { k += i > 2; a[i] = k; }", "private(k)", True),
        ("for (int i = 0; i < 1000; i++) { if (i < 500) k = i; a[i] = i; }", "lastprivate(k)", True),
        ("for (int i = 0; i < 1000; i++) { t = i; a[i] = t * t; }", "private(t)", False),
        ("for (int i = 0; i < 1000; i++)\n  a[i] = (t = i, 2 * t);", "lastprivate(t)", False),
        (NEST % "{ if (j) t = j; a[500] += t; }", "collapse(2) private(t)", True),
        (NEST % "a[500] += (t = j, t);", "collapse(2) private(t)", False),
        (NEST % "{ t = j; k = t * i; }", "collapse(2) private(t) lastprivate(k)", False),
    ],
)
async def test_garbage_in_private_copies(request_for: Requests, store, body: str, pragma: str, matters: bool):
    """Matters where an iteration reads, or hands on, a variable that it has not written."""
    runs = await serially(request_for(program(f"  {body}"), (5, f"{PARALLEL} {pragma}")), store)
    one, other = (each.ran.completed.stdout for each in runs.runs if not each.reorders)
    assert (one != other) == matters


async def test_garbage_that_matters_refutes(request_for: Requests, store: CertificateStore):
    """Even where what the private copy is likely to hold by itself is what the serial program reads."""
    body = "  for (int i = 0; i < 1000; i++) { if (i > 600) t = i; a[i] = t; }"
    answer = await compared(request_for(program(body), (5, f"{PARALLEL} private(t)")), store)
    assert answer.outcome == "refuted"
    assert "private copies filled with garbage" in answer.detail


async def test_private_objects_of_classes_are_left_alone(request_for: Requests, store: CertificateStore):
    """Their constructors have made them; what is beside them is filled."""
    text = (
        "#include <cstdio>\n#include <vector>\n"
        "int main() { std::vector<int> v; double t = 0, a[50]; struct { int x; } p;\n\n"
        "  for (int i = 0; i < 50; i++) { v.clear(); v.push_back(i); p.x = i; t = p.x; a[i] = v[0] + t; }\n"
        '  std::printf("%f %f\\n", a[1], a[30]);\n}\n'
    )
    runs = await serially(request_for(text, (5, f"{PARALLEL} private(v, p, t)"), name="program.cpp"), store)
    assert {each.ran.completed.stdout for each in runs.runs} == {b"2.000000 60.000000\n"}
    assert len(runs.runs) == 4


def test_what_is_filled(planned):
    """Variables that begin without a value, once each; a declared first value or a reduction is one."""
    text = b"void f(int n, int *a) {\n  int x, y, z, s;\n  for (int i = 0; i < n; i++)\n    a[i] = i;\n}\n"
    edit = planned(text, 3, f"{PARALLEL} private(x, y) firstprivate(z) lastprivate(y, z) reduction(+:s)")
    assert private_names(text, edit) == ["x", "y"]
    copy = filled(text, [edit], "c")
    assert copy is not None
    lines = copy.text.decode().splitlines()
    calls = "pragmatist_fill((void *)&x, sizeof x, 0); pragmatist_fill((void *)&y, sizeof y, 1);"
    assert lines[5] == f"    {{ {calls} a[i] = i; /* 0 */ }}"
    assert copy.origin(6, len("    { ") + len(calls) + 4) == (4, 7)
    assert filled(text, [msgspec.structs.replace(edit, changes=())], "c") is None


async def test_a_long_program_is_run_once_of_each_kind(request_for: Requests, store, monkeypatch: pytest.MonkeyPatch):
    """Whatever counts as long."""
    monkeypatch.setattr(serial_orders, "LONG_SECONDS", 0.0)
    body = "  for (int i = 0; i < 1000; i++) { t = i; a[i] = t * t; }"
    runs = await serially(request_for(program(body), (5, f"{PARALLEL} private(t)")), store)
    assert [each.words for each in runs.runs] == ["private copies filled with garbage", "iterations reversed"]
