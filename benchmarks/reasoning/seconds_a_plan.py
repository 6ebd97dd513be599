"""How long a plan takes on models of true shapes: every strategy, true prompts, with and without prefix reuse.

    python benchmarks/reasoning/seconds_a_plan.py [--record] [--threads 1] [--strategy S] [--folder FOLDER] [MODEL...]
    python benchmarks/reasoning/seconds_a_plan.py --tokens [--record]

The models have random weights (see true_shapes.py), so what they would answer says nothing. Instead each writes as many
tokens as the answer of a model that plans rightly has, and that answer is put in their place; where "refused" is 1, its
first plan lacks every clause and is refused. So prompts and answers have the lengths of real ones; only that the
answers are read again in the next prompt, which a real model has kept, makes the figures a little worse.
The loop is the outer one of LayerNorm's backward pass, with a reduction and private scalars.

"wall" is elapsed time, "processor" that of this process, about what the wall time of one thread would be on a machine
that is left alone. Speeds are of one prompt and one answer by themselves. `--record` writes the table to
seconds_a_plan.md beside this module. With `--tokens`, the tokens alone are counted, on files that have nothing but the
vocabulary; that takes a minute on any machine, and is recorded in tokens_a_plan.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
from pragmatist.analysis.analyze import analyze
from pragmatist.analysis.facts import LoopFacts
from pragmatist.reasoning.checker import check_plan
from pragmatist.reasoning.plan import Plan
from pragmatist.reasoning.planner import plan_statically
from pragmatist.reasoning.prompts.abstract import loop_abstract
from pragmatist.reasoning.runtimes.llama_cpp import LlamaCpp
from pragmatist.reasoning.runtimes.protocol import Completion, Message, Request
from pragmatist.reasoning.strategies.registry import STRATEGIES
from true_shapes import SHAPES, write_shape

HERE = Path(__file__).parent
SOURCE = """\
#include <math.h>
double rows(int n, int m, double *restrict y, const double *restrict x, const double *restrict g, double eps) {
  double loss = 0, mean, variance, inverse;
  for (int i = 0; i < n; i++) {
    mean = 0;
    variance = 0;
    for (int j = 0; j < m; j++)
      mean += x[i * m + j];
    mean /= m;
    for (int j = 0; j < m; j++)
      variance += (x[i * m + j] - mean) * (x[i * m + j] - mean);
    inverse = 1 / sqrt(variance / m + eps);
    for (int j = 0; j < m; j++)
      y[i * m + j] = g[j] * (x[i * m + j] - mean) * inverse;
    loss += variance;
  }
  return loss;
}
"""
_ANYTHING = "root ::= [ -~] root"
THOUGHT = "The sum over the iterations needs a reduction, and the scalars set in each iteration are private."


class Rightly:
    """A runtime that has the model write the right answer to whatever is asked; see `protocol.Runtime`."""

    def __init__(
        self, runtime: LlamaCpp, counter: LlamaCpp, facts: LoopFacts, plan: Plan, *, reuse: bool, refused: int
    ) -> None:
        """`counter` has the same vocabulary."""
        self._runtime, self._counter, self._facts, self._plan = runtime, counter, facts, plan
        self._reuse, self._refused = reuse, refused
        self.runtime, self.model, self.digest = runtime.runtime, runtime.model, runtime.digest

    def load(self, *, cancelled: threading.Event | None = None) -> None:
        self._runtime.load(cancelled=cancelled)

    def close(self) -> None: ...

    def count_tokens(self, messages: tuple[Message, ...], *, cancelled: threading.Event | None = None) -> int:
        return sum(len(message.content) for message in messages) // 3  # asking llama.cpp would be timed, too

    def complete(
        self,
        request: Request,
        *,
        on_text: Callable[[str], None] | None = None,
        cancelled: threading.Event | None = None,
    ) -> Completion:
        assert request.schema is not None
        text = json.dumps(self._answer(request.schema), separators=(",", ":"))
        # Forced to write this very text, it would spell it in small pieces, and not in the tokens that it is made of.
        most = self._tokens(text)
        as_long = msgspec.structs.replace(
            request, schema=None, grammar=_ANYTHING, max_tokens=most, reuse_prefix=self._reuse, seconds=None
        )
        completion = self._runtime.complete(as_long, cancelled=cancelled)
        assert completion.answer_tokens == most
        return msgspec.structs.replace(completion, text=text, finish="stop")

    def _tokens(self, text: str) -> int:
        """Of an answer: what it adds to a prompt, counted where no prompt that is kept is disturbed by it."""
        empty, full = (self._counter.count_tokens((Message("user", each),)) for each in ("{", "{" + text))
        return full - empty

    def _answer(self, schema: dict[str, Any]) -> Any:
        if "anyOf" in schema:
            actions = [one["properties"]["action"]["enum"][0] for one in schema["anyOf"]]
            schema = schema["anyOf"][actions.index("check")]
        fields = schema["properties"]
        if "thoughts" in fields:
            return {"thoughts": self._thoughts(fields["thoughts"]["items"]["properties"])}
        if "scores" in fields:
            return {"scores": [9, *[3] * (fields["scores"]["maxItems"] - 1)]}
        if "action" in fields:
            return {"thought": THOUGHT, "action": "check", "plan": self._part(fields["plan"]["properties"])}
        return self._part(fields)

    def _thoughts(self, fields: dict[str, Any]) -> list[Any]:
        """The right one first, and one that is not."""
        right = self._part(fields)
        worse = {name: [] if isinstance(value, list) else value for name, value in right.items()}
        if "schedule" in right:
            worse["schedule"] = {"kind": "dynamic", "chunk": 8}
        return [right, worse]

    def _part(self, fields: dict[str, Any]) -> dict[str, Any]:
        plan, clauses = self._plan, True
        if "directive" in fields and "private" in fields:  # a whole plan
            clauses, self._refused = self._refused == 0, max(0, self._refused - 1)
        values: dict[str, Any] = {
            "rationale": THOUGHT,
            "directive": plan.directive,
            "private": list(plan.private) if clauses else [],
            "firstprivate": list(plan.firstprivate) if clauses else [],
            "lastprivate": list(plan.lastprivate) if clauses else [],
            "reductions": [msgspec.structs.asdict(one) for one in plan.reductions] if clauses else [],
            "collapse": plan.collapse,
            "schedule": None,
            "condition": plan.condition,
            "resolutions": self._resolutions(),
        }
        return {name: values[name] for name in fields}

    def _resolutions(self) -> list[dict[str, str]]:
        by = {"private": "private copy", "reduction": "reduction"}
        return [{"variable": one.name, "by": by[one.role]} for one in self._facts.variables if one.role in by]


def speeds(runtime: LlamaCpp, prompt: tuple[Message, ...]) -> tuple[float, float]:
    """Prompt and answer tokens a processor second."""
    started = time.process_time()
    read = runtime.complete(Request(prompt, max_tokens=1, reuse_prefix=False))
    reading = time.process_time() - started
    started = time.process_time()
    written = runtime.complete(Request(prompt, grammar=_ANYTHING, max_tokens=40))
    writing = time.process_time() - started
    return read.prompt_tokens / reading, (written.answer_tokens - 1) / writing


def rows_of(name: str, path: Path, threads: int, strategies: list[str], *, timed: bool = True) -> tuple[str, list[str]]:
    """What is said of the model, and its rows."""
    facts = analyze(SOURCE.encode(), "c")
    loop = facts.loops[0]
    plan = plan_statically(loop, inner=facts.loops)
    assert plan is not None
    abstract = loop_abstract(loop, nest=facts.loops)
    runtime, counter = LlamaCpp(path, threads=threads), LlamaCpp(path.with_suffix(".vocabulary.gguf"), threads=1)
    runtime.load()
    prompt = (Message("user", abstract * 3),)
    told = f"{name}: {len(prompt[0].content) / counter.count_tokens(prompt):.1f} characters a token"
    if timed:
        reads, writes = speeds(runtime, prompt)
        told += f"; reads {reads:.0f} and writes {writes:.1f} tokens a processor second"
    print(told, flush=True)
    rows = []
    for strategy in (STRATEGIES[each] for each in strategies):
        for refused, reuse in ((0, True), (0, False), (1, True)):
            if refused and strategy.name == "tree-of-thoughts":
                continue  # the facts have sorted out the wrong clauses before a plan is whole
            asked = Rightly(runtime, counter, loop, plan, reuse=reuse, refused=refused)
            runtime.complete(Request((Message("user", "."),), max_tokens=1))  # nothing of another strategy is kept
            wall, processor = time.monotonic(), time.process_time()
            proposal = strategy.propose(
                loop, abstract, asked, msgspec.structs.replace(strategy.budget, seconds=3600.0),
                lambda plan: check_plan(plan, loop),
            )  # fmt: skip
            wall, processor = time.monotonic() - wall, time.process_time() - processor
            assert proposal.plan is not None, proposal
            steps = list(_flat(proposal.trace))
            read = sum(step.prompt_tokens - step.cached_tokens for step in steps)
            written = sum(step.answer_tokens for step in steps)
            cells = [name, strategy.name, str(refused), "yes" if reuse else "no", str(proposal.calls), str(read)]
            cells += [str(written), *([f"{processor:.1f}", f"{wall:.1f}"] if timed else [])]
            rows.append(f"| {' | '.join(cells)} |")
            print(rows[-1], flush=True)
    runtime.close()
    counter.close()
    return told, rows


def _flat(steps: Any) -> Any:
    for step in steps:
        yield step
        yield from _flat(step.children)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", metavar="MODEL", default=[*SHAPES], help=", ".join(SHAPES))
    parser.add_argument("--record", action="store_true")
    parser.add_argument("--tokens", action="store_true", help="count tokens, and measure no time")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--strategy", action="append", choices=[*STRATEGIES], help="only this one, or these")
    parser.add_argument("--folder", type=Path, help="where the files are made, and found again")
    options = parser.parse_args()
    timed = not options.tokens
    columns = ["calls", "read", "written", *(["processor, s", "wall, s"] if timed else [])]
    lines = [
        f"| model | strategy | refused | reuse | {' | '.join(columns)} |",
        f"|---|---|--:|---|{'--:|' * len(columns)}",
    ]
    words = []
    print("\n".join(lines))
    with tempfile.TemporaryDirectory() as temporary:
        for name in options.models:
            path = (options.folder or Path(temporary)) / f"{name.replace(':', '-')}.gguf"
            vocabulary = path.with_suffix(".vocabulary.gguf")
            if not vocabulary.exists():
                write_shape(name, vocabulary, only_vocabulary=True)
            if options.tokens:
                shutil.copy(vocabulary, path)
            elif not path.exists():
                write_shape(name, path)
            strategies = options.strategy or [*STRATEGIES]
            told, rows = rows_of(name, path, options.threads, strategies, timed=timed)
            words.append(told)
            lines += rows
            if options.folder is None:
                path.unlink()
    if options.record:
        only = "".join(f" --strategy {each}" for each in options.strategy or ())
        how = f"--threads {options.threads}" if timed else "--tokens"
        command = f"    python benchmarks/reasoning/seconds_a_plan.py {how}{only} --record {' '.join(options.models)}"
        head = [f"# {'Seconds' if timed else 'Tokens'} a plan, on models of true shapes", "", command, ""]
        machine = f"{len(os.sched_getaffinity(0))} cores, {platform.machine()}, Python {platform.python_version()}"
        machine += f", {options.threads} thread{'s' * (options.threads > 1)}. "
        head += [f"{machine if timed else ''}What the columns mean: [seconds_a_plan.py](seconds_a_plan.py).", ""]
        head += [f"- {each}" for each in words]
        name = "seconds_a_plan.md" if timed else "tokens_a_plan.md"
        (HERE / name).write_text("\n".join([*head, "", *lines]) + "\n")


if __name__ == "__main__":
    main()
