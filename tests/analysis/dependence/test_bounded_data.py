"""Inner loops that are bounded by data: what the answer says of those data, held against enumeration."""

import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.dependence.problem import LoopDomain, Reference
from pragmatist.analysis.dependence.test import carried
from pragmatist.analysis.symbolic.polynomial import ONE, ZERO, Constraint, Polynomial, Term, constant, of_term

ROWS = 4
I = Term("i", "counter", 1)  # noqa: E741  # as in the text
OUTER = LoopDomain(I, (Constraint(constant(ROWS - 1) - of_term(I), ">="),), "i")
COUNT = of_term(Term("count[i]", "load", 1, low=0, array="count", arguments=(of_term(I),)))


def inner(bound: Polynomial) -> LoopDomain:
    """for (k = 0; k < bound; k++)"""
    k = Term("k", "counter", 2)
    return LoopDomain(k, (Constraint(bound - of_term(k) - ONE, ">="),), "k")


def access(loop: LoopDomain, stride: Polynomial, step: int, offset: int) -> Reference:
    subscript = of_term(I) * stride + of_term(loop.counter).scaled(step) + constant(offset)
    return Reference((subscript,), (None,), (OUTER, loop), (), True, 0)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40))
def test_the_limit_agrees_with_enumeration(seed: int) -> None:
    """Below the limit no two iterations meet, whatever the data are; without a limit they meet if the data are large
    enough, and are never called independent if they do."""
    draw = random.Random(seed)
    stride, step, offset = draw.randint(-70, 70), draw.randint(1, 3), draw.randint(-5, 5)
    more = draw.choice((0, 0, 1, -2))
    loop = inner(COUNT + constant(more))
    first = access(loop, constant(stride), step, 0)
    second = draw.choice((first, access(loop, constant(stride), step, offset)))
    answer = carried(first, second, OUTER)

    def meet(counts: list[int]) -> bool:
        start = offset if second is not first else 0
        return any(
            stride * row + step * k == stride * later + step * other + start
            for row in range(ROWS)
            for later in range(row + 1, ROWS)
            for k in range(counts[row] + more)
            for other in range(counts[later] + more)
        )

    tried = [[draw.randint(0, 90) for _ in range(ROWS)] for _ in range(6)] + [[size] * ROWS for size in (1, 20, 80)]
    if answer.verdict == "independent":
        assert not any(meet(counts) for counts in tried)
    elif answer.verdict == "dependent":
        assert meet([300] * ROWS)
    if answer.independent_when is not None:
        limit = re.fullmatch(r"count\[i\] <= (\d+)", answer.independent_when)
        assert limit is not None, answer
        assert (answer.cause, answer.culprits) == ("data", ("count[i]",))
        largest = int(limit[1])
        assert not meet([largest] * ROWS)
        assert meet([largest + 1] * ROWS)


@pytest.mark.parametrize("stride", [constant(64), of_term(Term("m", "invariant", 0))])
def test_rows_of_a_capacity(stride: Polynomial) -> None:
    """a[64*i + k] and a[m*i + k] for k < count[i] meet only if some count exceeds 64, or m."""
    reference = access(inner(COUNT), stride, 1, 0)
    answer = carried(reference, reference, OUTER)
    assert (answer.verdict, answer.independent_when) == ("unknown", f"count[i] <= {stride}")


def test_a_dependence_whatever_the_data() -> None:
    """a[k] for k < count[i] is written by all iterations that do anything."""
    reference = access(inner(COUNT), ZERO, 1, 0)
    assert carried(reference, reference, OUTER).verdict == "dependent"


def test_guards_that_say_too_little_beside_a_limit() -> None:
    """Conditions on the data leave the limit as it is: below it nothing meets, whether they hold or not."""
    reference = access(inner(COUNT), constant(64), 1, 0)
    reference.exact_guards = False
    answer = carried(reference, reference, OUTER)
    assert (answer.verdict, answer.cause, answer.independent_when) == ("unknown", "data", "count[i] <= 64")


def test_two_kinds_of_data_have_no_limit_in_common() -> None:
    """Where the bound is a sum of two loads, no condition on either is given, and nothing is claimed."""
    other = of_term(Term("extra[i]", "load", 1, low=0, array="extra", arguments=(of_term(I),)))
    reference = access(inner(COUNT + other), constant(64), 1, 0)
    answer = carried(reference, reference, OUTER)
    assert (answer.verdict, answer.independent_when) == ("unknown", None)
