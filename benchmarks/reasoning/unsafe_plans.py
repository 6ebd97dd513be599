"""Unsafe plans: adversarial and random ones through the checker, and what it cannot refute through verification.

    python benchmarks/reasoning/unsafe_plans.py [--record] [--plans 500]

The loops are those of unsafe_plans.c, of which it is known by hand what each needs; some are serial. Plans come from

- a model with random weights that obeys the grammar of plans, at different temperatures and seeds;
- near misses: the right plan with one clause, variable or operator taken away, added or exchanged;
- the plainest plan for loops that no plan is right for.

What counts is whether a plan that is wrong by the truth would be inserted: accepted by the checker as proved, or left
open by it and then passed by every check. A plan is right by the truth if its directive and clauses do what the loop
needs; more private copies than needed, or another schedule, are no faults. `--record` writes unsafe_plans.md.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import msgspec
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import FileFacts, LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan, Reduction, Schedule
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import Message, Request
from pragmatist.reasoning.schema import parse_plan, plan_schema
from pragmatist.server.engine.headers import surroundings_of
from pragmatist.server.engine.judge import judge_text, with_plan
from pragmatist.server.engine.verify import verify_loops

HERE = Path(__file__).parent
PROGRAM = HERE / "unsafe_plans.c"


class Needs(msgspec.Struct, frozen=True):
    """What the loop of a function needs, by hand: `reductions` None where no plan is right.

    `private` are set anew in every iteration, `last` are and are read after the loop; `written` are the arrays that it
    writes. Everything else is only read.
    """

    private: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    reductions: frozenset[tuple[str, str]] | None = frozenset()
    written: frozenset[str] = frozenset()


SERIAL = Needs(reductions=None)
TRUTH = {
    "scale": Needs(private=frozenset({"t"}), written=frozenset({"y"})),
    "dot": Needs(reductions=frozenset({("+", "s")})),
    "largest": Needs(reductions=frozenset({("max", "m")})),
    "last": Needs(last=frozenset({"t"}), written=frozenset({"z"})),
    "product": Needs(private=frozenset({"t"}), reductions=frozenset({("*", "p")})),
    "prefix": SERIAL,
    "carried": SERIAL,
    "scatter": SERIAL,  # two indices are equal in this program
    "permute": Needs(written=frozenset({"z"})),  # no two are equal here, which no facts say
    "gather": Needs(private=frozenset({"k"}), written=frozenset({"y"})),
}


def is_right(plan: Plan, needs: Needs) -> bool:
    """Whether the plan does what the loop needs, by the truth and not by the facts.

    A copy of what is only read is right if it is initialised, and one of what is set anew if its last value is not
    wanted or kept; no other copies are.
    """
    if needs.reductions is None or plan.directive.startswith("target"):
        return False
    first, last = set(plan.firstprivate), set(plan.lastprivate)
    copies = {*plan.private, *first, *last}
    accumulators = {name for _, name in needs.reductions}
    read_only = copies - needs.private - needs.last - needs.written - accumulators - {"i"}
    return (
        needs.private <= copies
        and needs.last <= last
        and {(one.operator, one.variable) for one in plan.reductions} == needs.reductions
        and not copies & (needs.written | accumulators)
        and "i" not in copies
        and read_only <= first
        and not read_only & last
    )


def near_misses(facts: LoopFacts, needs: Needs) -> Iterator[Plan]:
    """Plans that are one step away from the right one, and the plainest for a loop that has none."""
    right = Plan(
        loop=facts.id,
        directive="parallel for",
        private=tuple(sorted(needs.private)),
        lastprivate=tuple(sorted(needs.last)),
        reductions=tuple(Reduction(*one) for one in sorted(needs.reductions or ())),
        planned_by="near miss",
    )
    yield right
    change = msgspec.structs.replace
    names = [one.name for one in facts.variables]
    for directive in ("parallel for simd", "simd"):
        yield change(right, directive=directive)
    for name in names:
        yield change(right, private=(*right.private, name))
        yield change(right, firstprivate=(name,), private=tuple(one for one in right.private if one != name))
        yield change(
            right, lastprivate=(*right.lastprivate, name), private=tuple(o for o in right.private if o != name)
        )
        for operator in ("+", "*", "max"):
            yield change(right, reductions=(Reduction(operator, name),))
    for name in right.private:
        yield change(right, private=tuple(one for one in right.private if one != name))
    yield change(right, lastprivate=())
    yield change(right, reductions=())
    yield change(right, schedule=Schedule("static", 1))
    yield change(right, condition="n > 1000")
    yield change(right, collapse=2)


def random_plans(facts: LoopFacts, runtime: LlamaCpp, count: int) -> Iterator[Plan]:
    """What a model that knows nothing plans under the grammar, as far as it comes to an end."""
    schema = plan_schema(facts, rationale=False)
    for seed in range(20 * count):
        request = Request(
            (Message("user", "Plan."),), schema=schema, max_tokens=400, temperature=(0.4, 0.9, 1.6)[seed % 3], seed=seed
        )
        plan = parse_plan(runtime.complete(request).text, facts, "random")
        if isinstance(plan, Plan):
            yield plan
            count -= 1
            if count == 0:
                return


async def verified(path: Path, text: bytes, facts: LoopFacts, plan: Plan) -> str:
    """What became of a plan that the checker leaves open: the evidence's verdict, or why there is none."""
    judgement = judge_text(text, "c", surroundings_of(str(path), text))
    loop = next(each for each in judgement.loops if each.facts.id == facts.id)
    planned = with_plan(loop, plan)
    if planned.verdict.plan is None:
        return "not allowed"
    result = await verify_loops(str(path), text, judgement, [planned], keep_slower=True, assume_no_overlap=True)
    evidence = result.evidence.get(facts.id)
    return evidence.verdict if evidence is not None else "cannot be written"


def outer_loops(facts: FileFacts) -> Iterator[tuple[str, LoopFacts]]:
    for loop in facts.loops:
        if loop.depth == 0 and loop.function in TRUTH:
            yield loop.function, loop


async def measured(most: int) -> tuple[Counter[tuple[str, str, str]], list[str]]:
    """How many plans by source, truth and what became of them; and the wrong ones that would be inserted."""
    sys.path.insert(0, str(HERE.parents[1] / "tests"))
    from tiny_model import write_random_model

    counted: Counter[tuple[str, str, str]] = Counter()
    inserted: list[str] = []
    seen: dict[Plan, str] = {}
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / PROGRAM.name
        path.write_bytes(text := PROGRAM.read_bytes())
        runtime = LlamaCpp(write_random_model(Path(temporary) / "random.gguf"))
        loops = list(outer_loops(analyze(text, "c")))
        assert {name for name, _ in loops} == TRUTH.keys()
        plans = [(name, loop, plan) for name, loop in loops for plan in dict.fromkeys(near_misses(loop, TRUTH[name]))]
        each = -(-(most - len(plans)) // len(loops))
        for name, loop in loops:
            plans += [(name, loop, plan) for plan in random_plans(loop, runtime, max(0, each))]
        for name, loop, plan in plans[:most]:
            rejections = check_plan(plan, loop)
            if any(one.refuted for one in rejections):
                became = "refuted by the checker"
            elif not rejections:
                became = "proved"
            else:
                plan = msgspec.structs.replace(plan, rationale="")
                if plan not in seen:
                    print(f"verifying a plan for {name}", file=sys.stderr, flush=True)
                    seen[plan] = f"left open, then {await verified(path, text, loop, plan)}"
                became = seen[plan]
            right = is_right(plan, TRUTH[name])
            counted[plan.planned_by, "right" if right else "wrong", became] += 1
            if not right and became in ("proved", "left open, then passed"):
                inserted.append(f"{name}: {msgspec.json.encode(plan).decode()}")
        runtime.close()
    return counted, inserted


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=500)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    counted, inserted = asyncio.run(measured(options.plans))
    lines = ["| plans from | by the truth | what became of them | how many |", "|---|---|---|--:|"]
    lines += [
        f"| {source} | {truth} | {became} | {count} |" for (source, truth, became), count in sorted(counted.items())
    ]
    words = f"{sum(counted.values())} plans; wrong ones that would be inserted: {len(inserted)}"
    print("\n".join([*lines, words, *inserted]))
    if options.record:
        command = f"    python benchmarks/reasoning/unsafe_plans.py --plans {options.plans} --record"
        head = ["# Unsafe plans", "", command, ""]
        machine = f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"
        head += [f"{machine}. What counts as right: [unsafe_plans.py](unsafe_plans.py).", ""]
        (HERE / "unsafe_plans.md").write_text(
            "\n".join([*head, *lines, "", words, *(f"- {one}" for one in inserted)]) + "\n"
        )


if __name__ == "__main__":
    main()
