"""The store of certificates: never wrong, whatever happens to its file."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
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


def test_writers_killed_together_leave_only_whole_entries(tmp_path: Path):
    """Four processes at once, all killed while they write, twice over: whatever is found is what was put."""
    names = ("a", "b", "c", "d")
    for chance in range(2):
        writers = [writer(tmp_path, name, 0) for name in names]
        for process in writers:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
        time.sleep(random.Random(chance).random() * 0.05)
        for process in writers:
            process.kill()
        for process in writers:
            process.communicate()
        store = CertificateStore(tmp_path)
        for name in names:
            found = [store.get("trial", f"{name}-{number}", str) for number in range(50)]
            assert set(found) <= {None, "x" * 5000 + name}
            assert found[:20] == ["x" * 5000 + name] * 20
        assert store.problem is None
    with sqlite3.connect(CertificateStore(tmp_path).path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


ENTRIES = {f"key-{number}": Entry("truth " * 50, number) for number in range(40)}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file of a store with entries on several pages."""
    store = CertificateStore(tmp_path_factory.mktemp("sound"))
    for key, entry in ENTRIES.items():
        store.put("trial", key, entry)
    return store.path.read_bytes()


def left_in(directory: Path, damaged: bytes) -> None:
    """Every entry of the damaged store is the one that was put, or none; and the store can be used on."""
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir()
    store = CertificateStore(directory)
    store.path.write_bytes(damaged)
    for key in ("key-0", "key-20", "key-39"):
        assert store.get("trial", key, Entry) in (None, ENTRIES[key])
    assert all(entry in ENTRIES.values() for entry in store.find("trial", "", Entry))
    again = CertificateStore(directory)
    again.put("trial", "new", 1)
    assert again.get("trial", "new", int) == 1
    assert again.problem is None


def test_flipped_bits_are_never_believed(tmp_path: Path, sound: bytes):
    """Anywhere in the file, its header above all, one or many of them."""
    for chance in range(60):
        choose = random.Random(chance)
        damaged = bytearray(sound)
        for _ in range(choose.choice((1, 1, 1, 5, 30))):
            at = choose.randrange(len(damaged) if choose.random() < 0.6 else 150)
            damaged[at] ^= 1 << choose.randrange(8)
        left_in(tmp_path / "store", bytes(damaged))


def test_every_bit_of_the_first_bytes_can_flip(tmp_path: Path, sound: bytes):
    """Those that say which version of the format it is, and whether it may be written, included."""
    for at in range(16, 24):
        for bit in range(8):
            damaged = bytearray(sound)
            damaged[at] ^= 1 << bit
            left_in(tmp_path / "store", bytes(damaged))


def test_a_truncated_file_is_never_believed(tmp_path: Path, sound: bytes):
    """Cut off anywhere, within a page and between two."""
    lengths = [0, 1, 15, 16, 99, 100, 4095, 4096, 4097, 8192, len(sound) - 4096, len(sound) - 1]
    lengths += [random.Random(chance).randrange(len(sound)) for chance in range(10)]
    for length in lengths:
        left_in(tmp_path / "store", sound[:length])


@pytest.mark.parametrize(
    "layout",
    [
        "CREATE TABLE entries (kind TEXT, key TEXT, digest TEXT, payload BLOB, created REAL, more TEXT)",
        "CREATE TABLE entries (name TEXT)",
        "CREATE VIEW entries AS SELECT 1",
    ],
)
def test_a_layout_of_another_version_is_begun_anew(tmp_path: Path, layout: str):
    """Whatever some later version made of the same file."""
    store = CertificateStore(tmp_path)
    with sqlite3.connect(store.path) as connection:
        connection.execute(layout)
    store.put("trial", "key", 1)
    store.put("trial", "key", 1)
    assert store.get("trial", "key", int) == 1


def test_a_key_that_is_no_text_is_dropped(tmp_path: Path):
    """As a damaged page may hold it: listing goes on without."""
    store = CertificateStore(tmp_path)
    store.put("trial", "key", 1)
    with sqlite3.connect(store.path) as connection:
        connection.execute("INSERT INTO entries VALUES ('trial', x'ff', 'x', x'00', 1.0)")
        connection.execute("INSERT INTO entries VALUES ('trial', CAST(x'ff' AS TEXT), 'x', x'00', 1.0)")
    store.find("trial", "", int)
    store.put("trial", "after", 2)
    assert store.get("trial", "after", int) == 2


FILLER = """
import sys
from pathlib import Path
from pragmatist.verification.certificates import CertificateStore
store = CertificateStore(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    store.put("trial", f"key-{number}", "x" * 20000 + str(number))
    assert store.get("trial", f"key-{number}", str) in (None, "x" * 20000 + str(number))
print(len(store.find("trial", "", str)), store.problem)
"""


def filled(directory: Path, count: int, *mounts: str) -> str:
    """What a process says that stores `count` entries of 20 KB, with the machine as is but for the mounts."""
    if shutil.which("bwrap") is None:
        pytest.skip("needs bubblewrap")
    line = ["bwrap", "--dev-bind", "/", "/", *mounts, sys.executable, "-c", FILLER, str(directory), str(count)]
    done = subprocess.run(line, capture_output=True, text=True, timeout=120, check=False)
    if done.stderr.startswith("bwrap:"):
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_a_full_disk_is_no_error(tmp_path: Path):
    """What fits is kept, the rest is not, and why is said."""
    told = filled(tmp_path, 60, "--size", str(400 * 1024), "--tmpfs", str(tmp_path))
    kept, _, problem = told.partition(" ")
    assert 0 < int(kept) < 60
    assert "cannot be used: database or disk is full" in problem


def test_a_read_only_directory_is_no_error(tmp_path: Path):
    """Nor is one whose certificates can be read but not added to: nothing is written, and why is said."""
    store = CertificateStore(tmp_path / "store")
    for entry in ("key-0", "other"):
        store.put("trial", entry, "before")
    before = store.path.read_bytes()
    for place in (tmp_path / "store", tmp_path / "empty"):
        place.mkdir(exist_ok=True)
        assert "cannot be used" in filled(place, 2, "--ro-bind", str(place), str(place))
    assert store.path.read_bytes() == before
    assert os.listdir(tmp_path / "empty") == []
