"""Unified diffs of edits."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.codegen.diff import diff_text, unified_diff
from pragmatist.codegen.edit import Edit, TextChange, apply_changes, text_digest


def edit(text: bytes, *changes: tuple[int, int, str]) -> Edit:
    return Edit("src/a.c", text_digest(text), tuple(TextChange(*change) for change in changes))


def test_an_inserted_line_is_one_addition():
    """Three lines of context, names with a/ and b/."""
    text = b"1\n2\n3\n4\n5\n6\n7\n8\n"
    assert unified_diff(text, edit(text, (8, 8, "new\n"))) == (
        b"--- a/src/a.c\n+++ b/src/a.c\n@@ -2,6 +2,7 @@\n 2\n 3\n 4\n+new\n 5\n 6\n 7\n"
    )


def test_a_broken_line_is_a_removal_and_additions():
    """Only the line that is broken changes."""
    text = b"a\nif (c) for\nb\n"
    assert unified_diff(text, edit(text, (8, 9, "\n  P\n  "))) == (
        b"--- a/src/a.c\n+++ b/src/a.c\n@@ -1,3 +1,5 @@\n a\n-if (c) for\n+if (c)\n+  P\n+  for\n b\n"
    )


def test_no_change_is_no_diff():
    """An edit that leaves the text as it is has an empty diff."""
    assert unified_diff(b"a\n", edit(b"a\n")) == b""
    assert unified_diff(b"a\n", edit(b"a\n", (0, 1, "a"))) == b""


def test_bytes_that_are_not_utf8_survive_in_the_diff_and_show_in_the_text():
    """The diff for patch is exact; the diff for people can always be printed."""
    text = b"caf\xe9\r\n"
    change = edit(text, (0, 0, "new\r\n"))
    assert b"+new\r\n caf\xe9\r\n" in unified_diff(text, change)
    assert "+new\r\n caf\ufffd\r\n" in diff_text(text, change)


PIECES = st.lists(st.sampled_from([b"a", b"bb", b"\n", b"\n", b"\r\n", b"\xff", b" "]), max_size=60).map(b"".join)


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=PIECES, data=st.data(), context=st.integers(0, 3))
def test_patch_makes_of_the_old_text_the_new_one(tmp_path, text, data, context):
    """The real `patch` turns the old text into the new one by our diff, whatever was changed and however it ends."""
    if shutil.which("patch") is None:
        pytest.skip("patch is not installed")
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pairs = list(zip(cuts[::2], cuts[1::2], strict=False))
    changes = [(a, b, data.draw(st.sampled_from(["", "x", "new\n", "\n", "y\nz", "\r\n"]))) for a, b in pairs]
    changes = [c for k, c in enumerate(changes) if k == 0 or c[0] > changes[k - 1][1] or c[0] < c[1]]
    made = edit(text, *changes)
    diff = unified_diff(text, made, context)
    new = apply_changes(text, made.changes)
    assert (diff == b"") == (text == new)
    if diff:
        file = tmp_path / "a.c"
        file.write_bytes(text)
        command = ["patch", "--binary", "--silent", "--no-backup-if-mismatch", "--fuzz=0", str(file)]
        done = subprocess.run(command, input=diff, capture_output=True, timeout=60)
        assert done.returncode == 0, (diff, done.stdout)
        assert (file.read_bytes() if file.exists() else b"") == new
