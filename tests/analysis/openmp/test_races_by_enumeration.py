"""Random parallel regions, judged and enumerated: what is proved must hold for every pair of accesses there is.

A region is a sequence of items (worksharing loops, single, master, sections, barriers, statements that every thread
executes) over two small arrays and a scalar. The oracle lists every access of every thread and iteration with its
phase and says of each two whether they may run on different threads in one phase; it shares nothing with the product.
"""

from __future__ import annotations

import random
from itertools import combinations

import msgspec
import pytest

THREADS = 16
SIZE = 24


class Access(msgspec.Struct, frozen=True):
    phase: int
    # Who executes it: ("iteration", loop, i), ("single", n), ("section", n, k) or ("thread", t). Loops of one length
    # with schedule(static) count as one: their iterations go to the same threads (OpenMP 5.2 §11.5.3).
    actor: tuple
    cell: tuple
    write: bool
    guard: str | None  # "critical" or "atomic" around it


class Generator:
    """Builds the text of a region and the list of its accesses side by side."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text: list[str] = []
        self.accesses: list[Access] = []
        self.phase = 0
        self.items = 0

    def region(self) -> str:
        for _ in range(self.random.randint(1, 4)):
            self.items += 1
            self.random.choice(
                [self.loop, self.loop, self.loop, self.single, self.master, self.replicated, self.sections]
            )()
            if self.random.random() < 0.25:
                self.text.append("#pragma omp barrier")
                self.phase += 1
        body = "\n".join(self.text)
        return (
            f"#include <omp.h>\nint a[{SIZE}], b[{SIZE}], s;\nvoid f(void) {{\n#pragma omp parallel\n{{\n{body}\n}} }}"
        )

    # ---- statements: text, and the cells touched for a value of the index

    def statement(self, index: str | None) -> tuple[str, list[tuple[str, int, int, bool]], str | None]:
        """A statement, the places (array, factor, offset, write) that it touches, and what protects it."""
        target = self.place(index)
        sources = [self.place(index) for _ in range(self.random.randint(0, 2))]
        text = f"{self.spelled(target, index)} = {' + '.join([*(self.spelled(each, index) for each in sources), '1'])};"
        places = [(*each, False) for each in sources] + [(*target, True)]
        if self.random.random() < 0.2:
            return f"\n#pragma omp critical\n{text}\n", places, "critical"
        return text, places, None

    def place(self, index: str | None) -> tuple[str, int, int]:
        name = self.random.choice(["a", "a", "b", "b", "s"])
        factor = self.random.choice([1, 1, 1, 2, -1, 0]) if index is not None and name != "s" else 0
        return name, factor, self.random.randint(8, 12) if name != "s" else 0

    @staticmethod
    def spelled(place: tuple[str, int, int], index: str | None) -> str:
        name, factor, offset = place
        if name == "s":
            return name
        return f"{name}[{factor} * {index} + {offset}]" if factor else f"{name}[{offset}]"

    def touch(self, actor: tuple, places: list, guard: str | None, value: int = 0) -> None:
        for name, factor, offset, write in places:
            self.accesses.append(Access(self.phase, actor, (name, factor * value + offset), write, guard))

    # ---- items

    def loop(self) -> None:
        trip = self.random.randint(2, 6)
        nowait = self.random.random() < 0.4
        static = self.random.random() < 0.5
        self.text.append(f"#pragma omp for schedule({'static' if static else 'dynamic'}){' nowait' if nowait else ''}")
        statements = [self.statement("i") for _ in range(self.random.randint(1, 2))]
        self.text.append(f"for (int i = 0; i < {trip}; i++) {{ {' '.join(each[0] for each in statements)} }}")
        for value in range(trip):
            for _, places, guard in statements:
                self.touch(("iteration", trip if static else -self.items, value), places, guard, value)
        self.phase += not nowait

    def single(self) -> None:
        nowait = self.random.random() < 0.4
        text, places, guard = self.statement(None)
        self.text.append(f"#pragma omp single{' nowait' if nowait else ''}\n{{ {text} }}")
        self.touch(("single", self.items), places, guard)
        self.phase += not nowait

    def master(self) -> None:
        text, places, guard = self.statement(None)
        self.text.append(f"#pragma omp master\n{{ {text} }}")
        self.touch(("thread", 0), places, guard)

    def replicated(self) -> None:
        index = self.random.choice([None, "omp_get_thread_num()"])
        text, places, guard = self.statement(index)
        self.text.append(text)
        for thread in range(THREADS):
            self.touch(("thread", thread), places, guard, thread)

    def sections(self) -> None:
        self.text.append("#pragma omp sections\n{")
        for number in range(2):
            text, places, guard = self.statement(None)
            self.text.append(f"#pragma omp section\n{{ {text} }}")
            self.touch(("section", self.items, number), places, guard)
        self.text.append("}")
        self.phase += 1

    # ---- the oracle

    def races(self) -> bool:
        return any(self.conflict(one, other) for one, other in combinations(self.accesses, 2))

    @staticmethod
    def conflict(one: Access, other: Access) -> bool:
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
