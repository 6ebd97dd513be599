"""The plan checker: right plans pass, near misses are named, refutation is told from doubt."""

from __future__ import annotations

import pytest
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Map, Reduction, Schedule

SUM = {"role": "reduction", "operator": "+"}
MAX = {"role": "reduction", "operator": "max"}
HISTOGRAM = {"role": "reduction", "operator": "+", "type": "long [16]", "is_array": True}
POINTED = {"role": "reduction", "operator": "+", "type": "long *", "section": "[0:16]"}
POINTER = {"role": "shared", "type": "double *"}
FIXED = {"role": "shared", "type": "double [100]", "is_array": True}
VECTOR = {"type": "std::vector<double>", "is_class": True}
OUTSIDE = {"declared_in_header": False}
TARGET = {"directive": "target teams distribute parallel for"}
LIVE = {"role": "induction", "live_out": True}
OPEN = {"role": "shared", "undecided": True, "automatic": True}

RIGHT = {
    "nothing to share": ({"x": POINTER}, {}),
    "private": ({"t": "private"}, {"private": ("t",)}),
    "private may bring its value": ({"t": "private"}, {"firstprivate": ("t",)}),
    "firstprivate": ({"t": "firstprivate"}, {"firstprivate": ("t",)}),
    "lastprivate": ({"t": {"role": "lastprivate", "live_out": True}}, {"lastprivate": ("t",)}),
    "first and last": (
        {"t": {"role": "firstprivate", "live_out": True}},
        {"firstprivate": ("t",), "lastprivate": ("t",)},
    ),
    "needless copy of a value": ({"c": "shared"}, {"firstprivate": ("c",)}),
    "needless copy of an address": ({"x": POINTER, "writes": [("x[i]", "i")]}, {"firstprivate": ("x",)}),
    "sum": ({"s": SUM}, {"reductions": (Reduction("+", "s"),)}),
    "difference combines as a sum": ({"s": SUM}, {"reductions": (Reduction("-", "s"),)}),
    "whole array reduced": ({"h": HISTOGRAM}, {"reductions": (Reduction("+", "h"),)}),
    "section reduced": ({"h": POINTED}, {"reductions": (Reduction("+", "h[0:16]"),)}),
    "section with spaces": ({"h": POINTED}, {"reductions": (Reduction("+", "h[ : 16 ]"),)}),
    "inner induction variable": ({"j": "induction"}, {"private": ("j",)}),
    "own induction variable, declared before": ({"header": OUTSIDE}, {"private": ("i",)}),
    "own induction variable, read later, known to run": (
        {"i": LIVE, "header": {**OUTSIDE, "trip_count": 10}},
        {"lastprivate": ("i",)},
    ),
    "linear by itself under simd": ({"i": LIVE, "header": {**OUTSIDE, "trip_count": 10}}, {"directive": "simd"}),
    "guard asked": ({"x": POINTER, "y": POINTER, "guards": ("x + n <= y",)}, {"condition": "x + n <= y"}),
    "guard asked in other spacing": ({"guards": ("x + n <= y || y <= x",)}, {"condition": "(x+n<=y||y<=x)"}),
    "guards and a threshold": ({"guards": ("a < b", "c < d || d < c")}, {"condition": "n > 99 && (c<d||d<c) && a < b"}),
    "threshold": ({}, {"condition": "n > 1000"}),
    "threshold on the trip count": ({"header": {"trip_expression": "(n - 1) * m"}}, {"condition": "(n-1)*m >= 1000"}),
    "collapse": ({"collapsible": 2, "j": "local", "x": POINTER}, {"collapse": 2}),
    "schedule": ({}, {"schedule": Schedule("dynamic", 4)}),
    "class copied in": ({"t": {"role": "private", **VECTOR}}, {"firstprivate": ("t",)}),
    "pointer set in the loop": ({"p": {"role": "private", "type": "double *"}}, {"private": ("p",)}),
    "copies of an array on the function's own stack": (
        {"t": {"role": "private", "type": "double [M + 1]", "is_array": True, "automatic": True}}, {"private": ("t",)}),
    "map": ({"x": FIXED, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("to", "x"),)}),
}  # fmt: skip


@pytest.mark.parametrize("case", RIGHT)
def test_right_plans_pass(case, make_facts, make_plan):
    """A plan that agrees with the roles has no rejection at all."""
    facts, plan = RIGHT[case]
    assert check_plan(make_plan(**plan), make_facts(**facts)) == ()


# facts, plan, the variable that the rejection must name, words that it must hold
REFUTED = {
    "sum made private": ({"s": SUM}, {"private": ("s",)}, "s", "reduction(+:s)"),
    "sum made firstprivate": ({"s": SUM}, {"firstprivate": ("s",)}, "s", "reduction(+:s)"),
    "sum made lastprivate": ({"s": SUM}, {"lastprivate": ("s",)}, "s", "reduction(+:s)"),
    "sum left shared": ({"s": SUM}, {}, "s", "missing from reduction"),
    "product for a sum": ({"s": SUM}, {"reductions": (Reduction("*", "s"),)}, "s", "accumulates with +"),
    "min for max": ({"s": MAX}, {"reductions": (Reduction("min", "s"),)}, "s", "reduction(max:s)"),
    "sum for max": ({"s": MAX}, {"reductions": (Reduction("+", "s"),)}, "s", "reduction(max:s)"),
    "private copy of a global variable of which nothing is known": (
        {"t": {**OPEN, "automatic": False}}, {"private": ("t",)}, "t", "must not be in private"),
    "no such operator": ({"s": SUM}, {"reductions": (Reduction("avg", "s"),)}, "s", "'avg'"),
    "operator as injection": ({"s": SUM}, {"reductions": (Reduction("+:s) if(0", "s"),)}, "s", "no reduction operator"),
    "pointer reduced without section": ({"h": POINTED}, {"reductions": (Reduction("+", "h"),)}, "h", "h[0:16]"),
    "other section": ({"h": POINTED}, {"reductions": (Reduction("+", "h[0:15]"),)}, "h", "[0:16]"),
    "section of a scalar": ({"s": SUM}, {"reductions": (Reduction("+", "s[0:4]"),)}, "s", "without a section"),
    "pointer to rows reduced": (
        {"h": {**POINTED, "type": "double [4] *"}}, {"reductions": (Reduction("+", "h"),)}, "h", "h[0:16]"),
    "section of unknown length": (
        {"h": {**POINTED, "section": None}}, {"reductions": (Reduction("+", "h[0:9]"),)}, "h", "not known"),
    "class reduced": ({"s": {**SUM, "is_class": True}}, {"reductions": (Reduction("+", "s"),)}, "s", "class object"),
    "member reduced": ({"p->s": SUM}, {"reductions": (Reduction("+", "p->s"),)}, "p->s", "not a plain variable"),
    "temporary left shared": ({"t": "private"}, {}, "t", "missing from private"),
    "temporary reduced": ({"t": "private"}, {"reductions": (Reduction("+", "t"),)}, "t", "set anew"),
    "incoming value lost": ({"t": "firstprivate"}, {"private": ("t",)}, "t", "must be firstprivate"),
    "incoming value missing": ({"t": "firstprivate"}, {}, "t", "missing from firstprivate"),
    "outgoing value lost": ({"t": {"role": "lastprivate", "live_out": True}}, {"private": ("t",)}, "t", "lastprivate"),
    "outgoing value missing": ({"t": {"role": "lastprivate", "live_out": True}}, {}, "t", "missing from lastprivate"),
    "live private": ({"t": {"role": "private", "live_out": True}}, {"private": ("t",)}, "t", "read after the loop"),
    "live firstprivate": (
        {"t": {"role": "firstprivate", "live_out": True}}, {"firstprivate": ("t",)}, "t", "missing from lastprivate"),
    "read-only made private": ({"c": "shared"}, {"private": ("c",)}, "c", "keeps its value"),
    "read-only made lastprivate": ({"c": "shared"}, {"lastprivate": ("c",)}, "c", "keeps its value"),
    "read-only reduced": ({"c": "shared"}, {"reductions": (Reduction("+", "c"),)}, "c", "leave it shared"),
    "shared array made private": ({"x": FIXED, "writes": [("x[i]", "i")]}, {"private": ("x",)}, "x", "stay shared"),
    "shared array copied": ({"x": FIXED, "writes": [("x[i]", "i")]}, {"firstprivate": ("x",)}, "x", "stay shared"),
    "shared array reduced": (
        {"x": FIXED, "writes": [("x[i]", "i")]}, {"reductions": (Reduction("+", "x"),)}, "x", "stay shared"),
    "local in a clause": ({"u": "local"}, {"private": ("u",)}, "u", "declared inside"),
    "local reduced": ({"u": "local"}, {"reductions": (Reduction("+", "u"),)}, "u", "declared inside"),
    "own induction variable in a clause": ({}, {"private": ("i",)}, "i", "private by itself"),
    "own induction variable reduced": ({}, {"reductions": (Reduction("+", "i"),)}, "i", "induction variable"),
    "own induction variable copied in": ({"header": OUTSIDE}, {"firstprivate": ("i",)}, "i", "induction variable"),
    "inner induction variable left shared": ({"j": "induction"}, {}, "j", "must be private"),
    "inner induction variable reduced": ({"j": "induction"}, {"reductions": (Reduction("+", "j"),)}, "j", "inner loop"),
    "inner induction variable read later": ({"j": LIVE}, {"private": ("j",)}, "j", "lastprivate"),
    "induction variable read later": (
        {"i": LIVE, "header": {**OUTSIDE, "trip_count": 9}}, {}, "i", "missing from lastprivate"),
    "blocking variable made private": ({"b": "blocking"}, {"private": ("b",)}, "b", "blocks"),
    "blocking variable left": ({"b": "blocking"}, {}, "b", "blocks"),
    "class made private": ({"t": {"role": "private", **VECTOR}}, {"private": ("t",)}, "t", "default-constructed"),
    "unknown name": ({}, {"private": ("q",)}, "q", "no variable q"),
    "unknown reduction": ({}, {"reductions": (Reduction("+", "q"),)}, "q", "no variable q"),
    "name as injection": ({}, {"private": ("t) nowait",)}, "t) nowait", "not a plain variable"),
    "name with newline": ({}, {"private": ("t\nint x",)}, "t\nint x", "not a plain variable"),
    "empty name": ({}, {"private": ("",)}, "", "not a plain variable"),
    "name with backslash": ({}, {"lastprivate": ("t\\",)}, "t\\", "not a plain variable"),
    "section in private": ({"x": FIXED}, {"private": ("x[0:n]",)}, "x[0:n]", "array section"),
    "twice in a clause": ({"t": "private"}, {"private": ("t", "t")}, "t", "listed twice"),
    "private and reduction": (
        {"s": SUM}, {"private": ("s",), "reductions": (Reduction("+", "s"),)}, "s", "one of them only"),
    "private and lastprivate": (
        {"t": "private"}, {"private": ("t",), "lastprivate": ("t",)}, "t", "one of them only"),
    "two reductions": (
        {"s": SUM}, {"reductions": (Reduction("+", "s"), Reduction("-", "s"))}, "s", "listed twice"),
    "simd with firstprivate": ({"t": "firstprivate"}, {"directive": "simd", "firstprivate": ("t",)}, "t", "simd"),
    "simd over a range": (
        {"kind": "range-for", "header": {"variable": "v"}, "i": None, "v": "induction"},
        {"directive": "simd"}, "v", "iterator"),
    "simd over iterators": (
        {"header": {"variable_type": "std::vector<int>::iterator"}},
        {"directive": "parallel for simd"}, "i", "iterator"),
    "collapsed write at one place": (
        {"collapsible": 2, "x": POINTER, "j": "local", "writes": [("x[i]", "i")]}, {"collapse": 2}, "x", "same place"),
    "map on the host": ({"x": FIXED}, {"maps": (Map("to", "x"),)}, "x", "target directive"),
    "array not mapped": ({"x": FIXED, "reads": [("x[i]", "i")]}, TARGET, "x", "map(to: x)"),
    "written array only sent": (
        {"x": FIXED, "writes": [("x[i]", "i")]}, {**TARGET, "maps": (Map("to", "x"),)}, "x", "map(tofrom: x)"),
    "read array only fetched": (
        {"x": FIXED, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("from", "x"),)}, "x", "map(to: x)"),
    "updated array only fetched": (
        {"x": FIXED, "reads": [("x[i]", "i")], "writes": [("x[i]", "i")]},
        {**TARGET, "maps": (Map("from", "x"),)}, "x", "map(tofrom: x)"),
    "array not moved": (
        {"x": FIXED, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("alloc", "x"),)}, "x", "map(to: x)"),
    "pointer mapped without section": (
        {"x": POINTER, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("to", "x"),)}, "x", "section"),
    "rows mapped": (
        {"r": {"role": "shared", "type": "double * *"}, "reads": [("r[i]", "i")]},
        {**TARGET, "maps": (Map("to", "r[0:n]"),)}, "r", "further pointers"),
    "mapped twice": (
        {"x": FIXED, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("to", "x"), Map("tofrom", "x"))}, "x", "twice"),
    "temporary mapped": (
        {"t": "private"}, {**TARGET, "private": ("t",), "maps": (Map("to", "t"),)}, "t", "needs no map"),
    "class mapped": ({"v": {"role": "shared", **VECTOR}}, {**TARGET, "maps": (Map("to", "v"),)}, "v", "class object"),
    "sum only fetched": (
        {"s": SUM}, {**TARGET, "reductions": (Reduction("+", "s"),), "maps": (Map("from", "s"),)}, "s", "tofrom"),
    "unknown name mapped": ({}, {**TARGET, "maps": (Map("to", "q[0:n]"),)}, "q", "no variable 'q'"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUTED)
def test_near_misses_are_refuted_by_name(case, make_facts, make_plan):
    """A plan that is wrong about one variable is refuted in words that name the variable and say what to do."""
    facts, plan, name, words = REFUTED[case]
    rejections = [r for r in check_plan(make_plan(**plan), make_facts(**facts)) if r.refuted]
    about = [r for r in rejections if r.variable == name]
    assert any(words in r.message for r in about), rejections
    assert all((name or "''") in r.message or ascii(name) in r.message for r in about)


# facts, plan, words
REFUTED_WITHOUT_VARIABLE = {
    "other loop": ({}, {"loop": "L2"}, "for loop 'L2'"),
    "while loop": ({"kind": "while", "header": None}, {}, "while loop"),
    "no canonical form": ({"header": None}, {}, "canonical form"),
    "dependence": ({"blocking": "x[i] needs x[i - 1]"}, {}, "line 7: x[i] needs x[i - 1]"),
    "collapse of one": ({"collapsible": 2}, {"collapse": 1}, "collapse(1)"),
    "collapse too deep": ({"collapsible": 2}, {"collapse": 3}, "at most collapse(2)"),
    "collapse where none": ({}, {"collapse": 2}, "use no collapse"),
    "chunk of nothing": ({}, {"schedule": Schedule("dynamic", 0)}, "chunk of 0"),
    "negative chunk": ({}, {"schedule": Schedule("static", -4)}, "chunk of -4"),
    "chunk with auto": ({}, {"schedule": Schedule("auto", 4)}, "takes no chunk"),
    "chunk with runtime": ({}, {"schedule": Schedule("runtime", 4)}, "takes no chunk"),
    "chunk of everything": ({"header": {"trip_count": 100}}, {"schedule": Schedule("static", 100)}, "all 100"),
    "simd with schedule": ({}, {"directive": "simd", "schedule": Schedule("static")}, "simd takes no schedule"),
}


@pytest.mark.parametrize("case", REFUTED_WITHOUT_VARIABLE)
def test_wrong_shapes_are_refuted(case, make_facts, make_plan):
    """What is wrong about the loop or the directive as a whole is refuted in words that say what to do."""
    facts, plan, words = REFUTED_WITHOUT_VARIABLE[case]
    rejections = [r for r in check_plan(make_plan(**plan), make_facts(**facts)) if r.refuted]
    assert any(words in r.message for r in rejections), rejections


# facts, plan, words
UNPROVED = {
    "unknown subscript": ({"unknowns": "cannot tell which element"}, {}, "cannot tell which element"),
    "assumption without guard": ({"assumed": ("idx has no duplicates",)}, {}, "idx has no duplicates"),
    "guard not asked": ({"guards": ("x + n <= y",)}, {}, "add if(x + n <= y)"),
    "guard weakened": (
        {"m": "shared", "guards": ("m < n",)}, {"condition": "m < n || n > 5"}, "add if(m < n)"),
    "half of the guards": ({"guards": ("a < b", "c < d")}, {"condition": "a < b"}, "add if(c < d)"),
    "guard over a copied array": (
        {"h": HISTOGRAM, "guards": ("h + 16 <= y",)},
        {"reductions": (Reduction("+", "h"),), "condition": "h + 16 <= y"}, "h has private copies"),
    "induction variable read later": (
        {"i": LIVE, "header": OUTSIDE}, {"lastprivate": ("i",)}, "runs no iteration"),
    "large copies": (
        {"t": {"role": "private", "type": "double [200000]", "is_array": True}}, {"private": ("t",)}, "OMP_STACKSIZE"),
    "copies of a static array of unknown size": (
        {"t": {"role": "private", "type": "double [M + 1]", "is_array": True}}, {"private": ("t",)}, "OMP_STACKSIZE"),
    "large std::array": (
        {"t": {"role": "private", **VECTOR, "type": "std::array<double, 200000>"}}, {"firstprivate": ("t",)}, "t on"),
    "copies of unknown size": (
        {"h": {**POINTED, "section": "[0:n]"}}, {"reductions": (Reduction("+", "h[0:n]"),)}, "h[0:n] on its stack"),
    "broken text": ({"complete": False}, {}, "does not parse"),
    "collapse with an inner induction variable read later": (
        {"collapsible": 2, "j": {"role": "lastprivate", "live_out": True}},
        {"collapse": 2, "lastprivate": ("j",)}, "leave collapse out"),
    "call on the device": ({"calls": ("g",)}, TARGET, "that g can be called"),
    "map from": (
        {"x": FIXED, "writes": [("x[i]", "i")]}, {**TARGET, "maps": (Map("from", "x"),)}, "writes all of x"),
    "private copy of a variable of which nothing is known": (
        {"t": OPEN, "unknowns": "what g does with t"}, {"private": ("t",)}, "that t may be private"),
    "value brought into an array of which nothing is known": (
        {"t": {**OPEN, "type": "double [4]", "is_array": True}, "unknowns": "what g does with t"},
        {"firstprivate": ("t",)}, "that t may be firstprivate"),
    "accumulation of which nothing is known": (
        {"t": OPEN, "unknowns": "what g does with t"}, {"reductions": (Reduction("+", "t"),)},
        "that t may be reduction"),
    "mapped section": (
        {"x": POINTER, "reads": [("x[i]", "i")]}, {**TARGET, "maps": (Map("to", "x[0:n]"),)}, "x[0:n] holds all"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNPROVED)
def test_doubt_is_not_refutation(case, make_facts, make_plan):
    """Where the facts only cannot prove the plan, it is rejected without being refuted."""
    facts, plan, words = UNPROVED[case]
    rejections = check_plan(make_plan(**plan), make_facts(**facts))
    assert any(words in r.message for r in rejections), rejections
    assert [r for r in rejections if r.refuted] == []


def test_all_that_is_wrong_is_named_at_once(make_facts, make_plan):
    """One answer names every mistake, so that a model needs one more call and not four."""
    facts = make_facts(s=SUM, t="private", j="induction")
    rejections = check_plan(make_plan(private=("s",), collapse=2), facts)
    assert {r.variable for r in rejections} == {"s", "t", "j", None}
