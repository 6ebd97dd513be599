"""Plans by a model, with the verification in the loop: what a check refutes goes back to the strategy.

Before a model is asked about a loop, the rule for undecided variables is tried, which costs less (`rule_planning.py`).
The strategy waits for the model in a thread of its own, and for the checks, which run on the event loop. A plan is only
ever replaced by one that nothing refutes: where there is none, the static planner's stays.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
import hashlib
import threading
from collections.abc import Collection, Coroutine, Sequence
from typing import Any, TypeVar

import msgspec

from ...reasoning.plan import Plan, Rejection
from ...reasoning.propose import propose_plan
from ...reasoning.runtimes.opening import ModelSource
from ...reasoning.runtimes.protocol import Cancelled
from ...reasoning.strategies.protocol import Proposal
from ...verification.evidence import Check, Evidence
from .judge import with_plan
from .judgement import JudgedLoop, Judgement
from .propose import KeptAnswers
from .rule_planning import plan_by_rule
from .trying import Checks, try_plan
from .verify import REFUTED, Progress, VerifiedFile, objection, words_of_check

T = TypeVar("T")


class Asked(msgspec.Struct, frozen=True):
    """A model and how it is asked."""

    strategy: str
    model: ModelSource


async def plan_further(
    path: str,
    text: bytes,
    judgement: Judgement,
    asked: Asked | None,
    checks: Checks | None,
    *,
    only: str | None = None,
    hidden: Collection[str] = (),
    progress: Progress | None = None,
) -> tuple[Judgement, dict[str, Proposal]]:
    """The judgement with the plans that the rule and the model have for its loops, and what they proposed, by loop.

    Outermost loops are asked about first, and loops inside one that has a plan are not, nor are `hidden` ones; `only`
    names one loop. Without `checks` nothing is run, and the rule is not tried; without `asked` there is only the rule.
    Raises `ModelError`, and what `verify_loops` raises.
    """
    proposals: dict[str, Proposal] = {}
    loops = {loop.facts.id: loop for loop in judgement.loops}
    taken: set[str] = set()
    for loop in judgement.loops:  # source order: a loop comes after the loops around it
        facts = loop.facts
        if facts.parent in taken or facts.existing_directive is not None:
            taken.add(facts.id)
            continue
        if facts.id in hidden or facts.blocking or not facts.complete or not loop.pays or only not in (None, facts.id):
            continue
        proposal = None
        if checks is not None:
            proposal = await plan_by_rule(path, text, judgement, loop, checks, progress)
        if proposal is None and asked is not None:
            if progress is not None:
                progress(f"line {facts.keyword.line}: asking the model", None)
            proposal = await ask_model(path, text, judgement, loop, asked, checks)
        if proposal is not None:
            proposals[facts.id] = proposal
            if proposal.plan is not None:
                loops[facts.id] = with_plan(loop, proposal.plan)
        if loops[facts.id].verdict.plan is not None:
            taken.add(facts.id)
    return msgspec.structs.replace(judgement, loops=tuple(loops.values())), proposals


async def ask_model(
    path: str, text: bytes, judgement: Judgement, loop: JudgedLoop, asked: Asked, checks: Checks | None
) -> Proposal:
    """What the model proposes for one loop. Raises `ModelError`."""
    cancelled = threading.Event()
    trials = None if checks is None else PlanTrials(path, text, judgement, loop, checks, cancelled)
    try:
        return await asyncio.to_thread(
            propose_plan,
            loop.facts,
            strategy=asked.strategy,
            model=asked.model,
            nest=[each.facts for each in judgement.loops],
            verifier=None if trials is None else trials.verify,
            verifier_name="plan" if trials is None else trials.name,
            store=KeptAnswers(),
            cancelled=cancelled,
            trials=trials,
        )
    finally:
        cancelled.set()  # if the wait was cancelled, the thread is to end too


class PlanTrials:
    """Plans of one loop tried on the program, for a strategy in a thread; see `reasoning.strategies.trials.Trials`.

    One verification is behind all of them; its certificates are kept, so asking again about a plan costs nothing.
    """

    def __init__(
        self,
        path: str,
        text: bytes,
        judgement: Judgement,
        loop: JudgedLoop,
        checks: Checks,
        cancelled: threading.Event,
    ) -> None:
        """To be made on the event loop that is to run the checks."""
        self._path, self._text, self._judgement, self._loop = path, text, judgement, loop
        self._checks, self._cancelled = checks, cancelled
        self._events = asyncio.get_running_loop()
        self._verified: dict[Plan, VerifiedFile | str] = {}

    @property
    def name(self) -> str:
        """Differs where what the checks find may differ: the program, and how it is run."""
        told = msgspec.json.encode([self._path, self._judgement.digest, self._checks])
        return f"verified {hashlib.sha256(told).hexdigest()}"

    def verify(self, plan: Plan) -> tuple[Rejection, ...]:
        """What the checks hold against the plan, beside what the facts do."""
        found = self._verify(plan)
        if isinstance(found, str):
            return (Rejection(REFUTED, found),)
        evidence = found.evidence.get(self._loop.facts.id)
        return (objection(evidence),) if evidence is not None and evidence.verdict == "refuted" else ()

    def compile(self, plan: Plan) -> str:
        return self._found(plan, ("compile",))

    def race(self, plan: Plan) -> str:
        return self._found(plan, ("lane-race", "threaded-race"))

    def _found(self, plan: Plan, names: Sequence[str]) -> str:
        found = self._verify(plan)
        if isinstance(found, str):
            return found
        evidence = found.evidence.get(self._loop.facts.id)
        checks = [] if evidence is None else [check for check in evidence.checks if check.name in names]
        if not checks and evidence is not None:
            return f"It does not get so far: {_undecided(evidence)}"
        return " ".join(f"{check.outcome}: {words_of_check(check)}." for check in checks) or "Nothing could be run."

    def _verify(self, plan: Plan) -> VerifiedFile | str:
        plan = msgspec.structs.replace(plan, rationale="")
        if plan not in self._verified:
            self._verified[plan] = self._wait(self._verify_now(plan))
        return self._verified[plan]

    async def _verify_now(self, plan: Plan) -> VerifiedFile | str:
        planned = with_plan(self._loop, plan)
        if planned.verdict.plan is None:
            return "the facts do not allow the plan"
        verified = await try_plan(self._path, self._text, self._judgement, planned, self._checks)
        refused = verified.refused.get(self._loop.facts.id)
        return verified if refused is None else refused

    def _wait(self, work: Coroutine[Any, Any, T]) -> T:
        if self._cancelled.is_set():
            work.close()
            raise Cancelled
        future = asyncio.run_coroutine_threadsafe(work, self._events)
        try:
            return future.result()
        except concurrent.futures.CancelledError:
            raise Cancelled from None


def _undecided(evidence: Evidence) -> str:
    """The first check that did not pass, in words."""
    order = ("refuted", "inconclusive", "skipped")
    open_checks: list[Check] = [check for check in evidence.checks if check.outcome in order and check.name != "speed"]
    open_checks.sort(key=lambda check: order.index(check.outcome))
    return f"{open_checks[0].name}: {words_of_check(open_checks[0])}" if open_checks else "nothing was checked"
