"""docs/verification.md tells of every check there is, and what it and the README show is what is printed today.

What a check answered is not compared: figures are those of the machine and the day.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest
from pragmatist.verification.evidence import CheckName

ROOT = Path(__file__).resolve().parents[2]
CHECKS = ROOT / "verification" / "checks"
DOCUMENTATION = (ROOT / "docs" / "verification.md").read_text()
CERTIFICATE = DOCUMENTATION.partition("### One certificate in full")[2]
README = (ROOT / "README.md").read_text()
ONLY_WHERE_SOMETHING_IS_ASSUMED = "assumptions"


def names() -> list[str]:
    """Of the checks, as their modules call themselves."""
    found = [re.findall(r"\bStopwatch\(\"([\w-]+)\"\)", path.read_text()) for path in sorted(CHECKS.glob("*.py"))]
    return [name for each in found for name in each]


def test_the_modules_are_the_checks():
    """Each name that evidence may hold is one module's."""
    assert sorted(names()) == sorted(get_args(CheckName))


@pytest.mark.parametrize("name", get_args(CheckName))
def test_every_check_has_a_row_that_says_what_it_cannot_see(name: str):
    """In the table of checks, with something in each column."""
    rows = re.findall(rf"^\| `{re.escape(name)}` \| (.+?) \| (.+?) \|$", DOCUMENTATION, re.MULTILINE)
    assert len(rows) == 1


def test_the_certificate_that_is_shown_has_every_check_in_it():
    """In the order in which they are asked, each with an outcome, its seconds and, but for the first, its commands."""
    shown = re.findall(r"^([\w-]+): (?:passed|inconclusive) \(\d+\.\d\d s\)\n((?:  .+\n)+)", CERTIFICATE, re.MULTILINE)
    expected = [name for name in get_args(CheckName) if name != ONLY_WHERE_SOMETHING_IS_ASSUMED]
    assert [name for name, _ in shown] == expected
    assert all("\n  $ " in text for name, text in shown if name != "plan")


def test_the_table_in_the_readme_has_every_check_in_it():
    """In the same order."""
    (heads,) = re.findall(r"^ line +(plan.*?) +evidence\b", README, re.MULTILINE)
    assert heads.split() == [name for name in get_args(CheckName) if name != ONLY_WHERE_SOMETHING_IS_ASSUMED]


@pytest.mark.parametrize("text", [CERTIFICATE, README], ids=["certificate", "README"])
def test_what_is_shown_names_no_folder_of_the_machine_it_ran_on(text: str):
    """Home directories, scratch folders and the like."""
    assert not re.search(r"(?<![\w.~])/(?:home|root|tmp|work|Users|mnt|var|srv)\b", text)
