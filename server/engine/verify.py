"""From judged loops to an edit that holds: each plan verified alone, those that pass together in one edit, and that
edit verified as a whole. No evidence, no edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...codegen.edit import Edit
from ...codegen.errors import CodegenError
from ...codegen.insert import edit_for_plans
from ...reasoning.checker import check_plan
from ...reasoning.plan import Rejection, Verdict
from ...reasoning.verdict import judge
from ...verification.evidence import Check, Evidence
from ...verification.request import PlannedEdit, VerificationRequest
from ...verification.verify import verify
from .compile_commands import flags_for
from .headers import surroundings_of
from .judgement import JudgedLoop, Judgement
from .project_settings import project_settings

REFUTED = "PRG400"  # a check that ran shows the plan wrong

Progress = Callable[[str, float | None], None]


class VerifiedFile(msgspec.Struct):
    """What came of the loops of one file, by loop id.

    `edit` inserts the plans of `inserted`, whose evidence passed alone and together, and none of which was measured
    to be slower; None where there are none. `refused` says why a plan could not be put into the text at all, `slower`
    which were left out because they lose time.
    """

    evidence: dict[str, Evidence] = {}
    refused: dict[str, str] = {}
    slower: tuple[str, ...] = ()
    whole: Evidence | None = None
    inserted: tuple[str, ...] = ()
    edit: Edit | None = None


async def verify_loops(
    path: str,
    text: bytes,
    judgement: Judgement,
    loops: Sequence[JudgedLoop],
    *,
    arguments: Sequence[str] = (),
    no_sandbox: bool = False,
    progress: Progress | None = None,
) -> VerifiedFile:
    """Verify the loops' plans on this text. `progress` hears what is being done, and what share of it is done.

    Raises `SandboxUnavailable` where commands cannot be confined and `no_sandbox` is not set, `BadSettings` for a
    pragmatist.toml that cannot be used.
    """
    edits, refused = _planned_edits(path, text, judgement, loops)
    if not edits:
        return VerifiedFile(refused=refused)
    settings = project_settings(path)
    around = surroundings_of(path, text)
    request = VerificationRequest(
        path=path,
        text=text,
        language=judgement.language,
        edits=tuple(edits),
        flags=flags_for(path).flags,
        arguments=tuple(arguments),
        defines=around.defines,
        headers=around.headers,
        command=settings.command,
        drivers=settings.drivers,
        no_sandbox=no_sandbox,
    )
    result = await verify(request, progress=progress)
    verified = VerifiedFile(evidence=result.loops, refused=refused)
    verified.slower = tuple(loop for loop in result.whole_loops if _loses(result.loops[loop]))
    if verified.slower:  # the others are known one by one, but not yet together without these
        rest = tuple(edit for edit in edits if edit.loop in result.whole_loops and edit.loop not in verified.slower)
        result = await verify(msgspec.structs.replace(request, edits=rest), progress=progress)
    verified.whole = result.whole
    if result.whole is not None and result.whole.verdict == "passed":
        verified.inserted = result.whole_loops
        plans = [
            (loop.facts, loop.verdict.plan)
            for loop in loops
            if loop.facts.id in verified.inserted and loop.verdict.plan is not None
        ]
        verified.edit = edit_for_plans(path, text, plans, language=judgement.language)
    return verified


def with_evidence(judgement: Judgement, verified: VerifiedFile) -> Judgement:
    """The judgement as the evidence leaves it: what passed is parallel, what was refuted has no plan any more."""
    return msgspec.structs.replace(judgement, loops=tuple(_settled(loop, verified) for loop in judgement.loops))


def _settled(loop: JudgedLoop, verified: VerifiedFile) -> JudgedLoop:
    evidence = verified.evidence.get(loop.facts.id)
    if evidence is None or loop.verdict.plan is None:
        return loop
    if evidence.verdict == "refuted":
        return msgspec.structs.replace(
            loop, verdict=Verdict("unknown"), pragma=None, objections=(_objection(evidence),)
        )
    verdict = judge(loop.facts, loop.verdict.plan, evidence_passed=evidence.verdict == "passed")
    return msgspec.structs.replace(loop, verdict=verdict)


def _objection(evidence: Evidence) -> Rejection:
    check = next(check for check in evidence.checks if check.outcome == "refuted")
    return Rejection(REFUTED, f"the {check.name} check refutes the plan: {words_of_check(check)}")


def words_of_check(check: Check) -> str:
    """What the check found, with the places that its own words do not name yet."""
    places = [trace for trace in check.traces[:3] if f"line {trace.line}" not in check.detail]
    return check.detail + "".join(f"; line {trace.line}: {trace.message}" for trace in places)


def _planned_edits(
    path: str, text: bytes, judgement: Judgement, loops: Sequence[JudgedLoop]
) -> tuple[list[PlannedEdit], dict[str, str]]:
    edits: list[PlannedEdit] = []
    refused: dict[str, str] = {}
    for loop in loops:
        assert loop.verdict.plan is not None
        try:
            edit = edit_for_plans(path, text, [(loop.facts, loop.verdict.plan)], language=judgement.language)
        except CodegenError as error:
            refused[loop.facts.id] = str(error)
            continue
        edits.append(PlannedEdit.of(loop.facts, edit.changes, check_plan(loop.verdict.plan, loop.facts)))
    return edits, refused


def _loses(evidence: Evidence) -> bool:
    """Whether every pair of runs was slower in parallel."""
    return evidence.speedup is not None and evidence.speedup.spread[1] < 1.0
