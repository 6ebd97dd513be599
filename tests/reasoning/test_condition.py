"""What may stand in an `if` clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pragmatist.reasoning.condition import ConditionError, check_condition, conjoin, conjuncts

POINTER = {"role": "shared", "type": "double *"}
FACTS = {"x": POINTER, "m": "shared", "t": "private", "guards": ("x + n <= y || y + n <= x",)}

REFUSED = {
    "f(n) > 3": '"("',
    "n = 3": '"="',
    "n++ > 3": '"++"',
    "--n > 3": '"--"',
    "n > 3; system(0)": "';' may not",
    "n > 3) nowait private(t": "not balanced",
    "(n > 3": "not balanced",
    "n > 3 \\": "may not stand",
    "n > 3\nint q": "may not stand",
    'n > "3"': "may not stand",
    "n > '3'": "may not stand",
    "n > 3 // all": '"/"',
    "n /* > 3 */ > 4": '"/"',
    "n / m > 3": '"/"',
    "n % 2 == 0": '"%"',
    "n * m > 100": '"*"',
    "x[0] > 3": "x is not known",
    "*x > 3": '"*"',
    "&n > 3": '"&"',
    "i > 3": "i is not known",
    "t > 3": "t is not known",
    "q > 3": "q is not known",
    "omp_get_num_threads() > 3": "not known",
    "n": "compares nothing",
    "1": "compares nothing",
    "n > 3 &&": "operand of && is missing",
    "n > m > 3": '">"',
    "n + 1": "compares nothing",
    "(n > 3) + 1 > 0": "may not be added",
    "n > 3 && m": "compares nothing",
    "n > 3 || m": "only join comparisons",
    "n > 3 || ": "ends too early",
    "n > 3, m > 3": '","',
    "n ? m : 3": '"?"',
    "sizeof(n) > 3": "sizeof is not known",
    "n > 3 # define": "may not stand",
    "é > 3": "may not stand",
    "": "is empty",
    " ": "is empty",
    "n > 3" + " " * 2000: "longer than",
    "n > 12345678901234567890123": "may not stand",
    "x + n <= y && q > 1": '"<="',
}


@pytest.mark.parametrize("text", REFUSED)
def test_refused(text, make_facts):
    """Anything that could have an effect, fail, or end the clause is refused with words about that very thing."""
    with pytest.raises(ConditionError) as caught:
        check_condition(text, make_facts(**FACTS))
    assert REFUSED[text] in str(caught.value) or "not known" in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "n > 1000",
        "n>1000",
        "(n > 1000)",
        "n - 1 > m + 2",
        "-m < n",
        "n > 100 || m > 100",
        "(n > 100 && m == 2) && n != m",
        "n > 1000u",
        "x + n <= y || y + n <= x",
        "(x+n<=y||y+n<=x) && n > 64",
    ],
)
def test_let_through(text, make_facts):
    """Plain comparisons of invariants pass, and the facts' own guards in any spacing."""
    check_condition(text, make_facts(**FACTS))


@given(st.lists(st.sampled_from(["n", "x", "3", "<", "&&", "||", "(", ")", "+", "-", "!", "f", "[", "]", "?", ","])))
def test_never_anything_but_condition_errors(make_facts_once, parts):
    """Any sequence of tokens is let through or refused in words; what passes holds no call and no subscript."""
    text = " ".join(parts)
    try:
        check_condition(text, make_facts_once)
    except ConditionError:
        return
    assert set(parts) <= {"n", "3", "<", "&&", "||", "(", ")", "+", "-"}


@pytest.fixture(scope="module")
def make_facts_once():
    from pragmatist.analysis.facts import LoopFacts, LoopHeader, Place, Variable

    place = Place(0, 1, 1, 1, 1, 2)
    header = LoopHeader("i", "int", "0", "n", "<", "1", True, None, "n")
    n = Variable("n", "shared", "int", place)
    return LoopFacts("L1", None, place, place, place, 0, None, header, "for", variables=(n,))


def test_joined_guards_keep_their_meaning():
    """&& binds tighter than ||, so a disjunction is put in parentheses when it is joined, and found again."""
    joined = conjoin(("a <= b || b <= a", "c < d"))
    assert joined == "(a <= b || b <= a) && c < d"
    assert conjuncts(joined) == conjuncts("a <= b || b <= a") | conjuncts("c < d")


def test_one_guard_stands_alone():
    """A single guard, or the same one twice, is not wrapped."""
    assert conjoin(("a <= b || b <= a",) * 2) == "a <= b || b <= a"
    assert conjoin(()) is None
