"""The store of certificates: never wrong, whatever happens to its file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from pragmatist.verification.certificates import CertificateStore, cache_directory, content_key


class Entry(msgspec.Struct, frozen=True):
    name: str
    number: int


WRITER = """
import itertools, sys
from pathlib import Path
from pragmatist.verification.certificates import CertificateStore
store, name, count = CertificateStore(Path(sys.argv[1])), sys.argv[2], int(sys.argv[3])
for number in range(count) if count else itertools.count():
    store.put("trial", f"{name}-{number % 50}", "x" * 5000 + name)
    if number == 20:
        print("ready", flush=True)
"""


def writer(directory: Path, name: str, count: int) -> subprocess.Popen[str]:
    """A process that stores `count` entries (0: for ever) and says when it is under way."""
    command = [sys.executable, "-c", WRITER, str(directory), name, str(count)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def test_what_is_put_is_got(tmp_path: Path):
    """By kind and key; an unknown key gives None; a second value takes the first one's place."""
    store = CertificateStore(tmp_path)
    store.put("trial", "key", Entry("first", 1))
    store.put("trial", "key", Entry("second", 2))
    assert store.get("trial", "key", Entry) == Entry("second", 2)
    assert store.get("trial", "other", Entry) is None
    assert store.get("other", "key", Entry) is None


def test_the_directory_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """By PRAGMATIST_CACHE_DIR."""
    monkeypatch.setenv("PRAGMATIST_CACHE_DIR", str(tmp_path / "here"))
    assert cache_directory() == tmp_path / "here"
    CertificateStore().put("trial", "key", 1)
    assert list((tmp_path / "here").glob("*.sqlite")) != []


def test_equal_values_have_equal_keys():
    """Whatever the order of a dictionary; any difference gives another key."""
    assert content_key({"a": 1, "b": Entry("x", 1)}) == content_key({"b": Entry("x", 1), "a": 1})
    assert content_key([b"text", Entry("x", 1)]) != content_key([b"text", Entry("x", 2)])


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE entries SET payload = replace(payload, 'truth', 'false')",
        "UPDATE entries SET payload = x'00'",
        "UPDATE entries SET payload = NULL",
        "UPDATE entries SET digest = 'x'",
        "UPDATE entries SET key = 'stolen'",
    ],
)
def test_a_changed_entry_is_dropped(tmp_path: Path, damage: str):
    """A payload, hash or key that was tampered with is not believed, and gone afterwards."""
    store = CertificateStore(tmp_path)
    store.put("trial", "key", Entry("truth", 1))
    with sqlite3.connect(store.path) as connection:
        connection.execute(damage)
    assert store.get("trial", "key", Entry) is None
    assert store.get("trial", "stolen", Entry) is None
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("SELECT count(*) FROM entries").fetchone() == (0,)


def test_an_entry_of_another_shape_is_dropped(tmp_path: Path):
    """As another version of the program may have written it."""
    store = CertificateStore(tmp_path)
    store.put("trial", "key", {"name": 5})
    assert store.get("trial", "key", Entry) is None


@pytest.mark.parametrize("content", [b"not a database at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_database_is_replaced(tmp_path: Path, content: bytes):
    """The cache begins anew; there is nothing in it that cannot be made again."""
    store = CertificateStore(tmp_path)
    store.path.parent.mkdir(exist_ok=True)
    store.path.write_bytes(content)
    store.put("trial", "key", 1)
    store.put("trial", "key", 1)
    assert store.get("trial", "key", int) == 1


def test_a_directory_that_cannot_be_used_is_no_error(tmp_path: Path):
    """Nothing is stored, nothing is found, and `problem` says why."""
    (tmp_path / "file").write_text("in the way")
    store = CertificateStore(tmp_path / "file" / "cache")
    store.put("trial", "key", 1)
    assert store.get("trial", "key", int) is None
    assert store.problem is not None
    assert "cannot be used" in store.problem


def test_many_writers_at_once_lose_nothing(tmp_path: Path):
    """Four processes, each of whose entries is there afterwards."""
    names = ("a", "b", "c", "d")
    writers = [writer(tmp_path, name, 30) for name in names]
    assert [each.wait() for each in writers] == [0, 0, 0, 0]
    store = CertificateStore(tmp_path)
    found = [store.get("trial", f"{name}-{number}", str) for name in names for number in range(30)]
    assert found == ["x" * 5000 + name for name in names for _ in range(30)]


def test_a_killed_writer_leaves_a_store_that_works(tmp_path: Path):
    """Killed in the middle of writing, at no particular moment, three times."""
    for name in ("a", "b", "c"):
        process = writer(tmp_path, name, 0)
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.kill()
        process.communicate()
        store = CertificateStore(tmp_path)
        assert [store.get("trial", f"{name}-{number}", str) for number in range(20)] == ["x" * 5000 + name] * 20
        store.put("trial", "after", 1)
        assert store.get("trial", "after", int) == 1
