"""A plan tried on the user's program before it is decided whose plan a loop gets."""

from __future__ import annotations

import msgspec

from .judgement import JudgedLoop, Judgement
from .verify import Progress, VerifiedFile, verify_loops


class Checks(msgspec.Struct, frozen=True):
    """How plans are verified: as for `verify_loops`. The user has agreed to have the program compiled and run."""

    arguments: tuple[str, ...] = ()
    no_sandbox: bool = False


async def try_plan(
    path: str, text: bytes, judgement: Judgement, loop: JudgedLoop, checks: Checks, progress: Progress | None = None
) -> VerifiedFile:
    """What the checks find of the loop's plan alone. Whether it pays is decided when the edit is made. Raises what
    `verify_loops` raises."""
    return await verify_loops(
        path,
        text,
        judgement,
        [loop],
        arguments=checks.arguments,
        no_sandbox=checks.no_sandbox,
        keep_slower=True,
        assume_no_overlap=True,
        progress=progress,
    )
