"""What `check` and `fix` begin with: the files behind the paths, judged, and what is wrong with the others."""

from __future__ import annotations

import contextlib
import gc
import os
from collections.abc import Sequence

from ..engine.discovery import SourcePath, find_sources
from ..engine.files import JudgedFile, judge_file
from .output import complain
from .progress import file_progress

# A worker costs about 0.3 s of one core to start: below this much text one process is done sooner.
WORTH_WORKERS = 300_000  # bytes
GARBAGE = 100_000  # objects between collections: an analysis makes many objects and few cycles


def judge_paths(paths: Sequence[str]) -> tuple[list[JudgedFile], bool]:
    """Every file behind the paths, in order, and whether everything could be looked at; complains on stderr."""
    sources, problems = find_sources(paths)
    for path, problem in problems:
        complain(f"{path}: {problem}")
    if not sources and not problems:
        complain(f"no C or C++ files in {', '.join(paths)}")
    files = _judge(sources)
    for file in files:
        if file.problem is not None:
            complain(f"{file.path}: {file.problem}")
    judged = [file.judgement for file in files if file.judgement is not None]
    wrong = dict.fromkeys(each.settings_problem for each in judged if each.settings_problem is not None)
    for problem in wrong:  # once for the project, not for each of its files
        complain(problem)
    whole = len(judged) == len(files) and not any(each.failed for each in judged)
    return files, whole and not problems and not wrong


def _judge(sources: Sequence[SourcePath]) -> list[JudgedFile]:
    gc.set_threshold(GARBAGE)
    with file_progress(len(sources), "judging") as done:
        if len(sources) > 1 and _size(sources) >= WORTH_WORKERS and (os.cpu_count() or 1) > 1:
            from ..worker.many import judge_in_workers

            return judge_in_workers(sources, done)
        files = []
        for source in sources:
            files.append(JudgedFile.of(source, judge_file(source.path)))
            done(files[-1])
        return files


def _size(sources: Sequence[SourcePath]) -> int:
    total = 0
    for source in sources:
        with contextlib.suppress(OSError):
            total += os.stat(source.path).st_size
    return total
