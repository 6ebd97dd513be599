"""The file's own compile flags: which of them the checks keep, and which are refused.

A compile command belongs to the project, so it may be hostile: arguments that make a compiler load or start
something of the project's choice are refused. The sandbox would contain it, but a check it had tampered with would
not be worth anything.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable

import msgspec


class UnsafeFlag(ValueError):
    """A flag that can have the compiler run code of the project's."""


class Flags(msgspec.Struct, frozen=True):
    """Flags by what they bear on; `language` are standard, macros and include paths, `tuning` is code generation."""

    language: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    tuning: tuple[str, ...] = ()
    link: tuple[str, ...] = ()


_REFUSED = re.compile(
    r"@|-B|-wrapper|-{1,2}specs|-fplugin|-fpass-plugin|-fmodule|-fuse-ld|--ld-path|--config|-ivfsoverlay|-X(?!$)|-mllvm|-load"
    r"|-cc1|-ccc-|-Wl,.*plugin|-Wl,.*@"
)
_DROPPED_WITH_VALUE = {"-o", "-MF", "-MT", "-MQ", "-MJ", "-x", "-arch", "-aux-info", "-dumpdir"}
# What says what to produce, and what the checks set themselves.
_DROPPED = re.compile(
    r"-f(no-)?(sanitize|profile|coverage|lto|openmp|diagnostics|color-diagnostics|syntax-only|dump|stack-usage|auto-profile"
    r"|cs-profile|callgraph|opt-info|optimization-record|save-optimization|time-trace|thinlto|basic-block-sections=list"
    r"|randomize-layout-seed|compare-debug|integrated|embed|offload|prebuilt).*"
    r"|-[fm][^=]*=.*/.*"  # whatever names a file
)
_PATHS = ("-isystem", "-iquote", "-idirafter", "-include", "-imacros", "-I", "-L")
_RPATH = re.compile(r"-Wl,-rpath,[^,]+")
_LANGUAGE = re.compile(r"(-D|-U|--?std=).+|-Wp(,-[DU][^,]+)+|-ansi|-trigraphs|-pthread|-nostdinc(\+\+)?")


def parse_flags(flags: Iterable[str], directory: str) -> Flags:
    """Sorts a compile command's flags, with paths in them made absolute from `directory`.

    Raises `UnsafeFlag`, in words that name the flag. Flags that bear on none of the four fields are left out.
    """
    found: dict[str, list[str]] = {"language": [], "warnings": [], "tuning": [], "link": []}
    rest = iter(flags)
    for flag in rest:
        if _REFUSED.match(flag):
            raise UnsafeFlag(
                f"the compile flag {flag!r} is refused: it can have the compiler run code of the project's"
            )
        if flag in _DROPPED_WITH_VALUE or flag == "-include-pch":
            next(rest, None)
        elif option := next((each for each in _PATHS if flag.startswith(each)), None):
            value = flag[len(option) :] or next(rest, "")
            kind = "link" if option == "-L" else "language"
            found[kind] += [option, os.path.normpath(os.path.join(directory, value))]
        elif flag in ("-D", "-U"):
            found["language"].append(flag + next(rest, ""))
        elif _LANGUAGE.fullmatch(flag):
            found["language"].append(flag)
        elif flag.startswith("-l") or _RPATH.fullmatch(flag):
            found["link"].append(flag)
        elif re.fullmatch(r"-W[a-z].*|-pedantic.*|-w", flag) and not flag.startswith(("-Wl,", "-Wa,", "-Wp,")):
            found["warnings"].append(flag)
        elif flag.startswith(("-O", "-m", "-f")) and not _DROPPED.fullmatch(flag):
            found["tuning"].append(flag)
    return Flags(**{kind: tuple(values) for kind, values in found.items()})
