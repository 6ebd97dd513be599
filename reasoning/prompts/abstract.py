"""The abstract of a loop: its facts as a few short lines, which is all that a model is told of it.

Every line begins with a key of ours and holds only cleaned text, so nothing in the program can end the data early or
begin a line of its own. The lines are ordered from what decides (unknowns, dependences, roles) to what helps.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from ...analysis.facts import Access, Assumption, Dependence, LoopFacts, LoopHeader, Variable
from ..schema import Target
from .clean import code, message

VERSION = 2  # of the form below; part of the key under which answers are kept
MOST_LINES = 24  # of one kind; a model of a small context must still see every kind


def loop_abstract(facts: LoopFacts, *, nest: Sequence[LoopFacts] = (), target: Target = "cpu") -> str:
    """The abstract of one loop. `nest` holds the loops around and in it, in any order, as far as they are known."""
    lines = [f"target: {target}", *_nest(facts, nest)]
    lines += _most((f"unknown: {message(reason.message)}" for reason in facts.unknowns), "unknown")
    lines += _most((variable_line(variable, facts) for variable in facts.variables), "variable")
    lines += _most(_once(dependence_line(dependence) for dependence in facts.dependences), "dependence")
    lines += _most(_once(_access(access) for access in facts.accesses if access.subscripts), "access")
    lines += _most((_assumption(assumption) for assumption in facts.assumptions), "assumption")
    if facts.calls:
        lines.append("calls: " + ", ".join(code(name) for name in facts.calls[:MOST_LINES]))
    lines.append(f"control flow: {_control_flow(facts)}")
    return "\n".join(lines)


def _nest(facts: LoopFacts, nest: Sequence[LoopFacts]) -> Iterator[str]:
    for loop in sorted(nest, key=lambda one: one.place.start):
        if loop.id != facts.id and loop.place.start <= facts.place.start and loop.place.end >= facts.place.end:
            yield f"outer loop: {_header(loop)}"
    yield f"loop: {_header(facts)}"
    for loop in sorted(nest, key=lambda one: one.place.start):
        if loop.id != facts.id and facts.place.start <= loop.place.start and loop.place.end <= facts.place.end:
            yield f"inner loop: {_header(loop)}"
    if facts.collapsible > 1:
        yield f"collapsible: {facts.collapsible} loops"


def _header(loop: LoopFacts) -> str:
    header: LoopHeader | None = loop.header
    if header is None:
        return f"{loop.kind}, not in canonical form"
    name = code(header.variable)
    trip = header.trip_count if header.trip_count is not None else header.trip_expression
    return (
        f"for {code(header.variable_type)} {name} = {code(header.lower)}; "
        f"{name} {code(header.comparison)} {code(header.upper)}; step {code(header.step)}"
        + (f"; trip count {code(str(trip))}" if trip is not None else "")
    )


def variable_line(variable: Variable, facts: LoopFacts) -> str:
    role: str = variable.role
    if role == "induction" and facts.header is not None and facts.header.variable == variable.name:
        role = "induction variable of this loop"
    if variable.operator is not None:
        role += f" {variable.operator}"
    notes = [code(variable.type)]
    notes += ["array"] if variable.is_array else []
    notes += ["class"] if variable.is_class else []
    notes += ["role not decided"] if variable.undecided else []
    notes += ["read after the loop"] if variable.live_out else []
    return f"variable: {code(variable.name)}{code(variable.section or '')} is {role} ({', '.join(notes)})"


def dependence_line(dependence: Dependence) -> str:
    distance = ", ".join("?" if one is None else str(one) for one in dependence.distance)
    words = f"dependence: {dependence.kind} on {code(dependence.variable)}, {code(dependence.source_text)} to "
    words += f"{code(dependence.sink_text)}, distance ({distance})"
    if not dependence.proved:
        words += ", not proved"
    if dependence.condition is not None:
        words += f", only if {code(dependence.condition)}"
    if dependence.removable is not None:
        words += f", removed by {code(dependence.removable)}"
    return words


def _access(access: Access) -> str:
    subscripts = "".join(f"[{code(one)}]" for one in access.subscripts)
    notes = [] if access.affine else [f"not affine: {code(access.text)}"]
    notes += ["conditional"] if access.conditional else []
    return f"{access.kind}: {code(access.variable)}{subscripts}" + (f" ({', '.join(notes)})" if notes else "")


def _assumption(assumption: Assumption) -> str:
    words = f"assumed: {message(assumption.message)}"
    if assumption.discharged_by is not None:
        return f"{words} (holds: {message(assumption.discharged_by)})"
    return words + (f" (condition: {code(assumption.guard, 200)})" if assumption.guard is not None else "")


def _control_flow(facts: LoopFacts) -> str:
    conditional = sum(access.conditional for access in facts.accesses)
    parts = [
        "innermost" if facts.innermost else "has inner loops",
        f"{conditional} conditional accesses" if conditional else "no conditional accesses",
    ]
    parts += [f"about {facts.work} operations an iteration"] if facts.work is not None else []
    parts += [message(note.message) for note in facts.notes[:4]]
    return "; ".join(parts)


def _once(lines: Iterable[str]) -> Iterator[str]:
    return iter(dict.fromkeys(lines))


def _most(lines: Iterable[str], what: str) -> list[str]:
    found = list(lines)
    left = len(found) - MOST_LINES
    return found if left <= 0 else [*found[:MOST_LINES], f"{what}: {left} more are not shown"]
