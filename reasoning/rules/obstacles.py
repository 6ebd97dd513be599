"""What the facts say against any plan: what blocks the loop refutes it, what is unknown leaves it unproved.

The rejection carries the reason's own code, so that it leads to the page of that finding.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts, Reason
from ..plan import Plan, Rejection


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    for reason in facts.blocking:
        yield Rejection(reason.code, _words(reason), reason.culprit)
    for reason in facts.unknowns:
        yield Rejection(reason.code, f"not proved: {_words(reason)}", reason.culprit, refuted=False)


def _words(reason: Reason) -> str:
    words = f"line {reason.place.line}: {reason.message}"
    for related in reason.related:
        words += f" (line {related.place.line}: {related.message})"
    if reason.culprit is not None and reason.culprit not in words:
        words += f" [{reason.culprit}]"
    return words
