"""What an editor shows while a person reads and types: diagnostics, hover, actions, positions, trust."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import unquote, urlparse

import pytest
import pytest_asyncio
from lsp_editor import apply, editor_with
from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pytest_lsp import client_capabilities

pytestmark = pytest.mark.asyncio(loop_scope="module")

SCALE = """\
void scale(int n, double *restrict y, const double *restrict x, double a)
{
    double t;
    for (int i = 0; i < n; i++) {
        t = a * x[i];
        y[i] = t * t;
    }
}

void sweep(int n, double *x)
{
    for (int i = 1; i < n; i++)
        x[i] = x[i] + x[i - 1];
}
"""
RACY = """\
void racy(int n, double *restrict y, const double *restrict x)
{
    double t;
    #pragma omp parallel for
    for (int i = 0; i < n; i++) {
        t = x[i];
        y[i] = t * t;
    }
}
"""
PRAGMA = "#pragma omp parallel for private(t)"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def editor(tmp_path_factory):
    """One VS Code for all tests that need nothing special, as in life."""
    async with editor_with(tmp_path_factory.mktemp("workspace")) as editor:
        yield editor


async def test_a_parallel_loop_is_an_information_and_a_serial_one_is_silent(editor):
    """One diagnostic, on the `for` that can run in parallel, with source, code, and the digest it is about."""

    uri = editor.open("a.c", SCALE)
    (diagnostic,) = await editor.diagnostics(uri)
    assert diagnostic.severity == types.DiagnosticSeverity.Information
    assert (diagnostic.source, diagnostic.range.start) == ("pragmatist", types.Position(line=3, character=4))
    assert "parallel (proved)" in diagnostic.message
    assert diagnostic.code == "PRG001"
    assert diagnostic.code_description is not None
    assert Path(unquote(urlparse(diagnostic.code_description.href).path)).read_text().startswith("# PRG001")


async def test_a_racy_directive_is_a_warning_with_the_other_place(editor):
    """Both places are named, and the correction stands behind "Fix data sharing"."""

    uri = editor.open("a.c", RACY)
    (diagnostic,) = await editor.diagnostics(uri)
    assert diagnostic.severity == types.DiagnosticSeverity.Warning
    assert diagnostic.range.start == types.Position(line=3, character=4)
    assert 5 in {info.location.range.start.line for info in diagnostic.related_information or ()}

    hover = await editor.hover(uri, 3, 15)
    assert hover is not None
    assert hover.startswith("`parallel for`: **races**")
    assert PRAGMA in hover

    (action,) = await editor.fixes(uri, 3)
    assert (action.title, action.kind, action.is_preferred) == (
        "Fix data sharing", types.CodeActionKind.QuickFix, True,
    )  # fmt: skip
    resolved = await editor.resolve(action)
    assert apply(RACY, resolved.edit, uri) == RACY.replace("#pragma omp parallel for", PRAGMA)


async def test_related_places_are_in_the_message_where_the_client_shows_none(start):
    """A client without related information still learns both places."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None
    assert capabilities.text_document.publish_diagnostics is not None
    capabilities.text_document.publish_diagnostics.related_information = False
    async with start(None, capabilities) as editor:
        (diagnostic,) = await editor.diagnostics(editor.open("a.c", RACY))
        assert diagnostic.related_information is None
        assert "line 6:" in diagnostic.message


async def test_hover_says_why_not_with_both_places(editor):
    """The serial loop: the dependence, its distance in words, and where each end is."""

    text = await editor.hover(editor.open("a.c", SCALE), 11, 6)
    assert text is not None
    assert text.startswith("**serial:**")
    for part in ("x[i - 1]", "1 iteration", "line 13", "| `i` | induction |"):
        assert part in text


async def test_hover_shows_the_pragma_roles_and_nothing_outside_a_header(editor):
    """The parallel loop: verdict, pragma, roles; in the body and between functions nothing."""

    uri = editor.open("a.c", SCALE)
    text = await editor.hover(uri, 3, 10)
    assert text is not None
    for part in ("**parallel**", PRAGMA, "| `t` | private |"):
        assert part in text
    assert await editor.hover(uri, 4, 10) is None
    assert await editor.hover(uri, 8, 0) is None


async def test_hover_is_plain_where_the_client_knows_no_markdown(start):
    """No markup characters in the way."""
    async with start(None, types.ClientCapabilities()) as editor:
        text = await editor.hover(editor.open("a.c", SCALE), 3, 6)
        assert text is not None
        assert "**" not in text
        assert "`" not in text
        assert PRAGMA in text


async def test_the_proved_action_inserts_the_pragma_when_it_is_resolved(editor):
    """Listed without an edit, resolved with one, for the version at hand."""

    uri = editor.open("a.c", SCALE)
    await editor.diagnostics(uri)
    (action,) = await editor.fixes(uri, 3)
    assert (action.title, action.edit) == ("Parallelise (proved, not run)", None)
    resolved = await editor.resolve(action)
    assert apply(SCALE, resolved.edit, uri) == SCALE.replace("    for", f"    {PRAGMA}\n    for", 1)


async def test_edits_are_eager_where_the_client_cannot_resolve(start):
    """The edit is there at once, and in `changes` for a client that knows no `documentChanges`."""
    capabilities = client_capabilities("visual-studio-code")
    assert capabilities.text_document is not None
    assert capabilities.text_document.code_action is not None
    assert capabilities.workspace is not None
    capabilities.text_document.code_action.resolve_support = None
    capabilities.workspace.workspace_edit = None
    async with start(None, capabilities) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        (action,) = await editor.fixes(uri, 3)
        assert action.edit is not None
        assert action.edit.document_changes is None
        assert PRAGMA in apply(SCALE, action.edit, uri)


async def test_only_filters_the_kinds(editor):
    """A request for one kind gets that kind and its subkinds, and nothing else."""

    uri = editor.open("a.c", SCALE)
    await editor.diagnostics(uri)
    for only, kinds in (
        (["quickfix"], ["quickfix"]),
        (["refactor"], ["refactor.rewrite.pragmatist.parallelise"]),
        (["refactor.rewrite.pragmatist"], ["refactor.rewrite.pragmatist.parallelise"]),
        (["source.organizeImports"], []),
        (["refactor.rewritex"], []),
    ):
        assert [action.kind for action in await editor.fixes(uri, 3, only)] == kinds


async def test_ignore_puts_a_comment_above_the_loop(editor):
    """In C one that C89 knows, with the loop's indentation; in C++ one to the end of the line."""
    for language, name, comment in (
        ("c", "a.c", "/* pragmatist: ignore */"),
        ("cpp", "a.cpp", "// pragmatist: ignore"),
    ):
        text = SCALE.replace("restrict", "__restrict")
        uri = editor.open(name, text, language)
        await editor.diagnostics(uri)
        (action,) = [action for action in await editor.actions(uri, 3) if action.title == "Ignore this loop"]
        assert not action.is_preferred
        resolved = await editor.resolve(action)
        assert apply(text, resolved.edit, uri) == text.replace("    for", f"    {comment}\n    for", 1)


async def test_ignore_is_refused_where_no_comment_can_stand(editor):
    """Other code before the loop on its line: a comment above would be about that, or end one."""
    text = SCALE.replace("    for", "    {} for", 1)
    uri = editor.open("a.c", text)
    await editor.diagnostics(uri)
    (action,) = [action for action in await editor.actions(uri, 3) if action.title == "Ignore this loop"]
    with pytest.raises(JsonRpcException, match="by hand"):
        await editor.resolve(action)
    assert "by hand" in await editor.message()


async def test_a_stale_action_is_refused_with_words(editor):
    """The text changed since the action was listed: an error and a message, no edit against the wrong text."""

    uri = editor.open("a.c", SCALE)
    await editor.diagnostics(uri)
    (action,) = await editor.fixes(uri, 3)
    editor.change(uri, (None, "\n" + SCALE))
    with pytest.raises(JsonRpcException, match="the text changed"):
        await editor.resolve(action)
    assert "the text changed" in await editor.message()
    editor.change(uri, (None, SCALE))
    assert (await editor.resolve(action)).edit is not None  # undone: it is the text that the action was made for


async def test_answers_are_about_the_newest_text_while_typing(start):
    """Hover and actions right after an edit do not wait for the pause, and are not about the text before."""
    async with start({"debounceMs": 60_000}) as editor:
        uri = editor.open("a.c", SCALE)
        await editor.diagnostics(uri)
        span = types.Range(start=types.Position(line=12, character=24), end=types.Position(line=12, character=29))
        assert SCALE.splitlines()[12][24:29] == "i - 1"
        editor.change(uri, (span, "i"))
        text = await editor.hover(uri, 11, 6)
        assert text is not None
        assert text.startswith("**parallel**")


async def test_positions_survive_form_feeds_separators_and_astral_characters(editor):
    """What `splitlines` would count as line ends, and characters that are two UTF-16 units, shift nothing."""
    text = "/* \f \u2028 😀 */ " + SCALE.replace("double t;", "double t; /* 😀\f */")

    uri = editor.open("a.c", text)
    (diagnostic,) = await editor.diagnostics(uri)
    assert diagnostic.range.start == types.Position(line=3, character=4)
    insert = types.Position(line=0, character=len("/* \f \u2028 😀".encode("utf-16-le")) // 2)
    editor.change(uri, (types.Range(start=insert, end=insert), "\n*//*"))
    (diagnostic,) = await editor.diagnostics(uri)
    assert diagnostic.range.start == types.Position(line=4, character=4)


@pytest.mark.parametrize(("encoding", "column"), [("utf-8", 11), ("utf-16", 9), ("utf-32", 8)])
async def test_the_clients_position_encoding_is_used(start, encoding, column):
    """`/*😀*/ ` is 9, 7 or 6 units long, two more are blanks."""
    capabilities = client_capabilities("visual-studio-code")
    capabilities.general = types.GeneralClientCapabilities(position_encodings=[types.PositionEncodingKind(encoding)])
    async with start(None, capabilities) as editor:
        uri = editor.open("a.c", SCALE.replace("    for", "  /*😀*/ for", 1))
        (diagnostic,) = await editor.diagnostics(uri)
        assert diagnostic.range.start == types.Position(line=3, character=column)


BROKEN = (
    "", "\n", "for", "void f(", "}}}}}", SCALE[:150], "#if A\nvoid f(int n) {\n#else\nvoid g(int n) {\n", "\0\0",
    "\ud800", "#pragma omp parallel for\n", "int main(){for(;;);}", SCALE.replace("\n", "\r\n"),
    SCALE.replace("\n", "\r"),
)  # fmt: skip


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
async def test_broken_text_gets_diagnostics_and_a_living_server(editor, text):
    """Half-typed and hostile text: an answer comes, and the next text is judged as ever."""
    uri = editor.open("broken.c", "int x;")
    editor.change(uri, (None, text))
    await editor.diagnostics(uri)
    await editor.hover(uri, 0, 0)
    await editor.actions(uri, 0)
    editor.change(uri, (None, SCALE))
    assert len(await editor.diagnostics(uri)) == 1


async def test_closing_a_document_clears_its_diagnostics(editor):
    """They would stay in the list of problems for good."""

    uri = editor.open("a.c", SCALE)
    assert await editor.diagnostics(uri)
    editor._diagnosed[uri] = asyncio.Event()
    editor.client.text_document_did_close(
        types.DidCloseTextDocumentParams(text_document=types.TextDocumentIdentifier(uri=uri))
    )
    assert await editor.diagnostics(uri) == []


async def test_a_wrong_setting_is_shown_by_name(start):
    """And everything else works."""
    async with start({"pragmatist": {"trustd": True}}) as editor:
        assert "pragmatist.trustd: no such key" in await editor.message()
        assert len(await editor.diagnostics(editor.open("a.c", SCALE))) == 1
