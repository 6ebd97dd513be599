"""Lowering a file again after an edit: one function, where the edit lies inside its body and concerns nothing else.

What lowering keeps of a function is as if the whole file had been lowered anew. Where that is not certain the answer is
None, and the whole must be done: an edit of a declaration, a macro or a brace; a function that declares types, or holds
preprocessing directives other than pragmas.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from itertools import islice
from typing import Any, TypeVar

import msgspec

from ..facts import Language
from ..ir.tree import Function, Symbol
from ..openmp.directive import Directive
from .bodies import closing
from .chunk import Chunk, Placed
from .chunks import lower_chunk
from .comments import blank_comments
from .conditionals import is_balanced
from .constants import HEADER_CONSTANTS
from .context import Context
from .places import move, placed_within
from .prepared import Prepared
from .preprocess import prepare_stretch
from .spelling import respell
from .type_names import parenthesized_words
from .unit import Lowered, lower_file, lower_file_items

T = TypeVar("T")


class Edit(msgspec.Struct, frozen=True):
    """[start, old_end) of the old text became [start, new_end) of the new one."""

    start: int
    old_end: int
    new_end: int

    @property
    def growth(self) -> int:
        return self.new_end - self.old_end


def difference(old: bytes, new: bytes) -> Edit:
    """The smallest stretch outside of which two texts are equal."""
    shorter = min(len(old), len(new))
    low, high = 0, shorter
    while low < high:
        middle = (low + high + 1) // 2
        if old[low:middle] == new[low:middle]:
            low = middle
        else:
            high = middle - 1
    start = low
    low, high = 0, shorter - start
    while low < high:
        middle = (low + high + 1) // 2
        if old[len(old) - middle : len(old) - low] == new[len(new) - middle : len(new) - low]:
            low = middle
        else:
            high = middle - 1
    return Edit(start, len(old) - low, len(new) - low)


class Change(msgspec.Struct):
    """What was lowered again: which function; and the variables whose address is taken now, or is no more."""

    edit: Edit
    chunk: Chunk
    flipped: list[Symbol]


class Anchor(msgspec.Struct, frozen=True):
    """A place by the chunk in which or behind which it stands (-1: before all), from its start or its end on."""

    chunk: int
    inside: bool
    start: int
    end: int


class LoweredFile:
    """One version of a file after another. `unit` is of the last text; functions stay the same objects.

    Places in a function are up to date only after `settle` was called for it.
    """

    def __init__(
        self,
        text: bytes,
        language: Language,
        *,
        defines: Mapping[str, str] = {},
        headers: Mapping[str, bytes] = {},
    ) -> None:
        self.text = text
        self._language: Language = language
        self._lowered: Lowered = lower_file(text, language, defines=defines, headers=headers)
        self.unit = self._lowered.unit
        self.chunks = self._lowered.chunks
        self.chunk_of = {id(chunk.function): chunk for chunk in self.chunks if chunk.function is not None}
        cx = self._lowered.cx
        prepared = cx.prepared
        self._fixed = HEADER_CONSTANTS.keys() & cx.unknowns.keys() or cx.redefined or prepared.limited
        self._takers: dict[Symbol, int] = {}  # how many chunks take the address of each variable
        for chunk in self.chunks:
            for symbol in chunk.addressed:
                self._takers[symbol] = self._takers.get(symbol, 0) + 1
        self._numbers = {id(chunk): number for number, chunk in enumerate(self.chunks)}
        inside = {id(directive) for chunk in self.chunks for directive in chunk.directives}
        self._other_directives = tuple(each for each, _ in self.unit.directives if id(each) not in inside)
        self._outer: list[Any] | None = None  # what has places outside of chunks, in the order of the text
        self._outer_ids: set[int] = set()
        self._replayed = 0, {}

    def errors(self) -> list[tuple[int, str]]:
        """The places and messages of everything that could not be read."""
        lowered = self._lowered
        errors = [*lowered.errors, *(error for chunk in self.chunks for error in chunk.errors)]
        included = lowered.cx.prepared.included
        kept = [(error.start, error.message) for error in errors if not any(a <= error.start < b for a, b in included)]
        return sorted(kept, key=lambda error: error[0])

    def settle(self, function: Function) -> None:
        """Brings the places in a function up to date."""
        chunk = self.chunk_of.get(id(function))
        if chunk is not None and chunk.moved:
            self._settle(chunk)

    def _settle(self, chunk: Chunk) -> None:
        if chunk.placed is None:
            chunk.placed = self._placed(chunk)
        move(chunk.placed, chunk.moved)
        chunk.moved = 0

    def _placed(self, chunk: Chunk) -> list[Placed]:
        roots = [chunk.function, chunk.made, chunk.directives, chunk.errors]
        return placed_within(roots, self._ids_outside())

    def _ids_outside(self) -> set[int]:
        if self._outer is None:
            cx = self._lowered.cx
            inside = {id(chunk.function) for chunk in self.chunks if chunk.function is not None}
            numbered = {id(directive) for chunk in self.chunks for directive in chunk.directives}
            roots = [
                cx.globals, [function for function in self.unit.functions if id(function) not in inside], cx.records,
                cx.env, cx.members, cx.namespaces, cx.aliases, self._lowered.errors,
                [each for each in cx.prepared.directives if id(each) not in numbered],
                [binding for _, binding in cx.journal],
            ]  # fmt: skip
            outer = placed_within(roots)
            self._outer = sorted((each for each in outer if each.end > 0), key=lambda each: each.start)
            self._outer_ids = {id(each) for each in outer}
        return self._outer_ids

    # ---- places

    def number(self, chunk: Chunk) -> int:
        """The chunk's number in the order of the text, which it keeps."""
        return self._numbers[id(chunk)]

    def extent(self, function: Function) -> tuple[int, int]:
        """Where a function stands, settled or not."""
        chunk = self.chunk_of.get(id(function))
        return (function.start, function.end) if chunk is None else (chunk.start, chunk.end)

    def anchor(self, start: int, end: int) -> Anchor:
        """A place of this version, such that `place_of` finds it in later ones."""
        number = bisect_right(self.chunks, start, key=lambda chunk: chunk.start) - 1
        if number < 0:
            return Anchor(-1, False, start, end)
        chunk = self.chunks[number]
        inside = start < chunk.end
        base = chunk.start if inside else chunk.end
        return Anchor(number, inside, start - base, end - base)

    def place_of(self, anchor: Anchor) -> tuple[int, int]:
        if anchor.chunk < 0:
            return anchor.start, anchor.end
        chunk = self.chunks[anchor.chunk]
        base = chunk.start if anchor.inside else chunk.end
        return base + anchor.start, base + anchor.end

    def directives(self) -> dict[int, tuple[Directive, ...]]:
        """The directives by the identity of the function around them, with which they are settled; 0 for all others."""
        found = {0: self._other_directives}
        for chunk in self.chunks:
            if chunk.directives:
                if chunk.moved and chunk.function is None:
                    self._settle(chunk)
                key = id(chunk.function) if chunk.function is not None else 0
                found[key] = (*found.get(key, ()), *chunk.directives)
        return found

    def function_of(self, key: int) -> Function:
        """The function in a chunk that has an identity."""
        function = self.chunk_of[key].function
        assert function is not None
        return function

    def placed_ids(self, function: Function) -> set[int]:
        """The identities of all that has a place in a function, or outside of all chunks."""
        outside = self._ids_outside()
        chunk = self.chunk_of.get(id(function))
        if chunk is None:
            return outside
        if chunk.placed is None:
            chunk.placed = self._placed(chunk)
        return outside | {id(each) for each in chunk.placed}

    # ---- after an edit

    def update(self, text: bytes) -> Change | None:
        """Lowers what an edit concerns; None, and the object is of no more use, where that is the whole file."""
        edit = difference(self.text, text)
        found = bisect_right(self.chunks, edit.start, key=lambda chunk: chunk.start) - 1
        if self._fixed or found < 0:
            return None
        chunk = self.chunks[found]
        if not chunk.alone or not (chunk.start + chunk.opened < edit.start and edit.old_end < chunk.end):
            return None
        self._ids_outside()
        prepared = self._prepare(chunk, text, edit)
        if prepared is None:
            return None
        before = chunk.addressed
        self._make_room(found, edit)
        self.text = text
        if not self._lower(chunk, prepared):
            return None
        return Change(edit, chunk, self._flipped(before, chunk.addressed))

    def _flipped(self, before: frozenset[Symbol], after: frozenset[Symbol]) -> list[Symbol]:
        """Counts whose address one function takes; the variables outside of it to which that makes a difference."""
        flipped: list[Symbol] = []
        for symbol in before ^ after:
            if symbol.function is None and symbol not in self._lowered.addressed:
                count = self._takers.get(symbol, 0)
                self._takers[symbol] = count + (1 if symbol in after else -1)
                if (count > 0) != (self._takers[symbol] > 0):
                    flipped.append(symbol)
                symbol.address_taken = self._takers[symbol] > 0
        return flipped

    def _prepare(self, chunk: Chunk, text: bytes, edit: Edit) -> Prepared | None:
        """The chunk's new text for the grammar; None where more than that may have changed."""
        old = self._known(chunk)
        whole = self._lowered.cx.prepared
        if old is None:
            return None
        stretch = text[chunk.start : chunk.end + edit.growth]
        new = prepare_stretch(stretch, self._language, whole.setting, self._place_at_first(chunk), chunk.numbered)
        if new is None or new.text[chunk.head - 1 : chunk.head] != b"{" or new.starts[chunk.head - 1] != chunk.opened:
            return None
        if closing(new.text, chunk.head - 1) != len(new.text) - 1:
            return None
        if whole.conditions and not is_balanced(blank_comments(stretch, self._language)):
            return None  # a conditional around it may not hold whole statements any more
        if not (new.symbolic <= whole.symbolic and new.choices.keys() <= whole.choices.keys()):
            return None
        if new.setting.types != old.types or not self._same_casts(old.words ^ new.setting.words, text):
            return None
        chunk.setting = new.setting
        return new

    def _known(self, chunk: Chunk):
        """The names of types in the chunk as it was, once it is certain that it can be prepared alone."""
        if chunk.setting is None:
            whole = self._lowered.cx.prepared
            stretch = self.text[chunk.start : chunk.end]
            offset = self._place_at_first(chunk)
            alone = prepare_stretch(stretch, self._language, whole.setting, offset, chunk.numbered)
            end = chunk.at + len(chunk.text)
            if (
                alone is None
                or alone.text[chunk.head :] != whole.text[chunk.at + chunk.head : end]
                or array("I", [place + offset for place in alone.starts]) != whole.starts[chunk.at : end + 1]
                or len(alone.directives) != len(chunk.directives)
            ):
                return None
            chunk.setting = alone.setting
        return chunk.setting

    def _place_at_first(self, chunk: Chunk) -> int:
        """Where the chunk began in the text that was prepared as a whole."""
        return self._lowered.cx.prepared.starts[chunk.at]

    def _same_casts(self, words: frozenset[bytes], text: bytes) -> bool:
        """Whether the names of types that stand in parentheses somewhere are the same, where `words` changed."""
        setting = self._lowered.cx.prepared.setting
        if words & setting.types:
            found = parenthesized_words(respell(blank_comments(text, self._language), self._language))
            return found & setting.types == setting.words & setting.types
        return True

    def _make_room(self, index: int, edit: Edit) -> None:
        """Moves what stands behind the edit."""
        growth = edit.growth
        if not growth:
            return
        self.chunks[index].end += growth
        for chunk in islice(self.chunks, index + 1, None):
            chunk.start += growth
            chunk.end += growth
            chunk.moved += growth
            if chunk.errors:
                self._settle(chunk)
        outer = self._outer
        assert outer is not None
        move(islice(outer, bisect_left(outer, edit.old_end, key=lambda each: each.start), None), growth)
        prepared = self._lowered.cx.prepared
        prepared.included = [
            (start + growth, end + growth) if start >= edit.old_end else (start, end)
            for start, end in prepared.included
        ]
        self._lowered.unit.included = tuple(prepared.included)
        prepared.conditions = [
            (text, start + growth, end + growth) if start >= edit.old_end else (text, start, end)
            for text, start, end in prepared.conditions
        ]

    def _lower(self, chunk: Chunk, prepared: Prepared) -> bool:
        cx, function = self._lowered.cx, chunk.function
        assert function is not None
        directives = list(prepared.directives)
        for directive in directives:
            move((directive, *directive.clauses), chunk.start)
        places = array("I", [place + chunk.start for place in prepared.starts])
        ends = array("I", [place + chunk.start for place in prepared.ends])
        text = chunk.text[: chunk.head] + prepared.text[chunk.head :]
        whole = cx.prepared
        kept = cx.records, cx.members, cx.namespaces
        self._return_to(cx, chunk)
        errors = [error for error in whole.errors if chunk.start <= error.start < chunk.end]
        cx.prepared = msgspec.structs.replace(whole, errors=errors, directives=_Numbered(chunk.numbered, directives))
        journal = len(cx.journal)
        try:
            found, errors, addressed, alone = lower_chunk(cx, text, places, ends, lower_file_items)
        finally:
            cx.prepared = whole
            cx.records, cx.members, cx.namespaces = kept
        if found is None or not alone or len(cx.journal) != journal or HEADER_CONSTANTS.keys() & cx.unknowns.keys():
            return False
        for name in Function.__struct_fields__:
            if name != "included":
                setattr(function, name, getattr(found, name))
        chunk.text, chunk.errors, chunk.addressed, chunk.made = text, errors, addressed, tuple(cx.made)
        chunk.directives, chunk.moved, chunk.placed = tuple(directives), 0, None
        cx.spare = {}
        return True

    def _return_to(self, cx: Context, chunk: Chunk) -> None:
        """Sets the context to what it was after the chunk was lowered first."""
        position, env = self._replayed
        if position > chunk.journal:
            position, env = 0, {}
        for name, binding in islice(cx.journal, position, chunk.journal):
            if binding is None:
                env.pop(name, None)
            else:
                env[name] = binding
        self._replayed = chunk.journal, env
        cx.env = env
        cx.scopes = [{} for _ in range(chunk.scopes)]
        cx.prefix, cx.anonymous_namespace, cx.using_std = chunk.prefix, chunk.anonymous_namespace, set(chunk.using_std)
        cx.records, cx.members, cx.namespaces = (
            _first(cx.records, chunk.records), _first(cx.members, chunk.members),
            _first(cx.namespaces, chunk.namespaces),
        )  # fmt: skip
        cx.original = self.text
        cx.inside = False
        cx.function, cx.this, cx.locals, cx.functions, cx.errors, cx.bodies = None, None, [], [], [], {}
        cx.depth = cx.nesting = cx.block_depth = cx.tolerated = 0
        cx.has_goto = cx.in_error = False
        cx.misread, cx.lambda_scopes = [], []
        cx.spare = {}
        for symbol in chunk.made:
            cx.spare.setdefault(symbol.name, []).append(symbol)


def _first(table: dict[str, T], count: int) -> dict[str, T]:
    return table if len(table) == count else dict(islice(table.items(), count))


class _Numbered(list[Directive]):
    """The directives of one function by their numbers in the file."""

    def __init__(self, before: int, directives: list[Directive]) -> None:
        super().__init__(directives)
        self._before = before

    def __getitem__(self, number: Any) -> Any:
        return super().__getitem__(number - self._before)

    def __len__(self) -> int:
        return super().__len__() + self._before
