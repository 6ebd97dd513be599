"""The flags that a project compiles a file with, from its compile_commands.json.

The database is data of the project and may be hostile: nothing in it is run, and only flags that say how to read
the text (-D, -U, -I, -isystem, -iquote, -std, a few -f), for which processor, how far to optimise and what to warn of
come through; those of a cl or clang-cl command in gcc's spelling. See
https://clang.llvm.org/docs/JSONCompilationDatabase.html.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterator, Mapping
from functools import lru_cache

import msgspec

from ...verification.cl_flags import Level, family_of, from_cl, level_of

DATABASE = "compile_commands.json"
SIZE_LIMIT = 64 * 1024 * 1024

# What changes the meaning of a program's text or its floating-point arithmetic; never a plugin, a linker flag or a
# response file. -f flags are named one by one, because -fplugin= and -fpass-plugin= load code.
_SAFE_F = re.compile(
    r"-f(?:no-)?(?:strict-aliasing|wrapv|signed-char|unsigned-char|exceptions|rtti|fast-math|openmp|short-enums|"
    r"permissive|ms-extensions|math-errno|finite-math-only|associative-math|trapping-math|signed-zeros)"
)
_TUNING = re.compile(
    r"-O[0-3sgz]?|-Ofast|-m(?!llvm|odule)[a-z0-9][\w.=+-]{0,40}|-W[a-z](?!,)[\w+=-]{0,60}|-w|-pedantic(-errors)?"
)
_STANDARD = re.compile(r"-std=[A-Za-z0-9+:]{1,16}")
_NAME = re.compile(r"[A-Za-z_]\w*(?:\([\w, .]*\))?")
_WITH_DIRECTORY = ("-isystem", "-iquote", "-idirafter", "-I")


class CompileFlags(msgspec.Struct, frozen=True):
    """`flags` are safe to give to a compiler, with absolute include paths; `defines` are the macros among them.
    `cl_level` is set where the compiler is Microsoft's: what its OpenMP is to be."""

    flags: tuple[str, ...] = ()
    defines: dict[str, str] = {}
    database: str | None = None
    cl_level: Level | None = None


class _Command(msgspec.Struct):
    file: str
    directory: str = ""
    command: str | None = None
    arguments: list[str] | None = None


def flags_for(path: str) -> CompileFlags:
    """The flags of the file's entry in the nearest database above it (or in a `build` directory beside), else none.

    A database that cannot be read or does not hold the file gives no flags; it is never an error of the file.
    """
    real = os.path.realpath(path)
    found = _database_of(real)
    if found is None:
        return CompileFlags()
    database, entries = found
    arguments, directory = entries[real]
    family = family_of(arguments)
    flags, defines = _safe_flags(from_cl(arguments[1:]) if family else arguments[1:], directory)
    level = level_of(arguments) if family == "cl" else None
    return CompileFlags(tuple(flags), defines, database, level)


def files_of_project(path: str) -> tuple[str, ...]:
    """All files that the database which holds this one names; empty where there is none."""
    found = _database_of(os.path.realpath(path))
    return tuple(found[1]) if found is not None else ()


def _database_of(real: str) -> tuple[str, Mapping[str, tuple[list[str], str]]] | None:
    """The nearest database that holds the file, and its entries by file."""
    for database in _candidates(os.path.dirname(real)):
        try:
            status = os.stat(database)
        except OSError:
            continue
        entries = _load(database, status.st_mtime_ns, status.st_size)
        if real in entries:
            return database, entries
    return None


def _candidates(directory: str) -> Iterator[str]:
    while True:
        yield os.path.join(directory, DATABASE)
        yield os.path.join(directory, "build", DATABASE)
        parent = os.path.dirname(directory)
        if parent == directory:
            return
        directory = parent


@lru_cache(maxsize=8)
def _load(database: str, _modified: int, size: int) -> Mapping[str, tuple[list[str], str]]:
    if size > SIZE_LIMIT:
        return {}
    try:
        with open(database, "rb") as file:
            commands = msgspec.json.decode(file.read(), type=list[_Command])
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return {}
    entries: dict[str, tuple[list[str], str]] = {}
    for command in commands:
        directory = os.path.join(os.path.dirname(database), command.directory)
        try:
            arguments = command.arguments or _words(command.command or "")
            file = os.path.realpath(os.path.join(directory, command.file))
        except ValueError:  # unbalanced quotes, a NUL in a path
            continue
        entries.setdefault(file, (arguments, directory))
    return entries


def _words(command: str) -> list[str]:
    """The command's arguments. In one of Windows' a backslash parts the folders of a path, and quotes nothing."""
    if re.match(r'("[^"]*\\|[^\s"]*\\)?[\w.-]*cl(\.exe)?"?\s', command, re.IGNORECASE):
        return [word.replace('"', "") for word in re.findall(r'(?:[^\s"]|"[^"]*")+', command)]
    return shlex.split(command)


def _safe_flags(arguments: list[str], directory: str) -> tuple[list[str], dict[str, str]]:
    flags: list[str] = []
    defines: dict[str, str] = {}
    rest = iter(arguments)
    for argument in rest:
        if argument.startswith(("-D", "-U")):
            definition = argument[2:] or next(rest, "")
            name, _, value = definition.partition("=")
            if not _NAME.fullmatch(name):
                continue
            flags.append(argument[:2] + definition)
            if argument.startswith("-U"):
                defines.pop(name, None)
            else:
                defines[name] = value if "=" in definition else "1"
        elif (option := next((o for o in _WITH_DIRECTORY if argument.startswith(o)), None)) is not None:
            folder = argument[len(option) :] or next(rest, "")
            if folder and "\0" not in folder:
                flags += [option, os.path.normpath(os.path.join(directory, folder))]
        elif any(kind.fullmatch(argument) for kind in (_STANDARD, _SAFE_F, _TUNING)):
            flags.append(argument)
    return flags, defines
