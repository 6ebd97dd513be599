"""What runs when objects of a class are made, copied and destroyed, besides what the text says there."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import msgspec

from ..ir import tree as ir
from ..ir.types import Record, Type


class Lifetime(msgspec.Struct, frozen=True):
    """`constructors` are in sight. `copied`: the class says how its objects are copied. `unknown`: something runs
    that is not in sight, or a destructor does something."""

    constructors: tuple[ir.Function, ...] = ()
    copied: bool = False
    unknown: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether an object can be copied and destroyed without anything else happening."""
        return not (self.copied or self.unknown)


PLAIN = Lifetime()
OUT_OF_SIGHT = Lifetime(unknown=True)


def lifetime_of(
    type: Type,
    records: Mapping[str, Record],
    by_name: Mapping[str, Sequence[ir.Function]],
    is_harmless: Callable[[ir.Function], bool],
    within: tuple[str, ...] = (),
) -> Lifetime:
    """`by_name` are the functions with a body; `is_harmless` says whether one changes nothing and does nothing."""
    while type.kind == "array" and type.inner is not None:
        type = type.inner
    if type.kind != "record" or type.name.startswith("std::") or type.name in within:
        return PLAIN
    record = records.get(type.name)
    if record is None:
        return OUT_OF_SIGHT
    short = type.name.rsplit("::", 1)[-1]
    constructors = tuple(by_name.get(f"{type.name}::{short}", ()))
    destructors = by_name.get(f"{type.name}::~{short}", ())
    unknown = record.initialises or (short in record.declared and not constructors)
    if f"~{short}" in record.declared:
        unknown |= not destructors or not all(is_harmless(each) for each in destructors)
    copied = any(len(each.parameters) == 1 and _is_of(each.parameters[0].type, type.name) for each in constructors)
    parts = [field.type for field in record.fields.values()]
    for base in record.bases:
        known = next((name for name in records if name == base or name.endswith(f"::{base}")), None)
        unknown |= known is None
        parts += [Type("record", known)] if known is not None else []
    for part in parts:
        inner = lifetime_of(part, records, by_name, is_harmless, (*within, type.name))
        copied |= inner.copied
        unknown |= inner.unknown or bool(inner.constructors)  # which of them runs is not followed
    return Lifetime(constructors, copied, unknown)


def _is_of(type: Type, name: str) -> bool:
    return type.kind == "reference" and type.inner is not None and type.inner.name == name
