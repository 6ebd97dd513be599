"""What tests of drivers share: the driver that is made for a function, and what the function prints on its inputs."""

from __future__ import annotations

import contextlib
import re
from collections.abc import AsyncIterator

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.drivers.drive import drive, function_at, unit_of
from pragmatist.verification.drivers.driver import Driver
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"


def loop_line(text: str) -> int:
    return next(number for number, line in enumerate(text.split("\n"), 1) if re.search(r"^\s*for\b", line))


@contextlib.asynccontextmanager
async def driven(request: VerificationRequest, store: CertificateStore) -> AsyncIterator[tuple[Driver, Workbench]]:
    toolchain = await discover(request.language, store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    try:
        async with Workbench.open(request, toolchain) as bench:
            unit = unit_of(request)
            function = function_at(unit, request.edits[0])
            assert function is not None
            yield await drive(bench, unit, function, request.edits)
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


async def printed(request: VerificationRequest, store: CertificateStore) -> tuple[Driver, str]:
    """The driver, and what the unedited function printed on its inputs; the same from every compiler."""
    async with driven(request, store) as (driver, bench):
        outputs: set[str] = set()
        for compiler in bench.toolchain.representatives:
            build = await bench.build(request.text, compiler, ("-O1",), openmp=False)
            assert build.ok, build.messages
            ran = await bench.run(build)
            assert ran.completed.status == 0, ran.completed.text
            outputs.add(ran.completed.stdout.decode())
        assert len(outputs) == 1
        return driver, outputs.pop()
