"""The invariants of docs/architecture.md that imports show, held by reading every module's source."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LAYERS = ("analysis", "reasoning", "codegen", "verification", "server")

# Third-party packages, by the only folders that may import them.
THIRD_PARTY = {
    "islpy": {"analysis"},
    "tree_sitter": {"analysis"},
    "tree_sitter_c": {"analysis"},
    "tree_sitter_cpp": {"analysis"},
    "xllamacpp": {"reasoning"},
    "ctransformers": {"reasoning"},
    "filelock": {"reasoning"},  # this and the next two are huggingface_hub and what it is made of
    "httpx2": {"reasoning"},
    "huggingface_hub": {"reasoning"},
    "jinja2": {"reasoning"},
    "platformdirs": {"reasoning", "verification", "server"},
    "attrs": {"server"},  # this and the next are what lsprotocol is made of
    "cattrs": {"server"},
    "lsprotocol": {"server"},
    "pygls": {"server"},
    "rich": {"server"},
    "msgspec": set(LAYERS),
}

# Modules of the standard library through which a function could depend on more than its arguments.
IMPURE = {
    "asyncio", "concurrent", "ctypes", "datetime", "fcntl", "glob", "http", "io", "locale", "logging",
    "multiprocessing", "os", "pathlib", "platform", "random", "secrets", "select", "shutil", "signal", "socket",
    "sqlite3", "subprocess", "tempfile", "time", "urllib", "uuid", "warnings",
}  # fmt: skip
# Makes the pages under docs/findings; nothing imports it.
ENTRY_POINTS_OF_ANALYSIS = {"pragmatist.analysis.findings.__main__"}


@dataclass(frozen=True)
class Import:
    """One import statement: `name` is the module named, absolute; `line` is where it stands.

    `typing` is true below `if TYPE_CHECKING`, where nothing is imported when the program runs.
    """

    name: str
    line: int
    typing: bool


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its dotted name; a package's name stands for its `__init__`."""
    found = {}
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(("pragmatist", *parts)).removesuffix(".__init__")] = path
    return found


@cache
def tree(module: str) -> ast.Module:
    """A module's syntax tree."""
    return ast.parse(modules()[module].read_text(), str(modules()[module]))


@cache
def imports(module: str) -> tuple[Import, ...]:
    """All that a module imports, wherever the statement stands; the submodule where `from package import` names one."""
    package = module if modules()[module].name == "__init__.py" else module.rpartition(".")[0]
    typing = {
        inner
        for node in ast.walk(tree(module))
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for statement in node.body
        for inner in ast.walk(statement)
    }
    found: list[Import] = []
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            found += [Import(alias.name, node.lineno, node in typing) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            anchor = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*anchor, *([node.module] if node.module else [])])
            for alias in node.names:
                submodule = f"{base}.{alias.name}"
                found.append(Import(submodule if submodule in modules() else base, node.lineno, node in typing))
    return tuple(found)


def layer(module: str) -> str:
    """The folder that a module of the product lies in."""
    return module.split(".")[1]


def each_import() -> Iterator[tuple[str, Import]]:
    """Every import statement of the product with the module it stands in."""
    return ((module, statement) for module in modules() for statement in imports(module))


def test_imports_go_one_way():
    """A folder imports only itself and the folders to its left."""
    wrong = [
        f"{module}:{statement.line} imports {statement.name}"
        for module, statement in each_import()
        if statement.name.startswith("pragmatist.")
        and LAYERS.index(layer(statement.name)) > LAYERS.index(layer(module))
    ]

    assert wrong == []


def test_every_import_of_the_product_names_a_module():
    """Relative imports resolve to modules that exist, so that the checks here see the whole graph."""
    wrong = [
        f"{module}:{statement.line} imports {statement.name}"
        for module, statement in each_import()
        if statement.name.startswith("pragmatist.") and statement.name not in modules()
    ]

    assert wrong == []


def test_no_cycles():
    """No module imports itself through others, not even by an import inside a function.

    What only the type checker follows may: two modules can each hold half of a recursive type.
    """
    graph = {
        module: {statement.name for statement in imports(module) if not statement.typing} & modules().keys()
        for module in modules()
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail("imports in a circle: " + " <- ".join(error.args[1]))


def test_siblings_are_imported_relatively():
    """No module of the product spells out `pragmatist.`: pyright resolves relative imports without an install."""
    wrong = []
    for module in modules():
        for node in ast.walk(tree(module)):
            named = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                named = [node.module or ""]
            wrong += [f"{module}:{name}" for name in named if name.split(".")[0] == "pragmatist"]

    assert wrong == []


def test_analysis_is_a_function_of_its_text():
    """Nothing in analysis/ can reach a file, a process, the clock, the network or a source of chance."""
    wrong = [
        f"{module}:{statement.line} imports {statement.name}"
        for module, statement in each_import()
        if layer(module) == "analysis"
        and module not in ENTRY_POINTS_OF_ANALYSIS
        and statement.name.split(".")[0] in IMPURE
    ]
    for module in modules():
        if layer(module) == "analysis" and module not in ENTRY_POINTS_OF_ANALYSIS:
            wrong += [
                f"{module}:{node.lineno} calls {node.func.id}"
                for node in ast.walk(tree(module))
                if isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in ("open", "input", "print", "exec", "eval", "__import__")
            ]

    assert wrong == []


def test_third_party_packages_stay_where_they_belong():
    """Each dependency is imported only from the folders that it is there for, and there are no others."""
    wrong = [
        f"{module}:{statement.line} imports {statement.name}"
        for module, statement in each_import()
        if (top := statement.name.split(".")[0]) not in {*sys.stdlib_module_names, "pragmatist"}
        and layer(module) not in THIRD_PARTY.get(top, set())
    ]

    assert wrong == []


def test_every_dependency_is_used():
    """What pyproject.toml makes a user install is imported somewhere."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = {requirement.split(">")[0].strip().replace("-", "_") for requirement in project["dependencies"]}
    used = {statement.name.split(".")[0] for _, statement in each_import()}

    assert declared - used == set()
