"""Broken files: the analysis answers, whatever is left of the text."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from mutated_files import fault_of, mutated
from random_cpp_loops import PRELUDE, Generator

ROOT = Path(__file__).parents[2]
MUTATIONS = 60


def texts() -> dict[str, bytes]:
    """Files of the repository, and C++ that the tests make."""
    files = [*sorted((ROOT / "examples").glob("*.c")), *sorted((ROOT / "benchmarks/kernels").glob("*.c"))]
    found = {path.name: path.read_bytes() for path in files}
    generator = Generator(1, 0.3)
    found["random.cpp"] = (PRELUDE + "".join(generator.loop(number).text for number in range(12))).encode()
    return found


@pytest.mark.parametrize("seed", range(4))
def test_broken_files_are_answered(seed: int):
    """No exception, nothing that asks to be reported, no hang, for files cut off, spliced and scrambled."""
    draw, known = random.Random(seed), texts()
    names = sorted(known)
    for _ in range(MUTATIONS):
        name = draw.choice(names)
        text = mutated(known[name], draw, known[draw.choice(names)])
        assert fault_of(text, name) is None, text
