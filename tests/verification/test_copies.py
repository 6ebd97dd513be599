"""Copies under test: what is put into them, and where a place in them stands in the original."""

from __future__ import annotations

import msgspec
import pytest
from pragmatist.codegen.edit import TextChange
from pragmatist.verification.copies import Copy, merged, observed, serial, with_schedule
from pragmatist.verification.request import PlannedEdit

SUM = b"""\
int f(int n, const int *a) {
  int s = 0;
  for (int i = 0; i < n; i++)
    s += a[i];
  return s;
}
"""


@pytest.mark.parametrize(
    ("pragma", "forced"),
    [
        ("#pragma omp parallel for", "#pragma omp parallel for schedule(static,1)"),
        (
            "#pragma omp parallel for private(x) // note",
            "#pragma omp parallel for schedule(static,1) private(x) // note",
        ),
        ("#pragma omp parallel for collapse(2)", "#pragma omp parallel for schedule(static,1) collapse(2)"),
        ("#pragma omp parallel for schedule(dynamic, 4)", "#pragma omp parallel for schedule(static,1)"),
        (
            "#pragma omp parallel for schedule(guided) if(n > f(2))",
            "#pragma omp parallel for schedule(static,1) if(n > f(2))",
        ),
        ("#pragma omp parallel for schedule(static, 8)", "#pragma omp parallel for schedule(static, 8)"),
        ("#pragma omp parallel for simd", "#pragma omp parallel for simd schedule(static,1)"),
        ("#pragma omp simd reduction(+:s)", "#pragma omp parallel for schedule(static,1) reduction(+:s)"),
        (
            "#pragma omp parallel for \\\n    private(x)",
            "#pragma omp parallel for schedule(static,1) \\\n    private(x)",
        ),
        ("#pragma omp parallel", "#pragma omp parallel"),
        ("#pragma omp atomic", "#pragma omp atomic"),
    ],
)
def test_a_schedule_is_forced_where_the_plan_leaves_it_open(planned, pragma: str, forced: str):
    """A static one is the plan's own and stays."""
    edit = with_schedule(SUM, planned(SUM, 3, pragma), "static,1")
    assert edit.changes[0].text == f"  {forced}\n"


def test_a_schedule_is_forced_in_a_pragma_that_is_only_corrected(planned):
    """Where the change is a clause within a pragma that stands in the text."""
    text = SUM.replace(b"  for", b"  #pragma omp parallel for\n  for")
    at = text.index(b"for\n") + 3
    edit = msgspec.structs.replace(planned(text, 4, "unused"), changes=(TextChange(at, at, " reduction(+:s)"),))
    forced = Copy(text, with_schedule(text, edit, "static,1").changes).text
    assert forced == text.replace(b"for\n", b"for schedule(static,1) reduction(+:s)\n", 1)


def test_a_loop_is_bracketed_together_with_its_pragma(planned):
    """A braceless body gets braces; the call stands before the pragma."""
    edit = planned(SUM, 3, "#pragma omp parallel for reduction(+:s)")
    copy = observed(SUM, [edit], iterations=True, language="c")
    assert copy.text.decode().splitlines()[2:] == [
        "  int s = 0;",
        "{ pragmatist_enter(0);",
        "  #pragma omp parallel for reduction(+:s)",
        "  for (int i = 0; i < n; i++)",
        "    { pragmatist_iteration(0); s += a[i]; /* 0 */ } pragmatist_leave(0); }",
        "  return s;",
        "}",
    ]


def test_a_pragma_that_stands_already_is_bracketed_too():
    """Also one that is continued over lines."""
    text = SUM.replace(b"  for", b"  #pragma omp parallel for \\\n    reduction(+:s)\n\n  for")
    start, end = text.index(b"for (int"), text.index(b"  return")
    edit = PlannedEdit("x", (), _span(start, end - 1), _span(text.index(b"s += "), end - 1), 6)
    copy = observed(text, [edit], iterations=False, language="cpp")
    assert b'extern "C" void pragmatist_enter(int);' in copy.text
    assert b"{ pragmatist_enter(0);\n  #pragma omp parallel for \\\n    reduction(+:s)\n\n  for" in copy.text


def _span(start: int, end: int):
    from pragmatist.verification.request import Span

    return Span(start, end)


def test_a_loop_under_an_if_stays_one_statement(planned):
    """What is put before it does not fall out of the condition."""
    text = (
        b"void f(int n, int *a) {\n  if (n)\n    for (int i = 0; i < n; i++)\n      a[i] = i;\n  else\n    n = 1;\n}\n"
    )
    copy = observed(text, serial([planned(text, 3, "unused")]), iterations=True, language="c")
    assert b"if (n)\n    { pragmatist_enter(0);\nfor (int i = 0;" in copy.text
    assert copy.text.count(b"{") == copy.text.count(b"}") == 3


def test_places_lead_back_to_the_original(planned):
    """Lines and columns of the copy, in inserted text those of the place it was inserted at."""
    edit = planned(SUM, 3, "#pragma omp parallel for reduction(+:s)")
    copy = observed(SUM, [edit], iterations=True, language="c")
    lines = copy.text.decode().splitlines()
    column = lines[6].index("s += a[i]") + 1
    assert copy.origin(7, column + 5) == (4, 10)
    assert copy.origin(6, 3) == (3, 3)
    assert copy.origin(5) == (3, None)
    assert copy.origin(9) == (6, None)


def test_changed_lines(planned):
    """Those that an edit wrote, and no other."""
    edits = [planned(SUM, 3, "#pragma omp parallel for \\\n    reduction(+:s)")]
    assert Copy(SUM, merged(edits)).changed_lines == {3, 4}


def test_a_shared_change_is_made_once(planned):
    """Such as an #include that two plans need."""
    include = TextChange(0, 0, "#include <math.h>\n")
    edits = [
        msgspec.structs.replace(edit, changes=(include, *edit.changes))
        for edit in (planned(SUM, 3, "#pragma omp parallel for"), planned(SUM, 3, "#pragma omp simd"))
    ]
    assert Copy(SUM, merged(edits)).text.count(b"#include") == 1
