"""`pragmatist serve`: the language server."""

from __future__ import annotations

import argparse
import gc

from .exits import FAILED, WELL
from .output import complain


def run(arguments: argparse.Namespace) -> int:
    # lsprotocol makes a thousand classes, none of them garbage: collecting meanwhile is a tenth of the start.
    gc.disable()
    from ..lsp.logs import begin
    from ..lsp.server import serve

    gc.enable()
    gc.freeze()
    try:
        begin(arguments.log_level, arguments.log_file)
    except OSError as error:
        complain(f"{arguments.log_file}: cannot be written: {error.strerror}")
        return FAILED
    serve()
    return WELL
