"""Linking without the compiler's driver.

clang's driver starts itself anew to compile where it has to link as well, and takes longer to start than a small
program takes to link. So it is asked once which command it would link with, `clang -###`, and from then on it compiles
only, and that command follows. Where it names none, or more than one, the driver links as ever.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence

_OBJECTS, _PROGRAM = "-Wl,pragmatist-objects", "pragmatist-program"
# COUNT WORD...: the first COUNT words are the second command, what follows them is the first.
_BOTH = """
count=$1 words=$(($# - 1)) moved=0
shift
(shift "$count" && exec "$@") || exit
while [ "$moved" -lt "$count" ]; do
  word=$1
  shift
  set -- "$@" "$word"
  moved=$((moved + 1))
done
shift "$((words - count))"
exec "$@"
"""


def question(compiler: str, flags: Sequence[str], tail: Sequence[str]) -> list[str]:
    """The command whose answer `linker_in` reads. `tail` are the arguments that come after the objects."""
    bearing = [flag for flag in flags if flag.startswith(("-f", "-m", "-pthread", "-std"))]
    return [compiler, *bearing, _OBJECTS, *tail, "-o", _PROGRAM, "-###"]


def linker_in(answer: str) -> tuple[str, ...]:
    """The linker's command; empty where it is not told."""
    lines = [line for line in answer.splitlines() if line.startswith(' "')]
    try:
        (words,) = map(shlex.split, lines)
    except ValueError:
        return ()
    objects = _OBJECTS.removeprefix("-Wl,")
    return tuple(words) if words.count(objects) == 1 and words.count(_PROGRAM) == 1 else ()


def linking(linker: Sequence[str], objects: Sequence[str], program: str) -> list[str]:
    """The linker's command for these objects."""
    found: list[str] = []
    for word in linker:
        found += objects if word == _OBJECTS.removeprefix("-Wl,") else [program if word == _PROGRAM else word]
    return found


def one_after_the_other(first: Sequence[str], second: Sequence[str]) -> list[str]:
    """One command that does both, the second if the first succeeds."""
    return ["/bin/sh", "-c", _BOTH, "sh", str(len(second)), *second, *first]
