"""From judged loops to an edit that holds: each plan verified alone, those that pass together in one edit, and that
edit verified as a whole. No evidence, no edit."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...codegen.edit import Edit
from ...codegen.errors import CodegenError
from ...codegen.insert import edit_for_plans
from ...codegen.pragma import pragma_text
from ...reasoning.checker import check_plan
from ...reasoning.plan import Plan, Rejection, Verdict
from ...reasoning.verdict import judge
from ...reasoning.worth import LEAST_WORK, when_worth, work_of
from ...verification.certificates import CertificateStore
from ...verification.evidence import Check, Evidence
from ...verification.kept import certificates
from ...verification.request import PlannedEdit, VerificationRequest
from ...verification.verify import known_evidence, verify
from .compile_commands import flags_for
from .headers import surroundings_of
from .judgement import JudgedLoop, Judgement
from .neighbours import neighbours_of
from .project_settings import project_settings

REFUTED = "PRG400"  # a check that ran shows the plan wrong

Progress = Callable[[str, float | None], None]


class VerifiedFile(msgspec.Struct):
    """What came of the loops of one file, by loop id.

    `edit` inserts the plans of `inserted`, whose evidence passed alone and together; None where there are none.
    `refused` says why a plan could not be put into the text at all, `slower` which were left out because they are not
    faster, `provided` which because they are right only for callers who see to something.
    """

    evidence: dict[str, Evidence] = {}
    refused: dict[str, str] = {}
    slower: tuple[str, ...] = ()
    provided: tuple[str, ...] = ()
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
    keep_slower: bool = False,
    assume_no_overlap: bool = False,
    progress: Progress | None = None,
) -> VerifiedFile:
    """Verify the loops' plans on this text. `progress` hears what is being done, and what share of it is done. Plans
    that were measured and are not faster are left out of the edit unless `keep_slower`, and those that are right only
    where arrays of the callers do not overlap, unless `assume_no_overlap`.

    Raises `SandboxUnavailable` where commands cannot be confined and `no_sandbox` is not set, `BadSettings` for a
    pragmatist.toml that cannot be used.
    """
    edits, refused = _planned_edits(path, text, judgement, loops)
    if not edits:
        return VerifiedFile(refused=refused)
    request = _request(
        path,
        text,
        judgement,
        edits,
        arguments,
        no_sandbox=no_sandbox,
        keep_slower=keep_slower,
        assume_no_overlap=assume_no_overlap,
    )
    result = await verify(request, progress=progress)
    verified = VerifiedFile(evidence=result.loops, refused=refused)
    if not keep_slower:
        passed = [loop for loop, evidence in result.loops.items() if evidence.verdict == "passed"]
        verified.slower = tuple(loop for loop in passed if not result.loops[loop].pays)
    if not assume_no_overlap:
        verified.provided = tuple(
            loop for loop, each in result.loops.items() if each.verdict == "passed" and each.provided
        )
    verified.whole = result.whole
    if result.whole is not None and result.whole.verdict == "passed":
        verified.inserted = result.whole_loops
        final = [(loop.facts, _checked_plan(loop, judgement, result.loops.get(loop.facts.id))) for loop in loops]
        plans = [(facts, plan) for facts, plan in final if facts.id in verified.inserted and plan is not None]
        verified.edit = edit_for_plans(path, text, plans, language=judgement.language)
    return verified


async def stored_evidence(
    path: str, text: bytes, judgement: Judgement, loop: JudgedLoop, *, arguments: Sequence[str] = ()
) -> Evidence | None:
    """The certificate of the loop's plan that is kept from an earlier verification of this text, with these compilers
    and the same settings; None where there is none. Nothing of the program is built or run. Raises `BadSettings`."""
    store = CertificateStore()
    if loop.verdict.plan is None or not certificates(store):
        return None
    edits, _ = _planned_edits(path, text, judgement, [loop])
    if not edits:
        return None
    return (await known_evidence(_request(path, text, judgement, edits, arguments), store)).get(loop.facts.id)


def _request(
    path: str,
    text: bytes,
    judgement: Judgement,
    edits: Sequence[PlannedEdit],
    arguments: Sequence[str],
    *,
    no_sandbox: bool = False,
    keep_slower: bool = False,
    assume_no_overlap: bool = False,
) -> VerificationRequest:
    """What verifying these edits means in the project that the file lies in."""
    settings = project_settings(path)
    around, compiled = surroundings_of(path, text), flags_for(path)
    return VerificationRequest(
        path=path,
        text=text,
        language=judgement.language,
        edits=tuple(edits),
        flags=compiled.flags,
        cl_level=compiled.cl_level,
        include_dirs=around.folders,
        arguments=tuple(arguments),
        defines=around.defines,
        headers=around.headers,
        command=settings.command,
        drivers=settings.drivers,
        neighbours=neighbours_of(path, judgement.language, around),
        no_sandbox=no_sandbox,
        keep_slower=keep_slower,
        assume_no_overlap=assume_no_overlap,
    )


def _checked_plan(loop: JudgedLoop, judgement: Judgement, evidence: Evidence | None) -> Plan | None:
    """The loop's plan as it was checked: with the amount of work in its condition that the evidence names."""
    plan = loop.verdict.plan
    if plan is None or evidence is None or evidence.least is None:
        return plan
    work = work_of(loop.facts, [each.facts for each in judgement.loops])
    return when_worth(plan, loop.facts, work, evidence.least) if work is not None else None


def with_evidence(judgement: Judgement, verified: VerifiedFile) -> Judgement:
    """The judgement as the evidence leaves it: what passed is parallel, what was refuted has no plan any more."""
    return msgspec.structs.replace(
        judgement, loops=tuple(_settled(loop, judgement, verified) for loop in judgement.loops)
    )


def _settled(loop: JudgedLoop, judgement: Judgement, verified: VerifiedFile) -> JudgedLoop:
    evidence = verified.evidence.get(loop.facts.id)
    if evidence is None or loop.verdict.plan is None:
        return loop
    if evidence.verdict == "refuted":
        return msgspec.structs.replace(loop, verdict=Verdict("unknown"), pragma=None, objections=(objection(evidence),))
    plan = _checked_plan(loop, judgement, evidence)
    verdict = judge(loop.facts, plan, evidence_passed=evidence.verdict == "passed")
    pragma = loop.pragma if verdict.plan is None else pragma_text(verdict.plan)
    return msgspec.structs.replace(loop, verdict=verdict, pragma=pragma)


def objection(evidence: Evidence) -> Rejection:
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
        planned = PlannedEdit.of(loop.facts, edit.changes, check_plan(loop.verdict.plan, loop.facts))
        edits.append(_that_may_ask(planned, path, text, judgement, loop))
    return edits, refused


def _that_may_ask(planned: PlannedEdit, path: str, text: bytes, judgement: Judgement, loop: JudgedLoop) -> PlannedEdit:
    """The edit with its text for each amount of work that it might turn out to have to ask for."""
    plan = loop.verdict.plan
    work = work_of(loop.facts, [each.facts for each in judgement.loops])
    if plan is None or work is None or not plan.directive.startswith("parallel"):
        return planned
    worth = []
    for least in LEAST_WORK:
        asking = when_worth(plan, loop.facts, work, least)
        if asking is None:
            return planned
        changes = edit_for_plans(path, text, [(loop.facts, asking)], language=judgement.language).changes
        worth.append((least, changes))
    return msgspec.structs.replace(planned, work=work, worth=tuple(worth))
