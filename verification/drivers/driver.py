"""`Driver`: what makes a program of a file without one; `Undrivable`: why there is none."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import msgspec

HARNESS = Path(__file__).parent.parent / "harness"
RUNTIME, SURVEY, HEADER = HARNESS / "driver.c", HARNESS / "survey.c", HARNESS / "driver.h"
CLOCK = HARNESS / "clock.c"
POINTED = HARNESS / "pointed.c"
# Functions by which memory is allocated and given back, of which pointed.c keeps account.
_ACCOUNTED = (
    "malloc", "calloc", "realloc", "reallocarray", "aligned_alloc", "memalign", "valloc", "posix_memalign", "free",
    "_Znwm", "_Znam", "_ZnwmRKSt9nothrow_t", "_ZnamRKSt9nothrow_t", "_ZnwmSt11align_val_t", "_ZnamSt11align_val_t",
    "_ZdlPv", "_ZdaPv", "_ZdlPvm", "_ZdaPvm", "_ZdlPvSt11align_val_t", "_ZdaPvSt11align_val_t",
)  # fmt: skip

WAYS_OUT = (
    "name in pragmatist.toml a test command that runs it ([verify] command), or a file of yours whose main calls the "
    "function ([verify.drivers])"
)


class Undrivable(Exception):
    """No driver can be made for a function; `str()` says why, and what the user can do."""


class Contrary(msgspec.Struct, frozen=True):
    """Inputs on which an assumption of the proof does not hold. `code` is the assumption's."""

    code: str
    words: str
    arguments: tuple[str, ...]


class Rung(msgspec.Struct, frozen=True):
    """One of the inputs of growing size on which it is found out from where on running in parallel wins.

    `timing` describes it for that, `checking` for the other checks, also with arrays that overlap; `elements` is how
    many scalars it consists of.
    """

    size: int
    elements: int
    timing: str
    checking: tuple[str, ...]


class Driver(msgspec.Struct, frozen=True):
    """`text` goes below the file's own. `arguments` describe the inputs of all checks but the speed's, one each;
    `large` those of the speed check, `rungs` those of growing size, `contrary` those that break an assumption which
    nothing proves. `words` say to a person what the inputs are. `given` tells that the user wrote it. `unneeded` are
    definitions of the file's that its programs do without. `stand_ins` are the functions which the function takes, and
    in whose place it is given ours; `overridable` are virtual ones that it calls, of objects of the very class that is
    named. `follows`: it prints what pointers lead to that the function leaves. `of_size` makes more inputs of a size,
    with overlapping arrays like those of a rung; none where the function does not run on them.
    """

    function: str
    text: bytes
    renames_main: bool
    arguments: tuple[str, ...] = ()
    large: tuple[str, ...] = ()
    rungs: tuple[Rung, ...] = ()
    contrary: tuple[Contrary, ...] = ()
    words: str = ""
    given: bool = False
    unneeded: tuple[bytes, ...] = ()
    stand_ins: tuple[str, ...] = ()
    overridable: tuple[str, ...] = ()
    of_size: Callable[[int], Awaitable[tuple[str, ...]]] | None = None
    follows: bool = False

    @property
    def runtime(self) -> tuple[Path, ...]:
        """The files of ours that its programs are linked with."""
        return (RUNTIME, POINTED) if self.follows else (RUNTIME,)

    @property
    def link(self) -> tuple[str, ...]:
        """The arguments for that."""
        return tuple(f"-Wl,--wrap={name}" for name in _ACCOUNTED) if self.follows else ()

    @property
    def program(self) -> tuple[object, ...]:
        """What `around` depends on besides the text."""
        return self.text, self.renames_main, self.unneeded, self.follows

    def around(self, text: bytes) -> bytes:
        """The text of the whole program. No line of the user's moves."""
        text = without(text, self.unneeded)
        if not self.renames_main:
            return text + self.text
        bom = b"\xef\xbb\xbf" if text.startswith(b"\xef\xbb\xbf") else b""
        return bom + b"#define main pragmatist_main_of_the_file\n#line 1\n" + text[len(bom) :] + self.text


def without(text: bytes, definitions: Iterable[bytes]) -> bytes:
    """The text with nothing where they stand. No line moves."""
    for each in definitions:
        text = text.replace(each, b"\n" * each.count(b"\n"))
    return text
