"""Where a file's headers and the definitions it needs are looked for, with and without a compile_commands.json."""

from __future__ import annotations

import json
import os
from pathlib import Path

from pragmatist.server.engine.headers import Surroundings, surroundings_of
from pragmatist.server.engine.neighbours import neighbours_of


def laid_out(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("int x;\n")


def names(folder: Path, found: tuple[str, ...]) -> list[str]:
    return [os.path.relpath(path, os.path.realpath(folder)) for path in found]


def test_folders_are_named_only_where_a_compiler_would_not_look(tmp_path: Path):
    """util.h lies in a folder above; near.h beside the file, where quotes find it."""
    laid_out(tmp_path, "pragmatist.toml", "include/util.h", "src/near.h", "src/a.c")
    text = b'#include "near.h"\n#include "util.h"\n'
    found = surroundings_of(str(tmp_path / "src" / "a.c"), text)
    assert set(found.headers) == {"near.h", "util.h"}
    assert found.folders == (str(tmp_path / "include"),)


def test_neighbours_lie_beside_the_file_and_its_headers(tmp_path: Path):
    """In the same language, the nearest first, and not the file itself."""
    laid_out(tmp_path, "src/a.c", "src/b.c", "src/c.cpp", "include/d.c", "other/e.c")
    around = Surroundings(folders=(str(tmp_path / "include"),))
    assert names(tmp_path, neighbours_of(str(tmp_path / "src" / "a.c"), "c", around)) == ["src/b.c", "include/d.c"]


def test_neighbours_are_those_of_the_compile_commands(tmp_path: Path):
    """Where the database names the file, what it does not name is not of the project."""
    laid_out(tmp_path, "src/a.c", "src/stray.c", "lib/b.c")
    entries = [
        {"directory": str(tmp_path), "file": each, "command": f"cc -c {each}"} for each in ("src/a.c", "lib/b.c")
    ]
    (tmp_path / "compile_commands.json").write_text(json.dumps(entries))
    assert names(tmp_path, neighbours_of(str(tmp_path / "src" / "a.c"), "c", Surroundings())) == ["lib/b.c"]
