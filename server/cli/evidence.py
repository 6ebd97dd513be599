"""`pragmatist evidence`: the certificates of past verifications, from the cache; one of them repeated."""

from __future__ import annotations

import argparse
import asyncio
import shlex

import msgspec

from ...verification.certificates import CertificateStore
from ...verification.evidence import Evidence
from ...verification.flags import UnsafeFlag
from ...verification.kept import certificates
from ...verification.rerun import CannotRepeat, Rerun, rerun
from ...verification.sandbox import SandboxUnavailable
from .exits import ATTENTION, FAILED, WELL
from .output import complain, write_out
from .progress import step_progress
from .terminal import printable

SHOWN_ID = 12  # characters; enough to name one among thousands
SHOWN = 50


def run(arguments: argparse.Namespace) -> int:
    store = CertificateStore()
    found = certificates(store, arguments.id or "")
    if store.problem is not None:
        complain(store.problem)
        return FAILED
    if arguments.id is None:
        if arguments.format == "json":
            write_out(msgspec.json.encode({"evidence": found}) + b"\n")
        else:
            write_out(_list(list(found), store))
        return WELL
    if len(found) != 1:
        complain(
            f"{len(found)} certificates begin with {arguments.id!r}: `pragmatist evidence` lists those that there are"
        )
        return FAILED
    if arguments.rerun:
        return _repeat(found[0], store, arguments)
    write_out(msgspec.json.encode(found[0]) + b"\n" if arguments.format == "json" else _full(found[0]))
    return WELL


def _repeat(before: Evidence, store: CertificateStore, arguments: argparse.Namespace) -> int:
    try:
        with step_progress() as report:
            again = asyncio.run(rerun(before, store, no_sandbox=arguments.no_sandbox, progress=report))
    except (CannotRepeat, SandboxUnavailable, UnsafeFlag) as error:
        complain(str(error))
        return FAILED
    if arguments.format == "json":
        answer = {"before": again.before, "after": again.after, "same": again.same, "changed": again.changed}
        write_out(msgspec.json.encode(answer) + b"\n")
    else:
        write_out(_compared(again))
    return WELL if again.same else ATTENTION


def _compared(again: Rerun) -> str:
    before, after = again.before, again.after
    words = "the same outcome" if again.same else "another outcome"
    lines = [f"{before.id}", f"then {before.verdict}, {before.created}; now {after.verdict}: {words}"]
    lines += [f"  {printable(each)}" for each in again.changed]
    lines.append("")
    lines += [
        f"{name:<14} {then:<13} {now}{'' if then == now else '   <'}".rstrip() for name, then, now in again.outcomes
    ]
    for check in after.checks:
        if any(check.name == name and then != now for name, then, now in again.outcomes):
            lines += ["", f"{check.name}: {check.outcome}", f"  {printable(check.detail)}"]
    if after.id != before.id:
        lines += ["", f"what was found now is kept as {after.id[:SHOWN_ID]}"] if after.verdict != "inconclusive" else []
    return "\n".join(lines) + "\n"


def _list(found: list[Evidence], store: CertificateStore) -> str:
    if not found:
        return f"no certificates in {store.path}\n"
    lines = [
        f"{evidence.id[:SHOWN_ID]}  {evidence.created}  {evidence.verdict:<12}  {_speedup(evidence)}".rstrip()
        for evidence in found[:SHOWN]
    ]
    if len(found) > SHOWN:
        lines.append(f"and {len(found) - SHOWN} older ones (--format json lists them all)")
    return "\n".join(lines) + "\n"


def _full(evidence: Evidence) -> str:
    lines = [f"{evidence.id}", f"{evidence.verdict}, {evidence.created}, on {', '.join(evidence.toolchain)}"]
    if ran := _ran(evidence):
        lines.append(ran)
    if evidence.speedup is not None:
        lines.append(_speedup(evidence))
    for check in evidence.checks:
        lines += ["", f"{check.name}: {check.outcome} ({check.seconds:.2f} s)", f"  {printable(check.detail)}"]
        lines += [f"  {printable(trace.file)}:{trace.line}: {printable(trace.message)}" for trace in check.traces]
        lines += [f"  $ {printable(shlex.join(command))}" for command in check.commands]
    return "\n".join(lines) + "\n"


def _ran(evidence: Evidence) -> str:
    """How the loop got to run, where it was not simply by the file's own program."""
    if evidence.mode == "test command":
        return f"run by the test command {printable(evidence.inputs)}"
    return f"run on inputs: {printable(evidence.inputs)}" if evidence.mode == "function" else ""


def _speedup(evidence: Evidence) -> str:
    speedup = evidence.speedup
    return f"{speedup.ratio:.2f} times as fast on {speedup.threads} threads" if speedup is not None else ""
