"""What a model that knows better would answer each strategy, for a loop with one sum (`scripted_model.SUM`)."""

from __future__ import annotations

import json

from scripted_model import PLAIN, RIGHT

PLAN = json.dumps({**PLAIN, **RIGHT})
READING = json.dumps({"resolutions": [{"variable": "s", "by": "reduction"}]})
CLAUSES = json.dumps(RIGHT)

_ANSWERS: dict[str, tuple[str, ...]] = {
    "zero-shot": (PLAN,),
    "few-shot": (PLAN,),
    "step-by-step": (READING, CLAUSES, PLAN),
    "react": (
        json.dumps({"thought": "What is s?", "action": "role", "variable": "s"}),
        json.dumps({"thought": "A sum.", "action": "check", "plan": {**PLAIN, **RIGHT}}),
    ),
    "tree-of-thoughts": (
        f'{{"thoughts":[{READING}]}}',
        f'{{"thoughts":[{CLAUSES}]}}',
        json.dumps({"thoughts": [{"directive": "parallel for"}]}),
        PLAN,
    ),
    "chain-of-thought": (json.dumps({"rationale": "s accumulates.", **PLAIN, **RIGHT}),),
}


def right_answers(strategy: str) -> tuple[str, ...]:
    return _ANSWERS[strategy]
