"""Whether running a loop in threads can pay, from the text alone. Verification measures; this only orders and warns.

Forking and joining a team costs some microseconds, about as much as ten thousand simple operations. Between that
and ten times as much the answer depends on the machine, and so it does when a trip count is not a constant.
"""

from __future__ import annotations

from ..analysis.facts import LoopFacts

LOSING_OPERATIONS = 10_000
WINNING_OPERATIONS = 100_000


def pays(facts: LoopFacts) -> bool | None:
    """False: too little work in all. True: enough. None: the text does not tell, so it may be worth a try.

    `fix` proposes for the outermost level of a nest for which this is not False.
    """
    trips = facts.header.trip_count if facts.header is not None else None
    if trips is None:
        return None
    if trips < 2 and facts.collapsible < 2:
        return False
    if facts.work is None:
        return True if trips >= WINNING_OPERATIONS else None
    operations = trips * facts.work
    if operations < LOSING_OPERATIONS:
        return False
    return True if operations >= WINNING_OPERATIONS else None
