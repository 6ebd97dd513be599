"""`pragmatist serve`: the language server."""

from __future__ import annotations

import argparse

from .exits import FAILED, WELL
from .output import complain


def run(arguments: argparse.Namespace) -> int:
    from ..lsp.serving import CannotLog, serve

    try:
        serve(arguments.log_level, arguments.log_file)
    except CannotLog as error:
        complain(f"{arguments.log_file}: cannot be written: {error}")
        return FAILED
    return WELL
