"""Which functions may call themselves, and that it is found out in time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.execution.components import components


class Node:
    def __init__(self) -> None:
        self.after: list[Node] = []


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=24))
def test_components_are_what_can_be_reached_both_ways(edges: list[tuple[int, int]]):
    """Against the definition: two nodes belong together if each can be reached from the other."""
    nodes = [Node() for _ in range(8)]
    for source, target in edges:
        nodes[source].after.append(nodes[target])

    def reach(node: Node) -> set[int]:
        seen, work = set(), [node]
        while work:
            for each in work.pop().after:
                if id(each) not in seen:
                    seen.add(id(each))
                    work.append(each)
        return seen

    found: dict[int, frozenset[int]] = {}
    for node in nodes:
        if id(node) not in found:
            components(
                node,
                lambda each: each.after,
                lambda each: id(each) in found,
                lambda part: found.update(dict.fromkeys(map(id, part), frozenset(map(id, part)))),
            )
    for node in nodes:
        mutual = {id(other) for other in nodes if id(other) in reach(node) and id(node) in reach(other)} | {id(node)}
        assert found[id(node)] == mutual


def test_functions_that_call_each_other_are_not_followed_forever():
    """Forty of them, each of which calls five: what a call does is unknown, and that is said."""
    names = range(40)
    text = "".join(f"void f{k}(int *a, int n);" for k in names)
    for k in names:
        calls = "".join(f"f{(7 * k + j) % 40}(a, i);" for j in range(5))
        text += f"void f{k}(int *a, int n) {{ for (int i = 0; i < n; i++) {{ a[i] = 1; {calls} }} }}\n"
    loops = analyze(text.encode(), "c").loops
    assert len(loops) == 40
    assert all("PRG402" in [reason.code for reason in loop.unknowns] for loop in loops)
