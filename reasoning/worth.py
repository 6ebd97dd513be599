"""From how much work on a loop is worth a team of threads: the comparison that an `if` clause makes before it.

How much is a number that only measuring can find. What it is compared with follows from the facts: the trip count
and, in a nest, its product with the trip counts of inner loops that are known before the outer one begins.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from ..analysis.facts import LoopFacts
from .checker import check_plan
from .condition import comparable_names, conjoin, is_sum_of, trip_tokens
from .data_sharing import is_identifier
from .plan import Plan

# Round numbers: what is measured to a factor of two should not look more exact than it is.
LEAST_WORK = tuple(digit * 10**power for power in range(1, 9) for digit in (1, 2, 5))


def work_of(facts: LoopFacts, loops: Sequence[LoopFacts]) -> str | None:
    """A C expression for the iterations of the nest as far as they are known before it; None where there is none.

    "n" for one loop. Products are of `double`, since those of integers might overflow: "(double)n * m". `loops` are the
    file's.
    """
    own = trip_tokens(facts)
    if not own:
        return None
    factors = [own] if any(map(is_identifier, own)) else []
    factors += max(_inner(facts, loops, comparable_names(facts)), key=len, default=[])
    if len(factors) < 2:
        return _spelled(factors[0]) if factors else None
    return f"(double){' * '.join(each[0] if len(each) == 1 else f'({_spelled(each)})' for each in factors)}"


def when_worth(plan: Plan, facts: LoopFacts, work: str, least: int) -> Plan | None:
    """The plan, run in parallel only where `work` exceeds `least`; None where the checker has something against it."""
    asked = (f"{work} > {least}",) if plan.condition is None else (f"{work} > {least}", plan.condition)
    changed = msgspec.structs.replace(plan, condition=conjoin(asked))
    return changed if check_plan(changed, facts) == check_plan(plan, facts) else None


def _inner(outer: LoopFacts, loops: Sequence[LoopFacts], names: frozenset[str]) -> list[list[tuple[str, ...]]]:
    """For each loop directly inside, its own trip count and those of its longest chain of loops further in."""
    chains: list[list[tuple[str, ...]]] = []
    for loop in loops:
        if loop.parent == outer.id:
            own = _without_integer_products(trip_tokens(loop))
            # A constant is the same whatever the input; what changes meanwhile cannot be known before.
            known = [own] if is_sum_of(own, names) and any(map(is_identifier, own)) else []
            chains.append(known + max(_inner(loop, loops, names), key=len, default=[]))
    return chains


def _without_integer_products(tokens: Sequence[str]) -> tuple[str, ...]:
    """2 * n as 2.0 * n, which cannot overflow."""
    pairs = zip(tokens, (*tokens[1:], ""), strict=False)
    return tuple(f"{token}.0" if token.isdigit() and after == "*" else token for token, after in pairs)


def _spelled(tokens: Sequence[str]) -> str:
    text, operand = "", False  # `operand`: whether one has just ended, so that an operator now takes two
    for token in tokens:
        text += f" {token} " if operand and token in ("+", "-", "*", "/", "%") else token
        operand = token not in ("+", "-", "*", "/", "%", "(", "[")
    return text
