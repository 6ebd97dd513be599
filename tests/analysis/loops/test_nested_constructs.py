"""OpenMP constructs inside a loop, and around it: where a compiler refuses another directive, none is proposed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.codegen.pragma import pragma_text
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.verdict import judge

BINDING = {
    "barrier": "x[i] = 1;\n#pragma omp barrier\n",
    "single": "\n#pragma omp single\nx[i] = 1;",
    "masked": "\n#pragma omp master\nx[i] = 1;",
    "for": "\n#pragma omp for\nfor (int j = 0; j < n; j++) x[i * n + j] = 1;",
    "sections": "\n#pragma omp sections\n{ x[i] = 1; }",
    "ordered": "\n#pragma omp ordered\nx[i] = 1;",
}
TASKS = {
    "task": "\n#pragma omp task\nx[i] = 1;",
    "taskwait": "x[i] = 1;\n#pragma omp taskwait\n",
    "taskgroup": "\n#pragma omp taskgroup\nx[i] = 1;",
}
FREE = {
    "critical": "x[i] = 1;\n#pragma omp critical\ncount[0]++;",
    "atomic": "x[i] = 1;\n#pragma omp atomic\ncount[0]++;",
    "a team of its own": "\n#pragma omp parallel for\nfor (int j = 0; j < n; j++) x[i * n + j] = 1;",
    "a barrier of that": "\n#pragma omp parallel\n{ x[i * 8 + k(8)] = 1;\n#pragma omp barrier\n}",
    "simd": "\n#pragma omp simd\nfor (int j = 0; j < n; j++) x[i * n + j] = 1;",
}


def program(body: str, before: str = "", bound: str = "n") -> str:
    return (
        "#include <omp.h>\nstatic int k(int n) { return omp_get_thread_num() % n; }\n"
        f"void f(int n, double *restrict x, int *restrict count) {{\n{before}\n"
        f"for (int i = 0; i < {bound}; i++) {{ {body} }} }}\n"
    )


def loop_of(code: str) -> LoopFacts:
    return next(each for each in analyze(code.encode(), "c").loops if each.function == "f")


def compiles(code: str, folder: Path) -> bool:
    if shutil.which("gcc") is None:
        pytest.skip("gcc is not installed")
    source = folder / "a.c"
    source.write_text(code)
    command = ["gcc", "-fopenmp", "-std=c11", "-S", "-o", "/dev/null", str(source)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True).returncode == 0


@pytest.mark.parametrize("name", BINDING)
def test_what_deals_with_the_team(name: str, tmp_path: Path) -> None:
    """gcc refuses it in a loop that is shared out; in a function that the loop calls it cannot, and we do."""
    assert not compiles(program(BINDING[name], "#pragma omp parallel for"), tmp_path)
    assert [reason.code for reason in loop_of(program(BINDING[name])).blocking] == ["PRG115"]
    body = BINDING[name].replace("i * n + ", "").replace("[i]", "[0]")
    called = f"static void g(int n, double *x) {{ {body} }}\n{program('g(n, &x[i * n]);')}"
    assert "PRG115" in [reason.code for reason in loop_of(called).blocking]


@pytest.mark.parametrize("name", TASKS)
def test_tasks_belong_to_the_team_around(name: str) -> None:
    """Another team, and another data environment, would be another program."""
    assert [reason.code for reason in loop_of(program(TASKS[name])).blocking] == ["PRG115"]


@pytest.mark.parametrize("name", FREE)
def test_what_may_stand_in_a_loop_that_is_shared_out(name: str, tmp_path: Path) -> None:
    """Nothing is said of it, and what is proposed compiles: no simd loop, in which hardly anything may stand."""
    assert compiles(program(FREE[name], "#pragma omp parallel for"), tmp_path)
    for bound in ("n", "64"):
        facts = loop_of(program(FREE[name], bound=bound))
        assert "PRG115" not in [reason.code for reason in facts.blocking]
        plan = judge(facts, plan_statically(facts)).plan
        assert plan is None or compiles(program(FREE[name], pragma_text(plan), bound), tmp_path)


def test_a_loop_inside_simd(tmp_path: Path) -> None:
    """gcc takes no thread construct there."""
    inner = "for (int j = 0; j < n; j++) x[i * n + j] = 1;"
    before = "#pragma omp simd"
    assert not compiles(program(f"\n#pragma omp parallel for\n{inner}", before), tmp_path)
    loops = analyze(program(inner, before).encode(), "c").loops
    assert [reason.code for reason in loops[-1].blocking] == ["PRG115"]
    assert not loops[0].blocking


def test_a_loop_with_a_directive_of_its_own() -> None:
    """`ordered` belongs to it."""
    facts = loop_of(program("\n#pragma omp ordered\nx[i] = 1;", "#pragma omp parallel for ordered"))
    assert not facts.blocking
