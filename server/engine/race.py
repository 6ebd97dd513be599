"""A program's files to a report of its races."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from ...analysis.facts import Language
from ...verification.lanes.run import DEFAULT_LANES
from ...verification.races import RaceReport, find_races, find_races_of_program
from ...verification.request import VerificationRequest
from ...verification.sandbox import SandboxUnavailable
from .compile_commands import flags_for
from .discovery import language_of
from .reading import Unreadable, read_source

Progress = Callable[[str, float | None], None]


class RaceOptions(msgspec.Struct, frozen=True):
    """How the program is built and run. `flags` come after those of the project's compile_commands.json."""

    flags: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    seeds: int = 4
    lanes: int = DEFAULT_LANES
    no_sandbox: bool = False


async def race_files(paths: Sequence[str], options: RaceOptions, progress: Progress | None = None) -> RaceReport:
    """The files are the sources of one program, in C or C++. What keeps it from being run is in the report."""
    texts: list[bytes] = []
    for path in paths:
        try:
            texts.append(read_source(path))
        except Unreadable as error:
            return RaceReport("inconclusive", problem=f"{path}: {error}", ran=False)
    languages: list[Language] = [language_of(path, text) for path, text in zip(paths, texts, strict=True)]
    # The language of the whole is that of its linking: C++ where any source is.
    first = next((at for at, language in enumerate(languages) if language == "cpp"), 0)
    request = VerificationRequest(
        path=paths[first],
        text=texts[first],
        language=languages[first],
        edits=(),
        flags=(*flags_for(paths[first]).flags, *options.flags),
        sources=tuple(path for at, path in enumerate(paths) if at != first),
        arguments=options.arguments,
        no_sandbox=options.no_sandbox,
    )
    try:
        return await find_races(
            request, seeds=tuple(range(1, options.seeds + 1)), lanes=options.lanes, progress=progress
        )
    except (SandboxUnavailable, ValueError) as error:  # an unsafe flag is a ValueError
        return RaceReport("inconclusive", problem=str(error), ran=False)


async def race_program(path: str, options: RaceOptions, progress: Progress | None = None) -> RaceReport:
    """An executable that the user's own build made with `pragmatist race-cc` or `race-c++`."""
    try:
        with open(path, "rb") as file:
            content = file.read()
    except OSError as error:
        return RaceReport("inconclusive", problem=f"{path}: {error.strerror}", ran=False)
    request = VerificationRequest(
        path=path, text=content, language="c", edits=(), arguments=options.arguments, no_sandbox=options.no_sandbox
    )
    try:
        return await find_races_of_program(
            request, seeds=tuple(range(1, options.seeds + 1)), lanes=options.lanes, progress=progress
        )
    except SandboxUnavailable as error:
        return RaceReport("inconclusive", problem=str(error), ran=False)
