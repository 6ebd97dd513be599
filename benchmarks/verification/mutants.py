"""How many broken OpenMP programs each check finds: one clause or synchronisation is missing from each.

    python benchmarks/verification/mutants.py [--results FILE] [--only WORD] [--until-caught | --table]

The programs are those of tests/verification/programs, the mutants those of mutation.py, and what is known of some of
them beforehand stands in mutants.toml. Each of the programs and of the mutants is put to

- analysis: what `pragmatist check` says of the directives; a verdict "race" counts;
- compile: gcc and clang, -O1 -Wall -Wextra; an error, or a warning that the program as it was does not get;
- lanes: what `pragmatist race` says, four seeds;
- threads: clang with ThreadSanitizer and Archer at -O0, on 2, 3 and 4 threads; not for doacross loops and
  reductions of tasks, of which Archer does not know: it calls every one of them racy;
- memory: AddressSanitizer and UndefinedBehaviorSanitizer, 3 threads;
- uninitialised: MemorySanitizer at -O0, 3 threads; where it complains of the program as it was, nothing follows, since
  the libraries are not built for it;
- outputs: gcc and clang at -O2, on 1 to 8 threads, against the program as it was on one thread.

A limit that ends a run counts for nothing: that is inconclusive. FILE keeps answers by the text they are about, so
that a study that was cut off goes on, and only what changed is asked again. `--until-caught` asks no further check
about a text that one has refused, which is enough for what all together catch; `--table` asks nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import re
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Literal

import msgspec
from mutation import Mutant, mutants_of
from pragmatist.analysis.analyze import analyze
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks.threaded_race import reports
from pragmatist.verification.compilers import RACE_STATUS, race_environment
from pragmatist.verification.expectation import Expectation, Outcome, Unusable
from pragmatist.verification.races import find_races
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.toolchain import Toolchain, discover
from pragmatist.verification.workbench import Build, Ran, Workbench

HERE = Path(__file__).resolve().parent
PROGRAMS = HERE.parent.parent / "tests" / "verification" / "programs"
KNOWN = HERE / "mutants.toml"
CHECKS = ("analysis", "compile", "lanes", "threads", "outputs", "uninitialised", "memory")
THREADS = {"gcc": (1, 2, 4, 8), "clang": (2, 3, 8)}
_SANITIZED = 67
_WARNING = re.compile(r"(?:warning|error): (.*)")
_UNKNOWN_TO_ARCHER = re.compile(rb"depend\s*\(\s*sink\b|\btask_reduction\b|\btaskloop\b.*\breduction\b")
_PASSIVE = {"OMP_WAIT_POLICY": "passive", "OMP_STACKSIZE": "64M"}


class Answer(msgspec.Struct, frozen=True):
    """`said` is "caught", "silent" or "inconclusive"."""

    said: str
    detail: str = ""


Answers = dict[str, Answer]
Ask = Literal["everything", "until caught", "nothing"]


class Kept:
    """Answers by check and text, one a line."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._known: dict[str, Answer] = {}
        if path is not None and path.exists():
            for line in path.read_bytes().splitlines():
                key, said, detail = msgspec.json.decode(line)
                self._known[key] = Answer(said, detail)

    def key(self, check: str, original: bytes, text: bytes) -> str:
        return check + hashlib.sha256(original + b"\0" + text).hexdigest()[:32]

    def get(self, key: str) -> Answer | None:
        return self._known.get(key)

    def put(self, key: str, answer: Answer) -> None:
        self._known[key] = answer
        if self._path is not None:
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode([key, answer.said, answer.detail]) + b"\n")


def by_analysis(program: str, text: bytes) -> Answer:
    facts = analyze(text, "c" if program.endswith(".c") else "cpp")
    verdicts = Counter(each.verdict for each in facts.directives)
    racy = next((each for each in facts.directives if each.verdict == "race"), None)
    if racy is not None:
        return Answer("caught", racy.reasons[0].message)
    return Answer("inconclusive" if verdicts["unknown"] else "silent", f"{verdicts['unknown']} directives unknown")


class Bench:
    """One program or mutant beside the program as it was, on one workbench."""

    def __init__(self, bench: Workbench, toolchain: Toolchain, original: bytes, text: bytes) -> None:
        self._bench, self._toolchain = bench, toolchain
        self._original, self._text = original, text

    async def answer(self, check: str) -> Answer:
        return await getattr(self, check)()

    async def lanes(self) -> Answer:
        request = msgspec.structs.replace(self._bench.request, text=self._text)
        report = await find_races(request, seeds=(1, 2, 3, 4))
        if report.races:
            return Answer("caught", str(report.races[0])[:200])
        return Answer("silent" if report.outcome == "clean" else "inconclusive", report.problem or "")

    async def compile(self) -> Answer:
        for compiler in self._toolchain.representatives:
            said = []
            for text in (self._original, self._text):
                flags, warnings = ("-O1",), ("-Wall", "-Wextra")
                build = await self._bench.build(text, compiler, flags, openmp=True, link=False, warnings=warnings)
                said.append((build.ok, Counter(_WARNING.findall(build.messages))))
            if not said[1][0]:
                return Answer("caught", f"{compiler.name}: {next(iter(said[1][1]), 'error')}")
            if new := said[1][1] - said[0][1]:
                return Answer("caught", f"{compiler.name}: {next(iter(new))}")
        return Answer("silent")

    async def threads(self) -> Answer:
        tools = self._toolchain.race
        assert tools is not None
        flags = ("-O0", "-g", "-fsanitize=thread")
        build = await self._bench.build(self._text, tools.compiler, flags, openmp=True)
        doubt = None
        for threads in (2, 3, 4):
            ran = await self._run(build, race_environment(tools, threads) | {"OMP_MAX_ACTIVE_LEVELS": "4"}, threads)
            if isinstance(ran, str):
                doubt = ran
            elif reports(ran.completed.text):
                return Answer("caught", f"{threads} threads")
            elif ran.completed.status == RACE_STATUS:
                doubt = (
                    "it ends under ThreadSanitizer without a race of its own: it dies, or a task's memory is used again"
                )
        return Answer("inconclusive", doubt) if doubt else Answer("silent")

    async def memory(self) -> Answer:
        flags = ("-O1", "-g", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-fno-omit-frame-pointer")
        options = f"exitcode={_SANITIZED}:detect_leaks=0"
        return await self._sanitized(self._text, flags, {"ASAN_OPTIONS": options, "UBSAN_OPTIONS": options})

    async def uninitialised(self) -> Answer:
        before = await self._bench.once("uninitialised", lambda: self._by_memory_sanitizer(self._original))
        if before.said == "caught":
            return Answer("inconclusive", f"it complains of the program as it was: {before.detail}")
        return before if self._text == self._original else await self._by_memory_sanitizer(self._text)

    async def _by_memory_sanitizer(self, text: bytes) -> Answer:
        flags = ("-O0", "-g", "-fsanitize=memory", "-fno-omit-frame-pointer")
        return await self._sanitized(text, flags, {"MSAN_OPTIONS": f"exitcode={_SANITIZED}"})

    async def _sanitized(self, text: bytes, flags: tuple[str, ...], options: dict[str, str]) -> Answer:
        clang = self._toolchain.newest("clang")
        assert clang is not None
        build = await self._bench.build(text, clang, flags, openmp=True)
        ran = await self._run(build, options, 3)
        if isinstance(ran, str):
            return Answer("inconclusive", ran)
        status, words = ran.completed.status, ran.completed.text
        if status == _SANITIZED or "runtime error:" in words:
            found = re.search(r"(?:runtime error: |Sanitizer: )(.*)", words)
            return Answer("caught", found[1] if found else "")
        if status >= 128:
            return Answer("caught", f"died by signal {status - 128}")
        return Answer("silent")

    async def outputs(self) -> Answer:
        try:
            expectation = await self._bench.once("expectation", self._expectation)
        except Unusable as problem:
            return Answer("inconclusive", str(problem))
        doubt = None
        for compiler in self._toolchain.representatives:
            build = await self._bench.build(self._text, compiler, ("-O2",), openmp=True)
            for threads in THREADS[compiler.family]:
                outcome = await self._outcome(build, threads)
                if isinstance(outcome, str):
                    doubt = outcome
                    continue
                difference, _ = expectation.compare(outcome)
                if difference is not None and difference.kind == "refuted":
                    return Answer("caught", f"{compiler.name}, {threads} threads: {difference.message}")
                if difference is not None:
                    doubt = difference.message
        return Answer("inconclusive", doubt) if doubt else Answer("silent")

    async def _expectation(self) -> Expectation:
        """What the program as it was leaves on one thread; on several it may add up numbers in another order."""
        first = self._toolchain.representatives[0]
        build = await self._bench.build(self._original, first, ("-O2",), openmp=True)
        outcomes = [await self._outcome(build, threads) for threads in (1, 1, 3, 4)]
        known = [each for each in outcomes if isinstance(each, Outcome)]
        if len(known) < len(outcomes):
            raise Unusable("the program as it was does not end")
        return Expectation(known[:2], known[2:], single_precision=b"float" in self._original)

    async def _outcome(self, build: Build, threads: int) -> Outcome | str:
        ran = await self._run(build, {}, threads)
        if isinstance(ran, str):
            return ran
        return Outcome(ran.completed.status, {"standard output": ran.completed.stdout})

    async def _run(self, build: Build, environment: dict[str, str], threads: int) -> Ran | str:
        """What it did, or why nothing is known of that."""
        if not build.ok:
            return "it cannot be built"
        ran = await self._bench.run(build, _PASSIVE | environment, threads=threads)
        return ran.completed.stopped or ran


async def answers_of(program: str, texts: dict[str, bytes], kept: Kept, ask: Ask) -> dict[str, Answers]:
    """By name; the first of `texts` is the program as it was."""
    original = next(iter(texts.values()))
    found: dict[str, Answers] = {}
    for name, text in texts.items():
        known = {check: kept.get(kept.key(check, original, text)) for check in CHECKS}
        found[name] = {check: answer for check, answer in known.items() if answer is not None}
        found[name]["analysis"] = by_analysis(program, text)
        if _UNKNOWN_TO_ARCHER.search(original):
            found[name]["threads"] = Answer("inconclusive", "Archer does not know of doacross and reductions of tasks")
    if ask == "nothing" or all(_done(answers, ask) for answers in found.values()):
        return found
    language = "c" if program.endswith(".c") else "cpp"
    store = CertificateStore()
    toolchain = await discover(language, store)
    request = VerificationRequest(str(PROGRAMS / program), original, language, ())
    async with Workbench.open(request, toolchain, store) as workbench:
        for name, text in texts.items():
            bench = Bench(workbench, toolchain, original, text)
            for check in (check for check in CHECKS if check not in found[name]):
                if _done(found[name], ask):
                    break
                answer = found[name][check] = await bench.answer(check)
                kept.put(kept.key(check, original, text), answer)
            print(name, "->", ", ".join(_catching(found[name])) or "-", file=sys.stderr, flush=True)
    return found


def _done(answers: Answers, ask: Ask) -> bool:
    return len(answers) == len(CHECKS) or (ask == "until caught" and caught(answers))


async def study(kept: Kept, only: str, ask: Ask) -> tuple[dict[str, Answers], dict[str, tuple[Mutant, Answers]]]:
    """Answers on the programs by name, and on the mutants by id."""
    turns = asyncio.Semaphore(5)
    originals: dict[str, Answers] = {}
    mutants: dict[str, tuple[Mutant, Answers]] = {}

    async def one(path: Path) -> None:
        text = path.read_bytes()
        made = mutants_of(path.name, text)
        async with turns:
            answers = await answers_of(
                path.name, {path.name: text} | {each.id: each.text for each in made}, kept, ask=ask
            )
        originals[path.name] = answers[path.name]
        mutants.update({each.id: (each, answers[each.id]) for each in made})

    await asyncio.gather(*(one(path) for path in sorted(PROGRAMS.iterdir()) if only in path.name))
    return dict(sorted(originals.items())), dict(sorted(mutants.items()))


def caught(answers: Answers) -> bool:
    return bool(_catching(answers))


def _catching(answers: Answers) -> list[str]:
    return [check for check, answer in answers.items() if answer.said == "caught"]


def table(originals: dict[str, Answers], mutants: dict[str, tuple[Mutant, Answers]], alike: dict[str, object]) -> str:
    wrong = {name: each for name, each in mutants.items() if name not in alike}
    lines = ["| check | wrong mutants | caught | share | by it alone | inconclusive | programs refused |"]
    lines += ["|---|---|---|---|---|---|---|"]
    # Where asking stopped at the first check that caught, the others would look worse than they are.
    asked = [answers for _, answers in wrong.values() if len(answers) == len(CHECKS)]
    for check in CHECKS:
        hit = [answers for answers in asked if answers[check].said == "caught"]
        alone = sum(len(_catching(answers)) == 1 for answers in hit)
        unclear = sum(answers[check].said == "inconclusive" for answers in asked)
        refused = sum(_said(answers, check) == "caught" for answers in originals.values())
        about = sum(check in answers for answers in originals.values())
        share = f"{len(hit) / max(len(asked), 1):.3f}"
        lines.append(f"| {check} | {len(asked)} | {len(hit)} | {share} | {alone} | {unclear} | {refused} of {about} |")
    told = [answers for _, answers in wrong.values() if caught(answers) or len(answers) == len(CHECKS)]
    hit = [answers for answers in told if caught(answers)]
    refused = sum(caught(answers) for answers in originals.values())
    about = sum(len(answers) == len(CHECKS) for answers in originals.values())
    share = f"{len(hit) / max(len(told), 1):.3f}"
    lines.append(f"| all together | {len(told)} | {len(hit)} | {share} | | | {refused} of {about} |")
    columns = (*CHECKS, "all")
    lines += ["", f"| what is missing | wrong mutants | {' | '.join(columns)} |", "|---" * (len(columns) + 2) + "|"]
    for operator, count in Counter(mutant.operator for mutant, _ in wrong.values()).most_common():
        here = [answers for mutant, answers in wrong.values() if mutant.operator == operator]
        counts = [
            f"{sum(_said(each, check) == 'caught' for each in here)} of {sum(check in each for each in here)}"
            for check in CHECKS
        ]
        lines.append(f"| {operator} | {count} | {' | '.join(counts)} | {sum(map(caught, here))} |")
    return "\n".join(lines)


def _said(answers: Answers, check: str) -> str:
    return answers[check].said if check in answers else ""


def troubles(
    originals: dict[str, Answers], mutants: dict[str, tuple[Mutant, Answers]], alike: dict[str, object]
) -> str:
    """Programs refused, wrong mutants that nothing catches, mutants said to be as good as the program and caught."""
    lines = []
    for name, answers in originals.items():
        lines += [
            f"refused: {name} by {each}: {said.detail}" for each, said in answers.items() if said.said == "caught"
        ]
    for name, (_, answers) in mutants.items():
        if name not in alike and not caught(answers) and len(answers) == len(CHECKS):
            lines.append(f"missed: {name}: " + ", ".join(f"{each} {said.said}" for each, said in answers.items()))
        if name in alike:
            found = [f"{each}: {said.detail}" for each, said in answers.items() if said.said == "caught"]
            lines += [f"said to be as good, but caught: {name}: {words}" for words in found]
        if _said(answers, "analysis") == "silent" and "caught" in (_said(answers, "lanes"), _said(answers, "threads")):
            lines.append(f"proved free of races, and it races: {name}")
    lines += [f"no such mutant: {name}" for name in alike if name not in mutants]
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path)
    parser.add_argument("--only", default="")
    parser.add_argument("--until-caught", dest="ask", action="store_const", const="until caught", default="everything")
    parser.add_argument("--table", dest="ask", action="store_const", const="nothing")
    arguments = parser.parse_args()
    os.nice(10)
    kept = Kept(arguments.results)
    originals, mutants = asyncio.run(study(kept, arguments.only, arguments.ask))
    known = tomllib.loads(KNOWN.read_text()) if KNOWN.exists() else {}
    alike = {name: each for rule in known.get("rules", {}).values() for name, each in rule.get("mutants", {}).items()}
    alike = {name: each for name, each in alike.items() if arguments.only in name.partition(":")[0]}
    print(table(originals, mutants, alike))
    print()
    print(troubles(originals, mutants, alike))


if __name__ == "__main__":
    main()
