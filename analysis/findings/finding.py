"""`Finding`: a code with all that its page says; and the examples that the tests run."""

from __future__ import annotations

import re
from inspect import cleandoc
from typing import Literal

import msgspec

from ..facts import Language

Kind = Literal["parallel", "serial", "assumption", "directive", "unknown", "plan", "comment", "note"]
_CODE = re.compile(r"PRG[0-9]{3}")
_NAME = re.compile(r"[a-z]+(-[a-z]+)*")


class Example(msgspec.Struct, frozen=True, kw_only=True):
    """A program that gives the finding, and where there is one, a program that does not. Indentation is taken off.

    `before` is a whole file: analysed, it gives the finding's code, those in `along`, and no other. `says` is the
    finding's message, word for word. `after`, with `change` before it in words, gives exactly the codes in `left`.
    `pragma` is what is proposed for the first loop of `before`.

    A finding about plans can have `answers`: what a model answers for the first loop, as the JSON of
    `reasoning/schema.py`. One is held against the facts; none, or several, are the replies that a strategy gets.
    `better` is an answer that stands, for `after` or else for `before`. `earlier` is the text that the plan was made
    for, where that is another one; `change` then leads from it to `before`.
    """

    before: str
    language: Language = "c"
    intro: str = ""
    says: str | None = None
    pragma: str | None = None
    along: tuple[str, ...] = ()
    change: str = ""
    after: str | None = None
    left: tuple[str, ...] = ()
    answers: tuple[str, ...] | None = None
    better: str | None = None
    earlier: str | None = None

    def __post_init__(self) -> None:
        for field in ("before", "intro", "change", "after", "better", "earlier"):
            text = getattr(self, field)
            if text is not None:
                msgspec.structs.force_setattr(self, field, cleandoc(text))


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """Something that Pragmatist says, under a code that never changes its meaning.

    `name` is a slug; `summary` one line. `meaning`, `relevance`, `resolution` and `certainty` are sections of the page,
    in Markdown; codes of other findings in them become links.
    Raises `ValueError` for a code, name or summary that is not of this form.
    """

    code: str
    name: str
    kind: Kind
    summary: str
    meaning: str
    relevance: str
    examples: tuple[Example, ...]
    resolution: str
    certainty: str | None = None

    def __post_init__(self) -> None:
        if not _CODE.fullmatch(self.code) or not _NAME.fullmatch(self.name) or "\n" in self.summary:
            raise ValueError(f"not a code, a name in kebab case and one line: {self.code}, {self.name}, {self.summary}")
        for field in ("meaning", "relevance", "resolution", "certainty"):
            text = getattr(self, field)
            if text is not None:
                msgspec.structs.force_setattr(self, field, cleandoc(text))
