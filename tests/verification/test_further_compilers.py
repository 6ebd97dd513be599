"""Compilers that are only asked whether they take a file: found, tried, and called as their documentation says.

icx, icc and cl are not here. Small scripts stand in for them, which refuse any argument that those would not know.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.checks import compile
from pragmatist.verification.evidence import Check
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import SandboxUnavailable
from pragmatist.verification.toolchain import Toolchain, discover
from pragmatist.verification.workbench import Workbench

PARALLEL = "#pragma omp parallel for"
TEXT = "void f(int n, double *a) {\n  for (int i = 0; i < n; i++)\n    a[i] = i;\n}\n"
Requests = Callable[..., VerificationRequest]

# Refuses what is not in `known`; complains of a clause `bad`, in the words of `complaint`, at the line it stands in.
DRIVER = """\
#!/bin/sh
if [ "$*" = "{ask}" ]; then echo '{banner}'; exit 0; fi
openmp=no
while [ $# -gt 0 ]; do
  case $1 in
    {openmp}) openmp=yes ;;
    {known}) ;;
    {file}
    *) echo "driver: error: unknown argument '$1'"; exit 2 ;;
  esac
  shift
done
[ "$compiles$openmp" = yesyes ] || {{ echo "driver: error: asked for something else"; exit 2; }}
line=$(grep -n 'bad' "$source" | cut -d: -f1)
if [ -n "$line" ]; then line=$((line - 1)); {complaint}; fi
line=$(grep -n 'odd' "$source" | cut -d: -f1)
if [ -n "$line" ]; then line=$((line - 1)); {warning}; fi
: > "$output"
"""
GNU_FILE = """-c) compiles=yes ;; -I|-iquote) shift; [ -d "$1" ] || exit 2 ;;
    -x) shift; language=$1 ;; -o) shift; output=$1 ;;
    /*) source=$1; [ "$language" = {language} ] || { echo "driver: error: language"; exit 2; } ;;"""
CL_FILE = "/c) compiles=yes ;; /T[cp]/*) source=${1#/T?} ;; /Fo*) output=${1#/Fo} ;;"
GNU_KNOWN = "-O1|-Wall|-Wextra|-DN=4|-std=c11|-std=c++17"
DRIVERS = {
    "icx": DRIVER.format(
        ask="--version",
        banner="Intel(R) oneAPI DPC++/C++ Compiler 2024.0.0 (2024.0.0.20231017)",
        openmp="-qopenmp",
        known=f"{GNU_KNOWN}|-fno-caret-diagnostics",
        file="@FILE",
        complaint="echo \"$source:$line:9: error: no such clause 'bad'\"; exit 1",
        warning='echo "$source:$line:9: warning: odd clause [-Wodd]"',
    ),
    "icc": DRIVER.format(
        ask="--version",
        banner="icc (ICC) 2021.10.0 20230609",
        openmp="-qopenmp",
        known=f"{GNU_KNOWN}|-diag-disable=10441",
        file="@FILE",
        complaint='echo "$source($line): error: invalid text in pragma"; exit 2',
        warning='echo "$source($line): warning #3180: odd clause"',
    ),
    "cl": DRIVER.format(
        ask="",
        banner="Microsoft (R) C/C++ Optimizing Compiler Version 19.38.33130 for x64",
        openmp="/openmp|/openmp:experimental",
        known="/nologo|/O1|/W4|/EHsc|/I/*|/DN=4|/std:c11|/std:c++17",
        file=CL_FILE,
        complaint="echo \"$source($line): error C3005: 'bad': unexpected token encountered\"; exit 2",
        warning='echo "$source($line): warning C4849: odd clause ignored"',
    ),
}
NAMES = {"c": {"icx": "icx", "icc": "icc", "cl": "cl"}, "cpp": {"icx": "icpx", "icc": "icpc", "cl": "cl"}}


def install(folder: Path, family: str, language: str) -> None:
    """Under the names for both languages, as the real ones are: the one for C is what is looked for."""
    folder.mkdir(parents=True, exist_ok=True)
    kind = "c" if language == "c" else "c++"
    script = DRIVERS[family].replace("@FILE", GNU_FILE.replace("{language}", kind))
    for name in {family, NAMES[language][family]}:
        (folder / name).write_text(script)
        (folder / name).chmod(0o755)


@pytest.fixture
def toolchain_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, store: CertificateStore):
    """A toolchain of nothing but the named drivers, for a language."""

    async def make(*families: str, language: str = "c") -> Toolchain:
        folder = tmp_path / "toolchain" / "bin"
        for family in families:
            install(folder, family, language)
        with monkeypatch.context() as patch:
            patch.setenv("PATH", str(folder))
            return await discover(language, store)  # type: ignore[arg-type]

    return make


async def compiled(request: VerificationRequest, toolchain: Toolchain) -> Check:
    try:
        async with Workbench.open(request, toolchain) as bench:
            (answer,) = await compile.check(bench, request.edits)
            return answer
    except SandboxUnavailable as problem:
        pytest.skip(str(problem))


@pytest.mark.parametrize("language", ["c", "cpp"])
@pytest.mark.parametrize("family", ["icx", "icc", "cl"])
async def test_a_file_is_compiled_by_each_in_its_own_words(
    request_for: Requests, toolchain_of, tmp_path: Path, family: str, language: str
):
    """With the project's flags, before and after; what it complains of in the edit refutes, at its place."""
    toolchain = await toolchain_of(family, language=language)
    (compiler,) = toolchain.further
    assert (compiler.family, compiler.problem) == (family, None)
    assert Path(compiler.path).name == NAMES[language][family]
    (tmp_path / "inc").mkdir()
    flags = ("-Iinc", "-DN=4", "-std=c11" if language == "c" else "-std=c++17")
    name = "f.c" if language == "c" else "f.cpp"
    right, wrong, odd = (
        request_for(TEXT, (2, pragma), name=name, flags=flags)
        for pragma in (PARALLEL, f"{PARALLEL} bad(i)", f"{PARALLEL} odd(i)")
    )
    passed = await compiled(right, toolchain)
    assert passed.outcome == "passed", passed.detail
    assert compiler.name in passed.detail
    for request in (wrong, odd):
        refuted = await compiled(request, toolchain)
        assert refuted.outcome == "refuted", refuted.detail
        assert [(trace.file, trace.line) for trace in refuted.traces] == [(request.path, 2)]


async def test_the_command_is_shown_as_it_can_be_repeated(request_for: Requests, toolchain_of):
    """With the user's own file in it."""
    request = request_for(TEXT, (2, PARALLEL))
    answer = await compiled(request, await toolchain_of("cl"))
    (command,) = answer.commands
    assert command[1:3] == ("/nologo", "/O1")
    assert f"/Tc{request.path}" in command
    assert "/openmp" in command


async def test_cl_also_does_not_take_what_it_only_would_not(request_for: Requests, toolchain_of):
    """Our own list of its limits is part of the check where cl is here, or the project is built with it."""
    request = request_for(TEXT, (2, f"{PARALLEL} simd"))
    toolchain = await toolchain_of("cl")
    refuted = await compiled(request, toolchain)
    assert refuted.outcome == "refuted"
    assert "Microsoft's cl does not take it: /openmp knows no `parallel for simd`" in refuted.detail
    passed = await compiled(msgspec.structs.replace(request, cl_level="experimental"), toolchain)
    assert passed.outcome == "passed", passed.detail
    assert "/openmp:experimental" in passed.commands[0]


async def test_other_programs_of_those_names_are_left_alone(tmp_path: Path, toolchain_of):
    """Such as a Lisp's."""
    folder = tmp_path / "toolchain" / "bin"
    folder.mkdir(parents=True)
    (folder / "cl").write_text("#!/bin/sh\necho '; Welcome to Common Lisp 19.38'\n")
    (folder / "cl").chmod(0o755)
    assert (await toolchain_of()).further == ()


async def test_a_real_clang_cl(request_for: Requests, toolchain_of, tmp_path: Path):
    """clang by that name. It takes what cl would not, which is said."""
    clang = shutil.which("clang-19") or shutil.which("clang")
    if clang is None:
        pytest.skip("no clang")
    folder = tmp_path / "toolchain" / "bin"
    folder.mkdir(parents=True)
    (folder / "clang-cl-19").symlink_to(os.path.realpath(clang))
    toolchain = await toolchain_of()
    (compiler,) = toolchain.further
    assert (compiler.family, compiler.problem, compiler.stand_in) == ("clang-cl", None, False)
    nest = TEXT.replace("    a[i] = i;", "    for (int j = 0; j < n; j++)\n      a[i * n + j] = i;")
    passed = await compiled(request_for(nest, (2, f"{PARALLEL} collapse(2)")), toolchain)
    assert passed.outcome == "passed", passed.detail
    assert f"{compiler.name}: no error" in passed.detail
    assert "Microsoft's cl does not take it: /openmp knows no clause `collapse`" in passed.detail
    refuted = await compiled(request_for(TEXT, (2, f"{PARALLEL} collapse(2)")), toolchain)
    assert refuted.outcome == "refuted"
    assert [trace.line for trace in refuted.traces] == [3]


async def test_clang_stands_in_for_cl(request_for: Requests, store: CertificateStore):
    """By its own switch, where a project is built with cl and nothing of the kind is here; not for other projects."""
    toolchain = await discover("c", store)
    stand_ins = [each for each in toolchain.further if each.stand_in]
    if not stand_ins:
        pytest.skip("no clang, or cl itself")
    text = "#include <stdio.h>\n" + TEXT
    request = request_for(text, (3, f"{PARALLEL} collapse(1)"), flags=("-std=c17", "-Wall"))
    other = await compiled(request, toolchain)
    assert "clang-cl" not in other.detail
    assert other.outcome == "passed", other.detail
    refuted = await compiled(msgspec.structs.replace(request, cl_level="2.0"), toolchain)
    assert refuted.outcome == "refuted"
    assert "/openmp knows no clause `collapse`" in refuted.detail
    right = msgspec.structs.replace(request_for(text, (3, PARALLEL)), cl_level="2.0")
    passed = await compiled(right, toolchain)
    assert passed.outcome == "passed", passed.detail
    assert f"{stand_ins[0].name}" in passed.detail


async def test_the_stand_in_finds_what_clang_finds(request_for: Requests, store: CertificateStore):
    """Its messages have another form, and are read."""
    toolchain = await discover("c", store)
    toolchain = msgspec.structs.replace(toolchain, compilers=())
    if not any(each.stand_in for each in toolchain.further):
        pytest.skip("no clang, or cl itself")
    request = msgspec.structs.replace(request_for(TEXT, (2, f"{PARALLEL} private(missing)")), cl_level="2.0")
    refuted = await compiled(request, toolchain)
    assert refuted.outcome == "refuted"
    assert "missing" in refuted.detail
    assert [trace.line for trace in refuted.traces] == [2]
