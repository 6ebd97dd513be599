"""Judgements on their way to the server: loops that it holds already are not sent again, and the rest comes in slices.

A text of 2,000 lines has a megabyte of judgement, nearly all of it in its loops, and an edit leaves those before it as
they were. A worker remembers what it told last of each text; the server says which telling it holds.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import OrderedDict
from collections.abc import Sequence

import msgspec

from ..engine.judgement import JudgedLoop, Judgement, told
from .messages import encode

MOST_TEXTS = 4  # of which loops are remembered: as many as the analysis keeps, since the others are judged anew
SLICE = 40  # loops that are decoded in one go, in some milliseconds


class Told(msgspec.Struct):
    """A judgement but for its loops: each of `loops` is the number of one in the telling held, or -1 for the next of
    `new`. `telling` names this one."""

    telling: str
    judgement: Judgement
    loops: tuple[int, ...]
    new: tuple[msgspec.Raw, ...]


class Teller:
    """The worker's side."""

    def __init__(self) -> None:
        self._name, self._count = secrets.token_hex(8), 0
        self._last: OrderedDict[str | None, tuple[str, tuple[JudgedLoop, ...]]] = OrderedDict()

    def tell(self, path: str | None, judgement: Judgement, held: str | None) -> Told:
        """The judgement of the text at `path` for a server that holds the telling `held`."""
        name, loops = self._last.pop(path, ("", ()))
        # By identity: `loops` is alive, and what an edit left as it was is the same object.
        numbers = {id(loop): number for number, loop in enumerate(loops)} if name == held else {}
        known = tuple(numbers.get(id(loop), -1) for loop in judgement.loops)
        changed = tuple(loop for loop, number in zip(judgement.loops, known, strict=True) if number < 0)
        self._count += 1
        telling = f"{self._name}-{self._count}"
        self._last[path] = (telling, judgement.loops)
        while len(self._last) > MOST_TEXTS:
            self._last.popitem(last=False)
        new = told(msgspec.structs.replace(judgement, loops=changed)).loops
        rest = msgspec.structs.replace(judgement, loops=())
        return Told(telling, rest, known, tuple(msgspec.Raw(encode(loop)) for loop in new))


_decode_loop = msgspec.json.Decoder(JudgedLoop).decode


async def heard(answer: Told, held: Sequence[JudgedLoop]) -> Judgement:
    """The judgement, on the server's side, where `held` are the loops of the telling that it said it holds.

    Decoded in slices, between which the event loop does other things.
    """
    fresh: list[JudgedLoop] = []
    for number, raw in enumerate(answer.new, 1):
        fresh.append(_decode_loop(raw))
        if number % SLICE == 0:
            await asyncio.sleep(0)
    following = iter(fresh)
    loops = tuple(next(following) if number < 0 else held[number] for number in answer.loops)
    return msgspec.structs.replace(answer.judgement, loops=loops)
