"""What a call may change, where the called function is not executed."""

from __future__ import annotations

import msgspec

from ..ir import tree as ir
from . import library


class CalleeEffects(msgspec.Struct, frozen=True):
    """`unknown`: something out of sight runs. `memory`: writes through pointers. `kinds`: library effects ("io", …)."""

    unknown: bool = False
    memory: bool = False
    globals_written: frozenset[ir.Symbol] = frozenset()
    kinds: frozenset[str] = frozenset()
    unknown_name: str = ""

    def __or__(self, other: CalleeEffects) -> CalleeEffects:
        return CalleeEffects(
            self.unknown or other.unknown,
            self.memory or other.memory,
            self.globals_written | other.globals_written,
            self.kinds | other.kinds,
            self.unknown_name or other.unknown_name,
        )


NOTHING = CalleeEffects()
THROWS = frozenset(["throws"])


def of_library_call(call: ir.Call) -> CalleeEffects:
    """By the table of the library; of a function that is not in it anything may be."""
    effect = library.effect_of(call.name)
    if effect == "pure" and library.asks_thread(call.name):
        return CalleeEffects(kinds=frozenset(["thread query"]))
    if library.may_throw(call.name) and effect is not None:
        return CalleeEffects(memory=len(call.arguments) > 1, kinds=THROWS)
    if effect in ("pure", "reads", "allocates"):
        return NOTHING
    if effect in ("writes first", "writes out", "updates", "variadic", "frees", "swap", "lock"):
        return CalleeEffects(memory=True, kinds=frozenset([effect]))
    if effect in ("io", "state", "exits"):
        reads_in = call.name.endswith(("scanf", "fread", "fgets", "read", "getline"))
        return CalleeEffects(memory=reads_in, kinds=frozenset([effect]))
    return CalleeEffects(unknown=True, memory=True, unknown_name=call.name)
