"""Names as programs have them, by what they stand for, and made-up ones that a model can only copy.

Names tell a reader much, and now and then mislead. So each kind has names of its own, and some are drawn from the
others' or made up.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

KINDS: dict[str, list[str]] = {
    kind: names.split() for kind, names in tomllib.loads((Path(__file__).parent / "names.toml").read_text()).items()
}
_SYLLABLES = "ba co di fu ge ha jo ki lu me na po qu ri so ta ve wo xi yo za".split()  # noqa: SIM905
_FOREIGN = 0.12  # of the names are drawn from another kind's
_INVENTED = 0.12
_RESERVED = frozenset(["int", "long", "for", "if", "do", "float", "double", "auto", "i", "j", "n"])


class Names:
    """Draws names that are unlike each other."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._taken = set(_RESERVED)

    def take(self, kind: str) -> str:
        """A name for something of this kind, not given out before."""
        while True:
            chance = self._draw.random()
            if chance < _INVENTED:
                name = "".join(self._draw.choice(_SYLLABLES) for _ in range(self._draw.randint(1, 3)))
                name += self._draw.choice(("", "", "_n", "2", "1"))
            elif chance < _INVENTED + _FOREIGN:
                name = self._draw.choice(KINDS[self._draw.choice(list(KINDS))])
            else:
                name = self._draw.choice(KINDS[kind])
            if name not in self._taken:
                self._taken.add(name)
                return name
            if self._draw.random() < 0.3:
                name += str(self._draw.randint(2, 9))
                if name not in self._taken:
                    self._taken.add(name)
                    return name
