"""Statements that give an object of some type contents, and statements that print it.

Scalars in arrays get values by their site and subscript, and so on down: rows of rows, members, elements of
containers. What a type leaves no way to fill is `Undrivable`, and the words say which part of which parameter it is.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator

import msgspec

from ...analysis.ir import tree as ir
from ...analysis.ir.types import Field, Type
from .driver import Undrivable
from .spell import PLAIN, element_of, quoted, spelled
from .uses import Uses

MOST_SITES = 200
KINDS = {"int": "i", "float": "f", "bool": "b", "complex": "z"}
CONTAINERS = ("std::vector", "std::string", "std::array", "std::span", "std::pair", "std::complex", "std::deque")
_DEEPEST = 4  # pointers within what pointers point to; what is deeper, as in a list, is null

Statements = list[str]


class Scalar(msgspec.Struct, frozen=True):
    """An integer whose value the input's description gives. `name` is of the parameter, global or member."""

    name: str
    type: Type


class Site(msgspec.Struct, frozen=True):
    """A place in a type that holds arrays of its own. `path` is for a person; `container`: it has a size."""

    path: str
    container: bool = False


class Contents:
    """What was written so far of one driver: `functions` fill and print arrays."""

    def __init__(self, unit: ir.Unit, uses: Uses, cpp: bool) -> None:
        self._unit, self._uses, self._cpp = unit, uses, cpp
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

    def _leaf(self) -> int:
        """A number for the contents of scalars that lie in no array: not a site's."""
        self._leaves += 1
        return 1000 + self._leaves

    def _fresh(self, stem: str) -> str:
        self._counter += 1
        return f"pragmatist_{stem}_{self._counter}"

    def _role(self, label: str, type_: Type) -> str:
        if type_.kind == "int":
            name = re.split(r"[.>]", label.replace("[]", ""))[-1]
            used = self._uses.of(name)
            if "piece" in used:
                return "PRAGMATIST_OFFSET"
            if used & {"subscript", "stride", "bound"}:
                return "PRAGMATIST_SUBSCRIPT"
            if type_.size == 1 and "char" in type_.name:
                return "PRAGMATIST_CHARACTER"
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
                where = self._leaf() if site is None else site
                role = self._role(label, type_)
                put = f"pragmatist_put((void *)&{at}, sizeof({at}), {kind}, {role}, {where}, {index});"
                return [put], [show_scalar(at, kind.strip("'"))]
            case "reference" if type_.inner is not None:
                raise Undrivable(f"{label} holds a reference")
            case "array":
                return self._array(at, type_, label, depth, site, index)
            case "pointer":
                return self._pointer(at, type_, label, depth, raw), []
            case "record":
                return self.record(at, type_, label, depth, site, index)
            case _:
                raise Undrivable(f"{label} is of a type that no input can be made for ({type_.kind})")

    def _converted(self, type_: Type) -> str:
        if self._cpp:
            return f"({self.spelled(type_)})" if " " not in self.spelled(type_) or type_.name in PLAIN else ""
        return ""

    def _array(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        base = type_
        while base.kind == "array" and base.inner is not None:
            base = base.inner
        if base.kind in KINDS or base.kind == "unknown":
            element = f"{self.spelled(base)}"
            kind = f"'{KINDS[base.kind]}'" if base.kind in KINDS else f"pragmatist_kind(*({element} *)&{at})"
            where = self._leaf() if site is None else site
            sizes = f"sizeof({at}), sizeof({element}), {kind}"
            put = f"pragmatist_put_all((void *)&{at}, {sizes}, {self._role(label, base)}, {where}, {index});"
            return [put], [f"pragmatist_show((const void *)&{at}, {sizes});"]
        i = self._fresh("i")
        where = self._leaf() if site is None else site
        make, show = self.object(f"{at}[{i}]", element_of(type_), label + "[]", depth, where, i)
        loop = f"for (long {i} = 0; {i} < (long)(sizeof({at}) / sizeof({at}[0])); {i}++) {{"
        return [loop, *make, "}"], [loop, *show, "}"] if show else []

    def _pointer(self, at: str, type_: Type, label: str, depth: int, raw: bool) -> list[str]:
        target = type_.inner
        if target is not None and target.kind == "void":
            target = self._uses.memory.get(re.split(r"[.>]", label.replace("[]", ""))[-1], target)
        if target is None or target.kind in ("void", "function"):
            raise Undrivable(
                f"{label} points to {'a function' if target and target.kind == 'function' else 'memory of no type'}"
            )
        if depth >= _DEEPEST or (target.kind == "record" and f"{label}".count("->") > 1):
            return [f"{at} = 0;"]
        if target.kind == "record" and target.name.endswith(("FILE", "_IO_FILE")):
            raise Undrivable(f"{label} is an open file")
        site = self.site(label)
        element, base = target, target
        while base.kind == "array" and base.inner is not None:
            base = base.inner
        # Rows of a declared length are flat memory: the first subscript alone says how far it goes.
        flat = base is not element
        element = base if flat else element
        element_type = self.spelled(element)
        first, i = "((" + element_type + " *)pragmatist_first)", "pragmatist_i"
        inner = label + ("[]" if element.kind != "record" else "->")
        make, show = self.object(f"{first}[{i}]", element, inner, depth + 1, site, i)
        fill, shown = self._fresh("fill"), self._fresh("show")
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
        rows = 1 if element.kind in ("pointer", "record") else 0
        made = f"pragmatist_array({site}, sizeof({element_type}), {fill}, {shown}, {rows})"
        if self._cpp and not raw:
            return [f"{at} = pragmatist_memory{{{made}}};"]
        return [f"{at} = {made};"]

    def record(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        name = type_.name
        if name in CONTAINERS:
            return self._container(at, type_, label, depth, site, index)
        record = self._unit.records.get(name)
        if record is None:
            raise Undrivable(f"the members of {name or 'the type'} ({label}) are not in sight")
        if not record.complete:
            raise Undrivable(f"not all members of {name} ({label}) are understood")
        if record.is_union:
            raise Undrivable(f"{label} is a union")
        if depth > 2 * _DEEPEST:
            return [], []
        make: list[str] = []
        show: list[str] = []
        for base in record.bases:
            one, other = self.record(at, Type(kind="record", name=base), label, depth + 1, site, index)
            make, show = make + one, show + other
        path = label if label.endswith("->") else label + "."
        for field in record.fields.values():
            if field.type.const:
                continue
            if field.type.kind == "pointer" and field.name not in self._uses.members:
                make.append(f"{at}.{field.name} = 0;")
                continue
            own = None if site is None or self._sizes(field) else self._leaf()
            with self._unless_used(field):
                one, other = self.object(f"{at}.{field.name}", field.type, path + field.name, depth + 1, own, index)
                make, show = make + one, show + other
        return make, show

    @contextlib.contextmanager
    def _unless_used(self, field: Field) -> Iterator[None]:
        """A member that nothing names stays as it is made, where there is no other way to fill it."""
        before = [len(each) for each in (self.scalars, self.sites, self.functions)]
        try:
            yield
        except Undrivable:
            if field.name in self._uses.members:
                raise
            for each, length in zip((self.scalars, self.sites, self.functions), before, strict=True):
                del each[length:]

    def _sizes(self, field: Field) -> bool:
        """Whether a member says how far a loop goes: then it is a size of the input's, in whatever array it lies."""
        return field.type.kind == "int" and bool(self._uses.of(field.name) & {"bound", "stride", "start", "step"})

    def _container(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[Statements, Statements]:
        where = self._leaf() if site is None else site
        i = self._fresh("i")
        inner = type_.arguments[0] if type_.arguments else None
        match type_.name:
            case "std::complex":
                put = f"pragmatist_put((void *)&{at}, sizeof({at}), 'z', PRAGMATIST_DATA, {where}, {index});"
                return [put], [f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), 'z');"]
            case "std::pair":
                first, second = (
                    self.object(f"{at}.{name}", each, f"{label}.{name}", depth + 1, where, index)
                    for name, each in zip(("first", "second"), type_.arguments, strict=True)
                )
                return first[0] + second[0], first[1] + second[1]
            case "std::array":
                assert inner is not None
                make, show = self.object(f"{at}[{i}]", inner, label + "[]", depth + 1, where, i)
                loop = f"for (long {i} = 0; {i} < (long){at}.size(); {i}++) {{"
                return [loop, *make, "}"], [loop, *show, "}"]
            case "std::span":
                assert inner is not None
                before = len(self.sites)
                make = self._pointer(at, Type(kind="pointer", inner=inner), label, depth, True)
                element = self.spelled(inner)
                number = next(n for n in range(before, len(self.sites)) if self.sites[n].path == label)
                self.sites[number] = Site(label, container=True)
                array = make[0].partition(" = ")[2].rstrip(";")
                return [f"{at} = {{static_cast<{element} *>({array}), (size_t)pragmatist_count({number})}};"], []
            case _:
                inner = inner or Type(kind="int", name="char", size=1)
                site_ = self.site(label, container=True)
                element = self.spelled(inner)
                make, show = self.object(f"{at}[{i}]", inner, label + "[]", depth + 1, site_, i)
                truth = inner.kind == "bool" and type_.name == "std::vector"
                if truth:
                    make, show = [f"{at}[{i}] = ({i} * 7 + 3) % 5 < 2;"], []
                loop = f"for (long {i} = 0; {i} < (long){at}.size(); {i}++) {{"
                before = [f"{at}.clear();"]
                if type_.name == "std::vector" and inner.kind in KINDS and not truth:
                    room = "1 << 22" if site is None else f"4 * pragmatist_count({site_}) + 4096"
                    before += [f"if (pragmatist_is_survey()) {at}.reserve({room});"]
                after = []
                if type_.name == "std::vector" and inner.kind in KINDS and not truth:
                    after = [
                        f"pragmatist_container({site_}, {at}.data(), sizeof({element}), {at}.size(), {at}.capacity());"
                    ]
                return [*before, f"{at}.resize(pragmatist_count({site_}));", loop, *make, "}", *after], [
                    loop,
                    *show,
                    "}",
                ]


def show_scalar(at: str, kind: str) -> str:
    kind = kind if kind.startswith("pragmatist") else f"'{kind}'"
    return f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), {kind});"
