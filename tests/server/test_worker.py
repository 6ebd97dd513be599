"""Worker processes: answers, failures with words, death noticed, and an end when nobody is left to answer to."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys

import pytest
from pragmatist.server.engine.discovery import find_sources
from pragmatist.server.engine.files import FileJudgement
from pragmatist.server.worker import many
from pragmatist.server.worker.client import Worker, WorkerDied, WorkerError
from pragmatist.server.worker.tasks import FilePath, Text, VerifyText
from pragmatist.server.worker.telling import Told

SCALE = b"void f(int n, double *restrict y)\n{\n    for (int i = 0; i < n; i++)\n        y[i] = i;\n}\n"
LONG = b"".join(SCALE.replace(b"f(", b"f%d(" % number) for number in range(4000))  # many seconds of analysis
PATIENCE = 60


async def ended(pid: int) -> None:
    """Wait until the process is gone."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    event = asyncio.Event()
    asyncio.get_running_loop().add_reader(descriptor, event.set)
    try:
        await asyncio.wait_for(event.wait(), PATIENCE)
    finally:
        asyncio.get_running_loop().remove_reader(descriptor)
        os.close(descriptor)


async def test_one_worker_answers_many_calls():
    """In turn, whoever asks at the same time."""
    async with Worker("test") as worker:
        calls = (worker.call("tell_text", Text(SCALE, "c"), Told) for _ in range(3))
        answers = await asyncio.gather(*calls)
        pid = worker.pid
        assert [len(answer.loops) for answer in answers] == [1, 1, 1]
        assert pid is not None
    await ended(pid)


async def test_a_task_that_cannot_be_done_says_why_and_the_worker_lives():
    """A loop that is not there: words, not a traceback; a wrong request likewise, as our fault."""
    async with Worker("test") as worker:
        with pytest.raises(WorkerError, match="no longer has a plan") as error:
            await worker.call("verify", VerifyText("/tmp/a.c", SCALE, "none", "c"), Told)
        assert not error.value.internal
        with pytest.raises(WorkerError) as error:
            await worker.call("no such task", Text(SCALE), Told)
        assert error.value.internal
        assert len((await worker.call("tell_text", Text(SCALE, "c"), Told)).loops) == 1


async def test_a_worker_that_dies_is_noticed_and_replaced():
    """By name and signal; the next call has a fresh one."""
    async with Worker("analysis") as worker:
        await worker.start()
        call = asyncio.ensure_future(worker.call("tell_text", Text(LONG, "c"), Told))
        await asyncio.sleep(0)
        pid = worker.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        with pytest.raises(WorkerDied, match="analysis process was ended by SIGKILL"):
            await call
        assert len((await worker.call("tell_text", Text(SCALE, "c"), Told)).loops) == 1


async def test_cancelling_a_call_ends_its_process():
    """Analysis cannot be interrupted otherwise; the next call has a fresh process."""
    async with Worker("test") as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
        call = asyncio.ensure_future(worker.call("tell_text", Text(LONG, "c"), Told))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        await ended(pid)
        assert len((await worker.call("tell_text", Text(SCALE, "c"), Told)).loops) == 1


async def test_a_call_that_takes_too_long_is_stopped():
    """With its process."""
    async with Worker("test") as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
        with pytest.raises(TimeoutError):
            await worker.call("tell_text", Text(LONG, "c"), Told, timeout=0.2)
        await ended(pid)


async def test_closing_waits_for_the_process_of_a_call_that_took_too_long():
    """Or a command would be over before it is ended, and nobody would end one that does not end by itself."""
    async with Worker("test") as worker:
        await worker.start()
        pid = worker.pid
        assert pid is not None
        with pytest.raises(TimeoutError):
            await worker.call("tell_text", Text(LONG, "c"), Told, timeout=0.2)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


async def test_a_worker_never_imports_from_the_workspace(tmp_path, monkeypatch):
    """The current directory is the user's: a `json.py` in it must not run."""
    (tmp_path / "json.py").write_text("raise SystemExit('imported from the workspace')\n")
    (tmp_path / "pragmatist").mkdir()
    (tmp_path / "pragmatist" / "__init__.py").write_text("raise SystemExit('imported from the workspace')\n")
    monkeypatch.chdir(tmp_path)
    async with Worker("test") as worker:
        assert len((await worker.call("tell_text", Text(SCALE, "c"), Told)).loops) == 1


async def test_a_busy_worker_does_not_outlive_its_killed_parent():
    """SIGKILL leaves nobody to clean up: the worker sees its pipe close."""
    script = (
        "import asyncio, sys\n"
        "from pragmatist.server.worker.client import Worker\n"
        "from pragmatist.server.worker.tasks import Text\n"
        "async def main():\n"
        "    worker = Worker('test')\n"
        "    await worker.start()\n"
        "    call = asyncio.ensure_future(worker.call('tell_text', Text(sys.stdin.buffer.read(), 'c'), dict))\n"
        "    await asyncio.sleep(0)\n"
        "    print(worker.pid, flush=True)\n"
        "    await call\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(LONG)
        parent.stdin.close()
        worker = int(parent.stdout.readline())
        parent.kill()
    await ended(worker)


def test_a_file_that_kills_its_worker_costs_itself_only(tmp_path, monkeypatch):
    """The others are judged, and the message asks for a report."""
    for name in ("a.c", "b.c", "c.c"):
        (tmp_path / name).write_bytes(SCALE)
    sources, _ = find_sources([str(tmp_path)])
    real = Worker.call

    async def call(self, method, params, result, **options):
        if isinstance(params, FilePath) and params.path.endswith("b.c"):
            await self.start()
            os.kill(self.pid, signal.SIGKILL)
        return await real(self, method, params, result, **options)

    monkeypatch.setattr(Worker, "call", call)
    seen: list[str] = []
    a, b, c = many.judge_in_workers(sources, lambda file: seen.append(file.shown))
    assert (a.problem, c.problem) == (None, None)
    assert b.problem is not None
    assert "please report" in b.problem
    assert sorted(seen) == ["a.c", "b.c", "c.c"]
    assert isinstance(FileJudgement(a.language, a.judgement), FileJudgement)
