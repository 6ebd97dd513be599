"""What an editor sets: the default is untrusted, what is wrong is named, and the reference is made from the table."""

from __future__ import annotations

import pytest
from pragmatist.analysis.findings import FINDINGS
from pragmatist.server.configuration_page import FAMILIES, PAGE, main, page
from pragmatist.server.engine.codes import family_of
from pragmatist.server.lsp.debounce import Debounce
from pragmatist.server.lsp.settings import TABLE, Settings, quick_pass, read_settings


@pytest.mark.parametrize("options", [None, {}, {"pragmatist": {}}])
def test_nothing_is_trusted_by_default(options):
    """Saying nothing is not trusting."""
    assert read_settings(options) == (Settings(trusted=False, no_sandbox=False), [])


@pytest.mark.parametrize("options", [{"trusted": True}, {"pragmatist": {"trusted": True}}])
def test_trust_is_given_at_the_top_or_below_our_name(options):
    """Both are seen in the wild."""
    assert read_settings(options) == (Settings(trusted=True), [])


@pytest.mark.parametrize(
    "options",
    [
        {"debounce": {"ratio": 2}, "diagnostics": {"disabled": ["PRG2xx"]}},
        {"debounce.ratio": 2, "diagnostics.disabled": ["PRG2xx"]},
    ],
)
def test_a_dot_is_a_table_or_not(options):
    """Editors write settings either way."""
    assert read_settings(options) == (Settings(debounce_ratio=2, disabled=("PRG2xx",)), [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trust": True}, "pragmatist.trust: no such key; known are trusted, noSandbox"),
        ({"trustd": True}, "; did you mean trusted?"),
        ({"trusted": "yes"}, "pragmatist.trusted: expected true or false"),
        ({"trusted": 1}, "pragmatist.trusted: expected true or false"),
        ({"debounceMs": -1}, "pragmatist.debounceMs: expected a number of milliseconds, at least 0"),
        ({"debounceMs": float("nan")}, "pragmatist.debounceMs: expected a number"),
        ({"debounceMs": True}, "pragmatist.debounceMs: expected a number"),
        ({"debounce": {"ration": 1}}, "pragmatist.debounce.ration: no such key; known are ratio"),
        ({"debounce": 1}, "pragmatist.debounce: expected an object with debounce.ratio"),
        ({"diagnostics": {"disabled": "PRG101"}}, "pragmatist.diagnostics.disabled: expected a list of codes"),
        ({"diagnostics": {"disabled": [101]}}, "pragmatist.diagnostics.disabled: expected a list of codes"),
        ({"pragmatist": 3}, "expected an object"),
        ([True], "expected an object"),
    ],
)
def test_a_wrong_setting_is_named_and_its_default_stands(options, words):
    """One message that names the key, and what is right."""
    settings, messages = read_settings(options)
    assert settings == Settings()
    assert [words in message for message in messages] == [True]


def test_the_reference_is_what_the_tables_say(capsys):
    """docs/configuration.md is fresh: if not, run `python -m pragmatist.server.configuration_page`."""
    assert (main(["--check"]), capsys.readouterr().err) == (0, "")
    text = PAGE.read_text()
    assert all(f"| `{setting.name}` |" in text for setting in TABLE)
    assert page(text.replace("debounce.ratio", "debounce.ration")) != text.replace("debounce.ratio", "debounce.ration")


def test_every_family_is_told_of():
    """A family of codes that the reference does not explain would not be found by who wants to switch it off."""
    assert {family_of(code) for code in FINDINGS} == set(FAMILIES)


@pytest.mark.parametrize(
    ("own", "of_project", "trusted", "holds"),
    [
        (None, None, True, "static"),
        ("zero-shot", None, False, "zero-shot"),
        ("static", "zero-shot", True, "static"),
        (None, "off", False, "off"),
        (None, "chain-of-thought", True, "chain-of-thought"),
        (None, "chain-of-thought", False, "static"),
    ],
)
def test_the_quick_pass_is_the_persons_own_then_the_projects(own, of_project, trusted, holds):
    """A project that is not trusted has no model asked."""
    assert quick_pass(Settings(quick_pass=own, trusted=trusted), of_project) == holds


def test_the_pause_is_as_long_as_recent_analyses():
    """Unknown: the longest. Known: their median times the ratio, within both bounds, of the last fifteen."""
    debounce = Debounce(Settings(debounce_ratio=2, debounce_minimum_ms=50, debounce_maximum_ms=500))
    assert debounce.pause("a") == 0.5
    for seconds in (9.0, 0.1, 0.1):
        debounce.took("a", seconds)
    assert debounce.pause("a") == pytest.approx(0.2)
    for _ in range(15):
        debounce.took("a", 0.001)
    assert debounce.pause("a") == 0.05
    for _ in range(15):
        debounce.took("a", 7.0)
    assert debounce.pause("a") == 0.5
    debounce.took("b", 0.1)
    assert debounce.pause("b") == pytest.approx(0.2)
    debounce.forget("b")
    assert debounce.pause("b") == 0.5


def test_a_fixed_pause_is_that():
    """Whatever was measured."""
    debounce = Debounce(Settings(debounce_ms=0))
    debounce.took("a", 7.0)
    assert debounce.pause("a") == 0
