"""What is said of races, in plain words, with both places."""

from __future__ import annotations

from ..execution.events import Access
from ..facts import Reason, Related
from ..ir.tree import Expr
from ..ir.walk import root_symbol
from ..text import SourceText
from .concurrency.found import Correction, Found
from .constructs import binds_to_thread, words

_CODES = {
    "iterations": "PRG301",
    "threads": "PRG302",
    "sections": "PRG303",
    "tasks": "PRG304",
    "lanes": "PRG305",
    "overlap": "PRG306",
    "budget": "PRG306",
}
_LONGEST = 60


def reason(found: Found, correction: Correction | None, source: SourceText) -> Reason:
    """The finding as a reason: at the second access, with the first as the related place."""
    first, second = found.first.access, found.second.access
    name = variable(first)
    place, other = source.place(*_span(second)), source.place(*_span(first))
    message = _race(found, name) if found.race else _maybe(found, name)
    one, two = _text(first, source), _text(second, source)
    if one != two and first.reference.subscripts:
        message = message.replace("whether the two are", f"whether `{one}` and `{two}` are")
    related = (Related(other, f"`{_text(first, source)}` is {_verb(first)} here"),) if other != place else ()
    code = _CODES[found.how] if found.race else "PRG306"
    return Reason(code, message, place, related, culprit=name, help=_help(found, correction, source))


def variable(access: Access) -> str:
    name = access.object.name
    if access.object.kind in ("allocation", "unknown") and isinstance(access.node, Expr):
        root = root_symbol(access.node)
        name = root.name if root is not None else name
    return name + access.path.replace("[]", "").replace("?", "").removesuffix(".size()")


def _span(access: Access) -> tuple[int, int]:
    return access.start, access.end


def _verb(access: Access) -> str:
    return "written" if access.is_write else "read"


def _text(access: Access, source: SourceText) -> str:
    return source.excerpt(access.start, access.end, _LONGEST)


def _race(found: Found, name: str) -> str:
    first, second = found.first.access, found.second.access
    verbs = "written" if first.is_write and second.is_write else "written and read"
    if found.how == "iterations":
        distance = found.conflict.answer.distance[0] if found.conflict and found.conflict.answer.distance else None
        apart = f"{distance} iteration{'' if distance == 1 else 's'} apart" if distance else "different iterations"
        if not first.reference.subscripts:
            return f"race on `{name}`: it is shared, and {verbs} by iterations that run on different threads"
        return (
            f"race on `{name}`: the same element is {verbs} in iterations that may run on different threads ({apart})"
        )
    if found.how == "lanes":
        if binds_to_thread(found.directive):
            return f"`{name}` is {verbs} in iterations that the loop construct lets one thread run in any order"
        return f"`{name}` is {verbs} in iterations that the simd construct runs side by side"
    if found.how == "sections":
        return f"race on `{name}`: {verbs} in sections that run at the same time"
    if found.how == "tasks":
        return f"race on `{name}`: {verbs} in a task and in code that does not wait for it"
    kinds = words(found.directive)
    within = any(region.statement.directive is found.directive for region in found.first.stack)
    if within and found.directive.clauses_named("nowait"):
        return f"race on `{name}`: {verbs} on both sides of a construct whose `nowait` lets threads run ahead"
    if kinds & {"master", "masked"}:
        return f"race on `{name}`: {verbs}, and there is no barrier after `{found.directive.name}`"
    if first is second:
        return f"race on `{name}`: it is shared, and every thread writes it"
    return f"race on `{name}`: it is shared, and {verbs} by several threads with no barrier between"


def _maybe(found: Found, name: str) -> str:
    return f"`{name}` may race: {found.doubt or 'cannot be told'}"


def _help(found: Found, correction: Correction | None, source: SourceText) -> str | None:
    if not found.race:
        shared_by_hand = found.doubt is not None and found.doubt.endswith("cannot be told")
        return "let `#pragma omp for` share out the iterations: how it does that is known" if shared_by_hand else None
    if correction is not None:
        if correction.clause == "nowait":
            return "remove `nowait`, or put `#pragma omp barrier` between the two"
        modifier = f"{correction.modifier}:" if correction.modifier else ""
        return f"add {correction.clause}({modifier}{correction.item})"
    accesses = (found.first.access, found.second.access)
    if any(access.update is not None for access in accesses) and all(
        access.update is not None or not access.is_write for access in accesses
    ):
        return "put `#pragma omp atomic` before the update"
    if found.how == "tasks":
        return "wait with `#pragma omp taskwait`, or order the tasks with `depend`"
    if found.how == "threads":
        if words(found.directive) & {"master", "masked", "single", "for", "sections"}:
            return "put `#pragma omp barrier` between the two"
        return "protect every access with `#pragma omp critical` or `atomic`, or make a private copy"
    return None
