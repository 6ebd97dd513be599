"""The dependence tests on textbook cases: what is decided, with which distance, under which condition."""

import time

import pytest
from pragmatist.analysis.dependence import sets
from pragmatist.analysis.dependence.bounds import definitely_out_of_bounds
from pragmatist.analysis.dependence.cover import covers
from pragmatist.analysis.dependence.problem import Answer, Budget, IndexArrays, LoopDomain, Reference
from pragmatist.analysis.dependence.test import carried, distinct_per_iteration, overlap
from pragmatist.analysis.symbolic.polynomial import ONE, Constraint, Polynomial, Term, constant, of_term

N, M, P, Q = (of_term(Term(name, "invariant", 0)) for name in "nmpq")


def loop(name: str, depth: int, upper: Polynomial, exact: bool = True) -> LoopDomain:
    """for (name = 0; name < upper; name++)"""
    counter = Term(name, "counter", depth)
    return LoopDomain(counter, (Constraint(upper - of_term(counter) - ONE, ">="),), name, 1, exact)


def at(domain: LoopDomain) -> Polynomial:
    return of_term(domain.counter)


def load(array: str, index: Polynomial, depth: int) -> Polynomial:
    return of_term(Term(f"{array}[{index}]", "load", depth, array=array, arguments=(index,)))


IL = loop("i", 1, N)
JL = loop("j", 2, M)
KL = loop("k", 3, P)
TRIANGLE = loop("j", 2, at(IL))
i, j, k, t = at(IL), at(JL), at(KL), at(TRIANGLE)


def number(value: int) -> Polynomial:
    return constant(value)


def access(*subscripts, loops=(IL, JL), extents=None, guards=(), **more) -> Reference:
    extents = extents or tuple(None for _ in subscripts)
    return Reference(tuple(subscripts), tuple(extents), tuple(loops), tuple(guards), True, 0, **more)


def ask(first, second, domain=IL, loops=(IL, JL), **more) -> Answer:
    as_access = [each if isinstance(each, Reference) else access(*each, loops=loops) for each in (first, second)]
    return carried(as_access[0], as_access[1], domain, **more)


NEST = (IL, JL, KL)
TILES = loop("t", 2, number(16))

INDEPENDENT = {
    "ziv": ((number(1),), (number(2),), IL, NEST),
    "strong siv": ((i,), (i,), IL, NEST),
    "strong siv, against the loop": ((i,), (i + ONE,), IL, NEST),
    "gcd": ((i.scaled(2),), (i.scaled(4) + ONE,), IL, NEST),
    "gcd with other counters": ((i.scaled(2) + j.scaled(4),), (j.scaled(6) + ONE,), IL, NEST),
    "gcd with parameters": ((i.scaled(2) + N.scaled(4),), (i.scaled(6) + ONE,), IL, NEST),
    "one dimension suffices": ((i, j), (i, k), IL, NEST),
    "inner loop": ((i, j), (i, j), JL, NEST),
    "linearised": ((i * M + j,), (i * M + j,), IL, NEST),
    "linearised over the inner loop": ((i * M + j,), (i * M + j,), JL, NEST),
    "linearised with a halo": (
        ((i + ONE) * (M + number(2)) + j + ONE,),
        ((i + ONE) * (M + number(2)) + j + number(2),),
        IL,
        NEST,
    ),
    "linearised twice": (((i * M + j) * P + k,), ((i * M + j) * P + k,), IL, NEST),
    "tiles": ((i.scaled(16) + at(TILES),), (i.scaled(16) + at(TILES),), IL, (IL, TILES)),
}
HARDER = {
    "coupled": ((i + j, j), (i + j + ONE, j), IL, NEST),
    "triangle": ((t,), (i,), IL, (IL, TRIANGLE)),
    "anti-diagonal": ((i + j, i - j), (i + j, i - j), IL, NEST),
}


@pytest.mark.parametrize("name", [*INDEPENDENT, *HARDER])
def test_independent(name: str) -> None:
    """No two iterations meet, and the tests can tell."""
    assert ask(*(INDEPENDENT | HARDER)[name]).verdict == "independent"


DEPENDENT = [
    # first, second, loop, distance, direction, condition, independent when, witness
    ((i,), (i - ONE,), IL, (1, None), ("<", "*"), None, None, ((0, 0), (1, 0))),
    ((i - number(4),), (i,), IL, None, None, None, None, None),
    ((i,), (i - number(4),), IL, (4, None), ("<", "*"), None, None, ((0, 0), (4, 0))),
    ((i + number(1000),), (i,), IL, (1000, None), ("<", "*"), None, "n <= 1000", ((0, 0), (1000, 0))),
    ((j,), (j,), IL, (None, 0), ("<", "="), None, None, ((0, 0), (1, 0))),
    ((number(0),), (number(0),), JL, (None,), ("<",), None, None, ((0,), (1,))),
    ((i, j), (i - ONE, j + ONE), IL, (1, -1), ("<", ">"), None, None, ((0, 1), (1, 0))),
    ((i + j,), (i + j,), IL, (None, None), ("<", ">"), None, None, ((0, 1), (1, 0))),
    ((i, j), (j, i), IL, (None, None), ("<", ">"), None, None, ((0, 1), (1, 0))),
    ((i.scaled(2),), (i,), IL, (None, None), ("<", "*"), None, None, ((1, 0), (2, 0))),
    ((N - ONE - i,), (i,), IL, (None, None), ("<", "*"), None, None, ((0, 0), (1, 0))),
    (
        (i + Q,),
        (i,),
        IL,
        (None, None),
        ("<", "*"),
        "n > q && q >= 1",
        "n <= q || q <= 0",
        ((0, 0), (1, 0)),
    ),
    (
        (i.scaled(2) + P,),
        (i.scaled(2),),
        IL,
        (None, None),
        ("<", "*"),
        "2*n >= p + 2 && p % 2 == 0 && p >= 2",
        "2*n <= p + 1 || p % 2 != 0 || p <= 1",
        ((0, 0), (1, 0)),
    ),
    ((i.scaled(100) + j,), (i.scaled(100) + j,), IL, (None, None), ("<", ">"), None, "m <= 100", ((0, 100), (1, 0))),
    ((i * M + j,), ((i - ONE) * M + j,), IL, (1, 0), ("<", "="), None, None, ((0, 0), (1, 0))),
]


@pytest.mark.parametrize("case", DEPENDENT, ids=lambda case: f"{case[0]} {case[1]}")
def test_dependent(case) -> None:
    """Distances, directions, conditions and witnesses are those that pencil and paper give."""
    first, second, domain, distance, direction, condition, independent_when, witness = case
    answer = ask(first, second, domain)
    if distance is None:
        assert answer.verdict == "independent"  # the other way round it is a dependence
        return
    expected = Answer(
        "dependent",
        distance,
        direction,
        condition=condition,
        independent_when=independent_when,
        sample=witness,
    )
    assert answer == expected


def test_linearised_with_a_row_too_long() -> None:
    """a[i*n + j] for j < m: nothing is known, but what would settle it is."""
    answer = ask((i * N + j,), (i * N + j,))
    assert (answer.verdict, answer.cause, answer.culprits) == ("unknown", "subscript", ("i*n + j",))
    assert answer.independent_when == "m <= n"
    known = [Constraint(N - M, ">=")]
    assert ask((i * N + j,), (i * N + j,), context=known).verdict == "independent"


def test_triangle_below_the_diagonal() -> None:
    """LU decomposition: a[(i+j+1)*n + i] is written, a[i*n + i + j] read, i + j < n: never the same element."""
    below, beside = loop("j", 2, N - ONE - i), loop("j", 2, N - i)
    write = access((i + at(below) + ONE) * N + i, loops=(IL, below))
    read = access(i * N + i + at(beside), loops=(IL, beside))
    assert carried(write, read, IL).verdict == carried(read, write, IL).verdict == "independent"


def test_guards_on_parameters_are_conditions() -> None:
    """Guards of one access only are conditions; what both share, or the context says, is not repeated."""
    guards = (Constraint(Q - M - ONE, ">="), Constraint(Q - number(7), "!="))
    free, guarded = access(number(0), loops=(IL,)), access(number(0), loops=(IL,), guards=guards[:1])
    answer = carried(free, guarded, IL)
    assert (answer.condition, answer.independent_when) == ("m < q", "m >= q")
    answer = carried(free, guarded, IL, context=guards)
    assert (answer.condition, answer.independent_when) == (None, None)
    both = access(number(0), loops=(IL,), guards=guards)
    answer = carried(both, both, IL)
    assert (answer.verdict, answer.condition, answer.independent_when) == ("dependent", None, None)
    otherwise = access(number(0), loops=(IL,), guards=(guards[0].negated(),))
    assert carried(guarded, otherwise, IL).verdict == "independent"


def test_context_is_not_repeated() -> None:
    """After if (q % 16 != 0) return;"""
    even = of_term(Term("q % 16", "opaque", 0, defined_by=("mod", Q, number(16))))
    write = access(i * P, loops=(IL,))
    assert carried(write, write, IL, context=[Constraint(even, "==")]).independent_when == "p != 0"


def test_step_that_may_be_zero() -> None:
    """i += q meets itself only when q is zero."""
    answer = ask((i * Q,), (i * Q,))
    assert (answer.verdict, answer.independent_when) == ("unknown", "q != 0")
    positive = of_term(Term("q", "invariant", 0, low=1))
    assert ask((i * positive,), (i * positive,)).verdict == "independent"


def test_conditions_speak_of_the_loops_place() -> None:
    """Counters of outer loops are not spoken of: some outer iteration is enough."""
    answer = ask((j,), (j + i,), JL)
    assert (answer.verdict, answer.condition) == ("independent", None)
    answer = ask((j + i,), (j,), JL)
    assert (answer.verdict, answer.condition) == ("dependent", None)


def test_guards_narrow_the_domain() -> None:
    """if (i < 5) a[i] = a[i + 5]"""
    guard = (Constraint(number(4) - i, ">="),)
    write, read = access(i, loops=(IL,), guards=guard), access(i + number(5), loops=(IL,), guards=guard)
    assert carried(write, read, IL).verdict == carried(read, write, IL).verdict == "independent"


def test_guards_that_say_too_little() -> None:
    """A dependence under a condition that is not known is not claimed; its distance, should it exist, is."""
    write = access(i, loops=(IL,), exact_guards=False)
    answer = carried(write, access(i - ONE, loops=(IL,)), IL)
    assert (answer.verdict, answer.cause, answer.distance) == ("unknown", "guard", (1,))


def test_unknown_values_are_named() -> None:
    """a[idx[i]] names idx[i]."""
    answer = ask((load("idx", i, 1),), (load("idx", i, 1),))
    assert (answer.verdict, answer.cause, answer.culprits) == ("unknown", "data", ("idx[i]",))


def test_a_subscript_that_is_no_polynomial() -> None:
    """What is not known of one dimension does not spoil what another proves."""
    assert ask((None,), (None,)).cause == "subscript"
    assert ask((None, i), (None, i)).verdict == "independent"


def test_bounds_from_data_still_let_a_loop_run() -> None:
    """for (j = 0; j < count[i]; j++) s[j] += …: dependent as soon as two iterations run far enough."""
    inner = loop("j", 2, load("count", i, 1))
    answer = ask((at(inner),), (at(inner),), IL, (IL, inner))
    assert (answer.verdict, answer.distance, answer.condition) == ("dependent", (None, 0), None)


@pytest.mark.parametrize(
    ("arrays", "expected"),
    [
        (IndexArrays(), "unknown"),
        (IndexArrays(injective=frozenset({"idx"})), "independent"),
        (IndexArrays(increasing=frozenset({"idx"})), "unknown"),
    ],
)
def test_index_array_without_duplicates(arrays: IndexArrays, expected: str) -> None:
    """a[3*idx[i] + 1] against a[3*idx[i] + 1], and a[idx[i]*m + j] in rows of m."""
    index = load("idx", i, 1)
    assert ask((index.scaled(3) + ONE,), (index.scaled(3) + ONE,), arrays=arrays).verdict == expected
    assert ask((index * M + j,), (index * M + j,), arrays=arrays).verdict == expected


def test_index_array_without_duplicates_but_with_an_offset() -> None:
    """a[idx[i] + i] may meet itself though idx has no duplicates."""
    index = load("idx", i, 1)
    arrays = IndexArrays(injective=frozenset({"idx"}))
    assert ask((index + i,), (index + i,), arrays=arrays).verdict == "unknown"


def test_compressed_rows() -> None:
    """for (j = row[i]; j < row[i+1]; j++) value[j]: rows are disjoint when row never falls."""
    start, end = load("row", i, 1), load("row", i + ONE, 1)
    inner = loop("j", 2, end - start)
    value = start + at(inner)
    arrays = IndexArrays(increasing=frozenset({"row"}))
    assert ask((value,), (value,), IL, (IL, inner)).verdict == "unknown"
    assert ask((value,), (value,), IL, (IL, inner), arrays=arrays).verdict == "independent"
    arrays = IndexArrays(frozenset({"column"}), frozenset({"row"}))
    column = load("column", value, 2)
    assert ask((column,), (column,), IL, (IL, inner), arrays=arrays).verdict == "independent"


def test_quotients_and_remainders() -> None:
    """a[i/2] meets in neighbouring iterations, a[i%8] in those 8 apart, b[i/8][i%8] in none."""
    half = of_term(Term("i / 2", "opaque", 1, defined_by=("div", i, number(2))))
    eighth = of_term(Term("i / 8", "opaque", 1, defined_by=("div", i, number(8))))
    rest = of_term(Term("i % 8", "opaque", 1, defined_by=("mod", i, number(8))))
    answer = ask((half,), (half,), loops=(IL,))
    assert (answer.verdict, answer.distance, answer.sample) == ("dependent", (1,), ((0,), (1,)))
    assert ask((rest,), (rest,), loops=(IL,)).sample == ((0,), (8,))
    assert ask((eighth, rest), (eighth, rest), loops=(IL,)).verdict == "independent"


def test_packed_triangle() -> None:
    """a[i*(i+1)/2 + j], j <= i, is a triangle's element; a[i*i/2 + j] may not be."""
    inner = loop("j", 2, i + ONE)
    packed = of_term(Term("i*(i+1)/2", "opaque", 1, defined_by=("div", i * i + i, number(2))))
    rounded = of_term(Term("i*i/2", "opaque", 1, defined_by=("div", i * i, number(2))))
    assert ask((packed + at(inner),), (packed + at(inner),), IL, (IL, inner)).verdict == "independent"
    assert ask((packed + at(inner) + ONE,), (packed + at(inner),), IL, (IL, inner)).verdict == "unknown"
    assert ask((rounded + at(inner),), (rounded + at(inner),), IL, (IL, inner)).verdict == "unknown"
    assert ask((i * i + at(inner),), (i * i + at(inner),), IL, (IL, inner)).verdict == "independent"


def test_minimum_as_a_bound() -> None:
    """for (j = 0; j < min(n, 16); j++): a[16*i + j] is written once."""
    least = of_term(Term("min(n, 16)", "invariant", 0, defined_by=("min", N, number(16))))
    inner = loop("j", 2, least)
    subscript = i.scaled(16) + at(inner)
    assert ask((subscript,), (subscript,), IL, (IL, inner)).verdict == "independent"


def test_row_that_is_left() -> None:
    """b[i][j-1] with j from 0 is b[i-1][m-1]: rows meet although the row subscripts are equal."""
    extents = (N, M)
    write = access(i, j, extents=extents)
    read = access(i, j - ONE, extents=extents)
    assert definitely_out_of_bounds(write) is None
    assert definitely_out_of_bounds(read) == 1
    assert carried(read, write, IL).verdict == "independent"
    answer = carried(write, read, IL)
    assert (answer.verdict, answer.distance[0], answer.sample) == ("dependent", 1, ((0, 0), (1, 0)))
    unknown = access(i, j - ONE, extents=(None, None))
    assert definitely_out_of_bounds(unknown) is None
    flat = access(i, j, extents=(None, None), flat=True)
    assert carried(flat, flat, IL).cause == "extent"


@pytest.mark.parametrize(("columns", "left", "verdict"), [(12, 1, "dependent"), (10, None, "independent")])
def test_numbers_that_leave_an_inner_dimension(columns: int, left: int | None, verdict: str) -> None:
    """a[i][j], j < 12, in rows of 10 reaches the next row; j < 10 does not."""
    inner = loop("j", 2, number(columns))
    write = access(i, at(inner), loops=(IL, inner), extents=(None, number(10)))
    assert definitely_out_of_bounds(write) == left
    assert carried(write, write, IL).verdict == verdict


def test_bounds_are_asked_of_the_reference_at_hand() -> None:
    """A changed copy of a reference does not get the original's answer."""
    read = access(i, j - ONE, extents=(N, M))
    assert definitely_out_of_bounds(read) == 1
    read.subscripts = (i, j)
    assert definitely_out_of_bounds(read) is None


def test_same_iteration() -> None:
    """a[i] and a[j] with j < i never meet in one iteration of i; a[i] and a[j], j < m, may."""
    first, second = access(i, loops=(IL,)), access(t, loops=(IL, TRIANGLE))
    assert overlap(first, second, [IL]) is False
    assert overlap(access(i, loops=(IL,)), access(i, loops=(IL,)), [IL]) is True
    assert overlap(access(number(3), loops=(IL,)), access(N, loops=(IL,)), [IL]) is None


def test_distinct_per_iteration() -> None:
    """a[i] is a different element in each iteration, a[j] is not."""
    assert distinct_per_iteration(access(i), IL)
    assert not distinct_per_iteration(access(j), IL)


def test_arrays_filled_before_they_are_read() -> None:
    """t[j], j < m, covers t[k + 1], k < m - 1, but not t[k + 1], k < m."""
    fill = access(j)
    assert covers([fill], access(at(shorter := loop("k", 2, M - ONE)) + ONE, loops=(IL, shorter)), IL)
    assert not covers([fill], access(at(longer := loop("k", 2, M)) + ONE, loops=(IL, longer)), IL)
    halves = [access(number(0), loops=(IL,)), access(at(rest := loop("k", 2, M - ONE)) + ONE, loops=(IL, rest))]
    assert covers(halves, access(j), IL)
    assert not covers(halves[1:], access(j), IL)
    guarded = access(j, guards=(Constraint(j - ONE, ">="),))
    assert not covers([guarded], access(j), IL)
    assert not covers([access(j, exact_guards=False)], access(j), IL)


def test_arrays_filled_through_an_index_array() -> None:
    """t[p[j]] covers t[p[k]]; linearised rows cover linearised rows."""
    other = loop("k", 2, M)
    fill, use = access(load("p", j, 2)), access(load("p", at(other), 2), loops=(IL, other))
    assert covers([fill], use, IL)
    assert not covers([fill], access(load("q", at(other), 2), loops=(IL, other)), IL)
    inner = loop("k", 3, P)
    row = loop("r", 2, M - ONE)
    column = loop("c", 3, P)
    fill = access(j * P + at(inner), loops=(IL, JL, inner))
    assert covers([fill], access((at(row) + ONE) * P + at(column), loops=(IL, row, column)), IL)


def test_common_questions_need_no_integer_sets() -> None:
    """The commonest questions are decided by the cheap tests alone."""
    sets.forget()
    before = sets.builds()
    for question in INDEPENDENT.values():
        ask(*question)
    ask((i,), (i - ONE,))
    ask((i, j), (i, j), KL, NEST)
    ask((i, j), (i - ONE, j + ONE))
    ask((i * M + j,), ((i - ONE) * M + j,))
    assert sets.builds() == before


def hostile(depth: int, seed: int) -> tuple[Reference, Reference, LoopDomain]:
    """A deep nest with many parameters and large coefficients, as no two of them go together."""
    parameters = [of_term(Term(f"p{index}", "invariant", 0)) for index in range(60)]
    loops: list[LoopDomain] = []
    for level in range(depth):
        upper = parameters[level] + parameters[level + 12].scaled(level + seed) + parameters[level + 24]
        if loops:
            upper = upper + at(loops[-1]).scaled(seed % 5)
        loops.append(loop(f"i{level}", level + 1, upper))
    left = right = constant(1)
    guards: list[Constraint] = []
    for level, each in enumerate(loops):
        left = left + at(each).scaled(97 * level + 13 + seed) + parameters[level + 36].scaled(7)
        right = right + at(each).scaled(89 * level + 17) + parameters[level + 48].scaled(5 + seed)
        guards.append(Constraint(at(each).scaled(3) - at(loops[level // 2]) - parameters[level], "!="))
    references = [
        Reference((left,), (None,), tuple(loops), tuple(guards), True, 0),
        Reference((right * parameters[0],), (None,), tuple(loops), tuple(guards), True, 0),
    ]
    return references[seed % 2], references[0], loops[seed % depth]


def test_hostile_questions_are_given_up() -> None:
    """Twelve loops, sixty parameters: an answer in bounded time, never an exception."""
    started = time.process_time()
    answers = [carried(*hostile(12, seed)) for seed in range(10)]
    assert time.process_time() - started < 10
    assert {answer.verdict for answer in answers} <= {"unknown", "dependent", "independent"}
    assert any(answer.cause == "complex" for answer in answers)


def test_budget_of_a_loop() -> None:
    """A spent budget answers "too complex" where integer sets would be needed, and cheap answers still come."""
    budget = Budget(left=2)
    question = (access(i + M), access(i), IL)
    assert carried(*question, budget=budget).verdict == "dependent"
    assert budget.left == 1
    assert carried(*question, budget=budget).verdict == "dependent"
    assert carried(*question, budget=budget).cause == "complex"
    assert carried(access(i), access(i), IL, budget=budget).verdict == "independent"
