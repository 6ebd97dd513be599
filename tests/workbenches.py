"""What tests of single checks share: a workbench for a request, and a check's answers."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable, Sequence

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"

# Line 5 is parallel; line 7 carries a flow dependence over one iteration.
TWO_LOOPS = """\
#include <stdio.h>
#define N 1000
static double a[N], b[N];
int main(void) {
  for (int i = 0; i < N; i++)
    a[i] = 0.5 * i;
  for (int i = 1; i < N; i++)
    b[i] = b[i - 1] + a[i];
  printf("%.15e\\n", b[N - 1]);
  return 0;
}
"""

# Line 6 needs private(t).
TEMPORARY = """\
#include <stdio.h>
#define N 20000
static double a[N];
int main(void) {
  double t, sum = 0.0;
  for (int i = 0; i < N; i++) {
    t = i * 0.25;
    for (int k = 0; k < 20; k++) t = t * 0.5 + k;
    a[i] = t;
  }
  for (int i = 0; i < N; i++) sum += a[i] * i;
  printf("%.15e\\n", sum);
  return 0;
}
"""


@contextlib.asynccontextmanager
async def bench_for(request: VerificationRequest, store: CertificateStore) -> AsyncIterator[Workbench]:
    toolchain = await discover(request.language, store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    try:
        async with Workbench.open(request, toolchain) as bench:
            yield bench
    except SandboxUnavailable as unavailable:
        pytest.skip(str(unavailable))


async def answers(check: Callable, request: VerificationRequest, store: CertificateStore) -> Sequence[Check]:
    async with bench_for(request, store) as bench:
        return await check(bench, request.edits)
