"""Tree of thoughts: several readings of the dependences, several choices of clauses, several ways to run the loop.

The levels of the tree are what a plan consists of: how dependences are resolved, which clauses follow, and how the
iterations are executed. At each level the model names alternatives, one short structured answer for all of them; they
are scored by what the facts say against them first and, where that leaves the order open, by the model, and only the
best are followed, the best of all to its end first. A plan is whole at the last level, is verified there, and ends the
search if it passes. If none does, the most nearly right one goes back to the model with the reasons, as in the other
strategies.

All dialogues begin with the same facts, and siblings with the same thoughts, so that a runtime which keeps what it has
read reads little more than the last question.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, TypeVar

import msgspec

from ..plan import Plan, Rejection
from ..runtimes.protocol import Message
from ..schema import (
    Clauses,
    Execution,
    decode_answer,
    list_schema,
    object_schema,
    part_of_schema,
    plan_of_parts,
    plan_schema,
)
from .inquiry import Dialogue, Inquiry, Judged, Node, listed
from .prompted import PromptedStrategy, Subject
from .protocol import Budget
from .reading import Reading, contradictions, reading_schema

READINGS = 3  # alternatives that are asked for at each level
CHOICES = 2
EXECUTIONS = 2
BEAM = 2  # of them, so many are followed
_HIGHEST = 10
_MOST = 8  # alternatives that a runtime without grammars may give; the rest is dropped

Thought = TypeVar("Thought", Reading, Clauses, Execution)


class _Readings(msgspec.Struct, frozen=True):
    thoughts: Annotated[list[Reading], msgspec.Meta(min_length=1, max_length=_MOST)]


class _Choices(msgspec.Struct, frozen=True):
    thoughts: Annotated[list[Clauses], msgspec.Meta(min_length=1, max_length=_MOST)]


class _Executions(msgspec.Struct, frozen=True):
    thoughts: Annotated[list[Execution], msgspec.Meta(min_length=1, max_length=_MOST)]


class _Scores(msgspec.Struct, frozen=True):
    scores: list[Annotated[int, msgspec.Meta(ge=0, le=_HIGHEST)]]


_READINGS = msgspec.json.Decoder(_Readings)
_CHOICES = msgspec.json.Decoder(_Choices)
_EXECUTIONS = msgspec.json.Decoder(_Executions)
_SCORES = msgspec.json.Decoder(_Scores)


class Branch(msgspec.Struct, frozen=True):
    """A thought and the way to it. `against` is how much the facts hold against it, `told` what, for the model."""

    dialogue: Dialogue
    node: Node
    words: str
    told: str
    against: int
    clauses: Clauses | None = None


class TreeOfThoughts(PromptedStrategy):
    name = "tree-of-thoughts"
    budget = Budget(calls=10, tokens=20_000, seconds=60.0, answer_tokens=384)

    def pursue(self, inquiry: Inquiry, subject: Subject) -> None:
        _Search(inquiry, subject).run()


class _Search:
    def __init__(self, inquiry: Inquiry, subject: Subject) -> None:
        self._inquiry, self._subject, self._prompt = inquiry, subject, subject.prompt
        self._schema = plan_schema(inquiry.facts, target=subject.target, rationale=False)
        self._refused: list[tuple[int, Dialogue, Node]] = []
        self._declined = False

    def run(self) -> None:
        """Best first: a way that nothing speaks against is followed to its end before another one is begun."""
        seen: set[str] = set()
        doubtful: list[Branch] = []
        followed = 0
        for reading in self._best(self._readings(), "dependences"):
            for choice in self._best(self._choices(reading), "clauses"):
                if choice.words in seen:
                    continue
                seen.add(choice.words)
                if choice.against:
                    doubtful.append(choice)
                    continue
                followed += 1
                if self._follow(choice):
                    return
        for choice in sorted(doubtful, key=lambda one: one.against)[: max(0, BEAM - followed)]:
            if self._follow(choice):
                return
        if self._inquiry.settled or (self._declined and not self._refused):
            return
        if self._refused:
            _, dialogue, node = min(self._refused, key=lambda one: one[0])
            self._inquiry.insist(dialogue, self._schema, self._prompt, "plan", node)
        else:  # the tree did not grow: perhaps the plan alone is not too much to ask
            self._inquiry.insist(self._subject.opening("direct"), self._schema, self._prompt)

    def _follow(self, choice: Branch) -> bool:
        """Whether a plan at the end of this branch passes; what came of it is kept if none does."""
        tried = self._executions(choice)
        if tried is None:
            return False
        judged, dialogue, node = tried
        self._declined = self._declined or judged.declined
        if not judged.final and not judged.declined:
            told = listed(judged.refuted + judged.fixable)
            again = (*dialogue, Message("user", self._prompt.fill("whole", reasons=told)))
            self._refused.append((len(judged.refuted), again, node))
        return judged.final

    def _readings(self) -> list[Branch]:
        start = self._subject.opening("dependences")
        each = reading_schema(self._inquiry.facts)
        step = self._inquiry.ask_for(start, _several(each, READINGS), _READINGS, "dependences", self._prompt)
        if step is None:
            return []
        answer, _, node = step
        branches = []
        for reading in _distinct(answer.thoughts, READINGS):
            against = contradictions(reading, self._inquiry.facts)
            told = "\n".join(f"- {words}" for words in against)
            branches.append(Branch(_thinking(start, reading), node, _words(reading), told, len(against)))
        return branches

    def _choices(self, reading: Branch) -> list[Branch]:
        dialogue = self._ask_next(reading, "clauses")
        schema = _several(part_of_schema(self._schema, Clauses), CHOICES)
        step = self._inquiry.ask_for(dialogue, schema, _CHOICES, "clauses", self._prompt, reading.node)
        if step is None:
            return []
        answer, _, node = step
        branches = []
        for clauses in _distinct(answer.thoughts, CHOICES):
            refuted = self._inquiry.hold(self._plan(clauses, None)).refuted
            words = _thinking(dialogue, clauses)
            branches.append(Branch(words, node, _words(clauses), listed(refuted), len(refuted), clauses))
        return branches

    def _executions(self, choice: Branch) -> tuple[Judged, Dialogue, Node] | None:
        """The best plan of a branch, as far as the first that passes; the dialogue with it; and its call."""
        assert choice.clauses is not None
        dialogue = self._ask_next(choice, "execution")
        schema = _several(part_of_schema(self._schema, Execution), EXECUTIONS)
        step = self._inquiry.ask_for(dialogue, schema, _EXECUTIONS, "execution", self._prompt, choice.node)
        if step is None:
            return None
        answer, _, node = step
        best: tuple[Judged, Execution] | None = None
        for execution in _distinct(answer.thoughts, EXECUTIONS):
            judged = self._inquiry.hold(self._plan(choice.clauses, execution))
            if best is None or _rank(judged) < _rank(best[0]):
                best = judged, execution
            if judged.final:
                break
        assert best is not None
        node.decide(best[0])
        return best[0], _thinking(dialogue, best[1]), node

    def _ask_next(self, branch: Branch, level: str) -> Dialogue:
        corrected = self._prompt.fill("corrected", reasons=branch.told) + "\n" if branch.told else ""
        return (*branch.dialogue, Message("user", corrected + self._prompt.fill(level)))

    def _plan(self, clauses: Clauses, execution: Execution | None) -> Plan | Rejection:
        inquiry = self._inquiry
        return plan_of_parts(clauses, execution, inquiry.facts, inquiry.planned_by, target=self._subject.target)

    def _best(self, branches: list[Branch], level: str) -> list[Branch]:
        """The branches worth following, best first: by the facts, then by the model, then as they came.

        The model is asked only where the facts leave the order open: its opinion costs as much as a thought.
        """
        if len({branch.against for branch in branches}) == len(branches):
            return sorted(branches, key=lambda branch: branch.against)[:BEAM]
        scores = self._scores(branches, level)
        ranked = sorted(range(len(branches)), key=lambda at: (branches[at].against, -scores[at], at))
        return [branches[at] for at in ranked[:BEAM]]

    def _scores(self, branches: Sequence[Branch], level: str) -> list[int]:
        """The model's opinion of each branch; the same of all where it has none that can be read."""
        count = len(branches)
        thoughts = "\n".join(f"{number}: {branch.words}" for number, branch in enumerate(branches, 1))
        grades = {"enum": list(range(_HIGHEST + 1))}
        schema = object_schema({"scores": list_schema(grades, count, least=count)})
        dialogue = self._subject.opening("score", thoughts=thoughts)
        completion = self._inquiry.ask(dialogue, schema)
        if completion is None:
            return [0] * count
        self._inquiry.note(f"scores of {level}", dialogue, completion, "noted", parent=branches[0].node)
        answer = decode_answer(completion.text, _SCORES)
        return answer.scores if isinstance(answer, _Scores) and len(answer.scores) == count else [0] * count


def _several(each: dict[str, Any], most: int) -> dict[str, Any]:
    return object_schema({"thoughts": list_schema(each, most, least=1)})


def _distinct(thoughts: Sequence[Thought], most: int) -> list[Thought]:
    return list({_words(thought): thought for thought in thoughts}.values())[:most]


def _words(thought: Reading | Clauses | Execution) -> str:
    return msgspec.json.encode(thought).decode()


def _thinking(dialogue: Dialogue, thought: Reading | Clauses | Execution) -> Dialogue:
    """The dialogue in which the model had this thought, and no other."""
    return (*dialogue, Message("assistant", f'{{"thoughts":[{_words(thought)}]}}'))


def _rank(judged: Judged) -> tuple[bool, bool, int]:
    return (not judged.final, not judged.stands, len(judged.rejections))
