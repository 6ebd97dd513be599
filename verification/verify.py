"""`verify`: plans of one file in, evidence out.

Every plan gets evidence of its own and, where several stand, so does the text with all of them in it. Alone each is
held against the facts, built, run and compared with the serial program. Compiling with every compiler and the
sanitizers' runs take longest, and there all plans are put into one text: each worksharing region forks and joins by
itself, so what is seen of one does not depend on the others. Where something is found, each plan that it may be about
is checked again alone, and the others without it.

A loop that the file's own program does not reach runs in a driver made for its function (modes.py, drivers/).

A plan's checks stop at its first refutation. Certificates are looked up before anything is built, plan by plan.
"""

from __future__ import annotations

import datetime
import functools
import platform
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import msgspec

from . import rivals
from .ahead import Ahead
from .certificates import CertificateStore, content_key
from .checks import assumptions, compile, lane_race, memory, outputs, plan, speed, threaded_race, worth
from .checks.answers import joined
from .concurrency import concurrently
from .drivers.driver import HARNESS
from .evidence import EVIDENCE_VERSION, Check, Evidence, Speedup, verdict, weakest
from .kept import remember
from .modes import Target, targets
from .request import PlannedEdit, Verification, VerificationRequest, cores, outermost
from .rivals import Way
from .sources import content_of_dependencies
from .toolchain import Toolchain, discover
from .workbench import Workbench

T = TypeVar("T")

Progress = Callable[[str, float | None], None]
Checker = Callable[[Workbench, Sequence[PlannedEdit]], Awaitable[list[Check]]]


async def verify(
    request: VerificationRequest,
    *,
    progress: Progress | None = None,
    store: CertificateStore | None = None,
) -> Verification:
    """Evidence for each of the request's plans, and for all that stand together.

    `progress` hears what is being done, and the share of it that is done. `store` defaults to the user's; a request
    with `use_cache` off is checked afresh and its certificates replaced. May be cancelled at any moment: nothing that
    it started outlives it.

    Raises `SandboxUnavailable` where nothing can be confined and the request does not say `no_sandbox`, `UnsafeFlag`
    for compile flags that would run the project's code. What is wrong with the program or a plan is evidence instead.
    """
    request = request.with_absolute_paths()
    store = store or CertificateStore()
    toolchain = await discover(request.language, store)
    keys = _Keys(request, toolchain)
    known = _known(request, keys, store) if request.use_cache else {}

    def known_whole(standing: Sequence[PlannedEdit]) -> Evidence | None:
        return store.get("evidence", keys.whole(standing), Evidence) if request.use_cache else None

    if len(known) == len(request.edits):
        standing = _standing(request, known)
        whole = known_whole(standing)
        if len(standing) < 2 or whole is not None:
            return _answer(request, known, whole)
    async with Workbench.open(request, toolchain, store) as bench:
        if progress:
            progress("finding out how to run it", 0.0)
        programs = await targets(bench, request.edits)
        works = [_Work(target, keys, store, progress) for target in programs]
        loops = dict(known)
        for work in works:
            loops |= await work.each([edit for edit in work.edits if edit.loop not in known])
        standing = _standing(request, loops)
        whole = None
        if len(standing) > 1:
            whole = known_whole(standing) or await _whole(works, standing, loops, keys, store)
        answer = _answer(request, loops, whole)
        remember(store, request, toolchain.fingerprint, answer)
        return answer


async def known_evidence(request: VerificationRequest, store: CertificateStore) -> dict[str, Evidence]:
    """By loop id, the certificates that `verify` would find for the request's plans. Of the request nothing is built or
    run; compilers that were not seen before are tried."""
    request = request.with_absolute_paths()
    return _known(request, _Keys(request, await discover(request.language, store)), store)


def _known(request: VerificationRequest, keys: _Keys, store: CertificateStore) -> dict[str, Evidence]:
    found = {edit.loop: store.get("evidence", keys.alone(edit), Evidence) for edit in request.edits}
    return {loop: evidence for loop, evidence in found.items() if evidence is not None}


async def _whole(
    works: Sequence[_Work],
    standing: Sequence[PlannedEdit],
    loops: dict[str, Evidence],
    keys: _Keys,
    store: CertificateStore,
) -> Evidence:
    """Evidence for the plans together. Those that run in different programs are seen together in one text by the
    compilers only: what runs in one does not depend on regions that it never enters."""
    parts: list[Evidence] = []
    for work in works:
        own = [edit for edit in standing if edit.loop in work.loops]
        if len(own) > 1:
            parts.append(await work.whole(own, loops))
        elif own:
            parts.append(loops[own[0].loop])
    if len(parts) == 1:
        return parts[0]
    names = [check.name for check in min(parts, key=lambda part: len(part.checks)).checks]
    checks = [joined([next(c for c in part.checks if c.name == name) for part in parts]) for name in names]
    together = await compile.check(works[0].bench, standing)
    checks = [joined(together) if check.name == "compile" else check for check in checks]
    inputs = "; ".join(dict.fromkeys(part.inputs for part in parts if part.inputs))
    whole = msgspec.structs.replace(
        parts[0],
        id=keys.whole(standing),
        checks=tuple(checks),
        verdict=verdict(checks),
        speedup=None,
        mode=weakest(part.mode for part in parts),
        inputs=inputs,
    )
    if whole.verdict != "inconclusive":
        store.put("evidence", whole.id, whole)
    return whole


def _standing(request: VerificationRequest, loops: dict[str, Evidence]) -> list[PlannedEdit]:
    """The plans that go into the whole, as they were checked: those that passed, or, where none did, those that nothing
    refutes.

    Among them only those that pay and that ask nothing of callers, unless those are asked for, and of loops in one
    another only the outer one's: the inner one would get a single thread.
    """
    edits = [edit.where_worth(loops[edit.loop].least) for edit in request.edits]
    passed = [edit for edit in edits if loops[edit.loop].verdict == "passed"]
    left = passed or [edit for edit in edits if loops[edit.loop].verdict == "inconclusive"]
    left = [edit for edit in left if request.keep_slower or loops[edit.loop].pays]
    return outermost([edit for edit in left if request.assume_no_overlap or not loops[edit.loop].provided])


def _comparing(edits: Sequence[PlannedEdit]) -> Checker:
    """One plan by itself is compared thoroughly; of several, their whole is."""
    settings = outputs.THOROUGH if len(outermost(edits)) < 2 else outputs.BRIEF
    return functools.partial(outputs.check, settings=settings)


def _groups(edits: Sequence[PlannedEdit]) -> list[Sequence[PlannedEdit]]:
    """All outermost loops together, and each of the others by itself."""
    outer = outermost(edits)
    return [*([outer] if outer else []), *([edit] for edit in edits if edit not in outer)]


def _answer(request: VerificationRequest, loops: dict[str, Evidence], whole: Evidence | None) -> Verification:
    standing = _standing(request, loops)
    if len(standing) == 1:
        whole = loops[standing[0].loop]
    return Verification({edit.loop: loops[edit.loop] for edit in request.edits}, whole, tuple(e.loop for e in standing))


class _Keys:
    """Keys of certificates: hashes of all that the evidence depends on."""

    def __init__(self, request: VerificationRequest, toolchain: Toolchain) -> None:
        self._common = {
            "version": EVIDENCE_VERSION,
            "harness": [each.read_bytes() for each in sorted(HARNESS.iterdir()) if each.suffix in (".c", ".h", ".sh")],
            "toolchain": toolchain.fingerprint,
            "machine": (platform.machine(), _processor(), cores()),
            "text": request.text,
            "others": content_of_dependencies(request),
            "request": msgspec.structs.replace(
                request,
                text=b"",
                edits=(),
                use_cache=True,
                no_sandbox=False,
                keep_slower=False,
                assume_no_overlap=False,
            ),
        }

    def alone(self, edit: PlannedEdit) -> str:
        return content_key([self._common, edit])

    def whole(self, edits: Sequence[PlannedEdit]) -> str:
        return content_key([self._common, "whole", sorted(edits, key=lambda edit: edit.statement)])


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            return next((line.partition(":")[2].strip() for line in file if line.startswith("model name")), "")
    except OSError:
        return ""


class _Work:
    """The verification of the plans that run in one program, under way."""

    def __init__(self, target: Target, keys: _Keys, store: CertificateStore, progress: Progress | None) -> None:
        self._target, self._keys, self._store, self._progress = target, keys, store, progress
        self.bench = target.bench
        self.edits = target.edits
        self.loops = frozenset(edit.loop for edit in target.edits)
        self._checks: dict[str, list[Check]] = {}
        self._speedups: dict[str, Speedup | None] = {}
        self._shared: dict[
            str, dict[str, Check]
        ] = {}  # by check: its answers on the largest text that it did not refute
        self._timed: tuple[Sequence[PlannedEdit], speed.Timed] | None = None
        self._worth: dict[str, worth.Worth] = {}
        self._fit: dict[str, tuple[Way, ...] | None] = {}  # the ways to build in parallel that are known to be best
        self._ahead = Ahead()
        self._steps = self._done = 0

    async def each(self, edits: Sequence[PlannedEdit]) -> dict[str, Evidence]:
        """Evidence for each plan on its own, stored."""
        try:
            return await self._each(edits)
        finally:
            await self._ahead.drop()

    async def _each(self, edits: Sequence[PlannedEdit]) -> dict[str, Evidence]:
        self._steps = len(edits) + 6 + (1 if len(self.edits) > 1 else 0)
        original = {edit.loop: edit for edit in edits}
        edits = await self._settled(edits)
        self._checks = {edit.loop: [plan.check(edit)] for edit in edits}
        self._begin(edits)
        await self._in_one_text(compile.check, "compile", edits, "compiling")
        await self._in_one_text(lane_race.check, "lane-race", edits, "looking for data races on lanes")
        await self._in_one_text(threaded_race.check, "threaded-race", edits, "looking for data races on threads")
        await self._in_one_text(memory.check, "memory", edits, "looking for memory errors")
        alive = self._alive(edits)
        compare = _comparing(alive)
        await concurrently(self._alone(compare, "outputs", edit, "comparing outputs") for edit in alive)
        for edit in self._alive(edits):
            if (answer := await assumptions.check(self.bench, edit)) is not None:
                self._checks[edit.loop].append(answer)
        await self._time(self._alive(edits))
        found = {}
        for edit in edits:
            key = self._keys.alone(original[edit.loop])
            evidence = self._evidence(key, self._checks[edit.loop], self._speedups.get(edit.loop))
            measured = self._worth.get(edit.loop)
            found[edit.loop] = msgspec.structs.replace(
                evidence,
                least=measured.least if measured else None,
                gain=worth.gain(evidence, measured),
                provided=assumptions.provided(self.bench, edit),
            )
            self._keep(key, found[edit.loop])
        return found

    def _begin(self, edits: Sequence[PlannedEdit]) -> None:
        """Begins the checks that will be asked for, if none refutes a plan, and before them the builds to be timed,
        since the outputs check can do with those of them that are of its text."""
        for group in _groups(edits):
            if fit := self._fit.get(group[0].loop):
                rivals.begin_parallel_builds(self.bench, group, fit)
        for name, checker in (
            ("lane-race", lane_race.check),  # first: it has the longest chain of commands that wait for one another
            ("compile", compile.check),
            ("threaded-race", threaded_race.check),
            ("memory", memory.check),
        ):
            for group in _groups(edits):
                self._ahead.begin((name, tuple(edit.loop for edit in group)), checker(self.bench, group))
        for edit in edits:
            self._ahead.begin(("outputs", (edit.loop,)), _comparing(edits)(self.bench, [edit]))

    async def _settled(self, edits: Sequence[PlannedEdit]) -> Sequence[PlannedEdit]:
        """The edits with the amounts of work that they are to ask for in them, and inputs that have so much."""
        settled: dict[str, PlannedEdit] = {}
        for group in _groups(edits):
            found = await self._step("measuring from where on it pays", worth.settle(self.bench, group))
            self.bench = found.bench
            self._worth |= found.worth
            settled |= {edit.loop: edit for edit in found.edits}
            self._fit |= {edit.loop: found.fit for edit in found.edits}
        return [settled[edit.loop] for edit in edits]

    async def whole(self, edits: Sequence[PlannedEdit], loops: dict[str, Evidence]) -> Evidence:
        """Evidence for the text with all these plans in it, stored."""
        bench, names = self.bench, {edit.loop for edit in edits}
        checks = [msgspec.structs.replace(joined([loops[edit.loop].checks[0] for edit in edits]), seconds=0.0)]
        speedup: Speedup | None = None
        for name, checker in (
            ("compile", compile.check),
            ("lane-race", lane_race.check),
            ("threaded-race", threaded_race.check),
            ("memory", memory.check),
            ("outputs", outputs.check),
        ):
            shared = self._shared.get(name, {})
            if names <= shared.keys():
                checks.append(joined([shared[edit.loop] for edit in edits]))
            else:
                words = f"checking all {len(edits)} plans together: {name}"
                checks.append(joined(await self._step(words, checker(bench, edits))))
            if checks[-1].outcome == "refuted":
                break
        else:
            if self._timed is None or {edit.loop for edit in self._timed[0]} != names:
                timed = await self._step("measuring", speed.check(bench, edits))
            else:
                timed = self._timed[1]
            checks.append(timed.program[0])
            speedup = timed.program[1]
        key = self._keys.whole(edits)
        evidence = self._evidence(key, checks, speedup)
        self._keep(key, evidence)
        return evidence

    def _keep(self, key: str, evidence: Evidence) -> None:
        """What could not be told today, on a busy machine or without a compiler, is asked again tomorrow."""
        if evidence.verdict != "inconclusive":
            self._store.put("evidence", key, evidence)

    def _alive(self, edits: Sequence[PlannedEdit]) -> list[PlannedEdit]:
        return [edit for edit in edits if self._checks[edit.loop][-1].outcome != "refuted"]

    async def _alone(self, checker: Checker, name: str, edit: PlannedEdit, words: str) -> None:
        begun = self._ahead.take((name, (edit.loop,)), lambda: checker(self.bench, [edit]))
        (answer,) = await self._step(f"{words} (line {edit.line})", begun)
        self._checks[edit.loop].append(answer)

    async def _in_one_text(self, checker: Checker, name: str, edits: Sequence[PlannedEdit], words: str) -> None:
        """The plans that can stand in one text are checked in it; loops within one of theirs get a text each."""
        alive = self._alive(edits)
        outer = outermost(alive)
        for group in _groups(alive):
            lines = f" (line {group[0].line})" if group != outer else ""
            answers = await self._step(words + lines, self._isolating(checker, name, group))
            for edit in group:
                self._checks[edit.loop].append(answers[edit.loop])

    async def _isolating(self, checker: Checker, name: str, edits: Sequence[PlannedEdit]) -> dict[str, Check]:
        """Answers by loop. What is refuted in company is asked again alone, and the rest without it."""
        if not edits:
            return {}
        found = await self._ahead.take((name, tuple(e.loop for e in edits)), lambda: checker(self.bench, edits))
        answers = {edit.loop: answer for edit, answer in zip(edits, found, strict=True)}
        suspects = [edit for edit in edits if answers[edit.loop].outcome == "refuted"]
        if suspects:  # what was begun with them in the text is of no use
            wrong = {edit.loop for edit in suspects}
            await self._ahead.drop(unless=lambda key: wrong.isdisjoint(key[1]))
        if not suspects and len(edits) > 1:
            others = len(edits) - 1
            company = f" (in one text with {others} other {'plan' if others == 1 else 'plans'})"
            self._shared[name] = dict(answers)
            return {loop: msgspec.structs.replace(each, detail=each.detail + company) for loop, each in answers.items()}
        if len(edits) == 1:
            return answers
        for suspect in suspects:
            answers |= await self._isolating(checker, name, [suspect])
        return answers | await self._isolating(checker, name, [edit for edit in edits if edit not in suspects])

    async def _time(self, edits: Sequence[PlannedEdit]) -> None:
        for group in _groups(edits):
            timed = await self._step("measuring", speed.check(self.bench, group, self._fit.get(group[0].loop)))
            if len(group) > 1:
                self._timed = group, timed
            for edit, (answer, speedup) in zip(group, timed.loops, strict=True):
                alone = len(group) == 1
                self._checks[edit.loop].append(
                    worth.said(timed.program[0] if alone else answer, self._worth.get(edit.loop))
                )
                self._speedups[edit.loop] = timed.program[1] if alone else speedup

    async def _step(self, words: str, work: Awaitable[T]) -> T:
        if self._progress:
            self._progress(words, min(1.0, self._done / max(1, self._steps)))
        result = await work
        self._done += 1
        return result

    def _evidence(self, key: str, checks: Sequence[Check], speedup: Speedup | None) -> Evidence:
        toolchain = self.bench.toolchain
        return Evidence(
            id=key,
            verdict=verdict(checks),
            checks=tuple(checks),
            speedup=speedup,
            toolchain=tuple(compiler.name for compiler in toolchain.compilers),
            created=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
            mode=self._target.mode,
            inputs=self._target.inputs,
        )
