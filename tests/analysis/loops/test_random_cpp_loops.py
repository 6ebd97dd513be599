"""C++ loops that nobody wrote: what is called parallel gives the same in any order, its clauses acted out."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from acted_out import RUNTIME, CannotAct, acted_out
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge
from random_cpp_loops import PRELUDE, Generator, Loop, program

LOOPS = 60
ODD = 0.3  # the share of statements that are rare and legal
NAME = re.compile(r"(?:K\d+::run|[fh]\d+)")


def rewritten(seed: int) -> tuple[list[Loop], list[tuple[int, str, str]]]:
    """Random functions, and those whose loop is called parallel once more, with that loop acted out."""
    generator = Generator(seed, ODD)
    loops = [generator.loop(number) for number in range(LOOPS)]
    text = PRELUDE + "".join(loop.text for loop in loops)
    facts = analyze(text.encode(), "cpp")
    others: list[tuple[int, str, str]] = []
    for found in facts.loops:
        if not NAME.fullmatch(found.function or ""):
            continue
        verdict = judge(found, plan_statically(found))
        if verdict.verdict != "parallel" or verdict.plan is None:
            continue
        number = int(re.findall(r"\d+", found.function)[0])
        for nest in nests(found, facts.loops):
            try:
                played = acted_out(text, nest, verdict.plan)
            except CannotAct:
                continue
            start = text.index(loops[number].text)
            end = start + len(loops[number].text)
            name = f"g{len(others)}"
            changed = text[start : found.place.start] + played + text[found.place.end : end]
            for kind in "fhK":
                changed = re.sub(rf"\b{kind}{number}\b", name if kind == "f" else kind + name, changed)
            others.append((number, name, changed))
    return loops, others


def nests(loop: LoopFacts, loops: tuple[LoopFacts, ...]) -> list[list[LoopFacts]]:
    """The loop alone, and with those that can be collapsed into it."""
    chain = [loop]
    while len(chain) < loop.collapsible:
        inside = [each for each in loops if each.parent == chain[-1].id]
        if not inside:
            break
        chain.append(inside[0])
    return [[loop], chain] if len(chain) > 1 else [[loop]]


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_a_parallel_loop_does_not_matter(tmp_path: Path, seed: int):
    """Containers, classes, references, lambdas, aliases, rows, templates; reversed, shuffled, on three threads."""
    loops, others = rewritten(seed)
    assert len(others) > LOOPS / 6
    source, binary = tmp_path / "loops.cpp", tmp_path / "loops"
    source.write_text(RUNTIME + PRELUDE + program(loops, others))
    subprocess.run(["g++", "-w", "-O0", "-std=c++20", source, "-o", binary], check=True)
    run = subprocess.run([binary], capture_output=True, text=True, timeout=100, check=True)
    wrong = {others[int(word)][0] for word in run.stdout.split()}
    assert [loops[number].text for number in sorted(wrong)] == []
