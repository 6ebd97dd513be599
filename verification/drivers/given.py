"""Drivers that users write themselves, for functions that we cannot call or would call with the wrong inputs."""

from __future__ import annotations

import os
from pathlib import Path

from ..request import VerificationRequest
from .driver import Driver, Undrivable


def users_driver(request: VerificationRequest, function: str, path: str) -> Driver:
    """The user's file below the text, as if it were one file: so it can call what is static. Raises `Undrivable`."""
    try:
        text = Path(path).read_bytes()
    except OSError as error:
        raise Undrivable(f"its driver {path} cannot be read: {error.strerror}") from None
    name = path.replace("\\", "\\\\").replace('"', '\\"')
    return Driver(
        function=function,
        text=f'\n#undef main\n#line 1 "{name}"\n'.encode("utf-8", "surrogateescape") + text,
        renames_main=True,
        words=f"those of {os.path.basename(path)}",
        given=True,
    )
