"""MemorySanitizer on private copies: does an iteration read one, or decide by it, before it has written it.

For plans with such copies only. They are marked as unwritten at the start of every iteration (../privates.py). The
libraries that the program is linked with were not built for MemorySanitizer, and what they write it may take for
unwritten. So the unedited program must be clean first, and where it complains of the edited one, it must stop
complaining as soon as the copies begin with a value; otherwise it is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from ..copies import Copy, merged
from ..evidence import Trace
from ..privates import FILL, filled, private_names
from ..request import PlannedEdit
from ..workbench import Build, Ran, Workbench
from .answers import first_error

# An optimiser takes what is unwritten for whatever suits it, and nothing is left to see.
_FLAGS = ("-O0", "-g", "-fsanitize=memory", "-fno-omit-frame-pointer")
_STATUS = 68
_REPORT = re.compile(r"WARNING: MemorySanitizer: use-of-uninitialized-value")
_FRAME = re.compile(r"^    #\d+ 0x[0-9a-f]+ in .*? (/.*?):(\d+)(?::(\d+))?$", re.MULTILINE)
_PRIVATE = re.compile(r"\bprivate(?=[ \t]*\()")
_NOT_ASKED = "MemorySanitizer was not asked about private copies"
_LASTPRIVATE = re.compile(r"\blastprivate[ \t]*\(((?:[^()]|\([^()]*\))*)\)")


class Answer(msgspec.Struct, frozen=True):
    """`words` are for the check's detail; `found` where an iteration reads what it has not written."""

    words: str
    found: Trace | None = None
    commands: tuple[tuple[str, ...], ...] = ()


async def ask(bench: Workbench, edits: Sequence[PlannedEdit], threads: int) -> Answer | None:
    """None where no copy begins without a value, or clang is not here."""
    text = bench.request.text
    names = list(dict.fromkeys(name for edit in edits for name in private_names(text, edit)))
    copy = filled(text, edits, bench.request.language)
    if copy is None or bench.toolchain.newest("clang") is None:
        return None
    original = Copy(text, ())
    first = await bench.once("uninitialised in the original", lambda: _run(bench, original, bench.serial_openmp, 1))
    if isinstance(first[1], str):
        return Answer(f"{_NOT_ASKED}: {first[1]}")
    if first[2] is not None:
        return Answer(f"{_NOT_ASKED}: it complains of the unedited program{_at(first[2])}")
    build, ran, found = await _run(bench, copy, True, threads)
    commands = (build.command, *([ran.command] if isinstance(ran, Ran) else []))
    if isinstance(ran, str):
        return Answer(f"{_NOT_ASKED}: {ran}", commands=commands)
    listed = ", ".join(names)
    if found is None:
        return Answer(f"MemorySanitizer saw no private copy of {listed} read before it was written", commands=commands)
    control = Copy(text, merged(_with_first_values(edit) for edit in edits))
    _, again, still = await _run(bench, control, True, threads)
    if isinstance(again, str) or still is not None:
        words = "it complains of the edited program also where private copies begin with a value"
        return Answer(f"{_NOT_ASKED}: {words}", commands=commands)
    what = f"the private copy of {listed}" if len(names) == 1 else f"a private copy ({listed})"
    words = f"{what} is read before it is written"
    return Answer(words + _at(found), msgspec.structs.replace(found, message=words), commands)


def _at(trace: Trace) -> str:
    return f" at line {trace.line}" if trace.line else ""


def _with_first_values(edit: PlannedEdit) -> PlannedEdit:
    def rewritten(text: str) -> str:
        return _LASTPRIVATE.sub(r"\g<0> firstprivate(\1)", _PRIVATE.sub("firstprivate", text))

    changes = tuple(msgspec.structs.replace(each, text=rewritten(each.text)) for each in edit.changes)
    return msgspec.structs.replace(edit, changes=changes)


async def _run(bench: Workbench, copy: Copy, openmp: bool, threads: int) -> tuple[Build, Ran | str, Trace | None]:
    """The build; the run, or why there is none; and where the run first used what was not written (line 0: outside)."""
    clang = bench.toolchain.newest("clang")
    assert clang is not None
    also = (FILL,) if b"pragmatist_fill" in copy.text else ()
    build = await bench.build(copy.text, clang, (*bench.flags.tuning, *_FLAGS), openmp=openmp, also=also)
    if not build.ok:
        return build, f"it cannot be built for it: {build.stopped or first_error(build.messages)}", None
    options = {"MSAN_OPTIONS": f"exitcode={_STATUS}", "OMP_STACKSIZE": "64M", "OMP_WAIT_POLICY": "passive"}
    if (race := bench.toolchain.race) is not None:
        options["MSAN_SYMBOLIZER_PATH"] = race.symbolizer
    ran = await bench.run(build, options, threads=threads)
    done = ran.completed
    if done.stopped:
        return build, f"the program was ended under it: {done.stopped}", None
    output = done.stderr.decode("utf-8", "replace")
    if not _REPORT.search(output):
        return build, (ran if done.status < 128 else f"the program dies under it, by signal {done.status - 128}"), None
    path = bench.request.path
    frame = next((each for each in _FRAME.finditer(output) if each[1] == path), None)
    if frame is None:
        return build, ran, Trace(path, 0, None, "")
    line, column = copy.origin(int(frame[2]), int(frame[3]) if frame[3] else None)
    return build, ran, Trace(path, line, column, "")
