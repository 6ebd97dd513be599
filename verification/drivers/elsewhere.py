"""What a driven function calls and its file does not define: the project's other files that do, linked into the driver.

A definition is looked for in the text, without a parser: a wrong guess costs one link that fails.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import msgspec

from ..workbench import Build, Workbench
from .driver import Driver
from .survey import build_survey

MOST_ROUNDS = 6
_UNDEFINED = re.compile(r"undefined (?:reference to|symbol:) [`']?([^'\n]+?)'?(?:\n|$)")
_MAIN = re.compile(rb"\bmain\s*\(")
# The second reads definitions in the style of before 1989 too, and mistakes some declarations for them.
_BEFORE_BODY = (rb"\s*\([^;{}]*\)[\s\w]*\{", rb"\s*\([\w\s,]*\)[\s\w*,;\[\]]*\{")
_VARIABLE = rb"^(?!\s*(?:extern|static|return|typedef)\b)[\w \t*:<>]*[\s*]%s\s*(?:\[[^;]*?\]\s*)?(?:=|;|,)"


def missing(messages: str) -> list[str]:
    """What a linker could not find, as it is called in the source."""
    return sorted(set(_UNDEFINED.findall(messages)))


async def with_definitions(bench: Workbench, driver: Driver) -> tuple[Workbench, Build]:
    """A workbench for the driver that builds it with the files that it needs, and the build for surveys.

    The build has failed where a definition is in none of them, or the file that has it does not compile by itself.
    """
    bench = bench.with_driver(driver)
    build = await build_survey(bench, bench.request.text)
    sources: list[str] = []
    first = build
    for _ in range(MOST_ROUNDS):
        if build.ok or not (names := missing(build.messages)):
            break
        more = _defining(names, [each for each in bench.request.neighbours if each not in sources])
        if not more:
            break
        sources += more
        wider = _with_sources(bench, driver, sources)
        build = await build_survey(wider, bench.request.text)
        if build.ok:
            return wider, build
    return bench, build if build.ok else first


def _defining(names: Sequence[str], files: Sequence[str]) -> list[str]:
    found: dict[str, None] = {}
    texts = {path: text for path in files if (text := _read(path)) is not None}
    for name in names:
        last = re.split(r"::", name.partition("(")[0])[-1]
        word = re.escape(last.encode())
        patterns = [rb"\b" + word + each for each in _BEFORE_BODY]
        patterns += [_VARIABLE % word] if "(" not in name else []
        for pattern in patterns:
            definition = re.compile(pattern, re.MULTILINE)
            if (path := next((path for path, text in texts.items() if definition.search(text)), None)) is not None:
                found[path] = None
                break
    return list(found)


def _read(path: str) -> bytes | None:
    try:
        return Path(path).read_bytes()
    except OSError:
        return None


def _with_sources(bench: Workbench, driver: Driver, sources: Sequence[str]) -> Workbench:
    names = " ".join(Path(each).name for each in sources).replace("*/", "")
    text = driver.text + f"/* linked with {names} */\n".encode("utf-8", "surrogateescape")
    own = [_without_main(bench, path) for path in sources]
    wider = bench.with_driver(msgspec.structs.replace(driver, text=text))
    wider.request = msgspec.structs.replace(bench.request, sources=(*bench.request.sources, *own))
    texts = [_read(path) or b"" for path in sources]
    wider.serial_openmp |= any(b"omp.h" in each for each in texts)
    return wider


def _without_main(bench: Workbench, path: str) -> str:
    """The file, or one of ours that includes it, where it has a main beside which the driver's could not stand."""
    text = _read(path) or b""
    if not _MAIN.search(text):
        return path
    name = path.replace("\\", "\\\\").replace('"', '\\"')
    content = f'#define main pragmatist_main_of_another_file\n#include "{name}"\n'
    return bench.file(Path(path).name, content.encode("utf-8", "surrogateescape"))
