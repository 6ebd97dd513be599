"""The colours of a report can be read, in light and dark, and told apart by people who see them differently."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from pragmatist.server.report import page
from pragmatist.server.report.palette import PALETTE

# Machado, Oliveira and Fernandes, "A physiologically-based model for simulation of color vision deficiency" (2009),
# severity 1.0, on linear RGB.
DEFICIENCIES = {
    "none": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protan": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deutan": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
    "tritan": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),
}
TOGETHER = ("flow", "anti", "output", "removed"), ("parallel", "serial", "candidate")
APART = 12.0  # CIE76 in CIELAB; 2.3 is what an eye just notices


def linear(colour: str) -> tuple[float, ...]:
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return tuple(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio."""
    light, dark = sorted(
        (0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (linear(one), linear(other))), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def lab(rgb: tuple[float, ...]) -> tuple[float, float, float]:
    """CIELAB of linear sRGB, D65."""
    r, g, b = (min(1.0, max(0.0, channel)) for channel in rgb)
    x = (0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.95047
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = (0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.08883
    x, y, z = (t ** (1 / 3) if t > 0.008856 else 7.787 * t + 16 / 116 for t in (x, y, z))
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(colour: str, deficiency: str) -> tuple[float, float, float]:
    rgb = linear(colour)
    return lab(tuple(sum(a * b for a, b in zip(row, rgb, strict=True)) for row in DEFICIENCIES[deficiency]))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_contrast(theme):
    """4.5 for text, 3 for lines and dots, on every ground that a colour is used on."""
    weak = {
        (name, ground): round(ratio, 2)
        for name, colour in PALETTE.items()
        for ground in colour.on
        if (ratio := contrast(getattr(colour, theme), getattr(PALETTE[ground], theme))) < (4.5 if colour.text else 3.0)
    }

    assert weak == {}


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_colours_that_stand_together_stay_apart(theme, deficiency):
    """The kinds of dependences among each other, and the verdicts."""
    close = {}
    for colours in TOGETHER:
        for one, other in itertools.combinations(colours, 2):
            a, b = (seen(getattr(PALETTE[name], theme), deficiency) for name in (one, other))
            distance = sum((p - q) ** 2 for p, q in zip(a, b, strict=True)) ** 0.5
            if distance < APART:
                close[one, other] = round(distance, 1)

    assert close == {}


def test_the_style_uses_the_palette_and_nothing_else():
    """Every colour in the style sheet is one of the palette's, and is defined in both themes."""
    style = Path(page.STYLE).read_text(encoding="utf-8")
    used = set(re.findall(r"var\(--([\w-]+)\)", style)) - {"kind", "tone"}

    assert used <= PALETTE.keys()
    assert style.count("{") == style.count("}")
    assert not re.search(r"@media[^{]*\{\s*@media", style)
    assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|rgb|hsl", style)
    assert all(re.fullmatch("#[0-9a-f]{6}", colour.light + "") and colour.dark for colour in PALETTE.values())
