"""The eleven kernels in function mode: driven, verified and timed, held against truth.toml.

    python benchmarks/kernels/run.py [--record] [--keep FOLDER] [KERNEL...]

Each file is copied to a folder of its own and goes through `pragmatist fix --format json --write` there, with a cache
that knows the compilers and nothing else. For each outer loop that the truth calls parallel the table says what the
verdict is, what was inserted, and how fast that is. "missed" are parallel outer loops without a verdict of parallel,
"wrong" loops that are not parallel and got one. `--record` writes the table to kernels.md beside this module.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
NAME = re.compile(r"\b(?:for|while)\b.*/\*\s*(.*?)\s*\*/")


def names_of(text: str) -> dict[int, str]:
    """The loops' names by line, from the comments behind their keywords."""
    return {
        number: match[1] for number, line in enumerate(text.splitlines(), 1) if (match := NAME.search(line)) is not None
    }


def fixed(path: Path, cache: Path) -> tuple[list[dict], float]:
    """The loops of one file after `fix --write`, and the seconds that it took."""
    environment = {**os.environ, "PRAGMATIST_CACHE_DIR": str(cache)}
    command = [sys.executable, "-m", "pragmatist.server.cli", "fix", "--write", "--assume-no-overlap"]
    command += ["--format", "json", str(path)]
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{path.name}: {done.stderr}")
    return json.loads(done.stdout)["files"][0]["loops"], seconds


def rows_of(kernel: str, truth: dict[str, dict], folder: Path, cache: Path) -> tuple[list[str], list[str], list[str]]:
    """Lines of the table, the names of loops that were missed, and of those that were wrongly called parallel."""
    path = folder / f"{kernel}.c"
    shutil.copy(HERE / path.name, path)
    names = names_of(path.read_text())
    loops, seconds = fixed(path, cache)
    written = path.read_text()
    rows, missed, wrong = [], [], []
    for loop in loops:
        name = names[loop["line"]]
        known = truth[name]["is"]
        verdict = ", ".join(filter(None, (loop["verdict"], loop["basis"])))
        if loop["verdict"] == "parallel" and known == "serial":
            wrong.append(f"{kernel}: {name}")
        around = [other for other in loops if other["line"] < loop["line"] <= other["end_line"]]
        outer = not any(truth[names[other["line"]]]["is"] == "parallel" for other in around)
        if known != "parallel" or not outer:
            continue
        if loop["verdict"] != "parallel":
            missed.append(f"{kernel}: {name}")
        evidence = loop["evidence"] or {"verdict": "not run", "checks": [], "speedup": None}
        outcomes = {check["name"]: check["outcome"] for check in evidence["checks"]}
        passed = sum(outcome == "passed" for name, outcome in outcomes.items() if name != "speed")
        checks = f"{passed} of {len(outcomes) - ('speed' in outcomes)}"
        speedup = evidence["speedup"]
        ratio = "" if speedup is None else f"{speedup['ratio']:.2f} on {speedup['threads']}"
        condition = (loop["clauses"] or {}).get("if") or ""
        asks = re.match(r"[^&|]*? > \d+", condition)
        inserted = "yes" if evidence["verdict"] == "passed" and is_inserted(written, name) else "no"
        cells = [kernel, name, verdict, f"{evidence['verdict']}, {checks}", inserted, asks[0] if asks else "", ratio]
        rows.append(f"| {' | '.join([*cells, f'{seconds:.1f}'])} |")
    return rows, missed, wrong


def is_inserted(text: str, name: str) -> bool:
    """Whether a pragma stands above the loop of that name."""
    lines = text.splitlines()
    at = next(number for number, line in enumerate(lines) if (match := NAME.search(line)) and match[1] == name)
    pragma = at - 1
    while pragma > 0 and lines[pragma - 1].endswith("\\"):
        pragma -= 1
    return pragma >= 0 and "#pragma omp" in lines[pragma]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kernels", nargs="*", metavar="KERNEL")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the changed kernels and the cache are left")
    options = parser.parse_args()
    truth = tomllib.loads((HERE / "truth.toml").read_text())
    lines = [
        "| kernel | loop | verdict | evidence | inserted | asks for | ratio | seconds |",
        "|---|---|---|---|---|---|--:|--:|",
    ]
    missed, wrong = [], []
    print("\n".join(lines))
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(exist_ok=True)
        for kernel in options.kernels or sorted(truth):
            rows, not_found, not_so = rows_of(kernel, truth[kernel], folder, folder / "cache")
            lines += rows
            missed += not_found
            wrong += not_so
            print("\n".join(rows), flush=True)
    words = [f"missed: {', '.join(missed) or 'none'}", f"wrong: {', '.join(wrong) or 'none'}"]
    print("\n".join(words))
    if options.record:
        head = ["# The kernels in function mode", "", "    python benchmarks/kernels/run.py --record", ""]
        head += [f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}.", ""]
        (HERE / "kernels.md").write_text(
            "\n".join([*head, *lines, "", *(f"{each}  " for each in words)]).rstrip() + "\n"
        )


if __name__ == "__main__":
    main()
