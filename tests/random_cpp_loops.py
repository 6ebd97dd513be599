"""Random C++ loops over arrays, containers, classes, references, pointers and lambdas, for `acted_out`.

Every function is complete and defined whatever is drawn: values are unsigned, subscripts stay inside objects of `SIZE`
elements, and what a function leaves behind lies in globals or in `out`, so that two runs can be compared.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

SIZE = 1024  # elements of each array; the greatest subscript that can come about is below it

PRELUDE = """\
#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <memory>
#include <numeric>
#include <span>
#include <vector>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
struct pair { unsigned x, xy, y; unsigned z[4]; };
struct outer { pair in; pair *far; unsigned tag; };
union word { unsigned whole; unsigned short half[2]; unsigned char byte[4]; };
static unsigned a[1024], b[1024], c[1024], m[16][1024];
static pair r[1024];
static outer deep[1024];
static word words[1024];
static int idx[1024], perm[1024];
static std::vector<unsigned> gv(1024), small(12);
static std::vector<pair> gp(1024);
static std::vector<std::vector<unsigned>> gvv(16, std::vector<unsigned>(1024));
static std::array<unsigned, 1024> ga;
static unsigned gs = 3, gcount;
struct Box {
    unsigned *data; int width; unsigned sum;
    unsigned &operator[](int at) { return data[at]; }
    unsigned &operator()(int row, int column) { return data[row * width + column]; }
    unsigned get(int at) const { return data[at]; }
    void put(int at, unsigned v) { data[at] = v; }
    void add(unsigned v) { sum += v; }
};
static Box box = { a, 32, 1 }, other = { b, 32, 2 };
static unsigned twice(unsigned v) { return v + v; }
static unsigned peek() { return gs; }
static void bump() { gcount++; }
static void set_global(unsigned v) { gs = v; }
static void store(unsigned *where, unsigned v) { *where = v; }
static void fill_some(unsigned *to, int from, int count, unsigned v) { for (int q = from; q < from + count; q++) to[q] = v + q; }
static void shift(unsigned *to, const unsigned *from, int at) { to[at] = from[at + 1] + 1; }
static void by_reference(unsigned &where, unsigned v) { where += v; }
static unsigned &choose(int at) { return c[at]; }
template <class T> static T larger(T one, T two) { return one > two ? one : two; }
template <class F> static void apply(F f, int at) { f(at); }
template <class T> static void put_in(std::vector<T> &v, int at, T value) { v[at] = value; }
"""

DECLARATIONS = (
    "unsigned t = 7, u = 9, sum = 1, big = 5, few = 9; int k = 2; bool found = false, all = true; "
    "pair st = { 1, 2, 3, { 4, 5, 6, 7 } }; unsigned loc[64] = { 1, 2, 3 };"
)
RESULTS = (
    "out[0] = t; out[1] = u; out[2] = sum; out[3] = big; out[4] = few; out[5] = (unsigned)k; out[6] = found; "
    "out[7] = all; out[8] = st.x; out[9] = st.xy; out[10] = st.y; out[11] = st.z[1];"
)

# Subscripts that stay in bounds because they wrap around; "$" stands for the counter.
WRAPPING = [
    "(unsigned($) - 3u) % 64u", "static_cast<unsigned char>($ * 37) / 4", "(unsigned($) - w) & 63u", "(unsigned($) - 6u) / 2u % 64u",
    "std::uint16_t($ - w) % 61", "-unsigned($) & 63u", "(unsigned($) * 40000u * 40000u) >> 26", "std::size_t($ + 9 - w)",
    "unsigned($ * (w + 1u))", "~unsigned($) % 64u", "$ * std::size_t(w) + 1",
]  # fmt: skip

# Names of memory with what is declared before the loop for it; "@" stands for a subscript, "#" for a row.
PLACES = {
    "a[@]": "", "b[@]": "", "c[@]": "", "m[#][@]": "", "r[@].x": "", "r[@].xy": "", "r[@].z[@ % 4]": "",
    "deep[@].in.y": "", "deep[@].far->x": "", "deep[@].tag": "", "words[@].whole": "", "words[@].half[@ % 2]": "",
    "gv[@]": "", "gv.at(@)": "", "gv.data()[@]": "", "*(gv.begin() + @)": "", "gp[@].x": "", "gp[@].xy": "",
    "gvv[#][@]": "", "ga[@]": "", "ga.at(@)": "", "box[@]": "", "box(#, @ % 32)": "", "other[@]": "", "box.data[@]": "",
    "p[@]": "unsigned *p = a + 4;", "*(p + @)": "unsigned *p = a + 4;", "pb[@]": "unsigned *pb = b;",
    "row[@]": "auto &row = m[3];", "rp[#][@]": "unsigned (*rp)[1024] = m;",
    "ptrs[#][@]": "unsigned *ptrs[16]; for (int q = 0; q < 16; q++) ptrs[q] = m[q % 8];",
    "v[@]": "std::vector<unsigned> &v = gv;", "sp[@]": "std::span<unsigned> sp(a + 8, 512);",
    "sv[@]": "std::span<unsigned> sv(gv);", "*(it0 + @)": "auto it0 = gv.begin() + 3;",
    "up[@]": "auto up = std::make_unique<unsigned[]>(1024);", "lv[@]": "std::vector<unsigned> lv(1024, 4u);",
    "bytes[@]": "unsigned char *bytes = (unsigned char *)a;", "sg[@]": "int *sg = (int *)b;",
    "ref": "unsigned &ref = a[5];", "st.x": "", "st.xy": "", "st.z[1]": "", "loc[@ % 64]": "", "gs": "", "x[@]": "", "y[@]": "",
    "pr->x": "pair *pr = &r[2];", "pr[@].y": "pair *pr = &r[2];", "sref.x": "pair &sref = r[7];", "sref.xy": "pair &sref = r[7];",
    "choose(@)": "", "one.x": "pair one = r[1];", "rx": "auto &[rx, rxy, ry, rz] = r[3];", "bx[@]": "Box bx = { c, 16, 0 };",
    "bx(#, @ % 16)": "Box bx = { c, 16, 0 };", "(*pv)[@]": "std::vector<unsigned> *pv = &gv;",
    "q2[@]": "unsigned *q2 = w > 2 ? a : b;", "dyn[@]": "unsigned *dyn = (unsigned *)calloc(1024, 4);",
    "data[@]": "", "this->data[@]": "", "own[@ % 64]": "", "vec[@]": "", "this->vec[@]": "", "total": "", "at_own(@ % 64)": "", "part.x": "",
    "sa[@]": "unsigned *sa = a, *sb = b; std::swap(sa, sb);", "sb[@]": "unsigned *sa = a, *sb = b; std::swap(sa, sb);",
    "bx3[@]": "Box bx3 = { a, 4, 0 }; if (w > 1) bx3.data = b;", "bx3.data[@]": "Box bx3 = { a, 4, 0 }; if (w > 1) bx3.data = b;",
    "tab[# % 2][@]": "unsigned *tab[2] = { a, b }; if (w > 1) tab[0] = c;", "tab[0][@]": "unsigned *tab[2] = { a, b }; if (w > 1) tab[0] = c;",
    "np[@]": "unsigned *np = a; np += w;", "(*pp)[@]": "unsigned *to = b; unsigned **pp = &to; if (w > 1) *pp = a;",
    "to[@]": "unsigned *to = b; unsigned **pp = &to; if (w > 1) *pp = a;", "lq->in.x": "outer *lq = &deep[2];", "deep[@].in.z[@ % 4]": "",
    "vla[@ % 64]": "unsigned vla[64] = { 0 };", "at(@)": "auto at = [&](int q) -> unsigned & { return a[q]; };",
}  # fmt: skip

MEMBERS = ["data[@]", "this->data[@]", "own[@ % 64]", "vec[@]", "this->vec[@]", "total", "at_own(@ % 64)", "part.x"]

LAMBDAS = {
    "put(@, $);": "auto put = [&](int q, unsigned value) { a[q] = value; };",
    "acc($);": "auto acc = [&](unsigned value) { sum += value; };",
    "u = get(@);": "auto get = [=](int q) { return b[q] + u; };",
    "both(@);": "auto both = [&t](int q) { t = b[q]; c[q] = t; };",
}


@dataclass
class Loop:
    number: int
    text: str  # the whole function, its name being f<number>


class Generator:
    """Draws functions with one loop (and loops inside it); the same seed gives the same ones.

    `odd` is the share of statements that are rare in good programs, and legal.
    """

    def __init__(self, seed: int, odd: float = 0.1):
        self.random = random.Random(seed)
        self.odd = odd
        self.places: list[str] = []
        self.lambdas: list[str] = []
        self.counter = "i"
        self.extras: list[str] = []
        self.step = ""

    def pick(self, *choices: str) -> str:
        return self.random.choice(choices)

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    # ---- functions

    def loop(self, number: int) -> Loop:
        names = list(PLACES)
        self.places = self.random.sample(names, self.random.randint(2, 4))
        self.lambdas = self.random.sample(list(LAMBDAS), 1) if self.chance(0.2) else []
        self.extras = []
        self.counter = "i"
        header, prologue, tail = self.header()
        body = " ".join(self.statement(0, False) for _ in range(self.random.randint(1, 3)))
        if self.chance(0.25):
            body = self.nest()
        declared = dict.fromkeys([PLACES[p] for p in self.places] + [LAMBDAS[p] for p in self.lambdas])
        static = "static unsigned kept = 1;" if "kept" in body else ""
        before = " ".join(filter(None, [DECLARATIONS, static, prologue, *declared]))
        after = "out[12] = loc[3]; out[13] = loc[5];" if self.chance(0.3) else ""
        left = " ".join(f"for (int q = 0; q < 1024; q++) out[14] = out[14] * 31u + {name}[q];"
                        for name in ("up", "lv", "dyn") if any(name + "[" in p for p in self.places))  # fmt: skip
        after += left
        if "vla[" in body and self.chance(0.5):
            after += " out[15] = vla[3];"
        results = RESULTS if self.chance(0.5) else RESULTS[RESULTS.index("out[2]") : RESULTS.index("out[8]")]
        loop = f"    {header} {{ {body}{tail} }}\n"
        inside = f"    {before}\n{loop}    {results} {after}\n"
        return Loop(number, self.wrapped(number, inside))

    def wrapped(self, number: int, inside: str) -> str:
        """The loop's function as it stands, or one that is called with arguments in sight, a member or a template."""
        parameters = "(unsigned *x, unsigned *y, int w, int n, unsigned *out)"
        kind = self.random.random()
        if any(place in self.places for place in MEMBERS):
            members = (
                "unsigned *data; unsigned own[64]; std::vector<unsigned> vec; unsigned total; int width; pair part; "
                "unsigned &at_own(int q) { return own[q]; } void put_data(int q, unsigned v) { data[q] = v; } "
            )
            return (
                f"struct K{number} {{ {members}void run{parameters}\n{{\n{inside}}} }};\nvoid f{number}{parameters} "
                f"{{ K{number} object = {{ {self.pick('a', 'x', 'y')}, {{ 1, 2 }}, std::vector<unsigned>(1024, 3u), 4, 2 }}; "
                f"object.run(x, y, w, n, out); for (int q = 0; q < 64; q++) out[15] = out[15] * 31u + object.own[q] + object.vec[q]; "
                f"out[15] = out[15] * 31u + object.total + object.part.x; }}\n"
            )
        if kind < 0.1:
            return f"void f{number}(unsigned *__restrict x, unsigned *y, int w, int n, unsigned *out)\n{{\n{inside}}}\n"
        if kind < 0.3:
            head = self.pick("static void", "static void", "template <class T> static void")
            given = self.pick(
                "a, b", "a, a + 1", "m[2], m[3]", "a, a + w", "r[0].z, a", "gv.data(), gv.data() + 1", "a, a", "x, y"
            )
            own = parameters.replace("unsigned *x, unsigned *y", "T *x, T *y") if "T" in head else parameters
            again = self.pick("", f" if (w > 2) h{number}(b, a, w, n, out);")
            return (
                f"{head} h{number}{own}\n{{\n{inside}}}\n"
                f"void f{number}{parameters} {{ h{number}({given}, w, n, out);{again} }}\n"
            )
        return f"void f{number}{parameters}\n{{\n{inside}}}\n"

    def header(self) -> tuple[str, str, str]:
        """The text before the braces, what is declared for it, and what ends the body."""
        kind = self.random.random()
        low = self.random.randint(0, 4)
        high = self.pick("n", "w * 4", "n - 1", str(low + self.random.randint(2, 12)), "(int)small.size()")
        if kind < 0.45:
            type = self.pick("int", "int", "unsigned", "size_t", "long", "auto", "unsigned short")
            step = self.pick("i++", "++i", "i += 1", "i += 2", "i += 3", "i = i + 1", "i += w")
            comparison = self.pick("<", "<", "<=", "<") if high != "n" or "= i + 1" in step else "<"
            return f"for ({type} i = {low}; i {comparison} {high}; {step})", "", ""
        if kind < 0.52:
            step = self.pick("i--", "--i", "i -= 2", "i -= w")
            return f"for (int i = {high} + {low}; i {self.pick('>', '>=')} {low}; {step})", "", ""
        if kind < 0.58:
            return f"for (i = {low}; i < {high}; i++)", "int i;", ""
        if kind < 0.72:
            self.extras = ["el"]
            what = self.pick("small", "gv_part", "sm", "ga_part", "r_part")
            before = {
                "gv_part": "std::span<unsigned> gv_part(gv.data() + 2, 12);",
                "sm": "unsigned sm[12] = { 3, 1, 4, 1, 5 };",
                "ga_part": "std::array<unsigned, 12> ga_part = { 1, 2, 3 };",
                "r_part": "std::vector<unsigned> &r_part = small;",
            }.get(what, "")
            reference = self.pick("auto &el", "auto &el", "unsigned &el", "auto el", "const auto &el", "auto &&el")
            if "const" in reference or reference == "auto el":
                self.extras = []
            self.counter = self.pick("(int)(el % 16)", "k", "3")
            return f"for ({reference} : {what})", before, self.pick("", "", " k++;")
        if kind < 0.78:
            self.counter = "(int)(it - small.begin())"
            self.extras = ["*it", "it[0]"]
            return f"for (auto it = small.begin(); it != small.end(); {self.pick('++it', 'it++')})", "", ""
        if kind < 0.86:
            self.counter = "(int)(pt - a)"
            self.extras = ["*pt", "pt[1]", "pt[0]", "*(pt + w)"]
            start = self.pick("a", "a + 1", "a + w")
            comparison = self.pick("<", "!=")
            return f"for (unsigned *pt = {start}; pt {comparison} a + 16; {self.pick('++pt', 'pt++')})", "", ""
        if kind < 0.92:
            self.counter = "(int)(ey % 16)"
            self.extras = ["ex", "exy", "ez[1]"]
            return "for (auto &[ex, exy, ey, ez] : few_pairs)", "std::span<pair> few_pairs(gp.data() + 3, 10);", ""
        return f"for (int i = {low}; i != {low} + n; ++i)", "", ""

    def nest(self) -> str:
        bound = self.pick("4", "w", "n", "8")
        body = " ".join(self.statement(1, True) for _ in range(self.random.randint(1, 2)))
        return f"for (int j = 0; j < {bound}; j++) {{ {body} }}"

    # ---- expressions

    def subscript(self, inner: bool) -> str:
        i = self.counter
        choices = [f"{i}", f"{i}", f"{i}", f"{i} + 1", f"{i} + 3", f"2 * {i}", f"60 - {i}", str(self.random.randint(0, 8)),
                   f"idx[{i}]", f"perm[{i}]", f"{i} * w", f"{i} + w", f"{i} % 4", f"{i} / 2", "k", f"({i} << 1)", f"({i} >> 1)",
                   f"{i} * 8 + w", f"({i} & 3)", f"{i} * {i}", f"(w > 2 ? {i} : {i} + 1)", f"std::min<int>({i}, 7)"]  # fmt: skip
        choices += self.random.sample([wrapping.replace("$", i) for wrapping in WRAPPING], 3)
        if inner:
            choices += ["j", "j", f"{i} + j", f"{i} * 4 + j", f"{i} * 12 + j", "4 * j + 1", f"2 * {i} + j", f"j * w + {i}",
                        f"{i} * n + j", f"{i} - j + 16", f"{i} * n + j + 1"]  # fmt: skip
        return self.random.choice(choices)

    def element(self, inner: bool) -> str:
        if self.extras and self.chance(0.4):
            return self.random.choice(self.extras)
        place = self.random.choice(self.places)
        while "@" in place:
            place = place.replace("@", self.subscript(inner) if "%" not in place else f"({self.subscript(inner)})", 1)
        row = self.random.choice(
            [f"({self.counter}) % 16", "3", "j % 16" if inner else "w", f"idx[{self.counter}] % 8"]
        )
        return place.replace("#", row)

    def value(self, inner: bool, depth: int = 0) -> str:
        kind = self.random.random()
        if kind < 0.2 or depth > 2:
            return self.pick(
                "(unsigned)" + self.counter, "3u", "(unsigned)w", "t", "u", *(["(unsigned)j"] if inner else [])
            )
        if kind < 0.6:
            return self.element(inner)
        value = self.value(inner, depth + 1)
        if kind < 0.64:
            return f"twice({value})"
        if kind < 0.67:
            return f"larger<unsigned>({value}, {self.value(inner, depth + 1)})"
        if kind < 0.69:
            return self.pick("peek()", "other.get(3)", "std::abs(k)", "idx[w]")
        if kind < 0.73:
            return f"({value} > 9u ? {self.value(inner, depth + 1)} : 4u)"
        return f"({value} {self.pick('+', '-', '*', '^', '|', '&')} {self.value(inner, depth + 1)})"

    def condition(self, inner: bool) -> str:
        i = self.counter
        return self.pick(f"{i} < 6", f"{i} % 2 == 0", f"{self.value(inner)} % 2u", "w > 2", f"{i} > 3", f"{i} == 5", f"{i} != w",
                         f"{self.value(inner)} > 20u && w < 3", *(["j < " + i, "j == 2"] if inner else []))  # fmt: skip

    # ---- statements

    def statement(self, depth: int, inner: bool) -> str:
        if self.chance(self.odd):
            return self.oddity(inner)
        kind = self.random.random()
        if kind < 0.34:
            return f"{self.element(inner)} = {self.value(inner)};"
        if kind < 0.42:
            return f"{self.pick('t', 'u', 'st.x', 'st.xy', 'st.z[1]')} = {self.value(inner)};"
        if kind < 0.5:
            return self.reduction(inner)
        if kind < 0.56:
            return f"{self.element(inner)} {self.pick('+=', '^=', '*=', '-=')} {self.value(inner)};"
        if kind < 0.6:
            return f"k = {self.pick(self.counter, 'k + 1', '(k + 3) % 32', 'k')};"
        if kind < 0.68:
            return self.call(inner)
        if kind < 0.7 and depth < 2:
            return f"if ({self.value(inner)} % 3u == 0) continue;"
        if kind < 0.74:
            return f"{{ unsigned tmp = {self.value(inner)}; {self.element(inner)} = tmp + 1u; }}"
        if kind < 0.77:
            return f"loc[{self.pick(self.counter, '3', 'w', '0')} % 64] = {self.value(inner)};"
        if kind < 0.79 and not inner:
            return (
                f"for (int q = 0; q < {self.pick('8', 'n', 'w')}; q++) loc[q] = {self.value(inner)} + q; "
                f"{self.element(inner)} = loc[{self.pick('2', 'w', '1')}];"
            )
        if kind < 0.8:
            return self.pick("kept = kept + 1u;", "kept = (unsigned)w; t = kept;")
        if depth < 2:
            if self.chance(0.6):
                other = f" else {{ {self.statement(depth + 1, inner)} }}" if self.chance(0.5) else ""
                return f"if ({self.condition(inner)}) {{ {self.statement(depth + 1, inner)} }}{other}"
            if self.chance(0.3):
                cases = " ".join(
                    f"case {n}: {{ {self.statement(2, inner)} }} {self.pick('break;', 'break;', '')}" for n in range(2)
                )
                return f"switch ({self.value(inner)} % 3u) {{ {cases} default: {self.statement(2, inner)} }}"
            if not inner:
                bound = self.pick("4", f"{self.counter} + 1", "w", "n", "3")
                start = self.pick("0", "0", "1", self.counter)
                body = " ".join(self.statement(depth + 1, True) for _ in range(self.random.randint(1, 2)))
                return f"for (int j = {start}; j < {bound}; j++) {{ {body} }}"
        return f"{self.element(inner)} = {self.value(inner)};"

    def reduction(self, inner: bool) -> str:
        value = self.value(inner)
        return self.pick(
            f"sum += {value};", f"sum -= {value};", f"sum *= {value} | 1u;", f"sum ^= {value};", f"sum = {value} + sum;",
            f"sum = sum - {value};", f"if ({value} > big) big = {value};", f"big = {value} > big ? {value} : big;",
            f"big = std::max<unsigned>(big, {value});", f"few = std::min<unsigned>(few, {value});", f"if (few > {value}) {{ few = {value}; }}",
            f"found = found || {value} == 4u;", f"all = all && {value} != 4u;", f"found |= {value} == 7u;", f"if ({value} == 9u) found = true;",
            f"if ({value} > 3u) sum++;", f"all &= {value} > 2u;", f"if ({value} > big) {{ big = {value}; k = {self.counter}; }}",
            f"sum += {value}; sum += 3u;", f"box.add({value});", f"box.sum += {value};", f"gs += {value};", f"st.x += {value};",
            f"loc[{self.subscript(inner)} % 64] += {value};", f"big = larger(big, (unsigned){value});", f"sum |= {value};", f"sum &= {value};",
            f"if (!({value} > 3u)) all = false;", f"if ({value} > 12u) sum += 2u; else sum -= 1u;", f"b[idx[{self.counter}]] += {value};",
        )  # fmt: skip

    def call(self, inner: bool) -> str:
        if self.lambdas and self.chance(0.7):
            text = self.random.choice(self.lambdas).replace("$", self.value(inner))
            return text.replace("@", self.subscript(inner))
        array = self.pick("a", "b", "x", "y")
        at, value = self.subscript(inner), self.value(inner)
        return self.pick(
            f"store(&{array}[{at}], {value});", f"store({array} + {at}, {value});", "bump();", f"set_global({value});",
            f"fill_some({array}, {at}, 2, {value});", f"shift({array}, {self.pick('a', 'b', 'y')}, {at});",
            f"by_reference({array}[{at}], {value});", f"by_reference(sum, {value});", f"put_in<unsigned>(gv, {at}, {value});",
            f"std::swap({array}[{at}], c[{self.subscript(inner)}]);", f"memset(&{array}[{at}], 0, 4);", f"memcpy(&{array}[{at}], &c[3], 8);",
            f"box.put({at}, {value});", f"other.put({at}, {value});", f"std::fill({array} + {at}, {array} + {at} + 2, {value});",
            f"{array}[k++] = {value};", f"*&{array}[{at}] = {value};",
        )  # fmt: skip

    def oddity(self, inner: bool) -> str:
        """What is rare in good programs, and legal."""
        i, at, value, other = self.counter, self.subscript(inner), self.value(inner), self.value(inner)
        low = f"(({at}) % 512)"
        return self.pick(
            f"({value} > 9u) && (k = {i});", f"{value} > 9u ? k = {i} : k;", f"({value} > 5u ? t : u) = {other};",
            f"unsigned &picked = {value} % 2u ? t : u; picked = {other};", f"a[(k = {i}, k)] = {value};",
            f"b[({i} * 2654435761u) % 1000u] = {value};", f"b[({i} * 2654435761u) >> 22] = {value};", f"b[(unsigned)({i} - 20) % 64] = {value};",
            f"b[(unsigned char)({i} * 40)] = {value};", f"b[({i} * 2654435761u) & 1023] = {value};", f"b[(unsigned short)({i} * 40000) % 1000] = {value};",
            f"b[({i} * 1000003u * 4096u) / 4194304u] = {value};", f"b[-{i} & 63] = {value};", f"b[({i} - 40) / 4 + 50] = {value};", f"b[({i} - 9) % 4 + 8] = {value};",
            f"t = t * 1664525u + 1013904223u; b[t % 64u] = {value};", f"t = (unsigned)(__builtin_frexp((double)({value}), &k) * 16); a[k & 31] = {other};",
            f"double whole; t = (unsigned)__builtin_modf({value} * 0.5, &whole); u = (unsigned)whole;", f"std::iota(a + {low}, a + {low} + 3, {value});",
            f"std::copy(c, c + 2, a + {low});", f"std::for_each(a + {low}, a + {low} + 2, [&](unsigned &q) {{ q += {value}; }});",
            f"std::sort(a + {low}, a + {low} + 4);", f"t = std::accumulate(a, a + 4, {value});", f"r[{low}] = gp[{low}];", f"st = r[{low}];", f"r[{low}] = st;",
            f"pair *one_pair = &r[{low}]; one_pair->x = {value}; one_pair->xy += 2;", f"unsigned *walk = a + {low}; *walk++ = {value}; *walk = 3;",
            f"Box made = {{ a + {low}, 4, 0 }}; made[1] = {value}; made.put(0, {other});", f"auto &held = gv[{low}]; held = {value};",
            f"auto [e0, e1, e2, e3] = r[{low}]; t = e1; e1 = 5;", f"do {{ a[{low}] = {value}; }} while (0);",
            f"int cnt = 0; while (cnt < 3) {{ a[{low} * 3 / 3 + cnt] = {value}; cnt++; }}", f"for (int q = {i}; q > 0; q--) a[q] = {value};",
            f"for (int q = 0, qq = {low}; q < 3; q++, qq += 2) a[qq] = {value};", f"a[{low}] = b[{low}] = {value};", f"a[{low}]++;", f"--b[{low}];",
            f"memcpy(&r[{low}], &st, sizeof st);", f"memset(m[{low} % 16], 0, 40);", f"memmove(a + {low}, a + {low} + 1, 8);",
            f"sum = sum + {value}; if (sum > 100u) big = 3;", f"if ({value} > 5u) {{ t = {other}; }} a[{low}] = t;", f"st.x = {value}; st.xy = st.xy + 1;",
            f"found = {value} > 3u ? true : found;", f"sum = {value} > 3u ? sum + {other} : sum;", f"if ({value} > big) {{ big = {other}; }} sum += big;",
            f"apply([&](int q) {{ a[q] = {value}; }}, {low});", f"t = {value}, a[{low}] = t;", f"for (unsigned &q : m[{low} % 16]) q += 1u;",
            f"unsigned (&cells)[1024] = m[{low} % 16]; cells[3] = {value};", f"switch ({value} % 4u) {{ case 0: t = {other}; case 1: u = t; break; case 2: continue; default: t = 1; }}",
            f"unsigned *end = a + {low} + 3; for (unsigned *q = a + {low}; q != end; ++q) *q = {value};", f"k = {i}; while (k-- > 0) b[k] = {value};",
            f"st.z[{i} & 3] = {value}; t = st.z[1];", f"pair two = {{ {value}, 1, 2 }}; two.xy += {other}; a[{low}] = two.x + two.xy;", f"loc[{i} & 63] += loc[({i} + 1) & 63];",
            f"words[{low}].half[1] = (unsigned short){value}; t = words[{low}].whole;", f"const auto old = a[{low}]; a[{low}] = {value}; u = old;", f"u = t; t = {value};",
            "if (w > 5) return;", f"if ({value} == 12345u) break;", f"k = k < {i} ? {i} : k;", f"k += {i} > 3;", f"k = (int)few; few = {value};",
            f"*(&t + 0) = {value};", f"unsigned *pt_t = &t; *pt_t = {value};", f"(&r[{low}])->z[2] = {value};", f"a[{low}] = ({{ unsigned q = {value}; q + 1u; }});",
        )  # fmt: skip


HARNESS = """
static void fill(void)
{
    for (unsigned n = 0; n < 1024; n++) {
        a[n] = 3u * n + 1; b[n] = 5u * n; c[n] = 7u * n + 2; r[n] = { n, 2u * n, 3u * n, { n, 1, 2, n } };
        gp[n] = { n + 1, n, 4u * n, { 3, n, 2, n } }; idx[n] = (n * 7) % 5; perm[n] = (n * 5) % 64;
        gv[n] = 9u * n + 4; ga[n] = n * n; words[n].whole = n * 77777u;
        deep[n] = { { n, 3u * n, n + 5, { 1, 2, 3, 4 } }, &r[n / 2], n };
        for (int q = 0; q < 16; q++) { m[q][n] = 11u * q + n; gvv[q][n] = 13u * q + n; }
    }
    for (unsigned n = 0; n < 12; n++) small[n] = (n * 5) % 11;
    gs = 3; gcount = 0; box = { a, 32, 1 }; other = { b, 32, 2 };
}
typedef void Tried(unsigned *, unsigned *, int, int, unsigned *);
static std::vector<unsigned char> state(void)
{
    std::vector<unsigned char> all;
    auto keep = [&](const void *from, size_t size) { all.insert(all.end(), (const unsigned char *)from, (const unsigned char *)from + size); };
    keep(a, sizeof a); keep(b, sizeof b); keep(c, sizeof c); keep(m, sizeof m); keep(r, sizeof r); keep(gv.data(), 4096);
    keep(gp.data(), 1024 * sizeof(pair)); keep(small.data(), 48); keep(ga.data(), 4096); keep(words, sizeof words);
    keep(deep, sizeof deep); keep(&gs, 4); keep(&gcount, 4); keep(&box, sizeof box); keep(&other, sizeof other);
    for (auto &row : gvv) keep(row.data(), 4096);
    return all;
}
static void differ(int number, Tried *f, Tried *g, bool apart)
{
    struct { unsigned *x, *y; } given[] = { { m[9], m[10] }, { m[9], m[9] + 1 }, { m[9] + 2, m[9] }, { m[9], m[9] }, { a, b }, { c + 1, a } };
    int tried = 0;
    for (auto [x, y] : given) {
        if (apart && tried > 0) return;
        int w = 1 + tried % 3, n = tried % 2 ? 5 : 12;
        unsigned one[16] = { 0 };
        fill(); f(x, y, w, n, one);
        auto before = state();
        for (played_ = 0; played_ < 4; played_++) {
            unsigned two[16] = { 0 };
            fill(); g(x, y, w, n, two);
            if (memcmp(one, two, sizeof one) || before != state()) { printf("%d ", number); return; }
        }
        tried++;
    }
}
"""


def program(functions: list[Loop], others: list[tuple[int, str, str]]) -> str:
    """A program that prints the numbers of the loops that differ; `others` are (number, name, text) acted out."""
    texts = {loop.number: loop.text for loop in functions}
    kept = [texts[number] for number in dict.fromkeys(number for number, _, _ in others)]
    calls = "\n".join(
        f"    differ({position}, f{number}, {name}, {int('__restrict' in texts[number])});"
        for position, (number, name, _) in enumerate(others)
    )
    acted = "".join(text for _, _, text in others)
    return f"{''.join(kept)}{acted}{HARNESS}int main(void)\n{{\n{calls}\n    return 0;\n}}\n"
