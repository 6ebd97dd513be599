"""Checks that begin before their turn comes, so that no core waits for another check's end.

Their answers are taken in order all the same; those that nobody takes any more, because an earlier check refuted the
plan, are ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

Key = tuple[str, tuple[str, ...]]  # a check, and the loops that it is about


class Ahead:
    def __init__(self) -> None:
        self._tasks: dict[Key, asyncio.Future[Any]] = {}

    def begin(self, key: Key, work: Awaitable[Any]) -> None:
        self._tasks[key] = asyncio.ensure_future(work)

    async def take(self, key: Key, make: Callable[[], Awaitable[Any]]) -> Any:
        """What was begun under the key, and else what `make` gives."""
        task = self._tasks.pop(key, None)
        if task is None:
            return await make()
        try:
            return await task
        finally:
            task.cancel()

    async def drop(self, unless: Callable[[Key], bool] = lambda _: False) -> None:
        """Ends all that was begun and not taken; with `unless`, all but that."""
        dropped = [self._tasks.pop(key) for key in list(self._tasks) if not unless(key)]
        for task in dropped:
            task.cancel()
        await asyncio.gather(*dropped, return_exceptions=True)
