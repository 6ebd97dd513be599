"""Source files as editors and accidents leave them: cut off, spliced, with characters and lines gone or doubled.

A program too: `PYTHONPATH=tests python -m mutated_files DIRECTORY --seconds 600` analyses mutations of the C and C++
files below a directory until the time is over, and prints what raised, what asked to be reported, and what took long.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import time
from pathlib import Path

from pragmatist.analysis.analyze import analyze, language_of

SUFFIXES = (".c", ".cc", ".cpp", ".cxx", ".h", ".hpp")
HANG_SECONDS = 60  # of processor time for one file: far more than any text may take
_PIECES = [b"{", b"}", b"(", b")", b";", b"#", b"\\\n", b"/*", b"*/", b'"', b"'", b"<", b">", b"\0", b"\xff",
           b"\r\n", b"\f", b"#if 0\n", b"#else\n", b"#endif\n", b"#define x x(\n", b"#pragma omp parallel for\n",
           b"template<", b"R\"(", b"for(;;)", b"goto a;", b"case 1:", b"::", b"...",
           b"\xe2\x80\xa8", b"int ", b"operator"]  # fmt: skip


class Hang(Exception):
    """The analysis took longer than anything may."""


def mutated(text: bytes, draw: random.Random, other: bytes) -> bytes:
    """The text after one to four accidents; `other` is a text to splice from."""
    for _ in range(draw.randint(1, 4)):
        at, end = sorted((draw.randint(0, len(text)), draw.randint(0, len(text))))
        short = min(end, at + draw.choice((1, 1, 3, 20, 200)))
        kind = draw.randrange(7)
        if kind == 0:
            text = text[:at]
        elif kind == 1:
            text = text[:at] + text[short:]
        elif kind == 2:
            text = text[:at] + draw.choice(_PIECES) + text[at:]
        elif kind == 3:
            text = text[:short] + text[at:short] + text[short:]
        elif kind == 4:
            begin = draw.randint(0, len(other))
            text = text[:at] + other[begin : begin + draw.choice((10, 100, 1000))] + text[short:]
        elif kind == 5:
            lines = text.split(b"\n")
            one, two = draw.randrange(len(lines)), draw.randrange(len(lines))
            lines[one], lines[two] = lines[two], lines[one]
            text = b"\n".join(lines)
        else:
            text = text[at:] if draw.random() < 0.3 else text[:at] + bytes([draw.randrange(256)]) + text[at + 1 :]
    return text


def fault_of(text: bytes, name: str) -> str | None:
    """What is wrong with the analysis of a text: None where it answered, whatever it said."""

    def stop(number: int, frame: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
    try:
        facts = analyze(text, language_of(name, text))
    except Hang:
        return f"took more than {HANG_SECONDS} s"
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    return next((error.message for error in facts.errors if "please report it" in error.message), None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("directory", type=Path)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    files = sorted(path for path in arguments.directory.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    draw, end, tried, faults = random.Random(arguments.seed), time.monotonic() + arguments.seconds, 0, 0
    while files and time.monotonic() < end:
        path, other = draw.choice(files), draw.choice(files)
        text = mutated(path.read_bytes(), draw, other.read_bytes())
        fault = fault_of(text, path.name)
        tried += 1
        if fault is not None:
            faults += 1
            kept = Path(f"fault-{faults}{path.suffix}")
            kept.write_bytes(text)
            print(f"{path}: {fault} (the text is in {kept})", flush=True)
    print(f"{tried} texts, {faults} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
