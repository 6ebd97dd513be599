"""How long one verification takes, from the text to the evidence, with a cache that knows only the compilers.

    python benchmarks/verification/timings.py [--repeat 3] [--record]

Two files in C, both without a main, so that the function is driven: one of 40 lines, and one of 500 lines of which
one function is to be parallelised. "wall" is elapsed time, "processor" user and system time of all processes that
the verification started, where the kernel counts that for a group of processes. "others" is how many cores were busy
with anything else meanwhile, other guests of the same host included, and "bound" what the work would take if it kept
all cores busy from beginning to end: a machine that is left alone lies between that and the wall time. Medians, of the
wall time the least as well. `--record` writes the table to timings.md beside this module.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SMALL_LINES, LARGE_LINES = 40, 500
KERNEL = """\
/* Heat in a plate: one step, and how much changed. */
#include <math.h>

double step(int n, int m, const double *restrict from, double *restrict to, double rate) {
  double change = 0;
  for (int i = 1; i < n - 1; i++) {
    for (int j = 1; j < m - 1; j++) {
      double around = from[(i - 1) * m + j] + from[(i + 1) * m + j] + from[i * m + j - 1] + from[i * m + j + 1];
      double next = from[i * m + j] + rate * (around - 4 * from[i * m + j]);
      change += fabs(next - from[i * m + j]);
      to[i * m + j] = next;
    }
  }
  return change;
}
"""
FILLER = """
/* Number {number} of the functions that only make the file longer. */
static double part_{number}(int n, double *a, double factor) {{
  double last = 0;
  for (int i = 1; i < n; i++) {{
    a[i] += factor * a[i - 1];
    last = a[i] > last ? a[i] : last;
  }}
  return last;
}}

double whole_{number}(int n, double *a) {{
  double sum = part_{number}(n, a, 0.5);
  return sum + part_{number}(n, a, 0.25);
}}
"""


def source(lines: int) -> str:
    """A file of about so many lines, with one loop nest that can run in parallel."""
    text, number = KERNEL, 0
    while text.count("\n") + FILLER.count("\n") <= lines:
        text += FILLER.format(number=number)
        number += 1
    return text + "/* . */\n" * (lines - text.count("\n"))


@contextlib.contextmanager
def counted() -> Iterator[list[float]]:
    """Counts the processor seconds of this process and of all that it starts, where there is a cgroup for that."""
    group, seconds = Path(f"/sys/fs/cgroup/cpuacct/pragmatist-timings-{os.getpid()}"), [float("nan")]
    try:
        group.mkdir()
        (group / "cgroup.procs").write_text(str(os.getpid()))
    except OSError:
        yield seconds
        return
    try:
        before = int((group / "cpuacct.usage").read_text())
        yield seconds
        seconds[0] = (int((group / "cpuacct.usage").read_text()) - before) * 1e-9
    finally:
        (group.parent / "cgroup.procs").write_text(str(os.getpid()))
        with contextlib.suppress(OSError):
            group.rmdir()


def once(lines: int, folder: Path) -> None:
    """In a process of its own: prints wall and processor seconds, builds, runs and the verdict."""
    os.environ["PRAGMATIST_CACHE_DIR"] = str(folder / "cache")
    from pragmatist.server.engine.files import JudgedFile, judge_file
    from pragmatist.server.engine.fix import fix_file
    from pragmatist.verification.certificates import CertificateStore
    from pragmatist.verification.sandbox import Sandbox
    from pragmatist.verification.toolchain import discover

    commands = 0
    run = Sandbox.run

    async def counting(self, *arguments, **options):
        nonlocal commands
        commands += 1
        return await run(self, *arguments, **options)

    path = folder / f"heat{lines}.c"
    path.write_text(source(lines))

    async def verify() -> tuple[float, str]:
        await discover("c", CertificateStore())
        Sandbox.run = counting  # type: ignore[method-assign]
        start = time.monotonic()
        found = judge_file(str(path))
        file = JudgedFile(str(path), path.name, found.language, found.judgement)
        answer = await fix_file(file, arguments=[], no_sandbox=False)
        assert answer is not None
        evidence = list(answer.verified.evidence.values())
        seconds = time.monotonic() - start
        return seconds, ", ".join(each.verdict for each in evidence)

    with counted() as processor:
        before = busy()
        wall, verdict = asyncio.run(verify())
        everything = busy() - before
    print(wall, processor[0], max(0.0, everything - processor[0]) / wall, commands, verdict)


def busy() -> float:
    """Seconds that this machine's cores have worked, or were kept from it by their host, all together."""
    with open("/proc/stat", encoding="ascii") as file:
        user, nice, system, _, _, irq, softirq, steal = map(int, file.readline().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def measured(lines: int, repeat: int) -> str:
    rows = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        command = [sys.executable, __file__, "--once", str(lines), temporary]
        subprocess.run(command, check=True, capture_output=True)  # the compilers are found
        for _ in range(repeat):
            forget(folder / "cache")
            rows.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout.split(maxsplit=4))
    walls = [float(row[0]) for row in rows]
    processor, others = (statistics.median(float(row[column]) for row in rows) for column in (1, 2))
    used = f"{processor:.1f} | {processor / cores():.1f} | {others:.1f}" if processor == processor else "- | - | -"
    verdict = ", ".join(dict.fromkeys(row[4].strip() for row in rows))
    return f"| {lines} | {statistics.median(walls):.1f} | {min(walls):.1f} | {used} | {rows[0][3]} | {verdict} |"


def cores() -> int:
    return len(os.sched_getaffinity(0))


def forget(cache: Path) -> None:
    """All but what is known of the compilers, and our own objects that they made."""
    import sqlite3

    for file in cache.glob("*.sqlite"):
        with contextlib.closing(sqlite3.connect(file)) as connection:
            connection.execute("DELETE FROM entries WHERE kind NOT IN ('toolchain', 'object', 'linker')")
            connection.commit()


def main() -> None:
    if sys.argv[1:2] == ["--once"]:
        once(int(sys.argv[2]), Path(sys.argv[3]))
        return
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    options = parser.parse_args()
    lines = [
        "| lines | wall, s | least wall, s | processor, s | bound, s | others, cores | commands | evidence |",
        "|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    print("\n".join(lines))
    for length in (SMALL_LINES, LARGE_LINES):
        lines.append(measured(length, options.repeat))
        print(lines[-1], flush=True)
    if options.record:
        command = f"    python benchmarks/verification/timings.py --repeat {options.repeat} --record"
        head = ["# One verification, end to end", "", command, ""]
        head += [f"{cores()} cores, {platform.machine()}, Python {platform.python_version()}. What the columns mean:"]
        head += ["[timings.py](timings.py).", ""]
        (Path(__file__).parent / "timings.md").write_text("\n".join([*head, *lines]) + "\n")


if __name__ == "__main__":
    main()
