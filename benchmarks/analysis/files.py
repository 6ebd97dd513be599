"""Cost of analysing a file for the first time: generated files of several lengths, hostile programs, real files.

    python benchmarks/analysis/files.py [--lines 1000 10000 100000] [--repeat 3] [--record] [FILE...]

"numeric" files are like real numeric programs (`sources`: a loop in 11 lines), "dense" ones have a loop in 6 lines
(`programs`, which `edits` uses too). Each row is measured in processes of its own, so that nothing is kept from
before: "analysis" is the median of the processor time of the first `analyze` there, "parsing" that of tree-sitter on
the same text, "ratio" the one by the other, "memory" the most that such a process ever held, the interpreter and its
modules included.
"slope" is seconds a line over those of the row before: 1.0 where cost grows as the file does. `--record` writes the
tables to files.md beside this module.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import resource
import statistics
import time
from collections.abc import Iterable
from pathlib import Path

from hostile import PROGRAMS
from pragmatist.analysis.analyze import analyze, language_of
from pragmatist.analysis.syntax import parse
from pragmatist.server.engine.collecting import collect_rarely
from programs import program
from sources import source

Measured = tuple[float, float, float, int]  # seconds of analysis and of parsing, MiB, loops


def once(text: bytes, name: str) -> Measured:
    """In a fresh process, set up as those of the product are. What is loaded on first use (isl) is loaded before."""
    language = language_of(name, text)
    analyze(b"void f(int *a, int n, int m) { for (int i = 0; i < n; i++) a[i + m] = a[2 * i]; }", language)
    collect_rarely()
    start = time.process_time()
    parse(text, language)
    middle = time.process_time()
    facts = analyze(text, language)
    end = time.process_time()
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return end - middle, middle - start, memory, len(facts.loops)


def measured(text: bytes, name: str, repeat: int) -> Measured:
    with multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1) as pool:
        found = [pool.apply(once, (text, name)) for _ in range(repeat)]
    seconds, parsing, memory, loops = zip(*found, strict=True)
    return statistics.median(seconds), statistics.median(parsing), max(memory), loops[0]


def table(rows: Iterable[tuple[str, str, bytes]], repeat: int, *, growing: bool) -> list[str]:
    """Lines of a table, printed as they come; rows are titles, file names and texts."""
    columns = ["file", "lines", "loops", "analysis, s", "lines/s", "parsing, s", "ratio", "memory, MiB"]
    columns += ["slope"] if growing else []
    lines = [f"| {' | '.join(columns)} |", f"|---{'|--:' * (len(columns) - 1)}|"]
    print("\n".join(lines))
    before: tuple[str, float] | None = None
    for title, name, text in rows:
        seconds, parsing, memory, loops = measured(text, name, repeat)
        count = text.count(b"\n")
        line = (
            f"| {title} | {count:,} | {loops:,} | {seconds:.2f} | {count / seconds:,.0f} | {parsing:.3f}"
            f" | {seconds / parsing:.0f} | {memory:.0f} |"
        )
        if growing:
            line += f" {seconds / count / before[1]:.2f} |" if before is not None and before[0] == title else " |"
            before = title, seconds / count
        print(line, flush=True)
        lines.append(line)
    return [*lines, ""]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    report = [
        f"Processor time, medians of {options.repeat}; Python {platform.python_version()}, {platform.machine()}.",
        "",
    ]
    kinds = [
        ("numeric C", "a.c", lambda lines: source("c", lines)),
        ("numeric C++", "a.cpp", lambda lines: source("cpp", lines)),
        ("dense C", "a.c", program),
    ]
    rows = [(title, name, make(lines)) for title, name, make in kinds for lines in options.lines]
    report += table(rows, options.repeat, growing=True)
    hostile = [(title, "a.c", make().encode()) for title, make in PROGRAMS.items()]
    report += table(hostile, options.repeat, growing=False)
    if options.files:
        real = [("/".join(path.parts[-3:]), path.name, path.read_bytes()) for path in options.files]
        report += table(real, options.repeat, growing=False)
    if options.record:
        command = "    python benchmarks/analysis/files.py --record [FILE...]"
        text = "\n".join(["# First analysis of a file", "", command, "", *report])
        Path(__file__).with_suffix(".md").write_text(text.rstrip() + "\n")


if __name__ == "__main__":
    main()
