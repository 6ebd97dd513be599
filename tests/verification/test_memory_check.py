"""The memory check: what the sanitizers refute, and what they say nothing of."""

from __future__ import annotations

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import memory
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import VerificationRequest
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
