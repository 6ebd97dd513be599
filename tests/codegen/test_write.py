"""Writing into the user's file: wholly or not at all."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pragmatist.codegen.edit import Edit, TextChange, text_digest
from pragmatist.codegen.errors import CodegenError, EditConflict, WriteFailed
from pragmatist.codegen.write import write_edit

OLD = b"caf\xe9\r\nfor\n"
NEW = b"caf\xe9\r\n#pragma\nfor\n"


def edit(path: Path, text: bytes = OLD, insertion: str = "#pragma\n") -> Edit:
    return Edit(str(path), text_digest(text), (TextChange(6, 6, insertion),))


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "a.c"
    path.write_bytes(OLD)
    return path


def alone(path: Path) -> bool:
    return os.listdir(path.parent) == [path.name]


def test_the_file_has_the_new_text_and_keeps_its_mode(file):
    """Content changes, permissions and the absence of other files do not."""
    file.chmod(0o640)
    write_edit(edit(file))
    assert file.read_bytes() == NEW
    assert stat.S_IMODE(file.stat().st_mode) == 0o640
    assert alone(file)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owner_and_group_are_kept(file):
    """Root's edit leaves the file to whom it belongs."""
    os.chown(file, 1234, 4321)
    write_edit(edit(file))
    assert (file.stat().st_uid, file.stat().st_gid) == (1234, 4321)


def test_extended_attributes_are_kept(file):
    """What is attached to the file stays attached."""
    try:
        os.setxattr(file, "user.note", b"mine")
    except (AttributeError, OSError):
        pytest.skip("no extended attributes here")
    write_edit(edit(file))
    assert os.getxattr(file, "user.note") == b"mine"


def test_symbolic_links_are_followed(file, tmp_path):
    """The real file changes and the link stays a link."""
    folder = tmp_path / "links"
    folder.mkdir()
    link = folder / "b.c"
    link.symlink_to("../a.c")
    write_edit(edit(link))
    assert file.read_bytes() == NEW
    assert os.readlink(link) == "../a.c"
    assert alone(link)


def test_a_file_that_changed_since_is_refused(file):
    """The version check comes first, and its message says what to do."""
    file.write_bytes(OLD + b"more\n")
    with pytest.raises(EditConflict, match="Run the command again"):
        write_edit(edit(file))
    assert file.read_bytes() == OLD + b"more\n"
    assert alone(file)


def test_a_file_that_changes_while_we_write_is_refused(file, monkeypatch):
    """A change between our reading and our renaming is noticed, and kept."""
    fsync = os.fsync

    def somebody_saves(descriptor):
        fsync(descriptor)
        file.write_bytes(b"theirs\n")

    monkeypatch.setattr(os, "fsync", somebody_saves)
    with pytest.raises(EditConflict):
        write_edit(edit(file))
    assert file.read_bytes() == b"theirs\n"
    assert alone(file)


def test_no_change_writes_nothing(file):
    """An edit without changes leaves even the file's identity alone."""
    before = file.stat().st_ino
    write_edit(Edit(str(file), text_digest(OLD), ()))
    assert file.stat().st_ino == before


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path):
    """On a file system without room for the new text: a clear message, the old text, no temporary file."""
    mount = shutil.which("mount")
    if os.geteuid() != 0 or mount is None:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "small"
    folder.mkdir()
    options = ["-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if subprocess.run([mount, *options], capture_output=True).returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        path = folder / "a.c"
        text = OLD + b"x" * 40_000
        path.write_bytes(text)
        with pytest.raises(WriteFailed, match="no space left"):
            write_edit(edit(path, text))
        assert path.read_bytes() == text
        assert alone(path)
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_a_limit_on_file_size_leaves_the_file_as_it_was(file):
    """The same for every user: a process that may not write that much fails in words and leaves no trace."""
    text = OLD + b"x" * 40_000
    file.write_bytes(text)
    program = (
        "import resource, sys\n"
        "from pragmatist.codegen.edit import Edit, TextChange\n"
        "from pragmatist.codegen.write import write_edit\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (8192, resource.RLIM_INFINITY))\n"
        "try:\n"
        "    write_edit(Edit(sys.argv[1], sys.argv[2], (TextChange(6, 6, 'new'),)))\n"
        "except Exception as error:\n"
        "    print(type(error).__name__, error)\n"
    )
    run = [sys.executable, "-c", program, str(file), text_digest(text)]
    done = subprocess.run(run, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60)
    assert done.stdout.startswith(f"WriteFailed no space left to write {file}"), done.stderr
    assert file.read_bytes() == text
    assert alone(file)


def test_a_file_marked_read_only_is_refused(file):
    """Renaming could replace it, but its owner said no."""
    file.chmod(0o444)
    with pytest.raises(WriteFailed, match="chmod"):
        write_edit(edit(file))
    assert file.read_bytes() == OLD
    assert alone(file)


def test_a_directory_that_may_not_be_written_is_refused(file):
    """As an ordinary user, a read-only directory gives a clear message and no trace."""
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    file.parent.chmod(0o555)
    try:
        with pytest.raises(WriteFailed, match="not allowed"):
            write_edit(edit(file))
        assert file.read_bytes() == OLD
        assert alone(file)
    finally:
        file.parent.chmod(0o755)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_of_somebody_else_is_refused():
    """The same, tried as root by becoming nobody in a child process."""
    with tempfile.TemporaryDirectory() as folder:  # pytest's own temporary folders are closed to others
        _refused_to_nobody(Path(folder))


def _refused_to_nobody(folder: Path) -> None:
    folder.chmod(0o755)
    path = folder / "a.c"
    path.write_bytes(OLD)
    path.chmod(0o666)
    child = os.fork()
    if child == 0:
        code = 3
        try:
            os.setgid(65534)
            os.setuid(65534)
            write_edit(edit(path))
        except WriteFailed as error:
            code = 0 if "not allowed to replace" in str(error) else 4
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert path.read_bytes() == OLD
    assert alone(path)


def test_hard_links_are_refused(file, tmp_path):
    """Replacing one name would separate it from the other."""
    os.link(file, tmp_path / "b.c")
    with pytest.raises(WriteFailed, match="2 names"):
        write_edit(edit(file))
    assert (tmp_path / "b.c").read_bytes() == OLD


def test_what_is_no_regular_file_is_refused(tmp_path):
    """Directories, pipes and devices are not written to."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/null")):
        with pytest.raises(WriteFailed, match="not a regular file"):
            write_edit(edit(path))


def test_a_file_that_is_gone_is_named(tmp_path):
    """A path that leads nowhere gives a message and creates nothing."""
    for path in (tmp_path / "gone.c", tmp_path / "no" / "gone.c"):
        with pytest.raises(WriteFailed, match="not there any more"):
            write_edit(edit(path))
    assert os.listdir(tmp_path) == []


def test_every_error_is_one_of_ours():
    """Callers can catch one class."""
    assert issubclass(EditConflict, CodegenError)
    assert issubclass(WriteFailed, CodegenError)
