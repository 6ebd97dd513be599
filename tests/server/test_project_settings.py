"""pragmatist.toml: which one holds, what it may say, and how it is told what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pragmatist.server.engine.project_settings import (
    BadSettings,
    ProjectSettings,
    WhileEditing,
    project_settings,
    while_editing,
)
from pragmatist.verification.request import ProjectCommand


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A repository with a source file two folders down."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "src/core").mkdir(parents=True)
    (tmp_path / "src/core/a.c").write_text("int x;\n")
    return tmp_path


def settings(project: Path, text: str | None = None, folder: str = "") -> ProjectSettings:
    if text is not None:
        (project / folder / "pragmatist.toml").write_text(text)
    return project_settings(str(project / "src/core/a.c"))


def test_all_of_it(project: Path):
    """Paths are below the folder of the file."""
    (project / "drive.c").write_text("")
    found = settings(
        project,
        '[verify]\ncommand = ["make", "check"]\ntimeout_seconds = 60\nfiles = ["out/*.csv"]\n'
        'copy = ["src/", "Makefile"]\n'
        '[verify.drivers]\nsmooth = "drive.c"\n',
    )
    command = ProjectCommand(("make", "check"), str(project), ("out/*.csv",), ("src", "Makefile"), 60)
    assert found == ProjectSettings(command, {"smooth": str(project / "drive.c")})


def test_a_string_is_split_and_no_shell_reads_it(project: Path):
    """Quotes hold words together; what only a shell understands is refused, with the way to have one."""
    found = settings(project, """[verify]\ncommand = "sh -c 'make check && ./more' $HOME"\n""")
    assert found.command is not None
    assert found.command.command == ("sh", "-c", "make check && ./more", "$HOME")
    with pytest.raises(BadSettings, match=r'no shell runs it, so .&&. would mean nothing; write it as \["sh", "-c"'):
        settings(project, '[verify]\ncommand = "make && make check"\n')


def test_the_nearest_one_within_the_project_holds(project: Path):
    """Not one above the repository, which may be anybody's; without any, nothing is set."""
    assert settings(project) == ProjectSettings()
    inner = project / "src/.git"
    settings(project, '[verify]\ncommand = "outer"\n')
    assert settings(project).command is not None
    inner.mkdir()
    assert settings(project) == ProjectSettings()
    found = settings(project, '[verify]\ncommand = "nearer"\n', "src/core")
    assert found.command is not None
    assert (found.command.command, found.command.root) == (("nearer",), str(project / "src/core"))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[verify]\ncomand = 'x'\n", "verify.comand: no such key; known are command, timeout_seconds, files, copy"),
        ("[verfy]\n", "verfy: no such key; known are diagnostics, editor, verify"),
        ("verify = 1\n", "verify: expected a table"),
        ("[verify]\ncommand = 5\n", 'verify.command: expected a list of words, such as ["make", "check"]'),
        ("[verify]\ncommand = ['make', 5]\n", "verify.command: expected a list of words"),
        ("[verify]\ncommand = []\n", "verify.command is empty"),
        ("[verify]\ncommand = '\"make'\n", "verify.command: No closing quotation; expected"),
        ("[verify]\ntimeout_seconds = 'long'\n", "verify.timeout_seconds: expected a number of seconds"),
        ("[verify]\ntimeout_seconds = 0\n", "verify.timeout_seconds: expected a number of seconds, above 0"),
        ("[verify]\nfiles = 'out'\n", "verify.files: expected a list of patterns"),
        ("[verify]\nfiles = ['/etc/passwd']\ncommand = 'x'\n", "'/etc/passwd' is not below the project's folder"),
        ("[verify]\ncopy = ['../other']\ncommand = 'x'\n", "verify.copy: '../other' is not below"),
        ("[verify.drivers]\nf = 5\n", "verify.drivers: expected a table of files by function"),
        ("[verify.drivers]\nf = 'none.c'\n", "verify.drivers.f: there is no file none.c below"),
        ("[verify.drivers]\nf = '../x.c'\n", "is not below the project's folder"),
        ("[verify\n", "is not TOML"),
        ("trusted = true\n", "trusted: no such key; known are diagnostics, editor, verify"),
        ("[diagnostics]\ndisabled = 'PRG101'\n", "diagnostics.disabled: expected a list of codes or families of codes"),
        ("[diagnostics]\ndisabled = ['PRG110']\n", "diagnostics.disabled: unknown code PRG110; did you mean PRG"),
        ("[diagnostics]\ndisable = []\n", "diagnostics.disable: no such key; known are disabled; did you mean"),
    ],
)
def test_what_is_wrong_is_said(project: Path, text: str, words: str):
    """With the file, the key, and what is expected."""
    with pytest.raises(BadSettings) as error:
        settings(project, text)
    assert str(error.value).startswith(str(project / "pragmatist.toml"))
    assert words in str(error.value)


def test_what_is_said_of_texts_that_are_edited(project: Path):
    """Codes that are switched off, and the quick pass; nothing where there is no file."""
    file = str(project / "src/core/a.c")
    assert while_editing(file) == WhileEditing()
    (project / "pragmatist.toml").write_text('[diagnostics]\ndisabled = ["PRG2xx"]\n[editor]\nquick_pass = "off"\n')
    assert while_editing(file) == WhileEditing(("PRG2xx",), "off")
    (project / "pragmatist.toml").write_text('[editor]\nquick_pass = "react"\n')
    with pytest.raises(BadSettings, match="one of off, static, zero-shot, chain-of-thought"):
        while_editing(file)


def test_files_that_are_none(project: Path):
    """A pipe does not block, a huge file is not read, a link out of the project is no driver, bytes must be text."""
    place = project / "pragmatist.toml"
    os.mkfifo(place)
    with pytest.raises(BadSettings, match="is not a regular file"):
        settings(project)
    place.unlink()
    place.write_bytes(b"#" * 300_000)
    with pytest.raises(BadSettings, match="is larger than 256 KiB"):
        settings(project)
    place.write_bytes(b"# \xff\n")
    with pytest.raises(BadSettings, match="is not UTF-8"):
        settings(project)
    (project / "link.c").symlink_to("/etc/passwd")
    with pytest.raises(BadSettings, match=r"there is no file link\.c below"):
        settings(project, '[verify.drivers]\nf = "link.c"\n')


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_another_users_settings_are_not_used(project: Path):
    """Unless the source is that user's as well: whoever may write the source may say how it is tested."""
    settings(project, '[verify]\ncommand = "make"\n')
    os.chown(project / "pragmatist.toml", 12345, 12345)
    with pytest.raises(BadSettings, match="belongs to another user"):
        settings(project)
    os.chown(project / "src/core/a.c", 12345, 12345)
    assert settings(project).command is not None
