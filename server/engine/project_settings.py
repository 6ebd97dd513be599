"""The project's own settings, in `pragmatist.toml`: how its programs are tested, which findings it does not want, and
how its loops are planned in editors.

The file is data of the project. It names commands, and whoever asks for a verification has them run, in the sandbox;
it cannot say that the project is to be trusted, nor loosen the sandbox. See docs/configuration.md.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Any

import msgspec

from ...verification.request import ProjectCommand
from ...verification.sources import holds_more_than_a_project
from .codes import unknown_codes
from .setting import CODES, QUICK_PASS, Kind, Setting, number, read, strings

SETTINGS = "pragmatist.toml"
SIZE_LIMIT = 256 * 1024
_PROJECT_ENDS = (".git", ".hg", ".svn", ".bzr", ".jj")
_SHELL = re.compile(r"^[|&;<>()]+$")


class BadSettings(Exception):
    """The settings cannot be used; `str()` names file and key, and says what is expected."""


class ProjectSettings(msgspec.Struct, frozen=True):
    """What the file says: `command` and `drivers` (absolute paths by function) are for verifications, `disabled` are
    codes and families of codes."""

    command: ProjectCommand | None = None
    drivers: dict[str, str] = {}
    disabled: tuple[str, ...] = ()


class WhileEditing(msgspec.Struct, frozen=True):
    """What the file says of a text that is being edited: codes that are switched off, and how its loops are planned."""

    disabled: tuple[str, ...] = ()
    quick_pass: str | None = None


def _is_command(value: Any) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(word, str) for word in value))


def _is_table_of_files(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(file, str) for file in value.values())


TABLE = (
    Setting(
        "diagnostics.disabled", CODES, (),
        "Codes and families of codes that are switched off in this project, in editors and on the command line.",
    ),
    Setting(
        "editor.quick_pass", QUICK_PASS, None,
        "How loops are planned while a text is edited, for those who leave the editor's `quickPass` at null. A model "
        "is asked only in a workspace that the editor has declared trusted; which one is not for the project to say.",
    ),
    Setting(
        "verify.command", Kind('a list of words, such as ["make", "check"], or one string', _is_command), None,
        "The test command. One string is split into words as a shell would split it. No shell runs it: for one, write "
        '`["sh", "-c", "…"]`.',
    ),
    Setting(
        "verify.timeout_seconds", number(0, 86_400, above=True, unit="seconds"), 300,
        "The longest that one run of it may take, building included.",
    ),
    Setting(
        "verify.files", strings('a list of patterns below the project\'s folder, such as ["out/*.csv"]'), (),
        "Files that it writes and that are compared, too: patterns (`*`, `?`, `[…]`) below the folder of "
        "`pragmatist.toml`.",
    ),
    Setting(
        "verify.copy",
        strings('a list of files and folders below the project\'s folder, such as ["src", "Makefile"]'), (),
        "What it needs of the project: files and folders below that folder; without this, all of it.",
    ),
    Setting(
        "verify.drivers",
        Kind('a table of files by function, such as { smooth = "tests/drive_smooth.c" }', _is_table_of_files), None,
        "Files below that folder, by the function that their `main` calls.",
    ),
)  # fmt: skip
EXPECTED = {setting.name: setting.kind.words for setting in TABLE}


def project_settings(path: str) -> ProjectSettings:
    """The settings that hold for a source file: those of the nearest `pragmatist.toml` above it, within its project.

    Raises `BadSettings`.
    """
    found = _find(os.path.realpath(path))
    if found is None:
        return ProjectSettings()
    return _settings(found, _read(found, os.path.realpath(path)))


def while_editing(path: str) -> WhileEditing:
    """What the project of a source file says of texts that are edited. Raises `BadSettings`.

    Nothing else of the settings is looked at closely: this is asked with every edit.
    """
    real = os.path.realpath(path)
    found = _find(real)
    if found is None:
        return WhileEditing()
    given = _checked(found, _read(found, real))
    return WhileEditing(_disabled(found, given), given["editor.quick_pass"])


def _find(path: str) -> str | None:
    directory = os.path.dirname(path)
    while not holds_more_than_a_project(directory):
        candidate = os.path.join(directory, SETTINGS)
        if os.path.lexists(candidate):
            return candidate
        if any(os.path.exists(os.path.join(directory, mark)) for mark in _PROJECT_ENDS):
            return None
        directory = os.path.dirname(directory)
    return None


def _read(file: str, path: str) -> bytes:
    try:
        descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        with open(descriptor, "rb") as opened:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise BadSettings(f"{file}: is not a regular file")
            if status.st_size > SIZE_LIMIT:
                raise BadSettings(f"{file}: is larger than {SIZE_LIMIT // 1024} KiB")
            # Above a folder of ours another user may have put one: its commands are not ours.
            if status.st_uid not in (os.getuid(), 0, os.stat(path).st_uid):
                raise BadSettings(f"{file}: belongs to another user than you and the owner of {path}; it is not used")
            return opened.read(SIZE_LIMIT)
    except OSError as error:
        raise BadSettings(f"{file}: cannot be read: {error.strerror}") from error


def _settings(file: str, content: bytes) -> ProjectSettings:
    given = _checked(file, content)
    root = os.path.dirname(file)

    def within(key: str, each: str) -> str:
        if not each or os.path.isabs(each) or ".." in each.split("/") or not each.isprintable():
            raise BadSettings(f"{file}: {key}: {each!r} is not below the project's folder; expected {EXPECTED[key]}")
        return os.path.normpath(each)

    named: dict[str, str] = given.get("verify.drivers") or {}
    for function, driver in named.items():
        place = os.path.realpath(os.path.join(root, within("verify.drivers", driver)))
        if not place.startswith(os.path.realpath(root) + "/") or not os.path.isfile(place):
            raise BadSettings(
                f"{file}: verify.drivers.{function}: there is no file {driver} below the project's folder"
            )
    drivers = {function: os.path.join(root, driver) for function, driver in named.items()}
    disabled = _disabled(file, given)
    if not (command := _words(file, given["verify.command"])):
        return ProjectSettings(None, drivers, disabled)
    command = ProjectCommand(
        command=command,
        root=root,
        files=tuple(within("verify.files", each) for each in given["verify.files"]),
        copy=tuple(within("verify.copy", each) for each in given["verify.copy"]),
        timeout_seconds=given["verify.timeout_seconds"],
    )
    return ProjectSettings(command, drivers, disabled)


def _disabled(file: str, given: Mapping[str, Any]) -> tuple[str, ...]:
    disabled = tuple(given["diagnostics.disabled"])
    for code, hint in unknown_codes(disabled):
        raise BadSettings(f"{file}: diagnostics.disabled: unknown code {code}{hint}")
    return disabled


def _words(file: str, command: str | list[str] | None) -> tuple[str, ...]:
    if command is None:
        return ()
    if isinstance(command, str):
        try:
            command = shlex.split(command)
        except ValueError as error:
            raise BadSettings(f"{file}: verify.command: {error}; expected {EXPECTED['verify.command']}") from None
        if operator := next((word for word in command if _SHELL.match(word)), None):
            advice = 'write it as ["sh", "-c", "…"], or put it into a script'
            raise BadSettings(f"{file}: verify.command: no shell runs it, so {operator!r} would mean nothing; {advice}")
    if not command or not command[0] or any("\0" in word for word in command):
        raise BadSettings(f"{file}: verify.command is empty; expected {EXPECTED['verify.command']}")
    return tuple(command)


@lru_cache(maxsize=32)
def _checked(file: str, content: bytes) -> Mapping[str, Any]:
    """Every setting's value, by its name. Raises `BadSettings` for the first key that is wrong."""
    try:
        tables = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise BadSettings(f"{file}: is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(f"{file}: is not TOML: {error}") from None
    values, problems = read(TABLE, tables)
    for problem in problems:
        raise BadSettings(f"{file}: {problem}")
    return MappingProxyType({setting.name: values.get(setting.name, setting.default) for setting in TABLE})
