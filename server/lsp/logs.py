"""Where log messages go: stderr, a file, and the editor. What people write, and keys, is in none of them.

Our own messages name files and numbers. Those of the protocol library may hold whole messages, and with them the text
that is edited: of these only the fixed words and, for an exception, where it happened are kept.
"""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Callable

from lsprotocol import types

OURS = "pragmatist"
_FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
_KINDS = {
    logging.ERROR: types.MessageType.Error,
    logging.WARNING: types.MessageType.Warning,
    logging.INFO: types.MessageType.Info,
    logging.DEBUG: types.MessageType.Log,
}


def level_of(name: str) -> int:
    """The number of a level that the settings know."""
    return logging.getLevelNamesMapping()[name.upper()]


def begin(level: str, file: str | None) -> None:
    """Log to stderr, and to the end of a file, at a level. Raises `OSError` where the file cannot be written."""
    handlers: list[logging.Handler] = [logging.StreamHandler(sys.stderr)]
    handlers[0].setFormatter(logging.Formatter("pragmatist: %(levelname)s: %(message)s"))
    if file is not None:
        handlers.append(logging.FileHandler(file, encoding="utf-8", errors="backslashreplace"))
        handlers[-1].setFormatter(logging.Formatter(_FORM))
    for handler in handlers:
        handler.setLevel(level_of(level))
        handler.addFilter(without_contents)
        logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(logging.DEBUG)


def without_contents(record: logging.LogRecord) -> bool:
    """Takes out of a foreign record all that may be a person's text. Every record passes."""
    if record.name.split(".")[0] == OURS or not (record.args or record.exc_info):
        return True
    words = re.sub(r"%\(?\w*\)?[-+ #0-9.]*[sdr]", "…", str(record.msg))
    if record.exc_info and record.exc_info[0] is not None:
        frames = traceback.extract_tb(record.exc_info[2])
        where = ", ".join(f"{frame.name} ({frame.filename}:{frame.lineno})" for frame in frames[-5:])
        words += f": {record.exc_info[0].__name__} in {where}"
    record.msg, record.args, record.exc_info, record.exc_text = words, None, None, None
    return True


class ToEditor(logging.Handler):
    """Sends our own messages to the client, as `window/logMessage`."""

    def __init__(self, send: Callable[[types.LogMessageParams], None]) -> None:
        super().__init__()
        self._send_message = send
        self._sending = False
        self.addFilter(lambda record: record.name.split(".")[0] == OURS)

    def emit(self, record: logging.LogRecord) -> None:
        if self._sending:  # what goes wrong while a message is sent cannot be told by another
            return
        self._sending = True
        try:
            kind = _KINDS.get(record.levelno, types.MessageType.Log)
            self._send_message(types.LogMessageParams(type=kind, message=record.getMessage()))
        except Exception:
            self.handleError(record)
        finally:
            self._sending = False
