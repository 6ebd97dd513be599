"""Whether two units are the same but for the identity of their symbols."""

from __future__ import annotations

from typing import Any

import msgspec
from pragmatist.analysis.ir.tree import Symbol, Unit


def difference(left: Unit, right: Unit) -> str | None:
    """Where two units differ, in words; None where they do not. Symbols must correspond one to one."""
    other_of: dict[int, int] = {}
    one_of: dict[int, int] = {}
    compared: set[tuple[int, int]] = set()
    pending: list[tuple[str, Any, Any]] = [("unit", left, right)]
    while pending:
        path, one, other = pending.pop()
        if type(one) is not type(other):
            return f"{path}: {one!r} and {other!r}"
        if isinstance(one, list | tuple):
            if len(one) != len(other):
                return f"{path}: {len(one)} and {len(other)} items"
            pending += [(f"{path}[{i}]", a, b) for i, (a, b) in enumerate(zip(one, other, strict=True))]
        elif isinstance(one, dict):
            if list(one) != list(other):
                return f"{path}: keys {list(one)} and {list(other)}"
            pending += [(f"{path}.{key}", one[key], other[key]) for key in one]
        elif isinstance(one, msgspec.Struct):
            if isinstance(one, Symbol) and not (
                other_of.setdefault(id(one), id(other)) == id(other)
                and one_of.setdefault(id(other), id(one)) == id(one)
            ):
                return f"{path}: symbols that do not correspond, {one.name} and {other.name}"
            if (id(one), id(other)) not in compared:
                compared.add((id(one), id(other)))
                names = one.__struct_fields__
                pending += [(f"{path}.{name}", getattr(one, name), getattr(other, name)) for name in names]
        elif one != other:
            return f"{path}: {one!r} and {other!r}"
    return None
