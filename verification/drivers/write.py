"""The driver's text, put together around one call: objects are made, the function is called, all is printed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import msgspec

from ...analysis.facts import Language
from ...analysis.ir import tree as ir
from ...analysis.ir.types import DOUBLE, Type
from .contents import KINDS, Contents, Scalar, Site, Statements, show_scalar
from .driver import HARNESS, HEADER, Undrivable
from .library import HANDLERS, PRINTED, has_words_for_keys
from .spell import PLAIN, Instance, dimensions_of, element_of, instance_of, quoted
from .uses import Uses

# The kind of a scalar whose type the text does not tell, asked of the compiler.
_PRELUDE_C = """\
#define pragmatist_kind(x) _Generic((x), float: 'f', double: 'f', long double: 'f', _Bool: 'b', \\
  float _Complex: 'z', double _Complex: 'z', default: 'i')
/* What is no number is not printed: nobody knows which of its bytes mean something. */
#define pragmatist_kind_of_number(x) _Generic((x), float: 'f', double: 'f', long double: 'f', _Bool: 'b', char: 'i', \\
  signed char: 'i', unsigned char: 'i', short: 'i', unsigned short: 'i', int: 'i', unsigned: 'i', long: 'i', \\
  unsigned long: 'i', long long: 'i', unsigned long long: 'i', float _Complex: 'z', double _Complex: 'z', default: 0)
#define pragmatist_show_any(x) \\
  (pragmatist_kind_of_number(x) ? pragmatist_show(&(x), sizeof(x), sizeof(x), pragmatist_kind_of_number(x)) : (void)0)
"""
_PRELUDE_CPP = """\
#include <new>
#include <type_traits>
template <class T> struct pragmatist_kind_of { static const char value = 'i'; };
template <> struct pragmatist_kind_of<float> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<double> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<long double> { static const char value = 'f'; };
template <> struct pragmatist_kind_of<bool> { static const char value = 'b'; };
template <class T> static char pragmatist_kind(const T &) { return pragmatist_kind_of<T>::value; }
/* What is no number is not printed: nobody knows which of its bytes mean something. */
template <class T> void pragmatist_show_any(const T &x) {
  if (std::is_arithmetic<T>::value) pragmatist_show(&x, sizeof x, sizeof x, pragmatist_kind(x));
}
/* Memory that becomes a pointer of whatever type is asked for. */
struct pragmatist_memory {
  void *at;
  template <class T> operator T *() const { return static_cast<T *>(at); }
};
struct pragmatist_number {
  long value;
  template <class T> operator T() const { return static_cast<T>(value); }
};
/* An object by whichever constructor there is: the first arguments are zeros and empty objects of any other type. Its
   members get their contents afterwards. */
template <class A, class B> struct pragmatist_other { typedef int type; };
template <class A> struct pragmatist_other<A, A> {};
template <class Object> struct pragmatist_empty {
  template <class T, class = typename pragmatist_other<T, Object>::type> operator T() const { return T(); }
};
template <int N> struct pragmatist_rank : pragmatist_rank<N - 1> {};
template <> struct pragmatist_rank<0> {};
template <class T> auto pragmatist_new(pragmatist_rank<5>) -> decltype(T{}) { return T{}; }
template <class T, class E = pragmatist_empty<T> >
auto pragmatist_new(pragmatist_rank<4>) -> decltype(T(E())) { return T(E()); }
template <class T, class E = pragmatist_empty<T> >
auto pragmatist_new(pragmatist_rank<3>) -> decltype(T(E(), E())) { return T(E(), E()); }
template <class T, class E = pragmatist_empty<T> >
auto pragmatist_new(pragmatist_rank<2>) -> decltype(T(E(), E(), E())) { return T(E(), E(), E()); }
template <class T, class E = pragmatist_empty<T> >
auto pragmatist_new(pragmatist_rank<1>) -> decltype(T(E(), E(), E(), E())) { return T(E(), E(), E(), E()); }
"""
_MADE = "pragmatist_new<{}>(pragmatist_rank<5>())"


class Written(msgspec.Struct):
    """`pointers` are the parameters that point to arrays: name, site and type. `stand_ins` are the functions that ours
    stand in for, `overridable` the virtual ones that are called. `follows`: what pointers lead to afterwards
    is printed."""

    text: bytes
    scalars: list[Scalar]
    sites: list[Site]
    pointers: list[tuple[str, int, Type]]
    stand_ins: list[str]
    overridable: list[str]
    follows: bool


class Writer:
    def __init__(
        self,
        function: ir.Function,
        unit: ir.Unit,
        uses: Uses,
        language: Language,
        text: bytes,
        headers: Sequence[bytes] = (),
    ) -> None:
        self._function, self._unit, self._uses = function, unit, uses
        self._cpp = language == "cpp"
        record = unit.records.get(function.record or "")
        named = [*function.parameters, *function.locals, *(record.fields.values() if record is not None else ())]
        words = any(has_words_for_keys(each) for each in (function.result, *(each.type for each in named)))
        self._contents = Contents(unit, uses, self._cpp, (text, *headers), words)
        self._pointers: list[tuple[str, int, Type]] = []
        others = dict.fromkeys(uses.stepped, "double *") | dict.fromkeys(uses.called, "pragmatist_callable")
        self._instance = instance_of(text, function.start, function.name, others) if self._cpp else Instance()

    def written(self) -> Written:
        """Raises `Undrivable`."""
        function = self._function
        self._contents.functions += self._instance.bindings
        if function.is_variadic:
            raise Undrivable("it takes a variable number of arguments")
        make: Statements = []
        show: Statements = []
        for symbol in self._globals():
            one, other = self._contents.object(symbol.name, symbol.type, symbol.name, 0)
            make += one
            show += self._labelled(symbol.name, other)
        for symbol in self._initialised():
            show += self._labelled(symbol.name, self._contents.printing(symbol.name, symbol.type, symbol.name))
        arguments: Statements = []
        for number, parameter in enumerate(function.parameters):
            name = f"pragmatist_{number}"
            label = parameter.name or f"argument {number + 1}"
            type_ = self._type_of(parameter)
            self._contents.declared = parameter.start
            if (stand_in := self._stand_in(type_, label)) is not None:
                arguments.append(stand_in)
                continue
            if (end := self._end(parameter, type_, name, label)) is not None:
                make += end
                arguments.append(name)
                continue
            if type_.kind == "pointer":
                self._pointers.append((parameter.name, len(self._contents.sites), type_))
            declared, one, other = self._parameter(name, type_, label)
            make += [declared, *one]
            if type_.kind in ("record", "array"):
                make.append(f"pragmatist_own(&{name}, sizeof {name});")
            if parameter.type.kind not in KINDS:  # a number that is passed by value is the caller's afterwards too
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
        written = "\n".join([*self._contents.functions, *body])
        prelude = _PRELUDE_CPP if self._cpp else _PRELUDE_C
        if self._contents.stand_ins:
            prelude += f'#include "{HARNESS / "functions.h"}"\n'
        if re.search(r"\bpragmatist_(word|text)\b|\bstd::multi(map|set)\b", written):
            prelude += f'#include "{HARNESS / "words.h"}"\n'
            body[1:1] = ["pragmatist_texts.clear();"]
        text = "\n".join(
            [
                "",
                f'#line 1 "driver of {function.name}"',
                "#undef main",
                f'#include "{HEADER}"',
                prelude,
                *self._contents.functions,
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
        contents = self._contents
        return Written(
            text.encode(),
            contents.scalars,
            contents.sites,
            self._pointers,
            contents.stand_ins,
            contents.overridable,
            contents.follows,
        )

    def _type_of(self, parameter: ir.Symbol) -> Type:
        type_ = parameter.type
        while type_.kind == "reference" and type_.inner is not None:
            type_ = type_.inner
        if type_.kind == "unknown" and type_.name in self._uses.stepped and self._cpp and not self._instance.named:
            return Type(kind="pointer", inner=DOUBLE, size=8)
        return type_

    def _stand_in(self, type_: Type, label: str) -> str | None:
        """The argument, where the parameter is a function."""
        if type_.kind == "pointer" and type_.inner is not None and type_.inner.kind == "function":
            return self._contents.function(label)
        if type_.name == "std::function":
            return self._contents.function(label)
        if type_.kind == "unknown" and type_.name in self._uses.called and self._cpp and not self._instance.named:
            self._contents.stand_ins.append(label)
            return "pragmatist_callable()"
        return None

    def _end(self, parameter: ir.Symbol, type_: Type, name: str, label: str) -> Statements | None:
        """What makes the end of a range, whose first element another parameter points to."""
        names = [each.name for each in self._function.parameters]
        first = self._uses.ends.get(parameter.name)
        if first not in names[: names.index(parameter.name)] or type_.kind != "pointer" or type_.inner is None:
            return None
        if type_.inner.kind in ("void", "array"):
            return None
        element = self._contents.spelled(type_.inner)
        size = f"pragmatist_scalar({self._contents.scalar(label, Type(kind='int', name='long', size=8))})"
        return [f"{element} *{name} = ({element} *)pragmatist_{names.index(first)} + {size};"]

    def _globals(self) -> list[ir.Symbol]:
        """Those to be given contents: what the text initialises keeps that."""
        return [each for each in self._variables() if each.initializer is None]

    def _initialised(self) -> list[ir.Symbol]:
        return [each for each in self._variables() if each.initializer is not None]

    def _variables(self) -> Iterator[ir.Symbol]:
        """The globals that the function may change."""
        for symbol in self._uses.globals.values():
            unclear = symbol.type.kind in ("function", "unknown", "auto", "reference")
            if not unclear and not symbol.type.const and symbol.name not in ("stdin", "stdout", "stderr"):
                yield symbol

    def _parameter(self, name: str, type_: Type, label: str) -> tuple[str, Statements, Statements]:
        """Its declaration, the statements that fill it and those that print it."""
        if type_.kind == "pointer" and not self._cpp:
            make, _ = self._contents.object(name, type_, label, 0)
            return f"void *{name};", make, []
        if type_.kind == "pointer" and self._cpp and element_of(type_).kind != "array":
            make, _ = self._contents.object(name, type_, label, 0)
            return f"{self._contents.spelled(type_)}{name};", make, []
        if type_.kind == "pointer" and self._cpp:
            make, _ = self._contents.object(f"{name}.at", type_, label, 0, raw=True)
            return f"pragmatist_memory {name};", make, []
        if type_.kind == "int" and (type_.name.startswith("enum") or (self._cpp and type_.name not in PLAIN)):
            scalar = f"pragmatist_scalar({self._contents.scalar(label, type_)})"
            if self._cpp:
                return f"pragmatist_number {name};", [f"{name}.value = {scalar};"], []
            return f"long {name};", [f"{name} = {scalar};"], []
        if type_.kind == "array":
            flat, base = dimensions_of(type_)
            declared = f"{self._contents.spelled(base)} {name}{''.join(f'[{each}]' for each in flat)};"
        else:
            spelling = self._contents.spelled(type_)
            beginning = {"record": "{}" if self._cpp else " = {0}"}.get(type_.kind, "")
            if self._cpp and type_.kind == "record" and type_.name not in HANDLERS:
                beginning = f" = {_MADE.format(spelling)}"
            declared = f"{spelling} {name}{beginning};"
        make, show = self._contents.object(name, type_, label, 0)
        return declared, make, show

    def _labelled(self, label: str, show: Statements) -> Statements:
        return [f"pragmatist_label({quoted(label)});", *show] if show else []

    def _call(self, arguments: Statements) -> tuple[str, Statements, Statements]:
        """The call, the statements that make its object, and those that print it."""
        function = self._function
        passed = ", ".join(arguments)
        if function.record is None or function.this is None:
            return f"{function.name}{self._instance.arguments}({passed})", [], []
        type_ = Type(kind="record", name=function.record)
        if function.record not in self._unit.records:
            raise Undrivable(f"the class {function.record} is not in sight")
        make, show = self._contents.record("pragmatist_object", type_, "this->", 0, None, "0")
        short = function.name.rpartition("::")[2]
        if short == function.record.rpartition("::")[2] or short.startswith(("~", "operator")):
            raise Undrivable("it is a constructor, a destructor or an operator")
        own = "pragmatist_own(&pragmatist_object, sizeof pragmatist_object);"
        return (
            f"pragmatist_object.{short}{self._instance.arguments}({passed})",
            [f"{function.record} pragmatist_object = {_MADE.format(function.record)};", own, *make],
            self._labelled("the object", show),
        )

    def _result(self, call: str) -> tuple[str, Statements]:
        result = self._function.result
        if result.kind in KINDS:
            name, kind = "pragmatist_result", KINDS[result.kind]
            declared = f"{self._contents.spelled(result)} {name} = {call};"
            return declared, self._labelled("result", [show_scalar(name, kind)])
        if result.kind == "record" and (result.name in PRINTED or result.name in self._unit.records):
            show = self._contents.printing("pragmatist_result", result, "result")
            kept = "auto" if self._cpp else self._contents.spelled(result)
            return f"{kept} pragmatist_result = {call};", self._labelled("result", show)
        if result.kind in ("pointer", "reference") and result.inner is not None:
            name, address = "pragmatist_result", ""
            if result.kind == "reference":
                result, address = Type(kind="pointer", inner=result.inner, size=8), "&"
            kept = "const void *" if not self._cpp else "auto &&" if address else "auto "
            return f"{kept}{name} = {call};", self._labelled(
                "result", self._contents.leads(f"{address}{name}", result, "result", 0)
            )
        if result.kind in ("unknown", "auto"):
            kept = "auto" if self._cpp else "__auto_type"
            return f"{kept} pragmatist_result = {call};", self._labelled(
                "result", ["pragmatist_show_any(pragmatist_result);"]
            )
        return f"(void){call};" if result.kind != "void" else f"{call};", []
