"""Random parallel regions, judged and enumerated: what is proved must hold for every pair of accesses there is.

A region is a sequence of items (worksharing loops, single, master, sections, barriers, statements that every thread
executes, serial loops over such items) over two small arrays and a scalar. The oracle lists every access of every
thread and iteration with its phase and says of each two whether they may run on different threads in one phase; it
shares nothing with the product.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import msgspec
import pytest

THREADS = 16
SIZE = 40


class Access(msgspec.Struct, frozen=True):
    phase: int
    # Who executes it: ("iteration", loop, i), ("single", n, t), ("section", n, k, t) or ("thread", t). Loops of one
    # length with schedule(static) count as one: their iterations go to the same threads (OpenMP 5.2 §11.5.3).
    actor: tuple
    cell: tuple
    write: bool
    guard: str | None  # "critical" around it


class Place(msgspec.Struct, frozen=True):
    """`name[factor * index + outer * t + offset]`."""

    name: str
    factor: int
    outer: int
    offset: int

    def text(self, index: str | None) -> str:
        if self.name == "s":
            return "s"
        terms = [f"{self.factor} * {index}"] if self.factor else []
        terms += [f"{self.outer} * t"] if self.outer else []
        return f"{self.name}[{' + '.join([*terms, str(self.offset)])}]"


class Statement(msgspec.Struct):
    text: str
    places: list[tuple[Place, bool]]
    guard: str | None


# What an item does to the list of accesses, for a value of the serial loop's index.
Emit = Callable[[int], None]


class Generator:
    """Builds the text of a region and the list of its accesses side by side."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.accesses: list[Access] = []
        self.phase = 0
        self.items = 0

    def region(self) -> str:
        text: list[str] = []
        for _ in range(self.random.randint(1, 4)):
            item, emit = self.serial() if self.random.random() < 0.25 else self.item(False)
            text.append(item)
            emit(0)
        body = "\n".join(text)
        return (
            f"#include <omp.h>\nint a[{SIZE}], b[{SIZE}], s;\nvoid f(void) {{\n#pragma omp parallel\n{{\n{body}\n}} }}"
        )

    def races(self) -> bool:
        return any(_conflict(one, other) for one, other in combinations(self.accesses, 2))

    # ---- items: text, and what they do

    def item(self, inside: bool) -> tuple[str, Emit]:
        self.items += 1
        kinds = [self.loop, self.loop, self.loop, self.single, self.master, self.replicated, self.sections]
        text, emit = self.random.choice(kinds)(inside)
        if self.random.random() >= 0.25:
            return text, emit
        return f"{text}\n#pragma omp barrier", lambda t: (emit(t), self.next_phase(True))[0]

    def serial(self) -> tuple[str, Emit]:
        trip = self.random.randint(2, 3)
        items = [self.item(True) for _ in range(self.random.randint(1, 3))]
        body = "\n".join(text for text, _ in items)

        def emit(_: int) -> None:
            for t in range(trip):
                for _, each in items:
                    each(t)

        return f"for (int t = 0; t < {trip}; t++) {{\n{body}\n}}", emit

    def loop(self, inside: bool) -> tuple[str, Emit]:
        number, trip = self.items, self.random.randint(2, 6)
        nowait, static = self.random.random() < 0.4, self.random.random() < 0.5
        statements = [self.statement("i", inside) for _ in range(self.random.randint(1, 2))]
        clauses = f" schedule({'static' if static else 'dynamic'}){' nowait' if nowait else ''}"
        body = " ".join(each.text for each in statements)

        def emit(t: int) -> None:
            for value in range(trip):
                actor = ("iteration", trip if static else (number, t), value)
                for each in statements:
                    self.touch(actor, each, value, t)
            self.next_phase(not nowait)

        return f"#pragma omp for{clauses}\nfor (int i = 0; i < {trip}; i++) {{ {body} }}", emit

    def single(self, inside: bool) -> tuple[str, Emit]:
        number, nowait = self.items, self.random.random() < 0.4
        statement = self.statement(None, inside)

        def emit(t: int) -> None:
            self.touch(("single", number, t), statement, 0, t)
            self.next_phase(not nowait)

        return f"#pragma omp single{' nowait' if nowait else ''}\n{{ {statement.text} }}", emit

    def master(self, inside: bool) -> tuple[str, Emit]:
        statement = self.statement(None, inside)
        return f"#pragma omp master\n{{ {statement.text} }}", lambda t: self.touch(("thread", 0), statement, 0, t)

    def replicated(self, inside: bool) -> tuple[str, Emit]:
        statement = self.statement(self.random.choice([None, "omp_get_thread_num()"]), inside)

        def emit(t: int) -> None:
            for thread in range(THREADS):
                self.touch(("thread", thread), statement, thread, t)

        return statement.text, emit

    def sections(self, inside: bool) -> tuple[str, Emit]:
        number = self.items
        statements = [self.statement(None, inside) for _ in range(2)]
        body = "\n".join(f"#pragma omp section\n{{ {each.text} }}" for each in statements)

        def emit(t: int) -> None:
            for position, each in enumerate(statements):
                self.touch(("section", number, position, t), each, 0, t)
            self.next_phase(True)

        return f"#pragma omp sections\n{{\n{body}\n}}", emit

    # ---- statements

    def statement(self, index: str | None, inside: bool) -> Statement:
        target = self.place(index, inside)
        sources = [self.place(index, inside) for _ in range(self.random.randint(0, 2))]
        text = f"{target.text(index)} = {' + '.join([*(each.text(index) for each in sources), '1'])};"
        places = [(each, False) for each in sources] + [(target, True)]
        if self.random.random() < 0.2:
            return Statement(f"\n#pragma omp critical\n{text}\n", places, "critical")
        return Statement(text, places, None)

    def place(self, index: str | None, inside: bool) -> Place:
        name = self.random.choice(["a", "a", "b", "b", "s"])
        if name == "s":
            return Place(name, 0, 0, 0)
        factor = self.random.choice([1, 1, 1, 2, -1, 0]) if index is not None else 0
        outer = self.random.choice([0, 0, 1, 6]) if inside else 0
        return Place(name, factor, outer, self.random.randint(8, 12))

    def touch(self, actor: tuple, statement: Statement, value: int, t: int) -> None:
        for place, write in statement.places:
            cell = (place.name, place.factor * value + place.outer * t + place.offset)
            self.accesses.append(Access(self.phase, actor, cell, write, statement.guard))

    def next_phase(self, waits: bool) -> None:
        self.phase += waits


def _conflict(one: Access, other: Access) -> bool:
    if one.cell != other.cell or not (one.write or other.write) or one.phase != other.phase:
        return False
    if one.guard is not None and one.guard == other.guard:
        return False
    return one.actor != other.actor


@pytest.mark.parametrize("batch", range(4))
def test_verdicts_hold_for_every_pair(batch: int, verdict) -> None:
    """`race` only where two accesses meet, `no_race` only where none do; and most regions are decided."""
    decided = 0
    for seed in range(batch * 40, batch * 40 + 40):
        generator = Generator(seed)
        program = generator.region()
        found, _ = verdict(program)
        if found != "unknown":
            assert (found == "race") == generator.races(), f"seed {seed}: {found}\n{program}"
            decided += 1
    assert decided >= 30
