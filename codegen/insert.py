"""Where the pragma of a loop goes in the text, as the smallest edit that puts it there.

A pragma needs a line of its own directly above its `for`. That is a line more where the `for` begins a line, and a line
broken in two where something stands before it (`if (c) for (…)`, `else for (…)`, `case 1: for (…)`); every statement
that may hold a loop may hold one with a pragma, so braces are never needed (tried with gcc 11, 12 and clang 14 to 19).
Indentation, tabs and line ends are those of the loop's line, and all other bytes stay as they are.

What stands before the loop decides whether that is possible at all, so it is read off the syntax tree. Loop hints such
as `#pragma unroll` must stay next to the loop (clang) and the OpenMP pragma goes above them; gcc's own hints fit on
neither side. Where we cannot tell, as after a macro that may hide a pragma, the loop is refused in words rather than
edited on a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

from ..analysis.facts import Language, LoopFacts, Place
from ..analysis.openmp.directive import STANDALONE
from ..analysis.syntax import Node, parse
from ..reasoning.plan import Plan
from .edit import Edit, TextChange, text_digest
from .errors import CannotInsert, UnsafePlan
from .pragma import pragma_text, wrap

_BLANK = b" \t\f\v"
_BEFORE_A_STATEMENT = frozenset([b";", b"{", b"}", b":", b"else", b"do"])
_HEADERS = frozenset(["if_statement", "while_statement", "switch_statement", "for_statement", "for_range_loop"])
_CONDITIONS = frozenset(["parenthesized_expression", "condition_clause"])
_QUOTED = frozenset(
    ["preproc_arg", "comment", "string_content", "string_literal", "raw_string_content", "char_literal"]
)
# Hints that compilers attach to the loop below. clang wants them next to it; gcc ignores those that are not its own.
_HINTS = frozenset(
    ["unroll", "nounroll", "unroll_and_jam", "nounroll_and_jam", "ivdep", "vector", "novector", "simd", "loop_count",
     "loop", "distribute_point", "swp", "noswp", "prefetch", "noprefetch", "nofusion", "block_loop", "noblock_loop",
     "clang loop"]
)  # fmt: skip
_GCC_HINTS = frozenset(["GCC ivdep", "GCC unroll", "GCC novector"])
_PRAGMA = re.compile(rb"(?:#|%:)\s*pragma\b(.*)", re.DOTALL)
_OMP_PRAGMA = re.compile(rb"(?:#|%:)\s*pragma\s+omp\b")
_SAFE_PRAGMA = re.compile(r"#pragma omp [ -~]*\Z")


def edit_for_plans(
    path: str, text: bytes, plans: Sequence[tuple[LoopFacts, Plan]], *, language: Language | None = None
) -> Edit:
    """The edit that puts each plan's pragma above its loop. The plans must have passed the checker.

    `facts` must be of this very text. Raises `CannotInsert` where a loop stands where no pragma can go, or has a
    directive already, and `UnsafePlan` where a plan holds something else than names and expressions.
    `language` tells how to read the text; left out, the file's suffix does.
    """
    root = parse(text, language or ("c" if PurePath(path).suffix == ".c" else "cpp")).root_node
    changes: dict[int, TextChange] = {}
    for facts, plan in plans:
        if plan.loop != facts.id:
            raise UnsafePlan(f"the plan for loop {plan.loop} was given with the facts of loop {facts.id}")
        pragma = pragma_text(plan)
        change = _change(text, root, facts, pragma)
        if change.start in changes:
            raise CannotInsert(f"line {facts.keyword.line}: two plans were given for one loop; insert one of them")
        changes[change.start] = change
    return Edit(path, text_digest(text), tuple(changes[start] for start in sorted(changes)))


def replace_directive(path: str, text: bytes, place: Place, new_pragma: str) -> Edit:
    """The edit that puts `new_pragma` ("#pragma omp …", on one line) in the place of the directive at `place`.

    `place` covers the directive with its continuation lines. A comment behind it stays. `_Pragma("…")` keeps its form.
    Raises `CannotInsert` where no directive stands at `place`, or one in C++ attribute form.
    """
    if not _SAFE_PRAGMA.match(new_pragma) or "\\" in new_pragma:
        raise UnsafePlan(f"{new_pragma[:80]!a} is not an OpenMP pragma on one line")
    old = text[place.start : place.end]
    if re.match(rb"_Pragma\s*\(", old):
        quoted = new_pragma.removeprefix("#pragma ").replace('"', '\\"')
        return Edit(path, text_digest(text), (TextChange(place.start, place.end, f'_Pragma("{quoted}")'),))
    if not _OMP_PRAGMA.match(old):
        raise CannotInsert(
            f"line {place.line}: only a directive in the form #pragma omp can be corrected automatically; "
            f"the correct one is: {new_pragma}"
        )
    end = place.start + len(_without_comment(old))
    line_start = _line_start(text, place.start)
    indent = _indentation(text, line_start)
    # A line of its own is what #pragma has by necessity, so its line starts with its indentation.
    replacement = wrap(new_pragma, indent, _line_end(text, place.start))[len(indent) :]
    return Edit(path, text_digest(text), (TextChange(place.start, end, replacement),))


def _change(text: bytes, root: Node, facts: LoopFacts, pragma: str) -> TextChange:
    keyword, line = facts.keyword, facts.keyword.line
    if text[keyword.start : keyword.end] != b"for":
        raise CannotInsert(f"line {line}: the loop comes out of a macro, which takes no pragma: write the loop in full")
    end_of_line = _line_end(text, keyword.start)
    if end_of_line == "\r":
        raise CannotInsert(
            f"line {line}: the lines end in a lone carriage return: convert the file to LF or CRLF first"
        )
    node = root.descendant_for_byte_range(keyword.start, keyword.end)
    if node is None or node.type in _QUOTED:
        raise CannotInsert(f"line {line}: the loop is part of a macro's definition, which takes no #pragma")
    _refuse_macro_arguments(node, line)
    line_start = _line_start(text, keyword.start)
    above, on_line = _what_stands_before(text, node, line_start, line)
    indent = _indentation(text, line_start)
    if above is not None or not on_line:
        start = above if above is not None else line_start
        _refuse_continued(text, start, line)
        return TextChange(start, start, wrap(pragma, indent, end_of_line) + end_of_line)
    _refuse_continued(text, line_start, line)
    gap = keyword.start
    while gap > line_start and text[gap - 1 : gap] in (b" ", b"\t"):
        gap -= 1
    # A loop that belongs to what stands before it is indented once more.
    inner = indent if on_line in (b";", b"}") else indent + _unit(text, indent)
    return TextChange(gap, keyword.start, end_of_line + wrap(pragma, inner, end_of_line) + end_of_line + inner)


def _what_stands_before(text: bytes, node: Node, line_start: int, line: int) -> tuple[int | None, bytes]:
    """(Start of the topmost loop hint above, or None; the last token before the `for` on its line, or b"").

    Comments that begin on the loop's line count as nothing, those that end on it do not. What may be or hide a pragma
    is refused.
    """
    above: int | None = None
    on_line = b""
    leaf = _previous_leaf(node)
    while leaf is not None:
        start = _line_start(text, leaf.start_byte)
        words = text[start : leaf.end_byte].strip()
        if leaf.type == "comment":
            if leaf.start_byte < line_start < leaf.end_byte:
                on_line = on_line or b"}"
        elif words.startswith((b"#", b"%:")):
            if not _is_hint(words, leaf.start_point[0] + 1):
                break
            above = start
            leaf = _leaf_before(leaf, start)
            continue
        else:
            _refuse_unless_before_a_statement(leaf, line)
            if leaf.end_byte > line_start and above is None:
                on_line = leaf.text or b""
            break
        leaf = _previous_leaf(leaf)
    return above, on_line


def _is_hint(directive: bytes, line: int) -> bool:
    """Whether a preprocessor line is a hint that must stay next to its loop. Refuses what cannot stand with ours."""
    found = _PRAGMA.match(directive)
    if found is None:
        return False
    words = found.group(1).decode(errors="replace").replace("(", " (").split()
    first, two = "".join(words[:1]), " ".join(words[:2])
    if two in _GCC_HINTS:
        raise CannotInsert(
            f"line {line}: gcc takes #pragma {two} neither above nor below an OpenMP loop directive: remove it first"
        )
    if first == "acc" or (first == "omp" and not _stands_alone(words[1:])):
        raise CannotInsert(f"line {line}: a directive governs the loop already: correct or remove that one")
    return first in _HINTS or two in _HINTS


def _stands_alone(words: list[str]) -> bool:
    """Whether an OpenMP directive with these words governs no statement, so that the loop below it is free."""
    return any(words[: len(name.split())] == name.split() for name in STANDALONE)


def _refuse_unless_before_a_statement(leaf: Node, line: int) -> None:
    token = leaf.text or b""
    if token in (b"]]", b"]"):
        raise CannotInsert(f"line {line}: OpenMP takes no attribute before the loop: remove it first")
    header = leaf.parent
    if header is not None and header.type in _CONDITIONS:
        header = header.parent
    known = token == b")" and header is not None and header.type in _HEADERS
    if leaf.is_missing or not (token in _BEFORE_A_STATEMENT or known):
        shown = (leaf.text or b"").decode(errors="replace") or "what stands"
        raise CannotInsert(
            f"line {line}: {shown!a} before the loop may be a macro that holds a pragma: put a semicolon after it, or "
            f"place the pragma by hand"
        )


def _refuse_macro_arguments(node: Node, line: int) -> None:
    """A directive among the arguments of a macro is undefined; a function's lambda argument is fine."""
    ancestor = node.parent
    while ancestor is not None:
        if ancestor.type == "call_expression":
            callee = ancestor.child_by_field_name("function")
            name = (callee.text or b"") if callee is not None else b""
            if name.isupper():
                raise CannotInsert(
                    f"line {line}: the loop is an argument of {name.decode(errors='replace')}, which seems to be a "
                    f"macro, and macro arguments take no pragma: move the loop out of it"
                )
        ancestor = ancestor.parent


def _refuse_continued(text: bytes, start: int, line: int) -> None:
    before = text[:start].removesuffix(b"\n").removesuffix(b"\r")
    if before.rstrip(_BLANK).endswith(b"\\"):  # with blanks behind it too: gcc and clang take it for a continuation
        raise CannotInsert(f"line {line}: the line before ends in a backslash, so no pragma can be placed after it")


def _previous_leaf(node: Node) -> Node | None:
    current: Node | None = node
    while current is not None and current.prev_sibling is None:
        current = current.parent
    if current is None:
        return None
    current = current.prev_sibling
    while current is not None and current.child_count:
        current = current.child(current.child_count - 1)
    return current


def _leaf_before(leaf: Node, offset: int) -> Node | None:
    """The last leaf that begins before `offset`: from a directive's last leaf, the one above the directive's line."""
    before: Node | None = leaf
    while before is not None and before.start_byte >= offset:
        before = _previous_leaf(before)
    return before


def _line_start(text: bytes, offset: int) -> int:
    return text.rfind(b"\n", 0, offset) + 1


def _indentation(text: bytes, line_start: int) -> str:
    end = line_start
    while text[end : end + 1] in (b" ", b"\t"):
        end += 1
    return text[line_start:end].decode()


def _unit(text: bytes, indent: str) -> str:
    """One step of indentation: a tab where the line, or else the first indented line of the text, uses tabs."""
    if indent:
        return "\t" if "\t" in indent else "    "
    first = re.search(rb"^([ \t])", text, re.MULTILINE)
    return "\t" if first is not None and first.group(1) == b"\t" else "    "


def _line_end(text: bytes, offset: int) -> str:
    """The line end of the line at `offset`, of the line before where it is the last, LF where there is none."""
    end = re.compile(rb"\r\n|\n|\r").search(text, offset)
    if end is not None:
        return end.group().decode()
    before = re.search(rb"(\r\n|\n|\r)[^\r\n]*\Z", text[:offset])
    return before.group(1).decode() if before is not None else "\n"


_TRAILING_COMMENT = re.compile(rb"[ \t]*(?://[^\n]*|/\*(?:(?!\*/).)*\*/[ \t]*)\Z", re.DOTALL)


def _without_comment(directive: bytes) -> bytes:
    """The directive without a comment, and the blanks before it, at its end."""
    return _TRAILING_COMMENT.sub(b"", directive)
