"""DataRaceBench's C and C++ programs: our lanes beside clang's ThreadSanitizer with Archer, on one machine.

    python benchmarks/verification/dataracebench.py DIRECTORY [--repeat N] [--only WORD] [--answers FILE]

DIRECTORY is the benchmark's `micro-benchmarks`. What a program is labelled stands in its name: `-yes` has a race,
`-no` has none. Lanes: what `pragmatist race` does by default. Archer: one run with 8 threads, -O0.
`--repeat` runs the lanes as often, each time over all programs, and tells whether they ever say something else.
`--answers` keeps what was answered: a run that ended early, or that is to repeat more often, goes on from there.
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


def programs_in(directory: Path, only: str) -> list[Program]:
    found = []
    for path in sorted(path for path in directory.iterdir() if path.suffix in (".c", ".cpp", ".cc")):
        label = re.search(r"-(yes|no)\b", path.stem)
        if label is not None and only in path.name:
            found.append(Program(path.name, kind_of(path.read_text(errors="replace")), label[1] == "yes"))
    return found


async def measure(directory: Path, program: Program, repeat: int) -> None:
    """Adds what is missing of the program's answers."""
    path, utilities = directory / program.name, directory / "utilities"
    extra = [str(utilities / "polybench.c")] if "polybench" in path.read_text(errors="replace") else []
    flags = (f"-I{utilities}", "-DPOLYBENCH_NO_FLUSH_CACHE") if utilities.exists() else ()
    while len(program.lanes) < repeat:
        program.lanes.append(await by_lanes(path, extra, flags))
    if program.archer is None:
        program.archer = await by_archer(path, extra, flags)


async def measure_all(directory: Path, programs: list[Program], repeat: int, answers: Path | None) -> None:
    for round_number in range(1, repeat + 1):
        for program in programs:
            if len(program.lanes) >= round_number and program.archer is not None:
                continue
            await measure(directory, program, round_number)
            said = [answer.said for answer in program.lanes]
            print(round_number, program.name, said[-1], program.archer and program.archer.said, file=sys.stderr)
            if answers is not None:
                answers.write_bytes(msgspec.json.format(msgspec.json.encode(programs), indent=1))


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
    parser.add_argument("--answers", type=Path, metavar="FILE")
    arguments = parser.parse_args()
    programs = programs_in(arguments.directory, arguments.only)
    if arguments.answers is not None and arguments.answers.exists():
        kept = {each.name: each for each in msgspec.json.decode(arguments.answers.read_bytes(), type=list[Program])}
        programs = [kept.get(each.name, each) for each in programs]
    asyncio.run(measure_all(arguments.directory.resolve(), programs, arguments.repeat, arguments.answers))
    print(table(programs))
    print()
    print("\n".join(disagreements(programs)))
    same = sum(len({(run.said, run.detail) for run in each.lanes}) == 1 for each in programs)
    print(f"{same} of {len(programs)} programs with the same answer, at the same lines, in {arguments.repeat} runs")


if __name__ == "__main__":
    main()
