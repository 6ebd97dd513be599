"""What judging a text gives, as values: light to import, so that the language server need not load the analysis."""

from __future__ import annotations

import msgspec

from ...analysis.facts import DirectiveFacts, Language, LoopFacts, Reason, TextError
from ...reasoning.plan import Rejection, Verdict


class JudgedLoop(msgspec.Struct, frozen=True):
    """A loop's facts and what is to be said of it.

    `objections` are the checker's: for a candidate, what keeps it from being proved; for an unknown loop, what refutes
    the plan that the static planner would write. `pays` is False only where threads cannot pay.
    """

    facts: LoopFacts
    verdict: Verdict
    pragma: str | None = None
    pays: bool = True
    objections: tuple[Rejection, ...] = ()


class Ignored(msgspec.Struct, frozen=True):
    """What one comment switches off: `codes` (or, where `everything`, all) of loops by id and directives by start."""

    loops: tuple[str, ...]
    directives: tuple[int, ...]
    codes: tuple[str, ...] = ()
    everything: bool = False


class Judgement(msgspec.Struct, frozen=True):
    """One text judged. `digest` is `text_digest` of it; `failed` says that an internal error left it incomplete.

    It holds everything that was found. What is switched off by comments stands in `ignored`, what is wrong with these
    comments in `remarks`, and `disabled` are the codes that the project switches off, which are none where its settings
    have a problem; `switches.py` applies them. `quick_pass` is how the project wants loops to be planned in editors.
    """

    digest: str
    language: Language
    loops: tuple[JudgedLoop, ...] = ()
    directives: tuple[DirectiveFacts, ...] = ()
    errors: tuple[TextError, ...] = ()
    failed: bool = False
    ignored: tuple[Ignored, ...] = ()
    remarks: tuple[Reason, ...] = ()
    disabled: tuple[str, ...] = ()
    quick_pass: str | None = None
    settings_problem: str | None = None


def told(judgement: Judgement) -> Judgement:
    """The judgement without what an editor shows nothing of: the single accesses and dependences, a third of it all."""
    loops = tuple(
        msgspec.structs.replace(loop, facts=msgspec.structs.replace(loop.facts, accesses=(), dependences=()))
        for loop in judgement.loops
    )
    return msgspec.structs.replace(judgement, loops=loops)
