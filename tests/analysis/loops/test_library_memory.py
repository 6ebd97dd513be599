"""What library functions do to runs of memory, strings and argument lists."""

from __future__ import annotations

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts


def loop(body: str, parameters: str = "") -> LoopFacts:
    text = f"""void f(char *restrict s, char *restrict t, char (*w)[8], int *restrict len, unsigned *seed,
        double *restrict a, int n, int k, va_list ap) {{ for (int i = 0; i < n; i++) {{ {body} }} }}"""
    (found,) = analyze(text.encode(), "c").loops
    return found


@pytest.mark.parametrize(
    ("call", "guard"),
    [("memset(s + i * 4, 0, k);", "k <= 4"), ("memset(len + i * 3, 0, k * sizeof(int));", "k <= 3"),
     ("memcpy(s + i * 40, t + i, k);", "k <= 40")],
)  # fmt: skip
def test_a_length_that_is_passed_is_asked_for(call: str, guard: str) -> None:
    """Runs of an unknown length meet only where they are longer than the distance from one to the next."""
    found = loop(call)
    assert not found.blocking
    assert any(each.code == "PRG204" and each.guard == guard for each in found.assumptions)


def test_a_length_that_is_data_is_an_assumption() -> None:
    """A length read from memory cannot be asked for before the loop."""
    found = loop("memset(s + i * 4, 0, len[i]);")
    assert not found.blocking
    assert [(each.code, each.guard) for each in found.assumptions] == [("PRG205", None)]


@pytest.mark.parametrize("call", ["memset(s, 0, k);", "memset(s + i * 4, 0, 5);", "memset(s + i / 2, 0, k);",
                                  "memset(s + i * 4, 0, k); s[i * 4 + 4] = 1;"])  # fmt: skip
def test_runs_that_meet_whatever_their_length(call: str) -> None:
    """Where runs of one element meet, no length keeps the loop parallel."""
    assert any(reason.code == "PRG103" for reason in loop(call).blocking)


@pytest.mark.parametrize(
    "call", ['strcat(w[0], "x");', "strcat(w[0], w[i]);", "strcpy(s, w[i]);", "a[i] = rand_r(seed);"]
)
def test_one_string_for_all(call: str) -> None:
    """A string that every iteration sets or appends to depends on the iteration before."""
    assert {reason.code for reason in loop(call).blocking} & {"PRG101", "PRG103"}


def test_a_generator_for_each_iteration() -> None:
    """`rand_r(&seed[i])` touches its own seed and nothing else."""
    found = loop("a[i] = rand_r(&seed[i]);")
    assert not found.blocking
    assert not found.unknowns


def test_the_next_argument() -> None:
    """`va_arg` moves the list on: which argument an iteration gets depends on the iteration before."""
    (reason,) = loop("a[i] = va_arg(ap, double);").blocking
    assert (reason.code, reason.culprit) == ("PRG104", "ap")


def test_a_list_of_its_own() -> None:
    """An iteration that copies the list reads it and leaves it as it is."""
    found = loop("va_list own; va_copy(own, ap); a[i] = va_arg(own, double); va_end(own);")
    assert not found.blocking
    assert not found.unknowns
