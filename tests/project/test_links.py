"""Links in the documentation lead somewhere: files, headings, and the pages that findings name."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import unquote

import msgspec
import msgspec.inspect
import pytest
from pragmatist.server import answers
from pragmatist.server.links import finding_page

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\[[^\]]*\]\((?P<target>[^)\s]+)[^)]*\)|^\[[^\]]+\]: (?P<reference>\S+)", re.MULTILINE)
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


def pages() -> list[Path]:
    """The Markdown files of the project, those that git ignores left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return [path for name in listed.stdout.splitlines() if (path := ROOT / name).is_file()]


def anchors(page: Path) -> set[str]:
    """The anchors that a page's headings get: lower case, no punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page(page: Path):
    """Each link to a place in the project names a file that exists and, after `#`, a heading of it."""
    dead = []
    for found in LINK.finditer(FENCE.sub("", page.read_text())):
        target = found["target"] or found["reference"]
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        place = (page.parent / unquote(name)).resolve() if name else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            dead.append(target)

    assert dead == []


def test_every_finding_has_its_page():
    """The link that an editor shows beside a finding exists for each code of the product, and no page is left over."""
    codes = {
        code
        for folder in ("analysis", "reasoning", "codegen", "verification", "server")
        for path in (ROOT / folder).rglob("*.py")
        for code in re.findall(r"\bPRG\d{3}\b", path.read_text())
    }

    assert codes != set()
    assert sorted(code for code in codes if finding_page(code) is None) == []
    assert {path.stem for path in (ROOT / "docs/findings").glob("PRG*.md")} == codes


def test_pages_named_in_the_source_exist():
    """A docstring or message that sends a reader to a page under docs/ names one that is there."""
    named = {
        page
        for folder in ("analysis", "reasoning", "codegen", "verification", "server", "editors")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".c", ".lua", ".ts", ".toml") and "node_modules" not in path.parts
        for page in re.findall(r"(?<!ggml's )\bdocs/[\w/.-]+?\.md\b", path.read_text())
    }

    assert named != set()
    assert sorted(page for page in named if not (ROOT / page).is_file()) == []


def test_json_page_names_every_field():
    """docs/json.md describes each field that `check` and `fix` print."""
    page = (ROOT / "docs/json.md").read_text()
    types, fields, todo = set(), set(), [answers.Answer]
    while todo:
        info = msgspec.inspect.type_info(todo.pop())
        assert isinstance(info, msgspec.inspect.StructType)
        types.add(info.cls)
        fields |= {field.encode_name for field in info.fields}
        todo += [each for field in info.fields for each in structs_in(field.type) if each not in types]

    assert len(types) > 8
    assert sorted(name for name in fields if f"`{name}`" not in page) == []


def structs_in(info: msgspec.inspect.Type) -> list[type]:
    """The struct types in a type: itself, its items, its alternatives."""
    if isinstance(info, msgspec.inspect.StructType):
        return [info.cls]
    if isinstance(info, msgspec.inspect.ListType):
        return structs_in(info.item_type)
    if isinstance(info, msgspec.inspect.UnionType):
        return [each for alternative in info.types for each in structs_in(alternative)]
    return []
