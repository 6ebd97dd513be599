"""The language server's start: its analysis worker first, then all that takes long to import, the two side by side."""

from __future__ import annotations

import asyncio
import gc
from functools import partial

from ..worker.spawning import spawn


class CannotLog(Exception):
    """The log file cannot be written; `str()` says why."""


def serve(log_level: str, log_file: str | None) -> None:
    """Serve on stdin and stdout until the client is gone. Raises `CannotLog`."""
    asyncio.run(_serve(log_level, log_file))


async def _serve(log_level: str, log_file: str | None) -> None:
    try:
        analyst = await spawn("tell_text")
    except OSError:
        analyst = None  # whoever needs one tries again, and says so
    try:
        _import_protocol()
        from .logs import begin
        from .server import create_server
        from .transport import serve_pipes, take_stdio

        try:
            begin(log_level, log_file)
        except OSError as error:
            raise CannotLog(error.strerror) from error
        server = create_server(analyst)
        try:  # pygls' own way to start ends workers only after a `shutdown`, and forgets the exit code of `exit`
            await serve_pipes(server.texts, *take_stdio())
        finally:
            await server.close()
    finally:
        if analyst is not None and analyst.returncode is None:  # no session took it over
            analyst.kill()
            await analyst.wait()


def _import_protocol() -> None:
    """Import lsprotocol, most of what there is to import, in half of the time.

    It makes some 550 classes, for each of which attrs writes and compiles methods. Nobody needs the longest of these,
    `__repr__`. And none of it is garbage: collecting meanwhile is a tenth of the time.
    """
    import attrs

    define = attrs.define
    gc.disable()
    attrs.define = partial(define, repr=False)
    try:
        import lsprotocol.types  # noqa: F401
    finally:
        attrs.define = define
        gc.enable()
        gc.freeze()
