"""Contents for objects of the C++ standard library: containers, and what holds or refers to other objects.

Each is made with the library's own functions, so that it is an object as a program would have it. Containers without
an order are printed sorted, since a right program may well leave them in another.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Type
from .driver import Undrivable

if TYPE_CHECKING:
    from .contents import Contents

NUMBERS = {"int": "i", "float": "f", "bool": "b", "complex": "z"}
CHARACTER = Type(kind="int", name="char", size=1)
_MAPS = ("std::map", "std::multimap", "std::unordered_map", "std::unordered_multimap")
_SETS = ("std::set", "std::multiset", "std::unordered_set", "std::unordered_multiset")
KEYED = (*_MAPS, *_SETS)

Statements = list[str]


class Place(msgspec.Struct, frozen=True):
    """An object to be filled. `at` is how the text calls it, `label` how a person does; `index` is its subscript in its
    array, whose contents `site` numbers; None where it lies in none."""

    at: str
    type: Type
    label: str
    depth: int
    site: int | None
    index: str

    def within(self, at: str, type_: Type, label: str, site: int | None, index: str | None = None) -> Place:
        return Place(at, type_, label, self.depth + 1, site, self.index if index is None else index)


Handler = Callable[["Contents", Place], tuple[Statements, Statements]]


def _argument(place: Place, number: int = 0) -> Type:
    if number >= len(place.type.arguments):
        raise Undrivable(f"what {place.type.name} ({place.label}) holds is not in sight")
    return place.type.arguments[number]


def _filled(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    return contents.object(place.at, place.type, place.label, place.depth, place.site, place.index)


def _made(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    """The declaration of an object with a name of its own, and what fills it; and what prints it by that name."""
    make, show = _filled(contents, place)
    return [f"{contents.spelled(place.type)} {place.at}{{}};", *make], show


def _loop(i: str, end: str, body: Statements) -> Statements:
    return [f"for (long {i} = 0; {i} < (long)({end}); {i}++) {{", *body, "}"]


def _complex(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    at, where = place.at, contents.leaf() if place.site is None else place.site
    put = f"pragmatist_put((void *)&{at}, sizeof({at}), 'z', PRAGMATIST_DATA, {where}, {place.index});"
    return [put], [f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), 'z');"]


def _tuple(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    make: Statements = []
    show: Statements = []
    where = contents.leaf() if place.site is None else place.site
    for number, each in enumerate(place.type.arguments):
        pair = place.type.name == "std::pair"
        name = ("first", "second")[number] if pair else str(number)
        at = f"{place.at}.{name}" if pair else f"std::get<{number}>({place.at})"
        one, other = _filled(contents, place.within(at, each, f"{place.label}.{name}", where))
        make, show = make + one, show + other
    return make, show


def _array(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    i = contents.fresh("i")
    where = contents.leaf() if place.site is None else place.site
    inside = place.within(f"{place.at}[{i}]", _argument(place), f"{place.label}[]", where, i)
    make, show = _filled(contents, inside)
    return _loop(i, f"{place.at}.size()", make), _loop(i, f"{place.at}.size()", show)


def _bits(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    i, at = contents.fresh("i"), place.at
    make, show = _bit(contents, at, i)
    return _loop(i, f"{at}.size()", make), _loop(i, f"{at}.size()", show)


def _bit(contents: Contents, at: str, i: str) -> tuple[Statements, Statements]:
    """Of one that has no address."""
    bit = contents.fresh("bit")
    return [f"{at}[{i}] = ({i} * 7 + 3) % 5 < 2;"], [f"long {bit} = {at}[{i}];", contents.shown(bit, "i")]


def _view(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    """A span or a view of a string: of memory that is exactly as long."""
    inner = CHARACTER if place.type.name == "std::string_view" else _argument(place)
    if inner is CHARACTER and place.site is not None:
        words = f"pragmatist_text(pragmatist_word({place.site}, {place.index}, {_truth(contents.in_key)}))"
        i = contents.fresh("i")
        return [f"{place.at} = {words};"], _loop(i, f"{place.at}.size()", [contents.shown(f"{place.at}[{i}]", "i")])
    array, number = contents.array_of(inner, place.label, place.depth, container=True)
    element = contents.spelled(inner)
    return [f"{place.at} = {{static_cast<{element} *>({array}), (size_t)pragmatist_count({number})}};"], []


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _sequence(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    at, name = place.at, place.type.name
    inner = CHARACTER if name == "std::string" else _argument(place)
    i = contents.fresh("i")
    if name == "std::string" and place.site is not None and contents.words:
        make = [f"{at} = pragmatist_word({place.site}, {place.index}, {_truth(contents.in_key)});"]
        return make, _loop(i, f"{at}.size()", [contents.shown(f"{at}[{i}]", "i")])
    site = contents.site(f"{place.label}", container=True)
    truth = inner.kind == "bool" and name == "std::vector"
    flat = name == "std::vector" and inner.kind in NUMBERS and not truth
    if truth:
        make, show = _bit(contents, at, i)
    else:
        make, show = _filled(contents, place.within(f"{at}[{i}]", inner, f"{place.label}[]", site, i))
    before = [] if name == "std::valarray" else [f"{at}.clear();"]
    after: Statements = []
    if flat:
        before += [f"if (pragmatist_is_survey()) {at}.reserve({_room(site, place)});"]
        size = f"sizeof({contents.spelled(inner)})"
        after = [f"pragmatist_container({site}, {at}.data(), {size}, {at}.size(), {at}.capacity());"]
    resized = f"{at}.resize(pragmatist_count({site}));"
    return [*before, resized, *_loop(i, f"{at}.size()", make), *after], _loop(i, f"{at}.size()", show)


def _room(site: int, place: Place) -> str:
    """Elements that a survey sees touched beyond the end."""
    return "1 << 22" if place.site is None else f"4 * pragmatist_count({site}) + 4096"


def _list(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    at, i, each = place.at, contents.fresh("i"), contents.fresh("each")
    site = contents.site(place.label, container=True)
    make, show = _filled(contents, place.within(each, _argument(place), f"{place.label}[]", site, i))
    filled = [f"long {i} = 0;", f"for (auto &{each} : {at}) {{", *make, f"{i}++;", "}"]
    before = [f"{at}.clear();", f"{at}.resize(pragmatist_count({site}));"]
    return ["{", *before, *filled, "}"], [f"for (auto &{each} : {at}) {{", *show, "}"]


def _keyed(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    """Maps and sets. Their keys are different, and those that subscripts may have."""
    at, i, key, value, each, size = place.at, *map(contents.fresh, ("i", "key", "value", "each", "size"))
    site = contents.site(place.label, container=True)
    types = place.type.arguments[:2] if place.type.name in _MAPS else (_argument(place),)
    with contents.key():
        make, show = _made(contents, place.within(key, types[0], f"{place.label}[]", site, i))
    if len(types) == 2:
        one, other = _made(contents, place.within(value, types[1], f"{place.label}[]", site, i))
        make += [*one, f"{at}.insert(std::make_pair({key}, std::move({value})));"]
        show = [f"auto &{key} = {each}.first;", f"auto &{value} = {each}.second;", *show, *other]
    else:
        make += [f"{at}.insert({key});"]
        show = [f"auto &{key} = {each};", *show]
    filled = [f"{at}.clear();", *_loop(i, f"pragmatist_count({site})", make)]
    shown = [f"long {size} = (long){at}.size();", contents.shown(size, "i")]
    if "unordered" not in place.type.name:
        shown += [f"for (auto &{each} : {at}) {{", *show, "}"]
    elif _is_ordered(types[0]) and not any(each.name == "std::unique_ptr" for each in types):
        ordered = contents.fresh("ordered")
        kind = f"std::multi{'map' if len(types) == 2 else 'set'}<{', '.join(map(contents.spelled, types))}>"
        shown += [f"{kind} {ordered}({at}.begin(), {at}.end());", f"for (auto &{each} : {ordered}) {{", *show, "}"]
    return filled, ["{", *shown, "}"]


def _is_ordered(type_: Type) -> bool:
    return type_.kind in ("int", "float", "bool") or type_.name in ("std::string", "std::string_view")


def _optional(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    """In arrays every third holds nothing."""
    at, value, has = place.at, contents.fresh("value"), contents.fresh("has")
    make, show = _made(contents, place.within(value, _argument(place), place.label, place.site))
    filled = [f"{at}.reset();", f"if (({place.index}) % 3 != 2) {{", *make, f"{at} = {value};", "}"]
    shown = [f"long {has} = {at}.has_value();", contents.shown(has, "i")]
    return filled, ["{", *shown, f"if ({has}) {{", f"auto &{value} = *{at};", *show, "}", "}"]


def _owner(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    """std::unique_ptr and std::shared_ptr: to one object, or to an array."""
    inner, at = _argument(place), place.at
    if inner.kind != "array":
        spelled = contents.spelled(inner)
        make, show = _filled(contents, place.within(f"(*{at})", inner, f"{place.label}->", place.site))
        made = f"pragmatist_new<{spelled}>(pragmatist_rank<5>())" if inner.kind == "record" else ""
        new = f"new {spelled}({made})"
        return [f"{at}.reset({new});", *make], [f"if ({at}) {{", *show, "}"]
    if inner.inner is None or inner.inner.kind not in NUMBERS:
        raise Undrivable(f"{place.label} owns an array of something else than numbers")
    if contents.prints_only:  # one that the function made
        pointer = Type(kind="pointer", inner=inner.inner, size=8)
        return [], contents.leads(f"{at}.get()", pointer, place.label, place.depth)
    element = contents.spelled(inner.inner)
    site, i, count = contents.site(place.label, container=True), contents.fresh("i"), contents.fresh("count")
    make, show = _filled(contents, place.within(f"{at}[{i}]", inner.inner, f"{place.label}[]", site, i))
    room = f"pragmatist_is_survey() ? {_room(site, place)} : pragmatist_count({site})"
    before = [f"long {count} = {room};", f"{at}.reset(new {element}[{count}]);"]
    after = [f"pragmatist_container({site}, {at}.get(), sizeof({element}), pragmatist_count({site}), {count});"]
    filled = _loop(i, f"pragmatist_count({site})", make)
    return ["{", *before, *filled, *after, "}"], _loop(i, f"pragmatist_count({site})", show)


def _atomic(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    value = contents.fresh("value")
    held = place.within(value, _argument(place), place.label, place.site)
    if held.type.kind not in ("int", "float", "bool"):
        raise Undrivable(f"{place.label} is an atomic of no number")
    make, show = _made(contents, held)
    loaded = f"{contents.spelled(held.type)} {value} = {place.at}.load();"
    return ["{", *make, f"{place.at}.store({value});", "}"], ["{", loaded, *show, "}"]


def _function(contents: Contents, place: Place) -> tuple[Statements, Statements]:
    contents.stand_ins.append(place.label)
    return [f"{place.at} = pragmatist_stand_in();"], []


HANDLERS: dict[str, Handler] = {
    "std::complex": _complex,
    "std::pair": _tuple,
    "std::tuple": _tuple,
    "std::array": _array,
    "std::bitset": _bits,
    "std::span": _view,
    "std::string_view": _view,
    "std::vector": _sequence,
    "std::string": _sequence,
    "std::deque": _sequence,
    "std::valarray": _sequence,
    "std::list": _list,
    **dict.fromkeys(KEYED, _keyed),
    "std::optional": _optional,
    "std::unique_ptr": _owner,
    "std::shared_ptr": _owner,
    "std::atomic": _atomic,
    "std::function": _function,
}
# What a function returns of these is printed.
PRINTED = frozenset(HANDLERS) - {"std::span", "std::string_view", "std::function"}


def has_words_for_keys(type_: Type | None) -> bool:
    """Whether a map or set in it is asked by strings."""
    if type_ is None:
        return False
    keys = type_.arguments[:1] if type_.name in KEYED else ()
    if any(each.name in ("std::string", "std::string_view") for each in keys):
        return True
    return has_words_for_keys(type_.inner) or any(
        has_words_for_keys(each) for each in type_.arguments if not isinstance(each.extent, ir.Const)
    )
