"""The project's own settings, in `pragmatist.toml`: how its programs are tested.

The file is data of the project. It names commands, and whoever asks for a verification has them run, in the sandbox;
it cannot say that the project is to be trusted, nor loosen the sandbox. See docs/configuration.md.
"""

from __future__ import annotations

import os
import re
import shlex
import stat
import tomllib
from typing import Annotated, Any

import msgspec

from ...verification.request import ProjectCommand
from ...verification.sources import holds_more_than_a_project

SETTINGS = "pragmatist.toml"
SIZE_LIMIT = 256 * 1024
_PROJECT_ENDS = (".git", ".hg", ".svn", ".bzr", ".jj")
_SHELL = re.compile(r"^[|&;<>()]+$")


class BadSettings(Exception):
    """The settings cannot be used; `str()` names file and key, and says what is expected."""


class VerifySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[verify]`. A command that is one string is split into words as a shell would, and run by none."""

    command: str | list[str] | None = None
    timeout_seconds: Annotated[float, msgspec.Meta(gt=0, le=86_400)] = 300.0
    files: list[str] = []
    copy: list[str] = []
    drivers: dict[str, str] = {}


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    verify: VerifySettings = msgspec.field(default_factory=VerifySettings)


class ProjectSettings(msgspec.Struct, frozen=True):
    """What a verification takes from the settings; `drivers` are absolute paths by function."""

    command: ProjectCommand | None = None
    drivers: dict[str, str] = {}


EXPECTED = {
    "verify": "a table",
    "verify.command": 'a list of words, such as ["make", "check"], or one string',
    "verify.timeout_seconds": "a number of seconds, above 0 and at most 86400",
    "verify.files": 'a list of patterns below the project\'s folder, such as ["out/*.csv"]',
    "verify.copy": 'a list of files and folders below the project\'s folder, such as ["src", "Makefile"]',
    "verify.drivers": 'a table of files by function, such as { smooth = "tests/drive_smooth.c" }',
}


def project_settings(path: str) -> ProjectSettings:
    """The settings that hold for a source file: those of the nearest `pragmatist.toml` above it, within its project.

    Raises `BadSettings`.
    """
    found = _find(os.path.realpath(path))
    if found is None:
        return ProjectSettings()
    return _settings(found, _read(found, os.path.realpath(path)))


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
    try:
        tables = tomllib.loads(content.decode())
    except UnicodeDecodeError:
        raise BadSettings(f"{file}: is not UTF-8") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadSettings(f"{file}: is not TOML: {error}") from None
    verify = _checked(file, tables)
    root = os.path.dirname(file)

    def within(key: str, each: str) -> str:
        if not each or os.path.isabs(each) or ".." in each.split("/") or not each.isprintable():
            raise BadSettings(f"{file}: {key}: {each!r} is not below the project's folder; expected {EXPECTED[key]}")
        return os.path.normpath(each)

    for function, driver in verify.drivers.items():
        place = os.path.realpath(os.path.join(root, within("verify.drivers", driver)))
        if not place.startswith(os.path.realpath(root) + "/") or not os.path.isfile(place):
            raise BadSettings(
                f"{file}: verify.drivers.{function}: there is no file {driver} below the project's folder"
            )
    drivers = {function: os.path.join(root, driver) for function, driver in verify.drivers.items()}
    if not (words := _words(file, verify)):
        return ProjectSettings(drivers=drivers)
    command = ProjectCommand(
        command=words,
        root=root,
        files=tuple(within("verify.files", each) for each in verify.files),
        copy=tuple(within("verify.copy", each) for each in verify.copy),
        timeout_seconds=verify.timeout_seconds,
    )
    return ProjectSettings(command, drivers)


def _words(file: str, verify: VerifySettings) -> tuple[str, ...]:
    if verify.command is None:
        return ()
    words = verify.command
    if isinstance(words, str):
        try:
            words = shlex.split(words)
        except ValueError as error:
            raise BadSettings(f"{file}: verify.command: {error}; expected {EXPECTED['verify.command']}") from None
        if operator := next((word for word in words if _SHELL.match(word)), None):
            advice = 'write it as ["sh", "-c", "…"], or put it into a script'
            raise BadSettings(f"{file}: verify.command: no shell runs it, so {operator!r} would mean nothing; {advice}")
    if not words or not words[0] or any("\0" in word for word in words):
        raise BadSettings(f"{file}: verify.command is empty; expected {EXPECTED['verify.command']}")
    return tuple(words)


def _checked(file: str, tables: dict[str, Any]) -> VerifySettings:
    try:
        return msgspec.convert(tables, _File).verify
    except msgspec.ValidationError as error:
        words, _, place = str(error).partition(" - at `")
        inner = place.rstrip("`").removeprefix("$").strip(".")
        key = re.sub(r"\[.*", "", inner)
        if unknown := re.search(r"unknown field `(.*)`", words):
            known = [name.rpartition(".")[2] for name in EXPECTED if name.rpartition(".")[0] == key]
            full = f"{key}.{unknown[1]}" if key else unknown[1]
            raise BadSettings(f"{file}: {full}: no such key; known are {', '.join(known)}") from None
        expected = next((EXPECTED[name] for name in (key, key.rpartition(".")[0]) if name in EXPECTED), words)
        raise BadSettings(f"{file}: {key}: expected {expected}") from None
