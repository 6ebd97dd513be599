"""The examples in the documentation of findings are true: each gives its code and no other, and the remedy works."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import Iterator

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import Language, LoopFacts
from pragmatist.analysis.findings import FINDINGS, Example, Finding
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan, Rejection
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.runtimes.protocol import Completion, GenerationError
from pragmatist.reasoning.schema import parse_plan
from pragmatist.reasoning.strategies.protocol import Budget
from pragmatist.reasoning.strategies.zero_shot import ZeroShot
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.judgement import Judgement
from pragmatist.server.engine.verify import verify_loops, with_evidence
from pragmatist.server.lsp.diagnostics import CANDIDATE, PARALLEL
from pragmatist.server.words import headline
from pragmatist.verification.sandbox.run import SandboxUnavailable

ALL = [(finding, example) for finding in FINDINGS.values() for example in finding.examples]
OF_A_RUN = "PRG400"  # takes a verification: see below
JUDGED = [case for case in ALL if case[0].code != OF_A_RUN]


def names(cases: list[tuple[Finding, Example]]) -> list[str]:
    return [f"{finding.code}-{finding.examples.index(example) + 1}" for finding, example in cases]


def said(finding: Finding, example: Example) -> list[tuple[str, str]]:
    """(code, message) of everything that is said of the example."""
    if example.answers is None:
        return said_of(finding, judge_text(example.before.encode(), example.language))
    facts = first_loop(example.before, example.language)
    if len(example.answers) == 1:
        planned = facts if example.earlier is None else first_loop(example.earlier, example.language)
        rejections = answered(example.answers[0], planned, facts)
    else:
        script = Replies(example.answers)
        budget = Budget(calls=max(1, len(example.answers)))
        strategy = ZeroShot()
        rejections = strategy.propose(
            facts, loop_abstract(facts), script, budget, lambda plan: check_plan(plan, facts)
        ).reasons
    return [(rejection.code, rejection.message) for rejection in rejections]


def said_of(finding: Finding, judgement: Judgement) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for loop in judgement.loops:
        facts = loop.facts
        if finding.kind == "parallel" and loop.verdict.verdict in ("parallel", "candidate"):
            found.append((PARALLEL if loop.verdict.verdict == "parallel" else CANDIDATE, headline(loop)))
        found += [(r.code, r.message) for r in (*facts.blocking, *facts.unknowns, *facts.assumptions)]
        if finding.kind == "note":  # notes speak of plans that stand, and are nothing to remedy
            found += [(note.code, note.message) for note in facts.notes]
        if finding.kind == "plan":
            found += [(objection.code, objection.message) for objection in loop.objections]
    found += [(remark.code, remark.message) for remark in judgement.remarks]
    return found + [(r.code, r.message) for directive in judgement.directives for r in directive.reasons]


def first_loop(text: str, language: Language) -> LoopFacts:
    return analyze(text.encode(), language).loops[0]


def answered(answer: str, planned: LoopFacts, facts: LoopFacts) -> tuple[Rejection, ...]:
    """What the checker says, of the loop `facts`, to an answer that was given for `planned`."""
    plan = parse_plan(answer, planned, "a model")
    return check_plan(plan, facts) if isinstance(plan, Plan) else (plan,)


class Replies:
    """A runtime that gives one reply after the other, and fails when there is none."""

    runtime, model, digest = "replies", "replies", "0"

    def __init__(self, replies: tuple[str, ...]) -> None:
        self._replies: Iterator[str] = iter(replies)

    def load(self) -> None: ...

    def close(self) -> None: ...

    def count_tokens(self, messages, *, cancelled=None) -> int:
        return 100

    def complete(self, request, *, on_text=None, cancelled=None) -> Completion:
        reply = next(self._replies, None)
        if reply is None:
            raise GenerationError("the model file is damaged")
        return Completion(reply, "stop", 100, 0, 20, 0.01)


@pytest.mark.parametrize(("finding", "example"), JUDGED, ids=names(JUDGED))
def test_example_gives_its_code(finding: Finding, example: Example):
    """The example gives the code that its page is about, those that the page names beside it, and no other."""
    assert {code for code, _ in said(finding, example)} == {finding.code, *example.along}


@pytest.mark.parametrize(
    ("finding", "example"), [c for c in ALL if c[1].says], ids=names([c for c in ALL if c[1].says])
)
def test_example_quotes_the_message(finding: Finding, example: Example):
    """The message on the page is what is really said, word for word."""
    assert example.says in [message for code, message in said(finding, example) if code == finding.code]


REMEDIED = [case for case in ALL if case[1].after is not None]


@pytest.mark.parametrize(("finding", "example"), REMEDIED, ids=names(REMEDIED))
def test_remedy_removes_the_finding(finding: Finding, example: Example):
    """The program after the change gives only what the page says is left, and its loops are parallel but for that."""
    assert example.after is not None
    judgement = judge_text(example.after.encode(), example.language)
    codes = {code for code, _ in said_of(finding, judgement)} - {PARALLEL}

    assert codes == set(example.left)
    assert finding.code not in codes
    if not example.left:
        assert {loop.verdict.verdict for loop in judgement.loops} <= {"parallel"}


@pytest.mark.parametrize(
    ("finding", "example"), [c for c in ALL if c[1].pragma], ids=names([c for c in ALL if c[1].pragma])
)
def test_example_shows_the_pragma(finding: Finding, example: Example):
    """The pragma on the page is the one that is proposed for the first loop."""
    assert judge_text(example.before.encode(), example.language).loops[0].pragma == example.pragma


BETTER = [case for case in ALL if case[1].better is not None]


@pytest.mark.parametrize(("finding", "example"), BETTER, ids=names(BETTER))
def test_better_answer_stands(finding: Finding, example: Example):
    """Nothing is said against the answer that the page recommends."""
    assert example.better is not None
    facts = first_loop(example.after or example.before, example.language)

    assert answered(example.better, facts, facts) == ()


@pytest.mark.parametrize(("finding", "example"), JUDGED, ids=names(JUDGED))
def test_kind_is_where_it_is_said(finding: Finding, example: Example):
    """A finding's kind is the place among the facts that it is reported at."""
    facts = analyze(example.before.encode(), example.language)
    places = {
        "serial": {reason.code for loop in facts.loops for reason in loop.blocking},
        "unknown": {reason.code for loop in facts.loops for reason in loop.unknowns},
        "assumption": {assumption.code for loop in facts.loops for assumption in loop.assumptions},
        "note": {reason.code for loop in facts.loops for reason in loop.notes},
        "directive": {reason.code for directive in facts.directives for reason in directive.reasons},
    }
    where = {kind for kind, codes in places.items() if finding.code in codes}

    assert where == ({finding.kind} if finding.kind in places else set())


TEXTS = [
    (f"{name}-{part}", text, example.language)
    for name, (_, example) in zip(names(ALL), ALL, strict=True)
    for part, text in (("before", example.before), ("after", example.after), ("earlier", example.earlier))
    if text is not None
]


@pytest.mark.skipif(shutil.which("gcc") is None or shutil.which("g++") is None, reason="needs gcc and g++")
@pytest.mark.parametrize("language", ["c", "cpp"])
def test_examples_compile(language: Language, tmp_path):
    """Every program on the pages is one that gcc takes, with its warnings on."""
    files = [tmp_path / f"{name}.{language}" for name, _, its in TEXTS if its == language]
    for path, text in zip(files, [text for _, text, its in TEXTS if its == language], strict=True):
        path.write_text(text + "\n")
    compiler = ["g++", "-std=c++17"] if language == "cpp" else ["gcc", "-std=gnu11"]

    done = subprocess.run(
        [*compiler, "-fsyntax-only", "-fopenmp", "-Wall", "-Werror", *map(str, files)], capture_output=True, text=True
    )

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("example", FINDINGS[OF_A_RUN].examples)
def test_a_run_refutes_the_example(example: Example, tmp_path, monkeypatch):
    """The plan for the first loop is a candidate by the text, and refuted by what this machine's tools see of it."""
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path / "cache"))
    program = tmp_path / f"program.{example.language}"
    program.write_text(example.before + "\n")
    text = program.read_bytes()
    judgement = judge_text(text, example.language)
    loop = judgement.loops[0]
    assert loop.verdict.verdict == "candidate"

    try:
        verified = asyncio.run(verify_loops(str(program), text, judgement, [loop]))
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    checks = {check.name: check for check in verified.evidence[loop.facts.id].checks}
    if verified.evidence[loop.facts.id].verdict != "refuted" and checks["threaded-race"].outcome == "skipped":
        pytest.skip(f"nothing here can see races: {checks['threaded-race'].detail}")

    settled = with_evidence(judgement, verified).loops[0]
    assert settled.verdict.verdict == "unknown"
    assert [objection.code for objection in settled.objections] == [OF_A_RUN]
