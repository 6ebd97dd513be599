"""C and C++ files of any length as numeric programs are: kernels, helpers without loops, structures, comments.

One loop in 11 lines, a little more than in the NAS benchmarks (one in 13); every function differs in names and numbers.
"""

from __future__ import annotations

import random

C_HEAD = """\
/* Transport of heat and particles on a structured grid. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NX 512
#define NY 256
#define SQUARE(x) ((x) * (x))
#define AT(i, j) ((i) * NY + (j))

typedef struct {
    double x, y, vx, vy;
    int cell, alive;
} particle;

static double field[NX][NY], flux[NX][NY], source[NY];
static int verbose;
"""

C_FUNCTIONS = """\
/*
 * One explicit step of the heat equation: `next` from `now`, with the
 * boundary held at its value. The step must satisfy the usual bound
 * on dt / dx^2, which the caller has checked.
 */
void step{k}(int n, int m, const double *restrict now, double *restrict next, double dt)
{{
    const double r = dt * {c};
    int i, j;

    for (i = 1; i < n - 1; i++) {{
        for (j = 1; j < m - 1; j++) {{
            double lap = now[(i - 1) * m + j] + now[(i + 1) * m + j]
                       + now[i * m + j - 1] + now[i * m + j + 1]
                       - 4.0 * now[i * m + j];
            next[i * m + j] = now[i * m + j] + r * lap;
        }}
    }}
    for (j = 0; j < m; j++) {{
        next[j] = now[j];
        next[(n - 1) * m + j] = now[(n - 1) * m + j];
    }}
}}
----
/* The norm of the residual, and its greatest entry through `most`. */
static double residual{k}(int n, const double *x, const double *b, double *most)
{{
    double sum = 0.0, top = 0.0;

    for (int i = 0; i < n; i++) {{
        double r = b[i] - {c} * x[i];
        sum += r * r;
        if (fabs(r) > top)
            top = fabs(r);
    }}
    *most = top;
    return sqrt(sum);
}}
----
/* Reads one setting of the form `name = value`; 0 where it is none of ours. */
static int setting{k}(const char *line, int *steps, double *dt)
{{
    double value;
    const char *sign = strchr(line, '=');

    if (line[0] == '#' || sign == NULL)
        return 0;
    value = atof(sign + 1);
    switch (line[0]) {{
    case 's':
        *steps = (int)value;
        break;
    case 'd':
        *dt = value > 0.0 ? value : {c};
        break;
    case 'v':
        verbose = value != 0.0;
        break;
    default:
        if (verbose)
            fprintf(stderr, "unknown setting: %s\\n", line);
        return 0;
    }}
    return 1;
}}
----
/* Particles move, and are reflected at the walls of the box [0, {d}]. */
int push{k}(particle *p, int count, double dt)
{{
    int lost = 0;

    for (int i = 0; i < count; i++) {{
        if (!p[i].alive)
            continue;
        p[i].x += p[i].vx * dt;
        p[i].y += p[i].vy * dt;
        if (p[i].x < 0.0 || p[i].x > {d}.0)
            p[i].vx = -p[i].vx;
        if (SQUARE(p[i].y) > {d}.0 * {e}) {{
            p[i].alive = 0;
            lost++;
        }}
        p[i].cell = (int)(p[i].x * {e});
    }}
    return lost;
}}
----
/*
 * Fluxes through the cells' sides, then the update of the cells: two nests,
 * since a cell needs the fluxes of both of its sides.
 */
void advect{k}(double dt)
{{
    int i, j;
    double left, right;

#pragma omp parallel for private(j, left, right)
    for (i = 1; i < NX - 1; i++)
        for (j = 0; j < NY; j++) {{
            left = field[i - 1][j];
            right = field[i][j];
            flux[i][j] = {c} * (left + right) - 0.5 * fabs(right - left);
        }}
#pragma omp parallel for private(j)
    for (i = 1; i < NX - 2; i++)
        for (j = 0; j < NY; j++)
            field[i][j] -= dt * (flux[i + 1][j] - flux[i][j]) + source[j];
}}
----
/* Charges are gathered on the grid; several particles may share a cell. */
void deposit{k}(const particle *p, int count, double *charge, const int *order)
{{
    memset(charge, 0, sizeof(double) * {e});
    for (int k = 0; k < count; k++) {{
        int i = order[k];
        charge[p[i].cell] += {c} * p[i].vx;
    }}
}}
----
/* A tridiagonal system by elimination; `c` is spoilt, the solution is in `d`. */
static void tridiagonal{k}(int n, const double *a, const double *b, double *c, double *d)
{{
    c[0] /= b[0];
    d[0] /= b[0];
    for (int i = 1; i < n; i++) {{
        double m = 1.0 / (b[i] - a[i] * c[i - 1]);
        c[i] = m * c[i];
        d[i] = m * (d[i] - a[i] * d[i - 1]);
    }}
    for (int i = n - 2; i >= 0; i--)
        d[i] -= c[i] * d[i + 1];
}}
----
/* Runs part {k} of the simulation and reports on it; the work is done above. */
int run{k}(int n, double *u, double *v, double dt, int steps)
{{
    double most, norm = 0.0;
    double *rhs = malloc(sizeof(double) * n);

    if (rhs == NULL) {{
        perror("run{k}");
        return -1;
    }}
    for (int i = 0; i < n; i++)
        rhs[i] = u[i] * {c} + v[i];
    for (int s = 0; s < steps; s++) {{
        advect{near}(dt);
        norm = residual{near}(n, u, rhs, &most);
        if (verbose && s % {e} == 0)
            printf("step %d: residual %g, at most %g\\n", s, norm, most);
        if (norm < 1e-{d})
            break;
    }}
    free(rhs);
    return norm < {c} ? 0 : 1;
}}
"""

CPP_HEAD = """\
// Sparse and dense linear algebra for the solvers.
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

namespace solver {

struct Entry {
    std::size_t column;
    double value;
};
"""

CPP_FUNCTIONS = """\
/// A matrix in rows; elements are stored one row after the other.
class Dense{k} {{
public:
    Dense{k}(std::size_t rows, std::size_t columns)
        : rows_(rows), columns_(columns), data_(rows * columns, {c}) {{}}

    double &operator()(std::size_t i, std::size_t j) {{ return data_[i * columns_ + j]; }}
    double operator()(std::size_t i, std::size_t j) const {{ return data_[i * columns_ + j]; }}
    std::size_t rows() const {{ return rows_; }}

    /// Multiplies every element.
    void scale(double factor) {{
        for (std::size_t i = 0; i < data_.size(); ++i)
            data_[i] *= factor;
    }}

    /// The sum of the squares of all elements.
    double norm() const {{
        double sum = 0.0;
        for (double each : data_)
            sum += each * each;
        return std::sqrt(sum);
    }}

private:
    std::size_t rows_, columns_;
    std::vector<double> data_;
}};
----
/// y = A x for a matrix in compressed rows.
void multiply{k}(const std::vector<int> &start, const std::vector<int> &column,
              const std::vector<double> &value, const std::vector<double> &x, std::vector<double> &y)
{{
    const int n = static_cast<int>(start.size()) - 1;
    for (int i = 0; i < n; ++i) {{
        double sum = 0.0;
        for (int k = start[i]; k < start[i + 1]; ++k)
            sum += value[k] * x[column[k]];
        y[i] = {c} * sum;
    }}
}}
----
/// Names of methods, for messages and settings.
inline int method{k}(const std::string &name)
{{
    if (name == "jacobi")
        return {d};
    if (name == "gauss-seidel" || name == "sor")
        return {e};
    if (name.empty())
        throw std::invalid_argument("no method");
    std::cerr << "unknown method: " << name << '\\n';
    return -1;
}}
----
template <typename T>
T dot{k}(const T *a, const T *b, int n)
{{
    T sum = T(0);
    for (int i = 0; i < n; ++i)
        sum += a[i] * b[i];
    return sum;
}}
----
/// One sweep of Jacobi's method; the greatest change is returned.
double sweep{k}(const std::vector<double> &old, std::vector<double> &now, int n, int m)
{{
    double most = 0.0;
    for (int i = 1; i < n - 1; ++i) {{
        for (int j = 1; j < m - 1; ++j) {{
            const double value = {c} * (old[(i - 1) * m + j] + old[(i + 1) * m + j]
                                      + old[i * m + j - 1] + old[i * m + j + 1]);
            most = std::max(most, std::fabs(value - old[i * m + j]));
            now[i * m + j] = value;
        }}
    }}
    return most;
}}
----
/// Solves with sweeps until nothing changes by more than `tolerance`.
int solve{k}(std::vector<double> &x, int n, int m, double tolerance)
{{
    std::vector<double> next(x.size());
    for (int step = 0; step < {e}00; ++step) {{
        if (sweep{near}(x, next, n, m) < tolerance)
            return step;
        std::swap(x, next);
    }}
    return -1;
}}
----
/// The counts of values in bins of width 1 / {e}.
std::array<int, {e}> histogram{k}(const std::vector<double> &values)
{{
    std::array<int, {e}> counts{{}};
    for (const auto &each : values) {{
        const int bin = static_cast<int>(each * {e});
        if (bin >= 0 && bin < {e})
            counts[bin]++;
    }}
    return counts;
}}
"""


def source(language: str, lines: int, seed: int = 1) -> bytes:
    """A file of about so many lines."""
    chance = random.Random(seed)
    head, functions = (C_HEAD, C_FUNCTIONS) if language == "c" else (CPP_HEAD, CPP_FUNCTIONS)
    text = [head]
    count = head.count("\n")
    number = 0
    while count < lines:
        for template in functions.split("----\n"):
            near = max(0, number - chance.randrange(3))
            function = template.format(
                k=number,
                near=near,
                c=chance.randrange(1, 99) / 100,
                d=chance.randrange(2, 9),
                e=chance.randrange(2, 50),
            )
            text.append("\n" + function)
            count += 1 + function.count("\n")
            if count >= lines:
                break
        number += 1
    return "".join([*text, "\n}\n" if language == "cpp" else ""]).encode()
