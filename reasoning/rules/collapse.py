"""PRG512: collapse(n) asks for n perfectly nested, rectangular loops of which each is parallel.

Collapsing spreads the inner loops' iterations over the threads too, so a dependence that an inner loop carries
becomes a race.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts
from ..condition import names_in
from ..plan import Plan, Rejection

CODE = "PRG512"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    depth = plan.collapse
    if depth is None:
        return
    if depth < 2:
        yield Rejection(CODE, f"collapse({depth}) collapses nothing: use 2 or more, or leave it out")
        return
    if depth > facts.collapsible:
        can = f"at most collapse({facts.collapsible})" if facts.collapsible > 1 else "no collapse"
        yield Rejection(
            CODE,
            f"collapse({depth}) is deeper than the {facts.collapsible} loop(s) here that are perfectly nested, "
            f"rectangular and parallel: use {can}",
        )
        return
    # An inner loop's variable that is declared in its own header is local to this loop.
    induction = {variable.name for variable in facts.variables if variable.role in ("induction", "local")}
    if facts.header is not None:
        induction.add(facts.header.variable)
    shared = {variable.name for variable in facts.variables if variable.role == "shared"}
    for access in facts.accesses:
        if access.kind != "write" or access.variable not in shared or not access.affine:
            continue
        used = frozenset().union(*(names_in(subscript) for subscript in access.subscripts)) & induction
        if len(used) < depth:
            yield Rejection(
                CODE,
                f"line {access.place.line}: {access.text} does not change with {depth} of the loops, so under "
                f"collapse({depth}) several threads would write {access.variable} at the same place",
                access.variable,
            )
    for variable in facts.variables:
        # In a perfect nest only an inner induction variable can be last-private.
        if variable.role in ("induction", "lastprivate") and variable.live_out:
            yield Rejection(
                CODE,
                f"{variable.name} is read after the loop, and collapse would leave it unset when an inner loop runs no "
                f"iteration: leave collapse out",
                variable.name,
                refuted=False,
            )
