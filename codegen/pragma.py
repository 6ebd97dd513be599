"""From a plan to the text of its pragma.

Clauses come in one order: private, firstprivate, lastprivate, reduction (one per operator), collapse, schedule, if, map
(one per direction). Data sharing first, since that is what a reader has to check; how it runs after that.
The text is ASCII on one line; `wrap` breaks it over several where it is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from ..reasoning.condition import ConditionError, tokens
from ..reasoning.data_sharing import is_identifier, split_item
from ..reasoning.plan import DIRECTIVES, REDUCTION_OPERATORS, Plan
from .errors import UnsafePlan

WIDTH = 100
_CONTINUATION = " " * len("#pragma omp ")
_TAB = 8
# Inside a clause that is longer than a line, after these.
_INNER_BREAK = re.compile(r"(?<=,) |(?<= &&) |(?<= \|\|) ")


def pragma_text(plan: Plan) -> str:
    """The pragma of a plan on one line, without a line end: "#pragma omp parallel for private(t) reduction(max:err)".

    Raises `UnsafePlan` if anything in the plan is not a plain name, section, number or expression, whoever made it.
    """
    if plan.directive not in DIRECTIVES:
        raise UnsafePlan(f"{plan.directive!a} is not a directive that can be inserted")
    clauses = [f"#pragma omp {plan.directive}"]
    for clause, names in (
        ("private", plan.private),
        ("firstprivate", plan.firstprivate),
        ("lastprivate", plan.lastprivate),
    ):
        if names:
            clauses.append(f"{clause}({', '.join(_name(name) for name in names)})")
    for operator in dict.fromkeys(reduction.operator for reduction in plan.reductions):
        if operator not in REDUCTION_OPERATORS:
            raise UnsafePlan(f"{operator!a} is not a reduction operator")
        items = ", ".join(_item(r.variable) for r in plan.reductions if r.operator == operator)
        clauses.append(f"reduction({operator}:{items})")
    if plan.collapse is not None:
        clauses.append(f"collapse({int(plan.collapse)})")
    if plan.schedule is not None:
        if not plan.schedule.kind.isalpha():
            raise UnsafePlan(f"{plan.schedule.kind!a} is not a schedule")
        chunk = "" if plan.schedule.chunk is None else f", {int(plan.schedule.chunk)}"
        clauses.append(f"schedule({plan.schedule.kind}{chunk})")
    if plan.condition is not None:
        clauses.append(f"if({_expression(plan.condition)})")
    for kind in dict.fromkeys(item.type for item in plan.maps):
        if not kind.isalpha():
            raise UnsafePlan(f"{kind!a} is not a map type")
        clauses.append(f"map({kind}: {', '.join(_item(m.item) for m in plan.maps if m.type == kind)})")
    return " ".join(clauses)


def wrap(pragma: str, indent: str, line_end: str, width: int = WIDTH) -> str:
    """The pragma indented, broken with backslashes so that no line passes `width` columns where that can be had.

    Continuation lines are aligned behind "#pragma omp". A tab counts as 8 columns. The last line has no line end.
    """
    lines = [""]
    for clause in _clauses(pragma):
        if not _place(lines, [clause], indent, width):
            _place(lines, _INNER_BREAK.split(clause), indent, width, force=True)
    return f" \\{line_end}".join(
        indent + (line if number == 0 else _CONTINUATION + line) for number, line in enumerate(lines)
    )


def _place(lines: list[str], pieces: list[str], indent: str, width: int, *, force: bool = False) -> bool:
    """Append the pieces to the last line, or to new ones; False, with nothing done, where one fits no line."""
    room = width - len(indent.expandtabs(_TAB)) - len(" \\")
    rest = room - len(_CONTINUATION)
    if not force and any(len(piece) > rest for piece in pieces):
        return False
    for piece in pieces:
        space = room if len(lines) == 1 else rest
        if not lines[-1]:
            lines[-1] = piece
        elif len(lines[-1]) + 1 + len(piece) <= space:
            lines[-1] += " " + piece
        else:
            lines.append(piece)
    return True


def _clauses(pragma: str) -> Iterable[str]:
    """The directive with its name, then each clause: the text cut at spaces outside parentheses."""
    head, *rest = pragma.split(" ")
    depth, current = 0, head
    for word in rest:
        # The directive's name has no parentheses: its words stay together with "#pragma omp".
        if depth == 0 and ("(" in word or "(" in current):
            yield current
            current = word
        else:
            current += " " + word
        depth += word.count("(") - word.count(")")
    yield current


def _name(name: str) -> str:
    if not is_identifier(name):
        raise UnsafePlan(f"{name!a} is not a plain variable name, so it cannot stand in a clause")
    return name


def _item(item: str) -> str:
    name, section = split_item(item)
    return _name(name) + (_section(section, item) if section else "")


def _section(section: str, item: str) -> str:
    if not re.fullmatch(r"(\[[^\[\]]*:[^\[\]]*\])+", section):
        raise UnsafePlan(f"{item!a} is not an array section such as a[0:n]")
    return _expression(section)


def _expression(text: str) -> str:
    try:
        tokens(text)
    except ConditionError as error:
        raise UnsafePlan(f"{text!a} cannot stand in a pragma: {error}") from None
    return text
