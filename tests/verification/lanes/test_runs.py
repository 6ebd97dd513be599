"""Runs on the lanes: what a report names, that it is always the same, and how a run that cannot end comes to one."""

from __future__ import annotations

from collections.abc import Callable

from pragmatist.verification.races import RaceReport
from pragmatist.verification.sandbox import Limits

Racing = Callable[..., RaceReport]

RECURRENCE = """\
#include <stdio.h>
static double field[100];
static void step(double *to, const double *from) {
  *to = *from + 1;
}
int main(void) {
  int last = 0;
#pragma omp parallel for
  for (int i = 1; i < 100; i++) {
    field[i] = field[i - 1] * 0.5;
    last = i;
  }
#pragma omp parallel for
  for (int i = 0; i < 98; i++)
    step(&field[i], &field[i + 2]);
  printf("%g %d\\n", field[99], last);
  return 0;
}
"""


def test_a_report_names_both_places(racing: Racing):
    """Lines, columns, expressions, the variable, and the iterations, which are the ones that meet."""
    report = racing(RECURRENCE)
    race = next(race for race in report.races if {a.spot.line for a in race.accesses if a.spot} == {10})
    by_kind = {access.kind: access for access in race.accesses}
    assert by_kind.keys() == {"read", "write"}
    assert race.variable == "field"
    assert by_kind["write"].expression == "field[i]"
    assert by_kind["read"].expression == "field[i - 1]"
    assert by_kind["write"].spot is not None
    assert by_kind["write"].spot.column == RECURRENCE.splitlines()[9].index("= field") + 1
    written, read = by_kind["write"].within, by_kind["read"].within
    assert written is not None
    assert read is not None
    assert (written.kind, read.number - written.number) == ("iteration", 1)


def test_a_report_leads_through_calls(racing: Racing):
    """The accesses stand in a function that the loop calls: the stack tells the call."""
    report = racing(RECURRENCE.replace("field[i - 1]", "field[i]").replace("    last = i;\n", ""))
    assert {tuple(spot.line for spot in access.stack[:2]) for race in report.races for access in race.accesses} == {
        (4, 14)
    }


def test_local_variables_are_named(racing: Racing):
    """A variable on the stack has no symbol, but an expression."""
    report = racing(RECURRENCE)
    assert "last" in {race.variable for race in report.races}


def test_the_same_seed_gives_the_same_report(racing: Racing):
    """Places, iterations and their order; another seed may show another pair of iterations."""
    first = racing(RECURRENCE, seeds=(5,))
    assert [racing(RECURRENCE, seeds=(5,)).races for _ in range(3)] == [first.races] * 3
    assert {race.seed for race in first.races} == {5}


DEADLOCK = """
#include <omp.h>
int main(void) {
  omp_lock_t one;
  omp_init_lock(&one);
#pragma omp parallel num_threads(2)
  omp_set_lock(&one);
  return 0;
}
"""
SPIN = """
int main(void) {
  int go = 0;
#pragma omp parallel num_threads(2)
#pragma omp sections
  {
#pragma omp section
    for (int seen = 0; !seen;) {
#pragma omp atomic read
      seen = go;
    }
#pragma omp section
    for (int seen = 0; !seen;) {
#pragma omp atomic read
      seen = go;
    }
  }
  return 0;
}
"""


def test_a_deadlock_is_inconclusive(racing: Racing):
    """Said at once, in words that name what is waited for."""
    report = racing(DEADLOCK)
    assert report.outcome == "inconclusive"
    assert "deadlock" in (report.problem or "")


def test_a_spin_is_ended_by_a_limit(racing: Racing):
    """A lane that waits for another by looking again and again never lets it run."""
    report = racing(SPIN, seeds=(1,), limits=Limits(cpu_seconds=2))
    assert report.outcome == "inconclusive"
    assert "processor time" in (report.problem or "")


def test_a_program_that_dies_or_leaves_is_inconclusive(racing: Racing):
    """By a signal, or without its exit handlers: nobody knows what it would have done."""
    for end, words in (("*(volatile int *)0 = 1;", "signal 11"), ("_Exit(0);", "without a report")):
        report = racing(f"#include <stdlib.h>\nint main(void) {{\n#pragma omp parallel\n  ;\n  {end}\n}}\n")
        assert report.outcome == "inconclusive", report
        assert words in (report.problem or "")


THREADS = """
#include <thread>
int main() {
  int sum = 0;
  std::thread other([&] {
#pragma omp parallel for reduction(+ : sum)
    for (int i = 0; i < 9; i++) sum += i;
  });
  other.join();
  return sum != 36;
}
"""


def test_threads_of_the_program_are_said_to_be_unsupported(racing: Racing):
    """Lanes are on the first thread only."""
    report = racing(THREADS, "program.cpp")
    assert report.outcome == "inconclusive"
    assert "thread that the program made by itself" in (report.problem or "")


def test_a_program_that_does_not_compile_is_inconclusive(racing: Racing):
    """With the compiler's own words."""
    report = racing("int main(void) { return missing; }\n")
    assert report.outcome == "inconclusive"
    assert "missing" in (report.problem or "")


SAFELEN = """
static double a[100];
int main(void) {
#pragma omp simd safelen(4)
  for (int i = 4; i < 100; i++) a[i] = a[i - 4];
  return 0;
}
"""


def test_with_a_loop_that_is_not_watched_nothing_is_clean(racing: Racing):
    """A simd loop that allows dependences further apart than its safelen cannot be run as threads are."""
    report = racing(SAFELEN)
    assert report.outcome == "inconclusive"
    assert "a loop was not watched" in (report.problem or "")
    assert [each.line for each in report.unwatched] == [4]


EMPTY = """
static double a[64];
int main(void) {
  int i, last = 3;
#pragma omp parallel for lastprivate(last)
  for (i = 0; i < 0; i++) last = i;
#pragma omp parallel private(i)
  for (int j = 0; j < 4; j++)
#pragma omp simd
    for (i = 64; i < 64; i++) a[i] = 1;
  return last == 7;
}
"""


def test_what_the_compiler_adds_to_empty_loops_is_no_race(racing: Racing):
    """gcc lets every lane write the lastprivate variables of a loop that has no iterations."""
    assert racing(EMPTY).outcome == "clean"


HEADER = """
static inline void fill(int *a) {
#pragma omp parallel for
  for (int i = 0; i < 64; i++) a[i / 2] = i;
}
"""


def test_directives_in_headers_are_watched_too(racing: Racing, tmp_path):
    """Headers are part of what is rewritten, at their own lines; a macro may hold a directive as well."""
    (tmp_path / "fill.h").write_text(HEADER)
    report = racing('#include "fill.h"\nint main(void) {\n  static int a[64];\n  fill(a);\n  return a[1] < 0;\n}\n')
    assert {
        (access.spot.file, access.spot.line) for race in report.races for access in race.accesses if access.spot
    } == {(str(tmp_path / "fill.h"), 4)}
    macro = '#define EACH _Pragma("omp parallel for") for (int i = 0; i < 64; i++)\n'
    assert racing(macro + "static int a[99];\nint main(void) { EACH a[i] = a[i + 1]; }\n").outcome == "race"


TARGET = """
static int sums[8];
int main(void) {
#pragma omp target teams distribute parallel for map(tofrom : sums)
  for (int i = 0; i < 100; i++)
    sums[i / 20]++;
  return 0;
}
"""


def test_target_regions_are_in_their_file(racing: Racing, tmp_path):
    """The compiler reads a copy, and no report names it."""
    report = racing(TARGET)
    assert {
        (access.spot.file, access.spot.line) for race in report.races for access in race.accesses if access.spot
    } == {(str(tmp_path / "program.c"), 6)}


def test_several_sources_are_one_program(racing: Racing, tmp_path):
    """Each is rewritten, and a race may lie in another than the first."""
    other = tmp_path / "other.c"
    other.write_text(
        "int sum;\nvoid add(int n) {\n#pragma omp parallel for\n  for (int i = 0; i < n; i++) sum += i;\n}\n"
    )
    report = racing("void add(int);\nint main(void) { add(50); }\n", sources=(str(other),))
    assert {access.spot.line for race in report.races for access in race.accesses if access.spot} == {4}
    assert {race.variable for race in report.races} == {"sum"}
