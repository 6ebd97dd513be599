"""Whether threads can pay."""

from __future__ import annotations

import pytest
from pragmatist.reasoning.profitability import pays


@pytest.mark.parametrize(
    ("trips", "work", "collapsible", "expected"),
    [
        (100, 5, 1, False),
        (1_000_000, 5, 1, True),
        (5_000, 5, 1, None),
        (3, 1_000_000, 1, True),
        (1, 1_000_000, 1, False),
        (1, None, 2, None),
        (None, 5, 1, None),
        (8, None, 1, None),
        (1_000_000, None, 1, True),
    ],
)
def test_pays(trips, work, collapsible, expected, make_facts):
    """Little work never pays, much does, and where the text does not tell the answer is None."""
    assert pays(make_facts(header={"trip_count": trips}, work=work, collapsible=collapsible)) == expected
