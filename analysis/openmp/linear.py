"""`linear` clauses against what the loop does: a thread computes where the variable stands at the beginning of its
iterations from the step that the clause says (OpenMP 5.2 §5.4.6), and the loop's own steps take it on from there.
"""

from __future__ import annotations

import re

from ..execution.events import LoopRecord, RegionRecord, Trace
from ..facts import Reason
from ..symbolic.polynomial import format_polynomial
from ..text import SourceText
from .constructs import associated_loops, collapsed_count, loop_variables, names
from .directive import Clause

_STEP = re.compile(r"(?:val\s*,\s*)?step\s*\((.*)\)\Z", re.S)


def wrong_steps(region: RegionRecord, trace: Trace, source: SourceText) -> list[Reason]:
    """The clauses of which the loop may not keep what they say."""
    clauses = region.statement.directive.clauses_named("linear")
    loops = associated_loops(region.statement) if clauses else ()
    if not loops or collapsed_count(region.statement.directive) > 1:
        return []
    within = (each for each in trace.loops if region.first < each.first < region.last)
    record = next((each for each in within if each.statement is loops[0]), None)
    if record is None:
        return []
    own = {symbol.name for symbol in loop_variables(loops[0])}
    found: list[Reason] = []
    for clause in clauses:
        for name in sorted(names(clause) - own):
            told = _problem(name, _step(clause), record, trace)
            if told is not None:
                message, help = told
                place = source.place(clause.start, clause.end)
                found.append(Reason("PRG306", message, place, culprit=name, help=help))
    return found


def _step(clause: Clause) -> str:
    modifier = clause.modifier
    if modifier is None or modifier == "val":
        return "1"
    match = _STEP.match(modifier)
    return match[1].strip() if match else modifier


def _problem(name: str, step: str, record: LoopRecord, trace: Trace) -> tuple[str, str | None] | None:
    """Words, and help, on a variable that does not move by `step` for sure; None where it does."""
    amounts = {format_polynomial(amount) for symbol, amount in record.closed_forms.items() if symbol.name == name}
    if amounts:
        amount = amounts.pop()
        if not amounts and _plain(amount) == _plain(step):
            return None
        message = f"the loop changes `{name}` by {amount} in each iteration, and threads take it to be {step}"
        return message, f"write linear({name}:{amount})"
    changed = any(
        access.is_write and access.object.symbol is not None and access.object.symbol.name == name
        for access in trace.accesses
        if record.first < access.order < record.last
    )
    if changed:
        return f"whether the loop changes `{name}` by {step} in each iteration cannot be told", None
    if step == "0":
        return None
    message = f"the loop does not change `{name}`, and threads take it to change by {step} in each iteration"
    return message, f"leave `linear({name})` out"


def _plain(text: str) -> str:
    return re.sub(r"[\s()]", "", text)
