"""Each check on small programs, with real compilers and sanitizers: what it refutes, passes, and leaves open."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec
import pytest
from pragmatist.reasoning.plan import Rejection
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import compile, lane_race, outputs, plan, threaded_race
from pragmatist.verification.toolchain import discover
from workbenches import PARALLEL, TEMPORARY, TWO_LOOPS, answers, bench_for


@pytest.fixture
async def needs_race_check(store: CertificateStore) -> None:
    toolchain = await discover("c", store)
    if toolchain.race is None:
        pytest.skip(toolchain.race_problem or "")


def test_the_plan_check_repeats_the_checkers_words(planned):
    """Refuting ones refute, others leave the plan unproved, none pass it."""
    wrong = Rejection("PRG101", "t must be private")
    unproved = Rejection("PRG201", "not proved: a and b may overlap", refuted=False)
    text = TWO_LOOPS.encode()
    found = [plan.check(planned(text, 5, PARALLEL, rejections=each)) for each in ((), (unproved,), (unproved, wrong))]
    assert [(check.outcome, check.detail) for check in found] == [
        ("passed", "the plan follows from the facts"),
        ("inconclusive", "not proved: a and b may overlap"),
        ("refuted", "t must be private"),
    ]


async def test_compile_passes_on_every_compiler(request_for, store: CertificateStore):
    """And names them; the commands are there to repeat."""
    (check,) = await answers(compile.check, request_for(TWO_LOOPS, (5, PARALLEL)), store)
    compilers = (await discover("c", store)).compilers
    assert check.outcome == "passed", check.detail
    assert all(compiler.name in check.detail for compiler in compilers if compiler.openmp)
    assert check.commands


async def test_compile_refutes_what_one_compiler_rejects(request_for, store: CertificateStore):
    """A clause on a variable that does not exist, at the line of the loop that the pragma is for."""
    request = request_for(TWO_LOOPS, (5, f"{PARALLEL} private(missing)"))
    (check,) = await answers(compile.check, request, store)
    assert check.outcome == "refuted"
    assert "missing" in check.detail
    assert {(trace.file, trace.line) for trace in check.traces} == {(request.path, 5)}


@pytest.mark.parametrize(
    ("pragma", "line"),
    [
        (f"{PARALLEL} if(HERE)", 2),
        (f"{PARALLEL} if(IN_A_HEADER)", 7),
        (f"{PARALLEL} if(N) \\\n  num_threads(N / 0)", 7),
    ],
    ids=["a macro of the file", "a macro of a header", "a continued line"],
)
async def test_new_warnings_in_what_was_inserted_count(request_for, store, tmp_path: Path, pragma: str, line: int):
    """Also where a compiler places them in the macro that the edit uses, and on a pragma's second line."""
    (tmp_path / "zero.h").write_text("#define IN_A_HEADER (N / 0)\n")
    text = f'#include "zero.h"\n#define HERE (N / 0)\n{TWO_LOOPS}'
    for family in ("gcc", "clang"):
        async with bench_for(request_for(text, (7, pragma)), store) as bench:
            if (compiler := bench.toolchain.newest(family)) is None:
                continue
            bench.toolchain = msgspec.structs.replace(bench.toolchain, compilers=(compiler,), further=())
            (check,) = await compile.check(bench, bench.request.edits)
        assert check.outcome == "refuted", check.detail
        assert "division by zero" in check.detail
        assert {trace.line for trace in check.traces} <= {line, 7}


async def test_the_projects_flags_are_kept(request_for, store: CertificateStore, tmp_path: Path):
    """Standard, macros, include paths and warnings; with -Werror a warning is an error."""
    (tmp_path / "inc").mkdir()
    (tmp_path / "inc" / "n.h").write_text("#if LEVEL != 3 || __STDC_VERSION__ != 199901L\n#error flags\n#endif\n")
    text = "#include <n.h>\n" + TWO_LOOPS
    flags = ("-Iinc", "-DLEVEL=3", "-std=c99", "-Wunused-macros", "-Werror")
    right, wrong = (
        request_for(text, (6, pragma), flags=flags) for pragma in (PARALLEL, f"#define UNUSED 1\n{PARALLEL}")
    )
    (passed,), (refuted,) = [await answers(compile.check, each, store) for each in (right, wrong)]
    assert (passed.outcome, refuted.outcome) == ("passed", "refuted"), (passed, refuted)
    assert all({"-DLEVEL=3", "-std=c99"} <= set(command) for command in passed.commands)


async def test_an_include_directory_may_be_a_link(request_for, store: CertificateStore, tmp_path: Path):
    """Named outside of the project, as where an installed library's version is chosen by a link."""
    (tmp_path / "library-1.2").mkdir()
    (tmp_path / "library-1.2" / "library.h").write_text("int version;\n")
    (tmp_path / "library").symlink_to("library-1.2")
    (tmp_path / "project").mkdir()
    text = "#include <library.h>\n" + TWO_LOOPS
    request = request_for(text, (6, PARALLEL), name="project/program.c", flags=("-I", "../library"))
    (check,) = await answers(compile.check, request, store)
    assert check.outcome == "passed", check.detail


async def test_compile_does_not_pass_a_private_copy_that_is_read_first(request_for, store: CertificateStore):
    """Known by a new warning, which the unedited file does not give; gcc only says that it may be so."""
    text = TWO_LOOPS.replace("int main(void) {", "int main(void) { double t = 3.0;").replace("0.5 * i", "t * i")
    (check,) = await answers(compile.check, request_for(text, (5, f"{PARALLEL} private(t)")), store)
    assert check.outcome in ("refuted", "inconclusive"), check.detail
    assert "uninitialized" in check.detail


async def test_compile_says_nothing_of_a_file_that_is_broken_already(request_for, store: CertificateStore):
    """The edit is not to blame."""
    request = request_for(TWO_LOOPS.replace("static double", "static duble"), (5, PARALLEL))
    (check,) = await answers(compile.check, request, store)
    assert check.outcome == "inconclusive"
    assert "the unedited file does not compile" in check.detail


@pytest.mark.usefixtures("needs_race_check")
async def test_a_race_is_found_at_both_places(request_for, store: CertificateStore):
    """In a text with a clean loop beside, which passes: each of the two is answered for itself."""
    request = request_for(TWO_LOOPS, (5, PARALLEL), (7, PARALLEL))
    clean, racy = await answers(threaded_race.check, request, store)
    assert racy.outcome == "refuted", racy.detail
    assert {(trace.file, trace.line) for trace in racy.traces} == {(request.path, 8)}
    assert {trace.column for trace in racy.traces} == {10, 12}  # the write of b[i], the read of b[i - 1]
    assert clean.outcome != "refuted"


@pytest.mark.usefixtures("needs_race_check")
@pytest.mark.parametrize("distance", [2, 1001])
async def test_races_over_any_distance_are_found(request_for, store: CertificateStore, distance: int):
    """In a loop so long that ThreadSanitizer has forgotten what happened half of it ago."""
    text = (
        TWO_LOOPS.replace("1000", "300000")
        .replace("int i = 1", f"int i = {distance}")
        .replace("i - 1]", f"i - {distance}]")
    )
    (check,) = await answers(threaded_race.check, request_for(text, (7, PARALLEL)), store)
    assert check.outcome == "refuted"


@pytest.mark.usefixtures("needs_race_check")
async def test_a_wrong_simd_is_found_by_threads(request_for, store: CertificateStore):
    """Lanes of one register cannot be watched; the same loop in threads can."""
    text = TWO_LOOPS.replace("int i = 1", "int i = 4").replace("i - 1]", "i - 4]")
    (check,) = await answers(threaded_race.check, request_for(text, (7, "#pragma omp simd")), store)
    assert check.outcome == "refuted"


@pytest.mark.usefixtures("needs_race_check")
async def test_a_clean_loop_passes_the_race_check(request_for, store: CertificateStore):
    """With a reduction, a private variable and a critical section, all of which Archer has to tell of."""
    text = TEMPORARY.replace("    a[i] = t;", "#pragma omp critical\n    a[0] += t;\n    a[i] = t;").replace(
        "i = 0", "i = 1"
    )
    request = request_for(text, (6, f"{PARALLEL} private(t)"), (13, f"{PARALLEL} reduction(+:sum)"))
    found = await answers(threaded_race.check, request, store)
    assert [check.outcome for check in found] == ["passed", "passed"], found


@pytest.mark.usefixtures("needs_race_check")
@pytest.mark.parametrize(
    ("text", "line", "pragma", "reason"),
    [
        (TWO_LOOPS.replace("for (int i = 1", "if (N < 0)\n  for (int i = 1"), 8, PARALLEL, "not reached"),
        (TWO_LOOPS, 7, f"{PARALLEL} if(N < 0)", "one thread only"),
        (TWO_LOOPS.replace("int i = 1;", "int i = N - 1;"), 7, PARALLEL, "one thread only"),
        (TWO_LOOPS.replace("int main(void)", "int library(void)"), 7, PARALLEL, "no main"),
        (TWO_LOOPS.replace("return 0", "*(volatile int *)0 = 1"), 7, PARALLEL, "itself dies"),
    ],
)
async def test_a_run_that_shows_nothing_is_inconclusive(request_for, store, text, line, pragma, reason):
    """The loop is not reached, gets one thread, or there is no program that works: never a pass."""
    (check,) = await answers(threaded_race.check, request_for(text, (line, pragma)), store)
    assert check.outcome == "inconclusive"
    assert reason in check.detail


APART = """\
#include <stdio.h>
static double t[1], y[100];
static void f(int from, int n)
{
  for (int i = from; i < from + n; i++) {
    t[0] = i;
    y[i] = t[0];
  }
}
int main(void)
{
  for (int k = 0; k < 20; k++)
    f(k, 1);
  f(0, 100);
  printf("%f\\n", y[7]);
  return 0;
}
"""


@pytest.mark.usefixtures("needs_race_check")
@pytest.mark.parametrize("check", [lane_race.check, threaded_race.check])
async def test_threads_that_never_ran_at_once_show_nothing(request_for, store: CertificateStore, check):
    """In parallel only where there is one iteration: no two could meet, however many threads took one in the end."""
    (answer,) = await answers(check, request_for(APART, (5, f"{PARALLEL} if(n < 2)")), store)
    assert answer.outcome == "inconclusive", answer
    (answer,) = await answers(check, request_for(APART, (5, f"{PARALLEL} if(n > 2)")), store)
    assert answer.outcome == "refuted", answer


@pytest.mark.usefixtures("needs_race_check")
async def test_a_race_that_was_there_before_is_not_blamed_on_the_edit(request_for, store: CertificateStore):
    """A program whose own pragma races says nothing about another loop's."""
    text = TWO_LOOPS.replace("  for (int i = 1", f"{PARALLEL}\n  for (int i = 1")
    (check,) = await answers(threaded_race.check, request_for(text, (5, PARALLEL)), store)
    assert check.outcome == "inconclusive"
    assert "has a data race already" in check.detail


DOACROSS = """\
#include <stdio.h>
static int a[400], b[400];
int main(void) {
  for (int i = 0; i < 400; i++)
    b[i] = i;
#pragma omp parallel for ordered(1) schedule(static, 1)
  for (int i = 1; i < 400; i++) {
#pragma omp ordered depend(sink : i - 1)
    a[i] = a[i - 1] + b[i];
#pragma omp ordered depend(source)
  }
  printf("%d\\n", a[399]);
  return 0;
}
"""


@pytest.mark.usefixtures("needs_race_check")
@pytest.mark.parametrize("seen_before", [True, False])
async def test_what_archer_does_not_hear_of_is_no_race_of_the_edits(
    request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch, seen_before: bool
):
    """A false alarm on what the program had already leaves the check open, also where the original's run shows none."""

    async def by_chance(*_: object) -> None:
        return None

    if not seen_before:
        monkeypatch.setattr(threaded_race, "_original_is_clean", by_chance)
    (check,) = await answers(threaded_race.check, request_for(DOACROSS, (4, PARALLEL)), store)
    assert check.outcome == "inconclusive", check
    assert "may be a false alarm, since ThreadSanitizer does not hear of what `depend(sink)`" in check.detail
    (lanes,) = await answers(lane_race.check, request_for(DOACROSS, (4, PARALLEL)), store)
    assert lanes.outcome == "passed", lanes


def test_false_alarms_are_named_where_they_can_be():
    """By the directives of the text, and no others."""
    assert not threaded_race.false_alarms([b"#pragma omp parallel for reduction(+:s)\n#pragma omp task depend(in:x)\n"])
    words = threaded_race.false_alarms([b"#pragma omp taskloop reduction(+:s)\n", b"#pragma omp flush(x)\n"])
    assert "reductions over tasks and `flush`" in words


async def test_outputs_refute_a_dependence(request_for, store: CertificateStore):
    """In words that name the run and the number."""
    (check,) = await answers(outputs.check, request_for(TWO_LOOPS, (7, PARALLEL)), store)
    assert check.outcome == "refuted"
    assert "number 1 of standard output is" in check.detail


async def test_a_missing_private_is_refuted(request_for, store: CertificateStore):
    """By outputs or by the race check, whichever sees it."""
    request = request_for(TEMPORARY, (6, PARALLEL))
    async with bench_for(request, store) as bench:
        found = await asyncio.gather(*(check(bench, request.edits) for check in (outputs.check, threaded_race.check)))
    assert "refuted" in {check.outcome for (check,) in found}


async def test_outputs_of_a_sum_agree_within_rounding(request_for, store: CertificateStore):
    """And what the program times itself is left out, and said to be."""
    text = TEMPORARY.replace("#include <stdio.h>", "#include <stdio.h>\n#include <time.h>").replace(
        'printf("%.15e\\n", sum)', 'printf("%.15e %ld\\n", sum, (long)clock())'
    )
    request = request_for(text, (7, f"{PARALLEL} private(t)"), (12, f"{PARALLEL} reduction(+:sum)"))
    first, second = await answers(outputs.check, request, store)
    assert first == second
    assert first.outcome == "passed", first.detail
    assert "left out: 1 number that serial runs do not agree on" in first.detail


async def test_files_are_compared(request_for, store: CertificateStore):
    """A program that prints nothing is judged by what it writes."""
    text = TWO_LOOPS.replace('printf("%.15e\\n"', 'FILE *f = fopen("out.txt", "w"); fprintf(f, "%.15e\\n"')
    text = text.replace("return 0", "return fclose(f)")
    wrong, right = request_for(text, (7, PARALLEL)), request_for(text, (5, PARALLEL))
    (refuted,), (passed,) = await answers(outputs.check, wrong, store), await answers(outputs.check, right, store)
    assert (refuted.outcome, passed.outcome) == ("refuted", "passed")
    assert "file out.txt" in refuted.detail


async def test_a_program_of_several_files(request_for, store: CertificateStore, tmp_path: Path):
    """Its other sources are built with the file, and their headers found, by a flag relative to the folder."""
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "half.h").write_text("double half(int);\n")
    other = tmp_path / "half.c"
    other.write_text('#include "half.h"\ndouble half(int i) { return 0.5 * i; }\n')
    text = '#include "half.h"\n' + TWO_LOOPS.replace("0.5 * i", "half(i)")
    request = request_for(text, (6, PARALLEL), (8, PARALLEL), flags=("-Iinclude",), sources=(str(other),))
    async with bench_for(request, store) as bench:
        (right,), (wrong,) = [await outputs.check(bench, [edit]) for edit in request.edits]
    assert (right.outcome, wrong.outcome) == ("passed", "refuted"), (right, wrong)


@pytest.mark.usefixtures("needs_race_check")
async def test_what_is_beyond_the_race_checks_reach_is_said(request_for, store: CertificateStore):
    """By the longest time that the loop runs, not by how long it runs on average."""
    text = TWO_LOOPS.replace("1000", "60000").replace(
        "for (int i = 0", "for (int r = 1; r < 20; r++)\n  for (int i = 0"
    )
    text = text.replace("i < N; i++)\n    a[i]", "i < (r == 9 ? N : 9); i++)\n    a[i]")
    (answer,) = await answers(threaded_race.check, request_for(text, (6, PARALLEL)), store)
    assert answer.outcome == "passed", answer.detail
    assert "with 60000 iterations a time, races between far-apart iterations may go unseen" in answer.detail
    assert "give the program arguments with which the loop is shorter" in answer.detail
