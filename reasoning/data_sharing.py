"""Which data-sharing clauses a variable's role asks for, and which it permits.

The static planner writes what is required; the checker holds every plan against both. Keeping the two in one
place is what makes "the planner's plans pass the checker" true by construction. Data-sharing terms follow
OpenMP 5.2 chapter 5.
"""

from __future__ import annotations

import re
from collections.abc import Set
from typing import Literal

import msgspec

from ..analysis.facts import LoopFacts, Variable
from .plan import Plan

Clause = Literal["private", "firstprivate", "lastprivate", "reduction"]

_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_CLASS_PRIVATE = "a private copy of a class object starts default-constructed (an empty vector, for one)"


class Sharing(msgspec.Struct, frozen=True):
    """What one variable needs: `required` are the clauses to write, `allowed` all that may list it.

    `instead` are single clauses of which each does as well as `required`. `why` explains a refusal in one clause of
    words. `trouble` is set where no clause can make the loop right for this variable; it says what would.
    """

    required: frozenset[Clause]
    allowed: frozenset[Clause]
    why: str
    trouble: str | None = None
    instead: frozenset[Clause] = frozenset()

    def missing(self, clauses: Set[Clause]) -> frozenset[Clause]:
        """The clauses that are still required of a plan which lists the variable in `clauses`."""
        return frozenset() if self.instead & clauses else self.required - clauses


def is_identifier(text: str) -> bool:
    """Whether the text is one C identifier (ASCII), the only thing that may be named in a clause."""
    return _IDENTIFIER.match(text) is not None


def split_item(item: str) -> tuple[str, str]:
    """A list item as (name, array section without spaces): "h[0 : n]" gives ("h", "[0:n]"), "s" gives ("s", "")."""
    name, bracket, rest = item.partition("[")
    return name.strip(), "".join((bracket + rest).split())


def clauses_by_variable(plan: Plan) -> dict[str, list[Clause]]:
    """Each variable that the plan names, with the clauses that list it, in clause order and with repetitions."""
    found: dict[str, list[Clause]] = {}
    for name in plan.private:
        found.setdefault(split_item(name)[0], []).append("private")
    for name in plan.firstprivate:
        found.setdefault(split_item(name)[0], []).append("firstprivate")
    for name in plan.lastprivate:
        found.setdefault(split_item(name)[0], []).append("lastprivate")
    for reduction in plan.reductions:
        found.setdefault(split_item(reduction.variable)[0], []).append("reduction")
    return found


def is_pointer(variable: Variable) -> bool:
    """Whether the declared type is a pointer, so that a private copy copies the address and not what it points to."""
    return variable.type.endswith("*")


def is_class(variable: Variable) -> bool:
    """Whether copies run constructors: a class, or a reference to one as far as the type's text tells."""
    return variable.is_class or "<" in variable.type


def is_written(variable: Variable, facts: LoopFacts) -> bool:
    return any(access.kind == "write" and access.variable == variable.name for access in facts.accesses)


def sharing(variable: Variable, facts: LoopFacts, *, simd_only: bool = False) -> Sharing:
    """What `variable` needs when `facts`' loop runs in parallel (`simd_only`: under a bare `simd` directive)."""
    name, role = variable.name, variable.role
    if role == "local":
        return _none(f"{name} is declared inside the loop, so each iteration has its own: list it in no clause")
    if role == "blocking":
        return Sharing(
            frozenset(), frozenset(), f"{name} carries a dependence that no clause removes", f"{name} blocks the loop"
        )
    if role == "induction":
        return _induction(variable, facts, simd_only=simd_only)
    if role == "shared":
        return _shared(variable, facts)
    if role == "reduction":
        return _reduction(variable)
    return _copied(variable)


def _none(why: str) -> Sharing:
    return Sharing(frozenset(), frozenset(), why)


def _induction(variable: Variable, facts: LoopFacts, *, simd_only: bool) -> Sharing:
    name = variable.name
    own = facts.header is not None and facts.header.variable == name
    if own and facts.header is not None and facts.header.declared_in_header:
        return _none(f"{name} is the induction variable and is private by itself: list it in no clause")
    if own and simd_only:
        # A simd loop's induction variable is linear: it has its final value afterwards without a clause.
        return _none(f"{name} is the induction variable and is linear by itself: list it in no clause")
    if variable.live_out:
        why = f"{name} is an induction variable that is read after the loop: it must be lastprivate"
        return Sharing(frozenset({"lastprivate"}), frozenset({"lastprivate"}), why)
    allowed: frozenset[Clause] = frozenset({"private", "lastprivate"})
    if own:
        return Sharing(frozenset(), allowed, f"{name} is the induction variable and is private by itself")
    why = f"{name} is an inner loop's induction variable, declared outside the loop: it must be private"
    return Sharing(frozenset({"private"}), allowed, why, instead=allowed)


def may_have_copies(variable: Variable) -> bool:
    """Whether the facts leave open what the variable is, so that a clause may turn out right for it.

    It must be the function's own: code elsewhere that reads a global variable would not see the copies.
    """
    return variable.undecided and variable.automatic and not is_pointer(variable) and not is_class(variable)


def _shared(variable: Variable, facts: LoopFacts) -> Sharing:
    name = variable.name
    if may_have_copies(variable):
        why = f"what one iteration leaves in {name} for another is not known"
        return Sharing(frozenset(), frozenset({"private", "firstprivate", "lastprivate", "reduction"}), why)
    if is_written(variable, facts) and not is_pointer(variable):
        return _none(f"{name} is written in place and must stay shared: list it in no clause")
    if is_class(variable) or variable.type.endswith("&"):
        return _none(f"{name} is an object that the loop only reads: leave it shared, copies would be made")
    # Copies of a value (or an address) that nobody changes are merely needless.
    return Sharing(frozenset(), frozenset({"firstprivate"}), f"{name} keeps its value throughout: leave it shared")


def _reduction(variable: Variable) -> Sharing:
    name, operator = variable.name, variable.operator or "?"
    item = name + (variable.section or "")
    why = f"{name} accumulates over the iterations: it needs reduction({operator}:{item})"
    trouble = None
    if is_class(variable):
        trouble = (
            f"{name} is a class object, which OpenMP's own reductions do not cover: accumulate in a plain variable"
        )
    elif not is_identifier(name):
        trouble = f"{name} is not a plain variable, so no clause can name it: accumulate in a local variable"
    elif is_pointer(variable) and variable.section is None:
        trouble = f"{name} is a pointer and how many elements it reaches is not known: a reduction needs [0:length]"
    return Sharing(frozenset({"reduction"}), frozenset({"reduction"}), why, trouble)


def _copied(variable: Variable) -> Sharing:
    name, role = variable.name, variable.role
    required: set[Clause] = set()
    if role == "firstprivate":
        required.add("firstprivate")
        why = f"{name} brings its value into every iteration: it must be firstprivate"
    elif role == "lastprivate" or variable.live_out:
        why = f"{name} is read after the loop: it must be lastprivate"
    else:
        why = f"{name} is set anew in every iteration: it must be {'firstprivate' if is_class(variable) else 'private'}"
    if role == "lastprivate" or variable.live_out:
        required.add("lastprivate")
    if is_class(variable) and role != "firstprivate":
        required.add("firstprivate")
        why += f" ({_CLASS_PRIVATE}, so a copy of the original is needed)"
    instead: frozenset[Clause] = frozenset()
    if not required:
        required.add("private")
        instead = frozenset({"firstprivate", "lastprivate"})  # more than is needed does no harm
    allowed: set[Clause] = {"firstprivate", "lastprivate", *required}
    trouble = None
    if not is_identifier(name):
        trouble = f"{name} is not a plain variable, so no clause can name it: use a local variable in the loop"
    return Sharing(frozenset(required), frozenset(allowed), why, trouble, instead)
