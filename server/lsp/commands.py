"""What `workspace/executeCommand` runs. Arguments come from the client and are checked like anybody's.

| Command | Argument | Result |
|---|---|---|
| `pragmatist.parallelise` | an action's data | null; the edit is applied by `workspace/applyEdit` |
| `pragmatist.verify` | an action's data | what came out, in words |
| `pragmatist.verifyFile` | `{"uri"}` | `{"passed", "refuted", "inconclusive"}`: the loops, by 1-based line |
| `pragmatist.explainLoop` | `{"uri", "position"}`, optionally `"show": false` | `{"kind", "value", "range"}` |
| `pragmatist.showReport` | as above | `{"html", "title"}`; shown in a browser unless `"show": false` |
| `pragmatist.restartWorkers` | none | null |
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from lsprotocol import types

from ...verification.evidence import Evidence
from ..engine.judgement import JudgedLoop, Judgement
from ..words import decisive_reasons, headline
from . import announced
from .actions import VERIFIED, ActionData
from .documents import Document
from .hover import hover_of, loop_at
from .judging import Closed
from .markup import Markup
from .refused import Refused

if TYPE_CHECKING:
    from .session import Session

T = TypeVar("T")
Token = types.ProgressToken | None


class File(msgspec.Struct):
    uri: str


class Position(msgspec.Struct):
    line: int
    character: int = 0


class LoopAt(msgspec.Struct):
    """The loop at a position; `show`: to the person, for clients that do nothing with a command's result."""

    uri: str
    position: Position
    show: bool = True


async def parallelise(session: Session, arguments: tuple[Any, ...], token: Token) -> None:
    await session.applying.apply(_argument(arguments, ActionData), VERIFIED, token)


async def verify(session: Session, arguments: tuple[Any, ...], token: Token) -> str:
    return await session.applying.verify(_argument(arguments, ActionData), token)


async def verify_file(session: Session, arguments: tuple[Any, ...], token: Token) -> dict[str, list[int]]:
    result = await session.applying.verify_file(_argument(arguments, File).uri, token)
    found: dict[str, list[int]] = {"passed": [], "refuted": [], "inconclusive": []}
    for loop in result.loops:
        found[result.evidence[loop.facts.id].verdict].append(loop.facts.keyword.line)
    return found


async def explain_loop(session: Session, arguments: tuple[Any, ...], _: Token) -> dict[str, Any]:
    wanted = _argument(arguments, LoopAt)
    document, judgement, loop, evidence = await _loop_at(session, wanted)
    if wanted.show:
        reasons = [reason.message for reason in decisive_reasons(loop)[:2] if reason.message not in headline(loop)]
        session.say("\n".join([f"line {loop.facts.keyword.line}: {headline(loop)}", *reasons]).replace("`", ""))
    markdown = session.client.markdown_hover()
    disabled = session.configuration.of(document.uri).disabled
    text = hover_of(loop, judgement, evidence, Markup(markdown), disabled)
    place = document.range(loop.facts.keyword.start, loop.facts.keyword.end)
    return {
        "kind": types.MarkupKind.Markdown.value if markdown else types.MarkupKind.PlainText.value,
        "value": text,
        "range": {
            "start": {"line": place.start.line, "character": place.start.character},
            "end": {"line": place.end.line, "character": place.end.character},
        },
    }


async def show_report(session: Session, arguments: tuple[Any, ...], _: Token) -> dict[str, Any]:
    wanted = _argument(arguments, LoopAt)
    document, _judgement, loop, evidence = await _loop_at(session, wanted)
    page = await session.reports.page(document, loop, evidence)
    if wanted.show:
        await session.reports.show(document, loop, page)
    return {"html": page, "title": f"Loop at line {loop.facts.keyword.line}"}


async def restart_workers(session: Session, _arguments: tuple[Any, ...], _token: Token) -> None:
    session.restart_workers()


RUN: dict[str, Callable[[Session, tuple[Any, ...], Token], Coroutine[Any, Any, Any]]] = {
    announced.PARALLELISE: parallelise,
    announced.VERIFY: verify,
    announced.VERIFY_FILE: verify_file,
    announced.EXPLAIN_LOOP: explain_loop,
    announced.SHOW_REPORT: show_report,
    announced.RESTART_WORKERS: restart_workers,
}


def _argument(arguments: tuple[Any, ...], kind: type[T]) -> T:
    """The one argument. Raises `Refused`, with words for whoever wrote the client."""
    try:
        return msgspec.convert(arguments[0] if arguments else None, kind)
    except msgspec.ValidationError as error:
        raise Refused(f"this command's argument is not one of ours: {error}") from None


async def _loop_at(session: Session, wanted: LoopAt) -> tuple[Document, Judgement, JudgedLoop, dict[str, Evidence]]:
    try:
        document, judgement, evidence = await session.judged(wanted.uri, at_position=True)
    except Closed:
        raise Refused("open the file first") from None
    return document, judgement, _loop(document, judgement, wanted.position), evidence


def _loop(document: Document, judgement: Judgement, position: Position) -> JudgedLoop:
    """The loop whose header is there, else the innermost around it. Raises `Refused`, saying where loops are."""
    offset = document.index.offset(position.line, position.character)
    if (found := loop_at(judgement, offset)) is not None:
        return found
    for loop in judgement.loops:  # source order: an inner loop comes later
        if loop.facts.place.line <= position.line + 1 <= loop.facts.place.end_line:
            found = loop
    if found is not None:
        return found
    lines = ", ".join(str(loop.facts.keyword.line) for loop in judgement.loops)
    where = f"loops begin at lines {lines}" if lines else "nor anywhere else in the file"
    raise Refused(f"there is no loop at line {position.line + 1}; {where}")
