"""A model that answers from a script, for tests of what strategies make of answers."""

from __future__ import annotations

import json
from typing import Any

from pragmatist.reasoning.runtimes.protocol import Cancelled, Completion, Request

PLAIN = {
    "directive": "parallel for", "private": [], "firstprivate": [], "lastprivate": [], "reductions": [],
    "collapse": None, "schedule": None, "condition": None,
}  # fmt: skip
SUM: dict[str, Any] = {"s": {"role": "reduction", "operator": "+", "live_out": True}}
RIGHT = {"reductions": [{"operator": "+", "variable": "s"}]}  # for a loop with SUM


class Script:
    """A runtime that gives the answers of a script, each as (changes to PLAIN, or text, or an error; finish).

    `more` is given whenever the script is at its end.
    """

    runtime, model, digest = "script", "script", "0"

    def __init__(self, *answers, more=None) -> None:
        self.answers, self._more = list(answers), more
        self.requests: list[Request] = []

    def load(self, *, cancelled=None) -> None: ...

    def close(self) -> None: ...

    def count_tokens(self, messages, *, cancelled=None) -> int:
        return 100 * len(messages)

    def complete(self, request, *, on_text=None, cancelled=None) -> Completion:
        if cancelled is not None and cancelled.is_set():
            raise Cancelled
        self.requests.append(request)
        answer, finish = self.answers.pop(0) if self.answers or self._more is None else self._more, "stop"
        if isinstance(answer, tuple):
            answer, finish = answer
        if isinstance(answer, Exception):
            raise answer
        text = answer if isinstance(answer, str) else json.dumps({**PLAIN, **answer})
        return Completion(text, finish, 100 * len(request.messages), 0, 50, 0.01)
