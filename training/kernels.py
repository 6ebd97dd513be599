"""What a model decides about the hand-written kernels, held against their truth.

    python -m training.kernels MODEL.gguf [--strategy S]

A loop of benchmarks/kernels is to be called parallel where truth.toml says so, with the reductions that it names. Those
that are parallel for some data only are left out. Of the others it does not count where there is no plan because the
facts refute every plan: the model is not asked then, and declines with the static planner.
"""

from __future__ import annotations

import argparse
import re
import tomllib
from collections import Counter
from pathlib import Path

from pragmatist.analysis.analyze import analyze
from pragmatist.reasoning.plan import Plan
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.propose import propose_plan
from pragmatist.reasoning.runtimes.opening import ModelFile

KERNELS = Path(__file__).parents[1] / "benchmarks" / "kernels"
_NAME = re.compile(r"\b(?:for|while)\b.*/\*\s*(.*?)\s*\*/")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("--strategy", default="zero-shot")
    options = parser.parse_args()
    counts = {"model": Counter[str](), "static planner": Counter[str](), "always parallel": Counter[str]()}
    for kernel, truth in tomllib.loads((KERNELS / "truth.toml").read_text()).items():
        source = (KERNELS / f"{kernel}.c").read_text()
        names = {n: m[1] for n, line in enumerate(source.splitlines(), 1) if (m := _NAME.search(line)) is not None}
        file = analyze(source.encode(), "c")
        for loop in file.loops:
            known = truth[names[loop.keyword.line]]
            if known["is"] == "data":
                continue
            asked = propose_plan(loop, strategy=options.strategy, model=ModelFile(options.model), nest=file.loops)
            plans = {
                "model": asked.plan,
                "static planner": plan_statically(loop, inner=file.loops),
                "always parallel": Plan(loop.id, "parallel for"),
            }
            for name, plan in plans.items():
                count(counts[name], plan, parallel=known["is"] == "parallel", reduced=set(known.get("reduction", ())))
    print("| | precision | recall | F1 | right reductions, of loops that are parallel |\n|---|--:|--:|--:|--:|")
    for name, found in counts.items():
        precision = found["hits"] / max(1, found["yes"])
        recall = found["hits"] / found["parallel"]
        f1 = 2 * found["hits"] / (found["yes"] + found["parallel"])
        print(f"| {name} | {precision:.3f} | {recall:.3f} | {f1:.3f} | {found['same']} of {found['parallel']} |")


def count(found: Counter[str], plan: Plan | None, *, parallel: bool, reduced: set[str]) -> None:
    found["parallel"] += parallel
    found["yes"] += plan is not None
    if plan is not None and parallel:
        found["hits"] += 1
        found["same"] += {each.variable.partition("[")[0] for each in plan.reductions} == reduced


if __name__ == "__main__":
    main()
