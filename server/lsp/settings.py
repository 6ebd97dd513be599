"""What the client sets at start, in `initializationOptions`. Workspace trust comes from here and from nowhere else.

No file of a workspace can set any of this: whoever can write the workspace could otherwise have its code run.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(frozen=True)
class Settings:
    """The settings, by their names in `initializationOptions` (optionally below a key "pragmatist")."""

    trusted: bool = field(
        default=False,
        metadata={"name": "trusted", "about": "the user trusts the workspace: its programs may be compiled and run"},
    )
    no_sandbox: bool = field(
        default=False,
        metadata={"name": "noSandbox", "about": "compile and run without a sandbox where none is to be had"},
    )
    debounce_ms: int = field(
        default=200,
        metadata={"name": "debounceMs", "about": "milliseconds without a keystroke before a text is analysed"},
    )


def read_settings(options: Any) -> tuple[Settings, list[str]]:
    """The settings and a message for each key that is not one of ours or has the wrong type (its default stands)."""
    if options is None:
        return Settings(), []
    if not isinstance(options, dict):
        return Settings(), ['initializationOptions must be an object, such as {"pragmatist": {"trusted": true}}']
    given = options.get("pragmatist", options)
    if not isinstance(given, dict):
        return Settings(), ["initializationOptions.pragmatist must be an object"]
    known = {f.metadata["name"]: f for f in fields(Settings)}
    values: dict[str, Any] = {}
    messages: list[str] = []
    for name, value in given.items():
        if (setting := known.get(name)) is None:
            messages.append(f"unknown setting pragmatist.{name}; known are {', '.join(sorted(known))}")
        elif type(value) is not type(setting.default):
            expected = {bool: "true or false", int: "a whole number"}[type(setting.default)]
            messages.append(f"pragmatist.{name} must be {expected}, not {value!r}; {setting.default!r} is used")
        elif isinstance(value, int) and value < 0:
            messages.append(f"pragmatist.{name} must not be negative; {setting.default!r} is used")
        else:
            values[setting.name] = value
    return Settings(**values), messages
