"""Judging small programs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.analysis.facts import DirectiveFacts, Language
from pragmatist.analysis.lowering import lower
from pragmatist.analysis.openmp.judge import judge_directives
from pragmatist.analysis.text import SourceText

Judge = Callable[..., tuple[DirectiveFacts, ...]]


@pytest.fixture(scope="session")
def judge() -> Judge:
    """The facts about every directive of a program, in source order."""

    def judged(code: str, language: Language = "c") -> tuple[DirectiveFacts, ...]:
        text = code.encode()
        return judge_directives(lower(text, language), SourceText(text), language=language)

    return judged


@pytest.fixture(scope="session")
def verdict(judge: Judge) -> Callable[..., tuple[str, frozenset[str]]]:
    """The worst verdict on a program's directives, and the variables that race."""

    def worst(code: str, language: Language = "c") -> tuple[str, frozenset[str]]:
        facts = judge(code, language)
        order = ("no_race", "unknown", "race")
        found = max((each.verdict for each in facts), key=order.index, default="no_race")
        racy = (reason.culprit or "" for each in facts if each.verdict == "race" for reason in each.reasons)
        return found, frozenset(racy)

    return worst
