"""The registry of findings and the pages made from it: complete, fresh, readable."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from pragmatist.analysis.findings import FINDINGS, Finding
from pragmatist.analysis.findings.__main__ import check, main, write
from pragmatist.analysis.findings.pages import INDEX, pages

ROOT = Path(__file__).parents[3]
LAYERS = ("analysis", "reasoning", "codegen", "verification", "server")


def codes_in_use() -> set[str]:
    """Every code that a module of the product names, the documentation itself left out."""
    return {
        code
        for folder in LAYERS
        for path in (ROOT / folder).rglob("*.py")
        if ROOT / "analysis/findings" not in path.parents
        for code in re.findall(r"\bPRG[0-9]{3}\b", path.read_text())
    }


def test_every_code_in_use_is_documented():
    """Each code that the product can say has a module, and no module is about a code that nothing says."""
    assert set(FINDINGS) == codes_in_use()


def test_names_are_unique():
    """No two findings share a name or a summary."""
    assert len({finding.name for finding in FINDINGS.values()}) == len(FINDINGS)
    assert len({finding.summary for finding in FINDINGS.values()}) == len(FINDINGS)


def test_pages_are_fresh(capsys):
    """docs/findings holds what the modules say: if not, run `python -m pragmatist.analysis.findings`."""
    assert (main(["--check"]), capsys.readouterr().err) == (0, "")


def test_check_names_stale_missing_and_left_over_pages(tmp_path, capsys):
    """Each page that is not as it would be written is named, and writing mends them all."""
    write(tmp_path)
    assert check(tmp_path) == 0
    (tmp_path / "PRG101.md").write_text("old")
    (tmp_path / "PRG102.md").unlink()
    (tmp_path / "PRG099.md").write_text("of a finding that there is no more")
    (tmp_path / INDEX).write_text("old")

    assert check(tmp_path) == 1
    named = [Path(line.split()[0]).name for line in capsys.readouterr().err.splitlines()]
    assert named == ["PRG099.md", "PRG101.md", "PRG102.md", INDEX]

    write(tmp_path)
    assert check(tmp_path) == 0


def test_the_command_writes_where_it_is_told(tmp_path):
    """`--write FOLDER` makes the folder and every page."""
    done = subprocess.run(
        [sys.executable, "-m", "pragmatist.analysis.findings", "--write", str(tmp_path / "new")],
        capture_output=True, text=True,
    )  # fmt: skip

    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path.name for path in (tmp_path / "new").iterdir()} == set(pages(FINDINGS))


def test_the_index_lists_every_finding():
    """The index has one row a finding."""
    rows = re.findall(r"^\| \[(PRG[0-9]{3})\]\(\1\.md\) \|", pages(FINDINGS)[INDEX], re.MULTILINE)

    assert sorted(rows) == sorted(FINDINGS)


@pytest.mark.parametrize("finding", FINDINGS.values(), ids=FINDINGS)
def test_a_page_reads_well(finding: Finding):
    """Every page has each section with text, an example, balanced code, and a summary that is one short sentence."""
    page = pages(FINDINGS)[f"{finding.code}.md"]
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)

    assert [heading for heading in headings if not heading.startswith("Example")] == [
        "What it means",
        "Why it matters",
        "How to resolve it",
        *(["How sure it is"] if finding.certainty is not None else []),
        "How to switch it off",
    ]
    assert finding.examples != ()
    assert re.search(r"^## [^\n]+\n+(##|\Z)", page, re.MULTILINE) is None
    assert page.count("```") % 2 == 0
    assert re.sub(r"```.*?```", "", page, flags=re.DOTALL).count("`") % 2 == 0
    assert finding.summary.endswith(".")
    assert len(finding.summary) <= 120
    sentences = re.split(r"(?<=[.!?])\s", " ".join((finding.meaning, finding.relevance, finding.resolution)))
    assert max(len(sentence.split()) for sentence in sentences) <= 50


@pytest.mark.parametrize("field", ["code", "name", "summary"])
def test_a_malformed_finding_is_refused(field: str):
    """A code, name or summary of another form cannot come into the registry."""
    values = {"code": "PRG101", "name": "flow-dependence", "summary": "One line."}
    rest = {"kind": "serial", "meaning": "m", "relevance": "r", "examples": (), "resolution": "s"}
    wrong = {"code": "prg1", "name": "Flow dependence", "summary": "Two\nlines."}[field]

    with pytest.raises(ValueError, match="not a code"):
        Finding(**{**values, **rest, field: wrong})


def test_judging_imports_no_documentation():
    """Neither the analysis nor the server loads the pages' modules, which would cost every start."""
    script = (
        "import sys, pragmatist.analysis.analyze, pragmatist.server.engine.judge, pragmatist.server.lsp.diagnostics\n"
        "print([name for name in sys.modules if name.startswith('pragmatist.analysis.findings')])"
    )

    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout == "[]\n"
