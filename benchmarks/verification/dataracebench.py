"""DataRaceBench's C and C++ programs: our lanes beside clang's ThreadSanitizer with Archer, on one machine.

    python benchmarks/verification/dataracebench.py DIRECTORY [--repeat N] [--only WORD]

DIRECTORY is the benchmark's `micro-benchmarks`. What a program is labelled stands in its name: `-yes` has a race,
`-no` has none. Lanes: what `pragmatist race` does by default. Archer: one run with 8 threads, -O0.
`--repeat` runs the lanes as often, and tells whether they ever say something else.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import statistics
import sys
import time
from pathlib import Path

import msgspec
from pragmatist.server.engine.race import RaceOptions, race_files
from pragmatist.verification.asking import answer_of
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.compilers import RACE_STATUS, race_environment
from pragmatist.verification.scratch import working_directory
from pragmatist.verification.toolchain import discover

ARCHER_THREADS = 8
KINDS = ("threads", "gpu", "simd")


class Answer(msgspec.Struct):
    """What a tool said ("race", "clean", "inconclusive"), in how many seconds of running; `detail` says why."""

    said: str
    seconds: float
    detail: str = ""


class Program(msgspec.Struct):
    name: str
    kind: str
    racy: bool
    lanes: list[Answer] = []
    archer: Answer | None = None


def kind_of(text: str) -> str:
    pragmas = " ".join(re.findall(r"#pragma omp.*", text))
    return "gpu" if re.search(r"\btarget\b", pragmas) else "simd" if re.search(r"\bsimd\b", pragmas) else "threads"


async def by_lanes(path: Path, extra: list[str], flags: tuple[str, ...]) -> Answer:
    report = await race_files([str(path), *extra], RaceOptions(flags=flags))
    places = {each.spot.line for race in report.races for each in race.accesses if each.spot}
    detail = report.problem or f"lines {', '.join(map(str, sorted(places)))}" if report.outcome != "clean" else ""
    return Answer(report.outcome, report.seconds[1], detail)


async def by_archer(path: Path, extra: list[str], flags: tuple[str, ...]) -> Answer:
    language = "c" if path.suffix == ".c" else "cpp"
    tools = (await discover(language, CertificateStore())).race
    if tools is None:
        return Answer("inconclusive", 0.0, "no Archer here")
    compiler = tools.compiler
    with working_directory() as scratch:
        program = str(Path(scratch, "program"))
        build = [compiler.path, "-O0", "-g", "-fsanitize=thread", "-w", *flags, *(compiler.openmp or ())]
        build += [*compiler.openmp_link, *compiler.linker, str(path), *extra, "-lm", "-o", program]
        status, words = await answer_of(*build, cwd=scratch)
        if status != 0:
            return Answer("inconclusive", 0.0, words.strip().splitlines()[0][:100] if words.strip() else "no message")
        started = time.monotonic()
        environment = race_environment(tools, ARCHER_THREADS)
        status, words = await answer_of(program, cwd=scratch, **environment)
        seconds = time.monotonic() - started
    if status == RACE_STATUS and "WARNING: ThreadSanitizer: data race" in words:
        return Answer("race", seconds)
    return Answer("inconclusive" if status in (124, 127) or status < 0 else "clean", seconds, f"status {status}")


async def measure(directory: Path, only: str, repeat: int) -> list[Program]:
    utilities = directory / "utilities"
    found = []
    paths = sorted(path for path in directory.iterdir() if path.suffix in (".c", ".cpp", ".cc") and only in path.name)
    for path in paths:
        text = path.read_text(errors="replace")
        racy = re.search(r"-yes\b", path.stem)
        if not racy and not re.search(r"-no\b", path.stem):
            continue
        extra = [str(utilities / "polybench.c")] if "polybench" in text else []
        flags = (f"-I{utilities}", "-DPOLYBENCH_NO_FLUSH_CACHE") if utilities.exists() else ()
        program = Program(path.name, kind_of(text), bool(racy))
        program.lanes = [await by_lanes(path, extra, flags) for _ in range(repeat)]
        program.archer = await by_archer(path, extra, flags)
        print(path.name, program.lanes[0].said, program.archer.said, file=sys.stderr)
        found.append(program)
    return found


def table(programs: list[Program]) -> str:
    lines = [
        "| programs | tool | racy: found | clean: silent | recall | precision | inconclusive | median s | total s |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for kind in KINDS:
        here = [each for each in programs if each.kind == kind]
        if not here:
            continue
        for tool in ("lanes", "archer"):
            answers = [(each.racy, each.lanes[0] if tool == "lanes" else each.archer) for each in here]
            known = [(racy, answer) for racy, answer in answers if answer is not None]
            hit = sum(racy and answer.said == "race" for racy, answer in known)
            alarm = sum(not racy and answer.said == "race" for racy, answer in known)
            racy_count = sum(racy for racy, _ in known)
            silent = sum(not racy and answer.said == "clean" for racy, answer in known)
            open_ = sum(answer.said == "inconclusive" for _, answer in known)
            seconds = [answer.seconds for _, answer in known]
            precision = f"{hit / (hit + alarm):.3f}" if hit + alarm else "-"
            recall = f"{hit / racy_count:.3f}" if racy_count else "-"
            lines.append(
                f"| {kind} | {tool} | {hit} of {racy_count} | {silent} of {len(known) - racy_count} | {recall} "
                f"| {precision} | {open_} | {statistics.median(seconds):.3f} | {sum(seconds):.1f} |"
            )
    return "\n".join(lines)


def disagreements(programs: list[Program]) -> list[str]:
    lines = []
    for each in programs:
        answer, label = each.lanes[0], "race" if each.racy else "clean"
        if answer.said != label:
            archer = each.archer.said if each.archer else "-"
            lines.append(
                f"{each.name} ({each.kind}): labelled {label}, lanes {answer.said}, Archer {archer}; {answer.detail}"
            )
        if len({(run.said, run.detail) for run in each.lanes}) > 1:
            lines.append(f"{each.name}: NOT THE SAME IN ALL RUNS: {[run.said for run in each.lanes]}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    programs = asyncio.run(measure(arguments.directory.resolve(), arguments.only, arguments.repeat))
    print(table(programs))
    print()
    print("\n".join(disagreements(programs)))


if __name__ == "__main__":
    main()
