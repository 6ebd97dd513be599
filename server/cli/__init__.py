"""The command line: `pragmatist COMMAND`. Each command is a module; what it needs is imported when it runs."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit code: 0 well, 1 something needs attention, 2 usage or unreadable input."""
    from .exits import FAILED, INTERRUPTED, WELL
    from .output import CannotWrite, complain
    from .parser import parse

    arguments = parse(argv)
    try:
        return arguments.run(arguments)
    except KeyboardInterrupt:
        complain("interrupted")
        return INTERRUPTED
    except CannotWrite as error:
        # Whatever is still buffered would fail again when the interpreter closes stdout.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error.__cause__, BrokenPipeError):
            return WELL  # the reader (`head`, a pager) has seen enough
        complain(f"cannot write the output: {error.__cause__}")
        return FAILED
    except Exception as error:
        import traceback

        traceback.print_exc()
        complain(f"internal error: {type(error).__name__}: {error}; please report it with the lines above")
        return FAILED
