"""Hand-made facts and plans, for tests of what is made from facts."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from pragmatist.analysis.facts import Access, Assumption, LoopFacts, LoopHeader, Place, Reason, Variable
from pragmatist.reasoning.plan import Plan


def place(line: int = 1) -> Place:
    return Place(0, 1, line, 1, line, 2)


def variable(name: str, spec: str | dict) -> Variable:
    """A role, or a role with other fields: "shared", {"role": "reduction", "operator": "+"}."""
    fields = {"type": "double", "place": place()} | ({"role": spec} if isinstance(spec, str) else spec)
    return Variable(name=name, **fields)


def access(text: str, kind: str, *subscripts: str) -> Access:
    return Access(text.partition("[")[0], text, kind, place(2), subscripts, "?" not in subscripts, False)  # pyright: ignore


@pytest.fixture
def make_facts() -> Callable[..., LoopFacts]:
    """make_facts(x="shared", s={"role": …}, header={…}, guards=("x < y",), …): facts of `for (int i = 0; i < n; i++)`.

    Keywords are variables, but for LoopFacts' own fields and `header`, `guards`, `assumed`, `writes` and `reads`.
    """

    def make(**spec) -> LoopFacts:
        header = LoopHeader("i", "int", "0", "n", "<", "1", True, None, "n")
        changes = spec.pop("header", {})
        header = None if changes is None else msgspec.structs.replace(header, **changes)
        assumptions = [
            Assumption("PRG201", f"assumption {k}", place(), guard) for k, guard in enumerate(spec.pop("guards", ()))
        ]
        assumptions += [Assumption("PRG202", words, place()) for words in spec.pop("assumed", ())]
        accesses = [access(t, "write", *s) for t, *s in spec.pop("writes", ())]
        accesses += [access(t, "read", *s) for t, *s in spec.pop("reads", ())]
        own = {name: spec.pop(name) for name in LoopFacts.__struct_fields__ if name in spec}
        for field in ("blocking", "unknowns"):
            if field in own:
                own[field] = (Reason("PRG101", own[field], place(7), culprit="a[i - 1]"),)
        variables = {"i": "induction", "n": {"role": "shared", "type": "int"}, **spec}
        return LoopFacts(
            **{
                "id": "L1", "function": "f", "place": Place(0, 1000, 1, 1, 9, 2), "keyword": place(), "body": place(),
                "depth": 0, "parent": None, "header": header, "kind": "for", "accesses": tuple(accesses),
                "variables": tuple(variable(name, v) for name, v in variables.items() if v is not None),
                "assumptions": tuple(assumptions),
                **own,
            }
        )  # fmt: skip

    return make


@pytest.fixture
def make_plan() -> Callable[..., Plan]:
    """make_plan(private=("t",), …): a plan for the loop that `make_facts` makes."""

    def make(**fields) -> Plan:
        return Plan(**{"loop": "L1", "directive": "parallel for", **fields})

    return make
