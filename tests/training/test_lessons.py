"""Lessons are the dialogues that strategies have, with answers that the schema and the checker let pass."""

from __future__ import annotations

import json
import random

import pytest
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan
from pragmatist.reasoning.schema import parse_plan

from training.candidates import candidates, same_plan
from training.families import draw_case
from training.label import labelled, loop_of
from training.lessons import lessons_of
from training.tokenizer import CONTROL, END, FIRST, SIZE, Tokenizer, learn
from training.tried import trials


@pytest.fixture(scope="module")
def few():
    return labelled(11, range(12))


@pytest.fixture(scope="module")
def lessons(few):
    return [(each, lesson) for each in few for lesson in lessons_of(each)]


def test_the_same_seed_draws_the_same_loops():
    """So that a run can be repeated, and held-out loops stay held out."""
    assert [draw_case(n, 3) for n in range(20)] == [draw_case(n, 3) for n in range(20)]
    assert [draw_case(n, 3).source for n in range(20)] != [draw_case(n, 4).source for n in range(20)]


def test_whole_plans_stand_or_decline(lessons):
    """What zero-shot's lessons answer is a plan that nothing refutes and that the oracle found right, or none."""
    checked = 0
    for each, told in lessons:
        if told.strategy != "zero-shot":
            continue
        loop, _ = loop_of(draw_case(each.number, each.seed))
        plan = parse_plan(told.lesson.answer, loop, "teacher")
        if isinstance(plan, Plan):
            checked += 1
            assert not [each for each in check_plan(plan, loop) if each.refuted]
            assert each.right
        else:
            assert not each.right
            assert json.loads(told.lesson.answer)["directive"] == "none"
    assert checked


def test_what_is_tried_is_refuted_in_words_until_it_is_right(few):
    """The verifier of the lessons refutes what the oracle found wrong, the same way each time, and nothing else."""
    refuted = 0
    for each in few:
        case = draw_case(each.number, each.seed)
        loop, file = loop_of(case)
        verify = trials(loop, each.right, random.Random(1))
        right = {same_plan(plan) for plan in each.right}
        for plan in candidates(loop, file.loops):
            told = [one.message for one in verify(plan) if one.refuted]
            if same_plan(plan) in right:
                assert not told
            else:
                refuted += 1
                assert told
                assert told == [one.message for one in verify(plan) if one.refuted]
    assert refuted


def test_dialogues_after_a_refutation_end_with_a_plan_that_is_right(few):
    """Where a check has spoken, what is learned is a plan that the oracle found right, or none where there is none."""
    found = 0
    for each in few:
        loop, _ = loop_of(draw_case(each.number, each.seed))
        for told in lessons_of(each):
            if told.strategy != "zero-shot" or "check refutes the plan" not in told.lesson.messages[-1].content:
                continue
            found += 1
            plan = parse_plan(told.lesson.answer, loop, "teacher")
            assert isinstance(plan, Plan) == bool(each.right)
            if isinstance(plan, Plan):
                assert same_plan(plan) in {same_plan(one) for one in each.right}
    assert found


def test_tokens_spell_the_text(lessons):
    """Encoding and decoding give the text back, letters that no piece holds included."""
    texts = [text for _, told in lessons for text in (*(m.content for m in told.lesson.messages), told.lesson.answer)]
    tokenizer = learn(texts[: len(texts) // 2])
    assert tokenizer.size <= SIZE
    for text in (*texts, "naïve  λ\n\n\tend ", ""):
        assert tokenizer.decode(tokenizer.encode(text)) == text


def test_prompts_are_told_from_text(lessons):
    """Control tokens come from the roles alone, even where the text spells them."""
    _, told = lessons[0]
    tokenizer = Tokenizer([chr(code) for code in range(0x21, 0x7F)] + ["▁", "\n"])
    tokens = tokenizer.prompt(told.lesson.messages)
    assert sum(CONTROL <= token < FIRST for token in tokens) == len(told.lesson.messages) + 1
    assert not any(CONTROL <= token < FIRST or token == END for token in tokenizer.encode("<|user|></s>"))
