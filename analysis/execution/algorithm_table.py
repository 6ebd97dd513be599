"""Algorithms of the C++ standard library (C++20 [algorithms], [numeric.ops]): which ranges each reads and writes."""

from __future__ import annotations

import re
from typing import Literal

import msgspec

from ..ir import tree as ir

_FUNCTION_OBJECT = re.compile(
    r"(::)?(std::)?(plus|minus|multiplies|divides|modulus|negate|less|greater|less_equal|greater_equal|equal_to"
    r"|not_equal_to|logical_and|logical_or|logical_not|bit_and|bit_or|bit_xor|identity)\s*(<[\w\s:]*>)?\s*"
    r"(\(\s*\)|\{\s*\})"
)


class Run(msgspec.Struct, frozen=True):
    """Elements from argument `first` on. `perhaps`: some of them may be left out."""

    first: int
    reads: bool = False
    writes: bool = False
    perhaps: bool = False


class Algorithm(msgspec.Struct, frozen=True):
    """`arguments` is their number without the function, which comes last.

    The length of all runs is told by argument `last` (one past the end of the first run) or `count`. `given` is what
    the function gets: an element of that run, or None for another value. `once`: exactly once for each element.
    """

    arguments: int
    runs: tuple[Run, ...]
    last: int | None = 1
    count: int | None = None
    between: int | None = None  # an argument that points into the first run
    given: tuple[int | None, ...] | None = None
    required: bool = False
    once: bool = False
    result: Literal["nothing", "place", "number", "length"] = "nothing"


_READ, _CHANGED, _WRITTEN = Run(0, reads=True), Run(0, reads=True, writes=True), Run(0, writes=True)


def _copying(arguments: int = 3, given: tuple[int | None, ...] | None = None, perhaps: bool = False) -> Algorithm:
    return Algorithm(arguments, (_READ, Run(2, writes=True, perhaps=perhaps)), given=given, required=perhaps)


def _each(names: str, *forms: Algorithm) -> dict[str, tuple[Algorithm, ...]]:
    return dict.fromkeys(names.split(), forms)


_TABLE: dict[str, tuple[Algorithm, ...]] = {
    **_each("for_each", Algorithm(2, (Run(0),), given=(0,), required=True, once=True)),
    **_each("for_each_n", Algorithm(2, (Run(0),), last=None, count=1, given=(0,), required=True, once=True)),
    **_each("any_of all_of none_of count_if", Algorithm(2, (_READ,), given=(0,), required=True, result="number")),
    **_each("find_if find_if_not", Algorithm(2, (_READ,), given=(0,), required=True, result="place")),
    **_each("count", Algorithm(3, (_READ,), result="number")),
    **_each("find", Algorithm(3, (_READ,), result="place")),
    **_each("accumulate", Algorithm(3, (_READ,), given=(None, 0), result="number")),
    **_each(
        "reduce",
        Algorithm(2, (_READ,), result="number"),
        Algorithm(3, (_READ,), given=(None, 0), result="number"),
    ),
    **_each("inner_product transform_reduce", Algorithm(4, (_READ, Run(2, reads=True)), result="number")),
    **_each("min_element max_element adjacent_find", Algorithm(2, (_READ,), given=(0, 0), result="place")),
    **_each("is_sorted is_heap", Algorithm(2, (_READ,), given=(0, 0), result="number")),
    **_each("equal", Algorithm(3, (_READ, Run(2, reads=True)), given=(0, 1), result="number")),
    **_each("lower_bound", Algorithm(3, (_READ,), given=(0, None), result="place")),
    **_each("upper_bound", Algorithm(3, (_READ,), given=(None, 0), result="place")),
    **_each("binary_search", Algorithm(3, (_READ,), result="number")),
    **_each("distance", Algorithm(2, (), result="length")),
    **_each("fill iota", Algorithm(3, (_WRITTEN,))),
    **_each("fill_n", Algorithm(3, (_WRITTEN,), last=None, count=1)),
    **_each("generate", Algorithm(2, (_WRITTEN,), given=(), required=True, once=True)),
    **_each("generate_n", Algorithm(2, (_WRITTEN,), last=None, count=1, given=(), required=True, once=True)),
    **_each("sort stable_sort make_heap push_heap pop_heap sort_heap", Algorithm(2, (_CHANGED,), given=(0, 0))),
    **_each("next_permutation prev_permutation", Algorithm(2, (_CHANGED,), given=(0, 0), result="number")),
    **_each("nth_element partial_sort", Algorithm(3, (_CHANGED,), last=2, between=1, given=(0, 0))),
    **_each("reverse", Algorithm(2, (_CHANGED,))),
    **_each("rotate", Algorithm(3, (_CHANGED,), last=2, between=1, result="place")),
    **_each("replace", Algorithm(4, (_CHANGED,))),
    **_each("remove", Algorithm(3, (_CHANGED,), result="place")),
    **_each("remove_if partition", Algorithm(2, (_CHANGED,), given=(0,), required=True, result="place")),
    **_each("unique", Algorithm(2, (_CHANGED,), given=(0, 0), result="place")),
    **_each("copy reverse_copy", _copying()),
    **_each("partial_sum adjacent_difference inclusive_scan", _copying(given=(None, None))),
    **_each("exclusive_scan", _copying(4)),
    **_each("copy_n", Algorithm(3, (_READ, Run(2, writes=True)), last=None, count=1)),
    **_each("copy_if", _copying(given=(0,), perhaps=True)),
    **_each("move", _copying()),
    **_each("swap_ranges", Algorithm(3, (_CHANGED, Run(2, reads=True, writes=True)))),
    **_each(
        "transform",
        Algorithm(3, (_READ, Run(2, writes=True)), given=(0,), required=True, once=True),
        Algorithm(
            4, (_READ, Run(2, reads=True), Run(3, writes=True)), given=(0, 1), required=True, once=True
        ),
    ),
}  # fmt: skip
_OTHER_MEANINGS = {"move": 1}  # names of other functions too, when called with so many arguments


def is_algorithm(expr: ir.Call) -> bool:
    """Whether the call's name, qualified, is that of an algorithm, known with these arguments or not."""
    bare = expr.name.rsplit("::", 1)[-1]
    qualified = expr.name.startswith(("std::", "::std::"))
    return qualified and bare in _TABLE and len(expr.arguments) != _OTHER_MEANINGS.get(bare)


def function_given(expr: ir.Call) -> ir.Expr | None:
    """The function that an algorithm is called with. For a form that is not in the table, its last argument."""
    algorithm = algorithm_of(expr)
    if algorithm is None:
        return expr.arguments[-1] if expr.arguments else None
    return expr.arguments[-1] if len(expr.arguments) > algorithm.arguments else None


def writes(expr: ir.Call) -> bool:
    """Whether the algorithm itself may write elements."""
    algorithm = algorithm_of(expr)
    return algorithm is None or any(run.writes for run in algorithm.runs)


def is_function_object(text: str) -> bool:
    """Whether the text makes one of the standard library's own function objects, such as `std::plus<int>()`."""
    return _FUNCTION_OBJECT.fullmatch(text.strip()) is not None


def algorithm_of(expr: ir.Call) -> Algorithm | None:
    """The algorithm in the form with these arguments; None where that is not known."""
    bare, count = expr.name.rsplit("::", 1)[-1], len(expr.arguments)
    if "ranges" in expr.name.split("::"):
        return None
    for algorithm in _TABLE.get(bare, ()):
        if count == algorithm.arguments + algorithm.required or (
            algorithm.given is not None and count == algorithm.arguments + 1
        ):
            return algorithm
    return None
