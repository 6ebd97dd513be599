"""`CommandBench`: a workbench whose program is built and run by the project's own test command.

The command runs in a private copy of the project, in which the file under test is replaced and everything that is
called like a compiler is harness/compiler.sh: whatever the command compiles, it compiles as the check wants it. So a
build is only prepared here, and each run builds and runs anew. What a check must know comes back in files, since the
command may well swallow what its programs print.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from .compilers import Compiler
from .drivers.driver import HARNESS
from .flags import UnsafeFlag, parse_flags
from .project_files import ProjectFiles, project_files
from .request import ProjectCommand, cores
from .sandbox import MIB, Completed, Limits
from .workbench import OBSERVER, Build, Observation, Ran, Workbench

_RESULT = "pragmatist/result"
_NAMES = ("c++", "gcc", "g++", "clang", "clang++", "c99")
_COMPILER = re.compile(r"(?:\w+-[\w-]+-)?(?:gcc|g\+\+|clang|clang\+\+|c\+\+|c99|c89)(?:-[\d.]+)?")
_PATH = ("/usr/local/bin", "/usr/bin", "/bin")  # the sandbox's
_SIBLINGS = (("gcc", "g++"), ("clang", "clang++"))
_EXIT_CODE = re.compile(r"\bexitcode=(\d+)")
# What comes back from programs on the lanes, by the number of the process: see harness/command.sh.
LANES, RACED, WHERE = "lanes-", "raced-", "where"
NOT_BUILT = "the test command could not build the program"
MOST_COPIED = 128 * MIB
STATUS = "exit status of the test command"  # a result like any file: it may be the only one


class Reported(msgspec.Struct, frozen=True):
    """What a run of the command left for us."""

    seconds: float | None
    loops: dict[int, Observation]


class CommandBench(Workbench):
    """Made by `beside`. `files` are those of the project; `words` name the command to a person."""

    command: ProjectCommand
    files: ProjectFiles

    @classmethod
    def beside(cls, bench: Workbench, command: ProjectCommand) -> CommandBench:
        """A workbench in the same sandbox and with the same cores."""
        other = cls(bench.request, bench.toolchain, bench._sandbox, bench._directory, None, bench.cores)
        other.command, other.files = command, project_files(command, os.path.realpath(bench.request.path))
        other.has_threads = other.has_threads or other.files.has_threads
        other.obstacle = other._hindrance()
        bench._others.append(other)
        return other

    @property
    def words(self) -> str:
        return f"`{shlex.join(self.command.command)}`"

    def _hindrance(self) -> str | None:
        """Why the command cannot be run at all."""
        root = self.command.root
        if self.files.problem is not None:
            return self.files.problem
        if self.files.size > MOST_COPIED:
            sizes = f"{self.files.size // MIB} MiB of files, and {MOST_COPIED // MIB} MiB can be copied"
            return f"{root} has {sizes}; name what {self.words} needs ([verify] copy)"
        if self._sandbox.confined and root not in self._sandbox.readable:
            return f"the test command would have to read all of {root}, which holds more than one project"
        return None

    async def build(
        self,
        text: bytes,
        compiler: Compiler,
        flags: Sequence[str],
        *,
        openmp: bool,
        link: bool = True,
        observe: bool = False,
        **others: Any,
    ) -> Build:
        """With `link` nothing is compiled yet: the result holds what the command is to find when it is run."""
        if not link:
            return await super().build(text, compiler, flags, openmp=openmp, link=False, observe=observe, **others)
        words = shlex.join([*flags, *((compiler.openmp or ()) if openmp else ())])
        shown = [
            f"{variable}={path} {words}" for variable, path in zip(("CC", "CXX"), drivers_of(compiler), strict=True)
        ]
        command = ("env", *shown, *self.command.command)
        if (failed := await self._fails_to_compile(text, compiler, flags, openmp)) is not None:
            return msgspec.structs.replace(failed, command=command)
        flags = [*flags, *others.get("warnings", ("-w",))]
        linked = [*([OBSERVER] if observe else []), *others.get("also", ())]
        objects = [await self.object_of(compiler, each) for each in linked]
        more = [*compiler.linker, *(["-x", "none", *objects, "-lpthread"] if objects else [])]
        return self.prepared(text, compiler_script(compiler, flags, openmp, more), command)

    def prepared(self, text: bytes, script: str, command: tuple[str, ...]) -> Build:
        """What the command is to find: the text in place of the file, the script in place of every compiler."""
        setup = {
            "edited": Path(self.copy_of(text)).read_bytes(),
            "compiler": script.encode(),
            "folders": _null_terminated(self.files.folders),
            "others": _null_terminated(self.files.others),
            "sources": _null_terminated(self.files.sources),
            "patterns": "".join(each + "\n" for each in self.command.files).encode(),
        }
        digest = hashlib.sha256(b"\0".join(setup.values())).hexdigest()[:24]
        folder = Path(self._directory, f"command-{digest}")
        if not folder.exists():
            folder.mkdir()
            for name, content in setup.items():
                Path(folder, name).write_bytes(content)
            Path(folder, "compiler").chmod(0o700)
        return Build(True, "", command, str(folder))

    async def _fails_to_compile(
        self, text: bytes, compiler: Compiler, flags: Sequence[str], openmp: bool
    ) -> Build | None:
        """The build of the file alone, where that fails and is known not to fail for want of what the command makes."""
        alone, original = [
            await super(CommandBench, self).build(each, compiler, flags, openmp=openmp, link=False)
            for each in (text, self.request.text)
        ]
        return alone if original.ok and not alone.ok else None

    async def run(
        self,
        build: Build,
        environment: dict[str, str] | None = None,
        *,
        threads: int = 1,
        collect: bool | str = False,
        report: bool = False,
        measured: bool = False,
        arguments: Sequence[str] | None = None,
        limits: Limits | None = None,
        start: Sequence[str] = (),
    ) -> Ran:
        """Runs the command on a prepared build. The program's arguments are added to the command's.

        What fails in building is no result of the program's: `stopped` then says so. Where a sanitizer reported
        something, its report is in the output and its exit status the run's.
        """
        assert build.program is not None
        ran = await self._once_more(build, environment or {}, threads, measured, arguments, limits, start)
        if collect:
            return ran
        return msgspec.structs.replace(ran, completed=msgspec.structs.replace(ran.completed, files={}))

    async def _once_more(
        self,
        build: Build,
        environment: Mapping[str, str],
        threads: int,
        measured: bool,
        arguments: Sequence[str] | None,
        limits: Limits | None,
        start: Sequence[str],
    ) -> Ran:
        variables = {"OMP_NUM_THREADS": str(threads), "OMP_DYNAMIC": "false", **environment}
        more = self.request.arguments if arguments is None else arguments
        shown = ["env", *(f"{name}={value}" for name, value in sorted(variables.items())), *build.command[1:], *more]
        root, path = self.command.root, os.path.realpath(self.request.path)
        names = " ".join(_names_of_compilers())
        option = "-m" if self._sandbox.means == "landlock" else "-p"
        script = [*start, "/bin/sh", str(HARNESS / "command.sh"), str(build.program), root, os.path.relpath(path, root)]
        async with contextlib.AsyncExitStack() as turn:
            if not measured:
                await turn.enter_async_context(self.cores.take(threads))
            done = await self._sandbox.run(
                [*script, names, option, *self.command.command, *more],
                limits=self._limits(limits or self.request.limits),
                environment=variables,
                collect=_RESULT,
                courteous=not measured,
            )
        results = {name.removeprefix(f"{_RESULT}/"): content for name, content in done.files.items()}
        self._learn_flags(results)
        reported = parse_reports(results.get("report", b""))
        return Ran(self._completed(done, results, variables), tuple(shown), reported.seconds, reported.loops)

    def _limits(self, limits: Limits) -> Limits:
        seconds = self.command.timeout_seconds
        return msgspec.structs.replace(limits, wall_seconds=seconds, cpu_seconds=seconds * cores())

    def _completed(self, done: Completed, results: Mapping[str, bytes], variables: Mapping[str, str]) -> Completed:
        status, stderr, stopped = done.status, done.stderr, done.stopped
        calls = results.get("calls", b"").split()
        if reports := [content for name, content in sorted(results.items()) if name.startswith("sanitizer.")]:
            stderr += b"\n" + b"\n".join(reports)
            code = next((found for value in variables.values() if (found := _EXIT_CODE.search(value))), None)
            status = int(code[1]) if code else status
        elif stopped is not None:
            pass
        elif (problem := results.get("uncopied")) is not None:
            stopped = f"the project could not be copied ({problem.decode('utf-8', 'replace').strip()})"
        elif (refused := results.get("refused")) is not None:
            stopped = refused.decode("utf-8", "replace").strip()
        elif not calls:
            stopped = f"{NOT_BUILT}: it compiles nothing with $CC, $CXX or a compiler on PATH{_last_words(done)}"
        elif status != 0 and calls[-1] != b"0":
            stopped = f"{NOT_BUILT}{_last_words(done)}"
        files = {STATUS: f"{status}\n".encode()} | {
            name.removeprefix("files/"): self._as_in_project(content, results)
            for name, content in results.items()
            if name.startswith("files/")
        }
        if any(name.startswith(LANES) for name in results):
            files |= {name: each for name, each in results.items() if name.startswith((LANES, RACED)) or name == WHERE}
        return msgspec.structs.replace(
            done,
            status=status,
            stdout=self._as_in_project(done.stdout, results),
            stderr=self._as_in_project(stderr, results),
            files=files,
            stopped=stopped,
        )

    def _as_in_project(self, content: bytes, results: Mapping[str, bytes]) -> bytes:
        """With the paths of the copy as those of the project: they may differ from run to run."""
        scratch = results.get(WHERE, b"").strip()
        if not scratch:
            return content
        content = content.replace(scratch + b"/project", os.fsencode(self.command.root))
        return content.replace(scratch + b"/pragmatist/bin/", b"")

    def _learn_flags(self, results: Mapping[str, bytes]) -> None:
        """The flags that the file is really compiled with, for the check that compiles it alone."""
        folder, *arguments = self._as_in_project(results.get("compiled", b""), results).decode(
            "utf-8", "surrogateescape"
        ).splitlines() or [""]
        if folder:
            with contextlib.suppress(UnsafeFlag):
                self.flags = parse_flags(arguments, folder)
                self.request = msgspec.structs.replace(self.request, flags=tuple(arguments), directory=folder)

    async def object_of(self, compiler: Compiler, source: Path) -> str:
        """A file of harness/ that can be linked into every program and library of the project."""
        return await self.once(("in project", compiler.path, source), lambda: self._compiled_for_all(compiler, source))

    async def _compiled_for_all(self, compiler: Compiler, source: Path) -> str:
        driver, _ = drivers_of(compiler)
        command = [driver, "-O2", "-fPIC", "-fno-builtin", "-DPRAGMATIST_IN_PROJECT", "-x", "c", "-c", str(source)]
        built = await self.built(command, command)
        if built.program is None:
            raise RuntimeError(f"{driver} cannot compile {source.name}: {built.messages}")
        return built.program


def parse_reports(report: bytes) -> Reported:
    """The sums over all processes that wrote into the report; of the threads, the most that one of them had."""
    seconds: float | None = None
    loops: dict[int, Observation] = {}
    for line in report.decode("ascii", "replace").splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == "program" and fields[1].isdigit():
            seconds = (seconds or 0.0) + int(fields[1]) * 1e-9
        elif len(fields) == 5 and all(each.isdigit() for each in fields):
            number, entries, iterations, threads, nanoseconds = map(int, fields)
            one = loops.get(number, Observation(0, 0, 0, 0.0))
            loops[number] = Observation(
                one.entries + entries,
                one.iterations + iterations,
                max(one.threads, threads),
                one.seconds + nanoseconds * 1e-9,
            )
    return Reported(seconds, loops)


def compiler_script(
    compiler: Compiler, flags: Sequence[str], openmp: bool, link: Sequence[str], *, lanes: bool = False
) -> str:
    """harness/compiler.sh for one compiler. `link` are the words for whatever links."""
    c, cxx = drivers_of(compiler)
    words = {
        "PRAGMATIST_CXX": shlex.quote(cxx),
        "PRAGMATIST_C": shlex.quote(c),
        "PRAGMATIST_OPENMP_LINK_FLAGS": shlex.join(compiler.openmp_link),
        "PRAGMATIST_OPENMP_FLAGS": shlex.join(compiler.openmp or ()),
        "PRAGMATIST_OPENMP": "yes" if openmp else "no",
        "PRAGMATIST_LINK_FLAGS": shlex.join(link),
        "PRAGMATIST_FLAGS": shlex.join(flags),
        "PRAGMATIST_LANES": "true" if lanes else "false",
        "PRAGMATIST_INSTRUMENTED": "true" if any(each.startswith("-fsanitize") for each in flags) else "false",
    }
    names = "|".join(rf"\b{word}\b" for word in words)
    return re.sub(names, lambda match: words[match[0]], (HARNESS / "compiler.sh").read_text())


def drivers_of(compiler: Compiler) -> tuple[str, str]:
    """The C and the C++ driver of a compiler, whichever of them it is."""
    folder, name = os.path.split(compiler.path)
    for c, cxx in _SIBLINGS:
        if match := re.fullmatch(rf"(?:{re.escape(cxx)}|{c})(-[\d.]+)?", name):
            suffix = match[1] or ""
            return os.path.join(folder, c + suffix), os.path.join(folder, cxx + suffix)
    return compiler.path, compiler.path


def _null_terminated(names: Sequence[str]) -> bytes:
    return b"".join(os.fsencode(each) + b"\0" for each in names)


def _names_of_compilers() -> list[str]:
    """All names by which a command may call a compiler, but for `cc`."""
    names: set[str] = set(_NAMES)
    for folder in _PATH:
        with contextlib.suppress(OSError):
            names.update(name for name in os.listdir(folder) if _COMPILER.fullmatch(name))
    return sorted(names)


def _last_words(done: Completed) -> str:
    lines = [line.strip() for line in done.text.splitlines() if line.strip()]
    wrong = [line for line in lines if re.search(r"\b(error|undefined|Error)\b", line)]
    return f": {(wrong or lines)[0][:300]}" if lines else ""
