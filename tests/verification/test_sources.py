"""What the sandbox may read, and what a certificate depends on."""

from __future__ import annotations

from pathlib import Path

import pytest
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sources import content_of_dependencies, readable_roots


def request(path: Path, text: str = "", **fields) -> VerificationRequest:
    return VerificationRequest(path=str(path), text=text.encode(), language="c", edits=(), **fields)


def test_headers_count_transitively(tmp_path: Path):
    """Those of the project, through include directories and -I, with a cycle; not the system's."""
    (tmp_path / "inc").mkdir()
    (tmp_path / "a.h").write_text('#include "b.h"\n#include <c.h>\n#include <stdio.h>\n')
    (tmp_path / "b.h").write_text('# include "a.h"\n')
    (tmp_path / "inc" / "c.h").write_text("int c;")
    (tmp_path / "other.c").write_text('#include "inc/d.h"\n')
    (tmp_path / "inc" / "d.h").write_text("int d;")
    asked = request(tmp_path / "main.c", '#include "a.h"\n', flags=("-I", "inc"), sources=(str(tmp_path / "other.c"),))
    before = content_of_dependencies(asked)
    assert {Path(path).name for path in before} == {"a.h", "b.h", "c.h", "d.h", "other.c"}
    (tmp_path / "inc" / "d.h").write_text("int e;")
    assert content_of_dependencies(asked) != before


def test_a_project_is_shown_whole(tmp_path: Path):
    """And include directories outside it."""
    project, elsewhere = tmp_path / "project" / "src", tmp_path / "elsewhere"
    project.mkdir(parents=True)
    elsewhere.mkdir()
    asked = request(project / "a.c", project_root=str(project.parent), include_dirs=(str(elsewhere),))
    assert readable_roots(asked) == sorted(map(str, (elsewhere, project.parent, project)))


def test_the_project_is_the_repository_that_the_file_lies_in(tmp_path: Path):
    """Unless the request names one; without a repository it is the file's folder."""
    folder = tmp_path / "repository" / "src" / "deep"
    folder.mkdir(parents=True)
    assert readable_roots(request(folder / "a.c")) == [str(folder)]
    (tmp_path / "repository" / ".git").mkdir()
    assert readable_roots(request(folder / "a.c")) == [str(tmp_path / "repository"), str(folder)]


def test_of_a_home_directory_only_source_files_are_shown(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Where the file lies in it directly, and also where the project claims to be all of it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("a.c", "b.h", ".netrc", "notes.txt"):
        (tmp_path / name).write_text("x")
    (tmp_path / ".ssh").mkdir()
    assert readable_roots(request(tmp_path / "a.c")) == [str(tmp_path / "a.c"), str(tmp_path / "b.h")]
    (tmp_path / "code").mkdir()
    assert readable_roots(request(tmp_path / "code" / "a.c", project_root=str(tmp_path))) == [str(tmp_path / "code")]
    assert readable_roots(request(tmp_path / "code" / "a.c", project_root="/")) == [str(tmp_path / "code")]


def test_a_link_shows_no_more_than_what_it_leads_to(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Keys, accounts, other processes and a home directory stay out of sight, by whatever link they are named."""
    home, project = tmp_path / "home", tmp_path / "project"
    for folder in (home / ".ssh", home / "headers", project):
        folder.mkdir(parents=True)
    (home / ".ssh" / "id").write_text("key")
    (home / "key.h").symlink_to(".ssh/id")
    (home / "a.c").write_text("")
    monkeypatch.setenv("HOME", str(home))
    for name, leads_to in {
        "keys": home / ".ssh",
        "all": home,
        "machine": "/",
        "self": "/proc/self",
        "accounts": "/etc/ssl",
        "headers": home / "headers",
    }.items():
        (project / name).symlink_to(leads_to)
    flags = ("-Ikeys", "-Iall", "-Imachine", "-Iself", "-I", "accounts", "-Iheaders", "-I/proc/1", "-I/etc/ssl")
    assert readable_roots(request(project / "a.c", flags=flags)) == [str(project), str(project / "headers")]
    assert readable_roots(request(home / "a.c")) == [str(home / "a.c")]
