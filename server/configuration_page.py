"""Writes the tables of docs/configuration.md, or checks that they are as this would write them: for those who work on
Pragmatist.

    python -m pragmatist.server.configuration_page           writes them
    python -m pragmatist.server.configuration_page --check   exit 1 where they are stale

The words around the tables are written by hand.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from ..analysis.findings import FINDINGS
from .engine.codes import family_of
from .engine.project_settings import TABLE as PROJECT
from .engine.setting import Setting
from .lsp.settings import SCOPES
from .lsp.settings import TABLE as EDITOR

PAGE = Path(__file__).resolve().parents[1] / "docs" / "configuration.md"
_BLOCK = re.compile(r"(<!-- table: (\w+)[^>]*-->\n).*?(<!-- end -->)", re.DOTALL)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m pragmatist.server.configuration_page", description=__doc__)
    parser.add_argument("--check", action="store_true", help="only compare them")
    check = parser.parse_args(arguments).check
    text = PAGE.read_text(encoding="utf-8")
    wanted = page(text)
    if check and text != wanted:
        print(f"{PAGE} is stale: run python -m pragmatist.server.configuration_page", file=sys.stderr)
        return 1
    if not check:
        PAGE.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


def page(text: str) -> str:
    """The page with its tables as the settings are. Raises `KeyError` for the name of a table that there is not."""
    return _BLOCK.sub(lambda block: f"{block[1]}{TABLES[block[2]]()}{block[3]}", text)


def _editor() -> str:
    rows = [(f"`{each.name}`", _default(each), each.scope, each.kind.words, each.about) for each in EDITOR]
    scopes = "".join(f"- *{scope}*: {words}\n" for scope, words in SCOPES.items())
    table = _table(("Setting", "Default", "Scope", "Is", "Meaning"), rows)
    return f"{table}\nThe scope says where it may be set:\n\n{scopes}"


def _project() -> str:
    return _table(("Key", "Is", "Meaning"), [(f"`{each.name}`", each.kind.words, each.about) for each in PROJECT])


def _families() -> str:
    families = sorted({family_of(code) for code in FINDINGS})
    return _table(("Family", "Is about"), [(f"`{family}`", FAMILIES[family]) for family in families])


FAMILIES = {
    "PRG0xx": "loops that can run in parallel",
    "PRG1xx": "what keeps a loop serial",
    "PRG2xx": "what a proof assumes: loops whose proof needs it are left out",
    "PRG3xx": "directives in the text",
    "PRG4xx": "what cannot be told, or was refuted by a check",
    "PRG5xx": "what is wrong with a plan",
    "PRG6xx": "comments to Pragmatist",
    "PRG9xx": "notes",
}
TABLES: dict[str, Callable[[], str]] = {"editor": _editor, "project": _project, "families": _families}


def _default(setting: Setting) -> str:
    return f"`{json.dumps(setting.default)}`"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |\n" for row in rows)
    return f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n" + "".join(lines)


if __name__ == "__main__":
    sys.exit(main())
