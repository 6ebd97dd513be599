"""What the tests of verification share: plans for loops picked by line, and a certificate store of their own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_c
import tree_sitter_cpp
from pragmatist.codegen.edit import TextChange
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.request import PlannedEdit, Span, VerificationRequest

Planner = Callable[..., PlannedEdit]


def plan_at(text: bytes, line: int, pragma: str, *, language: str = "c", **fields) -> PlannedEdit:
    """`pragma` in a line of its own above the for statement that starts at `line` (1-based)."""
    grammar = tree_sitter_c if language == "c" else tree_sitter_cpp
    tree = tree_sitter.Parser(tree_sitter.Language(grammar.language())).parse(text)
    nodes, loop = [tree.root_node], None
    while nodes and loop is None:
        node = nodes.pop()
        if node.type in ("for_statement", "for_range_loop") and node.start_point[0] == line - 1:
            loop = node
        nodes += reversed(node.children)
    assert loop is not None, f"no loop at line {line}"
    body = loop.child_by_field_name("body")
    assert body is not None
    start = loop.start_byte - loop.start_point[1]
    indent = text[start : loop.start_byte].decode()
    return PlannedEdit(
        loop=f"loop-{line}",
        changes=(TextChange(start, start, f"{indent}{pragma}\n"),),
        statement=Span(loop.start_byte, loop.end_byte),
        body=Span(body.start_byte, body.end_byte),
        line=line,
        **fields,
    )


@pytest.fixture
def planned() -> Planner:
    return plan_at


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> CertificateStore:
    """Shared by the session, so that the compilers are tried once."""
    return CertificateStore(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def request_for(tmp_path: Path) -> Callable[..., VerificationRequest]:
    """A request for a program of the given text with (line, pragma) plans, written to a folder of its own."""

    def make(text: str, *plans: tuple[int, str], name: str = "program.c", **fields) -> VerificationRequest:
        language = "cpp" if name.endswith(".cpp") else "c"
        path = tmp_path / name
        path.write_text(text)
        content = text.encode()
        edits = tuple(plan_at(content, line, pragma, language=language) for line, pragma in plans)
        return VerificationRequest(path=str(path), text=content, language=language, edits=edits, **fields)

    return make
