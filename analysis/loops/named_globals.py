"""Global variables that a pointer may lead to although the loop reads them by their names.

A parameter may point to any variable with external linkage whose type fits (C17 §6.5p7): other files can take the
address. `for (i = 0; i < count; i++) x[i] = 1;` may set `count` itself.
"""

from __future__ import annotations

from ..execution.aliasing import scalar_type_name, types_may_alias
from ..execution.events import Access
from ..execution.values import Object
from ..facts import Assumption
from .places import access_place
from .scalars import is_scalar_access
from .view import LoopView


def global_assumptions(view: LoopView) -> list[Assumption]:
    """One for each pointer through which the loop writes what may be a global variable that it reads."""
    if view.unit.has_main:  # the whole program is in sight, and with it every `&count`
        return []
    written: dict[Object, Access] = {}
    for access in view.accesses:
        if access.is_write and access.object.kind in ("pointee", "rows") and not _is_restrict(access.object):
            written.setdefault(access.object, access)
    if not written:
        return []
    globals_read: dict[Object, Access] = {}
    for access in view.accesses:
        if not access.is_write and is_scalar_access(access) and _is_external(access):
            globals_read.setdefault(access.object, access)
    return [
        Assumption(
            "PRG201",
            f"{through.object.name} does not lead to the global variable {object.name}",
            access_place(view, through),
            help=f"make `{object.name}` static, copy it to a local variable first, or declare the pointer `restrict`",
        )
        for object, read in globals_read.items()
        for through in written.values()
        if types_may_alias(read.scalar_type, through.scalar_type)
    ]


def _is_external(access: Access) -> bool:
    symbol = access.object.symbol
    if symbol is None or symbol.storage not in ("global", "extern") or symbol.type.const or symbol.thread_local:
        return False
    return symbol.type.kind in ("int", "float", "bool", "pointer") and scalar_type_name(symbol.type) is not None


def _is_restrict(object: Object) -> bool:
    return object.symbol is not None and object.symbol.type.restrict
