"""One loop, one strategy, one model: a proposal. This is what the engine calls."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from ..analysis.facts import LoopFacts
from .answers import AnswerStore, answer_key, keep_answer, kept_answer
from .checker import check_plan
from .plan import Plan, Rejection
from .prompts.abstract import loop_abstract
from .rules import canonical_form, obstacles
from .runtimes.opening import ModelSource, open_model
from .schema import Target
from .strategies.protocol import MODEL_FAILED, Budget, Proposal, Verifier
from .strategies.registry import find_strategy
from .strategies.trials import Trials


def propose_plan(
    facts: LoopFacts,
    *,
    strategy: str,
    model: ModelSource,
    budget: Budget | None = None,
    target: Target = "cpu",
    nest: Sequence[LoopFacts] = (),
    verifier: Verifier | None = None,
    verifier_name: str = "plan",
    store: AnswerStore | None = None,
    cancelled: threading.Event | None = None,
    trials: Trials | None = None,
) -> Proposal:
    """A plan for the loop that nothing refutes, or none and the reasons, at no more than `budget` costs.

    Without a budget it is the strategy's own.

    `nest` are the facts of the loops around and in it. `verifier` is asked about each plan besides the plan checker,
    which always is, and `trials` lets a strategy have plans tried on the way; give them a name that changes when their
    answers may, because answers are kept in `store` under it.
    A loop that no plan can be right for is answered without asking the model.

    Raises `UnknownStrategy`, `ModelError` where the model cannot be opened or loaded (what to tell the user is in the
    message of both), and `Cancelled`. A model that fails at one request is a reason in the proposal instead.
    """
    chosen = find_strategy(strategy)
    budget = budget or chosen.budget
    runtime = open_model(model, cancelled=cancelled)
    planned_by = f"{chosen.name} {runtime.model}"
    hopeless = _against_every_plan(facts)
    if hopeless:
        return Proposal(None, hopeless, planned_by, calls=0, tokens=0, seconds=0.0)

    def verify(plan: Plan) -> tuple[Rejection, ...]:
        rejections = check_plan(plan, facts)
        if verifier is None or any(rejection.refuted for rejection in rejections):
            return rejections
        return (*rejections, *verifier(plan))

    abstract = loop_abstract(facts, nest=nest, target=target)
    key = None
    if store is not None:
        key = answer_key(facts, abstract, chosen, runtime, budget, target=target, verifier=verifier_name)
        kept = kept_answer(store, key, facts, verify)
        if kept is not None:
            return kept
    runtime.load(cancelled=cancelled)  # outside the budget: it is paid once, not by the loop that happens to be first
    proposal = chosen.propose(
        facts, abstract, runtime, budget, verify, target=target, cancelled=cancelled, trials=trials
    )
    if store is not None and key is not None and _worth_keeping(proposal, budget):
        keep_answer(store, key, proposal)
    return proposal


def _against_every_plan(facts: LoopFacts) -> tuple[Rejection, ...]:
    """What the facts hold against a plan whatever it says, () where a plan may be right."""
    bare = Plan(loop=facts.id, directive="parallel for")
    rejections = (*canonical_form.check(bare, facts), *obstacles.check(bare, facts))
    return tuple(rejection for rejection in rejections if rejection.refuted)


def _worth_keeping(proposal: Proposal, budget: Budget) -> bool:
    """Not what came of a busy machine or a fault that may have passed: asked again, the answer may be another."""
    in_time = proposal.seconds < budget.seconds
    return in_time and not any(reason.code == MODEL_FAILED for reason in proposal.reasons)
