"""The JSON form of model answers: the schema, and the way back to a plan."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.reasoning.plan import Map, Plan, Reduction, Rejection, Schedule
from pragmatist.reasoning.schema import (
    DECLINED,
    MALFORMED,
    MAX_RATIONALE,
    PlanAnswer,
    condition_choices,
    parse_plan,
    plan_schema,
)

ANSWER = {
    "rationale": "t is set anew",
    "directive": "parallel for",
    "private": ["t"],
    "firstprivate": [],
    "lastprivate": [],
    "reductions": [{"operator": "+", "variable": "s"}],
    "collapse": None,
    "schedule": {"kind": "dynamic", "chunk": 4},
    "condition": "n > 1000",
}
SPEC = {
    "t": "private",
    "s": {"role": "reduction", "operator": "+"},
    "h": {"role": "reduction", "operator": "+", "type": "long *", "section": "[0:16]"},
    "x": {"role": "shared", "type": "double *"},
    "p->q": "shared",
    "guards": ("x + n <= h",),
    "collapsible": 3,
}


def answer(**changes) -> str:
    return json.dumps({**ANSWER, **changes})


def test_an_answer_becomes_a_plan(make_facts):
    """Every field arrives; identity and origin are ours."""
    assert parse_plan(answer(), make_facts(), "zero-shot tiny") == Plan(
        loop="L1",
        directive="parallel for",
        private=("t",),
        reductions=(Reduction("+", "s"),),
        schedule=Schedule("dynamic", 4),
        condition="n > 1000",
        rationale="t is set anew",
        planned_by="zero-shot tiny",
    )


def test_maps_arrive(make_facts):
    """A target answer has maps."""
    text = answer(directive="target teams distribute parallel for", maps=[{"type": "to", "item": "x[0:n]"}])
    plan = parse_plan(text, make_facts(), "m")
    assert isinstance(plan, Plan)
    assert plan.maps == (Map("to", "x[0:n]"),)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{answer()}\n```",
        f"Let me think: {{x}} is written.\nAnswer: {answer()} Done.",
        f"First {answer(private=[])}, no: {answer()}",
        json.dumps(dict(reversed(ANSWER.items()))),
        answer(private=["t", " t "]),
    ],
)
def test_prose_around_the_object_is_tolerated(text, make_facts):
    """Runtimes without grammars give fences, thoughts and repetitions; the last object counts."""
    plan = parse_plan(text, make_facts(), "m")
    assert plan == parse_plan(answer(), make_facts(), "m")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON object"),
        ("I would parallelise it.", "no JSON object"),
        ("[1, 2]", "no JSON object"),
        (answer()[:-1], "does not follow the schema"),
        ("{" * 30000, "no JSON object"),
        ('{"a":' * 10000 + "1" + "}" * 10000, "answer"),
        ("{}", "`directive`"),
        (answer(directive="parallel"), "$.directive"),
        (answer(directive="parallel for num_threads(9)"), "$.directive"),
        (answer(nowait=True), "unknown field `nowait`"),
        (answer(private="t"), "$.private"),
        (answer(private=[1]), "$.private[0]"),
        (answer(private=["t"] * 65), "$.private"),
        (answer(private=["t" * 201]), "$.private[0]"),
        (answer(reductions=[{"operator": "avg", "variable": "s"}]), "$.reductions[0].operator"),
        (answer(reductions=["+:s"]), "$.reductions[0]"),
        (answer(collapse=1), "$.collapse"),
        (answer(collapse=True), "$.collapse"),
        (answer(schedule={"kind": "fair", "chunk": None}), "$.schedule.kind"),
        (answer(schedule={"kind": "static", "chunk": 0}), "$.schedule.chunk"),
        (answer(rationale="x" * 70000), "longer than"),
        (answer(rationale=None), "$.rationale"),
    ],
)
def test_malformed_answers_are_refused_in_words(text, words, make_facts):
    """What does not follow the schema is rejected with the path that is wrong."""
    rejection = parse_plan(text, make_facts(), "m")
    assert isinstance(rejection, Rejection)
    assert (rejection.code, rejection.refuted) == (MALFORMED, True)
    assert words in rejection.message


def test_declining_is_an_answer(make_facts):
    """ "none" is not an error of the model: the rejection carries its reason."""
    rejection = parse_plan(answer(directive="none", rationale="x[i] needs x[i-1]"), make_facts(), "m")
    assert rejection == Rejection(DECLINED, "no plan is proposed: x[i] needs x[i-1]", refuted=False)


def test_the_rationale_cannot_control_a_terminal(make_facts):
    """Control characters and line ends are taken out, and the length is bounded."""
    plan = parse_plan(answer(rationale="a\x1b[31mred\x07\r\nb\u202e" + "c" * 3000), make_facts(), "m")
    assert isinstance(plan, Plan)
    assert plan.rationale.startswith("a [31mred b ccc")
    assert len(plan.rationale) == MAX_RATIONALE


def test_the_schema_is_strict_and_asks_for_every_field(make_facts):
    """No additional properties anywhere, every property required, and the fields are those that are decoded."""

    def objects(node):
        if isinstance(node, dict):
            if node.get("type") == "object":
                yield node
            for value in node.values():
                yield from objects(value)
        elif isinstance(node, list):
            for value in node:
                yield from objects(value)

    for facts in (None, make_facts(**SPEC)):
        for target in ("cpu", "gpu"):
            schema = plan_schema(facts, target=target)
            assert "$ref" not in json.dumps(schema)
            for node in objects(schema):
                assert node["additionalProperties"] is False
                assert node["required"] == list(node["properties"])
    fields = set(plan_schema(target="gpu")["properties"])
    assert fields == set(PlanAnswer.__struct_fields__)
    assert set(plan_schema()["properties"]) == fields - {"maps"}
    assert list(plan_schema()["properties"])[:2] == ["rationale", "directive"]
    assert next(iter(plan_schema(rationale=False)["properties"])) == "directive"


def test_names_are_those_of_the_loop(make_facts):
    """With facts, a model decoding under the grammar can name the loop's variables and nothing else."""
    fields = plan_schema(make_facts(**SPEC))["properties"]
    assert fields["private"]["items"] == {"enum": ["i", "n", "t", "s", "h", "x"]}
    assert "h[0:16]" in fields["reductions"]["items"]["properties"]["variable"]["enum"]
    assert fields["collapse"] == {"enum": [2, 3, None]}
    assert fields["condition"]["enum"] == [*condition_choices(make_facts(**SPEC)), None]


def test_condition_choices_keep_the_guards(make_facts):
    """Every choice of if clause asks for all open assumptions."""
    facts = make_facts(guards=("a < b", "c < d || e < f"), header={"trip_expression": "n - 1"})
    assert condition_choices(facts) == (
        "a < b && (c < d || e < f)",
        "a < b && (c < d || e < f) && (n - 1) > 100",
        "a < b && (c < d || e < f) && (n - 1) > 1000",
        "a < b && (c < d || e < f) && (n - 1) > 10000",
    )


def sample(schema, draw):
    """A value that the schema allows, for the part of JSON Schema that `plan_schema` uses."""
    if "anyOf" in schema:
        return sample(draw(st.sampled_from(schema["anyOf"])), draw)
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    kind = schema["type"]
    if kind == "object":
        return {name: sample(one, draw) for name, one in schema["properties"].items()}
    if kind == "array":
        return [sample(schema["items"], draw) for _ in range(draw(st.integers(0, min(3, schema["maxItems"]))))]
    if kind == "integer":
        return draw(st.integers(schema["minimum"], schema["maximum"]))
    if kind == "string":
        return draw(st.from_regex(schema["pattern"]) if "pattern" in schema else st.text(max_size=schema["maxLength"]))
    assert kind == "null"
    return None


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=200)
@given(data=st.data(), known=st.booleans(), target=st.sampled_from(["cpu", "gpu"]), rationale=st.booleans())
def test_whatever_the_schema_allows_is_decoded(make_facts, data, known, target, rationale):
    """The grammar never leads a model into an answer that is then called malformed."""
    facts = make_facts(**SPEC)
    value = sample(plan_schema(facts if known else None, target=target, rationale=rationale), data.draw)
    result = parse_plan(json.dumps(value), facts, "m")
    assert isinstance(result, Plan) or result.code == DECLINED
