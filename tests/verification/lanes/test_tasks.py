"""Tasks, and the constructs that are newer than OpenMP 4: all clean ones in one program, all racy ones in another."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.verification.races import RaceReport

Racing = Callable[..., RaceReport]

HEAD = """
#include <omp.h>
#include <stdlib.h>
enum { N = 12 };
static int a[N + 8], b[N + 8], c[N + 8], x, y, z;
static int sink;
#pragma omp declare reduction(most : int : omp_out = omp_in > omp_out ? omp_in : omp_out) initializer(omp_priv = 0)
"""
IN_TASKS = "#pragma omp parallel\n#pragma omp single\n{\n%s\n}"

# By name: the body of a function with nothing to find, and what to replace in it for a race.
CONSTRUCTS: dict[str, tuple[str, str, str]] = {
    "iterators": (
        IN_TASKS % "for (int i = 0; i < 4; i++)\n#pragma omp task depend(out : a[i])\na[i] = i;\n"
        "#pragma omp task depend(iterator(int k = 0 : 4), in : a[k])\nb[0] = a[0] + a[3];",
        "0 : 4)",
        "0 : 3)",
    ),
    "depobj": (
        IN_TASKS % "omp_depend_t handle;\n#pragma omp depobj(handle) depend(inout : x)\n"
        "#pragma omp task depend(depobj : handle)\nx++;\n#pragma omp task depend(inout : x)\nx++;\n"
        "#pragma omp taskwait\n#pragma omp depobj(handle) destroy",
        "task depend(inout : x)",
        "task depend(inout : y)",
    ),
    "taskwait_depend": (
        IN_TASKS % "#pragma omp task depend(out : x)\nx = 1;\n#pragma omp task depend(out : y)\ny = 1;\n"
        "#pragma omp taskwait depend(in : x)\nz = x;",
        "taskwait depend(in : x)",
        "taskwait depend(in : y)",
    ),
    "grandchildren": (
        IN_TASKS % "#pragma omp taskgroup\n{\n#pragma omp task\n{\n#pragma omp task\nx = 1;\n}\n}\nz = x;",
        "#pragma omp taskgroup\n{\n#pragma omp task\n{\n#pragma omp task\nx = 1;\n}\n}\n",
        "#pragma omp task\n{\n#pragma omp task\nx = 1;\n}\n#pragma omp taskwait\n",
    ),
    "siblings_only": (
        IN_TASKS % "#pragma omp task depend(out : x)\n{\nx = 1;\n}\n#pragma omp task depend(inout : x)\nx++;",
        "{\nx = 1;\n}",
        "{\n#pragma omp task depend(out : x)\nx = 1;\n}",
    ),
    "undeferred": (
        IN_TASKS % "#pragma omp task if (0)\nx = 1;\nz = x;",
        " if (0)",
        "",
    ),
    "final": (
        IN_TASKS % "#pragma omp task final(1) shared(x)\n{\n#pragma omp task\nx = 1;\nz = x;\n}",
        " final(1)",
        "",
    ),
    "firstprivate": (
        IN_TASKS % "int i = 0;\nfor (i = 0; i < 4; i++)\n#pragma omp task\na[i] = i;\n#pragma omp taskwait",
        "#pragma omp task\n",
        "#pragma omp task shared(i)\n",
    ),
    "detach": (
        IN_TASKS % "omp_event_handle_t event;\n#pragma omp task detach(event) depend(out : x)\nx = 1;\n"
        "#pragma omp task firstprivate(event)\n{\ny = 2;\nomp_fulfill_event(event);\n}\n"
        "#pragma omp task depend(in : x)\nz = y;",
        "depend(in : x)",
        "depend(in : z)",
    ),
    "taskloop_nogroup": (
        IN_TASKS % "#pragma omp taskloop grainsize(3)\nfor (int i = 0; i < N; i++) a[i] = i;\nz = a[7];",
        "grainsize(3)",
        "grainsize(3) nogroup",
    ),
    "in_reduction": (
        IN_TASKS % "x = 0;\n#pragma omp taskgroup task_reduction(+ : x)\nfor (int i = 0; i < 4; i++)\n"
        "#pragma omp task in_reduction(+ : x)\nx += i;",
        "#pragma omp task in_reduction(+ : x)",
        "#pragma omp task shared(x)",
    ),
    "task_modifier": (
        "#pragma omp parallel reduction(task, + : x)\n{\nx++;\n#pragma omp task in_reduction(+ : x)\nx++;\n}",
        "#pragma omp task in_reduction(+ : x)\n",
        "#pragma omp task shared(x)\nx++;\n#pragma omp task shared(x)\n",
    ),
    # A thread that another's tasks come to has begun with its own: its copies are made by then.
    "task_modifier_nowait": (
        "#pragma omp parallel reduction(task, + : x)\n{\n#pragma omp single nowait\nfor (int i = 0; i < 20; i++)\n"
        "#pragma omp task in_reduction(+ : x) firstprivate(i)\nx += i;\n}",
        "in_reduction(+ : x)",
        "shared(x)",
    ),
    "copyin_nowait": (
        "own = 1;\n#pragma omp parallel copyin(own)\n{\n#pragma omp single nowait\nfor (int i = 0; i < 12; i++)\n"
        "#pragma omp task firstprivate(i)\na[i] = own;\n}",
        "a[i] = own;",
        "a[i / 2] = own;",
    ),
    "declared_reduction": (
        "#pragma omp parallel for reduction(most : x)\nfor (int i = 0; i < N; i++) x = b[i] > x ? b[i] : x;",
        " reduction(most : x)",
        "",
    ),
    "masked": (
        "#pragma omp parallel\n{\n#pragma omp masked filter(1)\nx = 1;\n#pragma omp masked filter(2)\ny = 1;\n}",
        "y = 1",
        "x = 1",
    ),
    "scope": (
        "#pragma omp parallel\n{\n#pragma omp scope reduction(+ : x)\nx++;\n#pragma omp masked\nz = x;\n}",
        " reduction(+ : x)",
        "",
    ),
    "host_teams": (
        "#pragma omp teams num_teams(3)\na[omp_get_team_num()] = 1;",
        "a[omp_get_team_num()]",
        "x",
    ),
    "distribute": (
        "#pragma omp teams num_teams(3)\n#pragma omp distribute\nfor (int i = 0; i < N; i++) a[i] = b[i];",
        "b[i]",
        "a[i + 1]",
    ),
    "loop": (
        "#pragma omp parallel\n#pragma omp loop\nfor (int i = 0; i < N; i++) a[i] = b[i];",
        "a[i] = b[i]",
        "a[0] = b[i]",
    ),
    "linear": (
        "int k = 0;\n#pragma omp parallel for linear(k : 2)\nfor (int i = 0; i < N / 2; i++) { a[k] = i; k += 2; }",
        " linear(k : 2)",
        "",
    ),
    "taskyield": (
        IN_TASKS % "#pragma omp task\nx = 1;\n#pragma omp taskyield\n#pragma omp taskwait\nz = x;",
        "#pragma omp taskwait\n",
        "",
    ),
    "cancelled_group": (
        IN_TASKS % "#pragma omp taskgroup\nfor (int i = 0; i < 8; i++)\n#pragma omp task\n{\na[i] = i;\n"
        "#pragma omp cancel taskgroup if (i == 3)\n}",
        "a[i] = i;",
        "a[i / 4] = i;",
    ),
    "threadprivate_tasks": (
        IN_TASKS % "for (int i = 0; i < 4; i++)\n#pragma omp task\n{\nown++;\na[i] = 1;\n}",
        "a[i] = 1;",
        "x = own;",
    ),
}


def _program(bodies: dict[str, str]) -> str:
    functions = "".join(f"static void {name}(void) {{\n{body}\n}}\n" for name, body in bodies.items())
    own = "static int own;\n#pragma omp threadprivate(own)\n"
    return f"{HEAD}{own}{functions}int main(void) {{\n{''.join(f'{name}();' for name in bodies)}\nreturn sink;\n}}\n"


def test_what_orders_tasks_is_silent(racing: Racing):
    """Every construct does its work, in one program."""
    report = racing(_program({name: body for name, (body, _, _) in CONSTRUCTS.items()}))
    assert not report.races
    assert report.outcome == "clean" or report.unwatched, report.problem


@pytest.mark.parametrize("part", range(3))
def test_what_does_not_order_tasks_is_found(racing: Racing, part: int):
    """With a clause less, or another variable in it, every one of them shows a race of its own.

    In three programs: a report holds 64 pairs of places.
    """
    bodies = {}
    for name in list(CONSTRUCTS)[part::3]:
        body, old, new = CONSTRUCTS[name]
        assert body.count(old) == 1, name
        bodies[name] = body.replace(old, new)
    report = racing(_program(bodies))
    inside = {spot.function.partition(".")[0] for race in report.races for a in race.accesses for spot in a.stack}
    assert set(bodies) - inside == set()
