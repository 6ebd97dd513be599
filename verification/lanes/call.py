"""A compiler's command line, read as far as a compiler that stands in for gcc must know it."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence

import msgspec

_LANGUAGES = {".c": "c", **dict.fromkeys((".cc", ".cp", ".cpp", ".cxx", ".c++", ".C"), "c++")}
_ANSWERS = re.compile(r"-E|-S|-M|-MM|-fsyntax-only|--version|--help.*|-v|-###|-dump.*|-print-.*|--print-.*|-Q")
_WITH_VALUE = frozenset(
    (
        *("-o", "-x", "--param", "-MF", "-MT", "-MQ", "-Xlinker", "-Xassembler", "-Xpreprocessor"),
        *("-I", "-D", "-U", "-include", "-imacros", "-isystem", "-iquote", "-idirafter", "-isysroot"),
        *("-L", "-l", "-T", "-u", "-z", "-e"),
    )
)
# What would undo the check, or that ThreadSanitizer does not work with.
_TAKEN_OUT = re.compile(
    r"-f(?:no-)?sanitize(?:-.*|=.*)|-flto(?:=.*)?|-fuse-linker-plugin|-static(?:-pie|-libgcc|-libstdc\+\+)?|-no-pie|-s|"
    r"-lgomp|-save-temps.*|-pipe|-fdirectives-only|-Werror(?:=.*)?"
)
_DEPENDENCIES = re.compile(r"-M(?:D|MD|P|G)")


class Call(msgspec.Struct, frozen=True):
    """`words` are the arguments without those that the check replaces: `-c`, `-o`, OpenMP's own, and what was taken
    out; the sources stand among them, at the positions of `sources`. `answers`: gcc itself is to answer. `dependencies`
    are the flags with which a list of headers is asked for."""

    words: tuple[str, ...]
    sources: dict[int, str]
    output: str | None = None
    only_compiles: bool = False
    answers: bool = False
    openmp: bool = False
    shared: bool = False
    dependencies: tuple[str, ...] = ()

    @property
    def flags(self) -> list[str]:
        """For compiling: without any file to compile or link."""
        return [
            word
            for at, word in enumerate(self.words)
            if at not in self.sources and (word.startswith("-") or _has_value(self.words, at - 1))
        ]

    @property
    def flags_once_preprocessed(self) -> list[str]:
        """Without what names files to be read first: they are in the text by now."""
        rest = self.flags
        return [
            word
            for at, word in enumerate(rest)
            if word not in ("-include", "-imacros") and not (at and rest[at - 1] in ("-include", "-imacros"))
        ]

    def object_of(self, source: str) -> str:
        stem = os.path.splitext(os.path.basename(source))[0]
        return self.output or f"{stem}.o"

    def dependency_flags(self, source: str) -> list[str]:
        """Complete ones, as preprocessing alone would name other files."""
        if not self.dependencies:
            return []
        flags, target = list(self.dependencies), self.object_of(source)
        if "-MF" not in flags:
            flags += ["-MF", os.path.splitext(target)[0] + ".d"]
        if "-MT" not in flags and "-MQ" not in flags:
            flags += ["-MQ", target]
        return flags


def language_of(source: str, call: Call) -> str:
    """As gcc wants it after -x."""
    named = [call.words[at + 1] for at, word in enumerate(call.words[:-1]) if word == "-x"]
    return named[-1] if named and named[-1] != "none" else _LANGUAGES[os.path.splitext(source)[1]]


def read_call(arguments: Sequence[str]) -> Call:
    words: list[str] = []
    sources: dict[int, str] = {}
    dependencies: list[str] = []
    output: str | None = None
    only_compiles = openmp = shared = False
    answers = not arguments or any(_ANSWERS.fullmatch(each) for each in arguments)
    rest = iter(arguments)
    for word in rest:
        if word == "-c":
            only_compiles = True
        elif word == "-fopenmp" or word.startswith("-fopenmp="):
            openmp = True
        elif _TAKEN_OUT.fullmatch(word):
            continue
        elif _DEPENDENCIES.fullmatch(word):
            dependencies.append(word)
        elif word in ("-MF", "-MT", "-MQ"):
            dependencies += [word, next(rest, "")]
        elif word == "-o":
            output = next(rest, None)
        elif word in _WITH_VALUE:
            words += [word, next(rest, "")]
        elif word.startswith("-o") and len(word) > 2:
            output = word[2:]
        else:
            shared = shared or word == "-shared"
            if not word.startswith("-") and os.path.splitext(word)[1] in _LANGUAGES:
                sources[len(words)] = word
            words.append(word)
    return Call(tuple(words), sources, output, only_compiles, answers, openmp, shared, tuple(dependencies))


def _has_value(words: Sequence[str], at: int) -> bool:
    return at >= 0 and words[at] in _WITH_VALUE
