"""Where directives and their clauses stand in the file: what an editor underlines, and what a fix replaces."""

from __future__ import annotations

import pytest
from pragmatist.analysis.lowering import lower


@pytest.mark.parametrize("indentation", ["", "  ", "\t", "        "])
@pytest.mark.parametrize(
    "spelling",
    [
        "#pragma omp parallel for {}",
        "# pragma  omp parallel for {} // why",
        "#pragma omp parallel for \\\n      {}",
        '_Pragma("omp parallel for {}")',
    ],
)
def test_clauses_stand_where_they_are_written(indentation: str, spelling: str):
    """And the directive begins behind its indentation."""
    clauses = ["schedule(static)", "firstprivate(n)"]
    directive = spelling.format(" ".join(clauses))
    text = (
        f"void f(int n, double *a) {{\n{indentation}{directive}\n  for (int i = 0; i < n; i++) a[i] = i;\n}}\n".encode()
    )
    ((found, _),) = lower(text, "c").directives
    assert text[found.start :].startswith(directive.encode())
    assert [text[clause.start : clause.end].decode() for clause in found.clauses] == clauses
