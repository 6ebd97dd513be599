"""Programs run on the lanes, on this machine's own gcc."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.races import RaceReport, find_races
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover


@pytest.fixture
def racing(tmp_path: Path, store: CertificateStore) -> Callable[..., RaceReport]:
    """Builds a text as a program of its own and runs it on the lanes."""

    def run(text: str, name: str = "program.c", *, seeds=(1, 2), lanes: int = 8, **fields) -> RaceReport:
        language = "cpp" if name.endswith(".cpp") else "c"
        path = tmp_path / name
        path.write_text(text)
        if asyncio.run(discover(language, store)).lanes is None:
            pytest.skip("no gcc that the lane runtime works with")
        request = VerificationRequest(str(path), text.encode(), language, (), **fields)
        try:
            return asyncio.run(find_races(request, seeds=seeds, lanes=lanes, store=store))
        except SandboxUnavailable as problem:
            pytest.skip(str(problem))

    return run
