"""Lanes that wait by looking at memory, what a flush orders, and programs that ask for the time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.verification.races import RaceReport
from pragmatist.verification.sandbox import Limits

Racing = Callable[..., RaceReport]

HANDSHAKE = """
#include <sched.h>
#include <unistd.h>
static int data, seen;
static int ready;
int main(void) {
#pragma omp parallel sections num_threads(2)
  {
#pragma omp section
    {
      int now = 0;
      while (!now) {
LOOK
      }
AFTER
      seen = data;
    }
#pragma omp section
    {
      data = 7;
BEFORE
#pragma omp atomic write ORDER
      ready = 1;
    }
  }
  return seen != 7;
}
"""
READ = "#pragma omp atomic read ORDER\n        now = ready;"


def handshake(look: str = READ, order: str = "", before: str = "", after: str = "") -> str:
    text = HANDSHAKE.replace("LOOK", look).replace("BEFORE", before).replace("AFTER", after)
    reading, _, writing = text.partition("#pragma omp atomic write")
    text = reading.replace("ORDER", order.replace("release", "acquire")) + "#pragma omp atomic write" + writing
    return text.replace("ORDER", order)


FLUSH = "#pragma omp flush"


@pytest.mark.parametrize(
    ("program", "outcome"),
    [
        (handshake(order="seq_cst"), "clean"),
        (handshake(order="release"), "clean"),
        (handshake(), "race"),
        (handshake(before=FLUSH, after=FLUSH), "clean"),
        (handshake(before=FLUSH), "race"),
        (handshake(after=FLUSH), "race"),
        (handshake(look=FLUSH + "\n        now = ready;"), "race"),
        (handshake(look="sched_yield();\n        now = ready;"), "race"),
        (handshake(look="usleep(9000000);\n        now = ready;"), "race"),
    ],
)
def test_a_lane_that_looks_again_and_again_lets_others_run(racing: Racing, program: str, outcome: str):
    """Whichever lane is first the handshake ends; it orders what the memory orders of its atomics, and flush, say."""
    report = racing(program, limits=Limits(cpu_seconds=10))
    assert report.outcome == outcome, report


COUNTER = """
static int count;
int main(void) {
#pragma omp parallel for
  for (int i = 0; i < 8; i++) {
#pragma omp atomic
    count += i;
    if (i == 5)
      count = 0;
  }
  return 0;
}
"""


def test_an_atomic_access_is_shown_at_its_own_place(racing: Racing):
    """The runtime stands before ThreadSanitizer's function, and is no part of what the report says."""
    report = racing(COUNTER)
    assert {(each.kind, each.spot.line) for race in report.races for each in race.accesses if each.spot} == {
        ("atomic write", 7),
        ("write", 9),
    }


CLOCK = """
#include <stdlib.h>
#include <time.h>
int main(void) {
  int a[64] = {0}, start = time(NULL);
  srand(start);
#pragma omp parallel for if (rand() / 1024 % 2)
  for (int i = 1; i < 64; i++) a[i] = a[i - 1];
  while (time(NULL) < start + 2) continue;
  return 0;
}
"""


def test_random_numbers_from_the_clock_follow_from_the_seed(racing: Racing):
    """With the same seed it is the same time of day, with another another; and it goes on."""
    by_seed = [racing(CLOCK, seeds=(seed,)).outcome for seed in (1, 2, 3, 4, 1, 2, 3, 4)]
    assert by_seed[:4] == by_seed[4:]
    assert set(by_seed) == {"clean", "race"}


TEAMS = """
#include <omp.h>
static int sum;
int main(void) {
  omp_lock_t lock;
  omp_init_lock(&lock);
#pragma omp target teams distribute parallel for num_teams(TEAMS) map(tofrom : sum)
  for (int i = 0; i < 100; i++) {
BEGIN
    sum += i;
END
  }
  return 0;
}
"""


@pytest.mark.parametrize(
    ("begin", "end"), [("#pragma omp critical", ""), ("omp_set_lock(&lock);", "omp_unset_lock(&lock);")]
)
def test_threads_of_two_teams_do_not_exclude_each_other(racing: Racing, begin: str, end: str):
    """Critical regions and locks order the threads of one team, and of no other."""
    text = TEAMS.replace("BEGIN", begin).replace("END", end)
    assert racing(text.replace("TEAMS", "1")).outcome == "clean"
    assert racing(text.replace("TEAMS", "3")).outcome == "race"


REDUCED = """
static int sums[16];
int main(void) {
#pragma omp target teams distribute parallel for num_teams(3) reduction(+ : sums) map(tofrom : sums)
  for (int i = 0; i < 100; i++)
    for (int j = 0; j < 16; j++) sums[j]++;
  return sums[3] != 100;
}
"""


def test_what_teams_add_up_is_atomic(racing: Racing):
    """The compiler combines the copies of all teams by an atomic construct, which orders them."""
    assert racing(REDUCED).outcome == "clean"


def test_threads_of_one_team_meet(racing: Racing):
    """What a team gets of a distributed loop is more than one iteration."""
    assert racing(TEAMS.replace("TEAMS", "1").replace("BEGIN", "").replace("END", "")).outcome == "race"


FOREVER = """
#include <stdio.h>
static int size;
int main(void) {
#pragma omp parallel sections
  {
#pragma omp section
    for (;;) {
#pragma omp critical(produce)
      if (size < 10) printf("%d\\n", ++size);
    }
#pragma omp section
    for (;;) {
#pragma omp critical(consume)
      if (size > 0) printf("%d\\n", --size);
    }
  }
}
"""


def test_a_program_that_never_ends_is_ended_when_its_races_are_known(racing: Racing):
    """After a count of turns, and not after some time: the report is the same each time."""
    report = racing(FOREVER)
    assert report.outcome == "race"
    assert racing(FOREVER).races == report.races


def test_a_race_counts_in_a_program_that_never_ends(racing: Racing):
    """What computes on and on after a race, without calling the runtime, is ended with the race in its report."""
    program = """
static int shared;
int main(void) {
#pragma omp parallel num_threads(2)
  {
    int own = shared;
    shared = own + 1;
    if (own) for (volatile int turns = 0; turns >= 0;) turns = (turns + 1) & 1023;
  }
  return 0;
}
"""
    report = racing(program, seeds=(1,), limits=Limits(cpu_seconds=60))
    assert report.outcome == "race", report
