"""`LoopFacts` and `FileFacts`: what the source says, as plain immutable values.

Everything here can be encoded by msgspec and compared by value. Lines and columns are 1-based; columns and
offsets count bytes of the text that was analysed (`server/` converts them for its clients).
Loop terminology follows OpenMP 5.2 §4.4; dependence terminology follows Allen & Kennedy,
"Optimizing Compilers for Modern Architectures", chapter 2.
"""

from __future__ import annotations

from typing import Literal

import msgspec

Language = Literal["c", "cpp"]
AccessKind = Literal["read", "write"]
DependenceKind = Literal["flow", "anti", "output"]
Role = Literal[
    "local",  # declared inside the loop body: private without a clause
    "induction",  # the loop's own induction variable, or an inner loop's
    "shared",  # only read, or written at addresses that differ between iterations
    "private",
    "firstprivate",
    "lastprivate",
    "reduction",
    "blocking",  # carries a dependence that no clause removes
]


class Place(msgspec.Struct, frozen=True, order=True):
    """A stretch of the text: byte offsets [start, end) with its first and last line and column."""

    start: int
    end: int
    line: int
    column: int
    end_line: int
    end_column: int


class Related(msgspec.Struct, frozen=True):
    """A second place that a reason speaks of, such as the other access of a dependence."""

    place: Place
    message: str


class Reason(msgspec.Struct, frozen=True):
    """One finding at one place. `code` names its page under docs/findings; `culprit` is the expression it is about."""

    code: str
    message: str
    place: Place
    related: tuple[Related, ...] = ()
    culprit: str | None = None
    help: str | None = None


class Access(msgspec.Struct, frozen=True):
    """One textual access to memory that outlives an iteration.

    `subscripts` are printed in terms of the induction variables and loop invariants; "?" where not affine.
    """

    variable: str
    text: str
    kind: AccessKind
    place: Place
    subscripts: tuple[str, ...]
    affine: bool
    conditional: bool


class Dependence(msgspec.Struct, frozen=True):
    """A dependence carried by the loop: the source happens in an earlier iteration than the sink.

    `distance[0]` is this loop's; the rest are the common inner loops', outer first. An entry is None where the
    distance is not one constant. `proved` is False where the analysis can only not exclude the dependence.
    `condition` is the condition on loop invariants under which it exists, None when it always does.
    `removable` names the clause or construct that removes it ("private", "reduction", "atomic"), None if none does.
    """

    kind: DependenceKind
    variable: str
    source: Place
    sink: Place
    source_text: str
    sink_text: str
    distance: tuple[int | None, ...]
    direction: tuple[str, ...]
    proved: bool
    condition: str | None = None
    removable: str | None = None


class Variable(msgspec.Struct, frozen=True):
    """A variable of the loop and the role that its accesses give it.

    `operator` is the reduction operator in OpenMP spelling. `section` is the array section of an array
    reduction, as text ("[0:n]"); None for scalars and whole arrays. `type` is the declared type as text.
    `live_out` says whether its value may be read after the loop; where it is `undecided`, whether the function itself
    may read it there by this name, since nothing is known of code elsewhere. `floating` says that its arithmetic
    rounds.
    `automatic`: it lies on the function's own stack, with a size that constants decide, in sight or not.
    `undecided`: it is called shared for want of knowing what one iteration leaves in it to another; a reason among the
    loop's `unknowns` says why.
    """

    name: str
    role: Role
    type: str
    place: Place
    operator: str | None = None
    section: str | None = None
    live_out: bool = False
    floating: bool = False
    is_array: bool = False
    is_class: bool = False
    automatic: bool = False
    undecided: bool = False


class Assumption(msgspec.Struct, frozen=True):
    """Something that the proof needs and the text does not say.

    `guard` is a C expression, true when the assumption holds, that may stand in an `if` clause; None where none
    can be written. `discharged_by` says what makes it hold already ("restrict", "every call in this file").
    """

    code: str
    message: str
    place: Place
    guard: str | None = None
    discharged_by: str | None = None
    help: str | None = None


class LoopHeader(msgspec.Struct, frozen=True):
    """The canonical form (OpenMP 5.2 §4.4.1): `variable` runs from `lower` by `step` while `comparison` `upper`."""

    variable: str
    variable_type: str
    lower: str
    upper: str
    comparison: str
    step: str
    declared_in_header: bool
    trip_count: int | None = None  # where it is a constant
    trip_expression: str | None = None  # as a C expression over names that are in scope before the loop


class LoopFacts(msgspec.Struct, frozen=True):
    """All that the text says of one loop.

    `blocking` are reasons that show the loop cannot run in parallel as it stands (dependences and obstacles,
    each with both places). `unknowns` are reasons the analysis could not tell. With neither, every
    dependence that the loop carries is removed by the roles of `variables`, under `assumptions`.
    `collapsible` counts the loops, this one included, that form a perfectly nested rectangular nest in canonical
    form of which each is parallel under the roles and assumptions of this one.
    `constructs` are the OpenMP directives that an iteration meets, in called functions too.
    `work` is a rough count of operations in one iteration (None where inner trip counts are unknown).
    """

    id: str
    function: str | None
    place: Place  # from the keyword to the end of the body
    keyword: Place
    body: Place
    depth: int
    parent: str | None
    header: LoopHeader | None
    kind: Literal["for", "range-for", "while", "do"]
    accesses: tuple[Access, ...] = ()
    variables: tuple[Variable, ...] = ()
    dependences: tuple[Dependence, ...] = ()
    blocking: tuple[Reason, ...] = ()
    unknowns: tuple[Reason, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    notes: tuple[Reason, ...] = ()
    collapsible: int = 1
    innermost: bool = True
    work: int | None = None
    calls: tuple[str, ...] = ()
    constructs: tuple[str, ...] = ()
    existing_directive: str | None = None
    complete: bool = True  # False where the text around it did not parse


class DirectiveFacts(msgspec.Struct, frozen=True):
    """An OpenMP directive that stands in the text, and whether what it governs races.

    `fix` is the corrected pragma text, None where there is nothing to correct or no correction is known.
    """

    place: Place
    directive: str
    loop: str | None  # the governed loop's id
    loop_line: int | None
    verdict: Literal["race", "no_race", "unknown"]
    reasons: tuple[Reason, ...] = ()
    fix: str | None = None


class TextError(msgspec.Struct, frozen=True):
    """A place that could not be parsed: facts around it are incomplete."""

    line: int
    message: str


class FileFacts(msgspec.Struct, frozen=True):
    """What one file's text says: its loops in source order, its OpenMP directives, its parse errors."""

    language: Language
    loops: tuple[LoopFacts, ...] = ()
    directives: tuple[DirectiveFacts, ...] = ()
    errors: tuple[TextError, ...] = ()
