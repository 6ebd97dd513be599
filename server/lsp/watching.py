"""What the client is asked to tell of: its configuration, and files outside the editor on which judgements depend."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from urllib.parse import unquote

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from ..engine.compile_commands import DATABASE
from ..engine.project_settings import SETTINGS
from .capabilities import Client

logger = logging.getLogger(__name__)

HEADERS = (".h", ".hh", ".hpp", ".hxx", ".inl", ".ipp", ".tpp")
_PATTERNS = (f"**/{SETTINGS}", f"**/{DATABASE}", f"**/*{{{','.join(HEADERS)}}}")


async def register(server: LanguageServer, client: Client) -> None:
    """Register for the notifications that this client sends to who registers."""
    wanted: list[types.Registration] = []
    if client.registers_configuration():
        method = types.WORKSPACE_DID_CHANGE_CONFIGURATION
        wanted.append(types.Registration(id=method, method=method, register_options={"section": "pragmatist"}))
    if client.registers_watchers():
        method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
        watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in _PATTERNS]
        options = types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers)
        wanted.append(types.Registration(id=method, method=method, register_options=options))
    if not wanted:
        return
    try:
        await asyncio.shield(server.client_register_capability_async(types.RegistrationParams(registrations=wanted)))
    except JsonRpcException as error:
        logger.warning("the client refused to tell of changes: %s", error.message)


def matter(changes: Sequence[types.FileEvent]) -> bool:
    """Whether judgements may depend on one of the files. Clients send what others watch for, too."""
    names = (unquote(change.uri).rpartition("/")[2] for change in changes)
    return any(name in (SETTINGS, DATABASE) or name.endswith(HEADERS) for name in names)
