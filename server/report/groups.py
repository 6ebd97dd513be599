"""Dependences that say the same to a reader, under one number: in the source, in the drawing and in the list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import msgspec

from ...analysis.facts import Access, Dependence, LoopFacts, Place


class Group(msgspec.Struct, frozen=True):
    """Dependences of one variable, of one kind and distance; or all that one clause removes from it."""

    number: int
    dependences: tuple[Dependence, ...]

    @property
    def first(self) -> Dependence:
        return self.dependences[0]

    @property
    def is_removed(self) -> bool:
        """By a clause; an atomic update is for the author to write."""
        return self.first.removable not in (None, "atomic")

    @property
    def style(self) -> str:
        """How it is marked and drawn: by its kind, or as one that a clause removes."""
        kinds = [each.kind for each in self.dependences]
        return "removed" if self.is_removed else "flow" if "flow" in kinds else kinds[0]

    @property
    def places(self) -> Iterator[tuple[Place, bool]]:
        """Each place once, and whether it is where dependences of the group begin (else where they end)."""
        yield from dict.fromkeys((each.source, True) for each in self.dependences)
        yield from dict.fromkeys((each.sink, False) for each in self.dependences)


def groups_of(loop: LoopFacts) -> list[Group]:
    """The dependences that the loop carries: first what nothing removes."""
    found: dict[tuple[object, ...], list[Dependence]] = {}
    for each in sorted(loop.dependences, key=lambda dependence: dependence.removable is not None):
        if each.removable is not None:
            key = (each.variable, each.removable)
        else:
            key = (each.variable, each.kind, each.distance, each.direction, each.proved, each.condition)
            if each.distance[:1] in ((), (None,)):  # then the subscripts tell which iterations meet
                key += (each.source, each.sink)
        found.setdefault(key, []).append(each)
    return [Group(number, tuple(each)) for number, each in enumerate(found.values(), 1)]


def access_at(loop: LoopFacts, place: Place, kind: str) -> Access | None:
    return next((each for each in loop.accesses if each.place == place and each.kind == kind), None)


def what_happens(group: Group) -> str:
    """In words, with code between backticks."""
    one = group.first
    source, sink = one.source_text, one.sink_text
    if one.removable is not None:
        carried = f"`{one.variable}` carries a value from iteration to iteration"
        if one.removable == "atomic":
            carried = f"several iterations {'update' if one.proved else 'may update'} one `{sink}`"
        return f"{carried}; {_REMOVED_BY.get(one.removable, one.removable)}"
    if one.kind == "flow":
        words = f"`{sink}` reads what `{source}` wrote"
    elif one.kind == "anti":
        words = f"`{sink}` overwrites what `{source}` had to read"
    else:
        words = f"`{sink}` overwrites what `{source}` wrote"
    return words if one.proved else f"perhaps {words}"


_REMOVED_BY = {
    "reduction": "a `reduction` clause gives each thread a part of its own",
    "private": "a `private` clause gives each thread its own",
    "atomic": "where the updates are atomic, their order does not matter",
}


def how_far(dependence: Dependence, names: Sequence[str]) -> str:
    """The distance in words: "1 iteration of `i` and 2 of `j` earlier". `names` are the loops', outer first."""
    first = dependence.distance[0] if dependence.distance else None
    if first is None:
        return "in some earlier iteration"
    earlier = [f"{first} iteration{'s' * (first != 1)}" + (f" of `{names[0]}`" if names[0] else "")]
    later: list[str] = []
    for name, distance in zip(names[1:], dependence.distance[1:], strict=False):
        if distance:
            (earlier if distance > 0 else later).append(f"{abs(distance)} of `{name}`")
    words = [f"{' and '.join(parts)} {when}" for parts, when in ((earlier, "earlier"), (later, "later")) if parts]
    return ", ".join(words)


def as_vectors(dependence: Dependence) -> str:
    """Distance and direction as the literature writes them: "(1, 0) (<, =)"."""
    distance = ", ".join("*" if each is None else str(each) for each in dependence.distance)
    return f"distance ({distance}), direction ({', '.join(dependence.direction)})"
