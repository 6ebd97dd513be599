"""`pragmatist serve`: the language server."""

from __future__ import annotations

import argparse
import gc


def run(_: argparse.Namespace) -> int:
    # lsprotocol makes a thousand classes, none of them garbage: collecting meanwhile is a tenth of the start.
    gc.disable()
    from ..lsp.server import serve

    gc.enable()
    gc.freeze()
    serve()
    return 0
