"""Judging many files in worker processes.

A worker that crashes or takes too long costs its file, not the run; results come in the order of the files.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence

from ..engine.discovery import SourcePath
from ..engine.files import FileJudgement, JudgedFile
from .client import Worker, WorkerError
from .tasks import FilePath

MOST_WORKERS = 8
FILE_SECONDS = 120.0


def judge_in_workers(sources: Sequence[SourcePath], done: Callable[[JudgedFile], None]) -> list[JudgedFile]:
    """Judge every source, as many at a time as there are cores; `done` is called with each as it is finished."""
    processes = min(os.cpu_count() or 1, len(sources), MOST_WORKERS)
    return asyncio.run(_judge(sources, processes, done))


async def _judge(sources: Sequence[SourcePath], processes: int, done: Callable[[JudgedFile], None]) -> list[JudgedFile]:
    results: dict[int, JudgedFile] = {}
    waiting = iter(enumerate(sources))

    async def work(worker: Worker) -> None:
        async with worker:
            for index, source in waiting:
                answer = await _ask(worker, source)
                results[index] = JudgedFile.of(source, answer)
                done(results[index])

    async with asyncio.TaskGroup() as group:
        for number in range(processes):
            group.create_task(work(Worker(f"analysis {number + 1}")))
    return [results[index] for index in sorted(results)]


async def _ask(worker: Worker, source: SourcePath) -> FileJudgement:
    try:
        return await worker.call("judge_file", FilePath(source.path), FileJudgement, timeout=FILE_SECONDS)
    except TimeoutError:
        return FileJudgement(source.language, problem=f"the analysis was stopped after {FILE_SECONDS:.0f} s")
    except WorkerError as error:
        return FileJudgement(source.language, problem=f"internal error: {error}; please report this file")
