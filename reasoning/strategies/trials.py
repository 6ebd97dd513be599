"""What a strategy may have tried of a plan before it decides, where its caller can and may run the user's program.

Reasoning knows nothing of compilers and sandboxes, so its caller passes this in; where there is none, plans are held
against the facts alone, and no model is told of the possibility.
"""

from __future__ import annotations

from typing import Protocol

from ..plan import Plan

MOST_TRIALS = 4  # of one proposal; each builds and runs a program


class Trials(Protocol):
    """Both answer in words: what was found, or why nothing could be. Both may raise `runtimes.protocol.Cancelled`."""

    def compile(self, plan: Plan) -> str:
        """What the compilers say of the program with this plan in it."""
        ...

    def race(self, plan: Plan) -> str:
        """What the race checks see when the program runs with this plan in it."""
        ...
