"""Cost of one dependence question by class, in microseconds of processor time.

    python benchmarks/analysis/dependence_queries.py [--repeat 300]

"first" is the cost of a question never seen before (integer sets, where needed, are solved afresh); "again" that of
the same question after an edit elsewhere: new terms, equal structure. "by" says what decided: the cheap exact tests, or
isl.
"""

import argparse
import statistics
import time
from collections.abc import Callable

from pragmatist.analysis.dependence import sets
from pragmatist.analysis.dependence.problem import Answer, LoopDomain, Reference
from pragmatist.analysis.dependence.test import carried
from pragmatist.analysis.symbolic.polynomial import ONE, Constraint, Polynomial, Term, constant, of_term

Question = tuple[Reference, Reference, LoopDomain]


class Nest:
    """A rectangular nest for (i = 0; i < n; i++) for (j = 0; j < m; j++) for (k = 0; k < p; k++)."""

    def __init__(self, depth: int = 2, triangular: bool = False) -> None:
        self.n, self.m, self.p = (of_term(Term(name, "invariant", 0)) for name in "nmp")
        self.loops: list[LoopDomain] = []
        bounds = [self.n, self.m, self.p]
        for level in range(depth):
            counter = Term("ijk"[level], "counter", level + 1)
            upper = of_term(self.loops[-1].counter) if triangular and level else bounds[level]
            self.loops.append(LoopDomain(counter, (Constraint(upper - of_term(counter) - ONE, ">="),), counter.name))
        self.i, self.j, self.k = [*(of_term(loop.counter) for loop in self.loops), self.n, self.n][:3]

    def access(self, *subscripts: Polynomial, guards: tuple[Constraint, ...] = ()) -> Reference:
        return Reference(subscripts, tuple(None for _ in subscripts), tuple(self.loops), guards, True, 0)


def question(
    level: int, make: Callable[[Nest], tuple[tuple[Polynomial, ...], tuple[Polynomial, ...]]], **shape
) -> Callable[[], Question]:
    def build() -> Question:
        nest = Nest(**shape)
        first, second = make(nest)
        return nest.access(*first), nest.access(*second), nest.loops[level]

    return build


def hostile() -> Question:
    """A 12-deep nest, 60 parameters, large coefficients."""
    parameters = [of_term(Term(f"p{index}", "invariant", 0)) for index in range(60)]
    loops: list[LoopDomain] = []
    for level in range(12):
        counter = Term(f"i{level}", "counter", level + 1)
        upper = parameters[level] + parameters[level + 12].scaled(level) + parameters[level + 24]
        loops.append(LoopDomain(counter, (Constraint(upper - of_term(counter) - ONE, ">="),), counter.name))
    left = right = constant(1)
    for level, loop in enumerate(loops):
        left = left + of_term(loop.counter).scaled(97 * level + 13) + parameters[level + 36].scaled(7)
        right = right + of_term(loop.counter).scaled(89 * level + 17) + parameters[level + 48].scaled(5)
    first, second = (Reference((each,), (None,), tuple(loops), (), True, 0) for each in (left, right))
    return first, second, loops[0]


CLASSES: dict[str, Callable[[], Question]] = {
    "a[i], a[i]": question(0, lambda x: ((x.i,), (x.i,)), depth=1),
    "a[2i], a[2i+1]": question(0, lambda x: ((x.i.scaled(2),), (x.i.scaled(2) + ONE,)), depth=1),
    "a[i], a[i-1]": question(0, lambda x: ((x.i,), (x.i - ONE,)), depth=1),
    "a[i], a[i+1000]": question(0, lambda x: ((x.i + constant(1000),), (x.i,)), depth=1),
    "a[i], a[i+m]": question(0, lambda x: ((x.i + x.m,), (x.i,)), depth=1),
    "a[i], a[n-1-i]": question(0, lambda x: ((x.i,), (x.n - ONE - x.i,)), depth=1),
    "c[i][j] over i": question(0, lambda x: ((x.i, x.j), (x.i, x.j))),
    "c[i][j] over k": question(2, lambda x: ((x.i, x.j), (x.i, x.j)), depth=3),
    "b[j] over i": question(0, lambda x: ((x.j,), (x.j,))),
    "a[i][j], a[i-1][j+1]": question(0, lambda x: ((x.i, x.j), (x.i - ONE, x.j + ONE))),
    "a[i][j], a[i-1][j+1], j < i": question(0, lambda x: ((x.i, x.j), (x.i - ONE, x.j + ONE)), triangular=True),
    "a[i][j], a[j][i]": question(0, lambda x: ((x.i, x.j), (x.j, x.i))),
    "a[i+j]": question(0, lambda x: ((x.i + x.j,), (x.i + x.j,))),
    "a[i*m+j] over i": question(0, lambda x: ((x.i * x.m + x.j,), (x.i * x.m + x.j,))),
    "a[i*m+j] over j": question(1, lambda x: ((x.i * x.m + x.j,), (x.i * x.m + x.j,))),
    "a[i*m+j], a[(i-1)*m+j]": question(0, lambda x: ((x.i * x.m + x.j,), ((x.i - ONE) * x.m + x.j,))),
    "a[(i*m+j)*p+k] over i": question(0, lambda x: (((x.i * x.m + x.j) * x.p + x.k,),) * 2, depth=3),
    "a[i*n+j], j < m": question(0, lambda x: ((x.i * x.n + x.j,), (x.i * x.n + x.j,))),
    "12 deep, 60 parameters": hostile,
}


def measure(build: Callable[[], Question], repeat: int) -> tuple[Answer, float, float, bool]:
    """The answer, the median cost of a first and of a repeated question, and whether isl had a hand in it."""
    first: list[float] = []
    again: list[float] = []
    answer = carried(*build())
    sets.forget()
    before = sets.builds()
    carried(*build())
    by_sets = sets.builds() != before
    for _ in range(repeat):
        sets.forget()
        asked = build()
        start = time.process_time_ns()
        answer = carried(*asked)
        first.append((time.process_time_ns() - start) / 1000)
    for _ in range(repeat):
        asked = build()
        start = time.process_time_ns()
        carried(*asked)
        again.append((time.process_time_ns() - start) / 1000)
    return answer, statistics.median(first), statistics.median(again), by_sets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeat", type=int, default=300)
    repeat = parser.parse_args().repeat
    print(f"{'question':32}{'answer':>14}{'first µs':>10}{'again µs':>10}  by")
    by_sets = 0
    for name, build in CLASSES.items():
        answer, first, again, sets_used = measure(build, repeat)
        by_sets += sets_used
        print(f"{name:32}{answer.verdict:>14}{first:>10.1f}{again:>10.1f}  {'isl' if sets_used else 'cheap'}")
    print(f"cheap: {len(CLASSES) - by_sets} of {len(CLASSES)} classes, isl: {by_sets}")


if __name__ == "__main__":
    main()
