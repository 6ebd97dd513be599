"""Looking on PATH for compilers, which go by many names: gcc, gcc-12, cc -> gcc."""

from __future__ import annotations

import os
import re
from collections.abc import Callable


def drivers_on_path(name: re.Pattern[str], driver: Callable[[re.Match[str]], str]) -> list[str]:
    """Paths of the programs `driver(match)` beside those whose names match; of several names of one program, the first.

    The pattern's first group is the family, by which programs are told apart too: clang and clang++, icc and icpc are
    links to one program that looks at its own name.
    """
    found: dict[str, str] = {}
    for directory in os.environ.get("PATH", os.defpath).split(os.pathsep):
        try:
            names = sorted(os.listdir(directory or "."))
        except OSError:
            continue
        for match in filter(None, map(name.fullmatch, names)):
            path = os.path.abspath(os.path.join(directory, driver(match)))
            if os.access(path, os.X_OK):
                found.setdefault(f"{os.path.realpath(path)} {match[1]}", path)
    return list(found.values())
