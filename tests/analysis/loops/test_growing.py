"""Steps that only grow: a loop whose step was positive before the loops around it needs no assumption about it."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import Language

FILL = "for (int i = 0; i < n; i += s) a[i] = 1;"

GROWING = {
    "doubled in the header": f"for (int s = 1; s < n; s *= 2) {FILL}",
    "doubled by a sum": f"int s = 1; while (s < n) {{ {FILL} s = s * 2; }}",
    "shifted": f"int s = 4; while (s < n) {{ {FILL} s <<= 1; }}",
    "sometimes counted up": f"int s = 1; for (int k = 0; k < n; k++) {{ {FILL} if (a[k] > 0) s++; }}",
    "grown by another loop": f"int s = 2; while (s < n) {{ for (int k = 0; a[k] > 0; k++) s += 3; {FILL} }}",
    "after the loop": f"int s = 1; while (s < n) s = 3 * s; {FILL}",
}

NOT_GROWING = {
    "from a parameter": f"for (int s = m; s < n; s *= 2) {FILL}",
    "from nothing": f"int s = 0; while (s < n) {{ {FILL} s *= 2; }}",
    "halved": f"int s = 64; while (s < n) {{ {FILL} s /= 2; }}",
    "grown and shrunk": f"int s = 1; for (int k = 0; k < n; k++) {{ {FILL} if (a[k] > 0) s++; else s--; }}",
    "multiplied by a parameter": f"int s = 1; while (s < n) {{ {FILL} s *= m; }}",
    "by nothing": f"int s = 1; while (s < n) {{ {FILL} s *= 0; }}",
    "unsigned, which wraps": f"unsigned s = 1; while (s < n) {{ {FILL} s *= 2; }}",
    "narrow, which wraps": f"short s = 1; while (s < n) {{ {FILL} s *= 2; }}",
    "its address is known": f"int s = 1; int *p = &s; while (s < n) {{ {FILL} s *= 2; *p = m; }}",
    "set elsewhere": f"int s = 1; while (s < n) {{ {FILL} s *= 2; if (a[0] > 0) s = m; }}",
}


def in_doubt(body: str, language: Language = "c") -> bool:
    """Whether the loop over `i` is right only under an assumption about its step, or cannot be followed for it."""
    text = f"void f(int n, int m, double *a) {{ {body} }}".encode()
    (facts,) = [each for each in analyze(text, language).loops if text[each.place.start :].startswith(b"for (int i")]
    return bool(facts.unknowns) or any(each.code == "PRG209" for each in facts.assumptions)


@pytest.mark.parametrize("name", GROWING)
def test_what_only_grows_stays_positive(name: str):
    assert not in_doubt(GROWING[name])


@pytest.mark.parametrize("name", NOT_GROWING)
def test_what_may_not_be_positive_is_in_doubt(name: str):
    assert in_doubt(NOT_GROWING[name])


def test_a_shift_may_lose_the_number_in_cpp():
    """C++20 defines what is shifted out as lost: the step may become 0."""
    assert in_doubt(GROWING["shifted"], "cpp")
    assert not in_doubt(GROWING["doubled in the header"], "cpp")
