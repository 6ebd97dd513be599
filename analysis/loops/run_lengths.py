"""Runs of memory that one call touches: how long they may be before two of them meet.

That a loop runs as far as it takes is a fair thing to say of a loop. A length that is passed to `memset` is what
somebody chose for the stretch between one run and the next, so it is asked for instead.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from ..dependence.problem import Answer, LoopDomain, Reference
from ..symbolic.polynomial import Constraint, Polynomial, constant, of_term

RUN = "element"  # what `execution.runs` calls the loop that a run is
_LONGEST = 1 << 20  # elements

Ask = Callable[[Reference, Reference], Answer]


def resting_on_length(answer: Answer, first: Reference, second: Reference, ask: Ask) -> Answer:
    """`answer`, or what it comes to where runs that are short enough never meet. `ask` answers for two references."""
    lengths = {length for reference in (first, second) if (length := _length(reference)) is not None}
    if answer.verdict != "dependent" or len(lengths) != 1:
        return answer
    (length,) = lengths
    longest = _longest_apart(first, second, length, ask)
    if longest is None:
        return answer
    names = tuple(sorted({term.name for term in length.atoms}))
    alone = [(len(monomial), factor) for monomial, factor in length.terms.items()] == [(1, 1)]
    return msgspec.structs.replace(
        answer,
        verdict="unknown",
        cause="data",
        culprits=names,
        condition=None,
        independent_when=f"{names[0]} <= {longest}" if alone else None,
    )


def _length(reference: Reference) -> Polynomial | None:
    """How many elements the run has that the reference is; None where it is none, or the text gives a number."""
    if not reference.loops or reference.loops[-1].name != RUN or len(reference.loops[-1].constraints) != 1:
        return None
    run = reference.loops[-1]
    length = run.constraints[0].left + of_term(run.counter) + constant(1)
    return length if length.constant is None else None


def _longest_apart(first: Reference, second: Reference, length: Polynomial, ask: Ask) -> int | None:
    """The greatest length at which the runs stay apart; None where those of one element meet."""

    def apart(count: int) -> bool:
        one = _cut(first, length, count)
        other = one if second is first else _cut(second, length, count)
        return ask(one, other).verdict == "independent"

    if not apart(1):
        return None
    low, high = 1, 2  # apart, perhaps not
    while high < _LONGEST and apart(high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if apart(middle) else (low, middle)
    return low


def _cut(reference: Reference, length: Polynomial, count: int) -> Reference:
    """The reference with so many elements in place of `length`."""
    if _length(reference) != length:
        return reference
    *outer, run = reference.loops
    bound = Constraint(constant(count - 1) - of_term(run.counter), ">=")
    short = LoopDomain(run.counter, (bound,), run.name, run.step, run.exact)
    return msgspec.structs.replace(reference, loops=(*outer, short), memo=None)
