"""The project's own test command: it builds and runs with the edit in place, in a copy, for every check."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import lane_race, outputs, speed, threaded_race
from pragmatist.verification.commanded import Commanded, by_command
from pragmatist.verification.evidence import Check, Evidence
from pragmatist.verification.project_files import project_files
from pragmatist.verification.request import PlannedEdit, ProjectCommand, VerificationRequest
from pragmatist.verification.sandbox import bubblewrap, landlock
from pragmatist.verification.sources import content_of_dependencies
from pragmatist.verification.toolchain import discover
from pragmatist.verification.user_command import parse_reports
from pragmatist.verification.verify import verify
from pragmatist.verification.workbench import Observation, Workbench

PARALLEL = "#pragma omp parallel for"

SMOOTH = """\
#include "smooth.h"
static double weight(double x) { return x * SCALE; }
void smooth(int n, const double *restrict x, double *restrict y) {
  double t;
  for (int i = 1; i < n - 1; i++) {
    t = weight(x[i - 1]) + weight(x[i + 1]);
    y[i] = t + x[i];
  }
}
double total(int n, const double *x) {
  double s = 0;
  for (int i = 0; i < n; i++)
    s += x[i];
  return s;
}
void never(int n, double *x) {
  for (int i = 0; i < n; i++)
    x[i] = 0;
}
void wasted(int n, double *x) {
  for (int i = 0; i < n; i++)
    x[i] *= 2;
}
"""
LINES = {"smooth": 5, "total": 12, "never": 17, "wasted": 21}
HEADER = """\
#define SCALE 0.25
void smooth(int n, const double *restrict x, double *restrict y);
double total(int n, const double *x);
void never(int n, double *x);
void wasted(int n, double *x);
"""
CHECK = """\
#include <stdio.h>
#include "smooth.h"
static double x[1000], y[1000], z[1000];
int main(void) {
  for (int i = 0; i < 1000; i++) x[i] = i % 7;
  smooth(1000, x, y);
  wasted(1000, z);
  if (y[10] != 4.5) return puts("smooth is wrong"), 1;
  if (total(1000, x) != 2997) return puts("total is wrong"), 1;
  return 0;
}
"""
MAKEFILE = """\
CFLAGS = -O2 -Wall -Werror -Iinclude
check: build/check
	@./build/check >check.log
build/check: build/smooth.o build/check.o
	$(CC) -o $@ $^
build/smooth.o: src/smooth.c
	$(CC) $(CFLAGS) -c -o $@ $<
build/check.o: tests/check.c
	$(CC) $(CFLAGS) -c -o $@ $<
"""


@pytest.fixture(autouse=True)
async def machine(store: CertificateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips where a plan cannot pass. Speed decides nothing here and takes longest, so it is left out."""
    if problem := await bubblewrap.problem():
        pytest.skip(problem)
    toolchain = await discover("c", store)
    if toolchain.race is None or not any(compiler.sanitizers for compiler in toolchain.compilers):
        pytest.skip(toolchain.race_problem or "no sanitizers")

    async def untimed(bench: Workbench, edits: Sequence[PlannedEdit], *_: object) -> speed.Timed:
        answer = Check("speed", "skipped", "not timed in this test", 0.0)
        return speed.Timed((answer, None), ((answer, None),) * len(edits))

    monkeypatch.setattr(speed, "check", untimed)
    monkeypatch.setattr(outputs, "THOROUGH", outputs.THOROUGH[1::4])


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A library with a header, a test program and a Makefile, in folders of their own."""
    root = tmp_path / "my project"
    for name, content in {
        "src/smooth.c": SMOOTH,
        "include/smooth.h": HEADER,
        "tests/check.c": CHECK,
        "Makefile": MAKEFILE,
        "build/.keep": "",
    }.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    return root


@pytest.fixture
def asked(project: Path, planned: Callable[..., PlannedEdit]) -> Callable[..., VerificationRequest]:
    """A request for plans by function, with a test command for all of the project."""

    def make(plans: dict[str, str], command: Sequence[str] = ("make", "-s", "check"), **fields) -> VerificationRequest:
        path = project / "src/smooth.c"
        text = path.read_bytes()
        edits = tuple(planned(text, LINES[name], pragma) for name, pragma in plans.items())
        own = ProjectCommand(tuple(command), str(project), **fields)
        return VerificationRequest(path=str(path), text=text, language="c", edits=edits, command=own)

    return make


async def commanded(request: VerificationRequest, store: CertificateStore) -> Commanded:
    assert request.command is not None
    async with Workbench.open(request, await discover(request.language, store)) as bench:
        return await by_command(bench, request.command, request.edits)


async def alone(check, request: VerificationRequest, store: CertificateStore) -> Check:
    """The answer of one check about the request's only plan, as the command runs it."""
    async with Workbench.open(request, await discover(request.language, store)) as bench:
        own = await by_command(bench, request.command, request.edits)
        (answer,) = await check(own.bench, own.edits)
    return answer


def outcome(found: Evidence, name: str) -> str:
    return next(check.outcome for check in found.checks if check.name == name)


def listing(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (path.stat().st_mtime_ns, path.read_bytes())
        for path in root.rglob("*")
        if path.is_file()
    }


RIGHT = {"smooth": f"{PARALLEL} private(t)", "total": f"{PARALLEL} reduction(+:s)"}


async def test_right_plans_pass_and_the_project_is_not_touched(asked, project: Path, store: CertificateStore):
    """Through a Makefile whose flags stand nowhere else, and whose test prints nothing; asked again, nothing runs."""
    before = listing(project)
    request = asked(RIGHT)
    found = await verify(request, store=store)
    for evidence in found.loops.values():
        assert (evidence.verdict, evidence.mode, evidence.inputs) == ("passed", "test command", "`make -s check`")
        names = ["compile", "threaded-race", "memory", "outputs"]
        names += ["lane-race"] if (await discover("c", store)).lanes is not None else []
        assert {outcome(evidence, name) for name in names} == {"passed"}
    assert found.whole is not None
    assert found.whole.verdict == "passed"
    assert listing(project) == before
    assert await verify(request, store=store) == found
    depends = content_of_dependencies(request)
    (project / "tests/check.c").write_text(CHECK + "/* another test */\n")
    assert content_of_dependencies(request) != depends


async def test_a_race_is_found_though_the_command_hides_what_it_prints(asked, project: Path, store: CertificateStore):
    """On lanes and on threads; and the place is the one in the project."""
    for check in (lane_race.check, threaded_race.check):
        answer = await alone(check, asked({"smooth": PARALLEL}), store)
        assert answer.outcome in ("refuted", "skipped"), answer
        assert {trace.line for trace in answer.traces} <= {6, 7}
        assert {trace.file for trace in answer.traces} <= {str(project / "src/smooth.c")}


@pytest.fixture
async def lanes(store: CertificateStore) -> None:
    if (problem := (await discover("c", store)).lanes_problem) is not None:
        pytest.skip(problem)


BUILDS = {
    "in one call": "check:\n\tgcc -fopenmp -O2 -Iinclude src/smooth.c tests/check.c -o build/check && ./build/check\n",
    "with an archive": (
        "check:\n\t$(CC) -pipe -Iinclude -c src/smooth.c -o build/smooth.o && ar rcs build/libsmooth.a build/smooth.o\n"
        "\t$(CC) -s -Iinclude tests/check.c build/libsmooth.a -lgomp -o build/check && ./build/check\n"
    ),
    "several programs": MAKEFILE
    + "\t$(CC) $(CFLAGS) tests/check.c build/smooth.o -o build/again\n"
    + "\t./build/again && (cd / && $(CURDIR)/build/again)\n",
}


@pytest.mark.parametrize("makefile", BUILDS.values(), ids=BUILDS.keys())
async def test_whatever_the_command_builds_runs_on_lanes(
    asked, project: Path, store: CertificateStore, lanes: None, makefile: str
):
    """A right plan passes and a race is found, however programs are put together and wherever they are run."""
    (project / "Makefile").write_text(makefile)
    answer = await alone(lane_race.check, asked({"smooth": RIGHT["smooth"]}), store)
    assert answer.outcome == "passed", answer
    answer = await alone(lane_race.check, asked({"smooth": PARALLEL}), store)
    assert answer.outcome == "refuted", answer
    assert "`t`" in answer.detail


async def test_a_shared_library_is_not_run_on_lanes(asked, project: Path, store: CertificateStore, lanes: None):
    """And the check says so, rather than that nothing was found."""
    (project / "Makefile").write_text(
        "check:\n\t$(CC) -fPIC -shared -Iinclude src/smooth.c -o build/libsmooth.so\n"
        "\t$(CC) -Iinclude tests/check.c -Lbuild -lsmooth -Wl,-rpath,'$(CURDIR)/build' -o build/check\n"
        "\t./build/check\n"
    )
    answer = await alone(lane_race.check, asked({"smooth": PARALLEL}), store)
    assert answer.outcome == "inconclusive"
    assert "shared library" in answer.detail


async def test_a_failing_test_refutes(asked, store: CertificateStore):
    """A plan without a race that computes something else: the command ends with another status."""
    request = asked({"total": f"{PARALLEL} reduction(max:s)"})
    async with Workbench.open(request, await discover("c", store)) as bench:
        own = await by_command(bench, request.command, request.edits)
        (answer,) = await outputs.check(own.bench, own.edits, settings=outputs.BRIEF)
    assert answer.outcome == "refuted"


async def test_loops_that_the_command_says_nothing_about(asked, store: CertificateStore):
    """One that it does not run, and one whose result it does not look at; each with the reason."""
    found = await commanded(asked({**RIGHT, "never": PARALLEL, "wasted": PARALLEL}), store)
    assert [edit.loop for edit in found.edits] == ["loop-5", "loop-12"]
    assert "does not run the loop" in found.others["loop-17"]
    assert "does not notice when the loop is left out" in found.others["loop-21"]


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (["false"], "compiles nothing with $CC"),
        (["sh", "-c", "make -s check && exit 7"], "fails with nothing changed, with status 7"),
        (["sh", "-c", "make -s check && sleep 60"], "without computing"),
        (["sh", "-c", "$CC -c nothing.c"], "could not build the program"),
        (["no-such-program"], "compiles nothing with $CC"),
    ],
    ids=["nothing", "failing", "waiting", "not building", "missing"],
)
async def test_a_command_that_does_not_work_says_why(asked, store: CertificateStore, command, words: str):
    """It is evidence for no loop, and no other way is tried in its place."""
    request = asked({"total": RIGHT["total"]}, command)
    limits = msgspec.structs.replace(request.limits, idle_seconds=2.0)
    found = await commanded(msgspec.structs.replace(request, limits=limits), store)
    assert found.bench.obstacle is not None
    assert words in found.bench.obstacle
    assert len(found.edits) == 1


@pytest.mark.parametrize("name", ["gcc", "gcc-12", "x86_64-linux-gnu-gcc"])
async def test_compilers_by_name_and_what_was_built_before(asked, project: Path, store: CertificateStore, name: str):
    """A Makefile that names gcc gets ours; objects and programs of an earlier build are not taken for the edited ones;
    its own OpenMP, sanitizer, link-time optimisation and warnings that are errors are out of the way."""
    if shutil.which(name) is None:
        pytest.skip(f"no {name}")
    flags = "-fopenmp -flto -Werror -fsanitize=undefined"
    (project / "Makefile").write_text(MAKEFILE.replace("$(CC)", name).replace("-Werror", flags))
    for old in ("smooth.o", "check.o", "check"):
        (project / "build" / old).write_text("not the one")
    found = await commanded(asked({"total": RIGHT["total"]}), store)
    assert found.bench.obstacle is None
    assert [edit.loop for edit in found.edits] == ["loop-12"]
    assert f"{project}/include" in found.bench.flags.language


async def test_files_are_compared(asked, project: Path, store: CertificateStore):
    """Those that the patterns name, wherever in the copy they are written, and no others."""
    (project / "tests/check.c").write_text(
        CHECK.replace('puts("total is wrong")', "0").replace("return 0;", 'printf("%f\\n", total(1000, x)); return 0;')
    )
    request = asked({"total": RIGHT["total"]}, files=("*.log", "none/*"))
    async with Workbench.open(request, await discover("c", store)) as bench:
        own = await by_command(bench, request.command, request.edits)
        compiler = own.bench.toolchain.representatives[0]
        build = await own.bench.build(request.text, compiler, ("-O2",), openmp=False)
        ran = await own.bench.run(build, collect=True)
    assert ran.completed.files["check.log"].startswith(b"2997.0")
    assert set(ran.completed.files) == {"check.log", "exit status of the test command"}


async def test_the_command_is_confined(asked, project: Path, store: CertificateStore, tmp_path: Path):
    """It reads the project and writes its copy; it changes no file of the project, and sees none outside."""
    (tmp_path / "secret").write_text("secret")
    script = (
        f"cat '{tmp_path}/secret'; echo x >'{project}/src/smooth.c'; echo x >'{project}/new'; rm -rf '{project}'; "
        "rm -rf src include; exit 3"
    )
    before = listing(project)
    found = await commanded(asked({"total": RIGHT["total"]}, ["sh", "-c", f"make -s check; {script}"]), store)
    assert "status 3" in (found.bench.obstacle or "")
    assert listing(project) == before
    async with Workbench.open(asked(RIGHT), await discover("c", store)) as bench:
        done = await bench._sandbox.run(["cat", str(tmp_path / "secret")], limits=bench.request.limits)
    assert done.status != 0


async def test_landlock_will_do(asked, store: CertificateStore, monkeypatch: pytest.MonkeyPatch):
    """Where no time or mode of a file can be changed, the copy is made and built all the same."""
    if problem := landlock.problem():
        pytest.skip(problem)

    async def missing() -> str:
        return "bubblewrap is not installed"

    monkeypatch.setattr(bubblewrap, "problem", missing)
    found = await commanded(asked({"total": RIGHT["total"]}), store)
    assert found.bench._sandbox.means == "landlock"
    assert (found.bench.obstacle, len(found.edits)) == (None, 1)


async def test_what_is_too_large_to_copy_is_said(asked, project: Path, store: CertificateStore):
    """With the way out, which then works."""
    with open(project / "data.bin", "wb") as file:
        file.truncate(1 << 30)
    found = await commanded(asked({"total": RIGHT["total"]}), store)
    assert "name what `make -s check` needs ([verify] copy)" in (found.bench.obstacle or "")
    parts = ("src", "include", "tests/check.c", "Makefile", "build")
    found = await commanded(asked({"total": RIGHT["total"]}, copy=parts), store)
    assert (found.bench.obstacle, len(found.edits)) == (None, 1)


def test_which_files_belong_to_a_project(project: Path):
    """Not its history, nor a build folder that knows its own path; of links the target's name; a change shows."""
    for name in (".git/objects/x", "out/CMakeCache.txt", "out/smooth.o", "node_modules/a.c"):
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text("x")
    (project / "link").symlink_to("/etc/passwd")
    os.mkfifo(project / "pipe")
    command = ProjectCommand(("make",), str(project))
    edited = str(project / "src/smooth.c")
    found = project_files(command, edited)
    assert found.sources == ("include/smooth.h", "tests/check.c")
    assert found.others == ("Makefile", "link", "build/.keep")
    assert found.folders == ("build", "include", "src", "tests")
    (project / "src/smooth.c").write_text("edited")
    assert project_files(command, edited).digest == found.digest
    (project / "Makefile").write_text(MAKEFILE + "\n")
    assert project_files(command, edited).digest != found.digest


def test_reports_of_several_processes_are_added_up():
    """Entries, iterations and seconds are; threads are the most that one process had; what is garbled is skipped."""
    report = b"0 1 10 2 500000000\nprogram 1000000000\n0 2 30 3 500000000\n1 1 1 1 7\nprogram 500000000\n0 1 x\n\xff\n"
    found = parse_reports(report)
    assert found.seconds == pytest.approx(1.5)
    assert found.loops[0] == Observation(3, 40, 3, 1.0)
    assert parse_reports(b"").seconds is None
