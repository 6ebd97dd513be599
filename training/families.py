"""The kinds of loops: each family adds some statements, with what they need, to a case.

A loop is made of one to three of them. Most are loops that the text leaves open: indirect subscripts, calls of
functions out of sight, scratch memory that they fill, bounds that data decide. Values are small whole numbers, so that
arithmetic is exact in any order. No family says which plan is right: running the loop does (`oracle.py`).
"""

from __future__ import annotations

import random
from collections.abc import Callable

from .case import Case, Parameter
from .names import Names

FLOATS = ("double", "double", "double", "float")
NUMBERS = (*FLOATS, "int", "long")


class Builder:
    """A case in the making."""

    def __init__(self, number: int, draw: random.Random) -> None:
        self.draw, self.names = draw, Names(draw)
        self.case = Case(number, self.names.take("function"), "cpp" if draw.random() < 0.25 else "c")
        self.careful = draw.random() < 0.7  # whether this author writes restrict
        self.old_style = draw.random() < 0.25  # whether variables are declared before the loop
        self.bound = ""
        self._inner: str | None = None

    def chance(self, probability: float) -> bool:
        return self.draw.random() < probability

    def pick(self, *choices: str) -> str:
        return self.draw.choice(choices)

    @property
    def i(self) -> str:
        return self.case.counter

    def number(self, kind: str, content: str, type: str = "int") -> str:
        name = self.names.take(kind)
        self.case.parameters.append(Parameter(name, type, content, "number"))
        return name

    def array(self, kind: str, content: str, type: str, *, written: bool = False, shape: str = "array") -> str:
        name = self.names.take(kind)
        restrict = self.careful or content in ("permutation", "repeats", "rows")
        constant = not written and shape != "pointers" and self.chance(0.7)
        self.case.parameters.append(Parameter(name, type, content, shape, restrict, constant))
        return name

    def local(self, kind: str, type: str, value: str | None = None, length: int | None = None) -> str:
        name = self.names.take(kind)
        extent = "" if length is None else f"[{length}]"
        initial = "" if value is None else f" = {value}"
        self.case.before.append(f"{type} {name}{extent}{initial};")
        return name

    def inner(self) -> tuple[str, str]:
        """An inner loop's counter, and how it is declared in the header ("int " or "")."""
        if self._inner is None:
            self._inner = self.draw.choice(("j", "j", "j", "k1", "jj"))
            if self.old_style:
                self.case.before.append(f"int {self._inner};")
        return self._inner, "" if self.old_style else "int "

    def hide(self, prototype: str, body: str) -> None:
        self.case.prototypes.append(f"{prototype};")
        self.case.hidden.append(f"{prototype} {{ {body} }}")

    def lent(self, prototype: str, body: str, names: list[str]) -> list[str]:
        """Declare a function that is lent variables of the caller's: by address, or by reference where there are any.

        What it is lent are its q1, q2, … in `prototype` and `body`, written as pointers. Gives the arguments.
        """
        if self.case.language == "cpp" and self.chance(0.7):
            for number in range(1, len(names) + 1):
                prototype = prototype.replace(f"*q{number}", f"&q{number}")
                body = body.replace(f"*q{number}", f"q{number}")
            self.hide(prototype, body)
            return names
        self.hide(prototype, body)
        return [f"&{name}" for name in names]

    def keep(self) -> str:
        name = self.names.take("state")
        self.case.kept[name] = "1"
        return name

    def value(self, type: str) -> str:
        """An expression that differs from one iteration to the next, of array elements that are only read."""
        x = self.array("array", "small", type)
        return self.pick(
            f"{x}[{self.i}]", f"{x}[{self.i}]", f"2 * {x}[{self.i}]", f"{x}[{self.i}] + {self.i}",
            f"{x}[{self.i}] * {x}[{self.i}]", f"{x}[{self.i}] - 1", f"{x}[{self.i} + 1] + {x}[{self.i}]",
        )  # fmt: skip


# ---- what the text tells


def elementwise(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    y = b.array("array", "small", type, written=True)
    b.case.body.append(f"{y}[{b.i}] {b.pick('=', '=', '+=')} {b.value(type)};")


def temporary(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    t, y = b.local("scalar", type), b.array("array", "small", type, written=True)
    b.case.body += [f"{t} = {b.value(type)};", f"{y}[{b.i}] = {t} * {b.pick(t, '3', t + ' + 1')};"]
    if b.chance(0.25):
        out = b.array("array", "small", type, written=True)
        b.case.before.append(f"{t} = 0;")
        b.case.after.append(f"{out}[0] = {t};")


def reduction(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    kind = b.pick("+", "+", "-", "max", "min", "count", "*", "|", "&")
    if kind in "*|&":
        type = b.draw.choice(("int", "long")) if kind != "*" else type
    s = b.local("extreme" if kind in ("max", "min") else "sum", type, "1" if kind == "*" else "0")
    value = b.value(type)
    if kind in ("max", "min"):
        sign = ">" if kind == "max" else "<"
        b.case.body.append(
            b.pick(f"if ({value} {sign} {s}) {s} = {value};", f"{s} = {value} {sign} {s} ? {value} : {s};")
        )
    elif kind == "count":
        b.case.body.append(f"if ({value} > 0) {s}++;")
    elif kind == "*":
        x = b.array("array", "unit", type)
        b.case.body.append(f"{s} *= {x}[{b.i}];")
    else:
        b.case.body.append(f"{s} {kind}= {value};")
    _tell(b, s, type)


def rows(b: Builder) -> None:
    type = b.draw.choice(FLOATS)
    j, declared = b.inner()
    m = b.pick("8", "m8", "60")
    m = b.number("size", "few") if m == "m8" else m
    shape = b.pick("rows", "rows", "pointers", "flat")
    y = b.array("array", "small", type, written=True, shape="array" if shape == "flat" else shape)
    at = f"{y}[{b.i} * {m} + {j}]" if shape == "flat" else f"{y}[{b.i}][{j}]"
    b.case.body.append(f"for ({declared}{j} = 0; {j} < {m}; {j}++) {at} = {b.value(type)} {b.pick('+', '*')} {j};")


def triangle(b: Builder) -> None:
    type = b.draw.choice(FLOATS)
    j, declared = b.inner()
    y = b.array("array", "small", type, written=True, shape="rows")
    bounds = b.pick(f"0; {j} < {b.i}", f"{b.i}; {j} < 30", f"0; {j} <= {b.i}")
    b.case.body.append(f"for ({declared}{j} = {bounds}; {j}++) {y}[{b.i}][{j}] = {b.value(type)} + {j};")


def inner_sum(b: Builder) -> None:
    type = b.draw.choice(FLOATS)
    j, declared = b.inner()
    y, x = b.array("array", "small", type, written=True), b.array("array", "small", type, shape="rows")
    if b.old_style:
        s = b.local("sum", type)
        b.case.body.append(f"{s} = 0;")
    else:
        s = b.names.take("sum")
        b.case.body.append(f"{type} {s} = 0;")
    b.case.body += [f"for ({declared}{j} = 0; {j} < 8; {j}++) {s} += {x}[{b.i}][{j}];", f"{y}[{b.i}] = {s};"]


def shifted(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    y, k = b.array("array", "small", type, written=True), b.number("size", "shift")
    b.case.body.append(f"{y}[{b.i}] = {y}[{b.i} + {k}] + {b.value(type)};")


# ---- subscripts that data decide


def gather(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    y, x = b.array("array", "small", type, written=True), b.array("array", "small", type)
    index = b.array("repeats", "repeats", "int")
    b.case.body.append(f"{y}[{b.i}] = {x}[{index}[{b.i}]]{b.pick('', ' + 1', ' * 2')};")


def scatter(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    unique = b.chance(0.6)
    kind = "permutation" if unique else "repeats"
    y, index = b.array("array", "small", type, written=True), b.array(kind, kind, "int")
    b.case.body.append(f"{y}[{index}[{b.i}]] {b.pick('=', '=', '+=')} {b.value(type)};")


def histogram(b: Builder) -> None:
    type = b.draw.choice(("int", "long", "double"))
    index, length = b.array("repeats", "repeats", "int"), b.draw.choice((16, 32, 64))
    h = b.names.take("sum")
    if b.chance(0.5):
        b.case.shared[h] = f"{type} {h}[{length}];"
    else:
        b.case.before.append(f"{type} {h}[{length}] = {{0}};")
        out = b.array("array", "small", type, written=True)
        j, declared = b.inner()
        b.case.after.append(f"for ({declared}{j} = 0; {j} < {length}; {j}++) {out}[{j}] = {h}[{j}];")
    at = f"{h}[{index}[{b.i}]{b.pick(f' & {length - 1}', f' % {length}', '')}]"
    b.case.body.append(b.pick(f"{at}++;", f"{at} += {b.value(type)};"))


def compressed(b: Builder) -> None:
    type = b.draw.choice(FLOATS)
    j, declared = b.inner()
    start, y = b.array("rows", "rows", "int"), b.array("array", "small", type, written=True)
    loop = f"for ({declared}{j} = {start}[{b.i}]; {j} < {start}[{b.i} + 1]; {j}++)"
    if b.chance(0.5):
        b.case.body.append(f"{loop} {y}[{j}] = {b.value(type)};")
        return
    s, x, column = b.names.take("sum"), b.array("array", "small", type), b.array("repeats", "repeats", "int")
    b.case.body += [f"{type} {s} = 0;", f"{loop} {s} += {x}[{column}[{j}]];", f"{y}[{b.i}] = {s};"]


def nonlinear(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    y = b.array("array", "small", type, written=True)
    m = b.number("size", "many")
    at = b.pick(
        f"{b.i} * {b.i}", f"{b.i} * 7 % {m}", f"{b.i} ^ 1", f"{b.i} & 7", f"({b.i} * {b.i}) % {m}", f"{b.i} * {m} / 2"
    )
    b.case.body.append(f"{y}[{at}] = {b.value(type)};")


# ---- functions out of sight


def pure_call(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    name = b.names.take("pure")
    y, value = b.array("array", "small", type, written=True), b.value(type)
    b.hide(f"{type} {name}({type} q0)", "return 3 * q0 + 1;")
    if b.chance(0.4):
        t = b.local("scalar", type)
        b.case.body += [f"{t} = {name}({value});", f"{y}[{b.i}] = {t} + {t};"]
    elif b.chance(0.3):
        s = b.local("sum", type, "0")
        b.case.body.append(f"{s} += {name}({value});")
        _tell(b, s, type)
    else:
        b.case.body.append(f"{y}[{b.i}] = {name}({value});")


def stateful_call(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    name, kept = b.names.take("stateful"), b.keep()
    y, value = b.array("array", "small", type, written=True), b.value(type)
    argument = b.pick("", value)
    prototype = f"{type} {name}({f'{type} q0' if argument else 'void'})"
    b.hide(prototype, f"{kept} = ({kept} * 5 + {'(long)q0' if argument else '3'}) % 64; return ({type}){kept};")
    b.case.body.append(f"{y}[{b.i}] = {name}({argument}){b.pick('', f' + {b.i}')};")


def split_call(b: Builder) -> None:
    """What a call gives back through pointers to variables of the caller."""
    type = b.draw.choice(FLOATS)
    name, value = b.names.take("splits"), b.value(type)
    y = b.array("array", "small", type, written=True)
    first = b.local("scalar", type, b.pick("0", "1") if b.chance(0.3) else None)
    second = b.local("scalar", b.draw.choice((type, "int"))) if b.chance(0.6) else None
    second_type = b.case.before[-1].split()[0] if second else ""
    kind = b.pick("whole", "whole", "whole", "kept", "maybe")
    given = f", {second_type} *q2" if second else ""
    sets = {
        "whole": "*q1 = q0 + 1;",
        "kept": "*q1 = *q1 / 2 + q0;",  # it needs what was there before
        "maybe": "if (q0 > 0) *q1 = q0;",
    }[kind] + (f" *q2 = ({second_type})(2 * q0);" if second else "")
    if kind != "whole" and b.chance(0.7):
        name = b.names.take("updates")
    names = [first, second] if second else [first]
    lent = b.lent(f"void {name}({type} q0, {type} *q1{given})", sets, names)
    if kind != "whole" and "=" not in b.case.before[-2 if second else -1]:
        b.case.before.append(f"{first} = 1;")
    b.case.body.append(f"{name}({', '.join([value, *lent])});")
    b.case.body.append(f"{y}[{b.i}] = {first}{f' * {second}' if second else ' + 1'};")
    if b.chance(0.2):
        out = b.array("array", "small", type, written=True)
        if kind == "whole" and "=" not in " ".join(line for line in b.case.before if f" {first}" in line):
            b.case.before.append(f"{first} = 0;")
        b.case.after.append(f"{out}[0] = {first};")


def fill_call(b: Builder) -> None:
    """A call that fills scratch memory of the caller."""
    type, length = b.draw.choice(FLOATS), b.draw.choice((4, 8, 16))
    name, y = b.names.take("fills"), b.array("array", "small", type, written=True)
    scratch = b.local("scratch", type, length=length)
    kind = b.pick("whole", "whole", "whole", "part", "onward")
    if kind != "whole":
        j, declared = b.inner()
        b.case.before.append(f"for ({declared}{j} = 0; {j} < {length}; {j}++) {scratch}[{j}] = {j};")
    upper = {"whole": str(length), "part": "2", "onward": str(length)}[kind]
    value = "q0[q] + q1" if kind == "onward" else "q1 + q"
    extra = b.pick("", "source")
    x = b.array("array", "small", type) if extra else ""
    b.hide(
        f"void {name}({type} *q0, int q1{f', const {type} *q2' if x else ''})",
        f"for (int q = 0; q < {upper}; q++) q0[q] = {value}{' + q2[q1]' if x else ''};",
    )
    b.case.body.append(f"{name}({scratch}, {b.i}{f', {x}' if x else ''});")
    last = b.draw.randint(1, length - 1)
    if b.chance(0.5):
        b.case.body.append(f"{y}[{b.i}] = {scratch}[0] + {scratch}[{last}];")
    else:
        j, declared = b.inner()
        s = b.names.take("sum")
        b.case.body += [
            f"{type} {s} = 0;",
            f"for ({declared}{j} = 0; {j} < {length}; {j}++) {s} += {scratch}[{j}];",
            f"{y}[{b.i}] = {s};",
        ]


def add_call(b: Builder) -> None:
    """A call that accumulates into a variable of the caller."""
    type = b.draw.choice(NUMBERS)
    kind = b.pick("+", "+", "+", "max", "other")
    name = b.names.take("adds" if kind != "other" else "updates")
    s = b.local("extreme" if kind == "max" else "sum" if kind == "+" else "state", type, "0")
    sets = {"+": "*q1 += q0;", "max": "if (q0 > *q1) *q1 = q0;", "other": "*q1 = (*q1 - q0) / 2;"}[kind]
    (lent,) = b.lent(f"void {name}({type} *q1, {type} q0)", sets, [s])
    b.case.body.append(f"{name}({lent}, {b.value(type)});")
    if kind == "other" and b.chance(0.7):
        y = b.array("array", "small", type, written=True)
        b.case.body.append(f"{y}[{b.i}] = {s};")
    _tell(b, s, type)


def element_call(b: Builder) -> None:
    """A call that changes elements of an array."""
    type = b.draw.choice(FLOATS)
    name, y = b.names.take("each"), b.array("array", "small", type, written=True)
    kind = b.pick("own", "own", "own", "next", "before")
    other = {"own": "", "next": " q0[1] += 1;", "before": ""}[kind]
    if b.chance(0.5):
        value = "q0[0] + q0[1]" if kind == "before" else "q1 * 2"
        b.hide(f"void {name}({type} *q0, {type} q1)", f"q0[0] = {value};{other}")
        b.case.body.append(f"{name}(&{y}[{b.i}], {b.value(type)});")
    else:
        value = "q0[q1 + 1] + 1" if kind == "before" else "q1 * 3"
        b.hide(f"void {name}({type} *q0, int q1)", f"q0[q1] = {value};{other.replace('[1]', '[q1 + 1]')}")
        b.case.body.append(f"{name}({y}, {b.i});")


# ---- scratch memory that the text does not tell to be set anew


def permuted_scratch(b: Builder) -> None:
    type = b.draw.choice(NUMBERS)
    j, declared = b.inner()
    kind = b.pick("permutation", "permutation", "repeats")
    index, scratch = b.array(kind, kind, "int"), b.local("scratch", type, length=64)
    y = b.array("array", "small", type, written=True, shape="rows")
    prepared = kind == "repeats" or b.chance(0.2)
    if prepared:
        b.case.before.append(f"for ({declared}{j} = 0; {j} < 64; {j}++) {scratch}[{j}] = 0;")
    loop = f"for ({declared}{j} = 0; {j} < 64; {j}++)"
    b.case.body += [
        f"{loop} {scratch}[{index}[{j}]] {b.pick('=', '=', '=', '+=') if prepared else '='} {b.value(type)} + {j};",
        f"{loop} {y}[{b.i}][{j}] = {scratch}[{j}];",
    ]


def marks(b: Builder) -> None:
    """Which of the columns were seen: the classic sparse accumulator."""
    j, declared = b.inner()
    mark, column = b.local("scratch", "int", length=64), b.array("repeats", "repeats", "int")
    y = b.array("array", "small", "int", written=True)
    m, s = b.number("size", "few"), b.names.take("sum")
    b.case.before.append(f"for ({declared}{j} = 0; {j} < 64; {j}++) {mark}[{j}] = -1;")
    value, before = (b.i, f"!= {b.i}") if b.chance(0.75) else ("1", "< 0")
    b.case.body += [
        f"int {s} = 0;",
        f"for ({declared}{j} = 0; {j} < {m}; {j}++) {{",
        f"    if ({mark}[{column}[{b.i} + {j}]] {before}) {{ {mark}[{column}[{b.i} + {j}]] = {value}; {s}++; }}",
        "}",
        f"{y}[{b.i}] = {s};",
    ]


def _tell(b: Builder, name: str, type: str) -> None:
    """Let the value out of the function."""
    if b.case.returns is None and b.chance(0.6):
        b.case.returns = (type, name)
    else:
        out = b.array("array", "small", type, written=True)
        b.case.after.append(f"{out}[0] = {name};")


Family = Callable[[Builder], None]

TOLD: tuple[Family, ...] = (elementwise, temporary, reduction, rows, triangle, inner_sum, shifted)
BY_DATA: tuple[Family, ...] = (gather, scatter, histogram, compressed, nonlinear)
CALLS: tuple[Family, ...] = (pure_call, stateful_call, split_call, fill_call, add_call, element_call)
SCRATCH: tuple[Family, ...] = (permuted_scratch, marks)
FAMILIES: tuple[Family, ...] = (*TOLD, *BY_DATA, *CALLS, *SCRATCH)
_WEIGHTS = [1] * len(TOLD) + [2] * len(BY_DATA) + [2, 2, 5, 5, 4, 2] + [3, 3]


def draw_case(number: int, seed: int) -> Case:
    """The case of this number and seed: the same one whenever it is asked for."""
    draw = random.Random(f"{seed}/{number}")
    b = Builder(number, draw)
    case = b.case
    case.counter = draw.choice(("i", "i", "i", "i", "r0", "p9", "it0"))
    case.counter_type = draw.choice(("int", "int", "int", "long", "size_t"))
    if case.counter_type == "size_t":
        case.prototypes.append("#include <stddef.h>")
    case.declared_outside = b.old_style and case.counter_type == "int"
    n = "n" if b.chance(0.6) else b.names.take("size")
    case.parameters.append(Parameter(n, "int" if case.counter_type != "long" else "long", "count", "number"))
    declared = "" if case.declared_outside else f"{case.counter_type} "
    i = case.counter
    forms = [f"{declared}{i} = 0; {i} < {n}; {i}++"] * 6
    if case.counter_type != "size_t":
        forms += [f"{declared}{i} = {n} - 1; {i} >= 0; {i}--", f"{declared}{i} = 0; {i} < {n}; {i} += 2"]
        forms += [f"{declared}{i} = 1; {i} <= {n}; {i}++", f"{declared}{i} = 2; {i} < {n} - 1; ++{i}"]
    case.header = draw.choice(forms)
    count = draw.choice((1, 1, 1, 2, 2, 3))
    chosen: list[Family] = []
    while len(chosen) < count:
        family = draw.choices(FAMILIES, _WEIGHTS)[0]
        if family not in chosen:
            chosen.append(family)
    for family in chosen:
        before = len(case.body)
        family(b)
        if len(case.body) == before + 1 and b.chance(0.08):
            case.body[-1] = f"if ({b.i} % 3 != 1) {{ {case.body[-1]} }}"
    case.families = [family.__name__ for family in chosen]
    draw.shuffle(case.parameters)
    return case
