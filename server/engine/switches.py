"""What is reported of a judgement: everything but what comments, the project and the user have switched off.

A code switches off what it is said of. PRG001 or PRG002: loops that there is a pragma for. The code of an assumption:
loops whose proof needs it. The code of a reason: that reason, and the loop with it where no other is left. A comment
without codes: the loop that it stands at, what is inside, and the directive there. Facts are never changed by it:
whoever verifies or rewrites a loop takes them from the judgement as it was.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from ...analysis.facts import DirectiveFacts, Reason
from .codes import covers
from .judgement import Ignored, JudgedLoop, Judgement

PARALLEL = "PRG001"
CANDIDATE = "PRG002"


def reported(
    judgement: Judgement, disabled: Collection[str] = (), *, hidden: Collection[str] | None = None
) -> Judgement:
    """The judgement without what is switched off: `disabled` by the user, the rest by the project and by comments.

    `hidden` are the loops left out, where that was decided by an earlier judgement of the same text.
    """
    disabled = {*disabled, *judgement.disabled}
    if not disabled and not judgement.ignored:
        return judgement
    hidden = hidden_loops(judgement, disabled) if hidden is None else hidden
    codes = _Codes(judgement, disabled)
    return msgspec.structs.replace(
        judgement,
        loops=tuple(codes.without(loop) for loop in judgement.loops if loop.facts.id not in hidden),
        directives=tuple(each for directive in judgement.directives if (each := codes.kept(directive)) is not None),
        remarks=tuple(remark for remark in judgement.remarks if not covers(disabled, remark.code)),
    )


def hidden_loops(judgement: Judgement, disabled: Collection[str] = ()) -> frozenset[str]:
    """The ids of the loops that are not to be reported, nor offered to be rewritten."""
    disabled = {*disabled, *judgement.disabled}
    if not disabled and not judgement.ignored:
        return frozenset()
    codes = _Codes(judgement, disabled)
    hidden: set[str] = set()
    silent = {loop for each in judgement.ignored if each.everything for loop in each.loops}
    for loop in judgement.loops:  # source order: a loop comes after the loops around it
        facts = loop.facts
        if facts.id in silent or facts.parent in silent:
            silent.add(facts.id)
            hidden.add(facts.id)
        elif codes.hide(loop):
            hidden.add(facts.id)
    return frozenset(hidden)


class _Codes:
    """The codes that are switched off, at each loop and directive."""

    def __init__(self, judgement: Judgement, disabled: Collection[str]) -> None:
        self._disabled = frozenset(disabled)
        self._ignored = judgement.ignored

    def hide(self, loop: JudgedLoop) -> bool:
        off = self._off(each for each in self._ignored if loop.facts.id in each.loops)
        if loop.verdict.verdict in ("parallel", "candidate"):
            needed = [each.code for each in loop.facts.assumptions if each.discharged_by is None]
            own = PARALLEL if loop.verdict.verdict == "parallel" else CANDIDATE
            return any(covers(off, code) for code in (own, *needed))
        decisive = loop.facts.blocking or loop.facts.unknowns or loop.objections
        return bool(decisive) and all(covers(off, reason.code) for reason in decisive)

    def without(self, loop: JudgedLoop) -> JudgedLoop:
        """The loop, which is reported, without the reasons that are not."""
        off = self._off(each for each in self._ignored if loop.facts.id in each.loops)
        if not off:
            return loop
        facts = msgspec.structs.replace(
            loop.facts,
            blocking=_but(loop.facts.blocking, off),
            unknowns=_but(loop.facts.unknowns, off),
            notes=_but(loop.facts.notes, off),
        )
        objections = tuple(each for each in loop.objections if not covers(off, each.code))
        return msgspec.structs.replace(loop, facts=facts, objections=objections)

    def kept(self, directive: DirectiveFacts) -> DirectiveFacts | None:
        """The directive without the reasons that are switched off; None where nothing is left to be said."""
        mine = [each for each in self._ignored if directive.place.start in each.directives]
        if any(each.everything for each in mine):
            return None
        reasons = _but(directive.reasons, self._off(mine))
        if directive.reasons and not reasons:
            return None
        return msgspec.structs.replace(directive, reasons=reasons)

    def _off(self, ignored: Iterable[Ignored]) -> frozenset[str]:
        return self._disabled.union(*(each.codes for each in ignored))


def _but(reasons: tuple[Reason, ...], off: Collection[str]) -> tuple[Reason, ...]:
    return tuple(reason for reason in reasons if not covers(off, reason.code))
