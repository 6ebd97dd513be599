"""Strongly connected components of a graph that is only known node by node (Tarjan, 1972), without recursion."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

N = TypeVar("N")


def components(
    start: N, successors: Callable[[N], Sequence[N]], is_known: Callable[[N], bool], found: Callable[[list[N]], None]
) -> None:
    """Calls `found` with each component that can be reached from `start`, but through nodes that are known already,
    those first that others lead to. Nodes are told apart by identity."""
    numbers: dict[int, int] = {id(start): 0}
    lowest: dict[int, int] = {id(start): 0}
    path: list[N] = [start]
    on_path = {id(start)}
    work: list[tuple[N, Iterator[N]]] = [(start, iter(successors(start)))]
    while work:
        node, rest = work[-1]
        for after in rest:
            if is_known(after):
                continue
            if id(after) not in numbers:
                numbers[id(after)] = lowest[id(after)] = len(numbers)
                path.append(after)
                on_path.add(id(after))
                work.append((after, iter(successors(after))))
                break
            if id(after) in on_path:
                lowest[id(node)] = min(lowest[id(node)], numbers[id(after)])
        else:
            work.pop()
            if work:
                outer = work[-1][0]
                lowest[id(outer)] = min(lowest[id(outer)], lowest[id(node)])
            if lowest[id(node)] == numbers[id(node)]:
                component = []
                while not component or component[-1] is not node:
                    component.append(path.pop())
                    on_path.discard(id(component[-1]))
                found(component)
