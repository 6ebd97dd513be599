"""Programs without a race are refused by nothing, and what is missing from their mutants is found.

All of it is benchmarks/verification/mutants.py; here are the checks that take no time on all programs, and the lanes on
some. What is said of the mutants that are as good as the program stands in benchmarks/verification/mutants.toml.
"""

from __future__ import annotations

import asyncio
import importlib.util
import sys
import tomllib
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.races import find_races
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover

PROGRAMS = Path(__file__).parent / "programs"
STUDY = Path(__file__).parents[2] / "benchmarks" / "verification"
NAMES = sorted(path.name for path in PROGRAMS.iterdir())

# Mutants that only one kind of thinking finds, each with the checks that must refuse it.
CAUGHT = {
    "dot.c:11 -private(product)": "analysis",
    "bank.c:10 -critical(account)": "analysis lanes",
    "jacobi.c:15 for nowait": "analysis lanes",
    "barrier_phases.c:17 -barrier": "analysis",
    "task_reduction.c:7 -single": "analysis",
    "task_mutex.c:13 -depend(mutexinoutset: total)": "analysis",
    "static_member.cpp:5 -threadprivate(ticks)": "analysis",
    "dot.c:11 -reduction(odd)": "lanes",
    "bfs.c:22 -atomic capture": "lanes",
    "simd_dot.c:10 -private(t)": "lanes",
    "mergesort_tasks.c:14 -taskwait": "lanes",
}


def language_of(name: str):
    return "c" if name.endswith(".c") else "cpp"


@pytest.fixture(scope="module")
def mutants() -> dict[str, bytes]:
    """The text of every mutant by its id."""
    spec = importlib.util.spec_from_file_location("openmp_mutation", STUDY / "mutation.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return {
        mutant.id: mutant.text for name in NAMES for mutant in module.mutants_of(name, (PROGRAMS / name).read_bytes())
    }


def verdicts(name: str, text: bytes) -> set[str]:
    return {each.verdict for each in analyze(text, language_of(name)).directives}


def on_lanes(name: str, text: bytes, store: CertificateStore, seeds=(1, 2)) -> str:
    if asyncio.run(discover(language_of(name), store)).lanes is None:
        pytest.skip("no gcc that the lane runtime works with")
    request = VerificationRequest(str(PROGRAMS / name), text, language_of(name), ())
    try:
        return asyncio.run(find_races(request, seeds=seeds, store=store)).outcome
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


def test_no_program_is_called_racy() -> None:
    """The analysis reads every program, and finds a race in none."""
    found = {name: verdicts(name, (PROGRAMS / name).read_bytes()) for name in NAMES}
    assert len(found) >= 60
    assert [name for name, verdicts in found.items() if "race" in verdicts or not verdicts] == []


def test_mutants_as_good_as_the_program(mutants: dict[str, bytes]) -> None:
    """Those said to be so exist, are a small part of all, and the analysis finds no race in them."""
    rules = tomllib.loads((STUDY / "mutants.toml").read_text())["rules"]
    alike = {name for rule in rules.values() for name in rule["mutants"]}
    assert alike <= set(mutants)
    assert len(alike) < len(mutants) / 5
    assert [name for name in alike if "race" in verdicts(name.partition(":")[0], mutants[name])] == []


@pytest.mark.parametrize("name", [name for name, checks in CAUGHT.items() if "analysis" in checks])
def test_analysis_finds_what_is_missing(name: str, mutants: dict[str, bytes]) -> None:
    """A directive of the mutant is called racy."""
    assert "race" in verdicts(name.partition(":")[0], mutants[name])


@pytest.mark.parametrize("name", [name for name, checks in CAUGHT.items() if "lanes" in checks])
def test_lanes_find_what_is_missing(name: str, mutants: dict[str, bytes], store: CertificateStore) -> None:
    """The mutant races on the lanes, and the program it was made from does not."""
    program = name.partition(":")[0]
    assert on_lanes(program, mutants[name], store) == "race"
    assert on_lanes(program, (PROGRAMS / program).read_bytes(), store) == "clean"


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES[::3])
def test_lanes_refuse_no_program(name: str, store: CertificateStore) -> None:
    """Every third program is clean on the lanes; the study asks about all."""
    assert on_lanes(name, (PROGRAMS / name).read_bytes(), store, seeds=(1,)) == "clean"
