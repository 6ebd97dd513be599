"""A loop with the clauses of a plan acted out: its iterations in another order, on threads that are played by turns.

The text that comes out is C++20, whatever went in. Each played thread has copies of the private variables, poisoned
at first and kept from one of its iterations to the next, and its own accumulators; what threads share, they share. So a
loop that is called parallel must give what it gave before, whichever order and number of threads is played.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from pragmatist.analysis.facts import LoopFacts, Place
from pragmatist.reasoning.plan import Plan, Reduction

# Played by `played_` in turn: the order of the iterations, and which thread takes which.
RUNTIME = """\
#include <cstring>
#include <iterator>
#include <type_traits>
#include <tuple>
#include <vector>
static unsigned played_ = 0;
static unsigned drawn_(void) { static unsigned s = 1; s = s * 1664525u + 1013904223u; return s >> 8; }
template <class T> struct Copy_ { alignas(T) unsigned char bytes[sizeof(T)]; T &get() { return *(T *)bytes; } };
struct Play_ {
    long count; std::vector<long> order; std::vector<int> thread; int threads;
    explicit Play_(long n) : count(n), order(n), thread(n) {
        for (long k = 0; k < n; k++) order[k] = played_ == 0 ? n - 1 - k : k;
        if (played_) for (long k = n - 1; k > 0; k--) std::swap(order[k], order[drawn_() % (k + 1)]);
        threads = played_ < 2 ? n : 3;
        for (long k = 0; k < n; k++) thread[k] = played_ < 2 ? k : drawn_() % 3;
    }
};
template <class T> static std::vector<Copy_<T>> copies_(int n, int poison) {
    std::vector<Copy_<T>> made(n);
    for (auto &one : made) { std::memset(one.bytes, poison, sizeof(T)); if constexpr (!std::is_trivial_v<T>) new (one.bytes) T(); }
    return made;
}
template <class T> static std::vector<Copy_<T>> firsts_(int n, const T &from) {
    std::vector<Copy_<T>> made(n);
    for (auto &one : made) if constexpr (std::is_trivially_copyable_v<T>) std::memcpy(one.bytes, &from, sizeof(T));
        else new (one.bytes) T(from);
    return made;
}
template <class T, class V> static void all_(T &what, V value) {
    if constexpr (std::is_array_v<T>) for (auto &part : what) all_(part, value); else what = (T)value;
}
template <class T, class F> static void pairwise_(T &to, T &from, F f) {
    if constexpr (std::is_array_v<T>) for (std::size_t k = 0; k < std::extent_v<T>; k++) pairwise_(to[k], from[k], f);
    else to = f(to, from);
}
template <class T, class F> static void combine_(T &to, std::vector<Copy_<T>> &parts, F f) {
    for (auto &part : parts) pairwise_(to, part.get(), f);
}
"""

_IDENTITY = {"+": "0", "-": "0", "*": "1", "^": "0", "|": "0", "&": "~0ull", "||": "0", "&&": "1"}
_RANGE = re.compile(r"for\s*\((.*?[\w\]])\s*:(?!:)\s*(.*)\)\s*\Z", re.DOTALL)


class CannotAct(ValueError):
    """The plan holds something that is not acted out here."""


def acted_out(text: str, nest: Sequence[LoopFacts], plan: Plan) -> str:
    """The text of the loop `nest[0]`, acted out; with more loops, all of them collapsed. Offsets are those of `text`.

    Raises `CannotAct` for what has no name to shadow.
    """
    outer = nest[0]
    body = _cut(text, nest[-1].body)
    original = _cut(text, outer.place)
    before, shadows, last, after = _clauses(plan)
    values, declarations = _values(text, nest)
    loop = (
        f"{{ {values} Play_ play_(values_.size()); {' '.join(before)}\n"
        f"for (long n_ = 0; n_ < play_.count; n_++) {{ const long q_ = play_.order[n_]; "
        f"const int t_ = play_.thread[n_]; {declarations} {' '.join(shadows)}\n"
        f"do {body} while (0);\n if (q_ == play_.count - 1) {{ {' '.join(last)} }} }}\n{' '.join(after)} }}"
    )
    return f"{{ if (!({plan.condition or 1})) {{ {original} }} else {loop} }}"


def _values(text: str, nest: Sequence[LoopFacts]) -> tuple[str, str]:
    """What collects the values that the counters take, and what declares them again in an iteration."""
    headers = [text[loop.place.start : loop.body.start] for loop in nest]
    if nest[0].kind == "range-for":
        found = _RANGE.match(headers[0])
        if found is None or len(nest) > 1:
            raise CannotAct(headers[0])
        declaration, range_ = found.groups()
        collect = (
            f"auto &&range_ = {range_}; std::vector<decltype(std::begin(range_))> values_; "
            f"for (auto it_ = std::begin(range_); it_ != std::end(range_); ++it_) values_.push_back(it_);"
        )
        return collect, f"{declaration} = *values_[q_];"
    names = []
    for loop in nest:
        if loop.header is None:
            raise CannotAct("no counter")
        names.append(loop.header.variable)
    collect = (
        f"std::vector<{_value_type(nest)}> values_; {' '.join(headers)} values_.push_back({{{', '.join(names)}}});"
    )
    declarations = " ".join(f"auto {name} = std::get<{n}>(values_[q_]);" for n, name in enumerate(names))
    return collect, declarations


def _value_type(nest: Sequence[LoopFacts]) -> str:
    types = []
    for loop in nest:
        assert loop.header is not None
        declared = loop.header.declared_in_header
        lower = loop.header.lower
        name = loop.header.variable_type
        if name == "auto" or not name:
            types.append(f"std::decay_t<decltype({lower})>")
        elif declared:
            types.append(name)
        else:
            types.append(f"std::remove_cvref_t<decltype({loop.header.variable})>")
    return f"std::tuple<{', '.join(types)}>"


def _clauses(plan: Plan) -> tuple[list[str], list[str], list[str], list[str]]:
    """Statements before the loop, at the start of an iteration, after the last one, and after the loop."""
    before, shadows, last, after = [], [], [], []
    for name in dict.fromkeys((*plan.private, *plan.firstprivate, *plan.lastprivate)):
        _plain(name)
        before.append(f"auto &outer_{name} = {name}; using T_{name} = std::remove_reference_t<decltype({name})>;")
        made = f"firsts_<T_{name}>(play_.threads, {name})" if name in plan.firstprivate else ""
        made = made or f"copies_<T_{name}>(play_.threads, 0x{0x11 * (len(before) % 9 + 1):x})"
        before.append(f"auto copies_{name} = {made};")
        shadows.append(f"T_{name} &{name} = copies_{name}[t_].get();")
        if name in plan.lastprivate:
            last.append(f"std::memcpy((void *)&outer_{name}, (void *)&{name}, sizeof(T_{name}));")
    for reduction in plan.reductions:
        one, two, three = _reduction(reduction)
        before.append(one)
        shadows.append(two)
        after.append(three)
    return before, shadows, last, after


def _reduction(reduction: Reduction) -> tuple[str, str, str]:
    operator = reduction.operator
    symbol = "+" if operator == "-" else operator
    if operator in ("min", "max"):
        function = f"[](auto l, auto r) {{ return r {'<' if operator == 'min' else '>'} l ? r : l; }}"
    else:
        function = f"[](auto l, auto r) -> decltype(l) {{ return l {symbol} r; }}"
    name, _, section = reduction.variable.partition("[")
    _plain(name)
    if section:
        lower, _, count = section.removesuffix("]").partition(":")
        if "[" in count:
            raise CannotAct(reduction.variable)
        element = f"std::remove_reference_t<decltype({name}[0])>"
        identity = _identity(operator, element)
        return (
            f"using T_{name} = {element}; const long lower_{name} = {lower or 0}, count_{name} = {count}; "
            f"T_{name} *outer_{name} = &{name}[0]; std::vector<std::vector<T_{name}>> copies_{name}(play_.threads, "
            f"std::vector<T_{name}>(count_{name}, {identity}));",
            f"T_{name} *{name} = copies_{name}[t_].data() - lower_{name};",
            f"for (auto &part_ : copies_{name}) for (long k_ = 0; k_ < count_{name}; k_++) "
            f"pairwise_(outer_{name}[lower_{name} + k_], part_[k_], {function});",
        )
    element = f"std::remove_all_extents_t<T_{name}>"
    return (
        f"auto &outer_{name} = {name}; using T_{name} = std::remove_reference_t<decltype({name})>; "
        f"auto copies_{name} = copies_<T_{name}>(play_.threads, 0); "
        f"for (auto &one_ : copies_{name}) all_(one_.get(), {_identity(operator, element)});",
        f"T_{name} &{name} = copies_{name}[t_].get();",
        f"combine_(outer_{name}, copies_{name}, {function});",
    )


def _identity(operator: str, element: str) -> str:
    if operator in ("min", "max"):
        return f"std::numeric_limits<{element}>::{'max' if operator == 'min' else 'lowest'}()"
    return f"({element}){_IDENTITY[operator]}"


def _plain(name: str) -> None:
    if not name.isidentifier():
        raise CannotAct(name)


def _cut(text: str, place: Place) -> str:
    return text[place.start : place.end]
