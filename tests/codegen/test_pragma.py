"""Plans as pragma text: order of clauses, wrapping, and what may not get in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pragmatist.codegen.errors import UnsafePlan
from pragmatist.codegen.pragma import pragma_text, wrap
from pragmatist.reasoning.plan import Map, Plan, Reduction, Schedule


def plan(**fields) -> Plan:
    return Plan(**{"loop": "L0", "directive": "parallel for", **fields})


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "#pragma omp parallel for"),
        (
            {"private": ("t",), "reductions": (Reduction("max", "err"),)},
            "#pragma omp parallel for private(t) reduction(max:err)",
        ),
        (
            {
                "maps": (Map("to", "a[0:n]"), Map("tofrom", "b"), Map("to", "c")),
                "condition": "x + n <= y || y + n <= x",
                "schedule": Schedule("dynamic", 8),
                "collapse": 2,
                "reductions": (Reduction("+", "s"), Reduction("min", "m"), Reduction("+", "h[0:16]")),
                "lastprivate": ("l",),
                "firstprivate": ("f", "g"),
                "private": ("p", "q"),
                "directive": "target teams distribute parallel for",
            },
            "#pragma omp target teams distribute parallel for private(p, q) firstprivate(f, g) lastprivate(l) "
            "reduction(+:s, h[0:16]) reduction(min:m) collapse(2) schedule(dynamic, 8) "
            "if(x + n <= y || y + n <= x) map(to: a[0:n], c) map(tofrom: b)",
        ),
        ({"directive": "simd", "schedule": None, "private": ("t",)}, "#pragma omp simd private(t)"),
        ({"schedule": Schedule("guided")}, "#pragma omp parallel for schedule(guided)"),
    ],
)
def test_clauses_come_in_one_order(fields, expected):
    """Data sharing first, then how it runs, then what moves; one reduction clause per operator."""
    assert pragma_text(plan(**fields)) == expected


@pytest.mark.parametrize(
    "fields",
    [
        {"private": ("t) nowait",)},
        {"private": ("t\n",)},
        {"private": ("",)},
        {"firstprivate": ("a[0:n]",)},
        {"lastprivate": ("p->x",)},
        {"reductions": (Reduction("+", "s) if(0"),)},
        {"reductions": (Reduction("+", "s[0]"),)},
        {"reductions": (Reduction("+", 's[0:"n"]'),)},
        {"reductions": (Reduction("+:x)", "s"),)},
        {"condition": "n > 3) private(t"},
        {"condition": "n > 3\nsystem()"},
        {"condition": "n > 3 \\"},
        {"condition": ""},
        {"maps": (Map("to", "a[0:n]) map(to: b"),)},
        {"maps": (Map("to", "a{}"),)},
        {"maps": (Map("to: b) map(to", "a"),)},
        {"directive": "parallel for num_threads(2)"},
        {"schedule": Schedule("dynamic) nowait ordered(1")},
    ],
)
def test_nothing_can_be_smuggled_in(fields):
    """Every text of a plan is held against what may stand there, even if the plan never met the checker."""
    with pytest.raises(UnsafePlan):
        pragma_text(plan(**fields))


def test_long_pragmas_are_wrapped_between_clauses():
    """No line passes 100 columns, continuation lines are aligned, tabs count as eight."""
    long = pragma_text(
        plan(
            private=tuple(f"temporary_{k}" for k in range(5)),
            reductions=(Reduction("+", "accumulated_sum"),),
            condition="first_array + n <= second_array || second_array + n <= first_array",
        )
    )
    assert wrap(long, "\t", "\n") == (
        "\t#pragma omp parallel for \\\n"
        "\t            private(temporary_0, temporary_1, temporary_2, temporary_3, temporary_4) \\\n"
        "\t            reduction(+:accumulated_sum) \\\n"
        "\t            if(first_array + n <= second_array || second_array + n <= first_array)"
    )


def test_a_clause_longer_than_a_line_is_broken_inside():
    """Lists break after commas, conditions after && and ||."""
    names = tuple(f"a_rather_long_name_{k}" for k in range(9))
    lines = wrap(pragma_text(plan(private=names)), "    ", "\r\n").split(" \\\r\n")
    assert [len(line) for line in lines if len(line) > 98] == []
    assert "".join(line.strip() for line in lines).replace(",", ", ").replace("  ", " ").count("a_rather") == 9


def test_short_pragmas_stay_on_a_line():
    """What fits is not broken."""
    assert wrap("#pragma omp parallel for private(t)", "  ", "\n") == "  #pragma omp parallel for private(t)"


@given(
    st.lists(st.from_regex(r"[a-z_]{1,60}", fullmatch=True), max_size=12, unique=True),
    st.sampled_from(["", "  ", "\t", "\t\t  ", " " * 60]),
    st.sampled_from(["\n", "\r\n"]),
)
def test_unwrapping_gives_the_pragma_back(names, indent, line_end):
    """Wrapping changes white space only, and every line but the last ends in a backslash."""
    text = pragma_text(plan(private=tuple(names), condition="n > 100 && n < 1000"))
    wrapped = wrap(text, indent, line_end)
    lines = wrapped.split(line_end)
    assert all(line.startswith(indent) for line in lines)
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert " ".join(line.removesuffix(" \\").strip() for line in lines) == text
