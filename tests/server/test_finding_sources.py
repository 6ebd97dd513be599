"""Which files are looked at, and what is said of those that cannot be."""

from __future__ import annotations

import json
import os

import pytest
from pragmatist.server.engine.compile_commands import flags_for
from pragmatist.server.engine.discovery import find_sources, language_of
from pragmatist.server.engine.reading import SIZE_LIMIT, Unreadable, encoding_errors, read_source


def tree(root, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("int x;\n")


def test_a_directory_gives_its_sources_in_order(tmp_path):
    """By extension, sorted, named relative to the directory; hidden, built and vendored ones are left out."""
    tree(
        tmp_path, "b.cpp", "a.c", "z/deep.hpp", "notes.txt", ".hidden/x.c", ".y.c", "build/gen.c", "third_party/lib.c",
        "node_modules/m.cc", "A.C",
    )  # fmt: skip
    sources, problems = find_sources([str(tmp_path)])
    assert [(s.shown, s.language) for s in sources] == [
        ("A.C", "cpp"), ("a.c", "c"), ("b.cpp", "cpp"), ("z/deep.hpp", "cpp"),
    ]  # fmt: skip
    assert problems == []


def test_a_named_file_is_always_taken_and_only_once(tmp_path):
    """Whatever its name and wherever it is, and not again with its directory."""
    tree(tmp_path, "build/gen.c", "odd.txt")
    odd, built = str(tmp_path / "odd.txt"), str(tmp_path / "build/gen.c")
    sources, _ = find_sources([odd, built, str(tmp_path / "build"), odd])
    assert [s.shown for s in sources] == [odd, built]


def test_a_header_is_cpp_where_its_text_is():
    """`.h` may be either language."""
    assert language_of("a.h", b"int f(int);\n") == "c"
    assert language_of("a.h", b"namespace a { template <class T> T f(T); }\n") == "cpp"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\x7fELF\0\0", "binary"),
        ("int x;".encode("utf-16"), "UTF-16"),
    ],
)
def test_what_is_not_source_text_is_refused_with_words(tmp_path, content, words):
    """The message says what the file is instead."""
    path = tmp_path / "a.c"
    path.write_bytes(content)
    with pytest.raises(Unreadable, match=words):
        read_source(str(path))


def test_a_missing_file_a_directory_and_a_pipe_are_refused(tmp_path):
    """Without waiting for a writer of the pipe."""
    os.mkfifo(tmp_path / "pipe.c")
    for name, words in (("none.c", "does not exist"), (".", "not a regular file"), ("pipe.c", "not a regular file")):
        with pytest.raises(Unreadable, match=words):
            read_source(str(tmp_path / name))


def test_a_huge_file_is_refused_before_it_is_read(tmp_path):
    """A sparse file of the size would not fit a small machine."""
    path = tmp_path / "huge.c"
    with path.open("wb") as file:
        file.truncate(SIZE_LIMIT + 1)
    with pytest.raises(Unreadable, match="MiB"):
        read_source(str(path))


def test_invalid_utf8_is_named_by_line():
    """The line and the byte; the text is analysed all the same."""
    (error,) = encoding_errors(b"int a;\n// caf\xe9\n")
    assert (error.line, "0xe9" in error.message) == (2, True)
    assert encoding_errors("// café\n".encode()) == ()


def database(root, *arguments: str, file: str = "src/a.c", directory: str = ".") -> str:
    tree(root, "src/a.c")
    entry = {"directory": directory, "file": file, "arguments": ["cc", *arguments, "-c", file]}
    (root / "compile_commands.json").write_text(json.dumps([entry]))
    return str(root / "src/a.c")


def test_flags_that_say_how_to_read_the_text_come_through(tmp_path):
    """Macros, include paths made absolute, the standard, the processor, warnings."""
    rest = ("-std=c11", "-O2", "-fwrapv", "-march=armv8-a+simd", "-mavx2", "-Wall", "-Werror=vla", "-Wno-unused", "-w")
    found = flags_for(database(tmp_path, "-DN=8", "-D", "FAST", "-UFAST", "-Iinc", "-isystem", "/opt/x", *rest))
    assert found.flags == ("-DN=8", "-DFAST", "-UFAST", "-I", str(tmp_path / "inc"), "-isystem", "/opt/x", *rest)
    assert (found.defines, found.cl_level) == ({"N": "8"}, None)


@pytest.mark.parametrize(
    ("program", "level"), [("C:\\VC\\bin\\CL.exe", "llvm"), ("cl", "llvm"), ("/opt/llvm/bin/clang-cl", None)]
)
def test_commands_of_cl_are_read_in_its_spelling(tmp_path, program, level):
    """And its OpenMP is known; clang-cl's is clang's."""
    tree(tmp_path, "src/a.c")
    command = (
        f'"{program}" /nologo /DN=8 "/DTEXT=a b" /DFAST /UFAST /Iinc /std:c11 /O2 -openmp:llvm /Fo"x y.obj" /c src/a.c'
    )
    entry = {"directory": ".", "file": "src/a.c", "command": command}
    (tmp_path / "compile_commands.json").write_text(json.dumps([entry]))
    found = flags_for(str(tmp_path / "src/a.c"))
    assert found.flags == (
        "-DN=8", "-DTEXT=a b", "-DFAST", "-UFAST", "-I", str(tmp_path / "inc"), "-std=c11", "-O2", "-fopenmp",
    )  # fmt: skip
    assert (found.defines, found.cl_level) == ({"N": "8", "TEXT": "a b"}, level)


@pytest.mark.parametrize("hostile", ["/clang:-fplugin=evil.so", "/Zm:x", "@response", "/FIevil.h", "/D$(touch x)=1"])
def test_nothing_else_of_a_cl_command_comes_through(tmp_path, hostile):
    """As of any other."""
    path = database(tmp_path)
    entry = {"directory": ".", "file": "src/a.c", "arguments": ["clang-cl", hostile, "/c", "src/a.c"]}
    (tmp_path / "compile_commands.json").write_text(json.dumps([entry]))
    assert flags_for(path).flags == ()


@pytest.mark.parametrize(
    "hostile",
    ["-fplugin=evil.so", "-fpass-plugin=evil.so", "-Wl,-rpath,x", "-Wa,-x", "-Wp,-x",
     "-mllvm", "@response", "-B.", "-specs=evil", "-wrapper",
     "-Xclang", "-load", "-o/etc/passwd", "-include", "-std=$(touch x)", "-D$(touch x)=1"],
)  # fmt: skip
def test_no_other_flag_comes_through(tmp_path, hostile):
    """A workspace's database may not make a compiler load or write anything."""
    assert flags_for(database(tmp_path, hostile)).flags == ()


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '{"a": 1}', '[{"file": 3}]', "\xff", '[{"file": "a\\u0000.c"}]', "[" * 99999],
    ids=range(8),
)
def test_a_broken_database_gives_no_flags(tmp_path, text):
    """It is never an error of the file that is looked at."""
    path = database(tmp_path, "-DN=8")
    (tmp_path / "compile_commands.json").write_text(text, encoding="latin-1")
    assert flags_for(path).flags == ()


def test_the_database_of_a_build_directory_is_found(tmp_path):
    """As CMake writes it."""
    path = database(tmp_path / "build", "-DN=8", file="../src/a.c", directory=".")
    tree(tmp_path, "src/a.c")
    assert flags_for(str(tmp_path / "src/a.c")).flags == ("-DN=8",)
    assert path != str(tmp_path / "src/a.c")
