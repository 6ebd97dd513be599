"""Claims of the dependence tests against enumeration of small iteration spaces (`random_nests`)."""

import itertools
import random
import re
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from pragmatist.analysis.dependence.bounds import definitely_out_of_bounds
from pragmatist.analysis.dependence.cover import covers
from pragmatist.analysis.dependence.problem import Answer, IndexArrays
from pragmatist.analysis.dependence.test import carried, overlap
from pragmatist.analysis.symbolic.polynomial import Term, constant, of_term
from random_nests import RUNTIME, VALUES, Access, Expression, Loop, Nests, number

WIDER = {"n": range(-30, 31), "m": range(-30, 31)}
SPARSE = {"n": range(-90, 120, 29), "m": range(-90, 120, 29)}
FAR = {"n": range(-60, 120), "m": range(-60, 120)}


def python(condition: str) -> str:
    return re.sub(r"!(?!=)", " not ", condition.replace("&&", " and ").replace("||", " or "))


def holds(text: str, n: int, m: int) -> bool:
    """A C condition over n and m."""
    return bool(eval(python(text), {"n": n, "m": m, **RUNTIME}))


def conflicts(first: Access, second: Access, level: int, n: int, m: int):
    """Pairs of counters (from the tested loop inwards) that touch one element, the second in a later iteration."""
    touched = defaultdict(list)
    for counters, element in first.run(n, m):
        touched[counters[:level], element].append(counters[level:])
    for counters, element in second.run(n, m):
        for source in touched.get((counters[:level], element), ()):
            if source[0] < counters[level]:
                yield source, counters[level:]


def sign(steps: int) -> str:
    return "<" if steps > 0 else ">" if steps < 0 else "="


def promising(nests: Nests, answer: Answer):
    """Parameters for which the answer says that there are conflicts, small ones first."""
    texts = [answer.condition or "True", f"!({answer.independent_when})" if answer.independent_when else "True"]
    if any(re.search(r"\b[ijkq]\b", text) for text in texts):
        texts = ["True"]
    claim = compile(" and ".join(f"({python(text)})" for text in texts), "claim", "eval")
    for values, limit in ((WIDER, None), (SPARSE, None), (FAR, 400)):
        yield from itertools.islice(
            ((n, m) for n, m in nests.assignments(values) if eval(claim, {"n": n, "m": m, **RUNTIME})), limit
        )


seeds = st.integers(0, 2**40)


@settings(max_examples=1500, deadline=None)
@given(seeds)
def test_carried_agrees_with_enumeration(seed: int) -> None:
    """Independence, existence, distances, directions, conditions and witnesses are true of what the loops really do."""
    nests = Nests(seed)
    first, second, shared = nests.pair()
    level = nests.random.randrange(shared)
    answer = carried(first.reference, second.reference, first.loops[level].domain, nests.context)
    story = f"\n{first}\n{second}\nlevel {level} of {shared}, {nests.contracts}, positive {nests.positive}\n{answer}"
    inside = shared - level
    for n, m in nests.assignments(VALUES):
        found = list(conflicts(first, second, level, n, m))
        if answer.verdict == "independent":
            assert not found, f"n={n} m={m}: {found[:3]}{story}"
            continue
        # With many exclusions `condition` is enough for a conflict, but more than it takes.
        few = sum(relation == "!=" for _, relation in [*first.guards, *second.guards]) <= 3
        for condition, expected in ((answer.independent_when, False), (answer.condition if few else None, True)):
            if condition is not None and found and not re.search(r"\b[ijkq]\b", condition):
                assert holds(condition, n, m) is expected, f"n={n} m={m}: {found[:3]}{story}"
        for source, sink in found:
            for place in range(inside):
                steps = sink[place] - source[place]
                assert answer.distance[place] in (None, steps), f"n={n} m={m}: {source} {sink}{story}"
                assert answer.direction[place] in ("*", sign(steps)), f"n={n} m={m}: {source} {sink}{story}"
    if answer.verdict == "dependent":
        witnessed = (
            pair if answer.sample is None else (pair[0][:inside], pair[1][:inside]) == answer.sample
            for n, m in promising(nests, answer)
            for pair in conflicts(first, second, level, n, m)
        )
        assert any(witnessed), story


@settings(max_examples=300, deadline=None)
@given(seeds)
def test_overlap_agrees_with_enumeration(seed: int) -> None:
    """`overlap` says False only where no iteration touches one element twice, True only where some does."""
    nests = Nests(seed)
    first, second, shared = nests.pair()
    level = nests.random.randint(0, shared)
    answer = overlap(first.reference, second.reference, [loop.domain for loop in first.loops[:level]], nests.context)
    met = False
    for n, m in nests.assignments(VALUES) + (nests.assignments(WIDER) if answer else []):
        touched = {(counters[:level], element) for counters, element in first.run(n, m)}
        met = not touched.isdisjoint((counters[:level], element) for counters, element in second.run(n, m))
        if met:
            break
    assert answer in (None, met), f"\n{first}\n{second}\nlevel {level} {nests.contracts}"


@settings(max_examples=500, deadline=None)
@given(seeds)
def test_covers_agrees_with_enumeration(seed: int) -> None:
    """Where `covers` says so, each iteration wrote all that it reads."""
    nests = Nests(seed)
    draw = nests.random
    outer = nests.loop(1, "i", [])
    dimensions = draw.choice((1, 1, 2))
    linear = draw.random() < 0.2

    def access(name: str) -> Access:
        loops = [outer]
        for level in range(draw.choice((0, 1, 1, 2))):
            loops.append(nests.loop(level + 2, name[level], loops))
        if draw.random() < 0.6 and len(loops) > 1:
            subscripts = [draw.choice(loops[1:]).variable + number(draw.randint(0, 1)) for _ in range(dimensions)]
        else:
            subscripts = [nests.subscript(loops, linear) for _ in range(dimensions)]
        return Access(loops, subscripts, nests.guards(loops))

    writes = [access(name) for name in ("jk", "pq")[: draw.choice((1, 2))]]
    if draw.random() < 0.3:
        shift = number(draw.choice((0, 0, 1, -1)))
        read = Access(writes[0].loops, [each + shift for each in writes[0].subscripts], nests.guards(writes[0].loops))
    else:
        read = access("xy")
    claimed = covers([each.reference for each in writes], read.reference, outer.domain, nests.context)
    if claimed:
        for n, m in nests.assignments(VALUES):
            written = {(counters[0], element) for each in writes for counters, element in each.run(n, m)}
            wanted = {(counters[0], element) for counters, element in read.run(n, m)}
            assert wanted <= written, f"n={n} m={m}\n{[str(each) for each in writes]}\n{read}"


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_curved_subscripts_agree_with_enumeration(seed: int) -> None:
    """Subscripts with products of counters, as in packed triangles, are told apart only where they are apart."""
    nests = Nests(seed)
    draw = nests.random
    outer = nests.loop(1, "i", [])
    i = outer.variable
    inner = Loop(
        2, "j", number(0), draw.choice((i, i + number(1), i + number(2), *nests.parameters.values(), i * i)), 1
    )
    product = i * (i + number(1))
    half = Term("half", "opaque", 1, defined_by=("div", product.value, constant(2)))
    curves = (
        i * i,
        i * i * number(2),
        Expression(f"div({product.code}, 2)", of_term(half)),
        product,
        number(0) - i * i,
    )

    def access() -> Access:
        curve = draw.choice(curves) + draw.choice((number(0), i, number(draw.randint(-2, 2)), nests.parameters["n"]))
        if draw.random() < 0.2:
            curve = curve * nests.parameters["m"]
        loops = [outer, inner] if draw.random() < 0.8 else [outer]
        return Access(loops, [curve + loops[-1].variable] if draw.random() < 0.8 else [curve - loops[-1].variable])

    first = access()
    second = access() if draw.random() < 0.4 else first
    answer = carried(first.reference, second.reference, outer.domain, nests.context)
    if answer.verdict == "independent":
        for n, m in nests.assignments(VALUES):
            found = list(conflicts(first, second, 0, n, m))
            assert not found, f"n={n} m={m} {found[:3]}\n{first}\n{second}\n{nests.contracts} {nests.positive}"


@settings(max_examples=500, deadline=None)
@given(seeds)
def test_out_of_bounds_agrees_with_enumeration(seed: int) -> None:
    """A dimension said to be left is left in every execution in which the access happens at all."""
    nests = Nests(seed)
    loops = [nests.loop(1, "i", [])]
    loops.append(nests.loop(2, "j", loops))
    extents = [number(9), nests.random.choice([*nests.parameters.values(), number(4), loops[1].upper])]
    subscripts, guards = [nests.subscript(loops, False) for _ in range(2)], nests.guards(loops)
    dimension = definitely_out_of_bounds(Access(loops, subscripts, guards, extents).reference)
    if dimension is None:
        return
    observed = Access(loops, [subscripts[dimension], extents[dimension]], guards)
    for n, m in nests.assignments(VALUES):
        touched = observed.run(n, m)
        left = [index for _, (index, size) in touched if not 0 <= index < size]
        assert left or not touched, f"n={n} m={m}\n{observed}"


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_dimensions_that_are_left_agree_with_enumeration(seed: int) -> None:
    """Subscripts that leave their dimension, or come from pointer arithmetic, meet the neighbouring rows."""
    nests = Nests(seed)
    draw = nests.random
    loops = [nests.loop(1, "i", [])]
    loops.append(nests.loop(2, "j", loops))
    size = draw.choice([*nests.parameters.values(), number(3), loops[1].upper if loops[1].step > 0 else number(4)])
    if "i" in size.code:
        size = nests.parameters["n"]
    flat = draw.random() < 0.2

    def access() -> Access:
        row = draw.choice((loops[0].variable, loops[0].variable, number(1), nests.subscript(loops, False)))
        column = draw.choice((loops[1].variable, loops[1].variable, nests.subscript(loops, False)))
        made = Access(loops, [row + number(draw.randint(-1, 1)), column + number(draw.randint(-1, 1))], (), None)
        made.reference.extents = (None, size.value)
        made.reference.flat = flat
        made.observed = Access(loops, [row * size + made.subscripts[1] + row_shift(made, row, size)])
        made.column = Access(loops, [made.subscripts[1], size])
        return made

    def row_shift(made: Access, row: Expression, size: Expression) -> Expression:
        return (made.subscripts[0] - row) * size

    first, second = access(), access()
    level = draw.randrange(2)
    answer = carried(first.reference, second.reference, loops[level].domain, nests.context)
    linear = flat or any(definitely_out_of_bounds(each.reference) is not None for each in (first, second))
    for n, m in nests.assignments(VALUES):
        columns = [entry for each in (first, second) for _, entry in each.column.run(n, m)]
        if not linear and any(not 0 <= column < extent for column, extent in columns):
            continue  # not C
        found = list(conflicts(first.observed, second.observed, level, n, m))
        story = f"n={n} m={m} {found[:3]}\n{first}\n{second}\nsize {size.code} level {level} flat {flat}\n{answer}"
        assert answer.verdict != "independent" or not found, story
        for source, sink in found:
            for place, distance in enumerate(answer.distance):
                assert distance in (None, sink[place] - source[place]), story


ELEMENTS = 12


class Indices:
    """An index array of the generated code with what is said of it; `fill` gives it values that agree."""

    def __init__(self, draw: random.Random, name: str) -> None:
        self.name = name
        self.injective, self.increasing = draw.random() < 0.6, draw.random() < 0.5
        self.terms: dict[str, Term] = {}

    def load(self, at: Expression, depth: int) -> Expression:
        text = f"{self.name}[{at.code}]"
        term = self.terms.setdefault(text, Term(text, "load", depth, array=self.name, arguments=(at.value,)))
        return Expression(text, of_term(term))

    def fill(self, draw: random.Random) -> list[int]:
        pool = range(-3, 16)
        values = draw.sample(pool, ELEMENTS) if self.injective else draw.choices(pool, k=ELEMENTS)
        return sorted(values) if self.increasing else values


@settings(max_examples=400, deadline=None)
@given(seeds)
def test_index_arrays_agree_with_enumeration(seed: int) -> None:
    """Independence that rests on index arrays without duplicates, or in order, holds for such arrays."""
    nests = Nests(seed)
    draw = nests.random
    indices = [Indices(draw, name) for name in ("p", "q")]
    outer = Loop(1, "i", number(0), number(draw.randint(2, 5)), 1)
    across = draw.choice(indices)
    low = across.load(outer.variable, 1)
    high = across.load(outer.variable + number(draw.choice((1, 1, 0, 2))), 1)
    inner = draw.choice((Loop(2, "j", low, high, 1), Loop(2, "j", number(0), number(3), 1)))

    def access() -> Access:
        loops = [outer, inner] if draw.random() < 0.6 else [outer]
        variables = [loop.variable for loop in loops]
        value = draw.choice((*variables, number(draw.randint(0, 3))))
        if inner.lower.code == "0" or len(loops) == 1 or draw.random() < 0.3:
            at = draw.choice((outer.variable, outer.variable, number(2), outer.variable + number(draw.randint(0, 2))))
            value = draw.choice(indices).load(at, 1 if at.value.atoms else 0)
            value = value + draw.choice((number(0), number(0), number(draw.randint(-2, 2)), variables[-1]))
        return Access(loops, [value])

    first = access()
    second = access() if draw.random() < 0.4 else first
    arrays = IndexArrays(
        frozenset(each.name for each in indices if each.injective),
        frozenset(each.name for each in indices if each.increasing),
    )
    answer = carried(first.reference, second.reference, outer.domain, (), arrays)
    if answer.verdict != "independent":
        return
    for _ in range(25):
        values = {each.name: each.fill(draw) for each in indices}
        for each in (first, second):
            each.run.__globals__.update(values)
        assert not list(conflicts(first, second, 0, 0, 0)), f"\n{first}\n{second}\n{arrays}\n{values}"


def test_generator_reaches_every_verdict() -> None:
    """The random nests are worth something: all verdicts and features occur often enough."""
    count = defaultdict(int)
    for seed in range(400):
        nests = Nests(seed)
        first, second, shared = nests.pair()
        answer = carried(first.reference, second.reference, first.loops[nests.random.randrange(shared)].domain)
        count[answer.verdict] += 1
        count["fixed distance"] += any(each is not None for each in answer.distance)
        count["condition"] += answer.condition is not None
        count["independent when"] += answer.independent_when is not None
        count["sample"] += answer.sample is not None
    assert min(count.values()) >= 20, dict(count)


def test_runtime_divides_as_c_does() -> None:
    """The Python twin of a nest divides towards zero; the remainder takes the dividend's sign."""
    divide, remainder = RUNTIME["div"], RUNTIME["mod"]
    assert [divide(-7, 2), remainder(-7, 2), divide(7, -2), remainder(7, -2)] == [-3, -1, -3, 1]
