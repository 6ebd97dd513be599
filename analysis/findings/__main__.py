"""Writes the pages of the findings, or checks that they are as this would write them: for those who work on Pragmatist.

    python -m pragmatist.analysis.findings                  writes docs/findings
    python -m pragmatist.analysis.findings --write FOLDER   writes another folder
    python -m pragmatist.analysis.findings --check          exit 1, and their names, where pages are stale

It is the one module of `analysis/` that touches files; nothing imports it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import FINDINGS
from .pages import INDEX, pages

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "findings"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pragmatist.analysis.findings", description=__doc__)
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--write", type=Path, metavar="FOLDER", nargs="?", const=FOLDER, help="write the pages there")
    what.add_argument("--check", type=Path, metavar="FOLDER", nargs="?", const=FOLDER, help="only compare them")
    chosen = parser.parse_args(arguments)
    if chosen.check is not None:
        return check(chosen.check)
    write(chosen.write or FOLDER)
    return 0


def write(folder: Path) -> None:
    """Make the pages in the folder what the findings say; a page of a code that there is no more is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    wanted = pages(FINDINGS)
    for path in _present(folder) - {folder / name for name in wanted}:
        path.unlink()
    for name, text in wanted.items():
        path = folder / name
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="\n")


def check(folder: Path) -> int:
    """1, with a line on stderr for each, where pages are missing, stale or left over; else 0."""
    wanted = {folder / name: text for name, text in pages(FINDINGS).items()}
    stale = [path for path, text in wanted.items() if not path.is_file() or path.read_text(encoding="utf-8") != text]
    wrong = sorted([*stale, *(_present(folder) - wanted.keys())])
    for path in wrong:
        print(f"{path} is stale: run python -m pragmatist.analysis.findings", file=sys.stderr)
    return 1 if wrong else 0


def _present(folder: Path) -> set[Path]:
    return {*folder.glob("PRG*.md"), *folder.glob(INDEX)}


if __name__ == "__main__":
    sys.exit(main())
