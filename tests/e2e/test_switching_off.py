"""Diagnostics that people switch off, or on: by a comment, in the project, in the editor's settings."""

from __future__ import annotations

import pytest
import pytest_asyncio
from lsp_editor import editor_with
from lsprotocol import types
from pytest_lsp import client_capabilities

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCALE = """\
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}

void sweep(int n, double *x)
{
    for (int i = 1; i < n; i++)
        x[i] = x[i] + x[i - 1];
}
"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory):
    """One VS Code for all tests that need nothing special."""
    async with editor_with(tmp_path_factory.mktemp("workspace")) as editor:
        yield editor


async def test_a_comment_takes_the_diagnostic_away_as_it_is_typed(editor):
    """And its removal brings it back."""
    uri = editor.open("a.c", SCALE)
    assert [d.code for d in await editor.diagnostics(uri)] == ["PRG001"]
    end = types.Position(line=2, character=len("    for (int i = 0; i < n; i++)"))
    editor.change(uri, (types.Range(start=end, end=end), "  // pragmatist: ignore"))
    assert await editor.diagnostics(uri) == []
    editor.change(uri, (None, SCALE))
    assert [d.code for d in await editor.diagnostics(uri)] == ["PRG001"]


async def test_a_mistyped_code_is_a_warning_at_itself(editor):
    """On the word, with the page of PRG601."""
    uri = editor.open("a.c", SCALE.replace("    for", "    // 😀\n    // pragmatist: ignore PRG010\n    for", 1))
    warning, loop = await editor.diagnostics(uri)
    assert (warning.code, warning.severity) == ("PRG601", types.DiagnosticSeverity.Warning)
    assert (warning.range.start, warning.range.end) == (
        types.Position(line=3, character=26), types.Position(line=3, character=32),
    )  # fmt: skip
    assert loop.code == "PRG001"


@pytest.mark.parametrize("tags", [True, False])
async def test_a_comment_that_does_nothing_is_shown_as_unnecessary(start, tags):
    """Where the client has that tag."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None
    assert capabilities.text_document.publish_diagnostics is not None
    if not tags:
        capabilities.text_document.publish_diagnostics.tag_support = None
    async with start(None, capabilities) as editor:
        (hint,) = await editor.diagnostics(editor.open("a.c", "// pragmatist: ignore\nint x;\n"))
        assert (hint.code, hint.severity) == ("PRG602", types.DiagnosticSeverity.Hint)
        assert list(hint.tags or ()) == ([types.DiagnosticTag.Unnecessary] if tags else [])


async def test_settings_switch_codes_off_and_serial_loops_on(start):
    """The serial loop is a hint with the code of its reason and the other place."""
    async with start({"diagnostics": {"disabled": ["PRG001"], "serialLoops": True}}) as editor:
        (hint,) = await editor.diagnostics(editor.open("a.c", SCALE))
        assert (hint.code, hint.severity) == ("PRG101", types.DiagnosticSeverity.Hint)
        assert hint.message.startswith("serial: ")
        assert {info.location.range.start.line for info in hint.related_information or ()} == {9}


async def test_the_project_switches_codes_off(editor):
    """Its pragmatist.toml holds for what lies below it."""
    folder = editor.workspace / "quiet"
    folder.mkdir()
    (folder / "pragmatist.toml").write_text('[diagnostics]\ndisabled = ["PRG0xx"]\n')
    assert await editor.diagnostics(editor.open("quiet/a.c", SCALE)) == []
    assert len(await editor.diagnostics(editor.open("a.c", SCALE))) == 1


async def test_a_diagnostic_carries_its_fix(editor):
    """`data` holds the pragma, for clients that show or use it."""
    (diagnostic,) = await editor.diagnostics(editor.open("a.c", SCALE))
    assert diagnostic.data["fix"] == "#pragma omp parallel for"


async def test_a_hover_says_how_to_switch_its_loop_off(editor):
    """The comment that it names does what it says; then the hover says that, and what is known all the same."""
    uri = editor.open("a.c", SCALE)
    words = await editor.hover(uri, 2, 5)
    assert "To switch it off: `// pragmatist: ignore PRG001` at the loop" in words
    uri = editor.open("b.c", SCALE.replace("    for", "    // pragmatist: ignore PRG001\n    for", 1))
    assert await editor.diagnostics(uri) == []
    words = await editor.hover(uri, 3, 5)
    assert words.startswith("**parallel**")
    assert "Switched off by a `pragmatist: ignore` comment" in words


async def test_a_hover_says_that_settings_switch_its_loop_off(start):
    """The user's, as the project's."""
    async with start({"diagnostics": {"disabled": ["PRG001"]}}) as editor:
        uri = editor.open("a.c", SCALE)
        assert "Switched off by `diagnostics.disabled`" in await editor.hover(uri, 2, 5)
