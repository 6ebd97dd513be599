"""Comments that ask for silence: what is one, what it says, and which line it is about."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pragmatist.analysis.facts import Language
from pragmatist.analysis.ignore_comments import ignore_comments


def said(text: str, language: Language = "c") -> list[tuple[int, list[str] | None]]:
    """(line that it is about, codes; None where it is not understood) of each comment."""
    return [
        (comment.line, [code.text for code in comment.codes] if comment.understood else None)
        for comment in ignore_comments(text.encode(), language)
    ]


@pytest.mark.parametrize(
    ("comment", "codes"),
    [
        ("// pragmatist: ignore", []),
        ("//pragmatist:ignore", []),
        ("/* pragmatist: ignore */", []),
        ("/** pragmatist: ignore PRG101 **/", ["PRG101"]),
        ("// pragmatist: ignore PRG101, PRG2xx", ["PRG101", "PRG2xx"]),
        ("// pragmatist: ignore PRG101 PRG2xx,PRG301", ["PRG101", "PRG2xx", "PRG301"]),
        ("// pragmatist: ignore -- on purpose, PRG101 or not", []),
        ("// pragmatist: ignore PRG101 -- on purpose", ["PRG101"]),
        ("// pragmatist: ignore this loop", ["this", "loop"]),
        ("// pragmatist: ignroe", None),
        ("// pragmatist: ignored", None),
        ("// pragmatist: ignore-all", None),
        ("/* pragmatist: ignore\n   PRG101 */", ["PRG101"]),
    ],
)
def test_what_it_says(comment: str, codes: list[str] | None):
    """Codes are parted by commas or blanks, a reason follows behind two dashes, and any other word is no code."""
    text = f"void f(void) {{\n{comment}\nfor (;;) ;\n}}\n"
    assert said(text) == [(3 + comment.count("\n"), codes)]
    assert said(text, "cpp") == said(text)


@pytest.mark.parametrize(
    "text",
    [
        'char *s = "// pragmatist: ignore";\n',
        "/* see pragmatist: ignore */\n",
        "// as for pragmatist: ignore\n",
        "int pragmatist; /* a */ int x = pragmatist ? 1 : ignore;\n",
        'const char *s = "a\\\n// pragmatist: ignore\\\n";\n',
        '#define S "/* pragmatist: ignore */"\n',
        '#pragma message "// pragmatist: ignore"\n',
    ],
)  # fmt: skip
def test_what_is_none(text: str):
    """Strings, and comments that only mention it."""
    assert said(text) == []


def test_raw_strings_are_strings():
    """In C++ a raw string may hold whole lines that look like comments."""
    assert said('auto s = R"(\n// pragmatist: ignore\n)";\n', "cpp") == []


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("for (;;) ; // pragmatist: ignore\n", 1),
        ("for (;;) { /* pragmatist: ignore */\n}\n", 1),
        ("/* pragmatist: ignore */ for (;;) ;\n", 1),
        ("// pragmatist: ignore\n\n   \nfor (;;) ;\n", 4),
        ("// pragmatist: ignore\n// another\n/* and\n one */\nfor (;;) ;\n", 5),
        ("// pragmatist: ignore\n#pragma omp parallel for\nfor (;;) ;\n", 2),
        ("#pragma omp parallel for // pragmatist: ignore\nfor (;;) ;\n", 1),
        ("#pragma omp parallel \\\n  for /* pragmatist: ignore */\nfor (;;) ;\n", 2),
        ("for (;;) ; // pragmatist: ignore\r\nint x;\r\n", 1),
        ("\f\n// pragmatist: ignore\n\f\nfor (;;) ;\n", 4),
        ("for (;;) ; // pragmatist: ignore", 1),
        ("// pragmatist: ignore", 1),
        ("// pragmatist: ignore\n// the end\n", 1),
        ("int a; /* \N{GRINNING FACE} */ for (;;) ; // pragmatist: ignore\n", 1),
    ],
)
def test_the_line_that_it_is_about(text: str, line: int):
    """Its own where something else stands there, else the next with something on it."""
    assert [at for at, _ in said(f"void f(void) {{\n{text}")] == [line + 1]


PIECES = (
    "// pragmatist: ignore", "/* pragmatist: ignore PRG101 */", "for (;;)", '"', "'", "\n", "\\\n", "{", "}", "/*",
    "*/", "#pragma omp for ", "#define X ", 'R"(', ')"', "\r", "\f", "\xff", "x",
)  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join))
def test_nothing_breaks_it(text: str):
    """Half a text is no exception, and every place lies in the text."""
    for language in ("c", "cpp"):
        for comment in ignore_comments(text.encode("latin-1"), language):
            assert b"pragmatist:" in text.encode("latin-1")[comment.place.start : comment.place.end]
            assert 1 <= comment.line <= len(text) + 1
