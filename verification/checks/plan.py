"""The plan check: what the plan checker said of the plan, held against the facts of its loop."""

from __future__ import annotations

from ..evidence import Check
from ..request import PlannedEdit
from .answers import Stopwatch


def check(edit: PlannedEdit) -> Check:
    """Refuted where the facts show the plan wrong; inconclusive where they only cannot prove it right."""
    watch = Stopwatch("plan")
    refuting = [each for each in edit.rejections if each.refuted]
    if refuting:
        return watch.answer("refuted", "; ".join(each.message for each in refuting))
    if edit.rejections:
        return watch.answer("inconclusive", "; ".join(each.message for each in edit.rejections))
    return watch.answer("passed", "the plan follows from the facts")
