"""What a strategy's model answered and what came of it, as a tree that people can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...reasoning.strategies.protocol import Step
from .terminal import printable

_LONGEST = 400  # characters of an answer


def trace_lines(trace: Sequence[Step]) -> Iterator[str]:
    """One branch a call: what it was, what became of it, its cost, the answer, and what was held against it."""
    yield from _branches(trace, "  ")


def _branches(steps: Sequence[Step], before: str) -> Iterator[str]:
    for number, step in enumerate(steps):
        last = number == len(steps) - 1
        yield f"{before}{'└─' if last else '├─'} {step.title}: {step.outcome} ({_cost(step)})"
        below = before + ("   " if last else "│  ")
        inner = below + ("│  " if step.children else "   ")
        yield inner + _shortened(step.answer)
        for rejection in step.rejections:
            yield f"{inner}✗ {printable(rejection.message)} [{rejection.code}]"
        yield from _branches(step.children, below)


def _cost(step: Step) -> str:
    cached = f", {step.cached_tokens} of them read before" if step.cached_tokens else ""
    return f"{step.prompt_tokens} tokens read{cached}, {step.answer_tokens} written, {step.seconds:.2f} s"


def _shortened(text: str) -> str:
    line = printable(" ".join(text.split()))
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
