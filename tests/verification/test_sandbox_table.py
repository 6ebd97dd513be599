"""Every attempt of the table in docs/verification.md, under each means of confinement that works here."""

from __future__ import annotations

import importlib.util
import re
import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "benchmarks" / "verification" / "sandbox_table.py"

_spec = importlib.util.spec_from_file_location("sandbox_table", SCRIPT)
assert _spec is not None
assert _spec.loader is not None
table = importlib.util.module_from_spec(_spec)
sys.modules["sandbox_table"] = table
_spec.loader.exec_module(table)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory):
    if shutil.which("gcc") is None:
        pytest.skip("no gcc")
    with table.places(tmp_path_factory.mktemp("sandbox-table")) as found:
        yield found


@pytest.mark.parametrize("means", ["bubblewrap", "landlock"])
@pytest.mark.parametrize("name", table.TABLE)
async def test_no_attempt_gets_out(place, name: str, means: str):
    """Whatever it tries is refused or contained, and the words say by what."""
    if means not in await table.means_here():
        pytest.skip(f"no {means}")
    outcome = await table.TABLE[name](place(means))
    assert outcome.held, outcome.words
    assert outcome.words


@pytest.mark.parametrize("name", ["read a secret outside of the project", "write outside of scratch"])
async def test_without_confinement_the_attempts_do_work(place, name: str):
    """Else the table would show nothing."""
    outcome = await table.TABLE[name](place("none"))
    assert not outcome.held


def test_the_documentation_shows_every_attempt():
    """docs/verification.md has one row for each, in the same order."""
    text = (ROOT / "docs" / "verification.md").read_text()
    rows = re.findall(r"^\| (.+?) \|", text.partition("| Attempt |")[2], re.MULTILINE)
    assert rows[: len(table.TABLE)] == list(table.TABLE)
