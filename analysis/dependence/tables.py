"""Subscripts loaded from a table whose values are known: all of them are tried."""

from __future__ import annotations

from ..symbolic.polynomial import Polynomial, Term, varies
from .problem import LoopDomain


def apart_by_table(left: Polynomial, right: Polynomial, loop: LoopDomain) -> bool:
    """Whether `left` in one iteration of `loop` is never `right` in another one, by the table both are loaded from.

    Both are factor * table[e] + rest with one `e` that is another number in each iteration, and rests that differ by a
    number.
    """
    one = _loaded(left, loop)
    other = _loaded(right, loop) if one is not None else None
    if one is None or other is None:
        return False
    (term, factor), (other_term, other_factor) = one, other
    if term.table is None or term.array != other_term.array or factor != other_factor:
        return False
    if term.arguments != other_term.arguments:
        return False
    rest = right - left - Polynomial({(other_term,): other_factor}) + Polynomial({(term,): factor})
    shift = rest.constant
    if shift is None:
        return False
    held: dict[int, int] = {}  # value to its only position, -1 for several
    for position, value in enumerate(term.table):
        held[factor * value] = -1 if factor * value in held else position
    return all(held.get(factor * value - shift, position) == position for position, value in enumerate(term.table))


def _loaded(subscript: Polynomial, loop: LoopDomain) -> tuple[Term, int] | None:
    """The one loaded value of a table in the subscript and its factor; all else must be the same in all iterations."""
    found: tuple[Term, int] | None = None
    depth = loop.counter.depth
    for monomial, coefficient in subscript.terms.items():
        if not varies(monomial, depth):
            continue
        if len(monomial) != 1 or monomial[0].table is None or found is not None:
            return None
        found = monomial[0], coefficient
    if found is None:
        return None
    position = found[0].arguments[0]
    for monomial in position.terms:
        inside = [term for term in monomial if term.depth >= loop.counter.depth]
        if inside and (len(monomial) != 1 or inside[0] is not loop.counter):
            return None
    return found if position.terms.get((loop.counter,)) else None
