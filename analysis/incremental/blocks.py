"""Facts that move with the text they are about."""

from __future__ import annotations

from typing import Generic, TypeVar

from ..facts import Place
from ..lowering.again import Anchor, LoweredFile
from ..text import SourceText
from .relocation import places_in, relocated

T = TypeVar("T", bound=tuple)


class Block(Generic[T]):
    """Some facts about the stretch [start, end) of a text, or about more. `inside` are the chunks that they mention.

    The facts are as of where everything stood when `placed` was called last.
    """

    def __init__(self, facts: T, start: int, end: int, source: SourceText, lowered: LoweredFile) -> None:
        self.facts = facts
        self.place = place = source.place(start, end)
        self._elsewhere: dict[Place, Anchor] = {
            each: lowered.anchor(each.start, each.end)
            for each in places_in(facts)
            if not (place.start <= each.start and each.end <= place.end)
        }
        self.inside = frozenset(anchor.chunk for anchor in self._elsewhere.values() if anchor.inside)

    def placed(self, start: int, end: int, source: SourceText, lowered: LoweredFile) -> T:
        """The facts now that the stretch is [start, end)."""
        old, new = self.place, source.place(start, end)
        elsewhere = {place: source.place(*lowered.place_of(anchor)) for place, anchor in self._elsewhere.items()}
        if new == old and all(place == now for place, now in elsewhere.items()):
            return self.facts
        growth, lines, column = new.start - old.start, new.line - old.line, new.column - old.column

        def place(known: Place) -> Place:
            if known.start < old.start or known.end > old.end:
                return elsewhere[known]
            start, end = known.start + growth, known.end + growth
            if column and known.line == old.line:
                return source.place(start, end)
            return Place(start, end, known.line + lines, known.column, known.end_line + lines, known.end_column)

        self.facts = relocated(self.facts, place)
        self._elsewhere = {elsewhere[known]: anchor for known, anchor in self._elsewhere.items()}
        self.place = new
        return self.facts
