"""Standard containers that keep each element in a node of its own: maps, sets, lists, and the adaptors of others.

Their elements are not told apart. What matters is which members change the container itself: it is one object for all
iterations, and two insertions at the same time break it, whatever the keys ([container.requirements.dataraces]).
"""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from .exceptions import may_throw
from .machine import Machine
from .values import Location, Referred, Value

_MAPS = frozenset(["std::map", "std::unordered_map", "std::multimap", "std::unordered_multimap"])
_OTHERS = frozenset(
    ["std::set", "std::multiset", "std::unordered_set", "std::unordered_multiset", "std::list", "std::forward_list",
     "std::queue", "std::priority_queue", "std::stack"]
)  # fmt: skip
_NUMBERS = frozenset(["size", "empty", "max_size", "count", "contains"])
_ITERATORS = frozenset(["begin", "end", "cbegin", "cend", "rbegin", "rend", "find", "lower_bound", "upper_bound"])
_ELEMENTS = frozenset(["at", "front", "back", "top"])
_CHANGING = frozenset(
    ["insert", "emplace", "emplace_hint", "try_emplace", "insert_or_assign", "erase", "push_back", "push_front",
     "pop_back", "pop_front", "push", "pop", "emplace_back", "emplace_front", "resize", "rehash", "reserve", "reverse"]
)  # fmt: skip
_SETTING = frozenset(["clear", "assign"])  # whatever was there before
MEMBERS = _NUMBERS | _ITERATORS | _ELEMENTS | _CHANGING | _SETTING

_SIZE_TYPE = Type(kind="int", name="size_t", size=8, unsigned=True)


def has_nodes(type: Type) -> bool:
    """Whether it is such a container, of elements that nothing of the program's own compares, copies or hashes."""
    return (type.name in _MAPS or type.name in _OTHERS) and all(_is_plain(each) for each in type.arguments)


def is_map(type: Type) -> bool:
    return type.name in _MAPS and has_nodes(type)


def _is_plain(type: Type) -> bool:
    if type.kind == "record":
        return (
            type.name.startswith("std::")
            and type.name != "std::function"
            and all(_is_plain(each) for each in type.arguments)
        )
    return type.kind in ("int", "float", "bool", "pointer")


def map_element(machine: Machine, node: ir.Expr, base: Location) -> Location:
    """`m[key]`, which inserts the key where it is missing."""
    _change(machine, node, base, reads=True)
    return _element(machine, node, base)


def member_call(machine: Machine, node: ir.Call, base: Location) -> Value | Referred:
    """The value of `base.name(…)` for one of `MEMBERS`, its arguments evaluated."""
    name = node.name.rsplit("::", 1)[-1]
    if may_throw(name):
        machine.record_throw(node, "range")
    if name in _CHANGING or name in _SETTING:
        _change(machine, node, base, reads=name in _CHANGING)
        return None
    machine.record_access(node, _itself(base), False)
    if name in _NUMBERS:
        return machine.load(_itself(base), machine.text(node)) if name == "size" else machine.opaque(machine.text(node))
    return Referred(_element(machine, node, base)) if name in _ELEMENTS else None


def _change(machine: Machine, node: ir.Expr, base: Location, reads: bool) -> None:
    update = machine.updates.pop(id(node), None)  # `m[key]++` adds to the element, and to no number in the container
    if reads:
        machine.record_access(node, _itself(base), False)
    machine.record_access(node, _itself(base), True)
    machine.note_write(_itself(base))
    if update is not None:
        machine.updates[id(node)] = update


def _itself(base: Location) -> Location:
    """What stands for the tree, the table or the links."""
    return Location(base.object, f"{base.path}.size()", base.subscripts, base.extents, _SIZE_TYPE)


def _element(machine: Machine, node: ir.Expr, base: Location) -> Location:
    """Some element."""
    inner = base.type.arguments[-1] if base.type.arguments else UNKNOWN
    if base.type.name in _MAPS and len(base.type.arguments) > 1:
        inner = base.type.arguments[1]
    name = base.object.name + base.path.replace("[]", "")
    family = machine.family("container", base, inner, name)
    return Location(family, "", (*base.subscripts, None), (*base.extents, None), inner)
