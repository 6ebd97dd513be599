"""A text that is judged in versions has the judgements that it would have if judged by itself."""

from __future__ import annotations

import pytest
from pragmatist.server.engine.headers import Surroundings
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.versions import MOST_TEXTS, TextInVersions, judge_version

FIRST = b"""\
static double total[100];
void scale(int n, double *a)
{
    for (int i = 0; i < n; i++)
        a[i] *= 2;
}

void join(int n, double *a, double *b)
{
    for (int i = 0; i < n; i++)
        a[i] = b[i];
    for (int i = 1; i < n; i++)
        total[i] = total[i - 1] + b[i];
}

double last(int n, int *index, double *b)
{
    double s = 0;
    for (int i = 0; i < n; i++)
        s += b[index[i]];
    for (int i = 0; i < n; i++)
        b[index[i]] = g(s);
    return s;
}
"""
EDITS = [
    (b"*= 2", b"*= 2.5"),
    (b"a[i] *= 2.5;", b"a[i] *= 2.5;\n    puts(a);"),
    (b"a[i] = b[i];", b"a[i] = a[i - 1];"),
    (b"double s = 0;", b"double s = 0; s = "),
    (b"s = \n", b"s = 1;\n"),
    (b"total[100]", b"total[200]"),
    (b"#", b"#"),
    (b"{\n    for (int i = 0; i < n; i++)\n        a[i] *", b"{\n\n\n    for (int i = 0; i < n; i++)\n        a[i] *"),
]


def test_every_version_as_by_itself() -> None:
    """Whatever was typed: loops that moved, changed, could not be read; and after an edit that concerns all."""
    text, versions = FIRST, TextInVersions("c", Surroundings())
    assert versions.judge(text) == judge_text(text, "c")
    for old, new in EDITS:
        text = text.replace(old, new, 1)
        assert versions.judge(text) == judge_text(text, "c")


@pytest.mark.parametrize("again", [False, True])
def test_texts_are_told_apart(again: bool) -> None:
    """By path, language and what they include; and more texts than are kept are no trouble."""
    around = Surroundings({"N": "7"})
    text = b"void f(int *a)\n{\n    for (int i = 0; i < N; i++) a[i] = i;\n}\n"
    for number in range(MOST_TEXTS + 2):
        path = f"{number % 3 if again else number}.c"
        assert judge_version(path, text, "c", around) == judge_text(text, "c", around)
        assert judge_version(path, text, "cpp", Surroundings()) == judge_text(text, "cpp")
