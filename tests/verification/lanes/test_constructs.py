"""Each construct of OpenMP on the lanes: what it orders is silent, and what it leaves unordered is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pragmatist.verification.races import RaceReport

Racing = Callable[..., RaceReport]

HEAD = """
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
enum { N = 64 };
static int a[N + 8], b[N + 8], x, y, t;
"""
TAIL = '  printf("%d %d %d %d\\n", a[1], b[1], x, y);\n  return 0;\n}\n'

# By construct: the body of main with nothing to find, and what to replace in it for a race.
CONSTRUCTS: dict[str, tuple[str, str, str]] = {
    "for": (
        "#pragma omp parallel for\n  for (int i = 0; i < N; i++) a[i] = b[i + 1];",
        "b[i + 1]",
        "a[i + 1]",
    ),
    "schedule(static)": (
        "#pragma omp parallel\n  {\n#pragma omp for schedule(static) nowait\n  for (int i = 0; i < N; i++) a[i] = i;\n"
        "#pragma omp for schedule(static)\n  for (int i = 0; i < N; i++) b[i] = a[i];\n  }",
        "b[i] = a[i];",
        "b[i] = a[N - 1 - i];",
    ),
    "schedule(dynamic)": (
        "#pragma omp parallel for schedule(dynamic, 3)\n  for (int i = 0; i < N; i++) a[i] = b[i];",
        "a[i] = b[i]",
        "a[i] = a[i + 3]",
    ),
    "schedule(guided)": (
        "#pragma omp parallel for schedule(guided)\n  for (int i = N; i > 0; i--) a[i] = b[i];",
        "b[i]",
        "a[i - 1]",
    ),
    "schedule(runtime)": (
        "#pragma omp parallel for schedule(runtime)\n  for (unsigned i = 0; i < N; i += 2) a[i] = b[i];",
        "b[i]",
        "a[i + 2]",
    ),
    "collapse": (
        "#pragma omp parallel for collapse(2)\n"
        "  for (int i = 0; i < 8; i++) for (int j = 0; j < 8; j++) a[i * 8 + j] = b[i];",
        "a[i * 8 + j] = b[i]",
        "a[i * 8 + j] = a[i * 8 + j + 1]",
    ),
    "private": (
        "#pragma omp parallel for private(t)\n  for (int i = 0; i < N; i++) { t = i; a[i] = t; }",
        " private(t)",
        "",
    ),
    "lastprivate": (
        "#pragma omp parallel for lastprivate(x)\n  for (int i = 0; i < N; i++) { x = i; a[i] = x; }",
        " lastprivate(x)",
        "",
    ),
    "reduction": (
        "#pragma omp parallel for reduction(+ : x)\n  for (int i = 0; i < N; i++) x += b[i];",
        " reduction(+ : x)",
        "",
    ),
    "reduction of an array section": (
        "#pragma omp parallel for reduction(+ : a[0 : 4])\n  for (int i = 0; i < N; i++) a[i % 4] += b[i];",
        " reduction(+ : a[0 : 4])",
        "",
    ),
    "critical": (
        "#pragma omp parallel for\n  for (int i = 0; i < N; i++) {\n#pragma omp critical\n    x += i;\n  }",
        "#pragma omp critical\n",
        "",
    ),
    "critical with names": (
        "#pragma omp parallel sections\n  {\n#pragma omp section\n  {\n#pragma omp critical(one)\n    x++;\n  }\n"
        "#pragma omp section\n  {\n#pragma omp critical(one)\n    x++;\n  }\n  }",
        "critical(one)\n    x++;\n  }\n  }",
        "critical(other)\n    x++;\n  }\n  }",
    ),
    "atomic": (
        "#pragma omp parallel for\n  for (int i = 0; i < N; i++) {\n#pragma omp atomic\n    x += i;\n  }",
        "#pragma omp atomic\n",
        "",
    ),
    "atomic capture": (
        "#pragma omp parallel for\n  for (int i = 0; i < N; i++) {\n    int old;\n#pragma omp atomic capture\n"
        "    old = x++;\n    a[old] = i;\n  }",
        "    a[old] = i;",
        "    a[old % 8] = i;",
    ),
    "ordered": (
        "#pragma omp parallel for ordered\n  for (int i = 0; i < N; i++) {\n"
        "#pragma omp ordered\n    x = x * 2 + i;\n  }",
        "#pragma omp ordered\n",
        "",
    ),
    "doacross": (
        "#pragma omp parallel for ordered(1)\n  for (int i = 1; i < N; i++) {\n"
        "#pragma omp ordered depend(sink : i - 1)\n    a[i] = a[i - 1] + 1;\n#pragma omp ordered depend(source)\n  }",
        "sink : i - 1",
        "sink : i - 2",
    ),
    "barrier": (
        "#pragma omp parallel\n  {\n    a[omp_get_thread_num()] = 1;\n#pragma omp barrier\n"
        "    b[omp_get_thread_num()] = a[(omp_get_thread_num() + 1) % omp_get_num_threads()];\n  }",
        "#pragma omp barrier\n",
        "",
    ),
    "nowait": (
        "#pragma omp parallel\n  {\n#pragma omp for\n  for (int i = 0; i < N; i++) a[i] = i;\n#pragma omp for\n"
        "  for (int i = 0; i < N - 1; i++) b[i] = a[i + 1];\n  }",
        "#pragma omp for\n  for (int i = 0; i < N; i++)",
        "#pragma omp for nowait\n  for (int i = 0; i < N; i++)",
    ),
    "single": (
        "#pragma omp parallel\n  {\n#pragma omp single\n    x = 7;\n    a[omp_get_thread_num()] = x;\n  }",
        "omp single",
        "omp single nowait",
    ),
    "copyprivate": (
        "#pragma omp parallel private(t)\n  {\n#pragma omp single copyprivate(t)\n    t = x = 7;\n"
        "    a[omp_get_thread_num()] = t;\n  }",
        "= t;\n  }",
        "= t + y++;\n  }",
    ),
    "masked": (
        "#pragma omp parallel\n  {\n#pragma omp master\n    x = 7;\n#pragma omp barrier\n"
        "    a[omp_get_thread_num()] = x;\n  }",
        "#pragma omp barrier\n",
        "",
    ),
    "sections": (
        "#pragma omp parallel sections\n  {\n#pragma omp section\n    x = 1;\n#pragma omp section\n    y = 2;\n  }",
        "y = 2",
        "x = 2",
    ),
    "taskwait": (
        "#pragma omp parallel\n#pragma omp single\n  {\n#pragma omp task\n    x = 1;\n#pragma omp taskwait\n"
        "    y = x;\n  }",
        "#pragma omp taskwait\n",
        "",
    ),
    "taskgroup": (
        "#pragma omp parallel\n#pragma omp single\n  {\n#pragma omp taskgroup\n    {\n#pragma omp task\n    {\n"
        "#pragma omp task\n    x = 1;\n    }\n    }\n    y = x;\n  }",
        "#pragma omp taskgroup\n",
        "",
    ),
    "depend(in, out)": (
        "#pragma omp parallel\n#pragma omp single\n  {\n#pragma omp task depend(out : x)\n    x = 1;\n"
        "#pragma omp task depend(in : x)\n    y = x;\n  }",
        " depend(in : x)",
        "",
    ),
    "depend(inout)": (
        "#pragma omp parallel\n#pragma omp single\n  for (int i = 0; i < 8; i++) {\n"
        "#pragma omp task depend(inout : x)\n    x += i;\n  }",
        "depend(inout : x)",
        "depend(inout : a[i])",
    ),
    "depend(mutexinoutset)": (
        "#pragma omp parallel\n#pragma omp single\n  for (int i = 0; i < 8; i++) {\n"
        "#pragma omp task depend(mutexinoutset : x)\n    x += i;\n  }",
        "depend(mutexinoutset : x)",
        "depend(in : x)",
    ),
    "taskloop": (
        "#pragma omp parallel\n#pragma omp single\n#pragma omp taskloop\n  for (int i = 0; i < N; i++) a[i] = b[i];",
        "a[i] = b[i]",
        "a[i / 2] = b[i]",
    ),
    "task reduction": (
        "#pragma omp parallel\n#pragma omp single\n#pragma omp taskloop reduction(+ : x)\n"
        "  for (int i = 0; i < N; i++) x += b[i];",
        " reduction(+ : x)",
        " shared(x)",
    ),
    "lock": (
        "omp_lock_t lock;\n  omp_init_lock(&lock);\n#pragma omp parallel for\n  for (int i = 0; i < N; i++) {\n"
        "    omp_set_lock(&lock);\n    x += i;\n    omp_unset_lock(&lock);\n  }",
        "    x += i;\n    omp_unset_lock(&lock);",
        "    omp_unset_lock(&lock);\n    x += i;",
    ),
    "nested lock": (
        "omp_nest_lock_t lock;\n  omp_init_nest_lock(&lock);\n#pragma omp parallel for\n  for (int i = 0; i < N; i++)\n"
        "  {\n    omp_set_nest_lock(&lock);\n    omp_set_nest_lock(&lock);\n    x += i;\n"
        "    omp_unset_nest_lock(&lock);\n"
        "    y += i;\n    omp_unset_nest_lock(&lock);\n  }",
        "    y += i;\n    omp_unset_nest_lock(&lock);",
        "    omp_unset_nest_lock(&lock);\n    y += i;",
    ),
    "nested parallelism": (
        "#pragma omp parallel for num_threads(3)\n  for (int i = 0; i < 3; i++) {\n"
        "#pragma omp parallel for num_threads(3)\n    for (int j = 0; j < 3; j++) a[3 * i + j] = i;\n  }",
        "a[3 * i + j] = i",
        "a[i + j] = i",
    ),
    "target": (
        "#pragma omp target teams distribute parallel for map(a, b)\n  for (int i = 0; i < N; i++) a[i] = b[i];",
        "a[i] = b[i]",
        "a[i] = a[i + 1]",
    ),
    "teams": (
        "#pragma omp target teams num_teams(4) map(tofrom : a, x)\n  a[omp_get_team_num()] = 1;",
        "a[omp_get_team_num()] = 1",
        "x = omp_get_team_num()",
    ),
    "simd": (
        "#pragma omp simd\n  for (int i = 0; i < N; i++) a[i] = b[i];",
        "b[i]",
        "a[i + 1]",
    ),
    "for simd": (
        "#pragma omp parallel for simd\n  for (int i = 0; i < N; i++) a[i] = b[i];",
        "b[i]",
        "a[i + 1]",
    ),
    "cancel": (
        "#pragma omp parallel for\n  for (int i = 0; i < N; i++) {\n    a[i] = i;\n"
        "#pragma omp cancel for if (i == 9)\n  }",
        "a[i] = i;",
        "a[i / 2] = i;",
    ),
    "if clause": (
        "#pragma omp parallel for if (y > 0)\n  for (int i = 1; i < N; i++) a[i] = a[i - 1];",
        "y > 0",
        "y == 0",
    ),
}


@pytest.mark.parametrize("name", CONSTRUCTS)
def test_a_construct(racing: Racing, name: str):
    """With the construct the lanes are silent; without it, or with one subscript changed, they are not."""
    clean, old, new = CONSTRUCTS[name]
    assert clean.count(old) == 1
    silent = racing(f"{HEAD}int main(void) {{\n  {clean}\n{TAIL}")
    assert silent.outcome == "clean", silent
    found = racing(f"{HEAD}int main(void) {{\n  {clean.replace(old, new)}\n{TAIL}")
    assert found.outcome == "race", found


THREADPRIVATE = """
#include <stdio.h>
static int mine, sum;
#pragma omp threadprivate(mine)
int main(void) {
#pragma omp parallel reduction(+ : sum)
  {
    mine = 1;
#pragma omp barrier
    sum += mine++;
  }
#pragma omp parallel copyin(mine) reduction(+ : sum)
  sum += mine;
  printf("%d\\n", sum);
  return 0;
}
"""


def test_threadprivate(racing: Racing):
    """Each lane has a copy of its own, from one region to the next; without the directive they share one."""
    assert racing(THREADPRIVATE).outcome == "clean"
    shared = THREADPRIVATE.replace("#pragma omp threadprivate(mine)", "").replace(" copyin(mine)", "")
    assert racing(shared).outcome == "race"


CLASSES = """
#include <cstdio>
#include <vector>
#include <algorithm>
struct Field {
  std::vector<double> v;
  thread_local static int calls;
  void smooth(std::vector<double> &out) {
#pragma omp parallel for
    for (std::size_t i = 1; i < v.size() - 1; ++i) { calls++; out[i] = v[i - 1] + v[i + 1]; }
  }
};
thread_local int Field::calls = 0;
int main() {
  Field f;
  f.v.resize(100, 1.0);
  std::vector<double> out(100);
  f.smooth(out);
  double top = 0;
#pragma omp parallel for reduction(max : top)
  for (auto it = out.begin(); it < out.end(); ++it) top = std::max(top, *it);
  auto add = [&](int i) { out[i] += 1; };
#pragma omp parallel for
  for (int i = 0; i < 100; i++) add(i);
  std::printf("%g\\n", top);
}
"""


def test_classes(racing: Racing):
    """Containers, members, lambdas and thread-local members, and the same with a race."""
    assert racing(CLASSES, "program.cpp").outcome == "clean"
    assert racing(CLASSES.replace("f.smooth(out)", "f.smooth(f.v)"), "program.cpp").outcome == "race"
    assert racing(CLASSES.replace("out[i] += 1", "out[i / 2] += 1"), "program.cpp").outcome == "race"
