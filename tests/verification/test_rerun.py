"""Repeating a certificate: on its own text, by the same rules, with what has changed said."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import pytest
from pragmatist.codegen.edit import apply_changes
from pragmatist.verification import rerun as module
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import outputs, speed
from pragmatist.verification.copies import merged
from pragmatist.verification.evidence import EVIDENCE_VERSION, Check, Evidence
from pragmatist.verification.kept import asked_for, certificates, remember
from pragmatist.verification.request import PlannedEdit, Verification, VerificationRequest
from pragmatist.verification.rerun import CannotRepeat, rerun
from pragmatist.verification.sandbox import SandboxUnavailable, bubblewrap, landlock
from pragmatist.verification.toolchain import Toolchain, discover
from pragmatist.verification.verify import verify
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"
PROGRAM = """\
#include <stdio.h>
#include "step.h"
static double x[300], y[300];
int main(void) {
  for (int i = 4; i < 300; i++)
    x[i] = x[i - STEP] + i;
  for (int i = 0; i < 300; i++)
    y[i] = 0.5 * i;
  printf("%f %f %f\\n", x[4], x[299], y[7]);
  return 0;
}
"""


@pytest.fixture(autouse=True)
async def machine(store: CertificateStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Skips where a plan cannot pass. Speed decides nothing here and takes longest, so it is left out."""
    toolchain = await discover("c", store)
    if toolchain.race is None or not any(compiler.sanitizers for compiler in toolchain.compilers):
        pytest.skip(toolchain.race_problem or "no sanitizers")
    if (await bubblewrap.problem()) and landlock.problem():
        pytest.skip("no sandbox")

    async def untimed(bench: Workbench, edits: Sequence[PlannedEdit], *_: object) -> speed.Timed:
        answer = Check("speed", "skipped", "not timed in this test", 0.0)
        return speed.Timed((answer, None), ((answer, None),) * len(edits))

    monkeypatch.setattr(speed, "check", untimed)
    monkeypatch.setattr(outputs, "THOROUGH", outputs.BRIEF)


@pytest.fixture
def asked(request_for: Callable[..., VerificationRequest], tmp_path: Path) -> VerificationRequest:
    """Two plans; the first is right as long as the header says 0."""
    (tmp_path / "step.h").write_text("#define STEP 0\n")
    return request_for(PROGRAM, (5, PARALLEL), (7, PARALLEL))


@pytest.fixture
async def certificate(asked: VerificationRequest, store: CertificateStore) -> Evidence:
    """The first plan's, as a verification would have left it."""
    toolchain = await discover("c", store)
    names = tuple(compiler.name for compiler in toolchain.compilers)
    found = Evidence(f"certificate of {asked.path}", "passed", (), toolchain=names)
    store.put("evidence", found.id, found)
    unconfined = msgspec.structs.replace(asked, no_sandbox=True)
    remember(store, unconfined, toolchain.fingerprint, Verification({"loop-5": found}))
    return found


async def test_it_comes_out_the_same_or_says_what_does_not(
    asked: VerificationRequest, store: CertificateStore, tmp_path: Path
):
    """Everything is run again; with another header, under which the plan is wrong, it is refuted."""
    one = msgspec.structs.replace(asked, edits=asked.edits[:1])
    certificate = (await verify(one, store=store)).loops["loop-5"]
    assert certificate.verdict == "passed", certificate
    again = await rerun(certificate, store)
    assert (again.same, again.changed) == (True, ())
    assert again.after.id == certificate.id
    assert again.after.checks != certificate.checks  # other seconds
    assert ("outputs", "passed", "passed") in again.outcomes
    (tmp_path / "step.h").write_text("#define STEP 4\n")
    again = await rerun(certificate, store)
    assert (again.same, again.after.verdict) == (False, "refuted")
    assert again.changed == (f"{tmp_path}/step.h changed since",)
    assert again.after.id != certificate.id
    assert {each.id for each in certificates(store)} >= {certificate.id, again.after.id}


@pytest.fixture
def nothing_runs(monkeypatch: pytest.MonkeyPatch) -> list[VerificationRequest]:
    """What was to be verified; every plan of it comes out passed."""
    requests: list[VerificationRequest] = []

    async def passed(request: VerificationRequest, **_: object) -> Verification:
        requests.append(request)
        return Verification({edit.loop: Evidence("new", "passed", ()) for edit in request.edits})

    monkeypatch.setattr(module, "verify", passed)
    return requests


async def test_the_text_of_then_is_checked_whatever_the_file_is_now(
    asked: VerificationRequest, certificate: Evidence, store: CertificateStore, nothing_runs: list[VerificationRequest]
):
    """A plan that was inserted, another change, no file: each is said."""
    path = Path(asked.path)
    path.write_bytes(apply_changes(asked.text, merged(asked.edits[:1])))
    assert "has the plan in it now" in (await rerun(certificate, store)).changed[0]
    path.write_bytes(apply_changes(asked.text, merged(asked.edits)))
    assert "has 2 of the plans in it now" in (await rerun(certificate, store)).changed[0]
    path.write_bytes(asked.text + b"// more\n")
    assert "has changed since: its text of then is checked" in (await rerun(certificate, store)).changed[0]
    path.unlink()
    assert "cannot be read" in (await rerun(certificate, store)).changed[0]
    for request in nothing_runs:
        assert request.text == asked.text
        assert [edit.loop for edit in request.edits] == ["loop-5"]
        assert (request.use_cache, request.no_sandbox) == (False, False)


async def test_a_compiler_that_is_gone_is_named(
    certificate: Evidence, store: CertificateStore, nothing_runs: list, monkeypatch: pytest.MonkeyPatch
):
    """And one that is new."""
    toolchain = await discover("c", store)
    first, *others = toolchain.compilers
    newer = msgspec.structs.replace(first, version="99.0")

    async def another(*_: object) -> Toolchain:
        return msgspec.structs.replace(toolchain, compilers=(newer, *others), fingerprint="other")

    monkeypatch.setattr(module, "discover", another)
    changed = (await rerun(certificate, store)).changed
    assert changed == (f"{first.name} is not here any more", f"{newer.name} was not here then")


async def test_never_without_the_sandbox_unless_asked_now(
    certificate: Evidence, store: CertificateStore, monkeypatch: pytest.MonkeyPatch
):
    """What was run unconfined once is not run so again because of that."""

    async def missing() -> str:
        return "bubblewrap is not installed"

    monkeypatch.setattr(bubblewrap, "problem", missing)
    monkeypatch.setattr(landlock, "problem", lambda: "the kernel is too old")
    with pytest.raises(SandboxUnavailable):
        await rerun(certificate, store)


async def test_what_is_not_kept_cannot_be_repeated(certificate: Evidence, store: CertificateStore):
    """And is said to be so, not guessed."""
    kept = asked_for(store, certificate.id)
    assert kept is not None
    store.drop("request", kept[0].request)
    with pytest.raises(CannotRepeat, match="not kept any more"):
        await rerun(certificate, store)


def test_certificates_of_another_version_are_dropped(tmp_path: Path):
    """They are not listed, and not there afterwards."""
    store = CertificateStore(tmp_path)
    store.put("evidence", "old", Evidence("old", "passed", (), version=EVIDENCE_VERSION - 1))
    store.put("evidence", "future", Evidence("future", "passed", (), version=EVIDENCE_VERSION + 1))
    store.put("evidence", "now", Evidence("now", "passed", ()))
    assert [each.id for each in certificates(store)] == ["now"]
    assert store.get("evidence", "old", Evidence) is None
    assert store.get("evidence", "future", Evidence) is None
    assert os.listdir(tmp_path) != []
