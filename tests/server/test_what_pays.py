"""Plans that are safe and not faster: left out of a file unless asked for, and never an editor's preferred action.

The speed is given, never measured.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from lsprotocol import types
from pragmatist.codegen.edit import apply_edit
from pragmatist.server.engine.files import JudgedFile, judge_file
from pragmatist.server.engine.fix import FixedFile, fix_file
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.lsp.actions import LOSES, VERIFIED, Lister
from pragmatist.server.lsp.capabilities import Client
from pragmatist.server.lsp.documents import Document
from pragmatist.verification.checks import speed, worth
from pragmatist.verification.checks.worth import Amount
from pragmatist.verification.evidence import Check, Evidence, Speedup
from pragmatist.verification.request import cores

SCALE = "void scale(int n, double *a) {\n  for (int i = 0; i < n; i++) a[i] = 2 * a[i] + 1;\n}\n"
GATHER = b"""\
void gather(int n, const int *at, const double *x, double *y) {
  for (int i = 0; i < n; i++) y[i] = x[at[i]];
}
"""


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Has the checks find given times: `ratio` at the largest size, winning above `least`, or at no size."""
    if any(shutil.which(tool) is None for tool in ("gcc", "clang-19", "bwrap")):
        pytest.skip("needs gcc, clang-19 and bubblewrap")
    if cores() < 2:
        pytest.skip("needs two cores")
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path / "cache"))

    def give(ratio: float, least: float | None) -> None:
        async def check(bench, edits, fit=None) -> speed.Timed:
            speedup = Speedup(2, ratio, (ratio - 0.01, ratio + 0.01), 0.1, 0.1 / ratio, "gcc -O2")
            answer = Check("speed", "passed" if ratio > 1 else "inconclusive", f"{ratio} times as fast", 0.0), speedup
            return speed.Timed(answer, (answer,) * len(edits))

        async def measure(bench, rivals, rungs):
            found = [
                Amount(float(rung.size), (1.8 if least is not None and rung.size > least else 0.5,) * 5)
                for rung in rungs
            ]
            return {0: found}, 0.0

        monkeypatch.setattr(speed, "check", check)
        monkeypatch.setattr(worth, "_measure", measure)

    return give


async def fixed(path: Path, text: str, *, keep_slower: bool = False) -> FixedFile:
    path.write_text(text)
    found = judge_file(str(path))
    file = JudgedFile(str(path), path.name, found.language, found.judgement)
    answer = await fix_file(file, arguments=[], no_sandbox=False, keep_slower=keep_slower)
    assert answer is not None
    assert answer.problem is None, answer.problem
    return answer


async def test_what_is_slower_is_left_out_unless_it_is_asked_for(given, tmp_path: Path):
    """It is parallel and its evidence passed all the same; asked again, nothing has to be checked again."""
    given(0.5, None)
    answer = await fixed(tmp_path / "scale.c", SCALE)
    (loop,) = answer.judgement.loops
    evidence = answer.verified.evidence[loop.facts.id]
    assert (evidence.verdict, evidence.gain) == ("passed", "slower"), evidence
    assert (loop.verdict.verdict, answer.verified.edit) == ("parallel", None)
    assert answer.verified.slower == (loop.facts.id,)
    answer = await fixed(tmp_path / "scale.c", SCALE, keep_slower=True)
    assert answer.verified.edit is not None
    assert b"#pragma omp parallel for\n" in apply_edit(SCALE.encode(), answer.verified.edit)
    assert answer.verified.evidence[loop.facts.id] == evidence


async def test_where_small_sizes_lose_the_edit_asks_for_the_size(given, tmp_path: Path):
    """The number is in the edit, in the pragma that is shown, and in the evidence that it rests on."""
    given(1.9, 1000)
    answer = await fixed(tmp_path / "scale.c", SCALE)
    (loop,) = answer.judgement.loops
    assert answer.verified.edit is not None
    assert b"#pragma omp parallel for if(n > 1000)\n" in apply_edit(SCALE.encode(), answer.verified.edit)
    assert loop.pragma == "#pragma omp parallel for if(n > 1000)"
    evidence = answer.verified.evidence[loop.facts.id]
    assert (evidence.verdict, evidence.least, evidence.gain) == ("passed", 1000, "faster")


def evidence(gain) -> Evidence:
    return Evidence("", "passed", (), gain=gain)


@pytest.mark.parametrize(
    ("gain", "title", "preferred"),
    [("slower", LOSES, None), ("none", LOSES, None), ("unknown", VERIFIED, True), ("faster", VERIFIED, True)],
)
def test_what_is_known_not_to_be_faster_is_never_preferred(gain, title: str, preferred: bool | None):
    """A candidate, so that the verified action stands alone, as preferred actions do."""
    judgement = judge_text(GATHER, "c")
    capabilities = types.ClientCapabilities(
        text_document=types.TextDocumentClientCapabilities(
            code_action=types.CodeActionClientCapabilities(
                is_preferred_support=True,
                data_support=True,
                code_action_literal_support=types.ClientCodeActionLiteralOptions(
                    code_action_kind=types.ClientCodeActionKindOptions(value_set=[])
                ),
                resolve_support=types.ClientCodeActionResolveOptions(properties=["edit"]),
            )
        )
    )
    document = Document("file:///gather.c", 1, "c", GATHER, "utf-16")
    known = {loop.facts.id: evidence(gain) for loop in judgement.loops}
    lister = Lister(document, judgement, Client(capabilities), known, trusted=True)
    line = types.Position(line=1, character=4)
    params = types.CodeActionParams(
        text_document=types.TextDocumentIdentifier(uri=document.uri),
        range=types.Range(start=line, end=line),
        context=types.CodeActionContext(diagnostics=[], only=["refactor.rewrite"]),
    )
    (action,) = lister.actions(params)
    assert (action.title, action.is_preferred) == (title, preferred)
