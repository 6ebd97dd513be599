"""Bounds of subscripts over parameters against enumeration of small iteration spaces."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.dependence.stretch import bounds_of, never_negative
from pragmatist.analysis.symbolic.polynomial import Polynomial
from random_nests import RUNTIME, VALUES, Access, Nests


def valued(polynomial: Polynomial, values: dict[str, int]) -> int:
    """The polynomial's value; a term with a definition is named by Python code for it."""
    total = 0
    for monomial, coefficient in polynomial.terms.items():
        for term in monomial:
            coefficient *= values[term.name] if term.name in values else eval(term.name, {**RUNTIME, **values})
        total += coefficient
    return total


def outermost_only(polynomial: Polynomial, depth: int) -> bool:
    return all(term.depth < depth for monomial in polynomial.terms for term in monomial)


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**40))
def test_every_execution_lies_between_the_bounds(seed: int) -> None:
    """No bound of a subscript is ever passed, whatever the sizes, guards, steps and quotients inside the loops."""
    nests = Nests(seed)
    access, _, _ = nests.pair()
    bounds = bounds_of(access.subscripts[0].value, access.reference, 1, nests.context)
    assert all(outermost_only(bound, 1) for bound in (*bounds.lowest, *bounds.highest))
    for n, m in nests.assignments(VALUES):
        for _, (value, *_) in access.run(n, m):
            for low in bounds.lowest:
                assert valued(low, {"n": n, "m": m}) <= value, f"n={n} m={m} {low} {access}"
            for high in bounds.highest:
                assert valued(high, {"n": n, "m": m}) >= value, f"n={n} m={m} {high} {access}"


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 2**40))
def test_never_negative_agrees_with_enumeration(seed: int) -> None:
    """What is said to be at least 0 whenever the loops run is so."""
    nests = Nests(seed)
    outer = nests.loop(1, "i", [])
    value = nests.affine(list(nests.parameters.values()))
    if never_negative(value.value, [outer.domain], 1, nests.context):
        running = Access([outer], [value])
        for n, m in nests.assignments(VALUES):
            assert all(number >= 0 for _, (number,) in running.run(n, m)), f"n={n} m={m} {value.code} {running}"


def test_bounds_are_found() -> None:
    """Most random subscripts have both kinds: the tests above are not about nothing."""
    found = 0
    for seed in range(100):
        nests = Nests(seed)
        access, _, _ = nests.pair()
        bounds = bounds_of(access.subscripts[0].value, access.reference, 1, nests.context)
        found += bool(bounds.lowest) and bool(bounds.highest)
    assert found > 50
