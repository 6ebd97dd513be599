"""Files that a verification reads besides the one verified: what the sandbox may see, what a certificate depends on."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator

from .project_files import SOURCE_SUFFIXES, project_files
from .request import VerificationRequest

_PROJECT_MARKERS = (".git", ".hg", ".svn", "compile_commands.json", "pragmatist.toml")
_SECRET_FOLDERS = {
    ".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".config", ".mozilla", ".password-store", ".pki",
    ".thunderbird", ".gcloud", ".netrc", ".credentials", "keyrings", ".secrets",
}  # fmt: skip
_OF_THE_MACHINE = {"etc", "proc", "sys"}
_INCLUDE = re.compile(
    rb"^[ \t]*#[ \t]*(?:include|include_next|import)[ \t]*(?:\"([^\"\n]+)\"|<([^>\n]+)>)", re.MULTILINE
)


def readable_roots(request: VerificationRequest) -> list[str]:
    """The absolute paths that a command of this verification may read, besides the system's.

    A project that is the home directory, or contains it, would lay everything bare: then only the source files
    beside the file are shown. Where a home directory keeps keys and passwords nothing is, whoever calls it an include
    directory, and by whatever links it is reached.
    """
    folder = os.path.dirname(os.path.abspath(request.path))
    root = os.path.abspath(request.project_root) if request.project_root else _project_of(folder)
    if request.command is not None:
        root = request.command.root
    roots = [root, folder, *map(os.path.abspath, request.include_dirs), *_include_flags(request, folder)]
    roots += [os.path.dirname(os.path.abspath(source)) for source in request.sources]
    shown: set[str] = set()
    for each in roots:
        if _keeps_secrets(each):
            continue
        if not holds_more_than_a_project(each):
            shown.add(each)
        elif each == folder or each in map(os.path.dirname, request.sources):
            shown.update(_sources_in(each))
    return sorted(path for path in shown if os.path.exists(path))


def _project_of(folder: str) -> str:
    """The nearest directory above that a version control system or a build system calls a project, else the folder."""
    directory = folder
    while not holds_more_than_a_project(directory):
        if any(os.path.exists(os.path.join(directory, marker)) for marker in _PROJECT_MARKERS):
            return directory
        directory = os.path.dirname(directory)
    return folder


def holds_more_than_a_project(directory: str) -> bool:
    """Whether showing a directory would show a home directory, the temporary directory or the whole machine."""
    private = [os.path.expanduser("~"), "/root", "/home", "/tmp", "/var/tmp", "/run", "/etc", "/proc", "/dev", "/sys"]
    real = os.path.realpath(directory)
    return any(f"{os.path.realpath(each)}/".startswith(real.rstrip("/") + "/") for each in private)


def _keeps_secrets(directory: str) -> bool:
    """Whether it lies in a hidden folder where programs keep keys, passwords or sessions, or where the system does."""
    _, *parts = os.path.realpath(directory).split(os.sep)
    return not _SECRET_FOLDERS.isdisjoint(parts) or parts[0] in _OF_THE_MACHINE


def _sources_in(directory: str) -> Iterator[str]:
    """Not those that are links: they might lead to what is no source."""
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.name.endswith(SOURCE_SUFFIXES) and entry.is_file(follow_symlinks=False):
                yield entry.path


def source_texts(request: VerificationRequest) -> list[bytes]:
    """The texts of the program's other sources, as far as they can be read."""
    return [text for source in request.sources if (text := _read(source)) is not None]


def content_of_dependencies(request: VerificationRequest) -> dict[str, str]:
    """SHA-256 by path of the program's other sources and of the project's headers that they include, directly or not.

    Read off the text, without a preprocessor: a header included under a condition counts too. The system's headers
    are taken as part of the toolchain.
    """
    folder = os.path.dirname(os.path.abspath(request.path))
    directories = [*request.include_dirs, *_include_flags(request, folder)]
    digests: dict[str, str] = {}
    frontier: list[tuple[str, bytes]] = [(folder, request.text)]
    if request.command is not None:  # which may read anything of the project
        digests[request.command.root] = project_files(request.command, os.path.realpath(request.path)).digest
    for source in (*request.sources, *request.drivers.values(), *request.neighbours):
        path = os.path.abspath(source)
        if (text := _read(path)) is not None:
            digests[path] = hashlib.sha256(text).hexdigest()
            frontier.append((os.path.dirname(path), text))
    while frontier:
        here, text = frontier.pop()
        for match in _INCLUDE.finditer(text):
            name = os.fsdecode(match[1] or match[2])
            for directory in [*([here, folder] if match[1] else []), *directories]:
                path = os.path.normpath(os.path.join(directory, name))
                if path in digests:
                    break
                if (found := _read(path)) is not None:
                    digests[path] = hashlib.sha256(found).hexdigest()
                    frontier.append((os.path.dirname(path), found))
                    break
    return digests


def _include_flags(request: VerificationRequest, folder: str) -> list[str]:
    found: list[str] = []
    rest = iter(request.flags)
    for flag in rest:
        for option in ("-isystem", "-iquote", "-idirafter", "-I"):
            if flag.startswith(option):
                value = flag[len(option) :] or next(rest, "")
                found.append(os.path.normpath(os.path.join(request.directory or folder, value)))
                break
    return found


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError:
        return None
