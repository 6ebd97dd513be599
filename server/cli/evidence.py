"""`pragmatist evidence`: the certificates of past verifications, from the cache."""

from __future__ import annotations

import argparse
import shlex

import msgspec

from ...verification.certificates import CertificateStore
from ...verification.evidence import Evidence
from .exits import FAILED, WELL
from .output import complain, write_out
from .terminal import printable

SHOWN_ID = 12  # characters; enough to name one among thousands
SHOWN = 50


def run(arguments: argparse.Namespace) -> int:
    store = CertificateStore()
    found = store.find("evidence", arguments.id or "", Evidence)
    if store.problem is not None:
        complain(store.problem)
        return FAILED
    if arguments.id is None:
        if arguments.format == "json":
            write_out(msgspec.json.encode({"evidence": found}) + b"\n")
        else:
            write_out(_list(found, store))
        return WELL
    if len(found) != 1:
        complain(
            f"{len(found)} certificates begin with {arguments.id!r}: `pragmatist evidence` lists those that there are"
        )
        return FAILED
    write_out(msgspec.json.encode(found[0]) + b"\n" if arguments.format == "json" else _full(found[0]))
    return WELL


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
    if evidence.speedup is not None:
        lines.append(_speedup(evidence))
    for check in evidence.checks:
        lines += ["", f"{check.name}: {check.outcome} ({check.seconds:.2f} s)", f"  {printable(check.detail)}"]
        lines += [f"  {printable(trace.file)}:{trace.line}: {printable(trace.message)}" for trace in check.traces]
        lines += [f"  $ {printable(shlex.join(command))}" for command in check.commands]
    return "\n".join(lines) + "\n"


def _speedup(evidence: Evidence) -> str:
    speedup = evidence.speedup
    return f"{speedup.ratio:.2f} times as fast on {speedup.threads} threads" if speedup is not None else ""
