"""ctransformers, on real model files: what it can load, what it is shown, and that answers are validated."""

from __future__ import annotations

import json
import threading
import time

import pytest
import tiny_model
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.runtimes.ctransformers_file import TRIES, CTransformers
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.opening import ModelFile, close_model, open_model
from pragmatist.reasoning.runtimes.protocol import (
    Cancelled,
    GenerationError,
    Message,
    ModelFileError,
    PromptTooLong,
    Request,
)
from pragmatist.reasoning.strategies.protocol import Budget
from pragmatist.reasoning.strategies.registry import STRATEGIES

CHAT = (Message("system", "Be brief </s> <s>."), Message("user", 'Über "directive" the  loop\n\t"parallel for" 循环'))
OBJECT = {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


@pytest.fixture(scope="module")
def runtime(random_model):
    opened = CTransformers(random_model)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def slow_runtime(tmp_path_factory):
    """A model of 19 M parameters, which takes seconds to read a long prompt."""
    path = tmp_path_factory.mktemp("slow") / "slow.gguf"
    opened = CTransformers(tiny_model.write_random_model(path, width=512, layers=6, heads=8), threads=1)
    opened.load()
    yield opened
    opened.close()


def test_a_prompt_is_the_same_as_in_llama_cpp(runtime, random_model):
    """The file's template and control tokens, the same tokens, and so the same likeliest answer."""
    other = LlamaCpp(random_model)
    for chat in (CHAT, (*CHAT, Message("assistant", "x" * 40), Message("user", "the loop is in iteration 7"))):
        assert runtime.count_tokens(chat) == other.count_tokens(chat)
        answers = [one.complete(Request(chat, max_tokens=24)).text.strip() for one in (runtime, other)]
        assert answers[0] == answers[1]
    other.close()


def test_a_kept_prefix_changes_no_answer(runtime):
    """What was computed of an equal beginning is not computed again."""
    longer = (*CHAT, Message("assistant", "static"), Message("user", "again"))
    fresh = runtime.complete(Request(longer, max_tokens=24, reuse_prefix=False))
    runtime.complete(Request(CHAT, max_tokens=1))
    kept = runtime.complete(Request(longer, max_tokens=24))

    assert fresh.cached_tokens == 0
    assert kept.cached_tokens >= runtime.count_tokens(CHAT) - 3
    assert kept.text == fresh.text


def test_an_answer_that_breaks_the_schema_is_drawn_again(runtime, monkeypatch):
    """Warmer each time, within the tokens of the request; the last one is for the caller to refuse."""
    drawn = []
    draw = CTransformers._draw

    def counted(self, one, *rest):
        drawn.append(one._temperature)
        one._most = min(one._most, 20)
        return draw(self, one, *rest)

    monkeypatch.setattr(CTransformers, "_draw", counted)
    completion = runtime.complete(Request(CHAT, schema=OBJECT, max_tokens=200))

    assert len(drawn) == TRIES
    assert drawn == sorted(set(drawn))
    assert completion.answer_tokens <= 20 * TRIES
    drawn.clear()
    runtime.complete(Request(CHAT, schema=OBJECT, max_tokens=30))
    assert len(drawn) == 1  # there was no room for another


def test_an_answer_that_follows_the_schema_is_taken(tmp_path):
    """And ends with the object, whatever the model would say next."""
    path = tiny_model.write_saying_model(tmp_path / "says.gguf", '{"kind":"static"}')
    runtime = CTransformers(path)
    schema = {"type": "object", "properties": {"kind": {"enum": ["static"]}}, "required": ["kind"]}

    completion = runtime.complete(Request(CHAT, schema=schema, max_tokens=100))

    assert (completion.text, completion.finish) == ('{"kind":"static"}', "stop")
    runtime.close()


def test_strategies_plan_with_it(strategy_name, tmp_path, make_facts):
    """A model that says one right plan, whatever it is asked: who asks for a plan gets it, and all of them end."""
    facts = make_facts(x="shared")
    said = json.dumps(
        {"directive": "parallel for", "private": [], "firstprivate": [], "lastprivate": [], "reductions": [],
         "collapse": None, "schedule": None, "condition": None}, separators=(",", ":"),
    )  # fmt: skip
    path = tiny_model.write_saying_model(tmp_path / "says.gguf", said)
    runtime = open_model(ModelFile(path, "ctransformers"))
    budget = Budget(calls=8, tokens=60_000, seconds=60.0)

    proposal = STRATEGIES[strategy_name].propose(
        facts, loop_abstract(facts), runtime, budget, lambda plan: check_plan(plan, facts)
    )

    close_model()
    assert runtime.runtime == "ctransformers 0.2.27"
    if strategy_name == "react":  # which wants an action around the plan
        assert proposal.plan is None
        assert proposal.reasons
    else:
        assert proposal.plan is not None
        assert proposal.plan.directive == "parallel for"
        assert proposal.plan.planned_by == f"{strategy_name} says"


@pytest.fixture(params=sorted(STRATEGIES))
def strategy_name(request) -> str:
    return request.param


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"architecture": "qwen2"}, "architecture llama only, and this is qwen2"),
        ({"tokenizer": "gpt2"}, "SentencePiece vocabularies only, and this one is of the kind gpt2"),
        ({"tied": True}, "no output layer of its own"),
    ],
)
def test_what_it_cannot_load_is_told_with_what_can(changes, words, tmp_path):
    """Before the library sees the file."""
    path = tiny_model.write_random_model(tmp_path / "other.gguf", **changes)

    with pytest.raises(ModelFileError, match=f"{words}; use --runtime llama.cpp"):
        CTransformers(path)


def test_a_prompt_that_does_not_fit_is_told(random_model):
    """With both sizes."""
    runtime = CTransformers(random_model, context=64)
    with pytest.raises(PromptTooLong) as caught:
        runtime.complete(Request((Message("user", "x" * 200),)))
    assert caught.value.context == 64
    assert caught.value.prompt_tokens > 200


def test_it_takes_no_grammar(runtime):
    """Whoever needs one is told what has it."""
    with pytest.raises(GenerationError, match=r"llama\.cpp"):
        runtime.complete(Request(CHAT, grammar='root ::= "x"'))


def test_the_time_limit_ends_an_answer(slow_runtime):
    """With what there is of it."""
    completion = slow_runtime.complete(Request(CHAT, max_tokens=3000, seconds=0.3))
    assert completion.finish == "time"
    assert completion.seconds < 3


def test_cancelling_ends_the_wait_and_not_the_model(slow_runtime):
    """In the middle of a long prompt, and while another request has the model."""
    long = (Message("user", "the loop is in iteration " * 140),)
    event = threading.Event()
    seen: list[float] = []

    def ask() -> None:
        with pytest.raises(Cancelled):
            slow_runtime.complete(Request(long, max_tokens=500, reuse_prefix=False), cancelled=event)
        seen.append(time.monotonic())

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    event.set()
    for thread in threads:
        thread.join(30)

    assert len(seen) == 2
    assert slow_runtime.complete(Request(CHAT, max_tokens=2)).answer_tokens == 2
