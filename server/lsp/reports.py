"""The report on a loop, for an editor: made in a process of its own, handed to the client, or opened in a browser."""

from __future__ import annotations

import asyncio
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lsprotocol import types
from pygls.uris import to_fs_path

from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop
from ..worker.client import Worker, WorkerError
from ..worker.tasks import LoopReport, Report
from .capabilities import Client
from .documents import Document, language_of_document
from .refused import Refused

if TYPE_CHECKING:
    from .server import Server

SECONDS = 60.0


class Reports:
    """Pages that a browser shows lie in a folder of ours, which goes when the session ends."""

    def __init__(self, server: Server, client: Client) -> None:
        self._server, self._client = server, client
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    async def page(self, document: Document, loop: JudgedLoop, evidence: Mapping[str, Evidence]) -> str:
        """The page, as HTML that holds all that it shows. Raises `Refused`."""
        path = document.path or document.uri
        name = self._name(path)
        request = LoopReport(path, name, document.text, loop.facts.id, language_of_document(document), dict(evidence))
        try:
            async with Worker("report") as worker:
                return (await worker.call("report", request, Report, timeout=SECONDS)).html
        except (WorkerError, TimeoutError) as error:
            raise Refused(f"the report was not made: {error}" if str(error) else "the report took too long") from None

    def _name(self, path: str) -> str:
        """The file as a person knows it: from its folder of the workspace on, which is named if there are several."""
        folders = [Path(root) for uri in self._server.workspace.folders if (root := to_fs_path(uri)) is not None]
        around = [folder for folder in folders if Path(path).is_relative_to(folder)]
        if not around:
            return path
        inner = max(around, key=lambda folder: len(folder.parts))
        return str(Path(path).relative_to(inner if len(folders) == 1 else inner.parent))

    async def show(self, document: Document, loop: JudgedLoop, page: str) -> None:
        """Have the client open the page outside of itself; where it cannot, say where the page is."""
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="pragmatist-reports-", ignore_cleanup_errors=True)
        name = re.sub(r"[^\w.-]", "_", Path(document.path or "text").name)
        path = Path(self._folder.name) / f"{name}-{loop.facts.keyword.line}.html"
        path.write_text(page, encoding="utf-8")
        if self._client.shows_documents():
            params = types.ShowDocumentParams(uri=path.as_uri(), external=True)
            result = await asyncio.shield(self._server.window_show_document_async(params))
            if result.success:
                return
        message = f"The report on the loop at line {loop.facts.keyword.line} is in {path}"
        self._server.window_show_message(types.ShowMessageParams(type=types.MessageType.Info, message=message))
