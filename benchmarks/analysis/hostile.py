"""Programs that nobody writes and an analysis must get through all the same."""

from __future__ import annotations


def deep(levels: int = 12) -> str:
    """A nest whose bounds have many parameters, every loop's counter in one subscript."""
    heads = [
        f"for (int i{k} = {'0' if not k else f'i{k - 1}'}; i{k} < n{k} + m{k} && i{k} < p{k}; i{k}++)"
        for k in range(levels)
    ]
    index = " + ".join(f"i{k} * q{k}" for k in range(levels))
    parameters = ", ".join(f"int {name}{k}" for name in "nmpqr" for k in range(levels))
    return f"void f(double *a, {parameters}) {{\n{' '.join(heads)}\n a[{index}] = a[{index} + r0 + r1] + 1;\n}}\n"


def many_accesses(count: int = 500) -> str:
    """One body in which one array is written and read at many places."""
    body = "\n".join(f"  a[i * {k % 7 + 1} + {k}] = a[j * {k % 5} + i - {k}] + b[{k} * j];" for k in range(count // 3))
    heads = "for (int i = 0; i < n; i++) for (int j = 0; j < i; j++)"
    return f"void f(double *a, double *b, int n) {{\n {heads} {{\n{body}\n }}\n}}\n"


def many_objects(count: int = 500) -> str:
    """One body with as many arrays as accesses, all of them pointers."""
    parameters = ", ".join(f"double *p{k}" for k in range(count))
    body = "\n".join(f"  p{k}[i + {k}] = p{(7 * k + 1) % count}[i * 2];" for k in range(count))
    return f"void f(int n, {parameters}) {{\n for (int i = 0; i < n; i++) {{\n{body}\n }}\n}}\n"


def quotients(levels: int = 6) -> str:
    """Bounds of quotients, minima and maxima, each of which doubles the pieces of an integer set."""
    heads = " ".join(
        f"for (int i{k} = (n * {k + 1} < m ? n / 3 : m % 5);"
        f" i{k} < (i{k - 1} * 16 + 15 < p ? i{k - 1} * 16 / 3 : p / 2); i{k}++)"
        for k in range(1, levels)
    )
    index = " + ".join(f"{3 * k + 1} * i{k}" for k in range(levels))
    return (
        "void f(double a[][100], int n, int m, int p) {\n"
        f" for (int i0 = 0; i0 < n; i0++) {heads}\n  a[{index}][(i1 + n) % 7] = a[{index} - m][i0 / 4 + i1 % 3];\n}}\n"
    )


def calls(levels: int = 20) -> str:
    """f1 calls f2 twice, which calls f3 twice, …: followed everywhere, that is a million calls."""
    last = f"void f{levels}(double *a, int k) {{ a[k] += a[k + 1]; }}\n"
    rest = "".join(
        f"void f{k}(double *a, int k) {{ f{k + 1}(a, k * 2); f{k + 1}(a, k * 2 + 1); }}\n"
        for k in range(levels - 1, 0, -1)
    )
    return last + rest + "void f(double *a, int n) { for (int i = 0; i < n; i++) f1(a, i); }\n"


def sequence(count: int = 200) -> str:
    """Loops after one another in one function, on the same arrays."""
    loops = "\n".join(
        f" for (int i = {k % 3}; i < n - {k}; i++) {{ a[i] = b[i + {k}] * {k}; b[i] = a[i - 1] + c[i]; s += a[i]; }}"
        for k in range(count)
    )
    return f"double f(double *a, double *b, double *c, int n) {{\n double s = 0;\n{loops}\n return s;\n}}\n"


def long_expression(count: int = 5000) -> str:
    terms = " + ".join(f"a[i + {k}] * {k}" for k in range(count))
    return f"void f(double *a, double *b, int n) {{ for (int i = 0; i < n; i++) b[i] = {terms}; }}\n"


def parentheses(count: int = 1000) -> str:
    inner = "(" * count + "i" + ")" * count
    return f"void f(double *a, int n) {{ for (int i = 0; i < n; i++) a[{inner}] = 1; }}\n"


def cases(count: int = 2000) -> str:
    body = "\n".join(f"  case {k}: a[i + {k}] = {k}; s += a[i]; break;" for k in range(count))
    return (
        "int f(double *a, int *kind, int n) {\n int s = 0;\n for (int i = 0; i < n; i++) switch (kind[i]) {\n"
        f"{body}\n }}\n return s;\n}}\n"
    )


def locals_(count: int = 5000) -> str:
    declarations = "\n".join(f"  double x{k} = a[i] * {k};" for k in range(count))
    uses = "\n".join(f"  s += x{k} * x{(k * 31 + 7) % count};" for k in range(count))
    return (
        "double f(double *a, int n) {\n double s = 0;\n for (int i = 0; i < n; i++) {\n"
        f"{declarations}\n{uses}\n }}\n return s;\n}}\n"
    )


def conditions(count: int = 60) -> str:
    """Conditions in one another, each with another parameter."""
    parameters = ", ".join(f"int p{k}" for k in range(count))
    ifs = " ".join(f"if (i * {k + 1} != p{k} || p{k} > {k})" for k in range(count))
    statement = "a[i + p0] = a[i + p1] + a[p2];"
    return f"void f(double *a, int n, {parameters}) {{\n for (int i = 0; i < n; i++) {ifs} {statement}\n}}\n"


def entangled(count: int = 1_500) -> str:
    """Pointers to pointers, each of which may lead to any other."""
    lines = ["#include <stdlib.h>", "void f(int n, double *a) {", "    void **x = 0, **y = 0;"]
    for number in range(count):
        lines.append(f"    void **p{number} = malloc(8); x = p{number}; y = p{number};")
    lines.append("    *x = y; *y = x; x = *x; y = *y;")
    lines.append("    for (int i = 0; i < n; i++) { a[i] = i; *x = y; }")
    return "\n".join([*lines, "}"])


PROGRAMS = {
    "12 loops deep, 60 parameters": deep,
    "500 accesses in one body": many_accesses,
    "500 pointers in one body": many_objects,
    "quotients and minima in bounds": quotients,
    "calls doubled 20 times": calls,
    "200 loops in one function": sequence,
    "an expression of 5,000 terms": long_expression,
    "1,000 parentheses": parentheses,
    "a switch of 2,000 cases": cases,
    "5,000 local variables": locals_,
    "60 conditions in one another": conditions,
    "1,500 pointers that may all meet": entangled,
}
