"""What `&&`, `||` and `?:` skip: where that depends on a reduction's running value, no thread's copy decides alike."""

from __future__ import annotations

import itertools

import pytest
from pragmatist.analysis.analyze import analyze

HEAD = """
static int seen;
static int counts(int x) { seen++; return x > 0; }
static int looks(int x) { return x > 0; }
"""

UPDATES = [
    ("ok = ok || a[i]++ > 0;", False),
    ("ok = a[i]++ > 0 || ok;", True),
    ("ok = ok && counts(a[i]);", False),
    ("ok = ok && looks(a[i]);", True),
    ("ok = looks(a[i]) && ok && a[i]++ > 1;", False),
    ("if (a[i] > ok && (b[i] = 1)) ok = a[i];", False),
    ("if ((b[i] = 1) && a[i] > ok) ok = a[i];", True),
    ("if (b[i] && a[i] > ok) ok = a[i];", True),
    ("ok = a[i] > ok ? a[i] : ok;", True),
]


@pytest.mark.parametrize(("body", "reduces"), UPDATES)
def test_side_effects_that_the_running_value_decides(body: str, reduces: bool) -> None:
    """An operand that may be skipped must only give a value, for the update to be a reduction."""
    code = f"""{HEAD} int f(int n, int *restrict a, int *restrict b) {{
        int ok = 0; for (int i = 0; i < n; i++) {{ {body} }} return ok; }}"""
    (loop,) = analyze(code.encode(), "c").loops
    assert bool(loop.blocking) != reduces
    assert any(each.name == "ok" and each.role == "reduction" for each in loop.variables) == reduces


def test_a_skipped_increment_by_enumeration() -> None:
    """The first of the updates above, as two threads would run it: each with a copy that begins as false."""

    def run(numbers: list[int], parts: int) -> list[int]:
        result = []
        for first in range(0, len(numbers), len(numbers) // parts):
            found = False
            for number in numbers[first : first + len(numbers) // parts]:
                result.append(number if found else number + 1)
                found = found or number > 0
        return result

    arrays = [list(each) for each in itertools.product((0, 1), repeat=4)]
    assert any(run(each, 1) != run(each, 2) for each in arrays)


@pytest.mark.parametrize("query", ["omp_get_thread_num()", "omp_get_num_threads()", "omp_in_parallel()", "who()"])
def test_which_thread_runs_it(query: str) -> None:
    """A loop that asks which thread runs it has another result on another number of threads."""
    code = f"""int omp_get_thread_num(void); int omp_get_num_threads(void); int omp_in_parallel(void);
    static int who(void) {{ return 1 + omp_get_thread_num(); }}
    void f(int n, int *a) {{ for (int i = 0; i < n; i++) a[i] = {query}; }}"""
    (loop,) = analyze(code.encode(), "c").loops
    assert not loop.blocking
    assert [each.code for each in loop.unknowns] == ["PRG406"]


def test_a_macro_of_one_statement_is_no_loop() -> None:
    """`do … while (0)` runs once: nothing is said of it, and the loops around and inside are judged as without it."""
    code = """
    #define SWAP(x, y) do { double t = (x); (x) = (y); (y) = t; } while (0)
    void f(int n, double *restrict a, double *restrict b) {
        for (int i = 0; i < n; i++)
            SWAP(a[i], b[i]);
        do { for (int i = 0; i < n; i++) a[i] = 0; } while (0);
        do { a[0] += 1; } while (a[0] < n);
    }"""
    loops = analyze(code.encode(), "c").loops
    assert [(loop.kind, bool(loop.blocking or loop.unknowns)) for loop in loops] == [
        ("for", False),
        ("for", False),
        ("do", True),
    ]
