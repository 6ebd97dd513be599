"""Command lines of Microsoft's cl and of clang-cl, which takes the same: flags in gcc's spelling and back.

Spellings from https://learn.microsoft.com/cpp/build/reference/compiler-options and
https://clang.llvm.org/docs/UsersManual.html#clang-cl. Flags that bear on nothing that the checks keep, and those that
have no counterpart, are left out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from typing import Literal

from ..analysis.facts import Language

# What cl's /openmp takes: OpenMP 2.0; with simd; and on LLVM's runtime, with unsigned indices and tasks besides.
Level = Literal["2.0", "experimental", "llvm"]
SWITCHES: dict[Level, str] = {"2.0": "/openmp", "experimental": "/openmp:experimental", "llvm": "/openmp:llvm"}

_FROM: dict[str, tuple[str, ...]] = {
    "std:c11": ("-std=c11",),
    "std:c17": ("-std=c17",),
    "std:clatest": ("-std=c2x",),
    "std:c++14": ("-std=c++14",),
    "std:c++17": ("-std=c++17",),
    "std:c++20": ("-std=c++20",),
    "std:c++23preview": ("-std=c++2b",),
    "std:c++latest": ("-std=c++2b",),
    "Od": ("-O0",),
    "O1": ("-O1",),
    "O2": ("-O2",),
    "Ox": ("-O2",),
    "fp:fast": ("-ffast-math",),
    "J": ("-funsigned-char",),
    "GR-": ("-fno-rtti",),
    "arch:AVX": ("-mavx",),
    "arch:AVX2": ("-mavx2", "-mfma"),
    "arch:AVX512": ("-mavx512f", "-mavx512cd", "-mavx512bw", "-mavx512dq", "-mavx512vl"),
    "w": ("-w",),
    "W0": ("-w",),
    "W3": ("-Wall",),
    "W4": ("-Wall", "-Wextra"),
    "WX": ("-Werror",),
    "openmp": ("-fopenmp",),
    "openmp:experimental": ("-fopenmp",),
    "openmp:llvm": ("-fopenmp",),
}
# Longer names first: external:I is no I.
_FROM_WITH_VALUE = {"external:I": "-isystem", "imsvc": "-isystem", "FI": "-include", "D": "-D", "U": "-U", "I": "-I"}
_JOINED = ("-D", "-U")

_TO = {
    "-std=c11": "/std:c11",
    "-std=c17": "/std:c17",
    "-std=c18": "/std:c17",
    "-std=c23": "/std:clatest",
    "-std=c2x": "/std:clatest",
    "-std=c++14": "/std:c++14",
    "-std=c++17": "/std:c++17",
    "-std=c++20": "/std:c++20",
    "-std=c++2a": "/std:c++20",
    "-std=c++23": "/std:c++latest",
    "-std=c++2b": "/std:c++latest",
    "-std=c++2c": "/std:c++latest",
    "-std=c++26": "/std:c++latest",
    "-ffast-math": "/fp:fast",
    "-funsigned-char": "/J",
    "-fno-rtti": "/GR-",
    "-mavx": "/arch:AVX",
    "-mavx2": "/arch:AVX2",
    "-mavx512f": "/arch:AVX512",
    "-Werror": "/WX",
}
_LEVELS = {"-O0": "/Od", "-O1": "/O1", "-Os": "/O1", "-Oz": "/O1", "-O": "/O1", "-O2": "/O2", "-O3": "/O2"}
_WARNINGS = {"-w": "/w", "-Wall": "/W3", "-Wextra": "/W4", "-W": "/W4"}
_TO_WITH_VALUE = {
    "-isystem": "/I",
    "-iquote": "/I",
    "-idirafter": "/I",
    "-include": "/FI",
    "-imacros": "/FI",
    "-Wp,-D": "/D",
    "-Wp,-U": "/U",
    "-I": "/I",
    "-D": "/D",
    "-U": "/U",
}


def family_of(command: Sequence[str]) -> Literal["cl", "clang-cl"] | None:
    """Which of the two a compile command is of, by its program's name or clang's own switch."""
    name = re.split(r"[/\\]", command[0])[-1].lower().removesuffix(".exe") if command else ""
    if name == "cl":
        return "cl"
    if re.fullmatch(r"clang-cl(-\d+)?", name) or "--driver-mode=cl" in command:
        return "clang-cl"
    return None


def level_of(arguments: Iterable[str]) -> Level:
    """What the command lets OpenMP be; 2.0 where it does not switch it on yet."""
    found: Level = "2.0"
    for argument in arguments:
        for level, switch in SWITCHES.items():
            if argument[:1] in "/-" and argument[1:] == switch[1:]:
                found = level
    return found


def from_cl(arguments: Sequence[str]) -> list[str]:
    """gcc's spelling of a cl or clang-cl command's arguments, without the program's name."""
    flags: list[str] = []
    rest = iter(arguments)
    for argument in rest:
        if argument[:1] not in ("/", "-"):
            continue
        option = argument[1:]
        if (known := _FROM.get(option)) is not None:
            flags += known
        elif argument.startswith(("-isystem", "-iquote", "-idirafter")):
            name = next(each for each in ("-isystem", "-iquote", "-idirafter") if argument.startswith(each))
            flags += [name, argument[len(name) :] or next(rest, "")]
        elif argument.startswith(("-W", "-f", "-m", "-std=")):  # clang-cl takes many of clang's own
            flags.append(argument)
        elif name := next((each for each in _FROM_WITH_VALUE if option.startswith(each)), None):
            value, flag = option[len(name) :] or next(rest, ""), _FROM_WITH_VALUE[name]
            if flag == "-D" and "=" not in value:
                value = value.replace("#", "=", 1)  # the other sign that cl takes
            flags += [flag + value] if flag in _JOINED else [flag, value]
    return flags


def to_cl(arguments: Sequence[str], *, clang: bool) -> list[str]:
    """cl's spelling of gcc's arguments. `clang`: clang-cl's, which takes clang's own warnings besides."""
    flags: list[str] = []
    level = warnings = ""
    rest = iter(arguments)
    for argument in rest:
        if argument in _LEVELS or argument == "-Ofast":
            level = _LEVELS.get(argument, "/O2")  # the last one counts
            flags += ["/fp:fast"] if argument == "-Ofast" else []
        elif argument in _WARNINGS:
            warnings = max(warnings, _WARNINGS[argument]) if argument != "-w" else "/w"
        elif clang and argument.startswith("-std="):
            flags.append(f"/clang:{argument}")  # /std: is for its Windows targets only
        elif (known := _TO.get(argument) or _TO.get(argument.replace("=gnu", "=c", 1))) is not None:
            flags.append(known)
        elif name := next((each for each in _TO_WITH_VALUE if argument.startswith(each)), None):
            flags.append(_TO_WITH_VALUE[name] + (argument[len(name) :] or next(rest, "")))
        elif clang and re.fullmatch(r"-W(?!p,|a,|l,|everything$)[a-z][\w+=-]*", argument):
            flags.append(argument)
    return [*filter(None, (level, warnings)), *dict.fromkeys(flags)]


def cl_command(
    path: str, start: Sequence[str], arguments: Sequence[str], language: Language, source: str, output: str
) -> list[str]:
    """Compiles `source` to object code. `arguments` are in cl's spelling.

    The source's path begins with a slash, as options do: behind /Tc and /Tp it cannot be taken for one. /EHsc is what
    C++ programs are built with, and what OpenMP asks for.
    """
    language_flags = ["/EHsc"] if language == "cpp" else []
    file = ("/Tc" if language == "c" else "/Tp") + os.path.abspath(source)
    return [path, *start, "/nologo", *language_flags, *arguments, "/c", file, f"/Fo{output}"]
