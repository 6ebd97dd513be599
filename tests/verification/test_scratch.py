"""Working directories that several processes make and clear away at the same time. More in test_sandbox.py."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pragmatist.verification import scratch


def test_what_is_just_being_made_is_not_cleared_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Not even at the moment between the making of its lock and the locking."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lock = scratch.fcntl.flock

    def interrupted(file: object, operation: int) -> None:
        monkeypatch.setattr(scratch.fcntl, "flock", lock)
        scratch._remove_abandoned()  # as another process would
        lock(file, operation)  # type: ignore[arg-type]

    monkeypatch.setattr(scratch.fcntl, "flock", interrupted)
    with scratch.working_directory() as directory:
        assert os.path.isdir(directory)
        scratch._remove_abandoned()
        assert os.path.isdir(directory)
    assert not os.path.exists(directory)
