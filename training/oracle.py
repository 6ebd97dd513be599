"""Which plans are right for a loop: found by running it, never by asking the analysis or the checker.

Each plan is acted out: the iterations run in other orders, each played thread with copies of the private variables that
hold garbage at first, accumulators of its own that are combined in the end, and the value of the last iteration given
back where that is asked for. What is shared stays shared, and every access to it is watched (`played.h`). A plan is
right if no two iterations touch the same memory, one of them writing, and the function leaves what it leaves otherwise,
for every way of playing and all arguments. All plans of a loop are played by one compiled function, which looks up how
each variable is treated.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import msgspec
from pragmatist.reasoning.plan import Plan

from .case import ELEMENTS, ROW, Case, Parameter

_HERE = Path(__file__).parent
_NUMBERS = {"count": (12, 7, 18), "few": (8, 5, 3), "many": (64, 13, 48), "shift": (0, 3, 20)}
_WAYS = {
    "+": "SUM", "-": "SUM", "*": "PRODUCT", "min": "LEAST", "max": "MOST_OF", "|": "OR", "&": "AND", "^": "XOR",
    "||": "ANY", "&&": "ALL",
}  # fmt: skip
_OVERLAPPING = 2  # the number of the arguments that may overlap; with the others a guard lets the loop run in parallel
_SECTION = re.compile(r"\[0?:\d+\]$")


class Question(msgspec.Struct, frozen=True):
    """Which of the plans are right. They have one `if` clause among them, and differ in how they treat variables.

    `overlapping`: the function is called with arguments that overlap, too, where C lets them.
    """

    case: Case
    plans: tuple[Plan, ...]
    overlapping: bool = False


class CannotAct(ValueError):
    """A plan holds something that is not acted out here."""


class CannotRun(RuntimeError):
    """A loop does not run in order: `question` is its place among those asked."""

    def __init__(self, question: int, source: str) -> None:
        super().__init__(f"it does not run in order: {source}")
        self.question = question


def right_plans(questions: Sequence[Question]) -> list[list[bool]]:
    """For each question, which of its plans are right.

    Raises `CannotAct`, `CannotRun`, and `RuntimeError` where the compiler refuses the program, a fault of the families.
    """
    parts, calls = ['#include "played.h"'], []
    for number, question in enumerate(questions):
        names = _names(question.plans)
        parts.append(_case(question, names).replace("@", str(number)))
        calls.append(f"  examine_({number}, {len(question.plans)}, c{number}::ways, {len(names)}, c{number}::call_);")
    found = _run("\n".join([*parts, "int main() {", *calls, "}\n"]))
    for number, question in enumerate(questions):
        if (number, -1) not in found:
            raise CannotRun(number, question.case.source)
    return [[(n, plan) in found for plan in range(len(question.plans))] for n, question in enumerate(questions)]


def _run(program: str) -> set[tuple[int, int]]:
    with tempfile.TemporaryDirectory() as name:
        text, binary = Path(name) / "played.cpp", Path(name) / "played"
        text.write_text(program)
        compile = [
            "g++",
            "-std=c++17",
            "-O0",
            "-w",
            "-fsanitize=thread",
            f"-I{_HERE}",
            "-c",
            str(text),
            "-o",
            f"{binary}.o",
        ]
        done = subprocess.run(compile, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"the oracle's program does not compile: {done.stderr[:2000]}")
        subprocess.run(["g++", f"{binary}.o", "-o", str(binary)], check=True)
        output = subprocess.run([str(binary)], capture_output=True, text=True, check=True).stdout
    return {(int(number), int(plan)) for number, plan in (line.split() for line in output.splitlines())}


def _names(plans: Sequence[Plan]) -> list[str]:
    """The variables that any of the plans names."""
    found: dict[str, None] = {}
    for plan in plans:
        found |= dict.fromkeys(_treated(plan))
    for name in found:
        if not name.isidentifier():
            raise CannotAct(name)
    return list(found)


def _treated(plan: Plan) -> dict[str, str]:
    ways = dict.fromkeys(plan.private, "PRIVATE") | dict.fromkeys(plan.firstprivate, "FIRST")
    ways |= {name: "BOTH" if name in plan.firstprivate else "LAST" for name in plan.lastprivate}
    return ways | {_SECTION.sub("", each.variable): _WAYS[each.operator] for each in plan.reductions}


def _case(question: Question, names: Sequence[str]) -> str:
    case = question.case
    rows = [", ".join(_treated(plan).get(name, "SHARED") for name in names) for plan in question.plans]
    lines = ["namespace c@ {"]
    lines += [line for line in case.prototypes if not line.startswith("#")]
    lines += [f"static {declaration}" for declaration in case.shared.values()]
    lines += [f"static long {name} = 1;" for name in case.kept]
    lines += case.hidden
    lines.append(f"static const char ways[] = {{ {', '.join(filter(None, rows)) or 'SHARED'} }};")
    lines.append(
        f"{case.head('in_order_')} {{ {_lines(case.declarations())} {_in_order(case)} {_lines(case.results())} }}"
    )
    lines += _acted_out(case, names, question.plans[0].condition)
    lines += _call(case, overlapping=question.overlapping)
    lines.append("}")
    return "\n".join(lines)


def _lines(lines: Sequence[str]) -> str:
    return "\n    ".join(lines)


def _in_order(case: Case) -> str:
    return f"for ({case.header}) {{ {_lines(case.body)} }}"


def _acted_out(case: Case, names: Sequence[str], condition: str | None) -> list[str]:
    before, shadows, last, after = [], [], [], []
    for at, name in enumerate(names):
        before += [
            f"using T_{name} = decltype({name}); T_{name} &outer_{name} = {name}; T_{name} copies_{name}[MOST];",
            f"own_(copies_{name}, sizeof copies_{name});",
            f"for (auto &each_ : copies_{name}) fresh_(each_, {name}, ways_[{at}]);",
        ]
        shadows.append(f"T_{name} &{name} = ways_[{at}] == SHARED ? outer_{name} : copies_{name}[t_];")
        last.append(f"if (last_ && (ways_[{at}] == LAST || ways_[{at}] == BOTH)) copy_(outer_{name}, {name});")
        after.append(f"for (auto &each_ : copies_{name}) join_({name}, each_, ways_[{at}]);")
    i, type = case.counter, case.counter_type
    return [
        f"{case.head('played_')} {{ {_lines(case.declarations())}",
        f"if (!({condition or 1})) {{ {_in_order(case)} }} else {{",
        f"{type} values_[MOST + 1]; int count_ = 0;",
        f"for ({case.header}) if (count_ <= MOST) values_[count_++] = {i};",
        "begin_(count_);",
        *before,
        f"auto iteration_ = [&]({type} {i}, int t_, bool last_) {{ enter_(__builtin_frame_address(0));",
        *shadows,
        f"do {{ {_lines(case.body)} }} while (0); stop_(); {_lines(last)} }};",
        "for (int k_ = 0; k_ < count_; k_++) { int q_ = order_[k_]; start_(q_);",
        "  iteration_(values_[q_], thread_[q_], q_ == count_ - 1); stop_(); }",
        *after,
        f"}} {_lines(case.results())} }}",
    ]


def _call(case: Case, *, overlapping: bool) -> list[str]:
    """A function that calls the loop's with arguments that depend on `input_`, and hashes all that it leaves."""
    pools, fills, arguments = [], [], []
    partner: dict[str, str] = {}
    for parameter in case.parameters:
        name, type = f"pool_{parameter.name}", parameter.type
        if parameter.shape == "number":
            values = ", ".join(map(str, _NUMBERS[parameter.content]))
            pools.append(f"static const {type} {name}[3] = {{ {values} }};")
            arguments.append(f"{name}[input_]")
            continue
        size = ELEMENTS if parameter.shape == "array" else ROW * ROW
        pools.append(f"static {type} {name}[{size}];")
        fills.append(f"fill_({name}, {size}, {parameter.content}_);")
        arguments.append(_argument(parameter, name, pools))
        if overlapping and _may_overlap(parameter):
            if type in partner:
                arguments[-1] = f"(input_ == {_OVERLAPPING} ? {partner[type]} + 3 : {name})"
            partner.setdefault(type, name)
    fills += [f"{name} = 1;" for name in case.kept] + [f"memset(&{name}, 0, sizeof {name});" for name in case.shared]
    hashes = [f"add_(pool_{p.name}, sizeof pool_{p.name});" for p in case.parameters if p.shape != "number"]
    hashes += [f"add_(&{name}, sizeof {name});" for name in (*case.kept, *case.shared)]
    given = ", ".join(arguments)
    if case.returns is None:
        call = f"if (in_order) in_order_({given}); else played_({given});"
    else:
        call = f"auto result_ = in_order ? in_order_({given}) : played_({given}); add_(&result_, sizeof result_);"
    return [*pools, f"static void call_(bool in_order) {{ {_lines([*fills, call, *hashes])} }}"]


def _argument(parameter: Parameter, pool: str, pools: list[str]) -> str:
    type = parameter.type
    if parameter.shape == "rows":
        return f"({type} (*)[{ROW}]){pool}"
    if parameter.shape == "pointers":
        pools.append(f"static {type} *lines_{pool}[{ROW}];")
        return (
            f"([] {{ for (int k = 0; k < {ROW}; k++) lines_{pool}[k] = {pool} + k * {ROW}; return lines_{pool}; }}())"
        )
    return pool


def _may_overlap(parameter: Parameter) -> bool:
    return parameter.shape == "array" and not parameter.restrict and parameter.content == "small"
