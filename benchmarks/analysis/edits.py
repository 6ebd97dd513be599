"""Cost of analysing a file again after an edit inside a function, beside that of analysing it the first time.

    python benchmarks/analysis/edits.py [--lines 1000 10000 100000] [--edits 300] [--plain] [FILE...]

Edits are what typing gives: a number, a subscript, a statement typed in three steps (half of it, all of it, away
again), an empty line, a remark. Each is one new version of the file for `FileAnalysis`. "again" is the time until the
new version is judged; "with places" includes giving every loop of the file its new place. Times are processor time in
milliseconds; "first" is `analyze` of the file in the same run. "judged" counts the functions executed for an edit,
"anew" the edits after which the whole file was analysed. `--plain` leaves OpenMP pragmas out of the generated files.
"""

from __future__ import annotations

import argparse
import gc
import random
import re
import resource
import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from pragmatist.analysis.analyze import analyze, language_of
from pragmatist.analysis.incremental import FileAnalysis
from programs import program

STATEMENTS = [
    b"double extra = 2.5 * n;", b"if (n > 3) n = 3;", b"row[0] = row[1] + 1;", b"count++;", b"printf(\"here\\n\");",
    b"for (int z = 0; z < N; z++) row[z] = z;", b"work = spare;", b"table[1][2] = sqrt(table[2][1]);",
]  # fmt: skip
NUMBER = re.compile(rb"(?<![\w.])\d+(?:\.\d+)?(?![\w.])")
SUBSCRIPT = re.compile(rb"\[(i|j|k)\]")
INDENTED = re.compile(rb"^    +\S[^\n]*[;{]$", re.MULTILINE)


def versions(text: bytes, chance: random.Random) -> Iterator[tuple[str, bytes]]:
    """What the file is after one edit after another, with the kind of the edit, for ever."""
    while True:
        kind = chance.choice(["number", "number", "subscript", "statement", "statement", "line", "word"])
        start = chance.randrange(len(text))
        if kind in ("number", "subscript"):
            found = (NUMBER if kind == "number" else SUBSCRIPT).search(text, start)
            if found is None or text[text.rfind(b"\n", 0, found.start()) + 1 : found.start()][:4] != b"    ":
                continue
            new = b"%d" % chance.randrange(2, 60) if kind == "number" else b"[%b + 1]" % found[1]
            text = text[: found.start()] + new + text[found.end() :]
            yield kind, text
            continue
        found = INDENTED.search(text, start)
        if found is None:
            continue
        before, after = text[: found.end()], text[found.end() :]
        if kind == "line":
            text = before + b"\n" + after
            yield kind, text
        elif kind == "word":
            text = before + b" // noted" + after
            yield kind, text
        else:
            statement = chance.choice(STATEMENTS)
            cut = chance.randrange(1, len(statement))
            while statement[:cut].count(b'"') % 2:
                cut -= 1
            yield "half typed", before + b"\n    " + statement[:cut] + after
            yield "statement", before + b"\n    " + statement + after
            yield "statement", text


def measure(name: str, text: bytes, edits: int) -> None:
    language = language_of(name, text)
    gc.collect()
    start = time.process_time()
    analyze(text, language)
    first = time.process_time() - start
    analysis = FileAnalysis(language)
    analysis.update(text)
    gc.collect()
    gc.freeze()
    again: list[float] = []
    placed: list[float] = []
    anew = judged = 0
    for _, (_, version) in zip(range(edits), versions(text, random.Random(7)), strict=False):
        before, made = analysis.judged, analysis.made
        start = time.process_time()
        analysis.take(version)
        middle = time.process_time()
        analysis.facts()
        end = time.process_time()
        gc.freeze()  # as the language server's worker does
        again.append(1000 * (middle - start))
        placed.append(1000 * (end - start))
        if analysis.made != made:
            anew += 1
        else:
            judged += analysis.judged - before
    again.sort()
    placed.sort()
    lines = text.count(b"\n")
    p99 = min(len(again) - 1, round(0.99 * len(again)))
    median = statistics.median(again)
    print(
        f"{name[-32:]:32}{lines:>8}{1000 * first:>10.0f}{median:>9.1f}{again[p99]:>9.1f}{again[-1]:>9.1f}"
        f"{1000 * first / median:>8.0f}{statistics.median(placed):>9.1f}{placed[p99]:>9.1f}"
        f"{judged / max(1, edits - anew):>9.1f}{anew:>6}"
    )
    gc.unfreeze()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--lines", type=int, nargs="*", default=[1000, 10_000, 100_000])
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--plain", action="store_true")
    options = parser.parse_args()
    print(f"{'':32}{'':>8}{'first':>10}{'again, ms':>27}{'':>8}{'with places':>18}{'functions':>9}{'':>6}")
    print(
        f"{'file':32}{'lines':>8}{'ms':>10}{'median':>9}{'p99':>9}{'most':>9}{'ratio':>8}{'median':>9}{'p99':>9}"
        f"{'judged':>9}{'anew':>6}"
    )
    for lines in options.lines:
        text = program(lines)
        if options.plain:
            text = re.sub(rb"^#pragma.*\n", b"", text, flags=re.MULTILINE)
        measure(f"generated{'.c' if not options.plain else ' (plain).c'}", text, options.edits)
    for path in options.files:
        measure(str(path), path.read_bytes(), options.edits)
    print(f"peak memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
