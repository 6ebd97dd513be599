"""Random C loops, and programs that run them in another order with the clauses of a plan acted out.

A loop called parallel must give the same arrays and variables when its iterations run in any order, each with fresh
private variables (poisoned), reductions combined afterwards, and lastprivate taken from the last iteration. All values
are unsigned, so that arithmetic is exact and defined; subscripts stay in bounds, some because they wrap around.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

SIZE = 64  # elements of each array, and of each row
SPAN = 12  # iterations of an outer loop, at most


_WRAPPING = [
    "(i - 3u) % 64u", "(i - 9u) % 48u", "(unsigned char)(i * 37) / 2", "(unsigned)(i - 2) & 63u", "(i * 3u - w) & 31",
    "(i - 6u) / 2u % 64u", "(unsigned short)(i - w) % 127", "-(unsigned)i & 63u", "(i * 40000u * 40000u) >> 26", "n8",
    "(unsigned char)i", "(size_t)(i - w) + 4", "(unsigned)-i % 100u", "i * (w + 1u)", "~(unsigned)i % 64u",
]  # fmt: skip
_DOUBTFUL = [
    "i - 3u < 5u", "b[i] == (unsigned)-1", "b[i] == -1", "(unsigned char)(i * 64) == 0", "i * 40000u * 40000u < 9u",
    "i * 32768u * 32768u == 0", "(unsigned)(i - w) > 3u", "n8 == i", "(unsigned)i == -(unsigned)w", "b[i] > -1",
    "i - w == -1", "i - (unsigned)w == -1", "(short)(i * 16384) > 0",
]  # fmt: skip


@dataclass
class Loop:
    """`body` is the text between the braces; `head` the text before them."""

    number: int
    lower: int
    count: int
    step: int
    body: str
    scalars: list[str] = field(default_factory=list)

    @property
    def head(self) -> str:
        comparison = "<" if self.step > 0 else ">"
        upper = self.lower + self.count * self.step
        return f"for (int i = {self.lower}; i {comparison} {upper}; i += {self.step})"


class Generator:
    """Draws loops; the same seed gives the same ones."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)

    def loop(self, number: int) -> Loop:
        step = self.random.choice([1, 1, 1, 2, 3, -1])
        count = self.random.randint(2, SPAN)
        lower = self.random.randint(0, 4) if step > 0 else count + 4
        statements = [self.statement(0) for _ in range(self.random.randint(1, 4))]
        return Loop(number, lower, count, step, " ".join(statements))

    def subscript(self, inner: bool) -> str:
        choices = [
            "i", "i", "i + 1", "i - 1 + 4", "2 * i", "SIZE - 1 - i", str(self.random.randint(0, 8)), "idx[i]",
            "perm[i]", "i * w", "i + w", "i % 4", "i / 2", "k",
        ]  # fmt: skip
        choices += self.random.sample(_WRAPPING, 4)
        if inner:
            choices += ["j", "j", "i + j", "i * 4 + j", "4 * j + 1", "2 * i + j", "j * w + i"]
        return self.random.choice(choices).replace("SIZE", str(SIZE))

    def element(self, inner: bool) -> str:
        array = self.random.choice(["a", "a", "b", "c", "m", "p", "s"])
        if array == "m":
            row = self.random.choice(["i", "i + 1", "3", "j" if inner else "i", "idx[i] % 8"])
            return f"m[{row}][{self.subscript(inner)}]"
        if array == "p":
            return f"(a + {self.random.choice(['i', '4 * i', '1', '20'])})[{self.random.choice(['0', '1', '2'])}]"
        if array == "s":
            return f"r[{self.subscript(inner)}].{self.random.choice(['x', 'y'])}"
        return f"{array}[{self.subscript(inner)}]"

    def value(self, inner: bool, depth: int = 0) -> str:
        kind = self.random.random()
        if kind < 0.2 or depth > 2:
            return self.random.choice(["i", "3u", "w", "t", "u"] + (["j"] if inner else []))
        if kind < 0.6:
            return self.element(inner)
        if kind < 0.7:
            return f"twice({self.value(inner, depth + 1)})"
        operator = self.random.choice(["+", "-", "*", "^"])
        return f"({self.value(inner, depth + 1)} {operator} {self.value(inner, depth + 1)})"

    def statement(self, depth: int, inner: bool = False) -> str:
        kind = self.random.random()
        if kind < 0.34:
            return f"{self.element(inner)} = {self.value(inner)};"
        if kind < 0.44:
            return f"t = {self.value(inner)};"
        if kind < 0.5:
            return f"{self.random.choice(['u', 'u', 'n8'])} = {self.value(inner)};"
        if kind < 0.57:
            return f"sum {self.random.choice(['+=', '+=', '^=', '*='])} {self.value(inner)};"
        if kind < 0.62:
            value = self.value(inner)
            return f"if ({value} > big) big = {value};"
        if kind < 0.67:
            return f"{self.element(inner)} += {self.value(inner)};"
        if kind < 0.7:
            return f"k = {self.random.choice(['i', 'k + 1', 'k + 1', '(k + 3) % 32'])};"
        if kind < 0.73:
            array, subscript = self.random.choice(["a", "b"]), self.random.choice(["i", "5", "i + 1"])
            return f"store(&{array}[{subscript}], {self.value(inner)});"
        if kind < 0.76 and depth < 2:
            return f"if ({self.value(inner)} % 3u == 0) continue;"
        if depth < 2:
            if self.random.random() < 0.5:
                plain = ["i < 6", "i % 2 == 0", f"{self.value(inner)} % 2u", "w > 2", "i > 3"]
                condition = self.random.choice([*plain, *self.random.sample(_DOUBTFUL, 3)])
                other = f" else {{ {self.statement(depth + 1, inner)} }}" if self.random.random() < 0.5 else ""
                return f"if ({condition}) {{ {self.statement(depth + 1, inner)} }}{other}"
            if not inner:
                bound = self.random.choice(["4", "i + 1", "w", "3"])
                body = " ".join(self.statement(depth + 1, True) for _ in range(self.random.randint(1, 2)))
                return f"for (int j = {self.random.choice(['0', '1', 'i'])}; j < {bound}; j++) {{ {body} }}"
        return f"{self.element(inner)} = {self.value(inner)};"


PRELUDE = """\
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct pair { unsigned x, y; };
static unsigned a[256], b[256], c[256], m[64][256];
static struct pair r[256];
static int idx[256], perm[256];
static unsigned twice(unsigned v) { return v + v; }
static void store(unsigned *where, unsigned v) { *where = v; }
"""

DECLARATIONS = "unsigned t = 7, u = 9, sum = 1, big = 5; int k = 2; unsigned char n8 = 6;"
_TYPES = {"k": "int", "n8": "unsigned char"}
_RESULTS = "out[0] = t; out[1] = u; out[2] = sum; out[3] = big; out[4] = (unsigned)k; out[5] = n8;"


def function(loop: Loop) -> str:
    """The loop in a function of its own, as it is analysed."""
    return (
        f"void f{loop.number}(int w, unsigned *out)\n{{\n    {DECLARATIONS}\n"
        f"    {loop.head} {{ {loop.body} }}\n"
        f"    {_RESULTS}\n}}\n"
    )


IDENTITY = {"+": "0", "-": "0", "*": "1", "^": "0", "|": "0", "max": "0", "min": "~0u"}


def reordered(
    loop: Loop,
    private: list[str],
    last: list[str],
    reductions: list[tuple[str, str]],
    condition: str | None,
    order: list[int],
) -> str:
    """The loop with its iterations in `order` where the `if` clause holds, and the other clauses acted out."""
    shadows, combine = [], []
    for name in private + last:
        shadows.append(f"{_TYPES.get(name, 'unsigned')} {name} = 13;")
    for name in last:
        combine.append(f"if (q_ == {loop.count - 1}) *outer_{name} = {name};")
    for operator, name in reductions:
        shadows.append(f"{_TYPES.get(name, 'unsigned')} {name} = {IDENTITY[operator]};")
        outer = f"*outer_{name}"
        if operator in ("max", "min"):
            sign = ">" if operator == "max" else "<"
            combine.append(f"if ({name} {sign} {outer}) {outer} = {name};")
        else:
            symbol = "+" if operator == "-" else operator
            combine.append(f"{outer} = {outer} {symbol} {name};")
    outer = [f"{_TYPES.get(n, 'unsigned')} *outer_{n} = &{n};" for n in last + [n for _, n in reductions]]
    sequence = ", ".join(map(str, order))
    body = f"do {{ {loop.body} }} while (0);"
    return (
        f"void g{loop.number}(int w, unsigned *out)\n{{\n    {DECLARATIONS}\n    {' '.join(outer)}\n"
        f"    static const int order_[] = {{ {sequence} }};\n"
        f"    if (!({condition or 1})) {{ {loop.head} {{ {loop.body} }} }} else\n"
        f"    for (int n_ = 0; n_ < {loop.count}; n_++) {{ const int q_ = order_[n_]; "
        f"const int i = {loop.lower} + q_ * {loop.step}; {' '.join(shadows)} {body} {' '.join(combine)} }}\n"
        f"    {_RESULTS}\n}}\n"
    )


def program(loops: list[Loop], others: list[str]) -> str:
    """A main that runs each loop both ways on the same contents and prints the numbers of those that differ."""
    calls = "\n".join(f"    differ({loop.number}, f{loop.number}, g{loop.number});" for loop in loops)
    return (
        PRELUDE
        + "".join(function(loop) for loop in loops)
        + "".join(others)
        + """
static void fill(void)
{
    for (int n = 0; n < 256; n++) {
        a[n] = 3u * n + 1; b[n] = n % 3 ? 5u * n : -1; c[n] = 7u * n + 2; r[n].x = n; r[n].y = 2u * n;
        idx[n] = (n * 7) % 5; perm[n] = (n * 5) % 64;
        for (int q = 0; q < 64; q++) m[q][n] = 11u * q + n;
    }
}
static unsigned char before[sizeof a + sizeof b + sizeof c + sizeof m + sizeof r];
static void keep(unsigned char *to)
{
    memcpy(to, a, sizeof a); to += sizeof a; memcpy(to, b, sizeof b); to += sizeof b;
    memcpy(to, c, sizeof c); to += sizeof c; memcpy(to, m, sizeof m); to += sizeof m; memcpy(to, r, sizeof r);
}
static void differ(int number, void (*f)(int, unsigned *), void (*g)(int, unsigned *))
{
    static unsigned char after[sizeof before];
    for (int w = 1; w < 4; w++) {
        unsigned one[6], other[6];
        fill(); f(w, one); keep(before);
        fill(); g(w, other); keep(after);
        if (memcmp(before, after, sizeof before) || memcmp(one, other, sizeof one)) { printf("%d ", number); return; }
    }
}
int main(void)
{
"""
        + calls
        + "\n    return 0;\n}\n"
    )
