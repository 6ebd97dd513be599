"""`VerificationRequest`: one file, the plans to be checked as text changes, and how its program is built and run.

`Verification`: the answer, evidence for each plan alone and for all of them together.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from ..analysis.facts import Assumption, Language, LoopFacts
from ..codegen.edit import TextChange
from ..reasoning.plan import Rejection
from .cl_flags import Level
from .evidence import Evidence
from .sandbox import Limits


class Span(msgspec.Struct, frozen=True, order=True):
    """Bytes [start, end) of the original text."""

    start: int
    end: int

    def contains(self, other: Span) -> bool:
        return self.start <= other.start and other.end <= self.end and self != other


class PlannedEdit(msgspec.Struct, frozen=True):
    """One loop's plan, as the changes that insert it.

    `statement` reaches from the loop's keyword to the end of its body; `body` is the controlled statement, braces
    included. `rejections` are the plan checker's, `assumptions` the proof's. `line` is the keyword's, 1-based.
    `work` is a C expression for how much there is to do, which can stand before the loop. `worth` are the changes that
    run it in parallel only if the work is more than some number, for each number that may be chosen, ascending.
    """

    loop: str
    changes: tuple[TextChange, ...]
    statement: Span
    body: Span
    line: int
    rejections: tuple[Rejection, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    work: str | None = None
    worth: tuple[tuple[int, tuple[TextChange, ...]], ...] = ()

    def where_worth(self, least: int | None) -> PlannedEdit:
        """The edit that asks for more work than `least`; None: without asking."""
        return self if least is None else msgspec.structs.replace(self, changes=dict(self.worth)[least])

    @classmethod
    def of(cls, facts: LoopFacts, changes: Iterable[TextChange], rejections: Iterable[Rejection] = ()) -> PlannedEdit:
        return cls(
            loop=facts.id,
            changes=tuple(changes),
            statement=Span(facts.keyword.start, facts.place.end),
            body=Span(facts.body.start, facts.body.end),
            line=facts.keyword.line,
            rejections=tuple(rejections),
            assumptions=facts.assumptions,
        )


GUARD_FAILS = "PRG510"  # a guard does not help, since private copies are made even where it is false


def open_assumptions(edit: PlannedEdit) -> list[Assumption]:
    """Those that neither the text nor the plan discharges, each once."""
    rejections = [each for each in edit.rejections if not each.refuted]
    guard_fails = any(each.code == GUARD_FAILS for each in rejections)

    def is_open(assumption: Assumption) -> bool:
        named = any(each.code == assumption.code and assumption.message in each.message for each in rejections)
        return named or (guard_fails and assumption.guard is not None)

    return [each for each in dict.fromkeys(edit.assumptions) if each.discharged_by is None and is_open(each)]


def outermost(edits: Sequence[PlannedEdit]) -> list[PlannedEdit]:
    """Those whose loop stands in none of the others'."""
    return [edit for edit in edits if not any(other.statement.contains(edit.statement) for other in edits)]


class ProjectCommand(msgspec.Struct, frozen=True):
    """The project's own test command, which builds the program and runs it, and fails where a result is wrong.

    It is run in a private copy of `root`: of all of it, or of the relative paths in `copy`. `files` are patterns of the
    files that it writes and that are to be compared. One run may take `timeout_seconds`.
    """

    command: tuple[str, ...]
    root: str
    files: tuple[str, ...] = ()
    copy: tuple[str, ...] = ()
    timeout_seconds: float = 300.0


class VerificationRequest(msgspec.Struct, frozen=True):
    """What is to be verified.

    `flags` are those of the file's own compile command in gcc's spelling, relative paths in them being relative to
    `directory` (default: the file's). `cl_level` is set where that command is Microsoft's cl's: its OpenMP. `sources`
    are the program's other source files. `arguments` are the program's.
    `defines` and `headers` are what the analysis read the text with. `project_root` is what the sandbox may read
    besides the system; None: the repository or project that the file lies in, or else its folder. `threads` is the
    number for the speed check; None: as many as there are cores, four at most. `command` is the project's test
    command; `drivers` are source files of the user's, by function, whose main calls that function. `neighbours` are
    source files of the project, some of which may define what functions of this one call.
    """

    path: str
    text: bytes
    language: Language
    edits: tuple[PlannedEdit, ...]
    flags: tuple[str, ...] = ()
    cl_level: Level | None = None
    directory: str | None = None
    include_dirs: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    project_root: str | None = None
    threads: int | None = None
    defines: dict[str, str] = {}
    headers: dict[str, bytes] = {}
    command: ProjectCommand | None = None
    drivers: dict[str, str] = {}
    neighbours: tuple[str, ...] = ()
    limits: Limits = msgspec.field(default_factory=Limits)
    no_sandbox: bool = False
    use_cache: bool = True
    keep_slower: bool = False
    assume_no_overlap: bool = False

    def with_absolute_paths(self) -> VerificationRequest:
        return msgspec.structs.replace(
            self,
            path=os.path.abspath(self.path),
            include_dirs=tuple(map(os.path.abspath, self.include_dirs)),
            sources=tuple(map(os.path.abspath, self.sources)),
        )

    @property
    def speed_threads(self) -> int:
        return self.threads or min(4, cores())


class Verification(msgspec.Struct, frozen=True):
    """Evidence by loop id, each plan judged on its own, and for the whole: all plans that stand, in one text.

    `whole_loops` are the plans that the whole consists of: those that passed and pay. It is None where no plan stands.
    """

    loops: dict[str, Evidence]
    whole: Evidence | None = None
    whole_loops: tuple[str, ...] = ()


Part = Literal["loop", "whole"]


def cores() -> int:
    """How many cores this process may run on."""
    return len(os.sched_getaffinity(0))
