"""Verification from the editor: trust, evidence before edits, refusal with words, cancel, and nothing left behind."""

from __future__ import annotations

import ast
import asyncio
import os
import re
import shutil
import signal
from collections.abc import Iterable

import pytest
import pytest_asyncio
from loops_to_verify import SCALE_AND_SCATTER
from lsp_editor import PATIENCE, Editor, apply, editor_with
from lsprotocol import types
from pragmatist.verification.sandbox.processes import descendants
from pygls.exceptions import JsonRpcException
from pytest_lsp import client_capabilities

TOOLS = ("gcc", "bwrap", "clang-19")
pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in TOOLS), reason=f"verification needs {', '.join(TOOLS)}"
    ),
]

PROGRAM = (
    SCALE_AND_SCATTER
    + """
int main(void)
{
    double sum = 0.0;
    for (int i = 0; i < 2000; i++) {
        x[i] = i;
        order[i] = i / 2;
    }
    scale(2000);
    scatter(2000);
    for (int i = 0; i < 2000; i++)
        sum += y[i];
    printf("%.6f\\n", sum);
    return 0;
}
"""
)
SCALE, SCATTER = 8, 16  # 0-based lines of the two loops
TRUSTED = {"pragmatist": {"trusted": True}}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory):
    """A trusted workspace with a cache of its own."""
    cache = tmp_path_factory.mktemp("cache")
    async with editor_with(tmp_path_factory.mktemp("trusted"), TRUSTED, PRAGMATIST_CACHE_DIR=str(cache)) as editor:
        await editor.diagnostics(editor.open("first.c", PROGRAM))
        (editor.analyst,) = descendants(editor.pid)
        yield editor


async def verified_action(editor: Editor, uri: str, line: int) -> types.CodeAction:
    """The action, listed but not resolved; progress reports from before are forgotten."""
    await editor.diagnostics(uri)
    (action,) = [a for a in await editor.fixes(uri, line) if a.title == "Parallelise (verified)"]
    editor.forget()
    return action


async def gone(pids: Iterable[int]) -> None:
    """Wait until none of the processes is left."""
    loop = asyncio.get_running_loop()
    for pid in pids:
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            continue
        ended = asyncio.Event()
        loop.add_reader(descriptor, ended.set)
        try:
            await asyncio.wait_for(ended.wait(), PATIENCE)
        finally:
            loop.remove_reader(descriptor)
            os.close(descriptor)


async def working(editor: Editor) -> list[int]:
    """The server's descendants, once a verification has begun to compile."""
    await asyncio.wait_for(editor.begun.get(), PATIENCE)
    while not any(step.get("kind") == "report" for step in editor.progress):
        editor.progressed.clear()
        await asyncio.wait_for(editor.progressed.wait(), PATIENCE)
    return descendants(editor.pid)


async def test_the_edit_comes_with_the_evidence(editor):
    """Resolving runs the checks with progress, and the edit is the proved one; hover then shows what was checked."""
    uri = editor.open("a.c", PROGRAM)
    action = await verified_action(editor, uri, SCALE)
    assert action.edit is None
    resolved = await editor.resolve(action)
    text = apply(PROGRAM, resolved.edit, uri)
    lines = PROGRAM.splitlines(keepends=True)
    assert text == "".join([*lines[:SCALE], "    #pragma omp parallel for private(t)\n", *lines[SCALE:]])

    kinds = [step["kind"] for step in editor.progress]
    assert (kinds[0], kinds[-1]) == ("begin", "end")
    assert editor.progress[-1]["message"] == "passed"
    percentages = [step["percentage"] for step in editor.progress if step["kind"] == "report"]
    assert percentages == sorted(percentages)
    hover = await editor.hover(uri, SCALE, 6)
    assert hover is not None
    assert "Verification passed" in hover
    assert "threaded-race: passed" in hover


async def test_a_refuted_plan_is_refused_with_the_trace(editor):
    """`order` has duplicates: the race is reported with its line, nothing is edited, and the hover says so."""
    uri = editor.open("b.c", PROGRAM)
    action = await verified_action(editor, uri, SCATTER)
    with pytest.raises(JsonRpcException, match="refuted"):
        await editor.resolve(action)
    message = await editor.message()
    assert "line 17" in message
    assert "was not changed" in message
    (found,) = [each for each in editor.client.diagnostics[uri] if each.code == "PRG400"]
    assert found.range.start.line == SCATTER
    assert {each.location.range.start.line for each in found.related_information} == {SCATTER + 1}


async def test_a_function_that_cannot_run_is_refused_with_what_would_help(editor):
    """Nothing ran, so nothing is verified."""
    needs_away = PROGRAM.split("int main")[0].replace("double t;", "double t = away();")
    uri = editor.open("c.c", "extern double away(void);\n" + needs_away)
    with pytest.raises(JsonRpcException, match="inconclusive"):
        await editor.resolve(await verified_action(editor, uri, SCALE + 1))
    assert "away" in await editor.message()


async def test_what_was_verified_is_shown_of_that_text_and_of_what_the_edit_made_of_it(editor):
    """The hint behind the loop, and no lens to verify it again; after another edit the evidence says nothing."""
    program = PROGRAM.replace("2000", "1996")
    uri = editor.open("g.c", program)
    assert (await editor.hints(uri))[SCALE] == "parallel · proved"
    assert [(await resolved_lens(editor, lens)).title for lens in await editor.lenses(uri)][:2] == [
        "Verify",
        "Parallelise",
    ]
    resolved = await editor.resolve(await verified_action(editor, uri, SCALE))
    assert set(editor.refreshed) == {types.WORKSPACE_CODE_LENS_REFRESH}  # this client says nothing of hints
    assert re.fullmatch(r"parallel · (\d\.\dx |not faster here, )?verified", (await editor.hints(uri))[SCALE])
    lenses = [(lens.range.start.line, (await resolved_lens(editor, lens)).title) for lens in await editor.lenses(uri)]
    assert [title for line, title in lenses if line == SCALE] == ["Parallelise", "Show report"]
    text = apply(program, resolved.edit, uri)
    editor.change(uri, (None, text))
    assert "verified" in (await editor.hints(uri))[SCALE + 1]
    editor.change(uri, (None, text.replace("0.5", "0.25")))
    assert SCALE + 1 not in await editor.hints(uri)


async def resolved_lens(editor: Editor, lens: types.CodeLens) -> types.Command:
    command = (await editor.client.code_lens_resolve_async(lens)).command
    assert command is not None
    return command


async def test_a_file_is_verified_by_command_under_the_clients_own_token(editor):
    """Every loop that pays gets its evidence, nothing is changed, and the refuted one is no plan any more."""
    uri = editor.open("h.c", PROGRAM)
    await editor.diagnostics(uri)
    editor.forget()
    result = await editor.command("pragmatist.verifyFile", {"uri": uri}, token="mine")
    assert SCALE + 1 in result["passed"]
    assert result["refuted"] == [SCATTER + 1]
    assert await asyncio.wait_for(editor.begun.get(), PATIENCE) == "mine"
    hints = await editor.hints(uri)
    assert "verified" in hints[SCALE]
    assert hints[SCATTER].startswith("plan refuted by")
    assert await editor.fixes(uri, SCATTER) == []


async def test_a_cancelled_command_ends_all_that_it_started(editor):
    """By `$/cancelRequest`, which cancels no command by itself; the worker takes the next one."""
    uri = editor.open("i.c", PROGRAM.replace("2000", "1997"))
    await editor.diagnostics(uri)
    editor.forget()
    params = types.ExecuteCommandParams(command="pragmatist.verifyFile", arguments=[{"uri": uri}])
    request = editor.client.protocol.send_request(types.WORKSPACE_EXECUTE_COMMAND, params, msg_id="verify-i")
    busy = await working(editor)
    editor.client.cancel_request(types.CancelParams(id="verify-i"))
    with pytest.raises(JsonRpcException) as error:
        await asyncio.wait_for(asyncio.wrap_future(request), PATIENCE)
    assert error.value.code == types.LSPErrorCodes.RequestCancelled.value
    await gone(pid for pid in busy if pid != editor.analyst)
    assert SCALE + 1 in (await editor.command("pragmatist.verifyFile", {"uri": uri}))["passed"]


async def test_fix_all_inserts_what_is_proved_and_verified(editor):
    """Listed for source actions alone; candidates are left alone, whatever the checks would say."""
    uri = editor.open("j.c", PROGRAM)
    await editor.diagnostics(uri)
    assert [action.kind for action in await editor.actions(uri, 0)] == []
    (action,) = await editor.actions(uri, 0, ["source.fixAll"])
    assert (action.kind, action.edit) == ("source.fixAll.pragmatist", None)
    (answer,) = await asyncio.gather(editor.resolve(action), return_exceptions=True)
    if isinstance(answer, JsonRpcException):  # where measuring shows that no loop of so small a program gets faster
        assert str(answer) == await editor.message()
        assert str(answer).startswith("No loop was changed: 3 passed")
    else:
        text = apply(PROGRAM, answer.edit, uri)
        assert "#pragma omp" in text
        assert "#pragma omp" not in text.split("static void scatter")[1].split("int main")[0]


async def test_a_text_that_changes_during_verification_gets_no_edit(editor):
    """The evidence is about a text that is not there any more."""
    uri = editor.open("d.c", PROGRAM)
    action = await verified_action(editor, uri, SCALE)
    resolving = asyncio.ensure_future(editor.resolve(action))
    await asyncio.wait_for(editor.begun.get(), PATIENCE)
    editor.change(uri, (None, "/* new */\n" + PROGRAM))
    with pytest.raises(JsonRpcException, match="the text changed"):
        await resolving


async def test_a_cancelled_verification_ends_all_that_it_started(editor):
    """By the progress report's button: an error that says so, and no compiler, sanitizer or worker is left."""
    uri = editor.open("e.c", PROGRAM.replace("2000", "1999"))
    resolving = asyncio.ensure_future(editor.resolve(await verified_action(editor, uri, SCALE)))
    token = await asyncio.wait_for(editor.begun.get(), PATIENCE)
    editor.begun.put_nowait(token)
    busy = await working(editor)
    editor.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token=token))
    with pytest.raises(JsonRpcException, match="cancelled"):
        await resolving
    assert editor.progress[-1] == {"kind": "end", "message": "cancelled"}
    await gone(pid for pid in busy if pid != editor.analyst)


async def test_a_cancelled_request_ends_all_that_it_started_too(editor):
    """By `$/cancelRequest`: answered once, as cancelled, and the next verification works."""
    uri = editor.open("f.c", PROGRAM.replace("2000", "1998"))
    action = await verified_action(editor, uri, SCALE)
    request = editor.client.protocol.send_request(types.CODE_ACTION_RESOLVE, action, msg_id="resolve-f")
    answer = asyncio.wrap_future(request)
    await working(editor)
    editor.client.cancel_request(types.CancelParams(id="resolve-f"))
    with pytest.raises(JsonRpcException) as error:
        await asyncio.wait_for(answer, PATIENCE)
    assert error.value.code == types.LSPErrorCodes.RequestCancelled.value
    assert (await editor.resolve(action)).edit is not None


async def test_nothing_is_compiled_or_run_without_trust(start):
    """No verified action is listed, and asking for one by hand is refused."""
    async with start() as editor:
        uri = editor.open("a.c", PROGRAM)
        await editor.diagnostics(uri)
        actions = await editor.fixes(uri, SCALE)
        assert [action.title for action in actions] == ["Parallelise (proved, not run)"]
        assert await editor.fixes(uri, SCATTER) == []
        actions[0].data["what"] = "verified"
        with pytest.raises(JsonRpcException, match="not trusted"):
            await editor.resolve(actions[0])
        assert len(descendants(editor.pid)) == 1  # the analysis worker


async def test_a_client_that_cannot_resolve_verifies_by_command(start):
    """The command verifies and then asks the client to apply the edit."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None
    assert capabilities.text_document.code_action is not None
    capabilities.text_document.code_action.resolve_support = None
    async with start(TRUSTED, capabilities) as editor:
        applied: list[types.ApplyWorkspaceEditParams] = []

        @editor.client.feature(types.WORKSPACE_APPLY_EDIT)
        def apply_edit(params: types.ApplyWorkspaceEditParams) -> types.ApplyWorkspaceEditResult:
            applied.append(params)
            return types.ApplyWorkspaceEditResult(applied=True)

        uri = editor.open("a.c", PROGRAM)
        (action,) = [a for a in await editor.listed(uri, SCALE) if a.title == "Parallelise (verified)"]
        command = ast.literal_eval(action.command)  # lsprotocol took the action for a Command, its command for a string
        await editor.client.workspace_execute_command_async(
            types.ExecuteCommandParams(command=command["command"], arguments=command["arguments"])
        )
        assert "#pragma omp parallel for private(t)" in apply(PROGRAM, applied[0].edit, uri)


@pytest.mark.parametrize("death", ["kill", "pipe"])
async def test_no_worker_outlives_the_server(start, death):
    """The server killed, or its editor gone, in the midst of a verification: every process below it ends."""
    async with start(TRUSTED, PRAGMATIST_CACHE_DIR="/nonexistent") as editor:
        uri = editor.open("a.c", PROGRAM)
        resolving = asyncio.ensure_future(editor.resolve(await verified_action(editor, uri, SCALE)))
        family = await working(editor)
        assert len(family) >= 2  # both workers, and what the verification has started by now
        server = editor.client._server
        assert server is not None
        if death == "kill":
            server.send_signal(signal.SIGKILL)
        else:
            assert server.stdin is not None
            server.stdin.close()
        await asyncio.wait_for(server.wait(), PATIENCE)
        await gone(family)
        with pytest.raises((RuntimeError, JsonRpcException)):  # no answer, or a last one that says so
            await resolving
        editor.client.error = RuntimeError("the server is gone, as it should be")  # no shutdown can be asked of it
