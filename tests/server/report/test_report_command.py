"""`pragmatist report`: a page in a file, whole or not at all, and words where that cannot be."""

from __future__ import annotations

import os

import pytest
from command_line import pragmatist
from pragmatist.server.report import file
from report_pages import Page

SOURCE = """\
#include <stdio.h>

static int a[2000], b[2000];

static void add(int n)
{
    int t;
    for (int i = 0; i < n; i++) {
        t = b[i];
        a[i] = t * t + i;
    }
    for (int i = 1; i < n; i++)
        b[i] = b[i - 1] + a[i];
}

int main(void)
{
    add(2000);
    printf("%d\\n", b[1999]);
    return 0;
}
"""
SQUARES, SUMS = 8, 12


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "a.c").write_text(SOURCE)
    return tmp_path


def test_a_page_about_the_loop_of_a_line(workspace):
    """By the line of the `for` or one inside; what is printed says the verdict and the file; nothing else is left."""
    for line, begins, verdict in ((8, SQUARES, "Parallel"), (10, SQUARES, "Parallel"), (13, SUMS, "Serial")):
        run = pragmatist("report", f"a.c:{line}", "-o", "out.html", cwd=workspace)
        page = Page((workspace / "out.html").read_text())
        assert (run.returncode, run.stderr) == (0, b"")
        assert run.stdout.splitlines()[0].startswith(f"a.c:{begins}: {verdict.lower()}".encode())
        assert run.stdout.splitlines()[1:] == [b"out.html: written"]
        assert page.all("p", class_="word")[0][1].startswith(verdict)
        assert page.all("title")[0][1] == f"a.c:{begins}: {verdict.lower()}"
    assert {path.name for path in workspace.iterdir()} <= {"a.c", "out.html", ".cache"}
    assert (workspace / "a.c").read_text() == SOURCE


def test_the_page_on_standard_output(workspace):
    """With `-o -`, and nothing besides."""
    run = pragmatist("report", "a.c:12", "-o", "-", cwd=workspace)

    assert run.returncode == 0
    assert run.stdout.startswith(b"<!DOCTYPE html>\n<html")
    assert Page(run.stdout.decode()).all("h1")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("a.c:12",), "-o"),
        (("a.c", "-o", "x.html"), "name a loop as FILE:LINE"),
        (("none.c:4", "-o", "x.html"), "none.c: does not exist"),
        (("a.c:1", "-o", "x.html"), "no loop at line 1; loops begin at 8, 12"),
        (("a.c:12", "-o", "a.c"), "exists and is no HTML page, so it was left alone: name another file"),
        (("a.c:12", "-o", "."), "is no regular file"),
        (("a.c:12", "-o", "none/x.html"), "cannot write none/x.html: No such file or directory"),
        (("a.c:12", "-o", "x.html", "--model", "m.gguf"), "--strategy zero-shot"),
    ],
)  # fmt: skip
def test_what_cannot_be_reported_exits_2_with_words(workspace, arguments, words):
    """And leaves every file as it was."""
    run = pragmatist("report", *arguments, cwd=workspace)

    assert (run.returncode, run.stdout) == (2, b"")
    assert words in run.stderr.decode()
    assert "Traceback" not in run.stderr.decode()
    assert (workspace / "a.c").read_text() == SOURCE
    assert not list(workspace.glob("*.html"))


def test_written_in_one_step(tmp_path, monkeypatch):
    """An earlier page keeps its permissions; where its replacement fails it is as it was, and no piece is left."""
    target, link = tmp_path / "r.html", tmp_path / "link.html"
    file.write_report(str(target), "<!DOCTYPE html>old")
    target.chmod(0o640)
    link.symlink_to("r.html")
    file.write_report(str(link), "<!DOCTYPE html>new")
    assert (link.is_symlink(), target.read_text()) == (True, "<!DOCTYPE html>new")
    assert target.stat().st_mode & 0o777 == 0o640

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(file.CannotWriteReport, match="No space left"):
        file.write_report(str(target), "<!DOCTYPE html>newer")
    assert target.read_text() == "<!DOCTYPE html>new"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.html", "r.html"]


def test_a_models_answers_are_on_the_page(workspace, plain_model):
    """A real model file that always plans `parallel for` without clauses: its answers with what refutes them, and, for
    a loop that needs none, its plan as the one that the page is about."""
    arguments = ("--strategy", "zero-shot", "--model", str(plain_model))
    run = pragmatist("report", "a.c:8", "-o", "out.html", *arguments, cwd=workspace)
    page = Page((workspace / "out.html").read_text())

    assert run.returncode == 0
    assert any(text.startswith("What zero-shot") for _, text in page.all("h3"))
    assert "plan: refused" in page.all("ul", class_="trace")[0][1]

    (workspace / "b.c").write_text("void f(int n, int *a)\n{\n    for (int i = 0; i < n; i++)\n        a[i] = i;\n}\n")
    run = pragmatist("report", "b.c:3", "-o", "-", *arguments, cwd=workspace)
    page = Page(run.stdout.decode())
    assert [text for _, text in page.all("code", class_="pragma")] == ["#pragma omp parallel for"]
    assert "Planned by: zero-shot plain" in page.text
    assert "This plan." in [text for _, text in page.all("p")]
