"""Which accesses of a loop have to be held against each other, and what becomes of their references in this loop."""

from __future__ import annotations

import msgspec

from ..dependence.bounds import keep_out_of_bounds
from ..dependence.problem import NO_ARRAYS, Answer, IndexArrays, LoopDomain, Reference
from ..dependence.test import carried
from ..execution.aliasing import relation, types_may_alias
from ..execution.events import Access
from ..execution.values import Object, meet
from ..symbolic.polynomial import Constraint, Polynomial, Term, of_term
from .view import LoopView


class Group(msgspec.Struct):
    """The distinct accesses to one object."""

    object: Object
    accesses: list[Access]

    @property
    def written(self) -> bool:
        return any(access.is_write for access in self.accesses)


def memory_groups(view: LoopView, scalars: set[Object]) -> list[Group]:
    """Accesses by object, objects that are new in each iteration and `scalars` left out; repeated accesses once."""
    groups: dict[Object, Group] = {}
    seen: set[int] = set()
    kind_of = view.index.kind_of
    for access in view.accesses:
        object = access.object
        if object in scalars or view.is_fresh(object):
            continue
        kind = kind_of(access)
        if kind in seen:
            continue
        seen.add(kind)
        group = groups.get(object)
        if group is None:
            group = groups[object] = Group(object, [])
        group.accesses.append(access)
    return list(groups.values())


def full_path(access: Access) -> str:
    """The fields and subscripts from the object's start, in order: "[].x[]"."""
    missing = len(access.reference.subscripts) - access.path.count("[]")
    return access.path + "[]" * max(0, missing)


def leading(reference: Reference, count: int) -> Reference:
    """The reference cut to its first `count` subscripts."""
    if count >= len(reference.subscripts):
        return reference
    return Reference(
        reference.subscripts[:count],
        reference.extents[:count],
        reference.loops,
        reference.guards,
        reference.is_write,
        reference.order,
        reference.flat,
        reference.exact_guards,
    )


def common_subscripts(left: Access, right: Access) -> int | None:
    """How many leading subscripts decide whether the two can overlap; None when different fields keep them apart."""
    if not left.path and not right.path:
        return min(len(left.reference.subscripts), len(right.reference.subscripts))
    a, b = full_path(left), full_path(right)
    punned = min((path.index("?") for path in (a, b) if "?" in path), default=None)
    if punned is not None:
        a, b = a[:punned], b[:punned]
    if not meet(a, b):
        return None
    shorter = a if len(a) < len(b) else b
    return shorter.count("[]")


def may_alias(left: Access, right: Access) -> str:
    """The relation of two accesses' objects, types considered."""
    if left.object is right.object:
        return "same"
    if not types_may_alias(left.scalar_type, right.scalar_type):
        return "distinct"
    return relation(left.object, right.object)


class Stabilised:
    """References as they mean something in this loop: loads from memory that the loop writes become unknown values."""

    def __init__(self, view: LoopView, written: list[Access]):
        self._depth = view.depth
        self._written = written
        self._unstable: dict[Term, bool] = {}
        self._domains: dict[LoopDomain, LoopDomain] = {}
        self._references: dict[tuple[int, int | None], Reference] = {}
        self._kinds: dict[object, int] = {}
        self._kind_of: dict[int, tuple[Reference, int]] = {}
        self._answers: dict[tuple[int, int, IndexArrays], Answer] = {}
        self._entry_guards = len(view.record.guards)
        self.domain = self.stable_domain(view.domain)
        # Guards around the loop hold in all its iterations: they are known, not conditions of an access.
        self.context = tuple(
            guard
            for guard in view.record.guards
            if guard.left.depth() < view.depth and not self._mentions_unstable(guard.left)
        )

    def reference(self, access: Access, subscripts: int | None = None) -> Reference:
        """The access's reference, cut to its leading `subscripts`."""
        key = (id(access), subscripts)
        reference = self._references.get(key)
        if reference is None:
            if subscripts is None:
                reference = self._stable(access.reference)
            else:
                reference = leading(self.reference(access), subscripts)
            self._references[key] = reference
        return reference

    def carried(self, first: Reference, second: Reference, arrays: IndexArrays = NO_ARRAYS) -> Answer:
        """Whether the loop carries a dependence; references of one kind are asked about once."""
        key = (self._kind(first), self._kind(second), arrays)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = carried(first, second, self.domain, self.context, arrays)
        return answer

    def _kind(self, reference: Reference) -> int:
        """One number for all references that the dependence tests cannot tell apart."""
        known = self._kind_of.get(id(reference))
        if known is not None:
            return known[1]
        asked = (
            reference.subscripts,
            reference.extents,
            reference.loops,
            reference.guards,
            reference.flat,
            reference.exact_guards,
        )
        kind = self._kinds.setdefault(asked, len(self._kinds))
        self._kind_of[id(reference)] = (reference, kind)  # kept alive: no other may get its identity
        return kind

    def _stable(self, reference: Reference) -> Reference:
        loops = tuple(self.stable_domain(loop) for loop in reference.loops)
        subscripts = tuple(None if s is None else self._polynomial(s) for s in reference.subscripts)
        own = reference.guards[self._entry_guards :]
        guards = tuple(guard for guard in own if not self._mentions_unstable(guard.left))
        exact = reference.exact_guards and len(guards) == len(own)
        alike = loops == reference.loops and subscripts == reference.subscripts
        if alike and guards == reference.guards:
            return reference
        stable = Reference(
            subscripts, reference.extents, loops, guards, reference.is_write, reference.order, reference.flat, exact
        )
        if alike:  # what guards around the loop say of the subscripts holds for the access as it stands
            keep_out_of_bounds(stable, reference)
        return stable

    def stable_domain(self, loop: LoopDomain) -> LoopDomain:
        found = self._domains.get(loop)
        if found is None:
            kept: tuple[Constraint, ...] = tuple(
                constraint for constraint in loop.constraints if not self._mentions_unstable(constraint.left)
            )
            found = loop
            if len(kept) != len(loop.constraints):
                found = LoopDomain(loop.counter, kept, loop.name, loop.step, False)
            self._domains[loop] = found
        return found

    def _polynomial(self, polynomial: Polynomial) -> Polynomial:
        if not self._mentions_unstable(polynomial):
            return polynomial
        result = Polynomial({})
        for monomial, coefficient in polynomial.terms.items():
            product = Polynomial({(): coefficient})
            for term in monomial:
                if self._is_unstable(term):
                    # Every use is a value of its own: the memory may have changed in between.
                    term = Term(name=term.name, kind="opaque", depth=max(term.depth, self._depth), low=term.low)
                product = product * of_term(term)
            result = result + product
        return result

    def _mentions_unstable(self, polynomial: Polynomial) -> bool:
        return any(self._is_unstable(term) for monomial in polynomial.terms for term in monomial)

    def _is_unstable(self, term: Term) -> bool:
        known = self._unstable.get(term)
        if known is None:
            known = self._unstable[term] = self._find(term)
        return known

    def _find(self, term: Term) -> bool:
        operands = list(term.arguments)
        if term.defined_by is not None:
            operands += term.defined_by[1:]
        if any(self._mentions_unstable(operand) for operand in operands):
            return True
        if term.kind != "load" or not isinstance(term.array, tuple):
            return False
        array, path = term.array
        for write in self._written:
            if write.object is array:
                if meet(write.path, path) or "?" in write.path + path:
                    return True
            elif types_may_alias(write.scalar_type, term.stored) and relation(write.object, array) != "distinct":
                return True
        return False
