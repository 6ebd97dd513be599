"""What a model is worth on loops that it never saw: alone, and behind the static planner with verification.

    python -m training.evaluate MODEL.gguf LABELS.jsonl [--count N] [--verdicts FILE --verified N] [--strategy S]
        [--write FILE.md]

Contenders: the model, the static planner, and "always parallel", which proposes the bare directive for every loop.
Whether a plan is right is the oracle's to say. A loop is parallel if any plan is right for it. With `--verdicts`, the
plans of the first loops go through the product's verification as well: the static planner's first, and where that is
not inserted the model's.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.condition import conjoin, open_guard
from pragmatist.reasoning.plan import Plan, Rejection
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import Runtime
from pragmatist.reasoning.schema import condition_choices
from pragmatist.reasoning.strategies.protocol import Proposal
from pragmatist.reasoning.strategies.registry import find_strategy
from pragmatist.reasoning.undecided import plans_for_undecided

from .candidates import same_plan
from .families import draw_case
from .label import LOT, Labelled, loop_of, read_labels
from .oracle import CannotAct, Question, right_plans
from .verdicts import Verdicts


class Asked(msgspec.Struct, frozen=True):
    """What the model proposed, and the processor's seconds that it took, which other programs do not lengthen."""

    proposal: Proposal
    processor: float


class Answer(msgspec.Struct, frozen=True):
    """A contender's plan for a loop, None for none, and whether it is right."""

    labelled: Labelled
    plan: Plan | None
    right: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--strategy", default="zero-shot")
    parser.add_argument("--verdicts", type=Path)
    parser.add_argument("--verified", type=int, default=50)
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    labels = list(read_labels(options.labels))[: options.count]
    runtime = LlamaCpp(options.model)
    proposals = asked(runtime, options.strategy, labels)
    answers = judged(labels, [each.proposal.plan for each in proposals])
    static = [Answer(each, each.static, each.static in each.right) for each in labels]
    always = judged(labels, [bare(each) for each in labels])
    lines = [f"{len(labels)} loops, strategy {options.strategy}.", ""]
    lines += table({"model": answers, "static planner": static, "always parallel": always})
    lines += ["", *by_family(answers, static)]
    lines += ["", *costs(proposals)]
    if options.verdicts is not None:
        some, verdicts = answers[: options.verified], Verdicts(options.verdicts)
        lines += ["", *verified(some, verdicts, runtime, options.strategy)]
    print("\n".join(lines))
    if options.write is not None:
        options.write.write_text("\n".join(lines) + "\n")


def asked(runtime: Runtime, name: str, labels: Sequence[Labelled]) -> list[Asked]:
    """The model's proposals, each held against the facts by the checker, as in the product."""
    strategy = find_strategy(name)
    runtime.load()
    found = []
    for labelled in labels:
        facts, file = loop_of(draw_case(labelled.number, labelled.seed))
        abstract = loop_abstract(facts, nest=file.loops)
        started = time.process_time()
        proposal = strategy.propose(facts, abstract, runtime, strategy.budget, _verifier(facts))
        found.append(Asked(proposal, time.process_time() - started))
    return found


def _verifier(facts: LoopFacts) -> Callable:
    return lambda plan: check_plan(plan, facts)


def bare(labelled: Labelled) -> Plan | None:
    """The directive without a clause."""
    return None if labelled.static is None else Plan(labelled.static.loop, "parallel for")


def judged(labels: Sequence[Labelled], plans: Sequence[Plan | None]) -> list[Answer]:
    """The plans with the oracle's verdicts; one that the oracle cannot act out counts as wrong."""
    found: dict[int, bool] = {}
    for first in range(0, len(labels), LOT):
        questions, places = [], []
        for place in range(first, min(first + LOT, len(labels))):
            plan = plans[place]
            if plan is None:
                continue
            case = draw_case(labels[place].number, labels[place].seed)
            loop, _ = loop_of(case)
            guards = tuple(guard for each in loop.assumptions if (guard := open_guard(each)) is not None)
            questions.append(Question(case, (_without_threshold(plan, loop, guards),), bool(guards)))
            places.append(place)
        try:
            verdicts = right_plans(questions)
        except CannotAct:
            verdicts = [_alone(question) for question in questions]
        found |= {place: verdict[0] for place, verdict in zip(places, verdicts, strict=True)}
    return [Answer(each, plan, found.get(n, False)) for n, (each, plan) in enumerate(zip(labels, plans, strict=True))]


def _without_threshold(plan: Plan, loop: LoopFacts, guards: tuple[str, ...]) -> Plan:
    """The plan without asking for many iterations: the oracle's runs have few, and are to go in parallel."""
    if plan.condition not in condition_choices(loop):
        return plan
    return msgspec.structs.replace(plan, condition=conjoin(guards))


def _alone(question: Question) -> list[bool]:
    try:
        return right_plans([question])[0]
    except CannotAct:
        return [False]


def table(contenders: dict[str, Sequence[Answer]]) -> list[str]:
    """Decisions (is the loop parallel?), whole plans, and clauses."""
    lines = ["| | precision | recall | F1 | right plans, of parallel loops | wrong plans | same clauses |"]
    lines.append("|---|--:|--:|--:|--:|--:|--:|")
    for name, answers in contenders.items():
        yes = [each for each in answers if each.plan is not None]
        parallel = [each for each in answers if each.labelled.right]
        hits = sum(bool(each.labelled.right) for each in yes)
        precision, recall = _ratio(hits, len(yes)), _ratio(hits, len(parallel))
        f1 = _ratio(2 * hits, len(yes) + len(parallel))
        right, wrong = sum(each.right for each in parallel), sum(not each.right for each in yes)
        same = sum(same_clauses(each) for each in parallel)
        cells = [f"{precision:.3f}", f"{recall:.3f}", f"{f1:.3f}", f"{right} of {len(parallel)}", str(wrong)]
        lines.append(f"| {name} | {' | '.join(cells)} | {_ratio(same, len(parallel)):.3f} |")
    return lines


def same_clauses(answer: Answer) -> bool:
    """Whether the plan is, clause by clause, one of the right ones among those that were tried."""
    return answer.plan is not None and same_plan(answer.plan) in {same_plan(each) for each in answer.labelled.right}


def by_family(model: Sequence[Answer], static: Sequence[Answer]) -> list[str]:
    """Right plans by family. A loop counts for each family that it is made of."""
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one, other in zip(model, static, strict=True):
        for family in one.labelled.families:
            counts[family]["parallel"] += bool(one.labelled.right)
            counts[family]["static"] += other.right
            counts[family]["model"] += one.right
            counts[family]["more"] += one.right and not other.right
    lines = [
        "| family | parallel loops | static right | model right | model right, static not |",
        "|---|--:|--:|--:|--:|",
    ]
    for family, count in sorted(counts.items()):
        lines.append(f"| {family} | {count['parallel']} | {count['static']} | {count['model']} | {count['more']} |")
    return lines


def costs(asked: Sequence[Asked]) -> list[str]:
    first = [each.proposal.trace[0] for each in asked if each.proposal.trace]
    broken = sum(step.outcome == "broken off" for step in first)
    calls = statistics.mean(each.proposal.calls for each in asked)
    tokens = statistics.mean(step.prompt_tokens + step.answer_tokens for step in first)
    single = [each for each in asked if each.proposal.calls == 1]
    return [
        f"{calls:.2f} calls a loop; first answers: {broken} broken off, {tokens:.0f} tokens with prompts. Medians in "
        f"milliseconds of the processor, and by the clock: {_medians(asked)}; with one call {_medians(single)}."
    ]


def _medians(asked: Sequence[Asked]) -> str:
    if not asked:
        return "none"
    processor = statistics.median(each.processor for each in asked)
    clock = statistics.median(each.proposal.seconds for each in asked)
    return f"{processor * 1e3:.0f} and {clock * 1e3:.0f}"


def verified(answers: Sequence[Answer], verdicts: Verdicts, runtime: Runtime, strategy: str) -> list[str]:
    """Inserted plans: the static planner's alone, and where those are not inserted what others have to offer."""
    ways: dict[str, Callable[[Answer], Plan | None]] = {
        "static planner": lambda each: None,
        "static planner, then copies of what is undecided": lambda each: copied(each.labelled, verdicts),
        "static planner, then the model's first plan": lambda each: each.plan,
        "static planner, then the model, told what the checks say": lambda each: tried(
            each.labelled, verdicts, runtime, strategy
        ),
        "static planner, then copies, then the model, told": lambda each: (
            copied(each.labelled, verdicts) or tried(each.labelled, verdicts, runtime, strategy)
        ),
        "static planner, then the oracle's plan": lambda each: next(iter(each.labelled.right), None),
    }
    parallel = sum(bool(each.labelled.right) for each in answers)
    lines = [f"| {len(answers)} loops, {parallel} of them parallel | right plans inserted | wrong plans inserted |"]
    lines.append("|---|--:|--:|")
    for name, way in ways.items():
        plans: list[Plan | None] = []
        for each in answers:
            static = each.labelled.static
            if static is not None and verdicts.of(each.labelled, static).inserted:
                plans.append(static)
                continue
            plan = way(each)
            inserted = plan is not None and verdicts.of(each.labelled, plan).inserted
            plans.append(plan if inserted else None)
        found = judged([each.labelled for each in answers], plans)
        right = sum(each.right for each in found)
        lines.append(f"| {name} | {right} | {sum(plan is not None for plan in plans) - right} |")
    return lines


def copied(labelled: Labelled, verdicts: Verdicts) -> Plan | None:
    """What the product's rule for undecided variables finds."""
    facts, _ = loop_of(draw_case(labelled.number, labelled.seed))
    if labelled.static is None:
        return None
    plans = plans_for_undecided(labelled.static, facts)
    return next((plan for plan in plans if verdicts.of(labelled, plan).inserted), None)


def tried(labelled: Labelled, verdicts: Verdicts, runtime: Runtime, name: str) -> Plan | None:
    """The model's plan where refutations go back to it, as in the product."""
    facts, file = loop_of(draw_case(labelled.number, labelled.seed))

    def verify(plan: Plan) -> tuple[Rejection, ...]:
        rejections = check_plan(plan, facts)
        if any(each.refuted for each in rejections):
            return rejections
        kind, _, why = verdicts.of(labelled, plan).why.partition(", ")
        check, _, words = why.partition(": ")
        said = f"the {check} check refutes the plan: {words}"
        return (*rejections, Rejection("PRG400", said)) if kind == "refuted" else rejections

    strategy = find_strategy(name)
    abstract = loop_abstract(facts, nest=file.loops)
    return strategy.propose(facts, abstract, runtime, strategy.budget, verify).plan


def _ratio(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


if __name__ == "__main__":
    main()
