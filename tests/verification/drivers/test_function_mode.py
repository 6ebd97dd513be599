"""Whole verifications in function mode: right plans pass, wrong ones are refuted, and what was assumed is said."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
import pytest
from pragmatist.analysis.facts import Assumption, Place
from pragmatist.reasoning.plan import Rejection
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import speed
from pragmatist.verification.evidence import Check, Evidence
from pragmatist.verification.request import PlannedEdit, Verification, VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.verify import verify
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"
Requests = Callable[..., VerificationRequest]


@pytest.fixture(autouse=True)
async def machine(store: CertificateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips where a plan cannot pass. Speed decides nothing here and takes longest, so it is left out."""
    toolchain = await discover("c", store)
    if toolchain.race is None:
        pytest.skip(toolchain.race_problem or "")
    if not any(compiler.sanitizers for compiler in toolchain.compilers):
        pytest.skip("no sanitizers")

    async def untimed(bench: Workbench, edits: Sequence[PlannedEdit], *_: object) -> speed.Timed:
        answer = Check("speed", "skipped", "not timed in this test", 0.0)
        return speed.Timed((answer, None), ((answer, None),) * len(edits))

    monkeypatch.setattr(speed, "check", untimed)


async def verified(request: VerificationRequest, store: CertificateStore) -> Verification:
    try:
        return await verify(request, store=store)
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


async def evidence(request: VerificationRequest, store: CertificateStore) -> Evidence:
    (found,) = (await verified(request, store)).loops.values()
    return found


def outcome(found: Evidence, name: str) -> str | None:
    return next((check.outcome for check in found.checks if check.name == name), None)


def detail(found: Evidence, name: str) -> str:
    return next(check.detail for check in found.checks if check.name == name)


SUM = "double f(int n, const double *x) {\n  double s = 0;\n  for (int i = 0; i < n; i++) s += x[i];\n  return s;\n}"
PRIVATE = (
    "void f(int n, const double *restrict x, double *restrict y) {\n  double t;\n"
    "  for (int i = 0; i < n; i++) { t = 2 * x[i]; y[i] = t * t; }\n}"
)
# A section of no elements is no OpenMP, and gcc's code for it dies.
HISTOGRAM = "void f(int n, const int *b, int *h) {\n  if (n > 0)\n  for (int i = 0; i < n; i++) h[b[i]] += 1;\n}"
ROWS = (
    "#include <vector>\nvoid f(std::vector<std::vector<double>> &v) {\n"
    "  for (std::size_t i = 0; i < v.size(); i++)\n"
    "    for (std::size_t j = 1; j < v[i].size(); j++) v[i][j] += v[i][j - 1];\n}"
)
RIGHT = {
    "a sum": (SUM, 3, f"{PARALLEL} reduction(+:s)", "f.c"),
    "a private variable": (PRIVATE, 3, f"{PARALLEL} private(t)", "f.c"),
    "a histogram": (HISTOGRAM, 3, f"{PARALLEL} reduction(+:h[0:n])", "f.c"),
    "rows of a vector of vectors": (ROWS, 3, PARALLEL, "f.cpp"),
}
WRONG = {
    "a sum without its reduction": (SUM, 3, PARALLEL, "f.c", "lane-race"),
    "a sum with another operator": (SUM, 3, f"{PARALLEL} reduction(max:s)", "f.c", "outputs"),
    "a shared temporary": (PRIVATE, 3, PARALLEL, "f.c", "lane-race"),
    "a section beyond the end": (HISTOGRAM, 3, f"{PARALLEL} reduction(+:h[0:n+1])", "f.c", "memory"),
    "the loop along a recurrence": (ROWS, 4, PARALLEL, "f.cpp", "lane-race"),
    "a private variable that is read first": (
        "void f(int n, double start, double *y) {\n  for (int i = 0; i < n; i++) y[i] += start;\n}",
        2,
        f"{PARALLEL} private(start)",
        "f.c",
        None,
    ),
}


@pytest.mark.parametrize(("text", "line", "pragma", "name"), RIGHT.values(), ids=RIGHT.keys())
async def test_right_plans_of_library_functions_pass(
    request_for: Requests, store: CertificateStore, text: str, line: int, pragma: str, name: str
):
    """The evidence says that a driver was made, and with which seeds."""
    found = await evidence(request_for(text, (line, pragma), name=name), store)
    assert (found.verdict, found.mode) == ("passed", "function"), found
    assert "seeds" in found.inputs


@pytest.mark.parametrize(("text", "line", "pragma", "name", "check"), WRONG.values(), ids=WRONG.keys())
async def test_wrong_plans_of_library_functions_are_refuted(
    request_for: Requests, store: CertificateStore, text: str, line: int, pragma: str, name: str, check: str | None
):
    """By the check that is there for it, where only one can see it."""
    found = await evidence(request_for(text, (line, pragma), name=name), store)
    assert found.verdict == "refuted", found
    if check is not None:
        assert outcome(found, check) == "refuted", found


def assuming(request: VerificationRequest, code: str, words: str, guard: str | None = None, *, proved: bool = False):
    """The request, its plan resting on an assumption that, unless `proved`, nothing discharges."""
    assumption = Assumption(code, words, Place(0, 1, 1, 1, 1, 2), guard=guard)
    (edit,) = request.edits
    rejections = () if proved else (Rejection(code, f"not proved: it is assumed that {words}", refuted=False),)
    edit = msgspec.structs.replace(edit, assumptions=(assumption,), rejections=rejections)
    return msgspec.structs.replace(request, edits=(edit,))


SCATTER = "void f(int n, const int *at, double *y) {\n  for (int i = 0; i < n; i++) y[at[i]] += i;\n}"


async def test_an_assumption_that_matters_is_tried_with_inputs_that_break_it(
    request_for: Requests, store: CertificateStore
):
    """Without duplicates the scatter passes every check; with them it races. So nothing is said to be right."""
    request = assuming(request_for(SCATTER, (2, PARALLEL)), "PRG202", "`at` has no duplicate values")
    found = await evidence(request, store)
    assert {outcome(found, name) for name in ("threaded-race", "memory", "outputs")} == {"passed"}
    assert (found.verdict, outcome(found, "assumptions")) == ("inconclusive", "inconclusive")
    assert "right only if `at` has no duplicate values" in detail(found, "assumptions")


async def test_an_assumption_that_does_not_matter_is_shown_not_to(request_for: Requests, store: CertificateStore):
    """The update is atomic, so duplicates do no harm, and the plan passes."""
    text = SCATTER.replace("double *y", "int *y").replace(
        "y[at[i]] += i;", "{\n#pragma omp atomic\n    y[at[i]] += i; }"
    )
    request = assuming(request_for(text, (2, PARALLEL)), "PRG202", "`at` has no duplicate values")
    found = await evidence(request, store)
    assert (found.verdict, outcome(found, "assumptions")) == ("passed", "passed"), found


async def test_an_assumption_that_no_input_can_break_stays_open(request_for: Requests, store: CertificateStore):
    """Made inputs fulfil it, so their passing shows nothing of the user's."""
    text = "void f(int n, int k, double *y) {\n  for (int i = 0; i < n; i++) y[i + k] = y[i];\n}"
    request = assuming(request_for(text, (2, f"{PARALLEL} if(k >= n)")), "PRG204", "k is at least n")
    found = await evidence(request, store)
    assert found.verdict != "passed"


CALLBACK = "void f(int n, double *a, double (*g)(double)) {\n  for (int i = 0; i < n; i++) a[i] = g(a[i]);\n}"


async def test_what_a_function_of_the_users_does_is_not_known_from_one_of_ours(
    request_for: Requests, store: CertificateStore
):
    """Every check passes with ours, and still nothing is said to be right; the ways out are named."""
    request = request_for(CALLBACK, (2, PARALLEL))
    unknown = Rejection("PRG402", "what `g` reads and writes is not known", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], rejections=(unknown,))
    found = await evidence(msgspec.structs.replace(request, edits=(edit,)), store)
    assert {outcome(found, name) for name in ("threaded-race", "memory", "outputs")} == {"passed"}
    assert (found.verdict, outcome(found, "assumptions")) == ("inconclusive", "inconclusive")
    assert "only if what g calls" in detail(found, "assumptions")
    assert "[verify] command" in detail(found, "assumptions")


VIRTUAL = (
    "#include <vector>\nstruct cell { double x = 0; virtual void step(double by) { x += by; } };\n"
    "void f(std::vector<cell *> &v, double by) {\n"
    "  for (std::size_t i = 0; i < v.size(); i++) v[i]->step(by);\n}"
)


async def test_what_derived_classes_do_is_not_known_from_an_object_of_ours(
    request_for: Requests, store: CertificateStore
):
    """A virtual function may be another's; unless the facts prove the plan all the same."""
    request = request_for(VIRTUAL, (4, PARALLEL), name="f.cpp")
    unknown = Rejection("PRG402", "what `v[i]->step` reads and writes is not known: it is virtual", refuted=False)
    edit = msgspec.structs.replace(request.edits[0], rejections=(unknown,))
    found = await evidence(msgspec.structs.replace(request, edits=(edit,)), store)
    assert (found.verdict, outcome(found, "assumptions")) == ("inconclusive", "inconclusive"), found
    assert "no class has another v[]->step" in detail(found, "assumptions")
    assert (await evidence(request, store)).verdict == "passed"


async def test_a_function_of_ours_does_where_the_facts_prove_the_plan(request_for: Requests, store: CertificateStore):
    """As where the user declared that it has no side effects; a wrong plan is refuted with it as well."""
    found = await evidence(request_for(CALLBACK, (2, PARALLEL)), store)
    assert (found.verdict, outcome(found, "assumptions")) == ("passed", None), found
    text = CALLBACK.replace("a[i] = g(a[i])", "a[i + 1] = g(a[i])")
    found = await evidence(request_for(text, (2, PARALLEL)), store)
    assert found.verdict == "refuted", found


COPY = "void f(int n, const double *x, double *y) {\n  for (int i = 0; i < n; i++) y[i] = x[i] + x[i + 1];\n}"


@pytest.mark.parametrize(
    ("guard", "verdict"),
    [("x + n + 1 <= y || y + n <= x", "passed"), ("x != y", "refuted")],
    ids=["exact", "too weak"],
)
async def test_guards_are_tried_with_arrays_that_overlap(
    request_for: Requests, store: CertificateStore, guard: str, verdict: str
):
    """A guard that lets overlapping arrays through is found out."""
    request = assuming(
        request_for(COPY, (2, f"{PARALLEL} if({guard})")), "PRG201", "x and y do not overlap", guard, proved=True
    )
    found = await evidence(request, store)
    assert found.verdict == verdict, found


BOTH = (
    "#include <stdio.h>\nstatic double a[500];\n"
    "void unused(int n, double *y) {\n  for (int i = 0; i < n; i++) y[i] *= 2;\n}\n"
    "int main(void) {\n  for (int i = 0; i < 500; i++) a[i] = 0.5 * i;\n"
    '  printf("%f %f\\n", a[3], a[499]);\n  return 0;\n}\n'
)


async def test_the_program_is_preferred_where_it_reaches_the_loop(request_for: Requests, store: CertificateStore):
    """One loop runs in the file's own program, the other, which main never calls, in a driver; both stand together."""
    found = await verified(request_for(BOTH, (4, PARALLEL), (7, PARALLEL)), store)
    assert [found.loops[f"loop-{line}"].mode for line in (4, 7)] == ["function", "program"]
    assert {each.verdict for each in found.loops.values()} == {"passed"}
    assert found.whole is not None
    assert found.whole.verdict == "passed"
    assert set(found.whole_loops) == {"loop-4", "loop-7"}


async def test_what_cannot_be_driven_is_never_passed(request_for: Requests, store: CertificateStore):
    """The checks that run the loop say why they cannot."""
    text = "int g(void *);\nvoid f(int n, void *p) {\n  for (int i = 0; i < n; i++) g(p);\n}"
    found = await evidence(request_for(text, (3, PARALLEL)), store)
    assert found.verdict == "inconclusive"
    assert "p points to memory of no type" in detail(found, "memory")


async def test_evidence_of_function_mode_is_kept(
    request_for: Requests, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """Asked again, nothing is surveyed, built or run."""
    request = request_for(SUM, (3, f"{PARALLEL} reduction(+:s)"))
    first = await evidence(request, store)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("something was built")

    monkeypatch.setattr(Workbench, "build", refuse)
    assert await evidence(request, store) == first
