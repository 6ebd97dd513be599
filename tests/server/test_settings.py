"""initializationOptions: the default is untrusted, and what is wrong is named."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest
from pragmatist.server.lsp.settings import Settings, read_settings


@pytest.mark.parametrize("options", [None, {}, {"pragmatist": {}}])
def test_nothing_is_trusted_by_default(options):
    """Saying nothing is not trusting."""
    assert read_settings(options) == (Settings(trusted=False, no_sandbox=False), [])


@pytest.mark.parametrize("options", [{"trusted": True}, {"pragmatist": {"trusted": True}}])
def test_trust_is_given_at_the_top_or_below_our_name(options):
    """Both are seen in the wild."""
    assert read_settings(options) == (Settings(trusted=True), [])


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"trust": True}, "unknown setting pragmatist.trust"),
        ({"trusted": "yes"}, "pragmatist.trusted must be true or false"),
        ({"trusted": 1}, "pragmatist.trusted must be true or false"),
        ({"debounceMs": -1}, "must not be negative"),
        ({"pragmatist": 3}, "must be an object"),
        ([True], "must be an object"),
    ],
)
def test_a_wrong_setting_is_named_and_its_default_stands(options, words):
    """One message that names the key."""
    settings, messages = read_settings(options)
    assert settings == Settings()
    assert [words in message for message in messages] == [True]


def test_every_setting_is_documented_with_its_default():
    """The table in docs/language-server.md and the settings are the same."""
    page = (Path(__file__).parents[2] / "docs" / "language-server.md").read_text()
    rows = re.findall(r"^\| `(\w+)` \| `(\w+)` \|", page, re.MULTILINE)
    assert dict(rows) == {field.metadata["name"]: json.dumps(field.default) for field in fields(Settings)}
