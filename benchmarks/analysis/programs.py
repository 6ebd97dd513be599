"""C programs of any length, made of functions that differ: kernels, sums, calls, pointers that others set, OpenMP."""

from __future__ import annotations

import random
from collections.abc import Iterator

HEAD = """\
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#define N 1024
#define SQUARE(x) ((x) * (x))
typedef struct { double x, y, mass; } body;
static double table[N][N], row[N];
static int count;
double *work, *spare;
"""

TEMPLATES = """\
/* Smooths `b` into `a`. */
void smooth{k}(int n, double *restrict a, const double *b)
{{
    for (int i = 1; i < n - 1; i++) {{
        a[i] = {c} * (b[i - 1] + b[i + 1]);
        if (a[i] < 0)
            a[i] = 0;
    }}
    for (int i = 0; i < n; i++)
        a[i] *= {d}; // scaled
}}
----
static double dot{k}(int n, const double *x, const double *y)
{{
    double sum = 0.0, most = {c};
    for (int i = 0; i < n; i++) {{
        sum += x[i] * y[i];
        if (x[i] > most)
            most = x[i];
    }}
    return sum + most;
}}
----
void multiply{k}(int n, int m, double a[n][m], double b[m][n], double c[n][n])
{{
#pragma omp parallel for
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) {{
            double s = 0;
            for (int k = 0; k < m; k++)
                s += a[i][k] * b[k][j];
            c[i][j] = {c} * s;
        }}
}}
----
int move{k}(body *bodies, int n, double step)
{{
    int hits = 0;
    for (int i = 0; i < n; i++) {{
        double m = bodies[i].mass;
        bodies[i].x += SQUARE(m) * {c} * step;
        bodies[i].y += sqrt(m) * step;
        if (bodies[i].x > N) {{
            hits++;
            bodies[i].x = 0;
        }}
    }}
    count += hits;
    return hits;
}}
----
void relax{k}(int steps)
{{
    for (int s = 0; s < steps; s++) {{
        for (int i = 1; i < N - 1; i++)
            for (int j = 1; j < N - 1; j++)
                table[i][j] = {c} * (table[i - 1][j] + table[i + 1][j] + table[i][j - 1] + table[i][j + 1]);
        for (int i = 0; i < N; i++)
            row[i] = table[i][i];
    }}
}}
----
void drive{k}(int n, double *u, double *v)
{{
    double *w = malloc(n * sizeof *w);
    work = w;
    for (int i = 0; i < n; i++)
        w[i] = u[i] + {c} * v[i];
    smooth{near}(n, w, u);
    double q = 0;
    for (int i = 0; i < n; i++)
        q += dot{near}(n, w, v) * i;
    for (int i = 0; i < n; i++) {{
        v[i] = w[i] * q + row[i % N];
        if (i % {e} == 0)
            printf("%g\\n", v[i]);
    }}
    free(w);
}}
----
void gather{k}(int n, const int *index, const double *from, double *to)
{{
    int last = {e};
    for (int i = 0; i < n; i++) {{
        to[index[i]] += from[i];
        if (index[i] > last)
            last = index[i];
    }}
    for (int i = n - 1; i > 0; i--)
        to[i] = to[i - 1] + {c};
}}
"""


def program(lines: int, seed: int = 1) -> bytes:
    """A program of about so many lines."""
    chance = random.Random(seed)
    text = [HEAD]
    count = HEAD.count("\n")
    for function in _functions(chance):
        if count >= lines:
            break
        text.append(function)
        count += function.count("\n")
    return "".join(text).encode()


def _functions(chance: random.Random) -> Iterator[str]:
    templates = TEMPLATES.split("----\n")
    number = 0
    while True:
        for template in templates:
            yield template.format(
                k=number, near=max(0, number - chance.randrange(3)), c=chance.randrange(1, 99) / 100,
                d=chance.randrange(2, 9), e=chance.randrange(2, 50),
            ) + "\n"  # fmt: skip
        number += 1
