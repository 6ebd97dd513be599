"""Many things at once: `concurrently` waits for all or cancels all; `Cores` hands out turns on the machine's cores."""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable
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


# What is done with this set makes way for all that somebody waits for.
in_background: ContextVar[bool] = ContextVar("in_background", default=False)


class Cores:
    """`total` turns on the machine's cores, first come, first served; who asks for more than there are gets all."""

    def __init__(self, total: int) -> None:
        self.total = max(1, total)
        self._free = self.total
        self._waiting: deque[tuple[int, asyncio.Future[None]]] = deque()
        self._behind: deque[tuple[int, asyncio.Future[None]]] = deque()  # those in the background

    @contextlib.asynccontextmanager
    async def take(self, wanted: int) -> AsyncIterator[None]:
        wanted = min(wanted, self.total)
        behind = in_background.get()
        if self._waiting or (behind and self._behind) or self._free < wanted:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            (self._behind if behind else self._waiting).append((wanted, turn))
            try:
                await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled():
                    self._give(wanted)
                else:
                    self._waiting, self._behind = (
                        deque(each for each in queue if each[1] is not turn) for queue in (self._waiting, self._behind)
                    )
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
        while (queue := self._waiting or self._behind) and queue[0][0] <= self._free:
            wanted, turn = queue.popleft()
            if not turn.done():
                self._free -= wanted
                turn.set_result(None)
