"""PRG515: a target plan moves every array that the loop touches, in the right direction; other plans have no maps.

A device may have memory of its own: an array that is not mapped, or mapped the wrong way, gives wrong numbers and no
message. `from` alone leaves garbage wherever the loop does not write, so it is only let through as unproved. What a
pointer's section must hold is not in the facts yet, so no section is proved.
"""

from __future__ import annotations

from collections.abc import Iterator

from ...analysis.facts import LoopFacts, Variable
from ..data_sharing import is_class, is_identifier, is_pointer, split_item
from ..plan import Map, Plan, Rejection

CODE = "PRG515"


def check(plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    if not plan.directive.startswith("target"):
        for item in plan.maps:
            yield Rejection(CODE, f"map({item.type}: {item.item}) needs a target directive: leave it out", item.item)
        return
    for name in facts.calls:
        says = f"not proved: that {name} can be called on the device: it may need declare target"
        yield Rejection(CODE, says, name, refuted=False)
    mapped: dict[str, Map] = {}
    known = {variable.name: variable for variable in facts.variables}
    for item in plan.maps:
        name = split_item(item.item)[0]
        if not is_identifier(name) or name not in known:
            yield Rejection(CODE, f"the loop has no variable {name!a}: take it out of map", name)
        elif name in mapped:
            yield Rejection(CODE, f"{name} is mapped twice: map it once", name)
        else:
            mapped[name] = item
    for variable in facts.variables:
        yield from _variable(variable, mapped.get(variable.name), plan, facts)


def _variable(variable: Variable, item: Map | None, plan: Plan, facts: LoopFacts) -> Iterator[Rejection]:
    name = variable.name
    if variable.role not in ("shared", "reduction"):
        if item is not None:
            yield Rejection(CODE, f"{name} is {variable.role} and needs no map: leave it out", name)
        return
    if is_class(variable):
        yield Rejection(
            CODE, f"{name} is a class object, which cannot be mapped as it stands: map its data by a pointer", name
        )
        return
    if name == "this" or variable.type.count("*") > 1:
        says = f"{name} leads to further pointers, which a map does not follow: use arrays that are mapped by name"
        yield Rejection(CODE, says, name)
        return
    kinds = {access.kind for access in facts.accesses if access.variable == name}
    if not (variable.is_array or (is_pointer(variable) and kinds)):
        if item is not None and item.type != "tofrom" and variable.role == "reduction":
            yield Rejection(CODE, f"{name} is a reduction, so its map must be tofrom", name)
        return
    wanted = "tofrom" if "write" in kinds else "to"
    if item is None:
        section = "[0:length]" if is_pointer(variable) else ""
        yield Rejection(CODE, f"{name} is not mapped: add map({wanted}: {name}{section})", name)
        return
    if (
        item.type == "alloc"
        or ("write" in kinds and item.type == "to")
        or ("write" not in kinds and item.type == "from")
    ):
        yield Rejection(
            CODE, f"map({item.type}: {item.item}) moves {name} the wrong way: use map({wanted}: {item.item})", name
        )
    elif item.type == "from":
        yield Rejection(
            CODE,
            f"not proved: map(from: {item.item}) is right only if the loop writes all of {name} and reads none of it "
            f"before: use map(tofrom: {item.item})",
            name,
            refuted="read" in kinds,
        )
    section = split_item(item.item)[1]
    if section:
        yield Rejection(
            CODE, f"not proved: that {item.item} holds all that the loop touches of {name}", name, refuted=False
        )
    elif is_pointer(variable):
        yield Rejection(CODE, f"{name} is a pointer, so its map needs a section: write {name}[0:length]", name)
