"""Text for people in Markdown, or without any markup for clients that show none."""

from __future__ import annotations

import re

from ..links import finding_page

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")
_BAR = "\\|"


class Markup:
    """Writes one or the other; what stands between backticks in words is code."""

    def __init__(self, markdown: bool) -> None:
        self.markdown = markdown

    def words(self, text: str) -> str:
        """Plain words; what stands between backticks in them is code."""
        parts = text.split("`")
        if len(parts) % 2 == 0:  # a lone backtick is one of the text's own
            return _escape(text) if self.markdown else text
        if not self.markdown:
            return "".join(parts)
        return "".join(self.code(part) if number % 2 else _escape(part) for number, part in enumerate(parts))

    def code(self, text: str) -> str:
        if not self.markdown or not text:
            return text
        fence = "``" if "`" in text else "`"
        return f"{fence}{text}{fence}"

    def block(self, text: str) -> str:
        return f"```c\n{text}\n```" if self.markdown else text

    def strong(self, text: str) -> str:
        return f"**{text}**" if self.markdown else text

    def finding(self, code: str) -> str:
        """The code, as a link to its page where there is one."""
        page = finding_page(code)
        return f"[{code}]({page})" if self.markdown and page is not None else code

    def list(self, head: str, lines: list[str]) -> str:
        """A line, and below it a list."""
        return "\n".join([head, *([""] if self.markdown else []), *(f"- {line}" for line in lines)])

    def table(self, head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
        if self.markdown:
            cells = [head, tuple("---" for _ in head), *rows]
            return "\n".join(f"| {' | '.join(cell.replace('|', _BAR) for cell in row)} |" for row in cells)
        widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
        return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in [head, *rows])


def _escape(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
