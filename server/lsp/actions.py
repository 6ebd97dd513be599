"""Code actions: cheap to list, their edits made when they are asked for, and never against another text.

An action names the text that it was made for by digest. Where the client can resolve actions, the edit (and the
verification that it may need) comes then; where it cannot, proved edits come at once and verified ones as a command.

Offered are: for a directive that races, the corrected one; for the loop at hand, to run it in parallel, verified, or
proved and not run where nothing may be run or nothing could be; to be silent about it; and, where source actions are
asked for, all proved loops of the file at once. A client that filters nothing gets what it asked for and no more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import msgspec
from lsprotocol import types

from ...analysis.facts import DirectiveFacts, Place
from ...codegen.comment import ignore_above
from ...codegen.edit import Edit
from ...codegen.errors import CodegenError
from ...codegen.insert import edit_for_plans, replace_directive
from ...verification.evidence import Evidence
from ..engine.choose import choose_loops
from ..engine.judgement import JudgedLoop, Judgement
from .announced import FIX_ALL, PARALLELISE, REWRITE
from .capabilities import Client
from .diagnostics import SOURCE
from .documents import Document
from .edits import workspace_edit

VERIFIED = "Parallelise (verified)"
LOSES = "Parallelise (verified: safe, but not faster here)"
PROVED = "Parallelise (proved, not run)"
SHARING = "Fix data sharing"
ALL = "Parallelise all proved loops of the file (verified)"
IGNORE = "Ignore this loop"
IGNORE_DIRECTIVE = "Ignore this directive"
_FIXES = (VERIFIED, LOSES, PROVED, SHARING)


class ActionData(msgspec.Struct):
    """What an action carries to its resolution.

    `what`: "proved" or "verified" (a loop's plan), "all" (those of the file), "sharing" (a directive's fix), "ignore".
    """

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
        hidden: Collection[str] = (),
        *,
        trusted: bool,
    ) -> None:
        """`judgement` is as the evidence leaves it; `evidence` is what was verified of this text, by loop; `hidden` are
        loops that are switched off, which are offered to who clicks on them and are left out of what is done to all."""
        self._document, self._judgement, self._client, self._trusted = document, judgement, client, trusted
        self._evidence, self._hidden = evidence, hidden
        self._runs = trusted and document.path is not None

    def actions(self, params: types.CodeActionParams) -> list[types.CodeAction]:
        """The actions that the range and `context.only` ask for."""
        if not self._client.action_literals():
            return []
        start, end = self._document.offsets(params.range)
        context = params.context
        made = (
            *self._directives(start, end, context),
            *self._loops(start, end, context),
            *self._whole(context),
        )
        found = [action for action in made if action is not None]
        fixes = [action for action in found if action.title in _FIXES]
        if self._client.preferred_actions() and len(fixes) == 1 and fixes[0].title != LOSES:
            fixes[0].is_preferred = True
        return found

    def _directives(self, start: int, end: int, context: types.CodeActionContext) -> Iterator[types.CodeAction | None]:
        if not _wanted(types.CodeActionKind.QuickFix, context):
            return
        for directive in self._judgement.directives:
            place = directive.place
            if not (self._line_start(place.start) <= end and start <= place.end):
                continue
            diagnostics = self._about(context, "directive", place.start, place)
            if directive.fix is not None:
                yield self._directive_action(SHARING, "sharing", directive, diagnostics)
            if diagnostics:
                yield self._directive_action(IGNORE_DIRECTIVE, "ignore", directive, diagnostics)

    def _loops(self, start: int, end: int, context: types.CodeActionContext) -> Iterator[types.CodeAction | None]:
        for loop in self._offered(start, end):
            diagnostics = self._about(context, "loop", loop.facts.id, loop.facts.keyword)
            kinds = (REWRITE, types.CodeActionKind.QuickFix)
            kind = next((kind for kind in (reversed(kinds) if diagnostics else kinds) if _wanted(kind, context)), None)
            if kind is not None:
                yield from self._parallelise(loop, kind, diagnostics)
            if diagnostics and _wanted(types.CodeActionKind.QuickFix, context):
                yield self._loop_action(IGNORE, types.CodeActionKind.QuickFix, "ignore", loop, diagnostics)

    def _parallelise(
        self, loop: JudgedLoop, kind: str, diagnostics: list[types.Diagnostic]
    ) -> Iterator[types.CodeAction | None]:
        known = self._evidence.get(loop.facts.id)
        if self._runs:
            loses = known is not None and not known.pays
            yield self._loop_action(LOSES if loses else VERIFIED, kind, "verified", loop, diagnostics)
        undecided = known is not None and known.verdict == "inconclusive"
        if loop.verdict.verdict == "parallel" and loop.verdict.basis == "proved" and (undecided or not self._runs):
            yield self._loop_action(PROVED, kind, "proved", loop, diagnostics)

    def _whole(self, context: types.CodeActionContext) -> Iterator[types.CodeAction | None]:
        """The file's: listed only where source actions are asked for, as it is no answer to a click on a loop."""
        if not context.only or not _wanted(FIX_ALL, context) or not self._runs:
            return
        if any(loop.verdict.basis == "proved" for loop in choose_loops(self._judgement.loops, self._hidden)):
            data = ActionData(self._document.uri, self._judgement.digest, "all")
            yield self._action(ALL, FIX_ALL, data, [])

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

    def _about(self, context: types.CodeActionContext, key: str, value: object, place: Place) -> list[types.Diagnostic]:
        """The request's diagnostics of ours that are about this loop or directive.

        By their data; for a client that does not send it back, by where they begin.
        """
        start = self._document.range(place.start, place.start).start
        return [
            diagnostic
            for diagnostic in context.diagnostics
            if diagnostic.source == SOURCE
            and (
                diagnostic.data.get(key) == value
                if isinstance(diagnostic.data, dict)
                else diagnostic.range.start == start
            )
        ]

    def _loop_action(
        self, title: str, kind: str, what: str, loop: JudgedLoop, diagnostics: list[types.Diagnostic]
    ) -> types.CodeAction | None:
        data = ActionData(self._document.uri, self._judgement.digest, what, loop=loop.facts.id)
        return self._action(title, kind, data, diagnostics)

    def _directive_action(
        self, title: str, what: str, directive: DirectiveFacts, diagnostics: list[types.Diagnostic]
    ) -> types.CodeAction | None:
        data = ActionData(self._document.uri, self._judgement.digest, what, directive=directive.place.start)
        return self._action(title, types.CodeActionKind.QuickFix, data, diagnostics)

    def _action(
        self, title: str, kind: str, data: ActionData, diagnostics: list[types.Diagnostic]
    ) -> types.CodeAction | None:
        action = types.CodeAction(title=title, kind=kind, diagnostics=diagnostics or None)
        if self._client.resolves_edits():
            action.data = msgspec.to_builtins(data)
        elif data.what in ("verified", "all"):
            action.command = types.Command(title=title, command=PARALLELISE, arguments=[msgspec.to_builtins(data)])
        else:
            try:
                edit = edit_for(self._document, self._judgement, data)
            except CodegenError:
                return None  # the client could not be told why
            action.edit = workspace_edit(self._document, edit, self._client)
        return action


def edit_for(document: Document, judgement: Judgement, data: ActionData) -> Edit:
    """The edit of a "proved", "sharing" or "ignore" action.

    Raises `KeyError` where the text has no such loop or directive, `CodegenError` where nothing can be put there.
    """
    path = document.path or document.uri
    if data.what == "ignore":
        return ignore_above(path, document.text, _place(judgement, data), judgement.language)
    if data.what == "sharing":
        directive = find_directive(judgement, data.directive)
        if directive.fix is None:
            raise KeyError(data.directive)
        return replace_directive(path, document.text, directive.place, directive.fix)
    loop = find_loop(judgement, data.loop)
    if data.what != "proved" or loop.verdict.basis != "proved" or loop.verdict.plan is None:
        raise KeyError(data.what)
    plans = [(loop.facts, loop.verdict.plan)]
    return edit_for_plans(path, document.text, plans, language=judgement.language)


def find_loop(judgement: Judgement, loop_id: str | None) -> JudgedLoop:
    """The loop of this text that has a plan. Raises `KeyError`."""
    for loop in judgement.loops:
        if loop.facts.id == loop_id and loop.verdict.plan is not None:
            return loop
    raise KeyError(loop_id)


def find_directive(judgement: Judgement, start: int | None) -> DirectiveFacts:
    """The directive that begins at this offset. Raises `KeyError`."""
    for directive in judgement.directives:
        if directive.place.start == start:
            return directive
    raise KeyError(start)


def _place(judgement: Judgement, data: ActionData) -> Place:
    if data.directive is not None:
        return find_directive(judgement, data.directive).place
    return find_loop(judgement, data.loop).facts.keyword


def _wanted(kind: str, context: types.CodeActionContext) -> bool:
    """Kinds are hierarchical: asking for "refactor" asks for "refactor.rewrite.pragmatist.parallelise"."""
    kind = _text(kind)
    return not context.only or any(kind == only or kind.startswith(f"{only}.") for only in map(_text, context.only))


def _text(kind: Any) -> str:
    return str(getattr(kind, "value", kind))
