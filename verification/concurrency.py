"""Many things at once: `concurrently` waits for all or cancels all; `Cores` hands out turns on the machine's cores."""

from __future__ import annotations

import asyncio
import contextlib
import enum
import heapq
import itertools
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

T = TypeVar("T")
U = TypeVar("U")


async def concurrently(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    """The results, in order. Where one raises, the others are cancelled and waited for, and its exception is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def both(one: Coroutine[Any, Any, T], other: Coroutine[Any, Any, U]) -> tuple[T, U]:
    """Likewise for two of different kinds."""
    first: list[T] = []
    second: list[U] = []

    async def put(work: Coroutine[Any, Any, Any], result: list[Any]) -> None:
        result.append(await work)

    await concurrently([put(one, first), put(other, second)])
    return first[0], second[0]


class Precedence(enum.IntEnum):
    """Who gets a core first. CHAIN: a command that others follow one by one, so that whoever waits for the last of them
    waits for this one already. BACKGROUND: what nobody waits for yet."""

    CHAIN = 0
    USUAL = 1
    BACKGROUND = 2


# Of this task, and of those that it makes.
precedence: ContextVar[Precedence] = ContextVar("precedence", default=Precedence.USUAL)


@contextlib.contextmanager
def preceding(own: Precedence) -> Iterator[None]:
    token = precedence.set(own)
    try:
        yield
    finally:
        precedence.reset(token)


class Cores:
    """`total` turns on the machine's cores, by precedence and then first come, first served; who asks for more than
    there are gets all."""

    def __init__(self, total: int) -> None:
        self.total = max(1, total)
        self._free = self.total
        self._numbers = itertools.count()
        self._waiting: list[tuple[Precedence, int, int, asyncio.Future[None]]] = []  # a heap: wanted stands before turn

    @contextlib.asynccontextmanager
    async def take(self, wanted: int) -> AsyncIterator[None]:
        wanted, own = min(wanted, self.total), precedence.get()
        if self._free < wanted or (self._waiting and self._waiting[0][0] <= own):
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            heapq.heappush(self._waiting, (own, next(self._numbers), wanted, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give(wanted)
                else:
                    self._waiting = [each for each in self._waiting if each[3] is not turn]
                    heapq.heapify(self._waiting)
                    self._give(0)
                raise
        else:
            self._free -= wanted
        try:
            yield
        finally:
            self._give(wanted)

    @contextlib.asynccontextmanager
    async def take_all(self) -> AsyncIterator[None]:
        async with self.take(self.total):
            yield

    def _give(self, back: int) -> None:
        self._free += back
        while self._waiting and self._waiting[0][2] <= self._free:
            _, _, wanted, turn = heapq.heappop(self._waiting)
            if not turn.done():
                self._free -= wanted
                turn.set_result(None)
