"""What each clause of an OpenMP directive does to the loop at hand, one sentence a clause, and whether it suits.

The meanings are OpenMP 5.2's (data sharing §5.4, reductions §5.5, worksharing §11, parallel §10). Whether a clause
suits is said only where the loop's facts give the variable a role; a doubt is worded as one. Whether the directive
races is not decided here: the directive's own verdict says that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import msgspec

from ...analysis.facts import LoopFacts, Variable
from ...analysis.openmp.directive import Clause

_NAME = re.compile(r"[A-Za-z_]\w*")
_IDENTITIES = {"+": "0", "-": "0", "*": "1", "&": "all ones", "|": "0", "^": "0", "&&": "true", "||": "false"}
_EXTREMES = {"max": "the smallest value of its type", "min": "the largest value of its type"}
_SCHEDULES = {
    "static": "each thread gets its iterations before the loop begins",
    "dynamic": "each thread takes more iterations whenever it has none left",
    "guided": "each thread takes more iterations whenever it has none left, fewer each time",
    "auto": "the compiler or its run time decides which thread takes which iterations",
    "runtime": "`OMP_SCHEDULE` decides, when the program runs, which thread takes which iterations",
}
_SHARING = frozenset(["shared", "private", "firstprivate", "lastprivate", "reduction", "linear", "in_reduction"])


class Sentence(msgspec.Struct, frozen=True):
    """What one clause does; `doubt` says why it may not suit this loop, None where nothing speaks against it."""

    clause: str
    meaning: str
    doubt: str | None = None


def sentences(clauses: tuple[Clause, ...], loop: LoopFacts | None) -> list[Sentence]:
    """A sentence for every clause, and for every variable where a clause names several. `loop` is what they govern."""
    roles = {variable.name: variable for variable in loop.variables} if loop is not None else {}
    found: list[Sentence] = []
    for clause in clauses:
        if clause.name in _SHARING:
            found += [_sharing(clause, item, roles) for item in clause.items]
        else:
            found.append(_other(clause, loop))
    return found


def unlisted(clauses: tuple[Clause, ...], loop: LoopFacts) -> list[Variable]:
    """The loop's variables that no clause names, but for those that are private by themselves."""
    named = {name_of(item) for clause in clauses if clause.name in _SHARING for item in clause.items}
    return [
        variable
        for variable in loop.variables
        if variable.role not in ("local", "induction") and variable.name not in named
    ]


def name_of(item: str) -> str:
    """The variable of a list item: `h` of "h[0:n]"."""
    found = _NAME.search(item)
    return found.group() if found is not None else item


def _sharing(clause: Clause, item: str, roles: Mapping[str, Variable]) -> Sentence:
    variable = roles.get(name_of(item))
    modifier = f"{clause.modifier}:" if clause.modifier and clause.name in ("reduction", "in_reduction") else ""
    spelt = f"{clause.name}({modifier}{item})"
    meaning = _MEANINGS[clause.name](item, clause)
    doubt = None if variable is None else _doubt(clause, variable)
    return Sentence(spelt, meaning, doubt)


def _reduction(item: str, clause: Clause) -> str:
    operator = _operator(clause)
    if operator in _EXTREMES:
        return (
            f"each thread has a `{item}` of its own, which starts as {_EXTREMES[operator]}; after the loop `{item}` is "
            f"the {operator}imum of them and of its value before"
        )
    start = f"starts as {_IDENTITIES[operator]}" if operator in _IDENTITIES else "starts as its reduction declares"
    return (
        f"each thread has a `{item}` of its own, which {start}; after the loop they are combined by `{operator}` with "
        f"the value from before"
    )


def _linear(item: str, clause: Clause) -> str:
    step = clause.modifier or "1"
    return f"`{item}` grows by {step} with each iteration, and each lane computes its own value of it"


_MEANINGS: dict[str, Callable[[str, Clause], str]] = {
    "shared": lambda item, _: f"all threads use the one `{item}`",
    "private": lambda item, _: (
        f"each thread has a `{item}` of its own, which starts without a value and is lost after the loop"
    ),
    "firstprivate": lambda item, _: (
        f"each thread has a `{item}` of its own, which starts with the value from before and is lost after the loop"
    ),
    "lastprivate": lambda item, _: (
        f"each thread has a `{item}` of its own; after the loop `{item}` has the value of the last iteration"
    ),
    "reduction": _reduction,
    "in_reduction": _reduction,
    "linear": _linear,
}


def _operator(clause: Clause) -> str:
    """The operator among the modifiers: "+" of "inscan, +"."""
    return (clause.modifier or "").rpartition(",")[2].strip()


def _doubt(clause: Clause, variable: Variable) -> str | None:
    """Why the clause may not suit a variable of this role."""
    name, role, kind = variable.name, variable.role, clause.name
    if role == "blocking":
        return f"an iteration depends on another through `{name}`, and no clause changes that"
    if kind == "reduction" and role == "reduction" and not _same_operator(_operator(clause), variable.operator):
        return f"the loop combines `{name}` by `{variable.operator}`: reduction({variable.operator}:{name})"
    if kind == "shared" and role in ("private", "firstprivate", "lastprivate"):
        return f"every iteration writes `{name}`, so threads overwrite one another's value: {_wanted(variable)}"
    if kind == "shared" and role == "reduction":
        return f"every iteration updates `{name}`, so updates may be lost: {_wanted(variable)}"
    if kind in ("private", "firstprivate", "lastprivate") and role == "reduction":
        return f"what the iterations put together in `{name}` is lost: {_wanted(variable)}"
    if kind in ("private", "firstprivate") and role == "lastprivate":
        return f"`{name}` may be read after the loop, and its value is lost: {_wanted(variable)}"
    if kind in ("private", "lastprivate") and role == "firstprivate":
        return (
            f"an iteration may read `{name}` before it writes it, and the copy has no value then: {_wanted(variable)}"
        )
    if variable.undecided and not (kind in ("private", "firstprivate") and variable.live_out):
        return None
    if variable.undecided:
        return f"`{name}` may be read after the loop, and then has the value from before it"
    if kind == "private" and role == "shared":
        return f"the loop uses what `{name}` held before or holds afterwards: let it be shared"
    if kind in ("reduction", "lastprivate") and role in ("shared", "private"):
        return f"the loop does not need it: `{name}` is {role}" if role == "private" else None
    return None


def _wanted(variable: Variable) -> str:
    if variable.role == "reduction":
        return f"reduction({variable.operator}:{variable.name}{variable.section or ''})"
    return f"{variable.role}({variable.name})"


def _same_operator(one: str, other: str | None) -> bool:
    """A difference is reduced as a sum is (OpenMP 5.2 §5.5.5)."""
    return {"-": "+"}.get(one, one) == {"-": "+"}.get(other or "", other)


def _other(clause: Clause, loop: LoopFacts | None) -> Sentence:
    inside = ", ".join(clause.items)
    modifier = f"{clause.modifier}: " if clause.modifier else ""
    spelt = f"{clause.name}({modifier}{inside})" if inside or modifier else clause.name
    return Sentence(spelt, _meaning(clause, inside), _collapse_doubt(clause, loop))


def _meaning(clause: Clause, inside: str) -> str:
    match clause.name:
        case "schedule":
            kind = clause.items[0] if clause.items else ""
            words = _SCHEDULES.get(kind, "says which thread takes which iterations")
            return words + (f", {clause.items[1]} at a time" if len(clause.items) > 1 else "")
        case "collapse":
            return f"the iterations of {inside} nested loops are shared out as those of one"
        case "ordered":
            return "what stands below an `ordered` directive runs in the order of the serial loop"
        case "if":
            return f"only where `{inside}` holds does it run in parallel; otherwise one thread runs the loop"
        case "num_threads":
            return f"the team has {inside} threads"
        case "default":
            return _default(inside)
        case "nowait":
            return "threads that are done go on without waiting for the others"
        case "proc_bind":
            return f"where the threads run: `{inside}`"
        case "safelen":
            return f"no two iterations that are {inside} or more apart run in one vector instruction"
        case "simdlen":
            return f"vectors of {inside} iterations are preferred"
        case "aligned":
            return f"you vouch that `{inside}` is aligned" + (f" to {clause.modifier} bytes" if clause.modifier else "")
        case "map":
            return f"`{inside}` is copied {_direction(clause.modifier)}"
        case "device":
            return f"runs on device {inside}"
        case "num_teams":
            return f"at most {inside} teams"
        case "thread_limit":
            return f"at most {inside} threads a team"
        case "copyin":
            return f"each thread's `{inside}` starts as the first thread's"
        case "grainsize":
            return f"a task gets at least {inside} iterations"
        case "num_tasks":
            return f"the loop is cut into {inside} tasks"
        case "depend":
            return f"ordered with other tasks that name `{inside}`"
        case _:
            return "see the OpenMP specification"


def _direction(modifier: str | None) -> str:
    kind = (modifier or "tofrom").rpartition(",")[2].strip()
    return {
        "to": "to the device before the loop",
        "from": "back from the device after the loop",
        "tofrom": "to the device before the loop, and back after it",
        "alloc": "nowhere: the device gets memory for it without values",
    }.get(kind, f"as `{kind}` says")


def _default(inside: str) -> str:
    match inside:
        case "none":
            return "every variable has to be named in a clause, or the compiler refuses the directive"
        case "shared":
            return "a variable that no clause names is shared"
        case _:
            return f"a variable that no clause names is {inside}"


def _collapse_doubt(clause: Clause, loop: LoopFacts | None) -> str | None:
    if clause.name != "collapse" or loop is None or not clause.items or not clause.items[0].isdigit():
        return None
    wanted = int(clause.items[0])
    if wanted <= max(1, loop.collapsible):
        return None
    count = loop.collapsible
    return f"the analysis finds {count} loop{'' if count == 1 else 's'} here that may be shared out together"
