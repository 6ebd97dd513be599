"""The text of a plan's `if` clause: what may stand in it, and which parts it is a conjunction of.

The text goes into the user's program, and a model may have written it. So only two kinds of conjunct are let
through: a guard or trip-count comparison exactly as the facts give it, and a plain comparison of sums of loop
invariants and integers. There are no calls, assignments, subscripts, products of integers (they could overflow) or
divisions (they could trap), so evaluating the clause has no effect and cannot fail. Trip counts may be multiplied as
`double`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from functools import lru_cache

from ..analysis.facts import Assumption, LoopFacts
from .data_sharing import is_class, is_identifier, is_pointer, is_written
from .plan import Plan

MAX_LENGTH = 1000
_TEXTS_KEPT = 1024  # one guard is asked about by several rules, and again at each edit of its function

# C tokens that can occur in an expression; a guard may hold any of them, a plain comparison only a few.
_TOKEN = re.compile(
    r"[A-Za-z_][A-Za-z0-9_]*|0[xX][0-9A-Fa-f]+[uUlL]*|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?[uUlLfF]*"
    r"|->|::|&&|\|\||<<|>>|<=|>=|==|!=|\+\+|--|[-+*/%&|^~!<>=?:.,()\[\]]"
)
_INTEGER = re.compile(r"\d{1,18}[uUlL]{0,3}\Z")
_MULTIPLE = re.compile(r"\d{1,18}\.0\Z")
_COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})
_ONLY = "only comparisons of sums of loop invariants may"
_PAIRS = {")": "(", "]": "["}


class ConditionError(ValueError):
    """The text cannot stand in an `if` clause; the message says why."""


@lru_cache(maxsize=_TEXTS_KEPT)
def tokens(text: str) -> tuple[str, ...]:
    """The C tokens of an expression; `ConditionError` for anything else, and for unbalanced brackets."""
    if len(text) > MAX_LENGTH:
        raise ConditionError(f"it is longer than {MAX_LENGTH} characters")
    found: list[str] = []
    position = 0
    while position < len(text):
        if text[position] in " \t":
            position += 1
            continue
        match = _TOKEN.match(text, position)
        if match is None:
            raise ConditionError(f"{text[position]!a} may not stand in it")
        found.append(match.group())
        position = match.end()
    open_brackets: list[str] = []
    for token in found:
        if token in "([":
            open_brackets.append(token)
        elif token in ")]" and (not open_brackets or open_brackets.pop() != _PAIRS[token]):
            raise ConditionError("its brackets are not balanced")
    if open_brackets:
        raise ConditionError("its brackets are not balanced")
    if not found:
        raise ConditionError("it is empty")
    return tuple(found)


@lru_cache(maxsize=_TEXTS_KEPT)
def conjuncts(text: str) -> frozenset[tuple[str, ...]]:
    """The conditions that hold together when `text` is true, each as tokens without redundant outer parentheses."""
    return frozenset(_split(tokens(text)))


def conjoin(conditions: tuple[str, ...]) -> str | None:
    """The conditions joined by &&, each in parentheses where && would otherwise bind tighter; None for none."""
    unique = tuple(dict.fromkeys(conditions))
    if len(unique) < 2:
        return unique[0] if unique else None
    return " && ".join(f"({one})" if _loose(tokens(one)) else one for one in unique)


def open_guard(assumption: Assumption) -> str | None:
    """The guard that a plan should ask for; None where nothing is left to ask, or it is no text for an `if` clause."""
    if assumption.discharged_by is not None or assumption.guard is None:
        return None
    try:
        tokens(assumption.guard)
    except ConditionError:
        return None
    return assumption.guard


def tests_assumption(plan: Plan, assumption: Assumption) -> bool:
    """Whether the plan's `if` clause holds only where the assumption does."""
    guard = open_guard(assumption)
    if guard is None or plan.condition is None:
        return False
    try:
        return conjuncts(guard) <= conjuncts(plan.condition)
    except ConditionError:
        return False


def trip_tokens(facts: LoopFacts) -> tuple[str, ...]:
    """The trip count as tokens, without outer parentheses; () where there is none that an `if` clause could hold."""
    if facts.header is None or facts.header.trip_expression is None:
        return ()
    try:
        found = tokens(facts.header.trip_expression)
    except ConditionError:
        return ()
    while _wrapped(found):
        found = found[1:-1]
    for name, bracket in itertools.pairwise(found):
        if bracket == "(" and is_identifier(name) and name != "size":
            return ()  # a call: x.end() is no number, and others may do anything
    return found


def names_in(text: str) -> frozenset[str]:
    """The identifiers of an expression, those that only select a member left out; empty where it is not one."""
    try:
        found = tokens(text)
    except ConditionError:
        return frozenset()
    before = ("", *found)
    return frozenset(t for b, t in zip(before, found, strict=False) if is_identifier(t) and b not in (".", "->", "::"))


def check_condition(text: str, facts: LoopFacts) -> None:
    """Raise `ConditionError` unless every conjunct is one of the facts' own or a plain comparison of invariants."""
    own: set[tuple[str, ...]] = set()
    for assumption in facts.assumptions:
        guard = open_guard(assumption)
        if guard is not None:
            own |= conjuncts(guard)
    invariants = comparable_names(facts)
    for conjunct in sorted(conjuncts(text)):
        if conjunct in own or _is_trip_comparison(conjunct, facts) or _is_work_comparison(conjunct, facts, invariants):
            continue
        _Comparison(conjunct, invariants).check()


def comparable_names(facts: LoopFacts) -> frozenset[str]:
    """Names of integers and the like that the loop does not change, so that a condition before it may read them."""
    plain = {
        v.name
        for v in facts.variables
        if v.role == "shared" and not (v.is_array or is_class(v) or is_pointer(v) or is_written(v, facts))
    }
    trip = trip_tokens(facts)
    if all(is_identifier(t) or _INTEGER.match(t) or t in "+-*()" for t in trip):
        known = {v.name for v in facts.variables}
        plain |= {t for t in trip if is_identifier(t) and t not in known}
    return frozenset(name for name in plain if is_identifier(name))


def _split(found: tuple[str, ...]) -> list[tuple[str, ...]]:
    while _wrapped(found):
        found = found[1:-1]
    if _top_level(found, {"||", "?", ",", "="}):
        return [found]
    cuts = [-1, *_top_level(found, {"&&"}), len(found)]
    if len(cuts) == 2:
        return [found]
    parts: list[tuple[str, ...]] = []
    for start, end in itertools.pairwise(cuts):
        if start + 1 == end:
            raise ConditionError("an operand of && is missing")
        parts += _split(found[start + 1 : end])
    return parts


def _loose(found: tuple[str, ...]) -> bool:
    return bool(_top_level(found, {"||", "?", ",", "="}))


def _top_level(found: tuple[str, ...], wanted: set[str]) -> list[int]:
    depth, places = 0, []
    for index, token in enumerate(found):
        depth += (token in "([") - (token in ")]")
        if depth == 0 and token in wanted:
            places.append(index)
    return places


def _wrapped(found: tuple[str, ...]) -> bool:
    """Whether one pair of parentheses holds the whole: true for "(a)", false for "(a) < (b)"."""
    if len(found) < 3 or found[0] != "(":
        return False
    depth = 0
    for index, token in enumerate(found):
        depth += (token in "([") - (token in ")]")
        if depth == 0:
            return index == len(found) - 1
    return False


def _is_trip_comparison(conjunct: tuple[str, ...], facts: LoopFacts) -> bool:
    """Whether it is `TRIP > 1000`, with the trip count (products and all) spelled exactly as in the facts."""
    trip = trip_tokens(facts)
    if not trip or len(conjunct) < 3:
        return False
    left = conjunct[:-2]
    while _wrapped(left):
        left = left[1:-1]
    return left == trip and conjunct[-2] in _COMPARISONS and _INTEGER.match(conjunct[-1]) is not None


def _is_work_comparison(conjunct: tuple[str, ...], facts: LoopFacts, names: frozenset[str]) -> bool:
    """Whether it is `(double)TRIP * m * (k - 1) > 1000`: the trip count by sums of invariants, without an integer
    product."""
    if conjunct[:3] != ("(", "double", ")") or conjunct[-2] != ">" or _INTEGER.match(conjunct[-1]) is None:
        return False
    left, trip = conjunct[3:-2], trip_tokens(facts)
    cuts = [-1, *_top_level(left, {"*"}), len(left)]
    factors = [left[start + 1 : end] for start, end in itertools.pairwise(cuts)]
    for factor in factors:
        if not (len(factor) == 1 or _wrapped(factor)):
            return False
        inside = factor[1:-1] if _wrapped(factor) else factor
        if inside != trip and not is_sum_of(inside, names):
            return False
    return True


def is_sum_of(found: Sequence[str], names: frozenset[str]) -> bool:
    """Whether the tokens are a sum or difference of these names and integers, of multiples such as 2.0 * n (as `double`
    they do not overflow), and of quotients by an integer that is not zero."""
    try:
        return _Comparison(tuple(found), names, work=True).is_sum()
    except ConditionError:
        return False


class _Comparison:
    """A recursive-descent check of one conjunct: (comparison || comparison), each over sums of names and integers."""

    def __init__(self, found: tuple[str, ...], names: frozenset[str], *, work: bool = False) -> None:
        self._tokens = (*found, "", "")
        self._names = names
        self._work = work
        self._next = 0

    def check(self) -> None:
        kind = self._disjunction()
        if self._peek():
            raise ConditionError(f'"{self._peek()}" may not stand in it: {_ONLY}')
        if kind != "truth":
            raise ConditionError(f'"{" ".join(self._tokens[:-2])}" compares nothing: write one such as n > 1000')

    def is_sum(self) -> bool:
        return self._sum() == "number" and not self._peek()

    def _peek(self) -> str:
        return self._tokens[self._next]

    def _take(self, wanted: frozenset[str] | set[str]) -> str | None:
        token = self._peek()
        if token not in wanted:
            return None
        self._next += 1
        return token

    def _disjunction(self) -> str:
        kind = self._conjunction()
        while self._take({"||"}):
            kind = self._both_truths(kind, self._conjunction())
        return kind

    def _conjunction(self) -> str:
        kind = self._comparison()
        while self._take({"&&"}):
            kind = self._both_truths(kind, self._comparison())
        return kind

    def _both_truths(self, left: str, right: str) -> str:
        if left != "truth" or right != "truth":
            raise ConditionError("&& and || may only join comparisons")
        return "truth"

    def _comparison(self) -> str:
        kind = self._sum()
        if self._take(_COMPARISONS):
            if kind == "truth" or self._sum() == "truth":
                raise ConditionError("a comparison may not be compared with something")
            return "truth"
        return kind

    def _sum(self) -> str:
        kind = self._term()
        while self._take({"+", "-"}):
            if kind == "truth" or self._term() == "truth":
                raise ConditionError("a comparison may not be added to something")
        return kind

    def _term(self) -> str:
        kind = self._operand()
        while self._work and self._take({"/"}):
            if kind == "truth" or _INTEGER.match(self._peek()) is None or not self._peek().strip("0uUlL"):
                raise ConditionError("only an integer other than 0 may divide")
            self._next += 1
        return kind

    def _operand(self) -> str:
        if self._work and _MULTIPLE.match(self._peek()) and self._tokens[self._next + 1] == "*":
            self._next += 2
        if self._take({"-"}):
            return self._term()
        if self._take({"("}):
            kind = self._disjunction()
            if not self._take({")"}):
                raise ConditionError(f'"{self._peek()}" may not stand in it: {_ONLY}')
            return kind
        token = self._peek()
        if is_identifier(token):
            if token not in self._names:
                known = ", ".join(sorted(self._names)) or "none here"
                raise ConditionError(
                    f"{token} is not known to keep one plain value throughout the loop (names that do: {known})"
                )
        elif not _INTEGER.match(token):
            what = f'"{token}" may not stand in it' if token else "it ends too early"
            raise ConditionError(f"{what}: {_ONLY}")
        self._next += 1
        return "number"
