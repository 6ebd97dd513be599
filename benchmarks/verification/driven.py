"""Which functions of a folder's files a driver can be made for, and what hinders it in the others.

    python benchmarks/verification/driven.py FOLDER... [--functions N] [--seed N]

Every function but main that holds a loop with a plan counts, from files drawn at random with the seed until there are
N. A driver counts as made once the function ran on its inputs without fault, in the sandbox.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import re
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
from pragmatist.server.engine.compile_commands import flags_for
from pragmatist.server.engine.discovery import find_sources
from pragmatist.server.engine.headers import surroundings_of
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.neighbours import neighbours_of
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.drivers.drive import drive, function_at, unit_of
from pragmatist.verification.drivers.driver import Undrivable
from pragmatist.verification.flags import UnsafeFlag
from pragmatist.verification.request import PlannedEdit, VerificationRequest
from pragmatist.verification.scratch import working_directory
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

MOST_OF_ONE_FILE = 2  # lest one long file decides


class Tried(msgspec.Struct):
    """`problem` is None where a driver was made."""

    file: str
    function: str
    problem: str | None
    seconds: float
    inputs: str = ""


def drawn(folders: list[str], seed: int) -> Iterator[str]:
    """The folders' files in an order that follows from the seed."""
    sources, _ = find_sources(folders)
    paths = sorted(source.path for source in sources if not re.search(r"\.h(h|pp|xx)?$", source.path))
    random.Random(seed).shuffle(paths)
    yield from paths


async def tried(path: str, store: CertificateStore) -> AsyncIterator[Tried]:
    """What came of the file's functions that hold loops with a plan."""
    text = Path(path).read_bytes()
    (source,), _ = find_sources([path])
    around = surroundings_of(path, text)
    judgement = judge_text(text, source.language, around)
    loops = [each for each in judgement.loops if each.verdict.plan is not None]
    edits = [PlannedEdit.of(each.facts, (), each.objections) for each in loops]
    request = VerificationRequest(
        path=path,
        text=text,
        language=source.language,
        edits=tuple(edits),
        flags=flags_for(path).flags,
        include_dirs=around.folders,
        neighbours=neighbours_of(path, source.language, around),
        defines=around.defines,
        headers=around.headers,
    ).with_absolute_paths()
    unit = unit_of(request)
    functions: dict[str, list[PlannedEdit]] = {}
    for edit in edits:
        function = function_at(unit, edit)
        if function is not None and function.name != "main":
            functions.setdefault(function.name, []).append(edit)
    chosen = sorted(functions)
    random.Random(path).shuffle(chosen)
    if not chosen:
        return
    async with Workbench.open(request, await discover(source.language, store), store) as bench:
        for name in chosen[:MOST_OF_ONE_FILE]:
            function = function_at(unit, functions[name][0])
            assert function is not None
            started = time.monotonic()
            try:
                driver, _ = await drive(bench, unit, function, functions[name])
            except Undrivable as problem:
                yield Tried(path, name, str(problem), time.monotonic() - started)
            else:
                yield Tried(path, name, None, time.monotonic() - started, driver.words)


def kind_of(problem: str) -> str:
    """A reason without the names in it."""
    problem = re.sub(r"it needs .*, which (is|are) defined.*", "it needs functions defined elsewhere", problem)
    problem = re.sub(r"no valid input was found; .*", "no valid input was found", problem)
    problem = re.sub(r"does not compile: .*", "does not compile", problem)
    return re.sub(r"\b[\w:\[\]]*(->|[_.\[])[\w.\[\]>-]*|\(.*?\)", "…", problem)


async def measure(folders: list[str], functions: int, seed: int) -> list[Tried]:
    found: list[Tried] = []
    with working_directory() as directory:
        store = CertificateStore(Path(directory))
        for path in drawn(folders, seed):
            try:
                async for each in tried(path, store):
                    found.append(each)
                    words = f"driven: {each.inputs}" if each.problem is None else each.problem
                    print(f"{each.seconds:5.1f} s  {path}: {each.function}: {words}", flush=True)
            except UnsafeFlag as problem:
                print(f"         {path}: {problem}", file=sys.stderr)
            if len(found) >= functions:
                break
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--functions", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found = asyncio.run(measure(options.folders, options.functions, options.seed))
    driven = [each for each in found if each.problem is None]
    print(f"\n{len(driven)} of {len(found)} functions driven")
    for words, count in Counter(kind_of(each.problem) for each in found if each.problem).most_common():
        print(f"{count:4}  {words}")


if __name__ == "__main__":
    main()
