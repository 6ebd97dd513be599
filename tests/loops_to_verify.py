"""What programs begin with that tests have verified: a loop that is proved, and one that only checks can confirm."""

from __future__ import annotations

SCALE_AND_SCATTER = """\
#include <stdio.h>

static double x[2000], y[2000];
static int order[2000];

static void scale(int n)
{
    double t;
    for (int i = 0; i < n; i++) {
        t = 0.5 * x[i];
        y[i] = t * t;
    }
}

static void scatter(int n)
{
    for (int i = 0; i < n; i++)
        y[order[i]] = x[i];
}
"""
