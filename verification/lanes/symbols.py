"""Addresses in an executable as places in its sources, by llvm-symbolizer or addr2line in the sandbox."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..workbench import Workbench

_PLACE = re.compile(r"(.*?):(\d+)(?: \(discriminator \d+\))?$")


class Spot(msgspec.Struct, frozen=True):
    """`column` is None where the tool does not know it."""

    file: str
    line: int
    column: int | None
    function: str


async def spots_of(bench: Workbench, program: str, frames: Iterable[int]) -> dict[int, Spot]:
    """Where the call, or access, before each return address stands. Addresses without a source are left out."""
    wanted = sorted({frame for frame in frames if frame > 0})
    if not wanted:
        return {}
    asked = [f"{frame - 1:#x}" for frame in wanted]
    found: dict[int, Spot] = {}
    if _is_addr2line(bench):
        lines = (await _answer(bench, ["-f", "-C", "-e", program, *asked])).splitlines()
        for frame, function, place in zip(wanted, lines[0::2], lines[1::2], strict=False):
            if match := _PLACE.fullmatch(place):
                found[frame] = Spot(os.path.normpath(match[1]), int(match[2]), None, function)
        return found
    for frame, each in zip(wanted, await _json(bench, program, asked), strict=False):
        symbol = (each.get("Symbol") or [{}])[0]
        if symbol.get("FileName") and symbol.get("Line"):
            file, column = os.path.normpath(symbol["FileName"]), symbol.get("Column") or None
            found[frame] = Spot(file, symbol["Line"], column, symbol.get("FunctionName", ""))
    return found


async def variables_of(bench: Workbench, program: str, offsets: Sequence[int]) -> dict[int, str]:
    """Names of the global variables at offsets, where llvm-symbolizer is there to tell."""
    wanted = sorted({offset for offset in offsets if offset > 0})
    if not wanted or _is_addr2line(bench):
        return {}
    answers = await _json(bench, program, [f"DATA {offset:#x}" for offset in wanted])
    names = [(each.get("Data") or {}).get("Name") for each in answers]
    return {offset: name for offset, name in zip(wanted, names, strict=False) if name and name != "??"}


async def _json(bench: Workbench, program: str, asked: Sequence[str]) -> list[dict[str, Any]]:
    answer = await _answer(bench, ["--no-inlines", "--output-style=JSON", "--obj", program, *asked])
    try:
        return msgspec.json.decode(answer, type=list[dict[str, Any]])
    except msgspec.DecodeError:
        return []


def _is_addr2line(bench: Workbench) -> bool:
    tools = bench.toolchain.lanes
    return tools is None or "addr2line" in os.path.basename(tools.symbolizer)


async def _answer(bench: Workbench, arguments: Sequence[str]) -> str:
    tools = bench.toolchain.lanes
    assert tools is not None
    done = await bench.execute([tools.symbolizer, *arguments])
    return done.stdout.decode("utf-8", "replace") if done.status == 0 else ""
