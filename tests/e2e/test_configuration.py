"""What the editor's configuration, its folders and files beside the text change while the server runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from lsp_editor import PATIENCE, Editor, editor_with
from lsprotocol import types
from pytest_lsp import client_capabilities

SCALE = """\
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}
"""


def pulling() -> types.ClientCapabilities:
    """VS Code as it is today: it asks for diagnostics."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None
    assert capabilities.workspace is not None
    capabilities.text_document.diagnostic = types.DiagnosticClientCapabilities()
    capabilities.workspace.diagnostics = types.DiagnosticWorkspaceClientCapabilities(refresh_support=True)
    return capabilities


async def codes(editor: Editor, uri: str) -> list[object]:
    return [diagnostic.code for diagnostic in await editor.diagnostics(uri)]


def configure(editor: Editor, settings: object, folder: Path | None = None) -> None:
    """The user changes settings, and the editor says so."""
    scope = folder.as_uri() if folder is not None else None
    editor.client.set_configuration({"pragmatist": settings}, scope_uri=scope)
    editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))


async def lenses(editor: Editor, uri: str) -> object:
    asked = types.CodeLensParams(text_document=types.TextDocumentIdentifier(uri=uri))
    return await editor.client.text_document_code_lens_async(asked)


def changed(editor: Editor, path: Path) -> None:
    event = types.FileEvent(uri=path.as_uri(), type=types.FileChangeType.Changed)
    editor.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes=[event]))


async def test_who_asks_for_diagnostics_is_answered_and_sent_none(tmp_path):
    """Full, then unchanged by the id of the result, then full again after an edit; an end in a file that is closed."""
    async with editor_with(tmp_path, {"debounceMs": 0}, pulling()) as editor:
        uri = editor.open("a.c", SCALE)
        full = await editor.pull(uri)
        assert [item.code for item in full.items] == ["PRG001"]
        unchanged = await editor.pull(uri, full.result_id)
        assert (unchanged.kind, unchanged.result_id) == ("unchanged", full.result_id)
        editor.change(uri, (None, "// pragmatist: ignore PRG001 ->\n" + SCALE.replace("for", "// 1\n for", 1)))
        edited = await editor.pull(uri, full.result_id)
        assert edited.kind == "full"
        assert edited.result_id != full.result_id
        document = types.TextDocumentIdentifier(uri=uri)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
        assert (await editor.pull(uri)).items == ()
        assert editor.client.diagnostics == {}


async def test_an_answer_waits_for_the_pause_and_is_about_the_newest_text(tmp_path):
    """Who asks while somebody types gets one answer, of the text at the end."""
    async with editor_with(tmp_path, {"debounceMs": 300}, pulling()) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.pull(uri)
        editor.change(uri, (None, "int x;\n"))
        asked = asyncio.ensure_future(editor.pull(uri))
        editor.change(uri, (None, "\n" + SCALE))
        (item,) = (await asked).items
        assert item.range.start.line == 3


async def test_each_folder_has_its_own_settings(tmp_path):
    """Asked for by scope; changed while the server runs; a folder that goes takes its settings along."""
    loud, quiet = tmp_path / "loud", tmp_path / "quiet"
    loud.mkdir()
    quiet.mkdir()
    async with editor_with(tmp_path, {"debounceMs": 0}, folders=[loud, quiet]) as editor:
        one, other = editor.open("loud/a.c", SCALE), editor.open("quiet/a.c", SCALE)
        assert (await codes(editor, one), await codes(editor, other)) == (["PRG001"], ["PRG001"])
        editor.expect(other)
        configure(editor, {"diagnostics": {"disabled": ["PRG0xx"]}}, quiet)
        assert (await codes(editor, other), await codes(editor, one)) == ([], ["PRG001"])
        editor.expect(other)
        gone = types.WorkspaceFolder(uri=quiet.as_uri(), name="quiet")
        event = types.WorkspaceFoldersChangeEvent(added=[], removed=[gone])
        editor.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event=event))
        assert await codes(editor, other) == ["PRG001"]


async def test_what_is_switched_off_goes_at_once(tmp_path):
    """The client is had to ask again for the lenses that it shows, and is told that there are none."""
    async with editor_with(tmp_path, {"debounceMs": 0}) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        editor.refreshed.clear()
        editor.expect(uri)
        configure(editor, {"codeLens": False})
        await editor.diagnostics(uri)
        assert not await lenses(editor, uri)
        assert types.WORKSPACE_CODE_LENS_REFRESH in editor.refreshed


async def test_nothing_is_asked_for_again_when_the_configuration_says_nothing_new(tmp_path):
    """What a client asks for when it opens its first file would otherwise be cancelled, and asked for twice."""
    settings = {"debounceMs": 0}
    async with editor_with(tmp_path, settings, folders=[tmp_path], configuration={"pragmatist": settings}) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        assert await lenses(editor, uri)
        assert editor.refreshed == []


async def test_configuration_cannot_trust_and_what_is_wrong_is_said_once(tmp_path):
    """It may come from a file of the workspace. Tables of the editor's own extension are not ours to judge."""
    settings = {"trusted": True, "debounce": {"ration": 1}, "server": {"path": "x"}, "trace": {"server": "off"}}
    async with editor_with(tmp_path, None, configuration={"pragmatist": settings}) as editor:
        messages = {await editor.message(), await editor.message()}
        assert any(each.startswith("pragmatist.trusted is taken from initializationOptions alone") for each in messages)
        assert any("did you mean debounce.ratio?" in each for each in messages)
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        assert "Parallelise (verified)" not in [action.title for action in await editor.actions(uri, 2)]
        configure(editor, {**settings, "diagnostics": {"disabled": ["PRG01"]}})
        assert "unknown code PRG01; did you mean PRG0" in await editor.message()
        assert editor.messages.empty()


async def test_a_client_that_cannot_be_asked_tells(tmp_path):
    """Neovim sends its settings along."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.workspace is not None
    capabilities.workspace.configuration = False
    async with editor_with(tmp_path, {"debounceMs": 0}, capabilities) as editor:
        uri = editor.open("a.c", SCALE)
        assert await codes(editor, uri) == ["PRG001"]
        editor.expect(uri)
        settings = {"pragmatist": {"diagnostics": {"disabled": ["PRG001"]}}}
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=settings))
        assert await codes(editor, uri) == []


async def test_files_beside_the_text_are_watched(tmp_path):
    """pragmatist.toml, compile_commands.json and headers: registered for, and judged by when they change."""
    async with editor_with(tmp_path, {"debounceMs": 0}) as editor:
        uri = editor.open("a.c", '#include "n.h"\n' + SCALE.replace("i < n", "i < n STEP"))
        (tmp_path / "n.h").write_text("#define STEP\n")
        editor.expect(uri)
        changed(editor, tmp_path / "n.h")
        assert await codes(editor, uri) == ["PRG001"]

        (tmp_path / "pragmatist.toml").write_text('[diagnostics]\ndisabled = ["PRG001"]\n')
        editor.expect(uri)
        changed(editor, tmp_path / "pragmatist.toml")
        assert await codes(editor, uri) == []

        (tmp_path / "pragmatist.toml").write_text("[diagnostic]\n")
        changed(editor, tmp_path / "pragmatist.toml")
        assert (
            "pragmatist.toml: diagnostic: no such key; known are diagnostics, editor, verify" in await editor.message()
        )

        (tmp_path / "pragmatist.toml").unlink()
        (tmp_path / "n.h").write_text("\n")
        database = [{"directory": str(tmp_path), "file": "a.c", "command": "cc -DSTEP= -c a.c"}]
        (tmp_path / "compile_commands.json").write_text(json.dumps(database))
        editor.expect(uri)
        changed(editor, tmp_path / "compile_commands.json")
        assert await codes(editor, uri) == ["PRG001"]
        watchers = [
            watcher["globPattern"]
            for registration in editor.registered
            if registration.method == types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            for watcher in _plain(registration.register_options)["watchers"]
        ]
        assert {"**/pragmatist.toml", "**/compile_commands.json"} < set(watchers)


def _plain(options: object) -> dict:
    return json.loads(json.dumps(options, default=lambda value: value._asdict()))


@pytest.mark.parametrize("wanted", [True, False])
async def test_the_status_is_sent_to_who_wants_it(tmp_path, wanted):
    """Trust, what is under way, and counts of what is reported in open files; nothing to other clients."""
    options = {"debounceMs": 0, "trusted": True, **({"status": True} if wanted else {})}
    async with editor_with(tmp_path, options) as editor:
        uri = editor.open(
            "a.c", SCALE + SCALE.replace("scale", "two").replace("    for", "// pragmatist: ignore\n for")
        )
        await editor.diagnostics(uri)
        if not wanted:
            await editor.hover(uri, 0, 0)
            assert editor.status.empty()
            return
        while True:
            status = await asyncio.wait_for(editor.status.get(), PATIENCE)
            assert status.trusted is True
            if status.counts.parallel == 1 and status.busy is None:
                break
        assert (status.counts.serial, status.counts.race) == (0, 0)
        document = types.TextDocumentIdentifier(uri=uri)
        editor.client.text_document_did_close(types.DidCloseTextDocumentParams(text_document=document))
        while (await asyncio.wait_for(editor.status.get(), PATIENCE)).counts.parallel:
            pass


async def test_log_messages_reach_the_editor_at_its_level(tmp_path):
    """Set while the server runs."""
    async with editor_with(tmp_path, {"debounceMs": 0}) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        assert editor.logged.empty()
        configure(editor, {"logLevel": "debug"})
        editor.change(uri, (None, "\n" + SCALE))
        while True:
            logged = await asyncio.wait_for(editor.logged.get(), PATIENCE)
            assert "double" not in logged.message
            if logged.message == f"{uri}, version 2: 1 loops":
                break
        assert logged.type == types.MessageType.Log
