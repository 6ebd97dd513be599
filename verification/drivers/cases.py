"""`Case`: one input of a driver. Which are worth trying follows from what the function's integers are used as."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from .contents import Scalar, Site
from .uses import Uses

BOUNDARIES = (0, 1, 2)
PRIMES = (5, 13)
# All that follow are multiples of four: halves and quarters of them grow as they do, so that one law holds for all.
GROWTH = (12, 20, 28, 36, 44)  # from these the cost and extents of others are estimated
SPREAD = (4096, 1024, 512, 256, 128, 64, 52)  # one is for many threads: the largest that costs little enough
LARGE = tuple(int(2 ** (step / 2)) // 4 * 4 for step in range(44, 7, -1))  # for timing
RUNGS = tuple(2**power for power in range(3, 20))  # for finding out from where on threads pay

OVERLAP, DISTINCT, INCREASING = "PRG201", ("PRG202",), ("PRG206",)  # assumptions about memory and index arrays


class Case(msgspec.Struct, frozen=True):
    """`scalars` in the driver's order; `extents` are (lowest, highest) subscript by site, empty before a survey."""

    size: int
    seed: int
    scalars: tuple[int, ...]
    signs: bool = False
    duplicates: bool = False
    injective: bool = False
    increasing: bool = False
    extents: tuple[tuple[int, int], ...] = ()
    overlap: tuple[int, int, int] | None = None  # sites, and by how many elements the second begins after the first

    def argument(self, *, printing: bool) -> str:
        """As harness/driver.c reads it."""
        head = (self.seed, self.signs, self.duplicates, self.size, self.injective, self.increasing, printing)
        head += self.overlap or (-1, -1, 0)
        extents = ",".join(f"{low}:{high}" for low, high in self.extents)
        return f"{','.join(str(int(each)) for each in head)}/{','.join(map(str, self.scalars))}/{extents}"


class Cases:
    """Makes cases for one driver."""

    def __init__(self, uses: Uses, scalars: Sequence[Scalar], sites: Sequence[Site], assumed: Iterable[str]) -> None:
        self._uses, self._scalars, self._sites = uses, scalars, sites
        codes = set(assumed)
        self._injective = not codes.isdisjoint(DISTINCT)
        self._increasing = not codes.isdisjoint(INCREASING)

    @property
    def sized(self) -> bool:
        """Whether a size of ours changes what the function does."""
        bounds = any(self._uses.of(_last(each.name)) & {"bound", "stride"} for each in self._scalars)
        return bounds or any(site.container or site.text for site in self._sites)

    def of(self, size: int, seed: int, *, variant: int = 0, signs: bool = False, duplicates: bool = False) -> Case:
        scalars = tuple(self._value(each, size, variant) for each in self._scalars)
        extents = tuple((0, size - 1) if site.container else (0, -1) for site in self._sites)
        return Case(size, seed, scalars, signs, duplicates, self._injective, self._increasing, extents)

    def small(self) -> list[Case]:
        """Boundary sizes and small primes."""
        if not self.sized:
            return [self.of(7, 1), self.of(11, 2, variant=1, signs=True)]
        found = [self.of(size, 1 + size) for size in BOUNDARIES]
        found += [self.of(PRIMES[0], 7, variant=1, signs=True), self.of(PRIMES[1], 8)]
        return found

    def growth(self) -> list[Case]:
        """Those from which it follows what larger ones cost; none where no size changes what the function does."""
        return [self.of(size, 20 + size) for size in GROWTH] if self.sized else []

    def _value(self, scalar: Scalar, size: int, variant: int) -> int:
        used = self._uses.of(_last(scalar.name))
        if scalar.type.name.startswith("enum"):
            return variant & 1
        if "bound" in used:
            return size
        if "step" in used:
            return 1 + (variant & 1)
        if "start" in used:
            return variant & 1
        if "stride" in used:
            return size + (variant & 1)
        if "subscript" in used:
            return size // 2
        return 3 if not variant else 2


def _last(path: str) -> str:
    return path.replace("->", ".").replace("[]", "").rpartition(".")[2]
