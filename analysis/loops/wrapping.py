"""Subscripts that may wrap around: what has to hold so that they do not, with a run-time guard where it can be written.

Unsigned arithmetic and narrowing conversions leave a number only up to a multiple of 2**n (C17 6.2.5p9, 6.3.1.3). The
dependence tests compare the numbers as if they had not wrapped. Two subscripts that differ by less than 2**n are equal
modulo 2**n only if they are equal, so it is enough that the first and the last element that a loop touches are less
than that apart. With 64 bits that is wider than memory, and what remains is a variable that holds a negative number as
a very large one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..dependence.problem import Reference
from ..execution.events import Access
from ..facts import Assumption, Place
from ..symbolic.polynomial import Polynomial, Term
from .naming import SUFFIXES, Wide, polynomial_text, symbol_of, term_text
from .pairs import Group
from .places import access_place
from .ranges import dimension_ranges
from .stretches import hull
from .view import LoopView

_MOST_GUARDS = 4
_SIZES = (".size()", "->size()")  # of containers, which are no larger than memory


def wrap_assumptions(view: LoopView, written: Sequence[Group]) -> list[Assumption]:
    """For each object that the loop writes by a subscript that might wrap."""
    may_wrap = {access.object for access in view.accesses if access.bits}
    found: list[Assumption] = []
    for group in written:
        if group.object in may_wrap:
            touching = [access for access in view.accesses if access.object is group.object]
            bits = {access.bits for access in touching} - {0}
            judged = _apart(view, touching, min(bits)) if min(bits) < 64 else _not_negative(view, touching)
            found += [each for each in judged if each.message not in {known.message for known in found}]
    return found


def _apart(view: LoopView, accesses: Sequence[Access], bits: int) -> list[Assumption]:
    """The elements that the loop touches have to lie less than 2**bits apart."""
    name, place = accesses[0].object.name, access_place(view, next(access for access in accesses if access.bits))
    references = {access.reference.subscripts: access.reference for access in accesses}
    most = (1 << bits) - 1
    guards: set[str] = set()
    for dimension in range(min(map(len, references))):
        for difference in _ends(view, list(references.values()), dimension) or [None]:
            extremes = _extremes(view, difference) if difference is not None else None
            if extremes is not None and extremes[1] <= most:
                continue
            if difference is None or difference.constant is not None:
                return [_unguarded(name, place, bits)]
            guard = _at_most(view, difference, extremes, most)
            if guard is None:
                return [_unguarded(name, place, bits)]
            guards.add(guard)
    if len(guards) > _MOST_GUARDS:
        return [_unguarded(name, place, bits)]
    return [
        Assumption(
            "PRG208", f"{guard}, so that the {bits} bits of the subscripts of {name} suffice", place, guard=guard
        )
        for guard in sorted(guards)
    ]


def _unguarded(name: str, place: Place, bits: int) -> Assumption:
    return Assumption(
        "PRG208",
        f"the subscripts of {name}, which are computed with {bits} bits, do not wrap around",
        place,
        help="compute the subscripts with `size_t` or `long`",
    )


def _ends(view: LoopView, references: Sequence[Reference], dimension: int) -> list[Polynomial] | None:
    """Last minus first subscript of a dimension, one for each choice of the two that nothing puts in order."""
    ranges = [(dimension_ranges(view, reference)[dimension], reference) for reference in references]
    known = [(found, reference) for found, reference in ranges if found is not None]
    if len(known) < len(ranges):
        return None
    lows, highs = hull(view, known)
    return [high - low for high in highs for low in lows]


def _at_most(view: LoopView, difference: Polynomial, extremes: tuple[int, int] | None, most: int) -> str | None:
    """C text that asks whether the difference, which lies between the `extremes`, is at most `most`.

    Integers of 64 bits where nothing in it can wrap around by the types of the variables: signed ones for sums;
    unsigned ones for products, where what is below zero is more than any limit. Otherwise floating-point numbers, and
    only of what is added, so that the rounding of large numbers that cancel cannot matter: a sum of a few positive
    products is exact to far less than one part in 2**32.
    """
    if extremes is not None and difference.is_affine and extremes[0] >= -(1 << 63) and extremes[1] < 1 << 63:
        text = _wide_text(view, difference, "long long")
    elif extremes is not None and extremes[0] > most - (1 << 64) and extremes[1] < 1 << 64:
        text = _wide_text(view, difference, "unsigned long long")
    else:
        added = Polynomial({monomial: factor for monomial, factor in difference.terms.items() if factor > 0})
        if not all(_is_natural(view, term) for term in added.atoms):
            return None
        text = _wide_text(view, added, "double")
        return f"{text} <= {most}.0" if text is not None else None
    return f"{text} <= {most}" if text is not None else None


def _wide_text(view: LoopView, value: Polynomial, wide: Wide) -> str | None:
    """C text that computes the value in the type from its first term on."""
    text = polynomial_text(view, value, wide=wide)
    if text is None or text.startswith(f"({wide})"):
        return text
    suffix = SUFFIXES[wide]
    if text.startswith("-"):
        return f"0{suffix} - {text[1:]}"
    first, _, rest = text.partition(" ")
    if first[0].isdigit():
        return text if first.endswith(suffix) else f"{first}{suffix} {rest}"
    return f"({wide}){text}"


def _is_natural(view: LoopView, term: Term) -> bool:
    """Whether the value is zero or more, and is not a counter, whose text is a difference of others."""
    if term.kind == "counter":
        return False
    if term.low is not None and term.low >= 0:
        return True
    symbol = symbol_of(view, term)
    return symbol is not None and symbol.type.kind == "int" and symbol.type.unsigned


def _extremes(view: LoopView, value: Polynomial) -> tuple[int, int] | None:
    """The least that the negative terms can make together and the most of the positive ones, by the types of the
    variables: no partial sum is outside."""
    least = most = 0
    for monomial, coefficient in value.terms.items():
        low, high = 1, 1
        for term in monomial:
            bounds = _bounds(view, term)
            if bounds is None:
                return None
            products = [a * b for a in (low, high) for b in bounds]
            low, high = min(products), max(products)
        least += min(0, low * coefficient, high * coefficient)
        most += max(0, low * coefficient, high * coefficient)
    return least, most


def _bounds(view: LoopView, term: Term) -> tuple[int, int] | None:
    if term.low is not None and term.high is not None:
        return term.low, term.high
    symbol = symbol_of(view, term)
    if symbol is None or symbol.type.kind != "int" or symbol.type.size is None or symbol.type.size > 4:
        return None
    bits = 8 * symbol.type.size
    low, high = (0, (1 << bits) - 1) if symbol.type.unsigned else (-(1 << (bits - 1)), (1 << (bits - 1)) - 1)
    return low if term.low is None else max(low, term.low), high


def _not_negative(view: LoopView, accesses: Sequence[Access]) -> list[Assumption]:
    """Unsigned variables by which two subscripts differ stand for no negative number."""
    doubtful: dict[Term, Access] = {}
    for dimension in range(min(len(access.reference.subscripts) for access in accesses)):
        forms = {access.reference.subscripts[dimension]: access for access in accesses}
        for form, access in forms.items():
            for other in forms:
                if form is not None and other is not None and form is not other:
                    for term in _offsets(form - other):
                        doubtful.setdefault(term, access)
    found: list[Assumption] = []
    for term, access in doubtful.items():
        symbol = symbol_of(view, term)
        if (
            (symbol is not None and (symbol.type.size or 4) < 8)
            or term.name.endswith(_SIZES)
            or _bounds_loops(term, access)
        ):
            continue
        text = term_text(view, term)
        guard = f"(long long){_as_operand(text)} >= 0" if text is not None else None
        words = f"`{text or term.name}` is below 2**63: it stands for no negative number"
        found.append(Assumption("PRG208", words, access_place(view, access), guard=guard))
    return found


def _as_operand(text: str) -> str:
    return text if text.replace("_", "").isalnum() else f"({text})"


def _offsets(difference: Polynomial) -> Iterable[Term]:
    """Values that cannot be negative, by themselves in a sum."""
    for monomial in difference.terms:
        if len(monomial) == 1 and monomial[0].kind != "counter" and monomial[0].low == 0:
            yield monomial[0]


def _bounds_loops(term: Term, access: Access) -> bool:
    """Whether a loop around runs up to the value, or a part of it: no loop runs that often."""
    return any(_occurs(term, constraint.left) for loop in access.reference.loops for constraint in loop.constraints)


def _occurs(term: Term, value: Polynomial) -> bool:
    for atom in value.atoms:
        if atom is term:
            return True
        if any(isinstance(each, Polynomial) and _occurs(term, each) for each in (atom.defined_by or ())[1:]):
            return True
    return False
