"""Variables that tasks share, and whose block may be over when a task runs."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.analysis.facts import DirectiveFacts

Judge = Callable[..., tuple[DirectiveFacts, ...]]

TASK = "\n#pragma omp task shared(x)\nx = 1;\n"
IN_A_SINGLE = "\n#pragma omp parallel\n#pragma omp single\n"


def task(judge: Judge, body: str) -> DirectiveFacts:
    return next(each for each in judge(f"void f(int n) {{ {body} }}") if each.directive == "task")


@pytest.mark.parametrize(
    "body",
    [f"{IN_A_SINGLE} {{ int x; {TASK} }}", f"{IN_A_SINGLE} while (n--) {{ int x; {TASK} }}", f"int x; {TASK}"],
)
def test_a_block_that_does_not_wait(judge: Judge, body: str) -> None:
    """The barrier at the end of the construct comes too late for what is declared inside it."""
    found = task(judge, body)
    assert found.verdict == "unknown"
    assert any("the block of `x` ends" in reason.message for reason in found.reasons)


@pytest.mark.parametrize(
    "body",
    [
        f"{IN_A_SINGLE} {{ int x; {TASK}\n#pragma omp taskwait\n }}",
        f"{IN_A_SINGLE} {{ int x;\n#pragma omp taskgroup\n{{ {TASK} }} }}",
        f"int x; {IN_A_SINGLE} {{ {TASK} }}",
        f"{IN_A_SINGLE} {{ int x; {TASK.replace('shared(x)', 'shared(x) if(0)')} }}",
        f"{IN_A_SINGLE} {{ static int x; {TASK} }}",
    ],
)
def test_a_block_that_waits(judge: Judge, body: str) -> None:
    """Nothing is said where the variable is there for certain when the task runs."""
    assert all("ends without waiting" not in reason.message for reason in task(judge, body).reasons)
