"""Builds that are begun as soon as there is a driver, since they depend on no input and on nothing that is measured: so
no core waits while the inputs are found."""

from __future__ import annotations

from collections.abc import Sequence

from .checks import outputs
from .request import PlannedEdit, outermost
from .rivals import begin_parallel_builds, begin_serial_builds, begun_serial_builds
from .workbench import Workbench


def begin_builds(bench: Workbench, edits: Sequence[PlannedEdit]) -> None:
    async def builds() -> None:
        """In the order in which they will be asked for."""
        outer = outermost(edits)
        begin_serial_builds(bench, outer)
        await begun_serial_builds(bench)
        begin_parallel_builds(bench, outer)
        await outputs.serial_builds(bench)

    bench.begin(builds)
