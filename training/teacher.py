"""A teacher behind the interface of a model: strategies ask it, and it answers as a model should that knows the truth.

So the dialogues that a model is trained on are those which the strategies really have, with the prompts as they are,
and with everything that the checker and the facts say in between. Now and then the teacher answers wrongly on purpose,
so that there are corrections to learn from; wrong answers are not learned.
"""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.condition import names_in
from pragmatist.reasoning.plan import Plan
from pragmatist.reasoning.runtimes.protocol import Completion, Message, Request
from pragmatist.reasoning.schema import names_to_choose

NONE = {
    "directive": "none", "private": [], "firstprivate": [], "lastprivate": [], "reductions": [], "collapse": None,
    "schedule": None, "condition": None,
}  # fmt: skip
_CLAUSES = ("private", "firstprivate", "lastprivate", "reductions")
_BEST, _WORST = 10, 0


class Lesson(msgspec.Struct, frozen=True):
    """A dialogue and the right answer to its last message."""

    messages: tuple[Message, ...]
    answer: str


class Teacher:
    """See `runtimes.protocol.Runtime`. It notes each right answer as a lesson."""

    runtime = "teacher"
    model = "teacher"
    digest = ""

    def __init__(
        self,
        facts: LoopFacts,
        right: Sequence[Plan],
        draw: random.Random,
        *,
        wrong: float,
        tried: Sequence[Plan] = (),
    ) -> None:
        """`wrong` is how often the first answer of a kind is a wrong one.

        `tried` are wrong plans that the checker lets pass: where there are any, they are what is answered wrongly, and
        after the first there may be a second.
        """
        self._facts, self._draw, self._wrong = facts, draw, wrong
        self._right = [_fields(plan) for plan in right]
        self._answer = self._right[0] if right else NONE
        self._tried = [_fields(plan) for plan in tried]
        self._misled: Counter[str] = Counter()
        self.lessons: list[Lesson] = []

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        pass

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        return 0

    def close(self) -> None:
        pass

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        assert request.schema is not None
        value, right = self._reply(request.schema, request.messages)
        text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        if right:
            self.lessons.append(Lesson(request.messages, text))
        return Completion(text, "stop", 0, 0, 0, 0.0)

    def _reply(self, schema: dict[str, Any], messages: Sequence[Message]) -> tuple[Any, bool]:
        """The answer, and whether it is one to learn."""
        if "anyOf" in schema:
            return self._act(messages), True
        fields = schema["properties"]
        if "action" in fields:
            return self._check(), True
        if "scores" in fields:
            return {"scores": self._scores(messages[-1].content)}, True
        if "thoughts" in fields:
            return self._thoughts(fields["thoughts"])
        if "resolutions" in fields:
            return self._perhaps("reading", self._reading(self._answer), self._reading)
        if "directive" in fields:
            answer, right = self._perhaps("plan", self._answer, lambda plan: plan)
            if "rationale" in fields:
                answer = {"rationale": self._rationale(answer), **answer}
            return _in_order(answer, fields), right
        return self._perhaps("clauses", _part(self._answer, _CLAUSES), lambda plan: _part(plan, _CLAUSES))

    def _perhaps(self, kind: str, right: Any, part: Callable[[dict[str, Any]], Any]) -> tuple[Any, bool]:
        """The right answer, or the first time perhaps one that is not."""
        before = self._misled[kind]
        self._misled[kind] += 1
        if before > bool(self._tried) or self._draw.random() >= self._wrong:
            return right, True
        wrong = part(self._one_tried() if self._tried else self._mistaken())
        return (wrong, False) if wrong != right else (right, True)

    def _one_tried(self) -> dict[str, Any]:
        """A wrong plan, rather one of the plainer ones; each is tried once."""
        return self._tried.pop(int(len(self._tried) * self._draw.random() ** 2))

    def _mistaken(self) -> dict[str, Any]:
        """A plan as a model might wrongly make it."""
        plan = dict(self._answer if self._answer["directive"] != "none" else {**NONE, "directive": "parallel for"})
        names = names_to_choose(self._facts)
        kind = self._draw.choice(("drop", "add", "move", "condition", "none"))
        clause = self._draw.choice(_CLAUSES[:3])
        filled = [each for each in _CLAUSES[:3] if plan[each]]
        if kind == "drop" and filled:
            one = self._draw.choice(filled)
            plan[one] = plan[one][1:]
        elif kind == "move" and filled:
            one = self._draw.choice(filled)
            name, plan[one] = plan[one][0], plan[one][1:]
            plan[clause] = [*plan[clause], name]
        elif kind == "condition" and plan["condition"] is not None:
            plan["condition"] = None
        elif plan["reductions"] and kind == "none":
            plan["reductions"] = []
        elif names:
            plan[clause] = [*dict.fromkeys([*plan[clause], self._draw.choice(names)])]
        return plan

    def _reading(self, plan: dict[str, Any]) -> dict[str, Any]:
        ways = {name: "private copy" for clause in _CLAUSES[:3] for name in plan[clause]}
        ways |= {each["variable"].partition("[")[0]: "reduction" for each in plan["reductions"]}
        if plan["condition"] is not None:
            ways |= {n: "if clause" for n in self._disputed() if n in names_in(plan["condition"]) and n not in ways}
        if plan["directive"] == "none":
            roles = {"private": "private copy", "lastprivate": "private copy", "firstprivate": "private copy"}
            for variable in self._facts.variables:
                if variable.role in roles:
                    ways[variable.name] = roles[variable.role]
                elif variable.role == "reduction":
                    ways[variable.name] = "reduction"
            ways |= {name: "nothing" for name in self._disputed() if name not in ways}
        known = names_to_choose(self._facts)
        return {"resolutions": [{"variable": name, "by": by} for name, by in ways.items() if name in known]}

    def _disputed(self) -> list[str]:
        """Variables through which iterations may depend on one another."""
        names = [each.variable for each in self._facts.dependences if each.removable is None]
        names += [each.name for each in self._facts.variables if each.undecided]
        guards = [each.guard for each in self._facts.assumptions if each.guard is not None]
        names += [each.name for each in self._facts.variables if any(each.name in names_in(guard) for guard in guards)]
        pointers = {each.name for each in self._facts.variables if "*" in each.type or each.is_array or each.undecided}
        return [name for name in dict.fromkeys(names) if name in pointers]

    def _thoughts(self, schema: dict[str, Any]) -> tuple[Any, bool]:
        fields = schema["items"]["properties"]
        most = min(schema.get("maxItems", 1), 3)
        if "resolutions" in fields:
            part: Callable[[dict[str, Any]], Any] = self._reading
        elif "directive" in fields:
            part = lambda plan: _in_order(plan, fields)  # noqa: E731
        else:
            part = lambda plan: _part(plan, _CLAUSES)  # noqa: E731
        found = [part(self._answer)]
        others = [*self._right[1:3], *([NONE] if self._draw.random() < 0.5 else []), self._mistaken()]
        for other in others:
            if len(found) < most and part(other) not in found:
                found.append(part(other))
        kept = found[: max(1, self._draw.choice((1, 2, most)))] if len(found) > 1 else found
        return {"thoughts": kept}, True

    def _scores(self, question: str) -> list[int]:
        """Right thoughts get the best mark, the others less the more they miss."""
        scores = []
        section = question.rpartition("BEGIN THOUGHTS\n")[2].partition("\nEND THOUGHTS")[0]
        for line in section.split("\n"):
            thought = json.loads(line.partition(": ")[2])
            scores.append(self._score(thought))
        return scores

    def _score(self, thought: dict[str, Any]) -> int:
        plans = self._right or [NONE]
        if "resolutions" in thought:
            pairs = [{(r["variable"], r["by"]) for r in self._reading(plan)["resolutions"]} for plan in plans]
            given = {(r["variable"], r["by"]) for r in thought["resolutions"]}
            missed = min(len(given ^ each) for each in pairs)
        else:
            part = [_part(plan, tuple(thought)) for plan in plans]
            missed = min(sum(thought[key] != each[key] for key in thought) for each in part)
        return max(_WORST, _BEST - 4 * missed)

    def _rationale(self, plan: dict[str, Any]) -> str:
        """A few words that say how the plan follows, for strategies that ask for reasons."""
        if plan["directive"] == "none":
            called = list(self._facts.calls)
            if called:
                return f"What {called[0]} keeps or changes goes from one iteration to the next."
            disputed = self._disputed()
            return f"Iterations meet in {disputed[0]}." if disputed else "Iterations may depend on one another."
        words = []
        for clause in _CLAUSES[:3]:
            if plan[clause]:
                words.append(f"{', '.join(plan[clause])} {clause}.")
        for each in plan["reductions"]:
            words.append(f"{each['variable']} accumulates by {each['operator']}.")
        if plan["condition"] is not None:
            words.append("Overlap is asked for.")
        return " ".join(words) or "Each iteration has its own elements."

    def _act(self, messages: Sequence[Message]) -> dict[str, Any]:
        asked = sum(message.role == "assistant" for message in messages)
        names = names_to_choose(self._facts)
        doubtful = [each for each in self._disputed() if each in names]
        if asked == 0 and self._draw.random() < 0.7 and doubtful:
            name = doubtful[0]
            if self._draw.random() < 0.5:
                return {"thought": f"What is {name}?", "action": "role", "variable": name}
            return {"thought": f"Does {name} carry values?", "action": "dependences", "variable": name}
        return self._check()

    def _check(self) -> dict[str, Any]:
        return {"thought": self._rationale(self._answer), "action": "check", "plan": self._answer}


def _fields(plan: Plan) -> dict[str, Any]:
    """The plan as an answer, in the schema's order."""
    built = msgspec.to_builtins(plan)
    return {key: list(built[key]) if isinstance(built[key], tuple) else built[key] for key in NONE}


def _part(plan: dict[str, Any], keys: Sequence[str]) -> dict[str, Any]:
    return {key: plan[key] for key in keys}


def _in_order(answer: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    return {key: answer[key] for key in fields}
