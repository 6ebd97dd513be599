"""Control tokens in text: what a tokenizer would read as more than text is broken in data, and found in templates."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator


class ControlTokens:
    """The spellings of a model's control tokens; longest first, because of tokens that begin with another one."""

    def __init__(self, spellings: Iterable[str]) -> None:
        ordered = sorted(spellings, key=lambda token: (-len(token), token))
        self._pattern = re.compile("|".join(re.escape(token) for token in ordered)) if ordered else None

    def harmless(self, text: str) -> str:
        """The text with a space inside each of them. Again, because a space could complete another."""
        if self._pattern is not None:
            for _ in range(8):
                broken = self._pattern.sub(lambda match: f"{match[0][:1]} {match[0][1:]}", text)
                if broken == text:
                    break
                text = broken
        return text

    def split(self, text: str) -> Iterator[tuple[str, bool]]:
        """The pieces of the text in order, and whether each is a control token; none is empty."""
        at = 0
        for match in self._pattern.finditer(text) if self._pattern is not None else ():
            if at < match.start():
                yield text[at : match.start()], False
            yield match[0], True
            at = match.end()
        if at < len(text):
            yield text[at:], False
