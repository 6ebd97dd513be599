"""Random loop nests, each made twice from one description: as polynomials and as Python code.

The code runs the loops as C would and records what each access touches. Parameters get small values, all combinations
of them.
"""

import itertools
import random

from pragmatist.analysis.dependence.problem import LoopDomain, Reference
from pragmatist.analysis.symbolic.polynomial import ONE, ZERO, Constraint, Polynomial, Term, constant, of_term

VALUES = {"n": (-1, 1, 2, 4), "m": (1, 2, 3, 6)}
RUNTIME = {
    "div": lambda p, q: abs(p) // abs(q) * (1 if (p >= 0) == (q >= 0) else -1),
    "mod": lambda p, q: abs(p) % abs(q) * (1 if p >= 0 else -1),
    "floor": lambda p, q: p // q,
    "min": min,
    "max": max,
    "choice": lambda c, p, q: p if c >= 0 else q,
}


class Expression:
    """A value twice: `code` is Python over the source's variables, `value` the polynomial."""

    def __init__(self, code: str, value: Polynomial) -> None:
        self.code = code
        self.value = value

    def __add__(self, other: "Expression") -> "Expression":
        return Expression(f"({self.code} + {other.code})", self.value + other.value)

    def __sub__(self, other: "Expression") -> "Expression":
        return Expression(f"({self.code} - {other.code})", self.value - other.value)

    def __mul__(self, other: "Expression") -> "Expression":
        return Expression(f"({self.code} * {other.code})", self.value * other.value)


def number(value: int) -> Expression:
    return Expression(str(value), constant(value))


class Loop:
    """for (name = lower; name < upper (or > for negative steps); name += step)."""

    def __init__(self, depth: int, name: str, lower: Expression, upper: Expression, step: int) -> None:
        counter = Term(f"{name}_count", "counter", depth)
        self.name, self.lower, self.upper, self.step = name, lower, upper, step
        self.variable = Expression(name, lower.value + of_term(counter).scaled(step))
        beyond = upper.value - self.variable.value
        bound = beyond - ONE if step > 0 else ZERO - beyond - ONE
        self.domain = LoopDomain(counter, (Constraint(bound, ">="),), name, step)


class Access:
    """One reference with its Python twin: `run(n, m)` gives [(counters, subscripts)]."""

    def __init__(self, loops, subscripts, guards=(), extents=None):
        self.loops, self.subscripts, self.guards, self.extents = loops, subscripts, guards, extents
        self.reference = Reference(
            tuple(each.value for each in subscripts),
            tuple(each.value for each in extents) if extents else tuple(None for _ in subscripts),
            tuple(loop.domain for loop in loops),
            tuple(Constraint(each.value, relation) for each, relation in guards),
            True,
            0,
        )
        lines = ["def run(n, m):", " out = []"]
        for level, loop in enumerate(loops, 1):
            pad = " " * level
            lines += [f"{pad}{loop.name} = {loop.lower.code} - {loop.step}", f"{pad}{loop.name}_count = -1"]
            lines += [f"{pad}while True:", f"{pad} {loop.name} += {loop.step}", f"{pad} {loop.name}_count += 1"]
            lines += [f"{pad} if not {loop.name} {'<' if loop.step > 0 else '>'} {loop.upper.code}: break"]
        condition = " and ".join(f"{each.code} {relation} 0" for each, relation in guards) or "True"
        counters = "".join(f"{loop.name}_count, " for loop in loops)
        values = "".join(f"{each.code}, " for each in subscripts)
        lines += [f"{' ' * (len(loops) + 1)}if {condition}: out.append((({counters}), ({values})))", " return out"]
        scope = dict(RUNTIME)
        exec("\n".join(lines), scope)
        self.run = scope["run"]

    def __str__(self) -> str:
        heads = [f"for {e.name}={e.lower.code}..{e.upper.code} by {e.step}" for e in self.loops]
        guards = [f"{each.code} {relation} 0" for each, relation in self.guards]
        return f"{heads} if {guards}: a{[each.code for each in self.subscripts]}"


class Nests:
    """Draws nests from one random generator."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        # Parameters: a third of the time with a known lower bound, which the values then keep to.
        self.positive = self.random.random() < 0.35
        self.parameters = {
            name: Expression(name, of_term(Term(name, "invariant", 0, 1 if self.positive else None))) for name in "nm"
        }
        self.context: list[Constraint] = []
        self.contracts: list[str] = []
        if self.random.random() < 0.2:
            n, m = self.parameters["n"].value, self.parameters["m"].value
            self.context.append(Constraint(m - n, ">="))
            self.contracts.append("n <= m")

    def assignments(self, values) -> list[tuple[int, int]]:
        found = []
        for n, m in itertools.product(values["n"], values["m"]):
            if self.positive and min(n, m) < 1:
                continue
            if all(eval(text, {"n": n, "m": m}) for text in self.contracts):
                found.append((n, m))
        return sorted(found, key=lambda pair: (abs(pair[0]) + abs(pair[1]), pair))

    def affine(self, names, size=3, terms=2) -> Expression:
        draw = self.random
        result = number(draw.randint(-size, size))
        for name in draw.sample(names, min(len(names), draw.randint(0, terms))):
            factor = draw.choice((1, 1, 1, -1, 2, 3, -2))
            result = result + number(factor) * name
        return result

    def special(self, depth: int, names) -> Expression:
        kind = self.random.choice(("div", "mod", "floor", "min", "max", "choice"))
        operands = [self.affine(names) for _ in range(3 if kind == "choice" else 2)]
        if kind in ("div", "mod", "floor"):
            operands[1] = number(self.random.choice((2, 3, -2, 4)))
        text = f"{kind}({', '.join(each.code for each in operands)})"
        term = Term(text, "opaque", depth, defined_by=(kind, *(each.value for each in operands)))
        return Expression(text, of_term(term))

    def loop(self, depth: int, name: str, outer: list[Loop]) -> Loop:
        draw = self.random
        step = draw.choice((1, 1, 1, 1, -1, 2, 3, -2, -3))
        around = [each.variable for each in outer]
        near = draw.choice([number(0), number(draw.randint(-1, 2)), *around])
        far = draw.choice([*self.parameters.values(), number(draw.randint(1, 6)), *around])
        if draw.random() < 0.3:
            far = far + number(draw.randint(-2, 2))
        if draw.random() < 0.05:
            far = self.special(depth - 1, [*self.parameters.values(), *around])
        lower, upper = (near, far) if step > 0 else (far - number(1), near - number(1))
        return Loop(depth, name, lower, upper, step)

    def subscript(self, loops: list[Loop], linear: bool) -> Expression:
        draw = self.random
        variables = [loop.variable for loop in loops]
        if linear and len(variables) >= 2:
            row, column = draw.sample(variables, 2)
            stride = draw.choice([*self.parameters.values(), number(4)])
            if draw.random() < 0.25:
                stride = stride + number(draw.randint(0, 2))
            value = row * stride + column
            if len(variables) > 2 and draw.random() < 0.5:
                (third,) = [each for each in variables if each is not row and each is not column]
                value = value * self.parameters[draw.choice("nm")] + third
            if draw.random() < 0.4:
                value = value + draw.choice([number(draw.randint(-2, 2)), stride, number(0) - stride])
            return value
        if draw.random() < 0.06:
            return self.special(loops[-1].domain.counter.depth, [*variables, *self.parameters.values()])
        if draw.random() < 0.4:
            return draw.choice(variables) + number(draw.randint(-2, 2))
        return self.affine([*variables, *self.parameters.values()])

    def guards(self, loops: list[Loop]) -> list[tuple[Expression, str]]:
        draw = self.random
        if draw.random() < 0.7:
            return []
        names = [*[loop.variable for loop in loops], *self.parameters.values()]
        if draw.random() < 0.2:
            return [(draw.choice(names) + number(draw.randint(-4, 1)), "!=") for _ in range(draw.randint(2, 5))]
        return [(self.affine(names), draw.choice((">=", ">=", "==", "!="))) for _ in range(draw.randint(1, 2))]

    def pair(self) -> tuple[Access, Access, int]:
        """Two accesses and the number of loops that they share."""
        draw = self.random
        depth = draw.choice((1, 1, 2, 2, 2, 3))
        loops: list[Loop] = []
        for level in range(depth):
            loops.append(self.loop(level + 1, "ijk"[level], loops))
        shared = depth
        others = loops
        if depth > 1 and draw.random() < 0.25:
            shared = depth - 1
            others = [*loops[:-1], self.loop(depth, "q", loops[:-1])]
        linear = draw.random() < 0.35
        dimensions = 1 if linear else draw.choice((1, 1, 2))
        first = [self.subscript(loops, linear) for _ in range(dimensions)]
        if others is loops and draw.random() < 0.5:
            second = [each + number(draw.randint(-2, 2)) for each in first]
        else:
            second = [self.subscript(others, linear) for _ in range(dimensions)]
        return Access(loops, first, self.guards(loops)), Access(others, second, self.guards(others)), shared
