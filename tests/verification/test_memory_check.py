"""The memory check: what the sanitizers refute, and what they say nothing of."""

from __future__ import annotations

from collections import Counter

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import leaks, memory
from pragmatist.verification.copies import Copy
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import Completed
from pragmatist.verification.workbench import Ran
from workbenches import PARALLEL, TEMPORARY, TWO_LOOPS, answers


async def test_memory_refutes_an_edit_that_writes_outside(request_for, store: CertificateStore):
    """A wrong clause lets the index run below zero: ASan or UBSan says where. A right plan passes."""
    text = TWO_LOOPS.replace("int main(void) {", "int main(void) { int k = N - 1;")
    text = text.replace("a[i] = 0.5 * i", "a[k--] = i")
    request = request_for(text, (5, f"{PARALLEL} reduction(*:k)"))  # each thread's k starts from 1
    (wrong,) = await answers(memory.check, request, store)
    (right,) = await answers(memory.check, request_for(TWO_LOOPS, (5, PARALLEL)), store)
    if wrong.outcome == "skipped":
        pytest.skip(wrong.detail)
    assert (wrong.outcome, right.outcome) == ("refuted", "passed"), (wrong, right)
    assert [trace.line for trace in wrong.traces] == [6]


async def test_memory_says_nothing_where_the_original_is_not_clean(request_for, store: CertificateStore):
    """An input on which the serial program is wrong is no input."""
    text = TWO_LOOPS.replace("i < N; i++)\n    a[i]", "i <= N; i++)\n    a[i]")
    (check,) = await answers(memory.check, request_for(text, (7, PARALLEL)), store)
    if check.outcome == "skipped":
        pytest.skip(check.detail)
    assert check.outcome == "inconclusive"
    assert "the unedited program is not clean" in check.detail
    assert [trace.line for trace in check.traces] == [6]


# Line 6 allocates in every iteration and frees what the one before allocated.
ALLOCATING = """\
#include <stdio.h>
#include <stdlib.h>
int main(void) {
  double s = 0, *p = malloc(8), *kept = malloc(80);
  kept[0] = 0;
  for (int i = 0; i < 100; i++) {
    free(p);
    p = malloc(16);
    p[0] = i;
    s += p[0];
  }
  free(p);
  printf("%f\\n", s + kept[0]);
  return 0;
}
"""


async def test_memory_that_only_the_parallel_program_loses_refutes(request_for, store: CertificateStore):
    """What the serial one loses as well does not."""
    right = ALLOCATING.replace("    free(p);\n    p =", "    double *p =").replace("s += p[0];", "s += p[0]; free(p);")
    wrong = right.replace("free(p);\n  }", "if (!omp_get_thread_num()) free(p);\n  }").replace(
        "<stdlib.h>", "<omp.h>\n#include <stdlib.h>"
    )
    plan = (6, f"{PARALLEL} reduction(+:s)")
    (passed,) = await answers(memory.check, request_for(right, plan), store)
    (refuted,) = await answers(memory.check, request_for(wrong, (7, plan[1])), store)
    if passed.outcome == "skipped":
        pytest.skip(passed.detail)
    assert (passed.outcome, refuted.outcome) == ("passed", "refuted"), (passed, refuted)
    assert "no memory is lost that serial runs keep" in passed.detail
    assert "objects allocated here are lost" in refuted.detail
    assert [trace.line for trace in refuted.traces] == [8]


def lost(*places: tuple[int, int]) -> Ran:
    """A run that LeakSanitizer complains of: so many objects, allocated at that line."""
    leaks = "".join(
        f"Direct leak of 8 byte(s) in {count} object(s) allocated from:\n    #0 0x1 in malloc (/p/a.out+0x1)\n"
        f"    #1 0x2 in main.omp_outlined /p/a.c:{line}:9\n    #2 0x3 in __kmp_invoke (/lib/libomp.so+0x1)\n\n"
        f"Indirect leak of 1 byte(s) in 7 object(s) allocated from:\n    #0 0x4 in kmp (/lib/libomp.so+0x1)\n\n"
        for count, line in places
    )
    return Ran(Completed(67, b"", leaks.encode(), 0.1), ("./program",))


@pytest.mark.parametrize(
    ("serial", "parallel", "own_threads", "found"),
    [
        ([(1, 3)], [(1, 3)], False, []),
        ([(1, 3)], [(3, 3)], False, ["2 objects allocated here are lost"]),
        ([(1, 3)], [(3, 3)], True, []),
        ([(1, 3)], [(1, 3), (1, 5)], True, ["1 object allocated here is lost"]),
        ([(2, 3)], [(1, 3)], False, []),
    ],
)
def test_what_is_lost_more_is_found_by_where_it_was_allocated(serial, parallel, own_threads: bool, found: list[str]):
    """Not by how much there is in all: the runtime's own memory is nobody's here."""
    text = Copy(b"a\n" * 9, ())
    before, after = (leaks.leaks(lost(*places), text, "/p/a.c", []) for places in (serial, parallel))
    traces = leaks.new_leaks(before, after, own_threads=own_threads)
    assert traces is not None
    assert [trace.message for trace in traces] == found


def test_leaks_that_could_not_be_looked_for():
    """Are neither there nor not."""
    failed = Ran(Completed(67, b"", b"LeakSanitizer has encountered a fatal error", 0.1), ())
    assert leaks.leaks(failed, Copy(b"", ()), "/p/a.c", []) is None
    assert leaks.new_leaks(None, Counter(), own_threads=False) is None


async def needs_memory_sanitizer(request: VerificationRequest, store: CertificateStore) -> Check:
    (answer,) = await answers(memory.check, request, store)
    if "MemorySanitizer was not asked about private copies: it cannot be built" in answer.detail:
        pytest.skip(answer.detail)
    return answer


@pytest.mark.parametrize("pragma", ["private(t)", "lastprivate(t)"])
async def test_a_decision_by_an_unwritten_private_copy_is_refuted(request_for, store, pragma: str):
    """Although nothing is printed that depends on it. An iteration that writes it first passes."""
    text = TEMPORARY.replace("t = i * 0.25;", "if (t < 0) a[0] = 0;\n    t = i * 0.25;").replace(
        "double t,", "double t = 1,"
    )
    wrong = await needs_memory_sanitizer(request_for(text, (6, f"{PARALLEL} {pragma}")), store)
    right = await needs_memory_sanitizer(request_for(TEMPORARY, (6, f"{PARALLEL} {pragma}")), store)
    assert (wrong.outcome, right.outcome) == ("refuted", "passed"), (wrong, right)
    assert "the private copy of t is read before it is written at line 7" in wrong.detail
    assert [trace.line for trace in wrong.traces] == [7]
    assert "MemorySanitizer saw no private copy of t read before it was written" in right.detail


async def test_memory_sanitizer_is_not_asked_of_an_unclean_program(request_for, store: CertificateStore):
    """It says so, and the rest of the check counts."""
    text = TEMPORARY.replace("double t,", 'double t, u[2]; if (u[1] > 1e300) puts(u[0] ? "" : ""); double')
    answer = await needs_memory_sanitizer(request_for(text, (6, f"{PARALLEL} private(t)")), store)
    assert answer.outcome == "passed", answer.detail
    assert "was not asked about private copies: it complains of the unedited program at line 5" in answer.detail
