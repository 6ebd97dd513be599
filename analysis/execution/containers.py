"""Standard containers: what their members read and write, and where their elements are."""

from __future__ import annotations

from ..ir import tree as ir
from ..ir.types import UNKNOWN, Type
from ..symbolic.polynomial import ZERO, Polynomial, constant
from .exceptions import GROWING, may_throw
from .machine import Machine
from .values import Location

# Containers whose elements they own, with random access by subscript.
_OWNING = frozenset(
    ["std::vector", "std::valarray", "std::deque", "std::string", "std::basic_string", "std::unique_ptr"]
)
_INSIDE = frozenset(["std::array"])  # the elements lie in the object itself
_VIEWS = frozenset(["std::span", "std::string_view", "std::shared_ptr"])  # the elements belong to others, too
_CONTAINERS = _OWNING | _INSIDE | _VIEWS
_POINTING = frozenset(["std::unique_ptr", "std::shared_ptr"])
_TEMPLATES = frozenset(["std::vector", "std::valarray", "std::deque", "std::array", "std::span"])

_CONST_MEMBERS = frozenset(["size", "length", "empty", "capacity", "max_size"])
_ELEMENTS = frozenset(["operator[]", "at"])
_POINTERS = frozenset(["begin", "cbegin", "data", "get", "c_str"])
_REVERSE = frozenset(["rbegin", "rend", "crbegin", "crend"])
_RESIZING = frozenset(
    [
        "push_back", "emplace_back", "pop_back", "resize", "clear", "insert", "erase", "assign", "reserve", "swap",
        "emplace", "shrink_to_fit", "reset", "release", "append", "push_front", "pop_front",
    ]
)  # fmt: skip
_SETTING = frozenset(["clear", "assign", "reset"])  # whatever was there before

_STRINGS = frozenset(["std::string", "std::basic_string"])

_SIZE_TYPE = Type(kind="int", name="size_t", size=8, unsigned=True)


def has_packed_elements(type: Type) -> bool:
    """Whether several elements lie in one byte."""
    while type.kind == "reference" and type.inner is not None:
        type = type.inner
    return type.name == "std::vector" and bool(type.arguments) and type.arguments[0].kind == "bool"


def is_container(type: Type) -> bool:
    if type.name == "std::unique_ptr":
        return bool(type.arguments)
    if type.name == "std::shared_ptr":
        return bool(type.arguments) and type.arguments[0].kind == "array"
    if type.name not in _CONTAINERS:
        return False
    # `std::vector v(n, true)` is one of bits
    return not has_packed_elements(type) and (type.name not in _TEMPLATES or bool(type.arguments))


def element_type(type: Type) -> Type:
    if type.name in ("std::string", "std::basic_string", "std::string_view"):
        return Type(kind="int", name="char", size=1)
    if not type.arguments:
        return UNKNOWN
    first = type.arguments[0]
    return first.inner or UNKNOWN if type.name in _POINTING and first.kind == "array" else first


def elements(machine: Machine, node: ir.Expr, base: Location) -> Location:
    """A pointer to the first element of the container at `base`."""
    inner = element_type(base.type)
    if base.type.name in _INSIDE:
        extent = None
        if len(base.type.arguments) > 1:
            extent = _extent(base.type.arguments[1])
        return Location(base.object, base.path, (*base.subscripts, ZERO), (*base.extents, extent), inner)
    name = base.object.name + base.path.replace("[]", "")
    kind = "container" if base.type.name in _OWNING else "rows" if base.subscripts else "pointee"
    family = machine.family(kind, base, inner, name)
    return Location(family, "", (*base.subscripts, ZERO), (*base.extents, None), inner)


def _extent(argument: Type) -> Polynomial | None:
    """The N of std::array<T, N>, as far as the type's spelling tells it."""
    text = argument.name.rstrip("uUlL")
    return constant(int(text)) if text.isdigit() else None


def element(machine: Machine, node: ir.Expr, base: Location, offset: Polynomial | None) -> Location:
    """`base[offset]`."""
    if base.type.name not in _INSIDE:
        machine.record_access(node, _header(base), False)
    return elements(machine, node, base).advanced(offset)


def read_whole(machine: Machine, node: ir.Expr, base: Location) -> None:
    """The container is copied, compared or passed on: its size and all of its elements are read."""
    machine.record_access(node, base, False)
    machine.record_access(node, _any_element(machine, node, base), False)


def write_whole(machine: Machine, node: ir.Expr, base: Location) -> None:
    """The container is assigned to, besides what is recorded of the variable itself: other elements are in it now."""
    written = _any_element(machine, node, base)
    machine.record_access(node, written, True)
    machine.note_write(written)
    machine.note_write(_header(base))


def _any_element(machine: Machine, node: ir.Expr, base: Location) -> Location:
    first = elements(machine, node, base)
    return Location(first.object, first.path, (*first.subscripts[:-1], None), first.extents, first.type)


def _header(base: Location) -> Location:
    """What stands for the container's own fields."""
    return Location(base.object, f"{base.path}.size()", base.subscripts, base.extents, _SIZE_TYPE)


def member_call(machine: Machine, node: ir.Call, base: Location, arguments: list[object]) -> object:
    """The value of `base.name(…)`; NotImplemented for members that are not known here."""
    name = node.name.rsplit("::", 1)[-1]
    header = _header(base)
    if name in _CONST_MEMBERS or name in ("end", "cend"):
        machine.record_access(node, header, False)
        size = _size(machine, node, base, header)
        return elements(machine, node, base).advanced(size) if name in ("end", "cend") else size
    if name in _ELEMENTS:
        offset = arguments[0] if arguments and isinstance(arguments[0], Polynomial) else None
        if may_throw(name):
            machine.record_throw(node, "range", _size(machine, node, base, header))
        return element(machine, node, base, offset)
    if name == "operator*" or name == "front":
        return element(machine, node, base, ZERO)
    if name == "back":
        return element(machine, node, base, _size(machine, node, base, header) - constant(1))
    if name in _POINTERS:
        machine.record_access(node, header, False)
        return elements(machine, node, base)
    if name in _REVERSE:
        machine.record_access(node, header, False)
        return Location(machine.unknown_object(machine.text(node)), "", (ZERO,), (None,), element_type(base.type))
    if name == "substr" and base.type.name in _STRINGS:
        read_whole(machine, node, base)
        if not arguments or arguments[0] != ZERO:  # "" is the substring from the end on
            machine.record_throw(node, "range", _size(machine, node, base, header) + constant(1))
        machine.record_throw(node, "memory")
        return None
    if name in _RESIZING:
        if name in GROWING:
            machine.record_throw(node, "memory")
        if name not in _SETTING:
            machine.record_access(node, header, False)
        machine.record_access(node, header, True)
        machine.note_write(header)
        moved = _any_element(machine, node, base)
        machine.record_access(node, moved, True)
        machine.note_write(moved)
        return None
    return NotImplemented


def _size(machine: Machine, node: ir.Expr, base: Location, header: Location) -> Polynomial:
    if base.type.name in _INSIDE and len(base.type.arguments) > 1:
        extent = _extent(base.type.arguments[1])
        if extent is not None:
            return extent
    return machine.load(header, _size_text(machine, node))


def _size_text(machine: Machine, node: ir.Expr) -> str:
    """The size as C++ text, also where the text has `v.end()` or, in a range-for, `v` alone."""
    if not isinstance(node, ir.Call):
        return machine.text(node)
    callee = node.callee
    if isinstance(callee, ir.Member):
        return f"{machine.text(callee.base)}{'->' if callee.arrow else '.'}size()"
    return f"{machine.text(callee)}.size()"
