"""The colours of a report, in light and dark. What they must be, the tests compute: text has a contrast of 4.5 at
least to what it stands on, lines and dots of 3 (WCAG 2.2, 1.4.3 and 1.4.11), and the colours of dependences stay apart
for people who do not see red, green or blue as others do. Nothing is told by colour alone.
"""

from __future__ import annotations

import msgspec


class Colour(msgspec.Struct, frozen=True):
    """One role's colour on light and on dark ground; `on` are the grounds that it is used on, `text` says whether as
    text."""

    light: str
    dark: str
    on: tuple[str, ...] = ()
    text: bool = True


PALETTE: dict[str, Colour] = {
    "paper": Colour("#f4f5f2", "#12161b"),
    "card": Colour("#ffffff", "#1a2027"),
    "band": Colour("#eceeea", "#262d36"),
    "band-free": Colour("#d9efe4", "#17382d"),
    "band-doubt": Colour("#dfeaf6", "#1b3047"),
    "rule": Colour("#d5d8d2", "#343c46"),
    "ink": Colour("#1b2128", "#e8eaed", ("paper", "card", "band", "band-free", "band-doubt", "read", "write", "both")),
    "soft": Colour("#566069", "#a3adb8", ("paper", "card", "band")),
    "link": Colour("#075a9c", "#7fbdf5", ("paper", "card")),
    "parallel": Colour("#006b4c", "#57cfa6", ("paper", "card", "band-free")),
    "candidate": Colour("#1a4fa0", "#7fbdf5", ("paper", "card", "band-doubt")),
    "serial": Colour("#a83a0a", "#ff9d70", ("paper", "card", "band")),
    "unknown": Colour("#7a5600", "#e5bd4f", ("paper", "card", "band")),
    "flow": Colour("#b3400f", "#ff9d70", ("card", "band", "band-free", "band-doubt"), text=False),
    "anti": Colour("#1667ad", "#6fb2f2", ("card", "band", "band-free", "band-doubt"), text=False),
    "output": Colour("#6d2f7e", "#f0c9f7", ("card", "band", "band-free", "band-doubt"), text=False),
    "removed": Colour("#6b747c", "#8c97a3", ("card", "band", "band-free", "band-doubt"), text=False),
    "order": Colour("#7a5600", "#e5bd4f", ("card", "band", "band-free", "band-doubt"), text=False),
    "dot": Colour("#4b555e", "#b4bec9", ("card", "band", "band-free", "band-doubt"), text=False),
    "front": Colour("#00705a", "#4fc7a8", ("card", "band"), text=False),
    "read": Colour("#d8e8f8", "#163a5a"),
    "write": Colour("#fde1d0", "#5a2c14"),
    "both": Colour("#efdff3", "#46264f"),
    "on-colour": Colour("#ffffff", "#12161b", ("flow", "anti", "output", "removed", "order", "dot")),
}


def variables(theme: str) -> str:
    """The palette as CSS custom properties, for one theme."""
    return "".join(f"--{name}:{getattr(colour, theme)};" for name, colour in PALETTE.items())


def style_of_themes() -> str:
    """Light, unless the reader's system or editor is dark; paper is light. VS Code says what it is in a class of the
    body."""
    light, dark = variables("light"), variables("dark")
    return (
        f":root,body.vscode-light,body.vscode-high-contrast-light{{color-scheme:light;{light}}}"
        f"@media screen and (prefers-color-scheme:dark)"
        f"{{:root:not(:has(body.vscode-light,body.vscode-high-contrast-light)){{color-scheme:dark;{dark}}}}}"
        f"@media screen{{body.vscode-dark,body.vscode-high-contrast:not(.vscode-high-contrast-light)"
        f"{{color-scheme:dark;{dark}}}}}"
    )
