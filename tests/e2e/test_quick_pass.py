"""The quick pass: how loops are planned while a text is edited, with the model that comes along where one is asked."""

from __future__ import annotations

import asyncio
import shutil
import time
from pathlib import Path

import pytest
from lsp_editor import PATIENCE, Editor, apply, editor_with
from lsprotocol import types
from model_servers import ScriptedServer, hang, models, stream
from pragmatist.verification.sandbox.processes import descendants

TEXT = """\
void fill(double *to, int i);

void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}

void smooth(int n, double *restrict y)
{
    double buf[8];
    for (int i = 0; i < n; i++) {
        fill(buf, i);
        y[i] = buf[0] + buf[7];
    }
}

void racy(int n, double *x)
{
    double s = 0;
    #pragma omp parallel for
    for (int i = 0; i < n; i++)
        s += x[i];
    x[0] = s;
}
"""
OTHERS = """\
#include <stdio.h>
void scale(int n, double *y, const double *x);
void smooth(int n, double *y);
void fill(double *to, int i) { for (int k = 0; k < 8; k++) to[k] = i + k; }
static double a[300], b[300];
int main(void)
{
    smooth(300, a);
    scale(300, b, a);
    double sum = 0;
    for (int i = 0; i < 300; i++)
        sum += a[i] + b[i];
    printf("%.3f\\n", sum);
    return 0;
}
"""
SCALE, SMOOTH, DIRECTIVE = 4, 11, 20  # 0-based lines
BY_MODEL = "(zero-shot planner)"


async def headlines(editor: Editor, uri: str) -> dict[int, str]:
    """What the diagnostics say, by 0-based line."""
    return {each.range.start.line: each.message for each in await editor.diagnostics(uri)}


async def until_said(editor: Editor, uri: str, line: int, words: str) -> dict[int, str]:
    """The diagnostics, as soon as the one at a line has the words."""

    async def said() -> dict[int, str]:
        while words not in (found := await headlines(editor, uri)).get(line, ""):
            await asyncio.sleep(0.02)
        return found

    return await asyncio.wait_for(said(), PATIENCE)


async def test_no_model_is_asked_unless_that_is_set(start):
    """There is not even a process for it."""
    async with start() as editor:
        uri = editor.open("a.c", TEXT)
        found = await headlines(editor, uri)
        assert found[SMOOTH] == "candidate: nothing refutes the plan, and nothing has confirmed it yet"
        assert len(descendants(editor.pid)) == 1


async def test_the_model_that_comes_along_plans_what_is_not_proved(start):
    """Its plan is a candidate and says whose it is; what is proved stays; without trust nothing of it can be inserted.

    After an edit it is asked anew, of the text as it is then; and who takes the setting back sees the old plan again.
    """
    async with start({"quickPass": "zero-shot", "debounceMs": 0}) as editor:
        uri = editor.open("a.c", TEXT)
        found = await until_said(editor, uri, SMOOTH, BY_MODEL)
        assert found[SMOOTH].startswith("candidate: ")
        assert found[SCALE].startswith("parallel (proved)")
        hover = await editor.hover(uri, SMOOTH, 6)
        assert hover is not None
        assert "#pragma omp parallel for private(buf)" in hover
        assert (await editor.hints(uri))[SMOOTH] == "candidate"
        assert await editor.fixes(uri, SMOOTH) == []

        editor.change(uri, (None, "\n" + TEXT.replace("buf", "tmp")))
        await until_said(editor, uri, SMOOTH + 1, BY_MODEL)
        hover = await editor.hover(uri, SMOOTH + 1, 6)
        assert hover is not None
        assert "private(tmp)" in hover

        editor.client.set_configuration({"pragmatist": {"quickPass": "static", "debounceMs": 0}})
        editor.client.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings=None))
        found = await until_said(editor, uri, SMOOTH + 1, "nothing refutes the plan, ")
        assert BY_MODEL not in found[SMOOTH + 1]


async def test_off_says_nothing_of_loops_until_it_is_asked(start):
    """No diagnostic and no hint; a directive that races is told of, and hover answers."""
    async with start({"quickPass": "off"}) as editor:
        uri = editor.open("a.c", TEXT)
        assert set(await headlines(editor, uri)) == {DIRECTIVE}
        assert await editor.hints(uri) == {}
        hover = await editor.hover(uri, SCALE, 6)
        assert hover is not None
        assert "#pragma omp parallel for" in hover


@pytest.mark.parametrize("trusted", [False, True])
async def test_a_project_may_ask_for_it_where_it_is_trusted(tmp_path, trusted):
    """And only there: the file is the workspace's."""
    (tmp_path / "pragmatist.toml").write_text('[editor]\nquick_pass = "zero-shot"\n')
    cache = str(tmp_path / "cache")
    async with editor_with(tmp_path, {"trusted": trusted}, PRAGMATIST_CACHE_DIR=cache) as editor:
        uri = editor.open("a.c", TEXT)
        if trusted:
            await until_said(editor, uri, SMOOTH, BY_MODEL)
        else:
            assert BY_MODEL not in (await headlines(editor, uri))[SMOOTH]
            assert len(descendants(editor.pid)) == 1


@pytest.mark.skipif(
    any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")),
    reason="verification needs gcc, clang-19 and bubblewrap",
)
async def test_the_models_plan_is_what_is_verified(tmp_path):
    """The edit is the plan that was shown, checked; the message says who planned it."""
    (tmp_path / "others.c").write_text(OTHERS)
    options = {"trusted": True, "quickPass": "zero-shot"}
    async with editor_with(tmp_path, options, PRAGMATIST_CACHE_DIR=str(tmp_path / ".cache")) as editor:
        text = TEXT.partition("void racy")[0]
        uri = editor.open("a.c", text)
        await until_said(editor, uri, SMOOTH, BY_MODEL)
        (action,) = [each for each in await editor.fixes(uri, SMOOTH) if each.title.startswith("Parallelise (verified")]
        resolved = await editor.resolve(action)
        assert "#pragma omp parallel for private(buf)" in apply(text, resolved.edit, uri)
        assert "was planned by zero-shot planner" in await editor.message()


async def test_an_edit_ends_what_the_model_was_asked_about_the_old_text(tmp_path):
    """A server that takes for ever is left within seconds; meanwhile everything else is answered; nothing remains."""
    answers = [stream(then=hang)]
    with ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": answers}) as server:
        options = {"quickPass": "zero-shot", "endpoint": server.url, "debounceMs": 0}
        async with editor_with(tmp_path, options, PRAGMATIST_CACHE_DIR=str(tmp_path / "cache")) as editor:
            uri = editor.open("a.c", TEXT)
            await until(lambda: bool(server.bodies("/v1/chat/completions")))
            assert SMOOTH in await headlines(editor, uri)
            hover = await editor.hover(uri, SMOOTH, 6)
            assert hover is not None
            editor.change(uri, (None, TEXT.partition("void smooth")[0]))
            assert set(await headlines(editor, uri)) == {SCALE}
            await until(server.left.is_set)
            assert set(await headlines(editor, uri)) == {SCALE}
            processes = descendants(editor.pid)
        await until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in processes))


async def until(holds) -> None:
    """Wait for something that comes to pass by itself."""
    begun = time.monotonic()
    while not holds():
        assert time.monotonic() - begun < PATIENCE
        await asyncio.sleep(0.02)


async def test_restarting_the_workers_begins_anew_without_a_word(tmp_path):
    """The model's process is ended with the others, which is no fault of its; it is asked again."""
    with ScriptedServer(**{"v1/models": [models("m")], "v1/chat/completions": [stream(then=hang)]}) as server:
        options = {"quickPass": "chain-of-thought", "endpoint": server.url}
        async with editor_with(tmp_path, options, PRAGMATIST_CACHE_DIR=str(tmp_path / "cache")) as editor:
            editor.open("a.c", TEXT)
            await until(lambda: len(server.bodies("/v1/chat/completions")) == 1)
            await editor.command("pragmatist.restartWorkers")
            await until(lambda: len(server.bodies("/v1/chat/completions")) == 2)
            assert editor.messages.empty()


async def test_a_model_that_is_not_there_is_told_once(start):
    """In a message; loops are planned without it."""
    async with start({"quickPass": "zero-shot", "endpoint": "http://127.0.0.1:9", "debounceMs": 0}) as editor:
        uri = editor.open("a.c", TEXT)
        assert "nothing listens there" in await editor.message()
        editor.change(uri, (None, TEXT + "\n"))
        assert (await headlines(editor, uri))[SMOOTH].startswith("candidate: ")
        assert editor.messages.empty()
