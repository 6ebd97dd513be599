"""The validator of answers, against llama.cpp's grammars of the same schemas and against what is surely wrong."""

from __future__ import annotations

import json

import msgspec
import pytest
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import Message, Request
from pragmatist.reasoning.runtimes.schema_subset import follows, text_follows
from pragmatist.reasoning.schema import plan_schema

CHAT = (Message("user", "Plan."),)


def test_whatever_the_grammar_lets_through_follows(random_model, make_facts):
    """Plans for both targets, drawn at random."""
    facts = make_facts(a={"role": "shared", "is_array": True}, t="private", guards=("x < y",), x="shared", y="shared")
    runtime = LlamaCpp(random_model)
    finished = 0
    for seed in range(12):
        schema = plan_schema(facts, target="gpu" if seed % 2 else "cpu", rationale=seed % 3 == 0)
        completion = runtime.complete(Request(CHAT, schema=schema, max_tokens=700, temperature=1.3, seed=seed))
        if completion.finish == "stop":
            finished += 1
            assert text_follows(completion.text, schema), completion.text
    runtime.close()
    assert finished > 3


@pytest.mark.parametrize(
    ("value", "schema"),
    [
        ({}, {"type": "object", "required": ["a"]}),
        ({"a": 1}, {"type": "object", "properties": {}, "additionalProperties": False}),
        ({"a": 1}, {"type": "object", "properties": {"a": {"type": "string"}}}),
        ([1, 2], {"type": "array", "maxItems": 1}),
        ([], {"type": "array", "minItems": 1}),
        ([1, "x"], {"type": "array", "items": {"type": "integer"}}),
        ("abc", {"type": "string", "maxLength": 2}),
        ("abc", {"type": "string", "pattern": "^b"}),
        (True, {"type": "integer"}),
        (True, {"enum": [1]}),
        (0, {"type": "integer", "minimum": 1}),
        (None, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
    ],
)
def test_what_breaks_a_schema_is_seen(value, schema):
    """One bound each."""
    assert not follows(value, schema)
    assert not text_follows(json.dumps(value), schema)


def test_a_value_that_a_type_makes_follows_its_schema(make_facts):
    """The schema is derived from types elsewhere; this is the way back."""
    schema = plan_schema(make_facts(t="private"), rationale=False)
    plain = {name: [] for name in ("private", "firstprivate", "lastprivate", "reductions")}
    value = {"directive": "parallel for", **plain, "collapse": None, "schedule": None, "condition": None}
    assert follows(value, schema)
    assert follows(value | {"private": ["t"]}, schema)
    assert not follows(value | {"private": ["u"]}, schema)
    assert not text_follows("{", schema)
    assert not text_follows("[" * 10_000 + "]" * 10_000, schema)
    assert msgspec.json.decode(msgspec.json.encode(value)) == value
