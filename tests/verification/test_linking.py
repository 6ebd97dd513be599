"""Linking by the command that the compiler's driver names."""

from __future__ import annotations

import subprocess

import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.linking import linker_in, linking, one_after_the_other
from pragmatist.verification.sandbox import Sandbox
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

ANSWER = """clang version 19
Target: x86_64
 "/opt/a b/ld" "-o" "pragmatist-program" "crt1.o" "pragmatist-objects" "-l\\"m\\""
"""


def test_objects_and_program_take_the_place_of_their_names():
    """Quoted words are read as the driver quotes them."""
    linker = linker_in(ANSWER)
    assert linking(linker, ["a.o", "b.o"], "p") == ["/opt/a b/ld", "-o", "p", "crt1.o", "a.o", "b.o", '-l"m"']


@pytest.mark.parametrize(
    "answer",
    ["", "clang: error: unknown argument", ANSWER + ' "/opt/another"\n', ANSWER.replace("-objects", ""), ' "a'],
)
def test_an_answer_that_is_not_one_link_command_is_none(answer: str):
    """Nothing printed, an error, two commands, objects that are not in it, an open quote: then the driver links."""
    assert linker_in(answer) == ()


@pytest.mark.parametrize(("status", "printed"), [(0, "<a b><$HOME><>"), (7, "")])
def test_the_second_command_is_run_where_the_first_succeeds(status: int, printed: str):
    """Words stay whole, whatever is in them, and the status is that of the last one that ran."""
    command = one_after_the_other(["sh", "-c", 'exit "$0"', str(status)], ["printf", "<%s>", "a b", "$HOME", ""])
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (status, printed)


@pytest.mark.parametrize(("text", "words"), [("int main(void) { retur 0; }", "retur"), ("int f;\n", "main")])
async def test_errors_of_compiling_and_of_linking_are_told(request_for, store: CertificateStore, text: str, words: str):
    """And the command that is shown is the driver's, on the user's file."""
    toolchain = await discover("c", store)
    clang = toolchain.newest("clang")
    if clang is None:
        pytest.skip("no clang with OpenMP")
    async with Workbench.open(request_for(text), toolchain, store) as bench:
        build = await bench.build(text.encode(), clang, ("-O0",), openmp=False)
    assert not build.ok
    assert words in build.messages
    assert build.command[0] == clang.path
    assert "-c" not in build.command


async def test_the_driver_is_asked_once(request_for, store: CertificateStore, monkeypatch: pytest.MonkeyPatch):
    """For all programs that are linked alike, and by all verifications (no other test has this flag)."""
    toolchain = await discover("c", store)
    clang = toolchain.newest("clang")
    if clang is None:
        pytest.skip("no clang with OpenMP")
    asked: list[tuple[str, ...]] = []
    run = Sandbox.run

    async def watched(self, command, **options):
        asked.extend([tuple(command)] if "-###" in command else [])
        return await run(self, command, **options)

    monkeypatch.setattr(Sandbox, "run", watched)
    for number in range(2):
        async with Workbench.open(request_for("int f;\n"), toolchain, store) as bench:
            for status in (2 * number, 2 * number + 1):
                text = f"int main(void) {{ return {status}; }}"
                build = await bench.build(text.encode(), clang, ("-O0", "-fno-ident"), openmp=True)
                assert build.ok, build.messages
                assert (await bench.run(build)).completed.status == status
    assert len(asked) == 1
