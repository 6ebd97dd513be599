"""Code actions: cheap to list, their edits made when they are asked for, and never against another text.

An action names the text that it was made for by digest. Where the client can resolve actions, the edit (and the
verification that it may need) comes then; where it cannot, proved edits come at once and verified ones as a command.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from lsprotocol import types

from ...analysis.facts import DirectiveFacts
from ...codegen.edit import Edit
from ...codegen.errors import CodegenError
from ...codegen.insert import edit_for_plans, replace_directive
from ...verification.evidence import Evidence
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from .capabilities import Client
from .diagnostics import SOURCE
from .documents import Document
from .edits import workspace_edit

REWRITE = "refactor.rewrite.pragmatist.parallelise"
KINDS = (types.CodeActionKind.QuickFix, types.CodeActionKind.RefactorRewrite)
COMMAND = "pragmatist.parallelise"
VERIFIED = "Parallelise (verified)"
LOSES = "Parallelise (verified: safe, but not faster here)"


class ActionData(msgspec.Struct):
    """What an action carries to its resolution. `what`: "proved", "verified", or "sharing" (a directive's fix)."""

    uri: str
    digest: str
    what: str
    loop: str | None = None
    directive: int | None = None


class Lister:
    """Lists the actions of one document for one range."""

    def __init__(
        self,
        document: Document,
        judgement: Judgement,
        client: Client,
        evidence: Mapping[str, Evidence],
        *,
        trusted: bool,
    ) -> None:
        """`evidence` is what was verified of this text, by loop."""
        self._document, self._judgement, self._client, self._trusted = document, judgement, client, trusted
        self._evidence = evidence

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The actions that the range and `context.only` ask for."""
        if not self._client.action_literals():
            return []
        start, end = self._document.offsets(params.range)
        made = (*self._directives(start, end, params.context), *self._loops(start, end, params.context))
        found = [action for action in made if action is not None]
        if self._client.preferred_actions() and len(found) == 1 and found[0].title != LOSES:
            found[0].is_preferred = True
        return found

    def _directives(self, start: int, end: int, context: types.CodeActionContext) -> Iterator[types.CodeAction | None]:
        if not _wanted(types.CodeActionKind.QuickFix, context):
            return
        for directive in self._judgement.directives:
            place = directive.place
            if directive.fix is not None and self._line_start(place.start) <= end and start <= place.end:
                yield self._action(
                    "Fix data sharing",
                    types.CodeActionKind.QuickFix,
                    ActionData(self._document.uri, self._judgement.digest, "sharing", directive=place.start),
                    _about(context, "directive", place.start),
                )

    def _loops(self, start: int, end: int, context: types.CodeActionContext) -> Iterator[types.CodeAction | None]:
        for loop in self._offered(start, end):
            diagnostics = _about(context, "loop", loop.facts.id)
            kinds = (REWRITE, types.CodeActionKind.QuickFix)
            kind = next((kind for kind in (reversed(kinds) if diagnostics else kinds) if _wanted(kind, context)), None)
            if kind is None:
                continue
            known = self._evidence.get(loop.facts.id)
            loses = known is not None and not known.pays
            if self._trusted:
                yield self._loop_action(LOSES if loses else VERIFIED, kind, "verified", loop, diagnostics)
            if loop.verdict.verdict == "parallel" and not loses:
                yield self._loop_action("Parallelise (proved, not run)", kind, "proved", loop, diagnostics)

    def _offered(self, start: int, end: int) -> Iterator[JudgedLoop]:
        chosen = {loop.facts.id for loop in choose_loops(self._judgement.loops)}
        for loop in self._judgement.loops:
            facts = loop.facts
            reach = facts.place.end if facts.id in chosen else max(facts.body.start, facts.keyword.end)
            if loop.pragma is not None and self._line_start(facts.place.start) <= end and start <= reach:
                yield loop

    def _line_start(self, offset: int) -> int:
        """A click into the indentation is a click on what is indented."""
        return self._document.text.rfind(b"\n", 0, offset) + 1

    def _loop_action(
        self, title: str, kind: str, what: str, loop: JudgedLoop, diagnostics: list[types.Diagnostic]
    ) -> types.CodeAction | None:
        data = ActionData(self._document.uri, self._judgement.digest, what, loop=loop.facts.id)
        return self._action(title, kind, data, diagnostics)

    def _action(
        self, title: str, kind: str, data: ActionData, diagnostics: list[types.Diagnostic]
    ) -> types.CodeAction | None:
        action = types.CodeAction(title=title, kind=kind, diagnostics=diagnostics or None)
        if self._client.resolves_edits():
            action.data = msgspec.to_builtins(data)
        elif data.what == "verified":
            action.command = types.Command(title=title, command=COMMAND, arguments=[msgspec.to_builtins(data)])
        else:
            try:
                edit = edit_for(self._document, self._judgement, data)
            except CodegenError:
                return None  # the client could not be told why
            action.edit = workspace_edit(self._document, edit, self._client)
        return action


def edit_for(document: Document, judgement: Judgement, data: ActionData) -> Edit:
    """The edit of a "proved" or "sharing" action.

    Raises `KeyError` where the text has no such loop or directive, `CodegenError` where no pragma can go there.
    """
    path = document.path or document.uri
    if data.what == "sharing":
        directive = find_directive(judgement, data.directive)
        assert directive.fix is not None
        return replace_directive(path, document.text, directive.place, directive.fix)
    loop = find_loop(judgement, data.loop)
    assert loop.verdict.plan is not None
    plans = [(loop.facts, loop.verdict.plan)]
    return edit_for_plans(path, document.text, plans, language=judgement.language)


def find_loop(judgement: Judgement, loop_id: str | None) -> JudgedLoop:
    for loop in judgement.loops:
        if loop.facts.id == loop_id and loop.verdict.plan is not None:
            return loop
    raise KeyError(loop_id)


def find_directive(judgement: Judgement, start: int | None) -> DirectiveFacts:
    for directive in judgement.directives:
        if directive.place.start == start and directive.fix is not None:
            return directive
    raise KeyError(start)


def _wanted(kind: str, context: types.CodeActionContext) -> bool:
    """Kinds are hierarchical: asking for "refactor" asks for "refactor.rewrite.pragmatist.parallelise"."""
    kind = _text(kind)
    return not context.only or any(kind == only or kind.startswith(f"{only}.") for only in map(_text, context.only))


def _text(kind: Any) -> str:
    return str(getattr(kind, "value", kind))


def _about(context: types.CodeActionContext, key: str, value: object) -> list[types.Diagnostic]:
    """The request's diagnostics of ours that are about this loop or directive."""
    return [
        diagnostic
        for diagnostic in context.diagnostics
        if diagnostic.source == SOURCE and isinstance(diagnostic.data, dict) and diagnostic.data.get(key) == value
    ]
