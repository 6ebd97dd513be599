"""References rewritten for one kind of question: which loop is in two iterations, and which loops are in one.

A frame is made once for a worksharing loop or a phase and serves every pair of accesses there, so that what the
dependence tests learn of a reference is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...dependence.problem import LoopDomain, Reference
from ...dependence.system import is_determined
from ...execution.events import LoopRecord
from ...symbolic.polynomial import ONE, Constraint, Polynomial, Term, constant, of_term
from .pins import Pin
from .sites import Site
from .substitution import Substitution, terms_of

Unstable = Callable[[Term], bool]


class Frame:
    """`loop` is in two iterations, each of the loops `fixed` in one.

    The loop comes first among those that vary, at the depth of the team's loop, so that whatever may differ between
    threads may differ between its iterations; counters of fixed loops become parameters.
    """

    def __init__(
        self,
        loop: LoopRecord,
        fixed: Sequence[LoopRecord],
        team: LoopRecord | None,
        unstable: Unstable,
        linear: frozenset[str] = frozenset(),
    ) -> None:
        depth = team.domain.counter.depth if team is not None else loop.domain.counter.depth
        counter = loop.domain.counter
        self.lead = Term(counter.name, "counter", depth, low=0, high=counter.high)
        self._loop = loop
        self._fixed = tuple(fixed)
        self._team = team
        self._unstable = unstable
        self._linear = linear
        self._starts: dict[Term, Polynomial] = {}
        self._parameters = {each: of_term(Term(each.domain.name, "invariant", 0, low=0)) for each in fixed}
        self._references: dict[tuple[object, ...], Reference] = {}
        own = Substitution({counter: of_term(self.lead), **self._counters(False)})
        moved = own.domain(loop.domain)
        self.domain = LoopDomain(self.lead, moved.constraints, moved.name, moved.step, moved.exact)
        # Fixed loops are in an iteration that runs.
        self.context = [constraint for each in fixed for constraint in own.constraints(each.domain.constraints)]

    def ahead(self) -> list[Constraint]:
        """What holds further where one side is an iteration of the innermost fixed loop ahead."""
        shifted = Substitution(self._counters(True))
        return [each for loop in self._fixed[-1:] for each in shifted.constraints(loop.domain.constraints)]

    def reference(
        self,
        site: Site,
        hoping: bool,
        *,
        ahead: bool = False,
        twin: LoopRecord | None = None,
        thread: int | None = None,
        pins: tuple[Pin, ...] = (),
    ) -> Reference:
        """The site's reference in this frame, exactly or (`hoping`) without the conditions that are not decided.

        `ahead`: the innermost fixed loop is one iteration further here. `twin`: a loop that counts as the frame's own
        loop, dealt out alike. `thread`: the number of the thread, if one is chosen. `pins`: loops in their first or
        last iteration.
        """
        key = (site, ahead, twin, thread, hoping, pins)
        known = self._references.get(key)
        if known is None:
            made = self._made(site, ahead, twin or self._loop, thread, pins)
            known = self._references[key] = hopeful(made, self.lead.depth) if hoping else made
        return known

    def _made(self, site: Site, ahead: bool, own: LoopRecord, thread: int | None, pins: tuple[Pin, ...]) -> Reference:
        reference = site.access.reference
        replaced = {own.domain.counter: of_term(self.lead), **self._counters(ahead), **self._values(reference)}
        substitution = Substitution(replaced)
        guards = substitution.constraints(tuple(each for pin in pins if (each := pin.constraint()) is not None))
        if thread is not None and self._team is not None:
            number = self.lead if own is self._team else self._team.domain.counter
            guards = (*guards, Constraint(of_term(number) - constant(thread), "=="))
        gone = {own.domain, *(each.domain for each in self._fixed)}
        outer = [domain for domain in reference.loops if domain.counter.depth < self.lead.depth]
        inner = [
            substitution.domain(domain)
            for domain in reference.loops
            if domain.counter.depth >= self.lead.depth and domain not in gone
        ]
        return substitution.reference(reference, (*outer, self.domain, *inner), guards)

    def _counters(self, ahead: bool) -> dict[Term, Polynomial]:
        """What the fixed loops' counters stand for."""
        values = {each.domain.counter: value for each, value in self._parameters.items()}
        if ahead and self._fixed:
            values[self._fixed[-1].domain.counter] = self._parameters[self._fixed[-1]] + ONE
        return values

    def _values(self, reference: Reference) -> dict[Term, Polynomial]:
        """Loads of memory that the team writes read who knows what; linear variables start from one value for all."""
        polynomials = [each for each in reference.subscripts if each is not None]
        polynomials += [each.left for each in reference.guards]
        polynomials += [each.left for domain in reference.loops for each in domain.constraints]
        found: dict[Term, Polynomial] = {}
        depth = self.lead.depth
        for polynomial in polynomials:
            for term in terms_of(polynomial):
                if term.kind == "load" and term not in found and self._unstable(term):
                    found[term] = of_term(Term(term.name, "opaque", max(depth, term.depth), low=term.low))
                elif term.kind == "opaque" and term.name in self._linear and term.depth <= depth:
                    start = of_term(Term(term.name, "invariant", 0, low=term.low))
                    found[term] = self._starts.setdefault(term, start)
        return found


def hopeful(reference: Reference, depth: int) -> Reference:
    """The reference without the conditions that the text does not decide at `depth`."""
    guards = tuple(guard for guard in reference.guards if is_determined(guard.left, depth))
    return msgspec.structs.replace(reference, guards=guards, exact_guards=True, memo=None)
