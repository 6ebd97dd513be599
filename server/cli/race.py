"""`pragmatist race`: run an OpenMP program on lanes, and show the accesses that it leaves unordered."""

from __future__ import annotations

import argparse
import asyncio
import os

import msgspec

from ...analysis.facts import Place
from ...verification.lanes.run import LaneAccess, LaneRace
from ...verification.races import RaceReport
from ..engine.race import RaceOptions, race_files, race_program
from .excerpt import Mark, SourceLines, excerpt
from .exits import ATTENTION, FAILED, INCONCLUSIVE, WELL
from .output import write_out
from .progress import step_progress
from .terminal import Paint, printable, shows_colour, width

RACE_ANSWER_VERSION = 1


def run(arguments: argparse.Namespace) -> int:
    flags = [f"-D{each}" for each in arguments.define]
    flags += [f"-I{os.path.abspath(each)}" for each in arguments.include]
    flags += [f"-l{each}" for each in arguments.library]
    flags += [f"-std={arguments.std}"] if arguments.std else []
    options = RaceOptions(
        flags=tuple(flags),
        arguments=tuple(arguments.program_arguments),
        seeds=arguments.seeds,
        lanes=arguments.lanes,
        no_sandbox=arguments.no_sandbox,
    )
    with step_progress() as progress:
        if arguments.program is not None:
            report = asyncio.run(race_program(arguments.program, options, progress))
        else:
            report = asyncio.run(race_files(arguments.files, options, progress))
    if arguments.format == "json":
        write_out(msgspec.json.encode({"version": RACE_ANSWER_VERSION, **_json(report)}) + b"\n")
    else:
        write_out(_text(report))
    if not report.ran:
        return FAILED
    return {"race": ATTENTION, "clean": WELL, "inconclusive": INCONCLUSIVE}[report.outcome]


def _json(report: RaceReport) -> dict[str, object]:
    return {
        "outcome": report.outcome,
        "problem": report.problem,
        "races": [
            {"variable": race.variable, "seed": race.seed, "accesses": [_access(each) for each in race.accesses]}
            for race in report.races
        ],
        "unwatched": [{"file": _shown(each.file), "line": each.line, "why": each.why} for each in report.unwatched],
        "seeds": report.seeds,
        "lanes": report.lanes,
        "seconds": {"build": round(report.seconds[0], 3), "run": round(report.seconds[1], 3)},
    }


def _access(access: LaneAccess) -> dict[str, object]:
    spot, within = access.spot, access.within
    return {
        "kind": access.kind,
        "expression": access.expression,
        "file": _shown(spot.file) if spot else None,
        "line": spot.line if spot else None,
        "column": spot.column if spot else None,
        "within": {"kind": within.kind, "number": within.number} if within else None,
        "stack": [
            {"function": each.function, "file": _shown(each.file), "line": each.line, "column": each.column}
            for each in access.stack
        ],
    }


def _shown(path: str) -> str:
    relative = os.path.relpath(path)
    return path if relative.startswith("..") else relative


def _text(report: RaceReport) -> str:
    import sys

    paint = Paint(shows_colour(sys.stdout))
    lines: list[str] = []
    for race in report.races:
        lines += [*_race(race, paint), ""]
    for each in report.unwatched:
        lines.append(f"{printable(_shown(each.file))}:{each.line}: not watched iteration by iteration: {each.why}")
    how = f"{report.lanes} lanes, seeds 1 to {len(report.seeds)}"
    if report.outcome == "race":
        lines.append(f"{len(report.races)} {'race' if len(report.races) == 1 else 'races'} ({how})")
    elif report.outcome == "clean":
        lines.append(f"no race in this run of the program ({how})")
    else:
        lines.append(f"cannot tell: {printable(report.problem or '')}")
    return "\n".join(lines) + "\n"


def _race(race: LaneRace, paint: Paint) -> list[str]:
    first, second = race.accesses
    spot = first.spot or second.spot
    where = f"{printable(_shown(spot.file))}:{spot.line}:{spot.column or 1}: " if spot else ""
    about = f" on `{printable(race.variable)}`" if race.variable else ""
    lines = [f"{where}{paint('red', f'data race{about}')}: nothing orders the two accesses"]
    files = {each.spot.file for each in race.accesses if each.spot}
    for file in sorted(files):
        marks = [_mark(each) for each in race.accesses if each.spot and each.spot.file == file]
        try:
            with open(file, "rb") as source:
                shown = excerpt(SourceLines(source.read()), marks, paint, width())
        except OSError:
            shown = [f"line {place.line}: {words}" for place, words, _ in marks]
        lines += [f"  in {printable(_shown(file))}", *shown] if len(files) > 1 else shown
    return lines


def _mark(access: LaneAccess) -> Mark:
    assert access.spot is not None
    column = access.spot.column or 1
    words = access.kind + (f" in {access.within}" if access.within else "")
    line = access.spot.line
    return Place(0, 0, line, column, line, column + 1), words, "red" if "write" in access.kind else "yellow"
