"""How much work the questions about one function may cost together.

Work is counted, never timed, so that what is said of a function depends on its text alone. Answers that are kept from
before cost what they cost the first time. Outside of `limited` there is no limit but each question's own.
"""

from __future__ import annotations

import threading
from types import TracebackType

import msgspec

OPERATIONS = 50_000  # of isl, for one question; small ones take 1,000 to 10,000
# What a question may still take when others before it were given up: each of those halves it.
_FEWEST_OPERATIONS = 3_000
_GIVEN_UP = 5  # questions that one given up costs as much as


class Patience(msgspec.Struct):
    """`questions` that may still be asked, and the `operations` that the next one may take."""

    questions: int
    operations: int = OPERATIONS


class _Local(threading.local):
    patience: Patience | None = None


_local = _Local()


class limited:
    """What is asked inside costs no more than so many questions together, nor than what a limit around it leaves."""

    def __init__(self, questions: int) -> None:
        self._allowed = questions

    def __enter__(self) -> Patience:
        before = self._before = _local.patience
        if before is not None:
            self._allowed = min(self._allowed, before.questions)
        patience = self._patience = Patience(self._allowed)
        if before is not None:
            patience.operations = before.operations
        _local.patience = patience
        return patience

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        before, patience = self._before, self._patience
        _local.patience = before
        if before is not None:
            before.questions -= self._allowed - patience.questions
            before.operations = patience.operations


def spend() -> bool:
    """Pays for one question; False where none may be asked any more."""
    patience = _local.patience
    if patience is None:
        return True
    patience.questions -= 1
    return patience.questions >= 0


def operations() -> int:
    """What the next question may take."""
    patience = _local.patience
    return OPERATIONS if patience is None else patience.operations


def give_up() -> None:
    """Pays for a question that was given up."""
    patience = _local.patience
    if patience is not None:
        patience.questions -= _GIVEN_UP
        patience.operations = max(_FEWEST_OPERATIONS, patience.operations // 2)
