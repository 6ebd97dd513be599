"""The tree-sitter grammars: parsers, and every node name of theirs that Pragmatist knows.

Nodes are told apart by `kind_id`, a small integer, which costs half of what `Node.type` does. One name may have
several ids (aliases), and the two grammars number differently; `Grammar.ids` maps a name to its ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from typing import TypeVar

import tree_sitter
import tree_sitter_c
import tree_sitter_cpp
from tree_sitter import Node, Parser, Range, Tree

from .facts import Language

__all__ = ["Grammar", "Node", "Tree", "grammar", "parse", "parse_again", "parse_ranges"]

Handler = TypeVar("Handler", bound=Callable)


class Grammar:
    """One grammar with its node names resolved to ids."""

    def __init__(self, language: tree_sitter.Language) -> None:
        self.language = language
        named: dict[str, set[int]] = {}
        anonymous: dict[str, set[int]] = {}
        for kind in range(language.node_kind_count):
            name = language.node_kind_for_id(kind)
            if name is not None:
                (named if language.node_kind_is_named(kind) else anonymous).setdefault(name, set()).add(kind)
        self._named = named
        self._anonymous = anonymous

    def ids(self, *names: str) -> frozenset[int]:
        """The ids of named nodes; names that this grammar lacks have none."""
        return frozenset(kind for name in names for kind in self._named.get(name, ()))

    def tokens(self, *texts: str) -> frozenset[int]:
        """The ids of anonymous nodes: keywords and punctuation."""
        return frozenset(kind for text in texts for kind in self._anonymous.get(text, ()))

    def table(self, handlers: Mapping[str, Handler]) -> dict[int, Handler]:
        """`handlers`, by node name, as a table by id."""
        return {kind: handler for name, handler in handlers.items() for kind in self._named.get(name, ())}


@cache
def grammar(language: Language) -> Grammar:
    module = tree_sitter_c if language == "c" else tree_sitter_cpp
    return Grammar(tree_sitter.Language(module.language()))


def parse(text: bytes, language: Language, old_tree: Tree | None = None) -> Tree:
    """The tree of `text`; with the edited `old_tree` of an earlier version only what changed is parsed."""
    parser = Parser(grammar(language).language)
    return parser.parse(text, old_tree) if old_tree is not None else parser.parse(text)


def parse_again(text: bytes, language: Language, old_tree: Tree, changed: Iterable[tuple[int, int]]) -> Tree:
    """The tree of a text that differs from that of `old_tree` (which this spoils) in some ranges, lengths unchanged."""
    for start, end in changed:
        # Points are not used by anything here; bytes alone decide what is parsed again.
        old_tree.edit(start, end, end, (0, start), (0, end), (0, end))
    return parse(text, language, old_tree)


def parse_ranges(text: bytes, language: Language, ranges: Iterable[tuple[int, int]]) -> Tree:
    """The tree of some byte ranges of `text` read as if nothing stood between them. Offsets stay those of `text`."""
    parser = Parser(grammar(language).language)
    # Points are not used by anything here; tree-sitter only wants them to be ordered.
    parser.included_ranges = [Range((0, start), (0, end), start, end) for start, end in ranges]
    return parser.parse(text)
