"""Judging many files: in this process where they are few, in worker processes where that pays.

A worker that crashes or takes too long costs its file, not the run; results come in the order of the files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

import msgspec

from ...analysis.facts import Language
from .compile_commands import flags_for
from .discovery import SourcePath, language_of
from .judge import judge_text
from .judgement import Judgement
from .reading import Unreadable, read_source

# A worker costs about 0.3 s of one core to start: below this much text one process is done sooner.
WORTH_WORKERS = 300_000  # bytes
FILE_SECONDS = 300.0


class JudgedFile(msgspec.Struct):
    """A file and what came out: a judgement, or the problem that kept it from being read."""

    path: str
    shown: str
    language: Language
    judgement: Judgement | None = None
    problem: str | None = None


class FileJudgement(msgspec.Struct):
    """What a worker answers for one file: see `JudgedFile`."""

    language: Language
    judgement: Judgement | None = None
    problem: str | None = None


def judge_file(path: str) -> FileJudgement:
    """Read and judge one file. Never raises for what the file is."""
    language = language_of(path)
    try:
        text = read_source(path)
    except Unreadable as error:
        return FileJudgement(language, problem=str(error))
    language = language_of(path, text)
    return FileJudgement(language, judge_text(text, language, flags_for(path).defines))


def judge_files(sources: Sequence[SourcePath], done: Callable[[JudgedFile], None] = lambda _: None) -> list[JudgedFile]:
    """Judge every source; `done` is called with each as it is finished."""
    processes = min(os.cpu_count() or 1, len(sources), 8)
    if processes > 1 and _size(sources) >= WORTH_WORKERS:
        import asyncio

        return asyncio.run(_judge_in_workers(sources, processes, done))
    results: list[JudgedFile] = []
    for source in sources:
        results.append(_result(source, judge_file(source.path)))
        done(results[-1])
    return results


async def _judge_in_workers(
    sources: Sequence[SourcePath], processes: int, done: Callable[[JudgedFile], None]
) -> list[JudgedFile]:
    import asyncio

    from ..worker.client import Worker, WorkerError
    from ..worker.tasks import FilePath

    results: list[JudgedFile | None] = [None] * len(sources)
    waiting = iter(enumerate(sources))

    async def work(worker: Worker) -> None:
        async with worker:
            for index, source in waiting:
                try:
                    answer = await worker.call("judge_file", FilePath(source.path), FileJudgement, timeout=FILE_SECONDS)
                except TimeoutError:
                    answer = FileJudgement(source.language, problem=f"analysis stopped after {FILE_SECONDS:.0f} s")
                except WorkerError as error:
                    answer = FileJudgement(source.language, problem=f"internal error: {error}; please report this file")
                result = results[index] = _result(source, answer)
                done(result)

    async with asyncio.TaskGroup() as group:
        for number in range(processes):
            group.create_task(work(Worker(f"analysis {number + 1}")))
    return [result for result in results if result is not None]


def _result(source: SourcePath, answer: FileJudgement) -> JudgedFile:
    return JudgedFile(source.path, source.shown, answer.language, answer.judgement, answer.problem)


def _size(sources: Sequence[SourcePath]) -> int:
    total = 0
    for source in sources:
        try:
            total += os.stat(source.path).st_size
        except OSError:
            continue
    return total
