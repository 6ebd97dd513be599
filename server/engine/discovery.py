"""From the paths a person names to the C and C++ files behind them."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from ...analysis.facts import Language

# Headers may be either language: C++ parses nearly all of C, and an inline function with a loop is mostly C++.
LANGUAGES: dict[str, Language] = {
    ".c": "c",
    ".cc": "cpp",
    ".cpp": "cpp",
    ".cxx": "cpp",
    ".c++": "cpp",
    ".C": "cpp",
    ".cu": "cpp",
    ".h": "c",
    ".hh": "cpp",
    ".hpp": "cpp",
    ".hxx": "cpp",
    ".inl": "cpp",
    ".ipp": "cpp",
    ".tpp": "cpp",
}

# Directories whose files a person does not edit: build output, other people's code, package managers' stores.
SKIPPED_DIRECTORIES = frozenset(
    {
        "build", "_build", "out", "dist", "CMakeFiles", "_deps", "node_modules", "__pycache__", "venv",
        "vendor", "third_party", "third-party", "thirdparty", "external", "extern", "subprojects", "vcpkg_installed",
    }
)  # fmt: skip


class SourcePath:
    """A file to look at. `path` opens it; `shown` is what it is called: as given, or below the directory given."""

    __slots__ = ("language", "path", "shown")

    def __init__(self, path: str, shown: str, language: Language) -> None:
        self.path = path
        self.shown = shown
        self.language: Language = language


def language_of(path: str, text: bytes | None = None) -> Language:
    """The language of a file by its extension; of a header by its text too; C where nothing tells."""
    extension = os.path.splitext(path)[1]
    language = LANGUAGES.get(extension) or LANGUAGES.get(extension.lower()) or "c"
    if extension.lower() == ".h" and text is not None and _reads_as_cpp(text):
        return "cpp"
    return language


def _reads_as_cpp(text: bytes) -> bool:
    return any(mark in text for mark in (b"namespace ", b"template", b"class ", b"public:", b"std::"))


def find_sources(paths: Sequence[str]) -> tuple[list[SourcePath], list[tuple[str, str]]]:
    """The files behind `paths`, each once, in the order given and sorted within a directory.

    A file that is named is always taken, whatever its name. Of a directory, files are taken by extension; hidden
    directories, build output and vendored code are skipped. The second list holds (path, why) of what could not
    be looked into.
    """
    sources: list[SourcePath] = []
    problems: list[tuple[str, str]] = []
    seen: set[str] = set()
    for path in paths:
        if not os.path.isdir(path):
            found: Iterator[str] = iter((path,))
            root = None
        else:
            found = _walk(path, problems)
            root = path
        for file in found:
            real = os.path.realpath(file)
            if real in seen:
                continue
            seen.add(real)
            shown = os.path.relpath(file, root) if root is not None else file
            sources.append(SourcePath(file, shown, language_of(file)))
    return sources, problems


def _walk(root: str, problems: list[tuple[str, str]]) -> Iterator[str]:
    def unreadable(error: OSError) -> None:
        problems.append((error.filename or root, f"cannot look into this directory: {error.strerror}"))

    for directory, names, files in os.walk(root, onerror=unreadable):
        names[:] = sorted(n for n in names if not n.startswith(".") and n not in SKIPPED_DIRECTORIES)
        for file in sorted(files):
            extension = os.path.splitext(file)[1]
            if not file.startswith(".") and (extension in LANGUAGES or extension.lower() in LANGUAGES):
                yield os.path.join(directory, file)
