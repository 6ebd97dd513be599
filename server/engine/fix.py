"""`fix` for one file: choose the loops, verify their plans, and make the one edit that holds."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import msgspec

from ...codegen.edit import text_digest
from ...reasoning.runtimes.protocol import ModelError
from ...reasoning.strategies.protocol import Proposal
from ...verification.flags import UnsafeFlag
from ...verification.sandbox import SandboxUnavailable
from .choose import choose_loops
from .files import JudgedFile
from .judgement import JudgedLoop, Judgement
from .model_planning import Asked, plan_further
from .project_settings import BadSettings
from .reading import Unreadable, read_source
from .switches import hidden_loops, reported
from .trying import Checks
from .verify import Progress, VerifiedFile, verify_loops, with_evidence


class FixedFile(msgspec.Struct):
    """A file after `fix`: the judgement with its evidence in it, the text that it is about, and what went wrong.

    `hidden` are loops that comments or the project switch off: nothing is done with them.
    `proposals` are a model's, by loop, where one was asked, and those of the rule for undecided variables.
    """

    file: JudgedFile
    judgement: Judgement
    text: bytes
    chosen: tuple[JudgedLoop, ...] = ()
    hidden: frozenset[str] = frozenset()
    verified: VerifiedFile = msgspec.field(default_factory=VerifiedFile)
    proposals: dict[str, Proposal] = {}
    problem: str | None = None

    def reported(self) -> Judgement:
        """The judgement without what is switched off."""
        return reported(self.judgement, hidden=self.hidden)


async def fix_file(
    file: JudgedFile,
    *,
    arguments: Sequence[str],
    no_sandbox: bool,
    keep_slower: bool = False,
    assume_no_overlap: bool = False,
    asked: Asked | None = None,
    progress: Progress | None = None,
) -> FixedFile | None:
    """None where the file could not be judged. What cannot be verified is a `problem`, never an exception.

    `asked` is the model that plans where it can; the plans of the static planner, or copies of what is undecided, stand
    where it has none. Raises `ModelError` where it cannot be asked at all.
    """
    judgement = file.judgement
    if judgement is None:
        return None
    try:
        text = read_source(file.path)
    except Unreadable as error:
        return FixedFile(file, judgement, b"", problem=str(error))
    fixed = FixedFile(file, judgement, text)
    if text_digest(text) != judgement.digest:
        fixed.problem = "changed while it was looked at; run the command again"
        return fixed
    fixed.hidden = hidden_loops(judgement)
    try:
        checks = Checks(tuple(arguments), no_sandbox)
        judgement, fixed.proposals = await plan_further(
            file.path, text, judgement, asked, checks, hidden=fixed.hidden, progress=progress
        )
        fixed.judgement = judgement
        fixed.chosen = tuple(choose_loops(judgement.loops, fixed.hidden))
        if not fixed.chosen:
            return fixed
        fixed.verified = await verify_loops(
            file.path,
            text,
            judgement,
            fixed.chosen,
            arguments=arguments,
            no_sandbox=no_sandbox,
            keep_slower=keep_slower,
            assume_no_overlap=assume_no_overlap,
            progress=progress,
        )
    except ModelError:
        raise
    except (SandboxUnavailable, UnsafeFlag, BadSettings) as error:
        fixed.problem = str(error)
        return fixed
    except Exception as error:  # a fault of ours in one file must not cost the others their answers
        traceback.print_exc()
        fixed.problem = f"internal error: {type(error).__name__}: {error}; please report it with this file"
        return fixed
    fixed.judgement = with_evidence(judgement, fixed.verified)
    fixed.problem = _hindrance(fixed.verified)
    return fixed


def _hindrance(verified: VerifiedFile) -> str | None:
    """Why nothing at all could be checked, where that is so: no compiler, no program to run."""
    if not verified.evidence or any(evidence.verdict != "inconclusive" for evidence in verified.evidence.values()):
        return None
    checks = [check for evidence in verified.evidence.values() for check in evidence.checks if check.name == "compile"]
    skipped = [check for check in checks if check.outcome == "skipped"]
    return skipped[0].detail if skipped and len(skipped) == len(checks) else None
