"""Programs that try to get out, or to take the machine with them."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pragmatist.verification.sandbox import MIB, Completed, Limits, Sandbox, SandboxUnavailable, bubblewrap, landlock
from pragmatist.verification.sandbox.run import Means
from pragmatist.verification.scratch import working_directory

ATTEMPTS = Path(__file__).parent / "attempts.c"
SMALL = Limits(
    wall_seconds=20, cpu_seconds=10, memory_bytes=256 * MIB, tasks=100, output_bytes=MIB, scratch_bytes=8 * MIB
)


@pytest.fixture(scope="module")
def attempt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile program, in a folder that stands for the project."""
    compiler = shutil.which("gcc") or shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    program = tmp_path_factory.mktemp("project") / "attempt"
    subprocess.run([compiler, "-O1", "-w", str(ATTEMPTS), "-o", str(program)], check=True)
    return program


@pytest.fixture(params=["bubblewrap", "landlock", "none"])
async def anyhow(request: pytest.FixtureRequest, attempt: Path) -> Sandbox:
    """A sandbox by each means, and one without confinement: the limits hold in all."""
    return await by(request.param, attempt)


async def by(means: Means, attempt: Path) -> Sandbox:
    if means == "bubblewrap" and (problem := await bubblewrap.problem()):
        pytest.skip(problem)
    if means == "landlock" and (problem := landlock.problem()):
        pytest.skip(problem)
    return Sandbox([str(attempt.parent)], means=means)


@pytest.fixture(params=["bubblewrap", "landlock"])
def confine(request: pytest.FixtureRequest, attempt: Path) -> Callable[..., object]:
    """Runs one attempt, confined by each means."""

    async def run(*words: str, limits: Limits = SMALL, collect: str | None = None) -> Completed:
        sandbox = await by(request.param, attempt)
        return await sandbox.run([str(attempt), *words], limits=limits, collect=collect)

    return run


def alive(program: Path) -> list[int]:
    """Pids of all processes that run the program."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.readlink(f"/proc/{name}/exe") == str(program):
                found.append(int(name))
        except OSError:
            continue
    return found


async def test_it_reads_no_secret_outside_the_project(confine, tmp_path: Path):
    """A file that the user can read is not there for the program, the project's own files are."""
    secret = tmp_path / "secret"
    secret.write_text("password")
    outside = await confine("read", str(secret))
    assert outside.status == 3
    assert outside.stdout in (b"read: No such file or directory\n", b"read: Permission denied\n")


@pytest.mark.parametrize("means", ["bubblewrap", "landlock"])
async def test_what_is_named_by_a_link_can_be_read_by_it(means: Means, attempt: Path, tmp_path: Path):
    """Through links to folders and files, one after another, in what is shown and outside of it; and nothing beside."""
    shown, real, elsewhere = tmp_path / "shown", tmp_path / "real", tmp_path / "elsewhere"
    for folder in (shown, real / "deep", elsewhere):
        folder.mkdir(parents=True)
        (folder / "text").write_text("x")
    (real / "secret").write_text("password")
    (shown / "within").symlink_to("../real/deep")
    (elsewhere / "first").symlink_to("second")
    (elsewhere / "second").symlink_to(real / "deep")
    (elsewhere / "file").symlink_to(real / "deep" / "text")
    (elsewhere / "round").symlink_to("round")
    (shown / "not-named").symlink_to(elsewhere)
    links = [shown / "within", elsewhere / "first", elsewhere / "file"]
    sandbox = await by(means, attempt)
    sandbox = Sandbox([*sandbox.readable, str(shown), *map(str, links)], means=means)

    async def read(path: Path) -> bool:
        return b"worked" in (await sandbox.run([str(attempt), "read", str(path)], limits=SMALL)).stdout

    for path in (links[0] / "text", links[1] / "text", links[2], shown / "text", real / "deep" / "text"):
        assert await read(path), path
    for path in (real / "secret", links[0] / ".." / "secret", elsewhere / "text", shown / "not-named" / "text"):
        assert not await read(path), path


@pytest.mark.parametrize("path", ["/etc/shadow", "/etc/passwd", "/root", str(Path.home()), "/var/log"])
async def test_it_sees_nothing_of_the_users(confine, path: str):
    """Neither home directories, nor accounts, nor logs."""
    assert b"worked" not in (await confine("read", path)).stdout


async def test_it_gets_no_environment(confine, monkeypatch: pytest.MonkeyPatch):
    """Tokens in the caller's environment stay there, and no process in sight has them."""
    monkeypatch.setenv("SECRET_TOKEN", "hunter2")
    assert b"hunter2" not in (await confine("read", "/proc/1/environ")).stdout
    names = {line.partition(b"=")[0] for line in (await confine("environment")).stdout.splitlines()}
    assert names == {b"PATH", b"HOME", b"TMPDIR", b"LC_ALL", b"PWD"}


async def test_it_writes_only_to_its_scratch_directory(confine, attempt: Path):
    """The project, the system, devices and the kernel's settings are read-only, whoever the user is."""
    for path in (
        attempt.parent / "new",
        attempt,
        "/usr/new",
        "/new",
        "/etc/new",
        "/dev/new",
        "/proc/sys/kernel/hostname",
    ):
        assert b"worked" not in (await confine("write", str(path))).stdout, path
    assert not (attempt.parent / "new").exists()
    inside = await confine("write", "note", collect=".")
    assert (inside.status, inside.files) == (0, {"note": b"owned"})


async def test_a_link_out_of_scratch_brings_nothing_back(confine, tmp_path: Path):
    """Links are not followed when files are collected."""
    secret = tmp_path / "secret"
    secret.write_text("password")
    done = await confine("link", str(secret), collect=".")
    assert (done.status, done.files) == (0, {})


async def test_it_has_no_network(confine):
    """Not even the machine's own: neither a port nor an abstract socket of the host can be reached."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = await confine("connect", str(server.getsockname()[1]))
        assert b"worked" not in done.stdout
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("\0pragmatist-test")
        server.listen()
        assert b"worked" not in (await confine("abstract", "pragmatist-test")).stdout


async def test_it_cannot_signal_a_process_outside(confine):
    """Other processes do not exist in there."""
    assert b"worked" not in (await confine("kill", str(os.getpid()))).stdout


async def test_a_fork_bomb_is_ended(anyhow: Sandbox, attempt: Path):
    """It is stopped by the number of its processes, and none of them is left."""
    done = await anyhow.run([str(attempt), "bomb"], limits=SMALL)
    assert done.stopped in {"it started more than 100 processes and threads", "it used more than 256 MiB of memory"}
    assert alive(attempt) == []


async def test_ten_gigabytes_of_output_are_cut_off(anyhow: Sandbox, attempt: Path):
    """Only what the limit allows is kept."""
    done = await anyhow.run([str(attempt), "output"], limits=SMALL)
    assert (done.stopped, len(done.stdout)) == ("it wrote more than 1 MiB of standard output", MIB)


async def test_a_spinning_program_is_ended(anyhow: Sandbox, attempt: Path):
    """By the processor time that it used."""
    done = await anyhow.run([str(attempt), "spin"], limits=Limits(cpu_seconds=1))
    assert done.stopped == "it used more than 1 s of processor time"


async def test_a_program_that_waits_for_ever_is_ended(anyhow: Sandbox, attempt: Path):
    """A deadlock uses no processor time: it is known by that."""
    done = await anyhow.run([str(attempt), "sleep"], limits=Limits(idle_seconds=0.5))
    assert done.stopped == "it waited for more than 0.5 s without computing"


async def test_memory_is_limited(anyhow: Sandbox, attempt: Path):
    """By what is resident, so that address space may be reserved as sanitizers do."""
    done = await anyhow.run([str(attempt), "eat"], limits=SMALL)
    assert done.stopped == "it used more than 256 MiB of memory"


async def test_filling_the_disk_fills_the_scratch_directory_only(anyhow: Sandbox, attempt: Path):
    """Confined, the scratch directory is as large as the limit; unconfined, its size is watched."""
    done = await anyhow.run([str(attempt), "fill"], limits=SMALL)
    assert done.stdout == b"fill: No space left on device\n" or done.stopped == "it wrote more than 8 MiB of files"


async def test_what_a_program_leaves_running_is_ended_with_it(anyhow: Sandbox, attempt: Path):
    """A process that forked twice, left the session and ignores signals does not outlive the run."""
    done = await anyhow.run([str(attempt), "daemon"], limits=SMALL)
    assert (done.status, done.stdout) == (0, b"daemon: worked\n")
    assert alive(attempt) == []


async def test_cancelling_leaves_no_process(anyhow: Sandbox, attempt: Path):
    """At any moment: while starting, while a megabyte of output is read, and when a daemon has been left already."""
    for delay in (0.0, 0.002, 0.004, 0.006, 0.008, 0.01, 0.015, 0.02, 0.03, 0.05, 0.3):
        run = asyncio.create_task(anyhow.run([str(attempt), "daemon-and-stay"], limits=SMALL, collect="."))
        await asyncio.sleep(delay)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.wait_for(run, 5)
        assert alive(attempt) == [], delay


async def test_status_output_and_files_come_back(anyhow: Sandbox):
    """Exit status, both streams and the files left behind; a signal reads as 128 and its number."""
    done = await anyhow.run(
        ["sh", "-c", "echo out; echo err >&2; mkdir d; echo x > d/f; exit 3"], limits=SMALL, collect="."
    )
    assert (done.status, done.stdout, done.stderr, done.files) == (3, b"out\n", b"err\n", {"d/f": b"x\n"})
    assert (await anyhow.run(["sh", "-c", "kill -11 $$"], limits=SMALL)).status == 139
    assert (await anyhow.run(["sh", "-c", "read line || echo empty"], limits=SMALL, collect=".")).stdout == b"empty\n"


async def test_one_file_comes_back_as_it_is(anyhow: Sandbox):
    """Empty and binary ones too; one that is missing does not, nor what a link points to."""
    make = "printf 'a\\0\\377=' > binary; : > empty; echo x > other; ln -s other link; mkdir folder; echo y > folder/f"
    found = {}
    for name in ("binary", "empty", "link", "missing", "folder"):
        found[name] = (await anyhow.run(["sh", "-c", make], limits=SMALL, collect=name)).files
    assert found == {
        "binary": {"binary": b"a\0\xff="},
        "empty": {"empty": b""},
        "link": {},
        "missing": {},
        "folder": {"folder/f": b"y\n"},
    }


async def test_without_means_to_confine_nothing_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """It is refused, in words that name the package and the way around."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(landlock, "LEAST_ABI", 1000)
    with pytest.raises(SandboxUnavailable, match=r"apt install bubblewrap.*too old.*--no-sandbox"):
        await Sandbox.open([])


async def test_landlock_takes_the_place_of_bubblewrap(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Where bubblewrap is missing and the kernel can confine by itself, commands are confined that way."""
    if problem := landlock.problem():
        pytest.skip(problem)
    monkeypatch.setenv("PATH", str(tmp_path))
    sandbox = await Sandbox.open([])
    assert (sandbox.means, sandbox.confined) == ("landlock", True)
    done = await sandbox.run(["sh", "-c", "echo made > made && cat /etc/hostname"], limits=SMALL, collect=".")
    assert (done.status, done.files) == (1, {"made": b"made\n"})


@pytest.mark.parametrize("call", ["chmod", "utime", "socket", "ptrace", "prlimit", "shm"])
async def test_the_filter_refuses_what_landlock_leaves(attempt: Path, tmp_path: Path, call: str):
    """Metadata of the user's files, sockets, other processes, System V memory: all out of Landlock's reach."""
    sandbox = await by("landlock", attempt)
    mine = tmp_path / "mine"
    mine.write_text("x")
    done = await sandbox.run([str(attempt), call, str(mine), str(os.getpid())], limits=SMALL)
    assert done.stdout == f"{call}: Operation not permitted\n".encode()
    free = await by("none", attempt)
    assert b"Operation not permitted" not in (await free.run([str(attempt), call, str(mine), "0"], limits=SMALL)).stdout


def test_directories_of_killed_processes_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """By the next one; that of a process that still runs stays."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    script = (
        "import tempfile, time; from pragmatist.verification.scratch import working_directory\n"
        f"tempfile.tempdir = {str(tmp_path)!r}\n"
        "with working_directory() as directory: print(directory, flush=True); time.sleep(60)"
    )
    holders = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    directories = [holder.stdout.readline().strip() for holder in holders if holder.stdout]
    try:
        holders[0].kill()
        holders[0].wait()
        with working_directory():
            pass
        assert [os.path.exists(directory) for directory in directories] == [False, True]
    finally:
        for holder in holders:
            holder.kill()
            holder.communicate()
