"""What hostile programs, sources and compile commands try in the sandbox, and what comes of it, as a table.

    python benchmarks/verification/sandbox_table.py

Each attempt is made under each means of confinement that works here. tests/verification/test_sandbox_table.py makes
them all too. The program that makes most of them is tests/verification/attempts.c.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
from pragmatist.verification.flags import UnsafeFlag, parse_flags
from pragmatist.verification.request import VerificationRequest
from pragmatist.verification.sandbox import MIB, Completed, Limits, Sandbox, bubblewrap, landlock
from pragmatist.verification.sandbox.run import Means
from pragmatist.verification.sources import readable_roots

ATTEMPTS = Path(__file__).parents[2] / "tests" / "verification" / "attempts.c"
SECRET = "hunter2-outside-the-project"
LIMITS = Limits(
    wall_seconds=20, cpu_seconds=1, memory_bytes=256 * MIB, tasks=100, output_bytes=MIB, scratch_bytes=8 * MIB
)
COMPILING = msgspec.structs.replace(LIMITS, cpu_seconds=20, memory_bytes=1024 * MIB, scratch_bytes=64 * MIB)


class Place(msgspec.Struct):
    """`folder` is the project, `program` makes attempts, `secret` is a file outside with SECRET in it, `marker` one
    that must not come into being."""

    sandbox: Sandbox
    folder: Path
    program: Path
    secret: Path
    marker: Path

    async def run(self, *words: str, limits: Limits = LIMITS, collect: str | None = None) -> Completed:
        return await self.sandbox.run([str(self.program), *words], limits=limits, collect=collect)


class Outcome(msgspec.Struct):
    """`held`: nothing got out. `words` say what the attempt came to."""

    held: bool
    words: str


Attempt = Callable[[Place], Awaitable[Outcome]]


def told(done: Completed) -> Outcome:
    """Of a program that prints "worked" if it did."""
    line = done.stdout[:300].decode("utf-8", "replace").strip().rpartition("\n")[2]
    held = b": worked" not in done.stdout and SECRET.encode() not in done.stdout
    return Outcome(held and bool(line or done.stopped), done.stopped or line.partition(": ")[2])


def running(*words: str) -> Attempt:
    async def attempt(place: Place) -> Outcome:
        names = {"SECRET": str(place.secret), "MARKER": str(place.marker), "PID": str(os.getpid())}
        return told(await place.run(*(names.get(word, word.replace("/PID/", f"/{os.getpid()}/")) for word in words)))

    return attempt


def ended(*words: str) -> Attempt:
    """Contained: a limit ends it, and none of its processes is left."""

    async def attempt(place: Place) -> Outcome:
        done = await place.run(*words)
        left = alive(place.program)
        return Outcome(done.stopped is not None and not left, f"{done.stopped}; {len(left)} processes left")

    return attempt


async def filling_the_disk(place: Place) -> Outcome:
    done = await place.run("fill")
    words = done.stopped or done.stdout.decode().partition(": ")[2].strip()
    return Outcome("worked" not in words and bool(words), words)


async def leaving_a_daemon(place: Place) -> Outcome:
    done = await place.run("daemon")
    left = alive(place.program)
    return Outcome(done.status == 0 and not left, f"ended with the run; {len(left)} processes left")


async def linking_out(place: Place) -> Outcome:
    done = await place.run("link", str(place.secret), collect=".")
    return Outcome(done.status == 0 and not done.files, "the link is not followed; nothing comes back")


async def abstract_socket(place: Place) -> Outcome:
    with socket.socket(socket.AF_UNIX) as server:
        name = f"pragmatist-{os.getpid()}"
        server.bind(f"\0{name}")
        server.listen()
        return told(await place.run("abstract", name))


async def local_port(place: Place) -> Outcome:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return told(await place.run("connect", str(server.getsockname()[1])))


async def inherited_descriptors(place: Place) -> Outcome:
    """A file that this process holds open, inheritable at that."""
    with place.secret.open("rb") as file:
        os.set_inheritable(file.fileno(), True)
        done = await place.run("descriptors")
    found = done.stdout.decode("utf-8", "replace").strip().splitlines()
    return Outcome(
        done.status == 0 and str(place.secret) not in done.stdout.decode(), f"{len(found)} open: its streams"
    )


def alive(program: Path) -> list[int]:
    """Pids of all processes that run the program."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{name}/exe") == str(program):
                found.append(int(name))
    return found


def compiling(text: str, *flags: str, compiler: str = "gcc") -> Attempt:
    """A source that would bring the secret into what the compiler says or makes, or make it write elsewhere."""

    async def attempt(place: Place) -> Outcome:
        program = shutil.which(compiler)
        if program is None:
            return Outcome(True, f"not tried: no {compiler}")
        source = place.folder / "hostile.c"
        source.write_text(text.replace("SECRET", str(place.secret)))
        more = [flag.replace("SECRET", str(place.secret)).replace("MARKER", str(place.marker)) for flag in flags]
        line = [program, "-w", *more, "-c", str(source), "-o", "made.o"]
        done = await place.sandbox.run(line, limits=COMPILING, collect=".")
        seen = b"".join((done.stdout, done.stderr, *done.files.values()))
        held = SECRET.encode() not in seen and not place.marker.exists()
        complaint = next((line for line in done.text.splitlines() if "rror" in line), "")
        words = complaint.replace(str(place.secret), "SECRET").replace(str(place.marker), "ELSEWHERE")
        return Outcome(held, words.rpartition("rror: ")[2][:90] or "nothing of the user's is in it")

    return attempt


def commanding(*flags: str) -> Attempt:
    """Arguments of a compile_commands.json, each by itself: refused by name, or left out."""

    async def attempt(place: Place) -> Outcome:
        words: dict[str, None] = {}
        kept: list[str] = []
        for flag in flags:
            try:
                found = parse_flags([flag, "evil"], str(place.folder))
            except UnsafeFlag:
                words["refused by name"] = None
            else:
                kept += [*found.language, *found.warnings, *found.tuning, *found.link]
                words["left out"] = None
        return Outcome(not kept, f"kept: {kept}" if kept else " or ".join(words))

    return attempt


async def include_directory_of_secrets(place: Place) -> Outcome:
    """-I names a folder of keys, straight and through a link of the project's."""
    keys = place.secret.parent / ".ssh"
    keys.mkdir(exist_ok=True)
    link = place.folder / "inc"
    with contextlib.suppress(FileExistsError):
        link.symlink_to(keys)
    request = VerificationRequest(
        path=str(place.folder / "a.c"),
        text=b"",
        language="c",
        edits=(),
        flags=("-I", str(keys), "-isystem", "inc", "-I/"),
        directory=str(place.folder),
        project_root=str(place.folder),
    )
    shown = readable_roots(request)
    return Outcome(shown == [str(place.folder)], "not shown to the compiler")


async def hostile_names(place: Place) -> Outcome:
    """Files called like flags, response files and commands, compiled by their paths."""
    words = []
    for name in ("@file.c", "-fplugin=evil.so.c", "$(touch owned).c", "a;touch owned;.c", "new\nline.c", '"quoted".c'):
        source = place.folder / name
        source.write_text("int x;\n")
        line = [shutil.which("gcc") or "cc", "-c", str(source), "-o", "made.o"]
        done = await place.sandbox.run(line, limits=COMPILING, collect=".")
        if done.status != 0 or set(done.files) != {"made.o"}:
            words.append(f"{name!r}: {done.text[:80]}")
    return Outcome(not words, "; ".join(words) or "they are names like any other")


TABLE: dict[str, Attempt] = {
    "read a secret outside of the project": running("read", "SECRET"),
    "read /etc/shadow": running("read", "/etc/shadow"),
    "list the home directory": running("list", str(Path.home())),
    "read the environment of the process that started it": running("read", "/proc/PID/environ"),
    "read its memory through /proc": running("read", "/proc/PID/mem"),
    "attach to it by ptrace": running("ptrace", "", "PID"),
    "send it a signal": running("kill", "PID"),
    "use a file that it held open": inherited_descriptors,
    "write outside of scratch": running("write", "MARKER"),
    "write into /dev": running("write", "/dev/new"),
    "change a kernel setting": running("write", "/proc/sys/kernel/hostname"),
    "connect to a port of the machine": local_port,
    "connect to an abstract socket": abstract_socket,
    "type into the terminal (TIOCSTI)": running("type"),
    "make a user namespace of its own": running("unshare"),
    "mount a file system": running("mount"),
    "a symlink out of scratch": linking_out,
    "a fork bomb": ended("bomb"),
    "10 GB of output": ended("output"),
    "a 60 s spin": ended("spin"),
    "all of the memory": ended("eat"),
    "fill the disk": filling_the_disk,
    "fork twice, leave the session, ignore signals": leaving_a_daemon,
    "`#include` of a secret": compiling('#include "SECRET"\n'),
    '`#include "/proc/self/environ"`': compiling('#include "/proc/self/environ"\n'),
    '`#include "/dev/stdin"`': compiling('#include "/dev/stdin"\nint x;\n'),
    "`.incbin` of a secret in inline assembly": compiling('__asm__(".incbin \\"SECRET\\"");\n'),
    "`#embed` of a secret": compiling(
        'char x[] = {\n#embed "SECRET"\n};\n', "-Wno-c23-extensions", compiler="clang-19"
    ),
    "`-include` of a secret": compiling("int x;\n", "-include", "SECRET"),
    "`-imacros` of a secret": compiling("int x;\n", "-imacros", "SECRET"),
    "`-MD -MF` and `-fdump` to elsewhere": compiling("int x;\n", "-MD", "-MF", "MARKER", "-fdump-tree-all=MARKER"),
    "`-save-temps` to elsewhere": compiling("int x;\n", "-save-temps", "-dumpdir", "MARKER"),
    "an include directory that holds keys": include_directory_of_secrets,
    "`-fplugin=`, `-fpass-plugin=`, `-Xclang`, `-mllvm`": commanding(
        "-fplugin=evil.so", "-fpass-plugin=evil.so", "-Xclang", "-mllvm", "-load", "-fplugin-arg-evil-x=y"
    ),
    "`-B`, `-wrapper`, `-specs=`, `-fuse-ld=`": commanding(
        "-B.", "-wrapper", "-specs=evil", "--specs=evil", "-fuse-ld=./evil", "--ld-path=evil"
    ),
    "`@file`, `-Wl,@file`, `-Wp,@file`, `-Wa,@file`": commanding(
        "@evil", "-Wl,@evil", "-Wp,@evil", "-Wa,@evil", "-Wl,-rpath,/x,@evil"
    ),
    "`-Wl,-T`, `-Wl,--plugin`, `-Wl,-rpath,x,-T,evil`": commanding(
        "-Wl,-T,evil", "-T", "-Wl,--plugin,evil.so", "-Wl,-plugin=evil.so", "-Wl,-rpath,/x,-T,evil"
    ),
    "`-Wp,-DX,-fplugin=`, `-Wp,-MD,`": commanding("-Wp,-DX,-fplugin=evil.so", "-Wp,-MD,/x", "-Wp,-D"),
    "`-fprofile-use=`, `-ftime-trace=`, `-fopt-info=`": commanding(
        *("-fprofile-use=/x", "-fauto-profile=/x", "-ftime-trace=/x", "-fopt-info=/x", "-fdump-tree-all=/x"),
        *("-foptimization-record-file=/x", "-fcrash-diagnostics-dir=/x", "-fthinlto-index=x"),
    ),
    "`-o`, `-MF`, `-MJ`, `-save-temps`": commanding("-o", "-MF", "-MJ", "-MD", "-save-temps=obj", "-dumpdir"),
    "`-fmodule-map-file=`, `-fmodule-mapper=`, `-include-pch`": commanding(
        "-fmodule-map-file=evil", "-fmodule-mapper=|evil", "-fprebuilt-module-path=evil", "-include-pch", "-ivfsoverlay"
    ),
    "hostile file names (`@file.c`, `-fplugin=evil.so.c`, `$(touch x).c`)": hostile_names,
}


async def means_here() -> list[Means]:
    found: list[Means] = []
    if await bubblewrap.problem() is None:
        found.append("bubblewrap")
    if landlock.problem() is None:
        found.append("landlock")
    return found


@contextlib.contextmanager
def places(directory: Path) -> Iterator[Callable[[Means], Place]]:
    """A project, a secret beside it, and the program that makes the attempts."""
    folder, outside = directory / "project", directory / "outside"
    folder.mkdir()
    outside.mkdir()
    secret = outside / "secret"
    secret.write_text(f"{SECRET}\n")
    program = folder / "attempt"
    subprocess.run([shutil.which("gcc") or "cc", "-O1", "-w", str(ATTEMPTS), "-o", str(program)], check=True)
    yield lambda means: Place(Sandbox([str(folder)], means=means), folder, program, secret, outside / "marker")


async def measure() -> int:
    means = await means_here()
    escaped = 0
    print(f"| Attempt | {' | '.join(means)} |\n|---|{'---|' * len(means)}")
    with tempfile.TemporaryDirectory() as directory, places(Path(directory)) as place:
        for name, attempt in TABLE.items():
            outcomes = [await attempt(place(each)) for each in means]
            escaped += sum(not each.held for each in outcomes)
            cells = (("" if each.held else "**GOT OUT** ") + each.words.replace("|", "\\|") for each in outcomes)
            print(f"| {name} | {' | '.join(cells)} |", flush=True)
    print(f"\n{len(TABLE)} attempts under {len(means)} means, {escaped} got out", file=sys.stderr)
    return 1 if escaped else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(measure()))
