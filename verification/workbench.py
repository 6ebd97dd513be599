"""`Workbench`: the builds and runs of one verification, shared between all the plans of a file.

Everything is asked for by content: the same text built with the same arguments is built once, whoever asks and
however many ask at the same time. The copies stand in a directory of the workbench's own, which the sandbox may read.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .certificates import CertificateStore, content_key
from .cl_flags import cl_command, to_cl
from .compilers import Compiler
from .concurrency import Cores, Precedence, precedence
from .drivers.driver import HARNESS, SURVEY, Driver
from .flags import Flags, parse_flags
from .linking import linker_in, linking, one_after_the_other, question
from .request import VerificationRequest, cores
from .sandbox import Completed, Limits, Sandbox
from .scratch import working_directory
from .sources import readable_roots, source_texts
from .toolchain import Toolchain

T = TypeVar("T")

OBSERVER = HARNESS / "observe.c"
_PROGRAM, _OBJECT = "program", "program.o"
_REPORT = ".pragmatist-report"
SURVEY_REPORT = ".pragmatist-survey"
_THREADS = re.compile(rb"\bomp\b|\bomp_|_OPENMP|\bpthread|<threads?(?:\.h)?>|<future>|<execution>|<tbb/")


class Build(msgspec.Struct, frozen=True):
    """One compilation. `program` is the executable's path, None where it failed or was not to be linked.

    `command` is for a person to repeat on the edited file: it names that in place of the copy under test, and leaves
    the observer out.
    """

    ok: bool
    messages: str
    command: tuple[str, ...]
    program: str | None = None
    stopped: str | None = None


class Observation(msgspec.Struct, frozen=True):
    """What harness/observe.c counted of one loop in one run; `most` are the iterations of its longest entry."""

    entries: int
    iterations: int
    threads: int
    seconds: float
    most: int = 0


class _Object(msgspec.Struct, frozen=True):
    """A compiled file of harness/."""

    content: bytes


class _Linker(msgspec.Struct, frozen=True):
    """What a compiler said that it links with."""

    command: tuple[str, ...]


class Ran(msgspec.Struct, frozen=True):
    """One run of a program. `program_seconds` is main's own time; None where the program ended without a report."""

    completed: Completed
    command: tuple[str, ...]
    program_seconds: float | None = None
    loops: dict[int, Observation] = {}


class Workbench:
    """Made by `open`, which cleans up after it whatever happens.

    With a `driver` every program that is linked is the file with that driver below it, and is run on its inputs.
    """

    def __init__(
        self,
        request: VerificationRequest,
        toolchain: Toolchain,
        sandbox: Sandbox,
        directory: str,
        driver: Driver | None = None,
        turns: Cores | None = None,
        store: CertificateStore | None = None,
        shared: dict[Hashable, asyncio.Future[Any]] | None = None,
    ) -> None:
        self.request, self.toolchain, self.driver = request, toolchain, driver
        self.obstacle: str | None = None  # why the plans cannot be run at all, where that is known beforehand
        self.flags: Flags = parse_flags(request.flags, request.directory or os.path.dirname(request.path))
        # One more than there are: while a sandbox is made or taken down, nobody computes.
        self.cores = turns or Cores(cores() + 1)
        self._sandbox, self._directory = sandbox, directory
        self._store = store
        self._tasks: dict[Hashable, asyncio.Future[Any]] = {}
        self._shared: dict[Hashable, asyncio.Future[Any]] = {} if shared is None else shared
        self._others: list[Workbench] = []
        self._begun: list[asyncio.Task[None]] = []
        texts = [request.text, *source_texts(request)]
        self.has_threads = any(_THREADS.search(text) for text in texts)
        # Without -fopenmp the pragmas of the original are silent, but calls of the runtime's functions need it.
        self.serial_openmp = any(b"omp.h" in text for text in texts)

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, request: VerificationRequest, toolchain: Toolchain, store: CertificateStore | None = None
    ) -> AsyncIterator[Workbench]:
        """With a `store` the objects of harness/ are kept for the next time. Raises `SandboxUnavailable` and
        `UnsafeFlag`."""
        with working_directory() as directory:
            readable = [directory, str(OBSERVER.parent), *readable_roots(request), *toolchain.prefixes]
            sandbox = await Sandbox.open(readable, no_sandbox=request.no_sandbox)
            bench = cls(request, toolchain, sandbox, directory, store=store)
            try:
                yield bench
            finally:
                await bench._close()

    async def _close(self) -> None:
        for other in self._others:
            await other._close()
        tasks = [*self._begun, *self._tasks.values(), *self._shared.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def with_driver(self, driver: Driver | None) -> Workbench:
        """A workbench in the same sandbox and with the same cores, for the same file as another program, or with other
        inputs. What is built alike is built once for both."""
        other = Workbench(
            self.request, self.toolchain, self._sandbox, self._directory, driver, self.cores, self._store, self._shared
        )
        self._others.append(other)
        return other

    async def once(self, key: Hashable, make: Callable[[], Awaitable[T]], *, shared: bool = False) -> T:
        """The result of `make`, which runs at most once for a key; an exception is everybody's who asked. `shared`:
        also by other workbenches for the same file."""
        return await asyncio.shield(self.start(key, make, shared=shared))

    def start(self, key: Hashable, make: Callable[[], Awaitable[T]], *, shared: bool = False) -> asyncio.Future[T]:
        """Likewise, for somebody who asks later."""
        tasks = self._shared if shared else self._tasks
        if key not in tasks:
            tasks[key] = asyncio.ensure_future(make())
        return tasks[key]

    async def started(self, key: Hashable, *, shared: bool = False) -> Any | None:
        """The result of what was started under the key, None where nothing was."""
        task = (self._shared if shared else self._tasks).get(key)
        return None if task is None else await asyncio.shield(task)

    @property
    def has_short_runs(self) -> bool:
        """Whether the inputs are ours: then one run takes some hundredths of a second, sanitizers included."""
        return self.driver is not None and not self.driver.given

    def begin(self, make: Callable[[], Awaitable[object]]) -> None:
        """Begins builds that will be asked for, on cores that nobody waits for. What fails here fails again there."""

        async def begun() -> None:
            precedence.set(Precedence.BACKGROUND)
            with contextlib.suppress(Exception):
                await make()

        self._begun.append(asyncio.ensure_future(begun()))

    async def build(
        self,
        text: bytes,
        compiler: Compiler,
        flags: Sequence[str],
        *,
        openmp: bool,
        link: bool = True,
        observe: bool = False,
        survey: bool = False,
        warnings: Sequence[str] = ("-w",),
        also: Sequence[Path] = (),
    ) -> Build:
        """Compiles `text` in place of the request's file and, with `link`, the program with the request's sources.

        `observe` links harness/observe.c, built without any of the flags, into it; `survey` has harness/survey.c
        watch each access to memory. `also` are more files of harness/ to link.
        """
        files = (*([OBSERVER] if observe else []), *([SURVEY] if survey else []), *also)
        driver = self.driver if link else None
        key = ("build", text, compiler.path, tuple(flags), openmp, link, files, tuple(warnings), repr(self.flags))
        key += driver.program if driver is not None else ()
        make = lambda: self._build(text, compiler, flags, openmp, link, files, warnings)  # noqa: E731
        return await self.once(key, make, shared=True)

    async def _build(
        self,
        text: bytes,
        compiler: Compiler,
        flags: Sequence[str],
        openmp: bool,
        link: bool,
        files: Sequence[Path],
        warnings: Sequence[str],
    ) -> Build:
        if compiler.cl_like:
            assert not link
            return await self._taken_by_cl(text, compiler, [*flags, *warnings], openmp)
        request = self.request
        copy = self.copy_of(self.driver.around(text) if self.driver and link else text)
        arguments = [*flags, *warnings, *self.arguments(link=link)]
        if openmp:
            arguments += compiler.openmp or ()
        objects: list[str] = []
        # What MemorySanitizer does not see written it takes for unwritten.
        watched = [flag for flag in flags if flag == "-fsanitize=memory"]
        if link and (harness := await self.harness_objects(compiler, also=files, flags=watched)):
            objects = ["-x", "none", *harness]
        libraries = ["-lm", "-lpthread"]
        if SURVEY in files:  # instrumented, but with functions of our own in place of ThreadSanitizer's
            arguments += ["-fsanitize=thread"]
            if compiler.family == "clang":
                arguments += ["-fno-sanitize-link-runtime"]
            else:
                libraries += ["-nodefaultlibs", *(["-lstdc++"] if request.language == "cpp" else [])]
                libraries += ["-lm", "-lc", "-lgcc", "-lgcc_s"]
        source = ["-x", "c" if request.language == "c" else "c++"]
        sanitized = any(flag.startswith("-fsanitize") for flag in flags)  # they name who allocated what
        wrapped = driver.link if link and not sanitized and (driver := self.driver) else ()
        tail = [*self.flags.link, *wrapped, *(compiler.openmp_link if openmp else ()), *compiler.linker, *libraries]

        def line(file: str, more: Sequence[str]) -> list[str]:
            if not link:
                return [compiler.path, *compiler.start, *arguments, "-c", *source, file, "-o", _PROGRAM]
            return [compiler.path, *arguments, *source, file, *request.sources, *more, *tail, "-o", _PROGRAM]

        command = line(copy, objects)
        shown = tuple(line(request.path, ()))
        if link:
            if not request.sources and (linker := await self._linker(compiler, arguments, tail)):
                compile = [compiler.path, *arguments, "-c", *source, copy, "-o", _OBJECT]
                command = one_after_the_other(compile, linking(linker, [_OBJECT, *objects[2:]], _PROGRAM))
            built = await self._made(command, shown)
            return msgspec.structs.replace(built, messages=built.messages.replace(copy, request.path))
        done = await self.execute(command)
        ok = done.status == 0 and not done.stopped
        return Build(ok, done.text.replace(copy, request.path), shown, stopped=done.stopped)

    async def _taken_by_cl(self, text: bytes, compiler: Compiler, flags: Sequence[str], openmp: bool) -> Build:
        """Compiles the file by a command line in cl's spelling."""
        copy, path = self.copy_of(text), self.request.path
        arguments = to_cl([*flags, *self.arguments(link=False)], clang=compiler.family == "clang-cl")
        arguments += (compiler.openmp or ()) if openmp else ()
        command, shown = (
            cl_command(compiler.path, compiler.start, arguments, self.request.language, each, _PROGRAM)
            for each in (copy, path)
        )
        done = await self.execute(command)
        ok = done.status == 0 and not done.stopped
        return Build(ok, done.text.replace(copy, path), tuple(shown), stopped=done.stopped)

    async def built(self, command: Sequence[str], shown: Sequence[str]) -> Build:
        """Runs a command that, with `-o` behind it, makes one file, and keeps that file."""
        return await self._made([*command, "-o", _PROGRAM], shown)

    async def _made(self, command: Sequence[str], shown: Sequence[str]) -> Build:
        done = await self.execute(command, collect=_PROGRAM)
        if done.status != 0 or done.stopped or _PROGRAM not in done.files:
            return Build(False, done.text, tuple(shown), stopped=done.stopped)
        return Build(True, done.text, tuple(shown), self._keep(done.files[_PROGRAM]))

    async def execute(
        self,
        command: Sequence[str],
        *,
        collect: str | None = None,
        threads: int = 1,
        measured: bool = False,
    ) -> Completed:
        """One command in the sandbox, within the request's limits. For a `measured` one the caller has taken all cores
        already, and it makes way for nobody."""
        async with contextlib.AsyncExitStack() as turn:
            if not measured:
                await turn.enter_async_context(self.cores.take(min(threads, cores())))
            limits = self.request.limits
            return await self._sandbox.run(command, limits=limits, collect=collect, courteous=not measured)

    async def _linker(self, compiler: Compiler, flags: Sequence[str], tail: Sequence[str]) -> tuple[str, ...]:
        """The command that the compiler links with, see linking.py; empty where its driver is to do that."""
        if compiler.family != "clang":  # gcc's driver costs next to nothing
            return ()
        asked = question(compiler.path, flags, tail)

        async def answer() -> tuple[str, ...]:
            key = content_key([self.toolchain.fingerprint, asked])
            known = self._store.get("linker", key, _Linker) if self._store else None
            if known is None:
                done = await self.execute(asked)
                known = _Linker(linker_in(done.text) if done.status == 0 else ())
                if self._store and not done.stopped:
                    self._store.put("linker", key, known)
            return known.command

        return await self.once(("linker", *asked), answer, shared=True)

    def arguments(self, *, link: bool) -> list[str]:
        """What every compilation of the request's file gets: language, macros, include paths."""
        request = self.request
        arguments = [*self.flags.language, "-iquote", os.path.dirname(request.path)]
        if self.driver and link and request.language == "cpp":
            arguments.append("-fno-access-control")  # the driver fills private members too
        for directory in request.include_dirs:
            arguments += ["-I", directory]
        return arguments

    async def harness_objects(
        self, compiler: Compiler, *, observe: bool = False, also: Sequence[Path] = (), flags: Sequence[str] = ()
    ) -> list[str]:
        """Files of harness/ as objects to link: the driver's runtime where there is a driver, and what is asked for."""
        files = [*([OBSERVER] if observe else []), *(self.driver.runtime if self.driver else ()), *also]
        return [await self._harness(compiler, each, tuple(flags)) for each in files]

    def file(self, name: str, content: bytes, *, executable: bool = False) -> str:
        """A file of our own that commands may read, in a folder by its content."""
        path = os.path.join(self._directory, hashlib.sha256(content).hexdigest()[:24], name)
        if not os.path.exists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            Path(path).write_bytes(content)
            os.chmod(path, 0o700 if executable else 0o600)
        return path

    def copy_of(self, text: bytes) -> str:
        """Where the compiler reads `text`; a line marker has messages and debug information name the user's file."""
        path = self.request.path
        name = path.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        folder = os.path.join(self._directory, hashlib.sha256(text).hexdigest()[:24])
        copy = os.path.join(folder, os.path.basename(path))
        if not os.path.exists(copy):
            os.makedirs(folder, exist_ok=True)
            bom = b"\xef\xbb\xbf" if text.startswith(b"\xef\xbb\xbf") else b""
            Path(copy).write_bytes(bom + f'#line 1 "{name}"\n'.encode("utf-8", "surrogateescape") + text[len(bom) :])
        return copy

    def _keep(self, program: bytes) -> str:
        path = os.path.join(self._directory, f"program-{hashlib.sha256(program).hexdigest()[:24]}")
        if not os.path.exists(path):
            Path(path).write_bytes(program)
            os.chmod(path, 0o700)
        return path

    async def _harness(self, compiler: Compiler, source: Path, flags: tuple[str, ...]) -> str:
        """One file of harness/ as an object."""
        key = ("harness", compiler.path, source, flags)
        return await self.once(key, lambda: self._compiled(compiler, source, flags), shared=True)

    async def _compiled(self, compiler: Compiler, source: Path, flags: tuple[str, ...]) -> str:
        headers = [each.read_bytes() for each in sorted(HARNESS.glob("*.h"))]
        key = content_key([self.toolchain.fingerprint, compiler.path, flags, source.read_bytes(), headers])
        kept = self._store.get("object", key, _Object) if self._store else None
        if kept is None:
            # C whatever the language: as the text's compiler, the C++ driver compiles C too.
            command = [compiler.path, *flags, "-O2", "-fno-builtin", "-x", "c", "-c", str(source), "-o", _PROGRAM]
            done = await self.execute(command, collect=_PROGRAM)
            if done.status != 0:
                raise RuntimeError(f"{compiler.name} cannot compile {source.name}: {done.text}")
            kept = _Object(done.files[_PROGRAM])
            if self._store:
                self._store.put("object", key, kept)
        return self.file(f"{source.stem}.o", kept.content)

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
        """Runs a built program with the request's arguments, or the driver's, unless others are given.

        `threads` is how many cores it takes a turn for, and OMP_NUM_THREADS unless `environment` says otherwise.
        `collect` brings back the files that it wrote, or the one of that name; `report` what the observer counted. For
        a `measured` run the caller has taken all cores already, and it makes way for nobody. `start` goes before the
        program.
        """
        assert build.program is not None
        variables = {"OMP_NUM_THREADS": str(threads), "OMP_DYNAMIC": "false", **(environment or {})}
        shown = ["env", *(f"{name}={value}" for name, value in sorted(variables.items()))]
        if arguments is None:
            arguments = self.request.arguments
            if self.driver is not None:
                arguments = self.driver.large if measured else self.driver.arguments
        shown += [f"./{_PROGRAM}", *arguments]
        scratch_report = {"PRAGMATIST_REPORT": _REPORT} if report else {}
        async with contextlib.AsyncExitStack() as turn:
            if not measured:
                # On inputs of ours it is over before another could use what it leaves of its cores.
                await turn.enter_async_context(self.cores.take(1 if self.has_short_runs else threads))
            done = await self._sandbox.run(
                [*start, build.program, *arguments],
                limits=limits or self.request.limits,
                environment={**variables, **scratch_report},
                collect=collect if isinstance(collect, str) else "." if collect else _REPORT if report else None,
                courteous=not measured,
            )
        files = dict(done.files)
        seconds, loops = parse_report(files.pop(_REPORT, b""))
        return Ran(msgspec.structs.replace(done, files=files), tuple(shown), seconds, loops)


def parse_report(report: bytes) -> tuple[float | None, dict[int, Observation]]:
    seconds: float | None = None
    loops: dict[int, Observation] = {}
    for line in report.decode("ascii", "replace").splitlines():
        fields = line.split()
        if len(fields) == 2 and fields[0] == "program":
            seconds = int(fields[1]) * 1e-9
        elif len(fields) == 5:
            number, entries, iterations, threads, nanoseconds = map(int, fields)
            loops[number] = Observation(entries, iterations, threads, nanoseconds * 1e-9)
        elif len(fields) == 3 and fields[0] == "most":
            number, most = map(int, fields[1:])
            loops[number] = msgspec.structs.replace(loops[number], most=most)
    return seconds, loops
