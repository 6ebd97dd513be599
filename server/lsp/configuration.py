"""The settings that hold where: what the client said at the start, and what its configuration says since then.

A client that answers `workspace/configuration` is asked, once for itself and once for each folder of the workspace,
when it starts, when its configuration changes, and when folders come and go. One that cannot be asked may send its
settings with `workspace/didChangeConfiguration`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from ..engine.codes import unknown_codes
from .capabilities import Client
from .settings import SECTION, Settings, of_folder, read_configuration

logger = logging.getLogger(__name__)


class Configuration:
    """`changed` is called when settings became others; `complain` with each message about wrong ones, once."""

    def __init__(
        self,
        server: LanguageServer,
        client: Client,
        start: Settings,
        changed: Callable[[], None],
        complain: Callable[[str], None],
    ) -> None:
        self._server, self._client = server, client
        self._start = start
        self._window = start
        self._folders: dict[str, Settings] = {}
        self._changed, self._complain = changed, complain
        self._said: set[str] = set()
        self._asking = 0
        self._check_codes(start)

    @property
    def window(self) -> Settings:
        """The settings of the server as a whole."""
        return self._window

    def of(self, uri: str) -> Settings:
        """The settings that hold for a document: those of the innermost folder around it."""
        around = [folder for folder in self._folders if uri.startswith(f"{folder.rstrip('/')}/")]
        return self._folders[max(around, key=len)] if around else self._window

    async def ask(self) -> None:
        """Ask the client, if it can be asked. An answer that another question has overtaken is dropped."""
        if not self._client.configuration():
            return
        self._asking += 1
        number, folders = self._asking, list(self._server.workspace.folders)
        items = [types.ConfigurationItem(section=SECTION)]
        items += [types.ConfigurationItem(section=SECTION, scope_uri=folder) for folder in folders]
        try:  # shielded: a cancelled wait would leave pygls an answer that nothing waits for
            answer = await asyncio.shield(
                self._server.workspace_configuration_async(types.ConfigurationParams(items=items))
            )
        except JsonRpcException as error:
            logger.warning("the client did not answer workspace/configuration: %s", error.message)
            return
        if number == self._asking:
            self._take(answer, folders)

    async def told(self, given: Any) -> None:
        """The configuration changed. `given` is all of it, where the client does not wait to be asked."""
        if self._client.configuration():
            await self.ask()
        elif isinstance(given, Mapping) and SECTION in given:
            self._take([given[SECTION]], [])

    def _take(self, answer: Sequence[Any], folders: Sequence[str]) -> None:
        before = {folder: self.of(f"{folder}/") for folder in (*self._folders, *folders)}
        window = self._window
        self._window = self._read(answer[0] if answer else None)
        self._folders = {
            folder: of_folder(self._window, self._read(given))
            for folder, given in zip(folders, answer[1:], strict=False)
        }
        after = {folder: self.of(f"{folder}/") for folder in before}
        if (self._window, after) != (window, before):  # not for a folder that is new and has nothing of its own
            logger.info("the settings changed")
            self._changed()

    def _read(self, given: Any) -> Settings:
        settings, problems = read_configuration(self._start, given)
        for problem in problems:
            self._say(problem)
        self._check_codes(settings)
        return settings

    def _check_codes(self, settings: Settings) -> None:
        for code, hint in unknown_codes(settings.disabled):
            self._say(f"{SECTION}.diagnostics.disabled: unknown code {code}{hint}")

    def _say(self, problem: str) -> None:
        if problem not in self._said:
            self._said.add(problem)
            self._complain(problem)
