"""ThreadSanitizer's reports: what the OpenMP runtime does with memory of its own is no race of the program's."""

from __future__ import annotations

import pytest
from pragmatist.verification.checks.threaded_race import reports

REPORT = """\
==================
WARNING: ThreadSanitizer: data race (pid=7)
  Write of size 8 at 0x7f7fa71b73e8 by thread T1:
    #0 sort(int*, int*) /home/me/sort.cpp:18:1 (sort+0xe7d42)
    #1 .omp_task_entry..4 /home/me/sort.cpp:20:1 (sort+0xe81aa)

  Previous read of size 8 at 0x7f7fa71b73e8 by main thread:
    #0 .omp_outlined. /home/me/sort.cpp:19:10 (sort+0xe7fe6)

  Location is heap block of size 1048576 at 0x7f7fa70b8000 allocated by thread T1:
    #0 {allocator} <null> (sort+0x61420)
    #1 {caller}
    #2 .omp_outlined. /home/me/sort.cpp:19:5 (sort+0xe800e)

  Thread T1 (tid=9, running) created by main thread at:
    #0 pthread_create <null> (sort+0x62f81)

SUMMARY: ThreadSanitizer: data race /home/me/sort.cpp:18:1 in sort(int*, int*)
==================
"""


@pytest.mark.parametrize(
    ("allocator", "caller", "counts"),
    [
        ("malloc", "<null> <null> (libomp.so.5+0x1ed30) (BuildId: 88ddb)", False),
        ("calloc", "__kmp_allocate <null> (libiomp5.so+0x1ed30)", False),
        ("malloc", "main /home/me/sort.cpp:26:1 (sort+0xe7e75)", True),
        ("operator new(unsigned long)", "std::vector<int>::vector() /usr/include/c++/12/vector:40 (sort+0x1)", True),
    ],
    ids=["tasks", "Intel's", "the program's own", "C++"],
)
def test_memory_of_the_runtimes_own_is_told_apart(allocator: str, caller: str, counts: bool):
    """By who allocated the block; whatever stands in it."""
    assert bool(reports(REPORT.replace("{allocator}", allocator).replace("{caller}", caller))) == counts


def test_other_reports_count():
    """Of globals and stacks, and of several the ones that are not the runtime's."""
    own = REPORT.replace("{allocator}", "malloc").replace("{caller}", "<null> <null> (libomp.so.5+0x1ed30)")
    start = own.index("  Location")
    other = (
        own[:start]
        + "  Location is global 'total' of size 8 at 0x7f7fa71b73e8 (sort+0x5)\n\n"
        + own[own.index("SUMMARY") :]
    )
    assert len(reports(own + other)) == 1
    assert len(reports(other + other)) == 2
