"""Arrays that might overlap where no `if` clause can ask: the caller's to know, and always said."""

from __future__ import annotations

import msgspec
from pragmatist.analysis.facts import Assumption, Place
from pragmatist.reasoning.plan import Rejection
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.request import VerificationRequest, open_assumptions
from pragmatist.verification.verify import verify

GATHER = """\
void gather(int n, const int *at, const double *x, double *y) {
  for (int i = 0; i < n; i++) y[i] = 2 * x[at[i]];
}
"""
WORDS = "x and y do not overlap"


async def test_it_is_verified_on_separate_arrays_and_the_assumption_is_said(request_for, store: CertificateStore):
    """Which elements of x are read is in the data, so nothing can ask before the loop; every check passes."""
    request: VerificationRequest = request_for(GATHER, (2, "#pragma omp parallel for"))
    assumption = Assumption("PRG201", WORDS, Place(0, 1, 1, 1, 1, 2))
    rejection = Rejection("PRG201", f"not proved: it is assumed that {WORDS}", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], assumptions=(assumption,), rejections=(rejection,))
    found = (await verify(msgspec.structs.replace(request, edits=(edit,)), store=store)).loops[edit.loop]
    assert found.verdict == "passed", found
    (check,) = [check for check in found.checks if check.name == "assumptions"]
    assert check.outcome == "passed"
    assert f"right as long as {WORDS}" in check.detail


async def test_what_an_if_clause_could_ask_is_not_left_to_the_caller(request_for, store: CertificateStore):
    """The guard is known and the plan does not ask it: with arrays that overlap it is wrong, and so not passed."""
    text = GATHER.replace("x[at[i]]", "x[i + 1]")
    request: VerificationRequest = request_for(text, (2, "#pragma omp parallel for"))
    assumption = Assumption("PRG201", WORDS, Place(0, 1, 1, 1, 1, 2), guard="x + n + 1 <= y || y + n <= x")
    rejection = Rejection("PRG201", f"not proved: it is assumed that {WORDS}", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], assumptions=(assumption,), rejections=(rejection,))
    found = (await verify(msgspec.structs.replace(request, edits=(edit,)), store=store)).loops[edit.loop]
    assert found.verdict == "inconclusive", found
    assert f"right only if {WORDS}" in next(check.detail for check in found.checks if check.name == "assumptions")


def test_what_the_plan_asks_is_not_open_beside_what_it_cannot_ask(planned):
    """Two assumptions of one code: one that the `if` clause asks, and one that nothing can."""
    place = Place(0, 1, 1, 1, 1, 2)
    asked = Assumption("PRG201", WORDS, place, guard="x + n <= y || y + n <= x")
    unasked = Assumption("PRG201", "y and z do not overlap", place)
    rejection = Rejection("PRG201", "not proved: line 2: it is assumed that y and z do not overlap", refuted=False)
    edit = planned(
        GATHER.encode(), 2, "#pragma omp parallel for", assumptions=(asked, unasked), rejections=(rejection,)
    )
    assert open_assumptions(edit) == [unasked]
