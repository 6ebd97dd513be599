"""Random programs of tasks, judged and enumerated: happens-before as a graph over every task instance.

One thread runs statements, creates tasks (alone and in loops, some with `depend`), waits and groups. The oracle draws
an edge wherever OpenMP orders two runs; two conflicting accesses race where no path leads from one to the other.
"""

from __future__ import annotations

import random

import pytest


class Generator:
    """Builds the text of a program and its graph of runs side by side. Runs are numbered in order of creation."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.text: list[str] = []
        self.cells: list[list[tuple[tuple[str, int], bool]]] = [[]]  # by run: cells touched, and whether written
        self.before: list[set[int]] = [set()]  # by run: runs that are complete before it starts
        self.current = 0  # the creating thread's latest stretch of straight code
        self.open: set[int] = set()  # tasks that nothing has waited for
        self.groups: list[set[int]] = []
        self.depends: list[tuple[int, dict[tuple[str, int], str]]] = []  # siblings with their dependences

    def program(self) -> str:
        for _ in range(self.random.randint(2, 6)):
            self.random.choice([self.statement, self.task, self.task, self.task_loop, self.wait, self.group])()
        body = "\n".join(self.text)
        return f"int a[24], b[24], s, t;\nvoid f(void) {{\n#pragma omp parallel\n#pragma omp single\n{{\n{body}\n}} }}"

    # ---- runs

    def stretch(self) -> None:
        """The creating thread goes on: a new stretch of its code, after the last one."""
        self.cells.append([])
        self.before.append({self.current} | self.before[self.current])
        self.current = len(self.cells) - 1

    def create(self, depends: dict[tuple[str, int], str]) -> int:
        run = len(self.cells)
        self.cells.append([])
        earlier = {self.current} | self.before[self.current]
        for other, items in self.depends:
            if any(kind == "out" or items[item] == "out" for item, kind in depends.items() if item in items):
                earlier |= {other} | self.before[other]
        self.before.append(earlier)
        if depends:
            self.depends.append((run, depends))
        self.open.add(run)
        for group in self.groups:
            group.add(run)
        self.stretch()
        return run

    def finish(self, runs: set[int]) -> None:
        self.stretch()
        for run in runs:
            self.before[self.current] |= {run} | self.before[run]

    # ---- text

    def assignment(self, index: str | None = None) -> tuple[str, list[tuple[str, int, int, bool]]]:
        target, source = self.place(index), self.place(index)
        places = [(*source, False), (*target, True)]
        return f"{self.spelled(target, index)} = {self.spelled(source, index)} + 2;", places

    def place(self, index: str | None) -> tuple[str, int, int]:
        name = self.random.choice(["a", "b", "s", "t"])
        if name in ("s", "t"):
            return name, 0, 0
        return name, self.random.choice([1, 1, 2, 0]) if index else 0, self.random.randint(4, 7)

    @staticmethod
    def spelled(place: tuple[str, int, int], index: str | None) -> str:
        name, factor, offset = place
        if name in ("s", "t"):
            return name
        return f"{name}[{factor} * {index} + {offset}]" if factor else f"{name}[{offset}]"

    def touch(self, run: int, places: list[tuple[str, int, int, bool]], value: int = 0) -> None:
        self.cells[run] += [((name, factor * value + offset), write) for name, factor, offset, write in places]

    def statement(self) -> None:
        text, places = self.assignment()
        self.text.append(text)
        self.touch(self.current, places)

    def task(self) -> None:
        clause, depends = "", {}
        if self.random.random() < 0.5:
            for kind in ("in", "out"):
                item = self.random.choice(["s", "t"])
                if self.random.random() < 0.6 and (item, 0) not in depends:
                    depends[item, 0] = kind
                    clause += f" depend({kind}: {item})"
        text, places = self.assignment()
        self.text.append(f"#pragma omp task{clause}\n{{ {text} }}")
        self.touch(self.create(depends), places)

    def task_loop(self) -> None:
        """A loop over tasks, statements, waits and groups, which its index tells apart."""
        trip = self.random.randint(2, 4)
        kinds = [
            self.random.choice(["task", "task", "group", "wait", "statement"]) for _ in range(self.random.randint(1, 3))
        ]
        made = [(kind, *self.assignment("i")) for kind in kinds]
        lines: list[str] = []
        for kind, text, _ in made:
            if kind == "task":
                lines.append(f"#pragma omp task\n{{ {text} }}")
            elif kind == "group":
                lines.append(f"#pragma omp taskgroup\n{{\n#pragma omp task\n{{ {text} }}\n}}")
            else:
                lines.append("#pragma omp taskwait" if kind == "wait" else text)
        body = "\n".join(lines)
        self.text.append(f"for (int i = 0; i < {trip}; i++) {{\n{body}\n}}")
        for value in range(trip):
            for kind, _, places in made:
                if kind == "task":
                    self.touch(self.create({}), places, value)
                elif kind == "group":
                    run = self.create({})
                    self.touch(run, places, value)
                    self.finish({run})
                    self.open.discard(run)
                elif kind == "wait":
                    self.finish(self.open)
                    self.open = set()
                else:
                    self.touch(self.current, places, value)

    def wait(self) -> None:
        self.text.append("#pragma omp taskwait")
        self.finish(self.open)
        self.open = set()

    def group(self) -> None:
        self.text.append("#pragma omp taskgroup\n{")
        self.groups.append(set())
        self.task()
        self.statement()
        self.text.append("}")
        ended = self.groups.pop()
        self.finish(ended)
        self.open -= ended

    # ---- the oracle

    def races(self) -> bool:
        for later in range(len(self.cells)):
            for earlier in range(later):
                if earlier in self.before[later] or later in self.before[earlier]:
                    continue
                for cell, write in self.cells[earlier]:
                    if any(cell == other and (write or writes) for other, writes in self.cells[later]):
                        return True
        return False


@pytest.mark.parametrize("batch", range(4))
def test_verdicts_hold_for_every_pair_of_runs(batch: int, verdict) -> None:
    """`race` only where two runs are unordered and meet, `no_race` only where none are; most are decided."""
    decided = 0
    for seed in range(batch * 40, batch * 40 + 40):
        generator = Generator(seed)
        program = generator.program()
        found, _ = verdict(program)
        if found != "unknown":
            assert (found == "race") == generator.races(), f"seed {seed}: {found}\n{program}"
            decided += 1
    assert decided >= 30
