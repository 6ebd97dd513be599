"""Which loop of a nest to run in parallel: the outermost that pays."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from .judgement import JudgedLoop


def choose_loops(loops: Sequence[JudgedLoop], hidden: Collection[str] = ()) -> list[JudgedLoop]:
    """At most one loop on each path through a nest, outermost first, with a plan and worth a team of threads.

    Nothing is chosen inside a loop that a directive governs already: what runs there is the author's decision. Loops
    that are `hidden`, by id, are not chosen; those inside them may be.
    """
    taken: set[str] = set()  # loops that are chosen or governed, and everything inside them
    chosen: list[JudgedLoop] = []
    for loop in loops:  # source order: a loop comes after the loops around it
        facts = loop.facts
        if facts.parent in taken or facts.existing_directive is not None:
            taken.add(facts.id)
        elif loop.verdict.plan is not None and loop.pays and facts.id not in hidden:
            taken.add(facts.id)
            chosen.append(loop)
    return chosen
