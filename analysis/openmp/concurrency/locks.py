"""OpenMP and POSIX locks: which are held at an access.

A lock that each thread, iteration or task has for itself keeps nobody out, and does not count.
"""

from __future__ import annotations

from typing import Literal

from ...execution.events import Effect, RegionRecord
from ...execution.values import Location
from ...ir import tree as ir
from ...ir.walk import descendants, root_symbol
from ...symbolic.polynomial import ZERO
from ..constructs import TASK_GENERATING, has_any
from .sites import Site, Surroundings

_SET = ("omp_set_lock", "omp_set_nest_lock", "pthread_mutex_lock")
_TEST = ("omp_test_lock", "omp_test_nest_lock", "pthread_mutex_trylock")
_UNSET = ("omp_unset_lock", "omp_unset_nest_lock", "pthread_mutex_unlock")


class Locks:
    """The lock operations of a trace, in order."""

    def __init__(self, surroundings: Surroundings, texts: dict[Effect, str | None]) -> None:
        """`texts` gives each lock effect's argument as text, None where it is not known; effects that it leaves out do
        not count."""
        self._events = [(effect, texts[effect]) for effect, _ in surroundings.effects() if effect in texts]
        self._handed_over = _handed_over(self._events)

    def any(self) -> bool:
        return bool(self._events)

    def compared(self, one: Site, other: Site) -> Literal["yes", "perhaps", "no"]:
        if not self._events:
            return "no"
        if self._handed_over:
            return "perhaps"
        surely, perhaps = self._held(one)
        surely_other, perhaps_other = self._held(other)
        if surely & surely_other:
            return "yes"
        held, held_other = surely | perhaps, surely_other | perhaps_other
        if held and held_other and (held & held_other or "?" in held | held_other):
            return "perhaps"
        return "no"

    def _held(self, site: Site) -> tuple[frozenset[str], frozenset[str]]:
        """Locks certainly and possibly held at the access, by the text of the call's argument."""
        surely: set[str] = set()
        perhaps: set[str] = set()
        for effect, text in self._events:
            if effect.order >= site.order:
                break
            name = effect.name.rsplit("::", 1)[-1]
            if text is None:
                perhaps.add("?")
            elif name in _SET:
                reached = site.context[: len(effect.context)] == effect.context
                (surely if reached and not _indexed(text) else perhaps).add(text)
            elif name in _TEST:
                perhaps.add(text)
            elif name in _UNSET:
                if site.context[: len(effect.context)] == effect.context:
                    perhaps.discard(text)
                elif text in surely:
                    perhaps.add(text)
                surely.discard(text)
        return frozenset(surely), frozenset(perhaps)


def _handed_over(events: list[tuple[Effect, str | None]]) -> bool:
    """Whether some lock is set where no `unset` follows on the same path: it may pass an order on to another thread."""
    for position, (effect, text) in enumerate(events):
        if effect.name.rsplit("::", 1)[-1] in _SET and not any(
            later.name.rsplit("::", 1)[-1] in _UNSET and later_text == text and later.context == effect.context
            for later, later_text in events[position + 1 :]
        ):
            return True
    return False


def _indexed(text: str) -> bool:
    """A lock chosen at run time: the same text may mean another lock in another thread."""
    return "[" in text or "->" in text or "." in text


def argument_texts(surroundings: Surroundings, source: bytes) -> dict[Effect, str | None]:
    """The lock that each lock operation names, as text without blanks, `&` or parentheses."""
    found: dict[Effect, str | None] = {}
    for effect, stack in surroundings.effects():
        if effect.kind != "lock":
            continue
        symbol, text = _named(effect, surroundings, source)
        keeper = None if symbol is None else _keeper(symbol, effect, stack, surroundings)
        if symbol is not None and keeper is not None:
            if symbol.type.kind not in ("pointer", "reference") and not _shared_by_tasks(stack[keeper + 1 :]):
                continue
            text = None  # each thread has a pointer of its own, which may lead to one lock; or tasks share it
        found[effect] = text
    return found


def _named(effect: Effect, surroundings: Surroundings, source: bytes) -> tuple[ir.Symbol | None, str | None]:
    """The variable that the lock operation starts from, and the lock as text; None where that is not known.

    A pointer to a variable is that variable, and a called function's parameter what it was called with.
    """
    argument = _argument(effect)
    if argument is None:
        return None, None
    symbol = root_symbol(argument)
    if symbol is not None and symbol.type.kind in ("pointer", "reference"):
        home = surroundings.function_at(symbol.start) if symbol.storage == "parameter" else None
        passed = home is not None and home is not surroundings.trace.function
        if effect.lock is not None and (passed or effect.lock.object.kind == "variable"):
            return _led_to(effect.lock)
        if passed:
            return None, None
    text = source[argument.start : argument.end].decode("utf-8", "replace")
    return symbol, "".join(text.split()).lstrip("&(").rstrip(")")


def _led_to(place: Location) -> tuple[ir.Symbol | None, str | None]:
    """The same for what a pointer leads to."""
    symbol = place.object.symbol
    if symbol is None or place.object.kind not in ("variable", "pointee") or place.object.assigned >= 0:
        return None, None
    chosen = [str(each) for each in place.subscripts]
    if place.object.kind == "pointee" and place.subscripts == (ZERO,):
        chosen = []
    return symbol, symbol.name + place.path.replace("[]", "") + "".join(f"[{each}]" for each in chosen)


def _argument(effect: Effect) -> ir.Expr | None:
    node = effect.node
    if node is None:
        return None
    for each in descendants(node):
        if isinstance(each, ir.Call) and each.arguments and "lock" in each.name:
            return each.arguments[0]
    return None


def _keeper(
    symbol: ir.Symbol, effect: Effect, stack: tuple[RegionRecord, ...], surroundings: Surroundings
) -> int | None:
    """The index in `stack` of the region whose threads or tasks have a variable of that name for themselves."""
    if symbol.storage not in ("local", "parameter"):
        at = effect.start
    else:
        at = symbol.start
        home = surroundings.function_at(at)
        if home is not None and home.name != surroundings.trace.function.name:
            # A local variable of a called function is of one call; a parameter is what that was called with.
            return len(stack) - 1 if stack and symbol.storage == "local" else None
    own = surroundings.around(at, stack)
    keeper: int | None = None
    for region, attribute in zip(own, surroundings.sharing(symbol, own), strict=True):
        same = attribute.kind == "firstprivate" and symbol.type.kind in ("pointer", "reference")
        if attribute.copies and attribute.basis != "inherited" and not same:
            keeper = stack.index(region)
    return keeper


def _shared_by_tasks(inner: tuple[RegionRecord, ...]) -> bool:
    return any(has_any(region.statement.directive, TASK_GENERATING) for region in inner)
