"""Makes text of the user's program harmless in a prompt.

A loop's expressions can hold comments and literals, which say nothing about its dependences and anything to a
model. They are emptied; what remains is one short line of code, which the prompt delimits and calls data. (What the
tokenizer would read as control tokens is the runtime's to break, since it knows them.)
"""

from __future__ import annotations

import re

MOST_EXPRESSION = 80  # characters; longer ones are indices nobody reads, or an attempt to say something
MOST_MESSAGE = 240

# The first alternative that matches at a place wins; unterminated ones run to the end of the text.
_NOT_CODE = re.compile(
    r"""
    (?P<comment> //.*?(?:$|(?=\n)) | /\*.*?(?:\*/|$) )
  | (?P<raw> (?:u8|[uUL])?R"(?P<mark>[^()\\\s]{0,16})\(.*?(?:\)(?P=mark)"|$) )
  | (?P<text> (?:u8|[uUL])?"(?:\\.|[^"\\])*(?:"|$) )
  | (?P<character> (?<![0-9A-Za-z_])(?:u8|[uUL])?'(?:\\.|[^'\\\n]){1,8}' )
    """,
    re.DOTALL | re.VERBOSE,
)
_QUOTED = re.compile(r'"[^"]*(?:"|$)')
_PROSE = re.compile(r"\w\s+\w")


def code(text: str, most: int = MOST_EXPRESSION) -> str:
    """An expression, type or name on one line, without comments, with its literals emptied, at most `most` long."""
    return _line(_NOT_CODE.sub(_emptied, text), most)


def message(text: str, most: int = MOST_MESSAGE) -> str:
    """One of our own sentences, which may quote the program: quoted code stays, quoted prose and comments go."""
    without = re.sub(r"/\*.*?(?:\*/|$)|(?<!:)//.*", " ", text, flags=re.DOTALL)
    return _line(_QUOTED.sub(lambda quoted: '""' if _PROSE.search(quoted[0]) else quoted[0], without), most)


def _emptied(match: re.Match[str]) -> str:
    if match.lastgroup == "comment" or match["comment"] is not None:
        return " "
    return "'.'" if match["character"] is not None else '""'


def _line(text: str, most: int) -> str:
    plain = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return plain if len(plain) <= most else plain[: most - 1] + "…"
