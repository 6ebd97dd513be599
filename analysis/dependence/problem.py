"""What a dependence test is asked and what it answers."""

from __future__ import annotations

from typing import Literal

import msgspec

from ..symbolic.polynomial import Constraint, Polynomial, Term

Cause = Literal[
    "subscript",  # a subscript is not affine, or not known at all
    "data",  # a subscript or bound depends on loaded or opaque values
    "extent",  # a subscript leaves its dimension, and the extents to compare linearised are not known
    "shape",  # the references name the object with different numbers of subscripts
    "guard",  # the references meet only if conditions hold that the text does not decide
    "condition",  # whether they meet depends on parameters in a way too intricate to write down
    "complex",  # the question went past the budget
]


class LoopDomain(msgspec.Struct, eq=False, gc=False):
    """One loop around an access: its counter (0, 1, 2, …) and the constraints under which an iteration runs.

    `constraints` may use the counter, counters of outer loops and any other term; `counter >= 0` is implied.
    `name` is the source's induction variable, for messages. `step` is the induction variable's step where constant.
    `exact` is False where fewer iterations may run than the constraints say (a `break`, a condition we cannot express).
    """

    counter: Term
    constraints: tuple[Constraint, ...]
    name: str
    step: int | None = 1
    exact: bool = True

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Reference(msgspec.Struct, eq=False, gc=False):
    """One access to an array-like object: `object[subscripts[0]][subscripts[1]]…`.

    A subscript is None where it is not a polynomial at all. `extents` are the object's dimensions as far as known,
    aligned with `subscripts` from the left; None entries are unknown (extents[0] usually is). `loops` are the loops
    around the access, outermost first; `guards` are further conditions under which it runs (an over-approximation
    is sound). `flat` says that the last subscript was made by pointer arithmetic and may leave its dimension.
    `exact_guards` is False where `guards` says less than the text does. `payload` is the caller's.
    """

    subscripts: tuple[Polynomial | None, ...]
    extents: tuple[Polynomial | None, ...]
    loops: tuple[LoopDomain, ...]
    guards: tuple[Constraint, ...]
    is_write: bool
    order: int  # position in the program text order of execution within one iteration
    flat: bool = False
    exact_guards: bool = True
    payload: object | None = None
    memo: object | None = None  # what the tests learned of this reference alone (see `bounds`)


class IndexArrays(msgspec.Struct, frozen=True):
    """What is known or assumed of arrays that subscripts and bounds are loaded from, by `Term.array`.

    `injective`: no two elements are equal. `increasing`: an element is never less than those before it (arrays with
    one subscript only).
    """

    injective: frozenset[object] = frozenset()
    increasing: frozenset[object] = frozenset()


class Budget(msgspec.Struct):
    """What the questions about one loop may cost together, in integer sets solved. One that is given up costs 50."""

    left: int = 1000


class Answer(msgspec.Struct, frozen=True):
    """Whether `first` in one iteration and `second` in a *later* iteration of the loop can touch one element.

    "independent": proved that no two iterations do. "dependent": proved that some do, whenever `condition`
    holds (None: whenever the loop runs far enough); where it does not hold, they seldom do: only guards with many `!=`
    make it narrower than it need be. "unknown": could not be excluded; `culprits` are
    the terms or subscripts (as text) that stopped the proof.
    `distance`/`direction` are per common loop from the tested loop inwards, in iterations (direction "<", "=", ">",
    "*"), for dependences from `first` to `second`; entries of `distance` are None where not one constant.
    `sample` is one witness: the counters of the common loops (from the tested loop inwards) at the source and at the
    sink.
    `independent_when` is a condition on parameters, as C text, under which the dependence vanishes.
    `cause` says what kind of obstacle made the answer "unknown", None otherwise.
    """

    verdict: Literal["independent", "dependent", "unknown"]
    distance: tuple[int | None, ...] = ()
    direction: tuple[str, ...] = ()
    culprits: tuple[str, ...] = ()
    condition: str | None = None
    independent_when: str | None = None
    sample: tuple[tuple[int, ...], tuple[int, ...]] | None = None
    cause: Cause | None = None


INDEPENDENT = Answer("independent")
NO_ARRAYS = IndexArrays()
