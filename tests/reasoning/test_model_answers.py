"""Whatever a model answers under the schema: nothing crashes, and no plan passes that contradicts the facts.

The contradictions are found here by a second, blunter reading of the facts than the checker's own.
"""

from __future__ import annotations

import json
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan, Rejection
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import Message, Request
from pragmatist.reasoning.schema import DECLINED, parse_plan, plan_schema

ROLES = [
    "local", "shared", "private", "firstprivate", "lastprivate", "induction", "blocking",
    {"role": "reduction", "operator": "+"}, {"role": "reduction", "operator": "max"},
    {"role": "reduction", "operator": "*", "live_out": True}, {"role": "private", "live_out": True},
    {"role": "shared", "type": "double *", "is_array": True},
    {"role": "private", "type": "double[8]", "is_array": True},
    {"role": "reduction", "operator": "+", "type": "int *", "section": "[0:16]", "is_array": True},
]  # fmt: skip


def contradictions(plan: Plan, facts: LoopFacts) -> list[str]:
    """What is wrong with a plan that nothing speaks against, by the facts' own words."""
    found = []
    if facts.blocking or facts.header is None or facts.kind != "for":
        found.append("the loop cannot be parallel")
    if facts.unknowns or not facts.complete:
        found.append("the facts leave it open")
    copies = {*plan.private, *plan.firstprivate, *plan.lastprivate}
    reduced = {one.variable.partition("[")[0]: one.operator for one in plan.reductions}
    for variable in facts.variables:
        name = variable.name
        if variable.role == "blocking":
            found.append(f"{name} carries a dependence")
        if variable.role == "reduction" and reduced.get(name) != variable.operator:
            found.append(f"{name} is not reduced with {variable.operator}")
        if variable.role != "reduction" and name in reduced:
            found.append(f"{name} is no reduction")
        if variable.role in ("private", "lastprivate") and name not in copies:
            found.append(f"{name} races")
        if variable.role == "firstprivate" and name not in plan.firstprivate:
            found.append(f"{name} is not initialised")
        if variable.live_out and variable.role in ("private", "lastprivate") and name not in plan.lastprivate:
            found.append(f"{name} is lost")
        if variable.role == "reduction" and name in copies:
            found.append(f"{name} is listed twice")
    for assumption in facts.assumptions:
        if assumption.discharged_by is None and (assumption.guard or "?") not in (plan.condition or ""):
            found.append(f"nobody asks whether {assumption.message}")
    if plan.collapse is not None and plan.collapse > facts.collapsible:
        found.append("it collapses too much")
    return found


@st.composite
def specs(draw) -> dict:
    """Keywords for `make_facts`: up to four variables of any role, and what else can stand against a plan."""
    spec = {name: draw(st.sampled_from(ROLES)) for name in draw(st.sets(st.sampled_from("abcd"), max_size=4))}
    spec["collapsible"] = draw(st.integers(1, 3))
    rarely = st.integers(0, 5).map(lambda number: number == 0)
    if draw(rarely):
        spec["blocking"] = "a[i] needs a[i - 1]"
    if draw(rarely):
        spec["unknowns"] = "f may do anything"
    if draw(rarely):
        spec["guards"] = ("a + n <= b",)
    if draw(rarely):
        spec["assumed"] = ("idx has no duplicates",)
    if draw(rarely):
        spec["complete"] = False
    if draw(rarely):
        spec["header"] = None
    return spec


def answers(schema: dict) -> st.SearchStrategy:
    """JSON values that the schema admits; lists and alternatives are kept short, so that right answers occur."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "anyOf" in schema:
        return st.one_of([answers(one) for one in reversed(schema["anyOf"])])
    kind = schema["type"]
    if kind == "object":
        return st.fixed_dictionaries({name: answers(one) for name, one in schema["properties"].items()})
    if kind == "array":
        most = schema.get("maxItems", 3)
        return st.lists(answers(schema["items"]), max_size=min(most, 2)) if most else st.just([])
    if kind == "string":
        pattern = schema.get("pattern")
        return st.from_regex(pattern, fullmatch=True) if pattern else st.text(max_size=20)
    return st.none() if kind == "null" else st.integers(schema.get("minimum", 0), schema.get("maximum", 9))


@settings(max_examples=400, suppress_health_check=list(HealthCheck), deadline=None)
@given(spec=specs(), data=st.data(), target=st.sampled_from(["cpu", "cpu", "gpu"]))
def test_no_answer_under_the_schema_passes_against_the_facts(make_facts, spec, data, target):
    """From answers drawn at random, and from those same answers made nearly right."""
    facts = make_facts(**spec)
    answer = data.draw(answers(plan_schema(facts, target=target, rationale=False)))
    if data.draw(st.booleans()):
        one = st.sets(st.sampled_from("abcd"), max_size=1)
        answer |= nearly_right(facts, forgotten=data.draw(one), misread=data.draw(one))

    plan = parse_plan(json.dumps(answer), facts, "any model")

    if isinstance(plan, Rejection):
        assert plan.code == DECLINED
    elif check_plan(plan, facts) == ():
        assert contradictions(plan, facts) == []


def nearly_right(facts: LoopFacts, *, forgotten: Collection[str], misread: Collection[str] = ()) -> dict:
    """The clauses that the roles ask for, without `forgotten` variables, with a wrong operator for `misread` ones."""
    kept = [variable for variable in facts.variables if variable.name not in forgotten]
    last = [one.name for one in kept if one.role == "lastprivate" or (one.role == "private" and one.live_out)]
    return {
        "private": [one.name for one in kept if one.role == "private" and one.name not in last],
        "firstprivate": [one.name for one in kept if one.role == "firstprivate"],
        "lastprivate": last,
        "reductions": [
            {"operator": "&" if one.name in misread else one.operator, "variable": one.name + (one.section or "")}
            for one in kept
            if one.role == "reduction"
        ],
    }


def test_nearly_right_answers_do_pass_where_nothing_is_forgotten(make_facts):
    """Or the property above would hold of a checker that refuses everything."""
    facts = make_facts(a={"role": "reduction", "operator": "max"}, b="private", c="firstprivate", d="lastprivate")
    plain = {"directive": "parallel for", "collapse": None, "schedule": None, "condition": None}
    passed = []
    for forgotten in (set(), {"a"}, {"b"}, {"c"}, {"d"}):
        plan = parse_plan(json.dumps(plain | nearly_right(facts, forgotten=forgotten)), facts, "any model")
        assert isinstance(plan, Plan)
        passed.append(check_plan(plan, facts) == ())

    assert passed == [True, False, False, False, False]


@pytest.fixture(scope="module")
def runtime(random_model):
    opened = LlamaCpp(random_model)
    yield opened
    opened.close()


def test_no_answer_of_a_random_model_passes_against_the_facts(runtime, make_facts):
    """The same with a real decoder under the real grammar, which also never leaves the schema."""
    loops = [
        make_facts(a="private", s={"role": "reduction", "operator": "+"}),
        make_facts(x={"role": "shared", "type": "double *", "is_array": True}, guards=("x + n <= y",), collapsible=2),
        make_facts(a="lastprivate", b="firstprivate", c="local", unknowns="f may do anything"),
        make_facts(blocking="a[i] needs a[i - 1]", h=ROLES[-1]),
    ]
    codes = []
    for number in range(32):
        facts = loops[number % len(loops)]
        target = "gpu" if number % 3 == 0 else "cpu"
        request = Request(
            (Message("user", f"Plan loop {number}."),),
            schema=plan_schema(facts, target=target, rationale=False),
            max_tokens=400,
            temperature=1.3,
            seed=number,
        )
        completion = runtime.complete(request)
        if completion.finish != "stop":
            continue
        plan = parse_plan(completion.text, facts, "random")
        if isinstance(plan, Rejection):
            codes.append(plan.code)
            continue
        codes.append("plan")
        if check_plan(plan, facts) == ():
            assert contradictions(plan, facts) == []

    assert len(codes) > 20
    assert set(codes) == {"plan", DECLINED}
