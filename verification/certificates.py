"""Certificates: evidence kept between runs, so that asking again is instant.

One SQLite file in the user's cache directory. An entry is found by the hash of everything that its content depends
on, and carries a hash of its content: whatever does not match, cannot be decoded, or was written by another version
is dropped and made again. A cache that cannot be used (a full disk, a read-only directory) is no error: the work is
done afresh, and `problem` says why.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
import time
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import platformdirs

T = TypeVar("T")

STORE_VERSION = 1
# SQLite's result codes for what is wrong with the machine at the moment, and not with the file.
_PASSING = {
    sqlite3.SQLITE_PERM, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL, sqlite3.SQLITE_NOLFS,
}  # fmt: skip
_MOST_ENTRIES = 5_000
_NETWORK_FILE_SYSTEMS = {"nfs", "nfs4", "cifs", "smb3", "lustre", "gpfs", "beegfs", "afs", "9p", "fuse.sshfs", "ceph"}


def cache_directory() -> Path:
    """Where certificates are kept: PRAGMATIST_CACHE_DIR, or the platform's place for user caches."""
    return Path(os.environ.get("PRAGMATIST_CACHE_DIR") or platformdirs.user_cache_dir("pragmatist", appauthor=False))


def content_key(value: Any) -> str:
    """The hexadecimal SHA-256 of a value of builtin and msgspec types: equal values have equal keys."""
    return hashlib.sha256(msgspec.json.encode(value, order="deterministic")).hexdigest()


class CertificateStore:
    """Values by kind and key, for any number of processes at once. A crash loses at most the last entries."""

    def __init__(self, directory: Path | None = None) -> None:
        self.path = (directory or cache_directory()) / f"certificates-{STORE_VERSION}.sqlite"
        self.problem: str | None = None
        self._begun_anew = 0  # how often the file turned out to be no database

    def get(self, kind: str, key: str, type: type[T]) -> T | None:
        """The stored value, None where there is none that can be trusted."""
        with self._connection() as connection:
            if connection is None:
                return None
            row = connection.execute(
                "SELECT digest, payload FROM entries WHERE kind=? AND key=?", (kind, key)
            ).fetchone()
            if row is None:
                return None
            digest, payload = row
            try:
                if digest != _digest(kind, key, payload):
                    raise ValueError("the content does not match its hash")
                return msgspec.json.decode(payload, type=type)
            except (ValueError, TypeError):  # msgspec's errors are ValueErrors
                connection.execute("DELETE FROM entries WHERE kind=? AND key=?", (kind, key))
        return None

    def put(self, kind: str, key: str, value: Any) -> None:
        """Stores a value under its key, in place of what was there."""
        payload = msgspec.json.encode(value)
        begun_anew = self._begun_anew
        self._put(kind, key, payload)
        if self._begun_anew != begun_anew:
            self._put(kind, key, payload)

    def _put(self, kind: str, key: str, payload: bytes) -> None:
        with self._connection() as connection:
            if connection is not None:
                connection.execute(
                    "INSERT OR REPLACE INTO entries VALUES (?, ?, ?, ?, ?)",
                    (kind, key, _digest(kind, key, payload), payload, time.time()),
                )
                connection.execute(
                    "DELETE FROM entries WHERE created < (SELECT created FROM entries ORDER BY created DESC "
                    "LIMIT 1 OFFSET ?)",
                    (_MOST_ENTRIES,),
                )

    def drop(self, kind: str, key: str) -> None:
        """Forgets a value, if there is one."""
        with self._connection() as connection:
            if connection is not None:
                connection.execute("DELETE FROM entries WHERE kind=? AND key=?", (kind, key))

    def find(self, kind: str, prefix: str, type: type[T], limit: int = 1000) -> list[T]:
        """The stored values of a kind whose keys begin so, newest first. Those not to be trusted are dropped."""
        found: list[T] = []
        bad: list[str] = []
        with self._connection() as connection:
            if connection is None:
                return found
            rows = connection.execute(
                "SELECT key, digest, payload FROM entries WHERE kind=? AND substr(key, 1, ?)=? "
                "ORDER BY created DESC LIMIT ?",
                (kind, len(prefix), prefix, limit),
            )
            for key, digest, payload in rows.fetchall():
                try:
                    if digest != _digest(kind, key, payload):
                        raise ValueError("the content does not match its hash")
                    found.append(msgspec.json.decode(payload, type=type))
                except (ValueError, TypeError):
                    bad.append(key)
            connection.executemany("DELETE FROM entries WHERE kind=? AND key=?", [(kind, key) for key in bad])
        return found

    @contextlib.contextmanager
    def _connection(self):
        """A connection within a transaction; None where the cache cannot be used now."""
        connection = None
        try:
            connection = self._open()
        except sqlite3.DatabaseError as error:
            self.problem = f"the certificate cache {self.path} cannot be used: {error}"
        except OSError as error:
            self.problem = f"the certificate cache {self.path} cannot be used: {error.strerror}"
        if connection is None:
            yield None
            return
        try:
            with contextlib.closing(connection), connection:
                yield connection
        except sqlite3.DatabaseError as error:
            if self._passes(error):  # locked for too long, disk full
                self.problem = f"the certificate cache {self.path} cannot be used: {error}"
            else:
                self._discard()

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        for attempt in (1, 2):
            connection = sqlite3.connect(self.path, timeout=5)
            try:
                # WAL needs shared memory, which no network file system gives to two machines.
                connection.execute(f"PRAGMA journal_mode={'DELETE' if _on_network(self.path) else 'WAL'}")
                connection.execute("PRAGMA synchronous=NORMAL")
                connection.execute(
                    "CREATE TABLE IF NOT EXISTS entries (kind TEXT, key TEXT, digest TEXT, payload BLOB, created REAL, "
                    "PRIMARY KEY (kind, key))"
                )
                return connection
            except sqlite3.DatabaseError as error:
                connection.close()
                if attempt == 2 or self._passes(error):
                    raise
                self._discard()
        raise AssertionError("unreachable")

    def _passes(self, error: sqlite3.DatabaseError) -> bool:
        """Whether something is wrong with the machine, and not with the file."""
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT)
        if code == sqlite3.SQLITE_READONLY:  # which a damaged header says, too
            return not (os.access(self.path, os.W_OK) and os.access(self.path.parent, os.W_OK))
        return code & 0xFF in _PASSING

    def _discard(self) -> None:
        """The file is not a database any more: begin a new one. It holds nothing that cannot be made again."""
        self._begun_anew += 1
        for suffix in ("", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                os.unlink(f"{self.path}{suffix}")


def _digest(kind: str, key: str, payload: bytes) -> str:
    return hashlib.sha256(b"\0".join((kind.encode(), key.encode(), payload))).hexdigest()


def _on_network(path: Path) -> bool:
    best, kind = "", ""
    with contextlib.suppress(OSError), open("/proc/self/mounts", encoding="utf-8", errors="replace") as mounts:
        for line in mounts:
            _, point, file_system, *_ = line.split()
            inside = f"{path}/".startswith(point.rstrip("/") + "/")
            if inside and len(point) >= len(best):
                best, kind = point, file_system
    return kind in _NETWORK_FILE_SYSTEMS
