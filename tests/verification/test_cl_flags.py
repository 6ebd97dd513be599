"""Compile commands in cl's spelling and in gcc's: translated both ways, and what is lost on the way."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest
from pragmatist.verification.cl_flags import cl_command, family_of, from_cl, level_of, to_cl


@pytest.mark.parametrize(
    ("command", "family"),
    [
        (["cl"], "cl"),
        ([r"C:\Program Files\VC\bin\Hostx64\x64\CL.exe", "/c"], "cl"),
        (["/opt/llvm/bin/clang-cl-19"], "clang-cl"),
        (["clang-cl.exe"], "clang-cl"),
        (["clang", "--driver-mode=cl"], "clang-cl"),
        (["clang"], None),
        (["cl-stub"], None),
        ([], None),
    ],
)
def test_whose_command_it_is(command: list[str], family: str | None):
    """By the name of the program, wherever it lies, or clang's switch."""
    assert family_of(command) == family


def test_cl_in_gccs_spelling():
    """Attached or apart, with either sign; outputs, the source and what has no counterpart are left out."""
    command = (
        "/nologo /TP /DNDEBUG /D N=4 -DM#5 /Iinclude /I ..\\lib /external:I vendor /imsvc sys /FI pre.h /U X "
        "/std:c++17 /O2 /fp:fast /GR- /EHsc /J /arch:AVX2 /W4 /WX /openmp:llvm /MD /Zi /Fdx.pdb /Foout.obj /c "
        "-Wno-unused-variable -- /src/file.cpp"
    )
    expected = (
        "-DNDEBUG -DN=4 -DM=5 -I include -I ..\\lib -isystem vendor -isystem sys -include pre.h -UX "
        "-std=c++17 -O2 -ffast-math -fno-rtti -funsigned-char -mavx2 -mfma -Wall -Wextra -Werror -fopenmp "
        "-Wno-unused-variable"
    )
    assert from_cl(command.split()) == expected.split()
    assert level_of(command.split()) == "llvm"
    assert level_of(["/c", "-openmp:experimental"]) == "experimental"
    assert level_of(["/c"]) == "2.0"


def test_gcc_in_cls_spelling():
    """The last level of optimisation and the most warnings count once; clang-cl takes clang's own warnings too."""
    command = (
        "-O0 -O3 -Wall -Wextra -Werror -std=gnu17 -DN=4 -D M -I inc -isystem /sys -iquote /src "
        "-include pre.h -UX -ffast-math -march=native -mavx2 -pthread -fno-tree-vectorize -Wp,-D_X=1 -Wno-unused"
    )
    kept = "/DN=4 /DM /Iinc /I/sys /I/src /FIpre.h /UX /fp:fast /arch:AVX2 /D_X=1"
    cl, clang = (to_cl(command.split(), clang=each) for each in (False, True))
    assert cl == ["/O2", "/W4", "/WX", "/std:c17", *kept.split()]
    assert clang == ["/O2", "/W4", "/WX", "/clang:-std=gnu17", *kept.split(), "-Wno-unused"]
    assert to_cl(["-Ofast", "-w", "-Wall"], clang=False) == ["/O2", "/w", "/fp:fast"]


def test_there_and_back():
    """What both can say comes back as it was."""
    flags = ["/O2", "/W4", "/std:c++20", "/DN=4", "/UX", "/fp:fast", "/J", "/GR-", "/WX"]
    assert to_cl(from_cl(flags), clang=False) == flags


def test_a_source_is_never_taken_for_an_option():
    """Its path begins as options do."""
    line = cl_command("cl", (), ["/O1"], "cpp", "/openmp/x.cpp", "x.obj")
    assert line == ["cl", "/nologo", "/EHsc", "/O1", "/c", "/Tp/openmp/x.cpp", "/Fox.obj"]


@pytest.mark.parametrize(("language", "standard"), [("c", "-std=c11"), ("cpp", "-std=c++17")])
def test_clang_takes_the_command_line(tmp_path: Path, language, standard: str):
    """All of it: no flag is unknown to a real driver of this kind."""
    clang = next((path for name in ("clang-19", "clang") if (path := shutil.which(name))), None)
    if clang is None:
        pytest.skip("no clang")
    (tmp_path / "pre.h").write_text("#define PRE 1\n")
    source = tmp_path / "file"
    source.write_text("#if N != 4 || !PRE\n#error flags\n#endif\nint f(int x) { return x; }\n")
    flags = ["-O1", "-Wall", "-Wextra", standard, "-DN=4", "-UX", "-include", str(tmp_path / "pre.h"), "-ffast-math"]
    start = ("--driver-mode=cl", "--target=x86_64-unknown-linux-gnu")
    line = cl_command(
        clang, start, [*to_cl(flags, clang=True), "/openmp"], language, str(source), str(tmp_path / "x.o")
    )
    done = subprocess.run(line, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(.*argument unused during compilation: '/O1'.*\n)?", done.stderr)  # of Windows only
    assert (tmp_path / "x.o").exists()
