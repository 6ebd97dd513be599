"""The strategies that there are, by the name that users write."""

from __future__ import annotations

from .chain_of_thought import ChainOfThought
from .few_shot import FewShot
from .protocol import Strategy
from .react import ReAct
from .step_by_step import StepByStep
from .tree_of_thoughts import TreeOfThoughts
from .zero_shot import ZeroShot

STRATEGIES: dict[str, Strategy] = {
    strategy.name: strategy
    for strategy in (ZeroShot(), FewShot(), ChainOfThought(), StepByStep(), ReAct(), TreeOfThoughts())
}


class UnknownStrategy(ValueError):
    """There is no strategy of that name."""


def find_strategy(name: str) -> Strategy:
    """The strategy `name`; raises `UnknownStrategy`, which lists those that there are."""
    try:
        return STRATEGIES[name]
    except KeyError:
        raise UnknownStrategy(f"there is no strategy {name!r}; there are: {', '.join(sorted(STRATEGIES))}") from None
