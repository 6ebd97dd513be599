"""Locks that a function sets for its caller: which lock it is, the argument says."""

from __future__ import annotations

from collections.abc import Callable

import pytest

HEAD = """omp_lock_t one, two; int x;
static void add(omp_lock_t *p) { omp_set_lock(p); x += 1; omp_unset_lock(p); }
static void set(omp_lock_t *p) { omp_set_lock(p); }
static void unset(omp_lock_t *p) { omp_unset_lock(p); }
"""


@pytest.mark.parametrize(
    "body",
    ["add(&one); add(&one);", "add(&one); omp_set_lock(&one); x++; omp_unset_lock(&one);",
     "set(&one); x++; unset(&one);", "omp_lock_t *p = &one; omp_set_lock(p); x++; omp_unset_lock(p); add(&one);"],
)  # fmt: skip
def test_one_lock(verdict: Callable[..., tuple[str, frozenset[str]]], body: str) -> None:
    """What is passed is the same lock as what is named."""
    assert verdict(f"{HEAD} void f(void) {{\n#pragma omp parallel\n{{ {body} }} }}")[0] == "no_race"


@pytest.mark.parametrize(
    "body",
    ["add(&one); add(&two);", "add(&one); omp_set_lock(&two); x++; omp_unset_lock(&two);",
     "omp_lock_t own; omp_init_lock(&own); add(&own);",
     "omp_lock_t *p = &one; omp_set_lock(p); x++; omp_unset_lock(p); add(&two);"],
)  # fmt: skip
def test_two_locks(verdict: Callable[..., tuple[str, frozenset[str]]], body: str) -> None:
    """One function, called with two locks, or with one that each thread has for itself, keeps nobody out."""
    assert verdict(f"{HEAD} void f(void) {{\n#pragma omp parallel\n{{ {body} }} }}") == ("race", frozenset(["x"]))


def test_a_lock_chosen_at_run_time(verdict: Callable[..., tuple[str, frozenset[str]]]) -> None:
    """Whether two elements of an array of locks are one lock is not known."""
    found, _ = verdict(f"""{HEAD} omp_lock_t many[4]; void f(int n) {{
        #pragma omp parallel for
        for (int i = 0; i < n; i++) add(&many[i % 4]); }}""")
    assert found == "unknown"
