"""Data-sharing attributes as OpenMP 5.2 §5.1 determines them.

A variable named inside constructs has one attribute in each of them. Going inwards, an attribute is predetermined,
explicit (a clause), or implicit (`default`, or the construct's own rule); constructs that say nothing inherit.
An attribute that makes copies starts a new *instance* of the variable's storage, and it is the instance that
decides whether two threads touch the same memory: see `instance`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from ..ir.tree import Omp, Symbol
from .constructs import DATA_ENVIRONMENT, associated_loops, base_name, has_any, loop_variables, names, words
from .directive import Clause, Directive

Kind = Literal[
    "shared",
    "mapped",  # on the device, or the host's own storage where the host runs the region: shared either way
    "private",
    "firstprivate",
    "lastprivate",
    "linear",
    "reduction",
    "local",  # declared inside the construct
    "threadprivate",
]
Basis = Literal["declared", "predetermined", "explicit", "implicit", "inherited"]

COPIES = frozenset(["private", "firstprivate", "lastprivate", "linear", "reduction", "local"])

_CLAUSES: dict[str, Kind] = {
    "shared": "shared",
    "private": "private",
    "firstprivate": "firstprivate",
    "lastprivate": "lastprivate",
    "linear": "linear",
    "induction": "linear",
    "reduction": "reduction",
    "in_reduction": "reduction",
    "map": "mapped",
    "is_device_ptr": "firstprivate",
    "use_device_ptr": "firstprivate",
    "has_device_addr": "mapped",
}
# Where a variable stands on several clauses, the copy is what the body sees: `firstprivate(x) lastprivate(x)`,
# and `map(tofrom: x) reduction(+: x)` on a combined target construct.
_STRENGTH: tuple[Kind, ...] = ("shared", "mapped", "private", "firstprivate", "lastprivate", "linear", "reduction")


class Sharing(msgspec.Struct, frozen=True):
    """A variable's attribute in one construct, and the clause that gave it (data-sharing, map or default)."""

    kind: Kind
    basis: Basis
    clause: Clause | None = None

    @property
    def copies(self) -> bool:
        return self.kind in COPIES


def sharing(symbol: Symbol, constructs: Sequence[Omp]) -> tuple[Sharing, ...]:
    """The attribute of `symbol`, named inside all of `constructs` (outermost first), in each of them.

    For a construct around the variable's declaration the attribute is "local".
    """
    current = Sharing("shared" if _is_static(symbol) else "local", "declared")
    if symbol.thread_local:
        current = Sharing("threadprivate", "predetermined")
    found: list[Sharing] = []
    for construct in constructs:
        current = _attribute(symbol, construct, current)
        found.append(current)
    return tuple(found)


def instance(symbol: Symbol, constructs: Sequence[Omp]) -> int:
    """Which construct made the storage that `symbol` names inside `constructs`: its index, -1 for the original.

    Two threads that run construct k's body can only meet in storage of constructs before k.
    """
    level = -1
    for index, attribute in enumerate(sharing(symbol, constructs)):
        if attribute.copies and attribute.basis != "inherited":
            level = index
    return level


def copies_member(name: str, construct: Omp) -> bool:
    """Whether a clause of the construct names a data member of `this` object and gives each thread a copy."""
    return any(
        _CLAUSES.get(clause.name) in COPIES and name in clause.items
        for clause in construct.directive.clauses
        if not construct.directive.standalone
    )


def _is_static(symbol: Symbol) -> bool:
    return symbol.storage in ("global", "static", "extern", "static-local", "member", "unknown")


def _attribute(symbol: Symbol, construct: Omp, current: Sharing) -> Sharing:
    directive = construct.directive
    if current.kind == "threadprivate":
        return current
    if construct.start <= symbol.start < construct.end and symbol.storage not in ("global", "static", "extern"):
        if symbol.storage == "static-local":
            return Sharing("shared", "predetermined")
        return Sharing("local", "declared")
    if not has_any(directive, DATA_ENVIRONMENT) or directive.standalone:
        return msgspec.structs.replace(current, basis="inherited")
    explicit = _explicit(symbol, directive)
    if explicit is not None and explicit.copies:
        return explicit
    if (predetermined := _loop_variable(symbol, construct)) is not None:
        return predetermined
    return explicit or _implicit(symbol, directive, current)


def _explicit(symbol: Symbol, directive: Directive) -> Sharing | None:
    found: Sharing | None = None
    for clause in directive.clauses:
        kind = _CLAUSES.get(clause.name)
        if kind is None or (clause.name == "map" and "target" not in directive.name):
            continue
        if _names(symbol, clause) and (found is None or _STRENGTH.index(kind) > _STRENGTH.index(found.kind)):
            found = Sharing(kind, "explicit", clause)
    return found


def _names(symbol: Symbol, clause: Clause) -> bool:
    return symbol.name in names(clause) or any(
        base_name(item).removeprefix("::").rpartition("::")[2] == symbol.name.rpartition("::")[2]
        for item in clause.items
        if "::" in item or "::" in symbol.name
    )


def _loop_variable(symbol: Symbol, construct: Omp) -> Sharing | None:
    """Iteration variables of associated loops are private; those of `simd` and `loop` keep the last value."""
    loops = associated_loops(construct)
    for loop in loops:
        if any(variable is symbol for variable in loop_variables(loop)):
            kinds = words(construct.directive)
            if "simd" in kinds and len(loops) == 1:
                return Sharing("linear", "predetermined")
            return Sharing("lastprivate" if kinds & {"simd", "loop"} else "private", "predetermined")
    return None


def _implicit(symbol: Symbol, directive: Directive, current: Sharing) -> Sharing:
    kinds = words(directive)
    default = next(iter(directive.clauses_named("default")), None)
    stated = default.items[0] if default and default.items else None
    if "task" in kinds or "taskloop" in kinds or "parallel" in kinds or "teams" in kinds:
        # default(private) and default(firstprivate) do not reach variables of static storage duration, which must
        # be listed (§5.4.1); default(none) makes every variable be listed. A compiler rejects what is missing.
        if stated in ("private", "firstprivate") and not _is_static(symbol):
            return Sharing("private" if stated == "private" else "firstprivate", "implicit", default)
        if stated in ("shared", "none"):
            return Sharing("shared", "implicit", default)
    if "parallel" in kinds or "teams" in kinds:
        # On a combined target construct the implicit copy is the target's: its threads share it.
        return Sharing("shared", "implicit")
    if "target" in kinds:
        return _implicit_target(symbol, directive, current)
    if kinds & {"task", "taskloop"}:
        # Shared only where every enclosing construct up to the team's shares it; else the task captures the value.
        if current.kind in ("shared", "mapped"):
            return Sharing("shared", "implicit")
        return Sharing("firstprivate", "implicit")
    return msgspec.structs.replace(current, basis="inherited")


_SCALARS = frozenset(["int", "float", "complex", "bool", "pointer"])


def _implicit_target(symbol: Symbol, directive: Directive, current: Sharing) -> Sharing:
    """Scalars and pointers are firstprivate on the device unless mapped or `defaultmap` says so (§5.8.1)."""
    pointer = symbol.type.kind == "pointer"
    for clause in directive.clauses_named("defaultmap"):
        category = clause.items[0] if clause.modifier else "all"
        behaviour = clause.modifier or (clause.items[0] if clause.items else "default")
        covered = category == "all" or category == ("pointer" if pointer else "scalar")
        if covered and behaviour not in ("default", "none", "firstprivate"):
            return Sharing("mapped", "implicit", clause)
    if symbol.type.kind in _SCALARS and not _is_static_on_device(symbol):
        return Sharing("firstprivate", "implicit")
    return Sharing("mapped", "implicit")


def _is_static_on_device(symbol: Symbol) -> bool:
    # A scalar global is firstprivate too, unless it is a `declare target` variable; the IR does not tell which.
    return symbol.storage == "member"
