"""The JSON form in which a model answers, its JSON schema, and the way back to a `Plan`.

`PlanAnswer` holds only what a model decides; the loop's identity and who planned it are ours. The schema asks for every
field, in a fixed order: the grammar made from it has no optional parts, and the reasoning comes before the decision.
Given the facts of the loop, names and conditions are enumerated, so that a model decoding under the grammar cannot name
a variable that the loop does not have. Decoding is validated all the same: not every runtime has grammars.

The schema keeps to what llama.cpp turns into a grammar: object, array, string, integer, null, enum, anyOf, and bounds.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, TypeVar, get_args

import msgspec

from ..analysis.facts import LoopFacts
from .condition import comparable_names, conjoin, open_guard, trip_tokens
from .data_sharing import is_identifier
from .plan import (
    DIRECTIVES,
    REDUCTION_OPERATORS,
    Directive,
    Map,
    MapType,
    Plan,
    Reduction,
    Rejection,
    Schedule,
    ScheduleKind,
)

MALFORMED = "PRG501"  # the answer is not a plan
DECLINED = "PRG502"  # the answer is that there should be no plan

Target = Literal["cpu", "gpu"]

MAX_ANSWER_BYTES = 64 * 1024
MAX_RATIONALE = 600
_MAX_NAMES = 64
_MAX_ATTEMPTS = 200
_TRIP_THRESHOLDS = (100, 1000, 10000)
_CHUNKS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_NULL = {"type": "null"}

_Item = Annotated[str, msgspec.Meta(max_length=200)]
_Names = Annotated[list[_Item], msgspec.Meta(max_length=_MAX_NAMES)]
_Operator = Literal["+", "*", "-", "&", "|", "^", "&&", "||", "min", "max"]
_Decision = Literal[Directive, "none"]


class ReductionAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    operator: _Operator
    variable: _Item


class ScheduleAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    kind: ScheduleKind
    chunk: Annotated[int, msgspec.Meta(ge=1, le=1 << 20)] | None = None


class MapAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    type: MapType
    item: _Item


class PlanAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a model answers. `directive` "none" says that the loop should stay as it is; the rest is then ignored.

    The schema asks for every field; decoding lets all but the directive be left out, for runtimes without grammars.
    """

    directive: _Decision
    rationale: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    private: _Names = []
    firstprivate: _Names = []
    lastprivate: _Names = []
    reductions: Annotated[list[ReductionAnswer], msgspec.Meta(max_length=_MAX_NAMES)] = []
    collapse: Annotated[int, msgspec.Meta(ge=2, le=8)] | None = None
    schedule: ScheduleAnswer | None = None
    condition: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    maps: Annotated[list[MapAnswer], msgspec.Meta(max_length=_MAX_NAMES)] = []


Value = TypeVar("Value")


class Clauses(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of an answer that follows from the roles of variables."""

    private: _Names = []
    firstprivate: _Names = []
    lastprivate: _Names = []
    reductions: Annotated[list[ReductionAnswer], msgspec.Meta(max_length=_MAX_NAMES)] = []


class Execution(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The part of an answer that says how the iterations are run."""

    directive: _Decision
    collapse: Annotated[int, msgspec.Meta(ge=2, le=8)] | None = None
    schedule: ScheduleAnswer | None = None
    condition: Annotated[str, msgspec.Meta(max_length=1000)] | None = None
    maps: Annotated[list[MapAnswer], msgspec.Meta(max_length=_MAX_NAMES)] = []


_decoder = msgspec.json.Decoder(PlanAnswer)


def plan_schema(facts: LoopFacts | None = None, *, target: Target = "cpu", rationale: bool = True) -> dict[str, Any]:
    """The JSON schema of an answer for a loop with these facts (for any loop, without them), as a plain dict.

    `rationale=False` leaves the rationale out, for callers that pay by the token and do not show it.
    """
    _, components = msgspec.json.schema_components([PlanAnswer], ref_template="#/$defs/{name}")
    derived = _inline(components["PlanAnswer"], components)["properties"]
    gpu = target == "gpu"
    fields: dict[str, Any] = {"rationale": {"type": "string", "maxLength": MAX_RATIONALE}} if rationale else {}
    fields["directive"] = {"enum": [*(d for d in DIRECTIVES if d.startswith("target") == gpu), "none"]}
    for name in ("private", "firstprivate", "lastprivate", "reductions", "collapse", "schedule", "condition"):
        fields[name] = derived[name]
    # A dozen chunk sizes are choice enough, and a range of integers makes a large grammar.
    chunk = {"enum": [*_CHUNKS, None]}
    fields["schedule"] = {
        "anyOf": [object_schema({"kind": {"enum": list(get_args(ScheduleKind))}, "chunk": chunk}), _NULL]
    }
    if gpu:
        fields["maps"] = derived["maps"]
    if facts is not None:
        _restrict(fields, facts, gpu=gpu)
    return object_schema(fields)


def parse_plan(text: str, facts: LoopFacts, planned_by: str) -> Plan | Rejection:
    """The plan that a model's answer holds, or why it holds none. The plan is well-formed, not yet checked.

    Prose and code fences around the JSON object are tolerated; anything in it that the schema does not know is not.
    """
    answer = decode_answer(text, _decoder)
    return answer if isinstance(answer, Rejection) else plan_of(answer, facts, planned_by)


def plan_of_parts(
    clauses: Clauses, execution: Execution | None, facts: LoopFacts, planned_by: str, *, target: Target = "cpu"
) -> Plan | Rejection:
    """The plan that the two parts of an answer make, or the plainest one with these clauses."""
    plainest = Execution("parallel for" if target == "cpu" else "target teams distribute parallel for")
    parts = {**msgspec.structs.asdict(clauses), **msgspec.structs.asdict(execution or plainest)}
    return plan_of(PlanAnswer(**parts), facts, planned_by)


def plan_of(answer: PlanAnswer, facts: LoopFacts, planned_by: str) -> Plan | Rejection:
    """The plan that a decoded answer holds, or that it declines."""
    rationale = _printable(answer.rationale)[:MAX_RATIONALE]
    if answer.directive == "none":
        return Rejection(DECLINED, f"no plan is proposed: {rationale or 'no reason given'}", refuted=False)
    schedule = answer.schedule
    return Plan(
        loop=facts.id,
        directive=answer.directive,
        private=_once(answer.private),
        firstprivate=_once(answer.firstprivate),
        lastprivate=_once(answer.lastprivate),
        reductions=tuple(dict.fromkeys(Reduction(r.operator, r.variable.strip()) for r in answer.reductions)),
        collapse=answer.collapse,
        schedule=None if schedule is None else Schedule(schedule.kind, schedule.chunk),
        condition=None if answer.condition is None else answer.condition.strip() or None,
        maps=tuple(dict.fromkeys(Map(m.type, m.item.strip()) for m in answer.maps)),
        rationale=rationale,
        planned_by=planned_by,
    )


def decode_answer(text: str, decoder: msgspec.json.Decoder[Value]) -> Value | Rejection:
    """The one JSON object that an answer should hold, in the decoder's type, or what is wrong with it."""
    if len(text) > MAX_ANSWER_BYTES:
        return Rejection(MALFORMED, f"the answer is longer than {MAX_ANSWER_BYTES} bytes: answer with one JSON object")
    found = _json_object(text)
    if found is None:
        return Rejection(MALFORMED, "the answer holds no JSON object: answer with one that follows the schema")
    try:
        return decoder.decode(found)
    except (msgspec.DecodeError, RecursionError) as error:
        return Rejection(MALFORMED, f"the answer does not follow the schema: {_printable(str(error))}")


def condition_choices(facts: LoopFacts) -> tuple[str, ...]:
    """The `if` clauses worth choosing between: the open assumptions' guards, a trip-count threshold, both together."""
    guards = tuple(guard for a in facts.assumptions if (guard := open_guard(a)) is not None)
    thresholds: tuple[str, ...] = ()
    if facts.header is not None and facts.header.trip_count is None and (trip := trip_tokens(facts)):
        text = facts.header.trip_expression or ""
        thresholds = tuple(f"{text if len(trip) == 1 else f'({text})'} > {n}" for n in _TRIP_THRESHOLDS)
    guard = conjoin(guards)
    if guard is None:
        return thresholds
    return (guard, *(joined for t in thresholds if (joined := conjoin((*guards, t))) is not None))


def part_of_schema(schema: dict[str, Any], part: type[Clauses] | type[Execution]) -> dict[str, Any]:
    """The schema of one part of the answers that `schema` describes."""
    fields = schema["properties"]
    return object_schema({name: fields[name] for name in part.__struct_fields__ if name in fields})


def names_to_choose(facts: LoopFacts) -> list[str]:
    """The loop's variables that a clause could name."""
    return [variable.name for variable in facts.variables if is_identifier(variable.name)]


def _restrict(fields: dict[str, Any], facts: LoopFacts, *, gpu: bool) -> None:
    names = names_to_choose(facts)
    for field in ("private", "firstprivate", "lastprivate"):
        fields[field] = _choices_of(names)
    accumulators = [v.name + (v.section or "") for v in facts.variables if is_identifier(v.name)]
    operator = {"enum": list(REDUCTION_OPERATORS)}
    fields["reductions"] = list_schema(
        object_schema({"operator": operator, "variable": {"enum": accumulators}}), len(names)
    )
    if gpu:
        arrays = [v.name for v in facts.variables if v.is_array and is_identifier(v.name)]
        item = {"anyOf": [{"enum": arrays}, {"type": "string", "pattern": _section_pattern(facts, arrays)}]}
        kinds = {"enum": list(get_args(MapType))}
        fields["maps"] = list_schema(object_schema({"type": kinds, "item": item}), len(arrays))
    depth = facts.collapsible
    fields["collapse"] = {"enum": [*range(2, depth + 1), None]} if depth > 1 else _NULL
    conditions = condition_choices(facts)
    fields["condition"] = {"enum": [*conditions, None]} if conditions else _NULL


def _section_pattern(facts: LoopFacts, arrays: list[str]) -> str:
    length = "|".join(["[1-9][0-9]{0,8}", *sorted(comparable_names(facts))])
    return f"^({'|'.join(arrays)})\\[0:({length})\\]$"


def _choices_of(names: list[str]) -> dict[str, Any]:
    return list_schema({"enum": names}, len(names))


def list_schema(items: dict[str, Any], most: int, *, least: int = 0) -> dict[str, Any]:
    if most == 0:
        return {"type": "array", "maxItems": 0}
    bounds = {"maxItems": min(most, _MAX_NAMES)} | ({"minItems": least} if least else {})
    return {"type": "array", "items": items, **bounds}


def object_schema(fields: dict[str, Any]) -> dict[str, Any]:
    """An object with just these fields, all of them."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _inline(node: Any, components: dict[str, Any]) -> Any:
    """The schema without references, titles, defaults: some runtimes resolve no references, and prompts are shorter."""
    if isinstance(node, list):
        return [_inline(one, components) for one in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        return _inline(components[node["$ref"].rpartition("/")[2]], components)
    return {
        key: _inline(value, components) for key, value in node.items() if key not in ("title", "description", "default")
    }


def _once(names: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name.strip() for name in names))


def _json_object(text: str) -> str | None:
    """The last complete JSON object at top level, since models think aloud first; None where there is none."""
    stripped = text.strip()
    if stripped.startswith("{") and stripped.endswith("}"):
        return stripped
    decoder = json.JSONDecoder()
    last, position = None, text.find("{")
    for _ in range(_MAX_ATTEMPTS):  # each costs time in proportion to the text that follows
        if position < 0:
            break
        try:
            value, end = decoder.raw_decode(text, position)
        except (json.JSONDecodeError, RecursionError):
            position = text.find("{", position + 1)
            continue
        if isinstance(value, dict):
            last = text[position:end]
        position = text.find("{", end)
    return last


def _printable(text: str) -> str:
    """On one line and without control characters: it is shown in terminals and editors."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
