"""Code lenses, inlay hints and commands: what is offered above a loop, said behind it, and can be asked for."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import pytest_asyncio
from lsp_editor import apply, editor_with
from lsprotocol import types
from pragmatist.verification.sandbox.processes import descendants
from pygls.exceptions import JsonRpcException
from pytest_lsp import client_capabilities

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = """\
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
    {
        y[i] = 2.0 * x[i];
    }
}

void scatter(int n, double *restrict y, const int *restrict at)
{
    for (int i = 0; i < n; i++)
        y[at[i]] = i;
}

void sweep(int n, double *x)
{
    for (int i = 1; i < n; i++)
        x[i] = x[i] + x[i - 1];
}
"""
SCALE, SCATTER, SWEEP = 2, 10, 16  # 0-based lines of the loops


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory):
    """One VS Code without trust for all tests that need nothing special."""
    async with editor_with(tmp_path_factory.mktemp("workspace")) as editor:
        yield editor


async def test_hints_say_what_is_known_at_the_end_of_the_header(editor):
    """Proved and candidate; a serial loop has none, since why takes more words."""
    uri = editor.open("a.c", TEXT)
    assert await editor.hints(uri) == {SCALE: "parallel · proved", SCATTER: "candidate"}
    answer = await editor.client.text_document_inlay_hint_async(
        types.InlayHintParams(
            text_document=types.TextDocumentIdentifier(uri=uri),
            range=types.Range(start=types.Position(line=0, character=0), end=types.Position(line=9, character=0)),
        )
    )
    (hint,) = answer
    assert hint.position == types.Position(line=SCALE, character=len("    for (int i = 0; i < n; i++)"))


async def test_lenses_get_their_command_when_they_are_resolved(editor):
    """Without trust: proved loops alone, and nothing is run."""
    uri = editor.open("a.c", TEXT)
    lens, *reports = await editor.lenses(uri)
    assert [report.range.start.line for report in reports] == [SCALE, SCATTER, SWEEP]
    assert (lens.range.start.line, lens.command) == (SCALE, None)
    resolved = await editor.client.code_lens_resolve_async(lens)
    assert (resolved.command.title, resolved.command.command) == (
        "Parallelise (proved, not run)", "pragmatist.parallelise",
    )  # fmt: skip
    editor.change(uri, (None, "\n" + TEXT))
    with pytest.raises(JsonRpcException) as error:
        await editor.client.code_lens_resolve_async(lens)
    assert error.value.code == types.LSPErrorCodes.ContentModified.value


async def test_a_lens_applies_its_edit(start):
    """By `workspace/applyEdit`, against the version that the lens is about."""
    async with start() as editor:
        applied: list[types.ApplyWorkspaceEditParams] = []

        @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            applied.append(params)
            return types.ApplyWorkspaceEditResult(applied=True)

        uri = editor.open("a.c", TEXT)
        lens = (await editor.lenses(uri))[0]
        command = (await editor.client.code_lens_resolve_async(lens)).command
        await editor.command(command.command, *command.arguments)
        pragma = "    #pragma omp parallel for\n"
        assert apply(TEXT, applied[0].edit, uri) == TEXT.replace("    for", pragma + "    for", 1)


@pytest.mark.parametrize(("setting", "lenses", "hints"), [("codeLens", 0, 2), ("inlayHints", 4, 0)])
async def test_each_can_be_switched_off(start, setting, lenses, hints):
    """And the other stays."""
    async with start({setting: False}) as editor:
        uri = editor.open("a.c", TEXT)
        assert len(await editor.lenses(uri)) == lenses
        assert len(await editor.hints(uri)) == hints


async def test_no_lens_where_its_edit_could_not_be_applied(start):
    """A client without `workspace/applyEdit`."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.apply_edit = None
    async with start(None, capabilities) as editor:
        lenses = await editor.lenses(editor.open("a.c", TEXT))
        assert {lens.data["title"] for lens in lenses} == {"Show report"}


async def test_explain_loop_answers_with_the_hover_of_the_loop_around(editor):
    """From within the body as well; its first line is shown as a message unless the client shows the answer."""
    uri = editor.open("a.c", TEXT)
    at = {"uri": uri, "position": {"line": SWEEP + 1, "character": 8}}
    answer = await editor.command("pragmatist.explainLoop", at)
    assert (answer["kind"], answer["range"]["start"]["line"]) == ("markdown", SWEEP)
    assert answer["value"] == await editor.hover(uri, SWEEP, 6)
    message = await editor.message()
    assert "1 iteration of i earlier" in message
    await editor.command("pragmatist.explainLoop", {**at, "show": False})
    with pytest.raises(JsonRpcException, match="loops begin at lines 3, 11, 17"):
        await editor.command("pragmatist.explainLoop", {"uri": uri, "position": {"line": 7, "character": 0}})
    assert editor.messages.empty()


async def test_a_report_is_handed_over_or_opened(editor):
    """By its lens: a page on this very loop; shown by `window/showDocument`, and its file goes with the server."""
    shown: list[types.ShowDocumentParams] = []

    editor.client.protocol.fm.features.pop(types.WINDOW_SHOW_DOCUMENT)

    @editor.client.feature(types.WINDOW_SHOW_DOCUMENT)
    def show(params: types.ShowDocumentParams) -> types.ShowDocumentResult:
        shown.append(params)
        return types.ShowDocumentResult(success=True)

    uri = editor.open("a.c", TEXT)
    lens = (await editor.lenses(uri))[-1]
    command = (await editor.client.code_lens_resolve_async(lens)).command
    answer = await editor.command(command.command, *command.arguments)
    assert answer["html"].startswith("<!DOCTYPE html>")
    assert "x[i - 1]" in answer["html"]
    (page,) = shown
    assert page.external
    assert Path(unquote(urlparse(page.uri).path)).read_text() == answer["html"]
    await editor.command(command.command, {**command.arguments[0], "show": False})
    assert len(shown) == 1
    assert len(descendants(editor.pid)) == 1  # the process that made it is gone


@pytest.mark.parametrize(("folders", "name"), [(["one"], "in.c"), (["one", "two"], "one/in.c"), (["two"], None)])
async def test_a_report_calls_the_file_by_its_place_in_the_workspace(tmp_path, folders, name):
    """In a folder of its own, in one of several, and outside of all: there by its whole path."""
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
    async with editor_with(tmp_path, folders=[tmp_path / folder for folder in folders]) as editor:
        uri = editor.open("one/in.c", TEXT)
        loop = {"uri": uri, "position": {"line": SCALE, "character": 0}, "show": False}
        html = (await editor.command("pragmatist.showReport", loop))["html"]
        assert f">{name or tmp_path / 'one' / 'in.c'}, line {SCALE + 1}" in html


async def test_wrong_arguments_are_named(editor):
    """For whoever writes a client."""
    for arguments in ((), (7,), ({"uri": 3},), ({"uri": "file:///none.c", "position": {"line": "x"}},)):
        with pytest.raises(JsonRpcException, match="argument is not one of ours"):
            await editor.command("pragmatist.explainLoop", *arguments)
    with pytest.raises(JsonRpcException, match="open the file first"):
        await editor.command(
            "pragmatist.explainLoop", {"uri": "file:///none.c", "position": {"line": 0, "character": 0}}
        )


async def test_nothing_is_verified_without_trust(editor):
    """By no command."""
    uri = editor.open("a.c", TEXT)
    with pytest.raises(JsonRpcException, match="not trusted"):
        await editor.command("pragmatist.verifyFile", {"uri": uri})
    lens = (await editor.lenses(uri))[0]
    command = (await editor.client.code_lens_resolve_async(lens)).command
    with pytest.raises(JsonRpcException, match="not trusted"):
        await editor.command("pragmatist.verify", *command.arguments)
    assert len(descendants(editor.pid)) == 1  # the analysis worker


async def test_restarted_workers_are_new_and_texts_are_judged_anew(editor):
    """Also one whose analysis is under way."""
    uri = editor.open("a.c", TEXT)
    await editor.diagnostics(uri)
    (before,) = descendants(editor.pid)
    editor._diagnosed[uri] = asyncio.Event()
    await editor.command("pragmatist.restartWorkers")
    assert len(await editor.diagnostics(uri)) == 2
    assert before not in descendants(editor.pid)


async def test_everything_announced_can_be_run():
    """The names in the answer to `initialize` are those that the code knows."""
    from pragmatist.server.lsp import announced
    from pragmatist.server.lsp.commands import RUN

    assert tuple(RUN) == announced.COMMANDS
