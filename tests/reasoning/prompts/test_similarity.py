"""Examples: each is true, and those are chosen whose facts decide as those of the loop in question do."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan, Rejection
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.prompts.files import load_prompt
from pragmatist.reasoning.prompts.similarity import features, nearest
from pragmatist.reasoning.schema import DECLINED, parse_plan

EXAMPLES = load_prompt("few_shot").examples


def facts_of(source: str) -> tuple[LoopFacts, str]:
    facts = analyze(source.encode(), "c")
    assert facts.errors == ()
    return facts.loops[0], loop_abstract(facts.loops[0], nest=facts.loops)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_is_true(example):
    """Its plan passes the checker, but for what no plan could prove; "none" is only for what may well be serial."""
    loop, _ = facts_of(example.source)
    plan = parse_plan(example.answer, loop, "an example")

    if isinstance(plan, Rejection):
        assert plan.code == DECLINED
        assert loop.unknowns
    else:
        assert isinstance(plan, Plan)
        open_to_all = [one.code for one in loop.assumptions if one.guard is None]
        assert [rejection.code for rejection in check_plan(plan, loop)] == open_to_all


def test_the_examples_differ():
    """Nearly every one stands for facts of its own."""
    kinds = [features(facts_of(example.source)[1]) for example in EXAMPLES]
    assert len(set(kinds)) >= len(EXAMPLES) - 1


LOOPS = {
    "for (int k = 2; k < m; k++) total += w[k] * w[k];": "sum",
    "for (int k = 2; k < m; k++) { if (w[k] < low) low = w[k]; }": "> m",
    "for (k = 0; k < m; k++) { tmp = w[k]; v[k] = tmp / 3; }": "t = x[i]",
    "for (int k = 0; k < m; k++) v[p[k]] = w[k];": "y[idx[i]] = x[i]",
    "for (int k = 0; k < m; k++) for (int l = k; l < m; l++) v[k * m + l] = 0;": "j < i",
    "for (int k = 0; k < m; k++) q[k] += r[k];": "y[i] + x[i]",
    "for (int k = 0; k < m; k++) v[k] = opaque(p, k);": "step(state",
}


@pytest.mark.parametrize("loop", LOOPS)
def test_the_nearest_example_is_of_the_same_kind(loop):
    """With other names, types, bounds and operators; it stands last, next to the question."""
    text = f"""
        int opaque(const int *, int);
        float f(int m, float *restrict v, const float *restrict w, const int *restrict p, float *q, float *r) {{
            float total = 0, low = 0, tmp;
            int k;
            {loop}
            return total + low;
        }}"""
    _, abstract = facts_of(text)

    chosen = nearest(abstract, EXAMPLES, 3)

    sources = [example.source for example in EXAMPLES if example.answer == chosen[-1].answer]
    assert any(LOOPS[loop] in source for source in sources), chosen[-1].abstract
    assert len({example.abstract for example in chosen}) == 3


def test_any_text_has_features():
    """Whatever a program's names look like, and where there is nothing to compare."""
    assert features("") == frozenset()
    assert features("variable: x is\nloop: for\ninner loop: (((\ndependence: \nread: [[[") >= {"inner loop"}
    assert len(nearest("", EXAMPLES, 100)) == len(EXAMPLES)
