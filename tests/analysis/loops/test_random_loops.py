"""Loops that nobody wrote: whatever is called parallel must not care in which order its iterations run."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge
from random_loops import PRELUDE, Generator, Loop, function, program, reordered

LOOPS = 150


def parallel_loops(seed: int, count: int) -> tuple[list[Loop], list[str]]:
    """Random loops that are called parallel, and the functions that run them in a random order."""
    generator, shuffle = Generator(seed), random.Random(seed)
    loops = [generator.loop(number) for number in range(count)]
    text = PRELUDE + "".join(function(loop) for loop in loops)
    facts = analyze(text.encode(), "c")
    assert not facts.errors
    outer = {loop.function: loop for loop in facts.loops if loop.depth == 0}
    chosen: list[Loop] = []
    others: list[str] = []
    for loop in loops:
        judged = outer[f"f{loop.number}"]
        plan = plan_statically(judged)
        verdict = judge(judged, plan)
        if verdict.verdict != "parallel" or verdict.plan is None:
            continue
        reductions = [(each.operator, each.variable) for each in verdict.plan.reductions]
        if any("[" in name or name in ("a", "b", "c", "m", "r") for _, name in reductions):
            continue  # arrays are not acted out here
        order = list(range(loop.count))
        shuffle.shuffle(order)
        chosen.append(loop)
        made = verdict.plan
        others.append(reordered(loop, list(made.private), list(made.lastprivate), reductions, made.condition, order))
    return chosen, others


def differing(tmp_path: Path, seed: int, count: int) -> list[str]:
    """The loops called parallel that gave something else in another order, as text; there must be some called so."""
    loops, others = parallel_loops(seed, count)
    assert loops
    source, binary = tmp_path / "loops.c", tmp_path / "loops"
    source.write_text(program(loops, others))
    subprocess.run(["gcc", "-w", "-O1", "-fwrapv", source, "-o", binary], check=True)
    run = subprocess.run([binary], capture_output=True, text=True, timeout=60, check=True)
    wrong = {int(word) for word in run.stdout.split()}
    return [f"{loop.head} {{ {loop.body} }}" for loop in loops if loop.number in wrong]


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_a_parallel_loop_does_not_matter(tmp_path: Path, seed: int):
    """Random loops called parallel give the same in a shuffled order, their clauses acted out."""
    assert differing(tmp_path, seed, LOOPS) == []
