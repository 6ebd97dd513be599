"""The driver's text: statements that make, and that print, a value of each type, put together around one call."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ...analysis.facts import Language
from ...analysis.ir import tree as ir
from ...analysis.ir.types import Field, Type
from .driver import HEADER, Undrivable
from .uses import Uses

MOST_SITES = 200
_TEMPLATE = re.compile(rb"\btemplate\s*<([^<>]*)>\s*")
_TYPE_PARAMETER = re.compile(rb"\b(?:typename|class)\s+(\w+)")
_DEEPEST = 4  # pointers within what pointers point to; what is deeper, as in a list, is null
_KINDS = {"int": "i", "float": "f", "bool": "b", "complex": "z"}
_CONTAINERS = ("std::vector", "std::string", "std::array", "std::span", "std::pair", "std::complex", "std::deque")

# The kind of a scalar whose type the text does not tell, asked of the compiler.
_PRELUDE_C = """\
#define pragmatist_kind(x) _Generic((x), float: 'f', double: 'f', long double: 'f', _Bool: 'b', \\
  float _Complex: 'z', double _Complex: 'z', default: 'i')
"""
_PRELUDE_CPP = """\
template <class T> struct pragmatist_kind_of { static const char value = 'i'; };
template <> struct pragmatist_kind_of<float> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<double> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<long double> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<bool> { static const char value = 'b'; };
template <class T> static char pragmatist_kind(const T &) { return pragmatist_kind_of<T>::value; }
/* Memory that becomes a pointer of whatever type is asked for. */
struct pragmatist_memory {
  void *at;
  template <class T> operator T *() const { return static_cast<T *>(at); }
};
struct pragmatist_number {
  long value;
  template <class T> operator T() const { return static_cast<T>(value); }
};
"""


class Scalar(msgspec.Struct, frozen=True):
    """An integer whose value the input's description gives. `name` is of the parameter, global or member."""

    name: str
    type: Type


class Site(msgspec.Struct, frozen=True):
    """A place in a type that holds arrays of its own. `path` is for a person; `container`: it has a size."""

    path: str
    container: bool = False


class Written(msgspec.Struct):
    """`pointers` are the parameters that point to arrays: name, site and type."""

    text: bytes
    scalars: list[Scalar]
    sites: list[Site]
    pointers: list[tuple[str, int, Type]]


class Writer:
    def __init__(self, function: ir.Function, unit: ir.Unit, uses: Uses, language: Language, text: bytes) -> None:
        self._function, self._unit, self._uses, self._language = function, unit, uses, language
        self._cpp = language == "cpp"
        self.scalars: list[Scalar] = []
        self.sites: list[Site] = []
        self._top: list[str] = []  # fill and show functions
        self._pointers: list[tuple[str, int, Type]] = []
        self._leaves = 0
        self._template = template_parameters(text, function.start) if self._cpp else []
        self._counter = 0

    def written(self) -> Written:
        """Raises `Undrivable`."""
        function = self._function
        for name in self._template:
            self._top.append(f"typedef double {name};")
        if function.is_variadic:
            raise Undrivable("it takes a variable number of arguments")
        make: list[str] = []
        show: list[str] = []
        for symbol in self._globals():
            one, other = self._object(symbol.name, symbol.type, symbol.name, 0)
            make += one
            show += self._labelled(symbol.name, other)
        arguments: list[str] = []
        for number, parameter in enumerate(function.parameters):
            name = f"pragmatist_{number}"
            label = parameter.name or f"argument {number + 1}"
            type_ = parameter.type
            while type_.kind == "reference" and type_.inner is not None:
                type_ = type_.inner
            if type_.kind == "pointer":
                self._pointers.append((parameter.name, len(self.sites), type_))
            declared, one, other = self._parameter(name, type_, label)
            make += [declared, *one]
            show += self._labelled(label, other)
            arguments.append(name)
        call, before, after = self._call(arguments)
        result, shown = self._result(call)
        body = [
            "static void pragmatist_input(int pragmatist_which) {",
            *make,
            *before,
            "pragmatist_before_call(pragmatist_which);",
            result,
            "pragmatist_after_call(pragmatist_which);",
            *shown,
            *show,
            *after,
            "pragmatist_show_arrays();",
            "pragmatist_free_arrays();",
            "}",
        ]
        prelude = _PRELUDE_CPP if self._cpp else _PRELUDE_C
        text = "\n".join(
            [
                "",
                f'#line 1 "driver of {function.name}"',
                "#undef main",
                f'#include "{HEADER}"',
                prelude,
                *self._top,
                *body,
                "int main(int pragmatist_count_of_inputs, char **pragmatist_inputs) {",
                "for (int pragmatist_i = 1; pragmatist_i < pragmatist_count_of_inputs; pragmatist_i++) {",
                "pragmatist_read_input(pragmatist_inputs[pragmatist_i]);",
                "pragmatist_input(pragmatist_i);",
                "}",
                "return 0;",
                "}",
                "",
            ]
        )
        return Written(text.encode(), self.scalars, self.sites, self._pointers)

    def _globals(self) -> list[ir.Symbol]:
        """Those to be given contents: what the text initialises keeps that."""
        found = []
        for symbol in self._uses.globals.values():
            type_ = symbol.type
            if (
                type_.kind in ("function", "unknown", "auto", "reference")
                or type_.const
                or symbol.name in ("stdin", "stdout", "stderr")
            ):
                continue
            if symbol.initializer is None:
                found.append(symbol)
        return found

    def _parameter(self, name: str, type_: Type, label: str) -> tuple[str, list[str], list[str]]:
        """Its declaration, the statements that fill it and those that print it."""
        if type_.kind == "pointer" and not self._cpp:
            make, _ = self._object(name, type_, label, 0)
            return f"void *{name};", make, []
        if type_.kind == "pointer" and self._cpp and _element(type_).kind != "array":
            make, _ = self._object(name, type_, label, 0)
            return f"{spelled(type_, self._unit, self._cpp)}{name};", make, []
        if type_.kind == "pointer" and self._cpp:
            make, _ = self._object(f"{name}.at", type_, label, 0, raw=True)
            return f"pragmatist_memory {name};", make, []
        if type_.kind == "int" and (type_.name.startswith("enum") or (self._cpp and type_.name not in _PLAIN)):
            scalar = f"pragmatist_scalar({self._scalar(label, type_)})"
            if self._cpp:
                return f"pragmatist_number {name};", [f"{name}.value = {scalar};"], []
            return f"long {name};", [f"{name} = {scalar};"], []
        if type_.kind == "array":
            flat, base = _dimensions(type_)
            declared = f"{spelled(base, self._unit, self._cpp)} {name}{''.join(f'[{each}]' for each in flat)};"
        else:
            declared = (
                f"{spelled(type_, self._unit, self._cpp)} {name}{'{}' if self._cpp and type_.kind == 'record' else ''};"
            )
            if not self._cpp and type_.kind == "record":
                declared = declared[:-1] + " = {0};"
        make, show = self._object(name, type_, label, 0)
        return declared, make, show

    def _scalar(self, name: str, type_: Type) -> int:
        self.scalars.append(Scalar(name, type_))
        return len(self.scalars) - 1

    def _site(self, path: str, container: bool = False) -> int:
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

    def _labelled(self, label: str, show: list[str]) -> list[str]:
        return [f"pragmatist_label({quoted(label)});", *show] if show else []

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

    def _object(
        self, at: str, type_: Type, label: str, depth: int, site: int | None = None, index: str = "0", raw: bool = False
    ) -> tuple[list[str], list[str]]:
        """Statements that give the object `at` contents, and that print it. `index` is its subscript in its array,
        whose contents `site` numbers; None where it lies in none."""
        match type_.kind:
            case "int" if site is None:
                return [f"{at} = {self._converted(type_)}(pragmatist_scalar({self._scalar(label, type_)}));"], [
                    _show(at, "i")
                ]
            case "int" | "float" | "bool" | "complex" | "unknown" | "auto":
                if type_.kind in ("unknown", "auto") and (not type_.name or "<" in type_.name):
                    raise Undrivable(f"the type of {label} is not known")
                kind = f"'{_KINDS[type_.kind]}'" if type_.kind in _KINDS else f"pragmatist_kind({at})"
                where = self._leaf() if site is None else site
                role = self._role(label, type_)
                put = f"pragmatist_put((void *)&{at}, sizeof({at}), {kind}, {role}, {where}, {index});"
                return [put], [_show(at, kind.strip("'"))]
            case "reference" if type_.inner is not None:
                raise Undrivable(f"{label} holds a reference")
            case "array":
                return self._array(at, type_, label, depth, site, index)
            case "pointer":
                return self._pointer(at, type_, label, depth, raw), []
            case "record":
                return self._record(at, type_, label, depth, site, index)
            case _:
                raise Undrivable(f"{label} is of a type that no input can be made for ({type_.kind})")

    def _converted(self, type_: Type) -> str:
        if self._cpp:
            return (
                f"({spelled(type_, self._unit, self._cpp)})"
                if " " not in spelled(type_, self._unit, self._cpp) or type_.name in _PLAIN
                else ""
            )
        return ""

    def _array(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[list[str], list[str]]:
        base = type_
        while base.kind == "array" and base.inner is not None:
            base = base.inner
        if base.kind in _KINDS or base.kind == "unknown":
            element = f"{spelled(base, self._unit, self._cpp)}"
            kind = f"'{_KINDS[base.kind]}'" if base.kind in _KINDS else f"pragmatist_kind(*({element} *)&{at})"
            where = self._leaf() if site is None else site
            sizes = f"sizeof({at}), sizeof({element}), {kind}"
            put = f"pragmatist_put_all((void *)&{at}, {sizes}, {self._role(label, base)}, {where}, {index});"
            return [put], [f"pragmatist_show((const void *)&{at}, {sizes});"]
        i = self._fresh("i")
        where = self._leaf() if site is None else site
        make, show = self._object(f"{at}[{i}]", _element(type_), label + "[]", depth, where, i)
        loop = f"for (long {i} = 0; {i} < (long)(sizeof({at}) / sizeof({at}[0])); {i}++) {{"
        return [loop, *make, "}"], [loop, *show, "}"] if show else []

    def _pointer(self, at: str, type_: Type, label: str, depth: int, raw: bool) -> list[str]:
        target = type_.inner
        if target is None or target.kind in ("void", "function"):
            raise Undrivable(
                f"{label} points to {'a function' if target and target.kind == 'function' else 'memory of no type'}"
            )
        if depth >= _DEEPEST or (target.kind == "record" and f"{label}".count("->") > 1):
            return [f"{at} = 0;"]
        if target.kind == "record" and target.name.endswith(("FILE", "_IO_FILE")):
            raise Undrivable(f"{label} is an open file")
        site = self._site(label)
        element, base = target, target
        while base.kind == "array" and base.inner is not None:
            base = base.inner
        # Rows of a declared length are flat memory: the first subscript alone says how far it goes.
        flat = base is not element
        element = base if flat else element
        element_type = spelled(element, self._unit, self._cpp)
        first, i = "((" + element_type + " *)pragmatist_first)", "pragmatist_i"
        inner = label + ("[]" if element.kind != "record" else "->")
        make, show = self._object(f"{first}[{i}]", element, inner, depth + 1, site, i)
        fill, shown = self._fresh("fill"), self._fresh("show")
        loop = f"for (long {i} = pragmatist_from; {i} < pragmatist_to; {i}++) {{"
        head = "(void *pragmatist_first, long pragmatist_from, long pragmatist_to) {"
        self._top += [f"static void {fill}{head}", loop, *make, "}", "}"]
        self._top += [f"static void {shown}{head}"]
        if element.kind in _KINDS or element.kind == "unknown":
            kind = f"'{_KINDS[element.kind]}'" if element.kind in _KINDS else f"pragmatist_kind({first}[0])"
            whole = f"{first} + pragmatist_from, (pragmatist_to - pragmatist_from) * sizeof({element_type})"
            show = [f"pragmatist_show({whole}, sizeof({element_type}), {kind});"]
        else:
            show = [loop, *show, "}"]
        self._top += [f"pragmatist_label({quoted(label)});", *show, "}"] if show else ["}"]
        rows = 1 if element.kind in ("pointer", "record") else 0
        made = f"pragmatist_array({site}, sizeof({element_type}), {fill}, {shown}, {rows})"
        if self._cpp and not raw:
            return [f"{at} = pragmatist_memory{{{made}}};"]
        return [f"{at} = {made};"]

    def _record(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[list[str], list[str]]:
        name = type_.name
        if name in _CONTAINERS:
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
            one, other = self._record(at, Type(kind="record", name=base), label, depth + 1, site, index)
            make, show = make + one, show + other
        path = label if label.endswith("->") else label + "."
        for field in record.fields.values():
            if field.type.const:
                continue
            if field.type.kind == "pointer" and field.name not in self._uses.members:
                make.append(f"{at}.{field.name} = 0;")
                continue
            own = None if site is None or self._sizes(field) else self._leaf()
            one, other = self._object(f"{at}.{field.name}", field.type, path + field.name, depth + 1, own, index)
            make, show = make + one, show + other
        return make, show

    def _sizes(self, field: Field) -> bool:
        """Whether a member says how far a loop goes: then it is a size of the input's, in whatever array it lies."""
        return field.type.kind == "int" and bool(self._uses.of(field.name) & {"bound", "stride", "start", "step"})

    def _container(
        self, at: str, type_: Type, label: str, depth: int, site: int | None, index: str
    ) -> tuple[list[str], list[str]]:
        where = self._leaf() if site is None else site
        i = self._fresh("i")
        inner = type_.arguments[0] if type_.arguments else None
        match type_.name:
            case "std::complex":
                put = f"pragmatist_put((void *)&{at}, sizeof({at}), 'z', PRAGMATIST_DATA, {where}, {index});"
                return [put], [f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), 'z');"]
            case "std::pair":
                first, second = (
                    self._object(f"{at}.{name}", each, f"{label}.{name}", depth + 1, where, index)
                    for name, each in zip(("first", "second"), type_.arguments, strict=True)
                )
                return first[0] + second[0], first[1] + second[1]
            case "std::array":
                assert inner is not None
                make, show = self._object(f"{at}[{i}]", inner, label + "[]", depth + 1, where, i)
                loop = f"for (long {i} = 0; {i} < (long){at}.size(); {i}++) {{"
                return [loop, *make, "}"], [loop, *show, "}"]
            case "std::span":
                assert inner is not None
                before = len(self.sites)
                make = self._pointer(at, Type(kind="pointer", inner=inner), label, depth, True)
                element = spelled(inner, self._unit, self._cpp)
                number = next(n for n in range(before, len(self.sites)) if self.sites[n].path == label)
                self.sites[number] = Site(label, container=True)
                array = make[0].partition(" = ")[2].rstrip(";")
                return [f"{at} = {{static_cast<{element} *>({array}), (size_t)pragmatist_count({number})}};"], []
            case _:
                inner = inner or Type(kind="int", name="char", size=1)
                site_ = self._site(label, container=True)
                element = spelled(inner, self._unit, self._cpp)
                make, show = self._object(f"{at}[{i}]", inner, label + "[]", depth + 1, site_, i)
                truth = inner.kind == "bool" and type_.name == "std::vector"
                if truth:
                    make, show = [f"{at}[{i}] = ({i} * 7 + 3) % 5 < 2;"], []
                loop = f"for (long {i} = 0; {i} < (long){at}.size(); {i}++) {{"
                before = [f"{at}.clear();"]
                if type_.name == "std::vector" and inner.kind in _KINDS and not truth:
                    room = "1 << 22" if site is None else f"4 * pragmatist_count({site_}) + 4096"
                    before += [f"if (pragmatist_is_survey()) {at}.reserve({room});"]
                after = []
                if type_.name == "std::vector" and inner.kind in _KINDS and not truth:
                    after = [
                        f"pragmatist_container({site_}, {at}.data(), sizeof({element}), {at}.size(), {at}.capacity());"
                    ]
                return [*before, f"{at}.resize(pragmatist_count({site_}));", loop, *make, "}", *after], [
                    loop,
                    *show,
                    "}",
                ]

    def _call(self, arguments: list[str]) -> tuple[str, list[str], list[str]]:
        """The call, the statements that make its object, and those that print it."""
        function = self._function
        passed = ", ".join(arguments)
        if function.record is None or function.this is None:
            return f"{function.name}({passed})", [], []
        type_ = Type(kind="record", name=function.record)
        if function.record not in self._unit.records:
            raise Undrivable(f"the class {function.record} is not in sight")
        make, show = self._record("pragmatist_object", type_, "this->", 0, None, "0")
        short = function.name.rpartition("::")[2]
        if short == function.record.rpartition("::")[2] or short.startswith(("~", "operator")):
            raise Undrivable("it is a constructor, a destructor or an operator")
        return (
            f"pragmatist_object.{short}({passed})",
            [f"{function.record} pragmatist_object{{}};", *make],
            self._labelled("the object", show),
        )

    def _result(self, call: str) -> tuple[str, list[str]]:
        result = self._function.result
        if result.kind in _KINDS:
            name, kind = "pragmatist_result", _KINDS[result.kind]
            declared = f"{spelled(result, self._unit, self._cpp)} {name} = {call};"
            return declared, self._labelled("result", [_show(name, kind)])
        if result.kind == "record" and result.name in _CONTAINERS and self._cpp:
            kept = len(self.sites), len(self.scalars)
            _, show = self._object("pragmatist_result", result, "result", 0)
            del self.sites[kept[0] :], self.scalars[kept[1] :]
            return f"auto pragmatist_result = {call};", self._labelled("result", show)
        return f"(void){call};" if result.kind != "void" else f"{call};", []


_PLAIN = {
    "int", "unsigned int", "unsigned", "long", "unsigned long", "long long", "unsigned long long", "short",
    "unsigned short", "char", "signed char", "unsigned char", "size_t",
}  # fmt: skip


def _show(at: str, kind: str) -> str:
    kind = kind if kind.startswith("pragmatist") else f"'{kind}'"
    return f"pragmatist_show((const void *)&{at}, sizeof({at}), sizeof({at}), {kind});"


def _element(type_: Type) -> Type:
    assert type_.inner is not None
    return type_.inner


def _dimensions(type_: Type) -> tuple[list[str], Type]:
    found: list[str] = []
    while type_.kind == "array" and type_.inner is not None:
        if not isinstance(type_.extent, ir.Const):
            raise Undrivable("a parameter is an array whose length is not a number")
        found.append(str(type_.extent.value))
        type_ = type_.inner
    return found, type_


def spelled(type_: Type, unit: ir.Unit, cpp: bool) -> str:
    """The type as text of the file's language. Raises `Undrivable` where it has no name."""
    match type_.kind:
        case "pointer" if type_.inner is not None:
            if type_.inner.kind in ("function", "array"):
                raise Undrivable("a pointer to an array or function lies within another type")
            return spelled(type_.inner, unit, cpp) + " *"
        case "record":
            if not type_.name or re.search(r"[^\w:<>, *]", type_.name):
                raise Undrivable("a type without a name")
            if not cpp and type_.name not in unit.aliases:
                return f"struct {type_.name}"
            if not type_.arguments:
                return type_.name
            arguments = (
                str(each.extent.text) if isinstance(each.extent, ir.Const) else spelled(each, unit, cpp)
                for each in type_.arguments
            )
            return f"{type_.name}<{', '.join(arguments)}>"
        case "bool" if not cpp:
            return "_Bool"
        case _ if type_.name:
            return type_.name
        case _:
            raise Undrivable(f"a type that cannot be written ({type_.kind})")


def template_parameters(text: bytes, start: int) -> list[str]:
    """The type parameters of the template whose function begins at an offset. An instance with double is driven."""
    before = text[max(0, start - 300) : start + 300]
    header = [match for match in _TEMPLATE.finditer(before) if match.start() <= min(start, 300) <= match.end() + 200]
    header = [match for match in header if match.end() <= min(start, 300) + 1 or match.start() == min(start, 300)]
    return [name.decode() for name in _TYPE_PARAMETER.findall(header[-1][1])] if header else []


def quoted(words: str) -> str:
    return '"' + re.sub(r'[\\"\n]', "", words) + '"'


Mode = Literal["program", "function"]
