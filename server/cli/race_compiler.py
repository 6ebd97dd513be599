"""`pragmatist race-cc` and `race-c++`: in place of gcc and g++ in the user's own build, for `pragmatist race`."""

from __future__ import annotations

import argparse
import asyncio

from ...verification.lanes.standin import compile_for_lanes


def run(arguments: argparse.Namespace) -> int:
    """The exit status is the compiler's."""
    language = "c" if arguments.command == "race-cc" else "cpp"
    return asyncio.run(compile_for_lanes(language, arguments.compiler_arguments))
