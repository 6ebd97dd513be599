"""Statements that give an object of some type contents, and statements that print it.

Scalars in arrays get values by their site and subscript, and so on down: rows of rows, members, elements of
containers. What a type leaves no way to fill is `Undrivable`, and the words say which part of which parameter it is.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence

import msgspec

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Field, Record, Type
from .driver import Undrivable
from .functions import stand_in
from .library import HANDLERS, NUMBERS, Place
from .spell import PLAIN, element_of, quoted, spelled
from .uses import Uses

MOST_SITES = 200
KINDS = NUMBERS
_DEEPEST = 10  # objects within others; pointers that are deeper, or lead to the same struct a third time, are null

Statements = list[str]


class Scalar(msgspec.Struct, frozen=True):
    """An integer whose value the input's description gives. `name` is of the parameter, global or member."""

    name: str
    type: Type


class Site(msgspec.Struct, frozen=True):
    """A place in a type that holds arrays of its own. `path` is for a person; `container`: it has a size; `text`: so
    has what is in it, which ends with a null."""

    path: str
    container: bool = False
    text: bool = False


class Contents:
    """What was written so far of one driver: `functions` fill and print arrays.

    `declared` is where the text declares what is filled next; `stand_ins` are the functions that ours stand in for.
    `words`: strings in containers are short words, as the keys of a map are.
    """

    def __init__(self, unit: ir.Unit, uses: Uses, cpp: bool, texts: Sequence[bytes], words: bool = False) -> None:
        self._unit, self._uses, self._cpp, self._texts = unit, uses, cpp, texts
        self.words, self.in_key, self.declared = words, False, 0
        self.stand_ins: list[str] = []
        self.overridable: list[str] = []  # virtual functions that are called, of objects that are made here
        self._within: list[str] = []  # the structs that hold what is filled now
        self.follows = False  # whether something is printed that pointers lead to
        self.prints_only = False
        self.scalars: list[Scalar] = []
        self.sites: list[Site] = []
        self.functions: Statements = []
        self._leaves = 0
        self._counter = 0

    def spelled(self, type_: Type) -> str:
        return spelled(type_, self._unit, self._cpp)

    def scalar(self, name: str, type_: Type) -> int:
        self.scalars.append(Scalar(name, type_))
        return len(self.scalars) - 1

    def site(self, path: str, container: bool = False) -> int:
        if len(self.sites) >= MOST_SITES:
            raise Undrivable("its parameters hold too many arrays")
        self.sites.append(Site(path, container))
        return len(self.sites) - 1

    def leaf(self) -> int:
        """A number for the contents of scalars that lie in no array: not a site's."""
        self._leaves += 1
        return 1000 + self._leaves

    def fresh(self, stem: str) -> str:
        self._counter += 1
        return f"pragmatist_{stem}_{self._counter}"

    @contextlib.contextmanager
    def key(self) -> Iterator[None]:
        """What is filled meanwhile is a key."""
        before, self.in_key = self.in_key, True
        try:
            yield
        finally:
            self.in_key = before

    def shown(self, at: str, kind: str) -> str:
        return show_scalar(at, kind)

    def _role(self, label: str, type_: Type) -> str:
        if type_.kind == "int":
            used = self._uses.of(_last(label))
            if self.in_key:
                return "PRAGMATIST_SUBSCRIPT"
            if "piece" in used:
                return "PRAGMATIST_OFFSET"
            if used & {"subscript", "stride", "bound"}:
                return "PRAGMATIST_SUBSCRIPT"
            if type_.size == 1 and "char" in type_.name:
                return "PRAGMATIST_WORD" if "[]" in label.removesuffix("[]") else "PRAGMATIST_CHARACTER"
            if type_.unsigned:
                return "PRAGMATIST_UNSIGNED"
        return "PRAGMATIST_DATA"

    def object(
        self, at: str, type_: Type, label: str, depth: int, site: int | None = None, index: str = "0", raw: bool = False
    ) -> tuple[Statements, Statements]:
        """Statements that give the object `at` contents, and that print it. `index` is its subscript in its array,
        whose contents `site` numbers; None where it lies in none."""
        match type_.kind:
            case "int" if site is None:
                return [f"{at} = {self._converted(type_)}(pragmatist_scalar({self.scalar(label, type_)}));"], [
                    show_scalar(at, "i")
                ]
            case "int" | "float" | "bool" | "complex" | "unknown" | "auto":
                if type_.kind in ("unknown", "auto") and (not type_.name or "<" in type_.name):
                    raise Undrivable(f"the type of {label} is not known")
                kind = f"'{KINDS[type_.kind]}'" if type_.kind in KINDS else f"pragmatist_kind({at})"
                where = self.leaf() if site is None else site
                role = self._role(label, type_)
                put = f"pragmatist_put((void *)&{at}, sizeof({at}), {kind}, {role}, {where}, {index});"
                return [put], [show_scalar(at, kind.strip("'"))]
            case "reference" if type_.inner is not None:
                raise Undrivable(f"{label} holds a reference")
            case "array":
                return self._array(at, type_, label, depth, site, index)
            case "pointer":
                show = self.leads(at, type_, label, depth)
                return ([] if self.prints_only else self._pointer(at, type_, label, depth, raw)), show
            case "record":
                return self.record(at, type_, label, depth, site, index)
            case _:
                raise Undrivable(f"{label} is of a type that no input can be made for ({type_.kind})")

    def printing(self, at: str, type_: Type, label: str, depth: int = 0) -> Statements:
        """What prints an object that is not ours to fill, or says that it is not printed."""
        kept = (self.scalars, self.sites, self.functions, self.stand_ins)
        before = [len(each) for each in kept]
        outer, self.prints_only = self.prints_only, True
        try:
            return self.object(at, type_, label, depth)[1]
        except Undrivable:
            return self._untold(label)
        finally:
            self.prints_only = outer
            for each, length in zip(kept, before, strict=True):
                del each[length:]

    def _converted(self, type_: Type) -> str:
        if self._cpp:
            return f"({self.spelled(type_)})" if " " not in self.spelled(type_) or type_.name in PLAIN else ""
        return ""

    def _array(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        base = _base(type_)
        if type_.extent is None:
            raise Undrivable(f"{label} is an array whose length its type does not tell")
        if base.kind in KINDS or base.kind == "unknown":
            element = f"{self.spelled(base)}"
            kind = f"'{KINDS[base.kind]}'" if base.kind in KINDS else f"pragmatist_kind(*({element} *)&{at})"
            where = self.leaf() if site is None else site
            sizes = f"sizeof({at}), sizeof({element}), {kind}"
            put = f"pragmatist_put_all((void *)&{at}, {sizes}, {self._role(label, base)}, {where}, {index});"
            return [put], [f"pragmatist_show((const void *)&{at}, {sizes});"]
        i = self.fresh("i")
        where = self.leaf() if site is None else site
        make, show = self.object(f"{at}[{i}]", element_of(type_), label + "[]", depth, where, i)
        loop = f"for (long {i} = 0; {i} < (long)(sizeof({at}) / sizeof({at}[0])); {i}++) {{"
        return [loop, *make, "}"], [loop, *show, "}"] if show else []

    def _pointer(self, at: str, type_: Type, label: str, depth: int, raw: bool) -> list[str]:
        target = type_.inner
        name = _last(label)
        if target is not None and target.kind == "void":
            target = self._uses.memory.get(name, target)
        if target is not None and target.kind == "function":
            return [f"{at} = {self.function(label)};"]
        if target is not None and target.kind == "void" and name in self._uses.handed_on and self.stand_ins:
            return [f"{at} = 0;"]  # only functions of ours see it
        if target is None or target.kind == "void":
            raise Undrivable(f"{label} points to memory of no type")
        if depth >= _DEEPEST or (target.kind == "record" and self._within.count(target.name) > 1):
            return [f"{at} = 0;"]
        if target.kind == "record" and target.name.endswith(("FILE", "_IO_FILE")):
            raise Undrivable(f"{label} is an open file")
        made, _ = self.array_of(target, label, depth)
        return [f"{at} = pragmatist_memory{{{made}}};"] if self._cpp and not raw else [f"{at} = {made};"]

    def leads(self, at: str, type_: Type, label: str, depth: int) -> Statements:
        """What prints where a pointer leads that the function may have set, and what is there; or says that it does
        not, unless it leads nowhere."""
        target = type_.inner
        if target is not None and target.kind == "function":
            return []
        if target is not None and target.kind == "void":
            target = self._uses.memory.get(_last(label), target)
        element = _base(target) if target is not None else None
        told = element is not None and (element.kind in KINDS or element.kind in ("pointer", "record"))
        often = element is not None and element.kind == "record" and self._within.count(element.name) > 1
        if element is None or not told or often or depth >= _DEEPEST:
            return [f"if ({at}) {{", *self._untold(label), "}"]
        self.follows = True
        name, count, first, i = self.spelled(element), self.fresh("count"), self.fresh("at"), self.fresh("i")
        there = f"(const void *)({at}), sizeof({name}), {quoted(label)}, &{count}"
        found = [f"long {count};", f"const void *{first} = pragmatist_leads({there});"]
        if element.kind in KINDS:
            sizes = f"{count} * sizeof({name}), sizeof({name}), '{KINDS[element.kind]}'"
            return ["{", *found, f"if ({count}) pragmatist_show({first}, {sizes});", "}"]
        inner = label + ("[]" if element.kind != "record" else "->")
        show = self.printing(f"(({name} *){first})[{i}]", element, inner, depth + 1)
        loop = f"for (long {i} = 0; {i} < pragmatist_most({count}, {quoted(label)}); {i}++) {{"
        return ["{", *found, loop, *show, "}", "}"]

    def _untold(self, label: str) -> Statements:
        return [f"pragmatist_untold({quoted(label)});"]

    def function(self, label: str) -> str:
        """One of ours, of the type that is asked for."""
        self.stand_ins.append(label)
        if self._cpp:
            return "pragmatist_stand_in()"
        own = self.fresh("function")
        self.functions.append(stand_in(_last(label), self.declared, own, self._texts))
        return own

    def array_of(self, target: Type, label: str, depth: int, *, container: bool = False) -> tuple[str, int]:
        """An expression for memory that holds elements of a type, and its site."""
        site = self.site(label, container)
        element = _base(target)  # rows of a declared length are flat memory
        element_type = self.spelled(element)
        first, i = "((" + element_type + " *)pragmatist_first)", "pragmatist_i"
        inner = label + ("[]" if element.kind != "record" else "->")
        # What only `*n` reads is no array, but a size.
        own = None if element.kind == "int" and self._uses.is_size_behind(_last(label)) else site
        make, show = self.object(f"{first}[{i}]", element, inner, depth + 1, own, i)
        if self._cpp and self._is_made(element):
            made = f"pragmatist_new<{element_type}>(pragmatist_rank<5>())"
            make = [f"new ((void *)&{first}[{i}]) {element_type}({made});", *make]
        fill, shown = self.fresh("fill"), self.fresh("show")
        loop = f"for (long {i} = pragmatist_from; {i} < pragmatist_to; {i}++) {{"
        head = "(void *pragmatist_first, long pragmatist_from, long pragmatist_to) {"
        self.functions += [f"static void {fill}{head}", loop, *make, "}", "}"]
        self.functions += [f"static void {shown}{head}"]
        if element.kind in KINDS or element.kind == "unknown":
            kind = f"'{KINDS[element.kind]}'" if element.kind in KINDS else f"pragmatist_kind({first}[0])"
            whole = f"{first} + pragmatist_from, (pragmatist_to - pragmatist_from) * sizeof({element_type})"
            show = [f"pragmatist_show({whole}, sizeof({element_type}), {kind});"]
        else:
            show = [loop, *show, "}"]
        self.functions += [f"pragmatist_label({quoted(label)});", *show, "}"] if show else ["}"]
        rows = "PRAGMATIST_ROWS" if element.kind in ("pointer", "record") else "0"
        many = "[]" in label
        if element.kind == "int" and element.name == "char" and (many or element.const) and own is not None:
            rows = "PRAGMATIST_WORDS" if many else "PRAGMATIST_TEXT"
            self.sites[site] = msgspec.structs.replace(self.sites[site], text=not many)
        return f"pragmatist_array({site}, sizeof({element_type}), {fill}, {shown}, {rows})", site

    def _is_made(self, type_: Type, depth: int = 0) -> bool:
        """Whether it takes a constructor to make an object of the type out of memory."""
        if type_.name in HANDLERS:
            return True
        record = self._unit.records.get(type_.name) if type_.kind == "record" else None
        if record is None or depth > _DEEPEST:
            return False
        parts = [
            *(_base(each.type) for each in record.fields.values()),
            *(Type("record", each) for each in record.bases),
        ]
        return bool(record.virtual) or any(self._is_made(each, depth + 1) for each in parts)

    def record(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        name = type_.name
        if (handler := HANDLERS.get(name)) is not None:
            return handler(self, Place(at, type_, label, depth, site, index))
        record = self._unit.records.get(name)
        if record is None and name.startswith("std::"):
            raise Undrivable(f"no {name} can be made for {label}")
        if record is None:
            raise Undrivable(f"the members of {name or 'the type'} ({label}) are not in sight")
        path = label if label.endswith("->") else label + "."
        unions = self._nameless_unions(record)
        if not record.complete and not unions:
            raise Undrivable(f"not all members of {name} ({label}) are understood")
        if record.is_union:
            return self._union(at, record, path, depth, site, index)
        if depth > 2 * _DEEPEST:  # a class whose members hold such objects again
            return [], []
        self.overridable += [f"{path}{each}" for each in sorted(record.virtual & self._uses.named)]
        self._within.append(name)
        try:
            return self._members(at, record, label, depth, site, index)
        finally:
            self._within.pop()

    def _members(
        self, at: str, record: Record, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        make: list[str] = []
        show: list[str] = []
        for base in record.bases:
            one, other = self.record(at, Type(kind="record", name=base), label, depth + 1, site, index)
            make, show = make + one, show + other
        path = label if label.endswith("->") else label + "."
        unions = self._nameless_unions(record)
        for each in unions:
            one, other = self._union(at, each, path, depth, site, index)
            make, show = make + one, show + other
        for field in record.fields.values():
            if field.type.const or any(field.name in each.fields for each in unions):
                continue
            if field.type.kind == "pointer" and field.name not in self._uses.members:
                make.append(f"{at}.{field.name} = 0;")
                continue
            self.declared = field.start
            own = None if site is None or self._sizes(field) else self.leaf()
            if field.is_bits:
                one, other = self._bits(f"{at}.{field.name}", field.type, path + field.name, own, index)
                make, show = make + one, show + other
                continue
            with self._unless_used(field):
                one, other = self.object(f"{at}.{field.name}", field.type, path + field.name, depth + 1, own, index)
                make, show = make + one, show + other
        return make, show

    def _bits(self, at: str, type_: Type, label: str, site: int | None, index: str) -> tuple[Statements, Statements]:
        """A bit-field, which has no address."""
        value = self.fresh("value")
        make, show = self.object(value, Type(kind="int", name="long", size=8), label, 0, site, index)
        return ["{", f"long {value};", *make, f"{at} = {value};", "}"], ["{", f"long {value} = {at};", *show, "}"]

    def _union(
        self, at: str, record: Record, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        """Of the members that the function names one is filled in this element of an array, another in the next.

        What a union holds nobody can know: it is printed as a real number where it looks like one, else as the others.
        """
        named = [each for each in record.fields.values() if each.name in self._uses.members]
        if not all(_base(each.type).kind in ("int", "float", "bool") for each in named):
            raise Undrivable(f"{label} is a union of other things than numbers")
        named.sort(key=lambda each: each.type.kind == "float")  # first what is harmless, however it is read
        where = self.leaf() if site is None else site
        make: Statements = []
        others: Statements = []
        reals: list[str] = []
        for number, field in enumerate(named):
            member = f"{at}.{field.name}"
            one, other = self.object(member, field.type, label + field.name, depth + 1, where, index)
            if field.type.kind == "float":
                reals.append(member)
                one = [f"pragmatist_put((void *)&{member}, sizeof({member}), 'f', PRAGMATIST_SHORT, {where}, {index});"]
            else:
                others += other
            make += [f"if (({index}) % {len(named)} == {number}) {{", *one, "}"]
        if not reals:
            return make, others
        looks = f"pragmatist_looks_real((const void *)&{reals[0]}, sizeof({reals[0]}))"
        show = [f"if ({looks}) {{", *(show_scalar(each, "f") for each in reals), "}", "else {", *others, "}"]
        return make, show if others else [show_scalar(each, "f") for each in reals]

    def _nameless_unions(self, record: Record) -> list[Record]:
        """Whose members are the struct's own."""
        return [
            each
            for name, each in self._unit.records.items()
            if name.startswith("<record@") and each.is_union and each.fields and not record.is_union
            if all(_is_at(record.fields.get(field.name), field.start) for field in each.fields.values())
        ]

    @contextlib.contextmanager
    def _unless_used(self, field: Field) -> Iterator[None]:
        """A member that nothing names stays as it is made, where there is no other way to fill it."""
        kept = (self.scalars, self.sites, self.functions, self.stand_ins)
        before = [len(each) for each in kept]
        try:
            yield
        except Undrivable:
            if field.name in self._uses.members:
                raise
            for each, length in zip(kept, before, strict=True):
                del each[length:]

    def _sizes(self, field: Field) -> bool:
        """Whether a member says how far a loop goes: then it is a size of the input's, in whatever array it lies."""
        return field.type.kind == "int" and bool(self._uses.of(field.name) & {"bound", "stride", "start", "step"})


def _base(type_: Type) -> Type:
    """The elements' type of arrays of arrays."""
    while type_.kind == "array" and type_.inner is not None:
        type_ = type_.inner
    return type_


def _last(path: str) -> str:
    return re.split(r"[.>]", path.replace("[]", ""))[-1]


def show_scalar(at: str, kind: str) -> str:
    kind = kind if kind.startswith("pragmatist") else f"'{kind}'"
    return f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), {kind});"


def _is_at(field: Field | None, start: int) -> bool:
    """Whether it is the member that is declared there."""
    return field is not None and field.start == start
