"""Whether what an iteration reads was all written earlier in the same iteration: arrays private to an iteration."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from ..symbolic.polynomial import Constraint, Polynomial, Term
from .choices import settle
from .delinearize import has_product, splits
from .domain import add_domain
from .problem import LoopDomain, Reference
from .rows import PARAMETER, subtract
from .shape import compared
from .system import System, is_determined, only_parameters

READ = 0

Subscripts = tuple[Polynomial | None, ...]


def covers(writes: Sequence[Reference], read: Reference, loop: LoopDomain, context: Sequence[Constraint] = ()) -> bool:
    """Whether the elements that `read` reads in an iteration of `loop` are all written by `writes` in the same one.

    Order and control flow are the caller's: it passes writes that are done before the read whenever it happens,
    apart from what their loops and guards say. False where it cannot be shown.
    """
    usable = [write for write in writes if write.exact_guards and _comparable(write, read)]
    if any(_repeats(write, read, loop) for write in usable):
        return True
    if not usable:
        return False
    depth = loop.counter.depth + 1
    if _contains([(write, write.subscripts) for write in usable], read, read.subscripts, depth, context):
        return True
    for write in usable:
        taken = _by_dimension(write, read, depth)
        if taken is not None and _contains([(write, taken[0])], read, taken[1], depth, context):
            return True
    return False


def _comparable(write: Reference, read: Reference) -> bool:
    shape = compared(write, read)
    return shape.cause is None and len(shape.pairs) == len(read.subscripts)


def _repeats(write: Reference, read: Reference, loop: LoopDomain) -> bool:
    """Whether the read's loops, guards and subscripts are the write's with other names for the inner counters.

    This needs nothing to be affine: `t[p[j]]` written for all j < m covers `t[p[k]]` read for all k < m.
    """
    depth = loop.counter.depth
    outer = [each for each in write.loops if each.counter.depth <= depth]
    inner = [each for each in write.loops if each.counter.depth > depth]
    read_inner = [each for each in read.loops if each.counter.depth > depth]
    if len(inner) > len(read_inner) or not all(each.exact for each in inner):
        return False
    names: dict[Term, Hashable] = {}
    for position, (one, other) in enumerate(zip(inner, read_inner, strict=False)):
        names[one.counter] = names[other.counter] = position
    required = {_constraint_key(each, names, depth) for each in write.guards}
    for each in inner:
        required |= {_constraint_key(constraint, names, depth) for constraint in each.constraints}
    given = {_constraint_key(each, names, depth) for each in read.guards}
    for each in [*outer, *read_inner]:
        given |= {_constraint_key(constraint, names, depth) for constraint in each.constraints}
    if None in required or not required <= given:
        return False
    keys = [
        (_key(one, names, depth), _key(other, names, depth))
        for one, other in zip(write.subscripts, read.subscripts, strict=True)
        if one is not None and other is not None
    ]
    return all(one is not None and one == other for one, other in keys)


def _constraint_key(constraint: Constraint, names: dict[Term, Hashable], depth: int) -> Hashable:
    left = _key(constraint.left, names, depth)
    return None if left is None else (constraint.relation, left)


def _key(polynomial: Polynomial, names: dict[Term, Hashable], depth: int) -> Hashable:
    """The polynomial by structure, equal for equal values; None where a term may differ between the two accesses."""
    entries = set()
    for monomial, coefficient in polynomial.terms.items():
        factors = []
        for term in monomial:
            factor = _term_key(term, names, depth)
            if factor is None:
                return None
            factors.append(factor)
        entries.add((tuple(sorted(factors, key=repr)), coefficient))
    return frozenset(entries)


def _term_key(term: Term, names: dict[Term, Hashable], depth: int) -> Hashable:
    if term in names:
        return ("counter", names[term])
    if term.depth <= depth:
        return ("shared", id(term))
    if term.kind == "load" and term.arguments:
        arguments = tuple(_key(argument, names, depth) for argument in term.arguments)
        return None if None in arguments else ("load", term.array, arguments)
    if term.defined_by is not None:
        parts = tuple(_key(operand, names, depth) for operand in term.defined_by[1:])
        return None if None in parts else (term.defined_by[0], parts)
    return None


def _by_dimension(write: Reference, read: Reference, depth: int) -> tuple[Subscripts, Subscripts] | None:
    """Linearised subscripts as dimensions with strides in common: equal in all dimensions, they are equal as well."""
    first: list[Polynomial | None] = []
    second: list[Polynomial | None] = []
    found = False
    for left, right in zip(write.subscripts, read.subscripts, strict=True):
        split = None
        if left is not None and right is not None and (has_product(left, depth) or has_product(right, depth)):
            split = next(splits(left, right, depth), None)
        if split is None:
            first.append(left)
            second.append(right)
            continue
        found = True
        for level in split.levels:
            one, other = level.subscripts()
            first.append(one)
            second.append(other)
    return (tuple(first), tuple(second)) if found else None


def _contains(
    writes: list[tuple[Reference, Subscripts]],
    read: Reference,
    read_subscripts: Subscripts,
    depth: int,
    context: Sequence[Constraint],
) -> bool:
    """The same by integer sets: the written elements are counted only where their system is exact."""
    from .sets import TooComplex, subset

    wanted = System(depth)
    wanted.add([each for each in context if only_parameters(each.left, depth)], PARAMETER)
    elements = [wanted.column(READ, Term("element", "opaque", depth)) for _ in read_subscripts]
    if not _place(wanted, read, read_subscripts, READ, elements):
        return False
    parts: list[System] = []
    for side, (write, subscripts) in enumerate(writes, 1):
        part = wanted.sibling()
        if not (_is_exact(write, depth) and all(_known(each, depth) for each in subscripts)):
            continue
        if _place(part, write, subscripts, side, elements) and not (
            part.loosened or part.impossible or settle(part)[2]
        ):
            parts.append(part)
    try:
        return subset(wanted, parts, elements)
    except TooComplex:
        return False


def _place(system: System, reference: Reference, subscripts: Subscripts, side: int, elements: list[int]) -> bool:
    """Adds the reference's domain and element = subscript; False where a subscript is not affine.

    What a read's system does not say only makes the read larger; writes are judged by `_is_exact`.
    """
    add_domain(system, reference, side)
    for element, subscript in zip(elements, subscripts, strict=True):
        row = system.affine(subscript, side) if subscript is not None else None
        if row is None:
            return False
        system.equal_zero(subtract(row, {element: 1}))
    return True


def _is_exact(write: Reference, depth: int) -> bool:
    """Whether a system says exactly when the write happens."""
    parts = [constraint.left for constraint in write.guards]
    for loop in write.loops:
        if loop.counter.depth >= depth and not loop.exact:
            return False
        parts += [constraint.left for constraint in loop.constraints]
    return all(is_determined(part, depth) for part in parts)


def _known(subscript: Polynomial | None, depth: int) -> bool:
    return subscript is not None and is_determined(subscript, depth)
