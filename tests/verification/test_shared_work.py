"""What is done once for several askers: checks begun ahead of their turn, builds, our own objects."""

from __future__ import annotations

import asyncio

import pytest
from pragmatist.verification.ahead import Ahead
from pragmatist.verification.certificates import CertificateStore
from pragmatist.verification.concurrency import Cores, Precedence, precedence
from pragmatist.verification.drivers.driver import Driver
from pragmatist.verification.sandbox import Sandbox
from pragmatist.verification.toolchain import discover
from pragmatist.verification.workbench import Workbench

TEXT = "int f(int n) {\n  return n + 1;\n}\n"
MAIN = b"int main(void) { return f(-1); }\n"


async def test_what_was_begun_is_taken_once_and_the_rest_is_ended():
    """Taken in whatever order; what nobody wants any more is cancelled, and waited for."""
    ended: list[str] = []

    async def work(name: str, seconds: float) -> str:
        try:
            await asyncio.sleep(seconds)
        except asyncio.CancelledError:
            ended.append(name)
            raise
        return name

    async def afresh() -> str:
        return "afresh"

    ahead = Ahead()
    ahead.begin(("a", ("1",)), work("first", 0.0))
    ahead.begin(("b", ("1", "2")), work("second", 60.0))
    ahead.begin(("c", ("3",)), work("third", 60.0))
    await asyncio.sleep(0.01)
    assert await ahead.take(("a", ("1",)), afresh) == "first"
    assert await ahead.take(("a", ("1",)), afresh) == "afresh"
    await ahead.drop(unless=lambda key: "1" not in key[1])
    assert ended == ["second"]
    await ahead.drop()
    assert ended == ["second", "third"]
    assert await ahead.take(("c", ("3",)), afresh) == "afresh"


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """Those that run in the sandbox."""
    seen: list[tuple[str, ...]] = []
    run = Sandbox.run

    async def watched(self, command, **options):
        seen.append(tuple(command))
        return await run(self, command, **options)

    monkeypatch.setattr(Sandbox, "run", watched)
    return seen


async def test_a_program_is_built_once_whatever_its_inputs(request_for, store: CertificateStore, commands):
    """Two workbenches with one driver and other arguments share it; with another driver it is another program."""
    toolchain = await discover("c", store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    driver = Driver("f", MAIN, False, arguments=("1",))
    async with Workbench.open(request_for(TEXT), toolchain, store) as bench:
        one, other = bench.with_driver(driver), bench.with_driver(Driver("f", MAIN, False, arguments=("2",)))
        third = bench.with_driver(Driver("f", MAIN + b"/* . */\n", False))
        compiler = toolchain.representatives[0]
        builds = [await each.build(TEXT.encode(), compiler, ("-O1",), openmp=False) for each in (one, other, third)]
        assert all(each.ok for each in builds), builds
        assert builds[0] is builds[1]
        assert len([command for command in commands if "-O1" in command]) == 2
        assert (await one.run(builds[0])).completed.status == 0


async def test_our_own_objects_are_kept_for_the_next_verification(request_for, store: CertificateStore, commands):
    """Compiled by the first that needs them; what is kept is checked against its digest, as certificates are."""
    toolchain = await discover("c", store)
    if not toolchain.representatives:
        pytest.skip("no compiler with OpenMP")
    compiler, found = toolchain.representatives[-1], []
    for _ in range(2):
        async with Workbench.open(request_for(TEXT), toolchain, store) as bench:
            driven = bench.with_driver(Driver("f", MAIN, False))
            for path in await driven.harness_objects(compiler, observe=True, flags=("-DKEPT",)):
                with open(path, "rb") as file:
                    found.append(file.read())
    assert len(found) == 4
    assert found[:2] == found[2:]
    assert len([command for command in commands if "-DKEPT" in command]) == 2


async def test_what_is_done_in_the_background_waits_for_all_others():
    """And only for those: cores that nobody asks for are its own. Of the others those come first that more commands
    wait for. What each of them starts has its precedence."""
    order: list[str] = []
    cores = Cores(1)

    async def take(name: str, own: Precedence) -> None:
        precedence.set(own)
        await asyncio.ensure_future(work(name))

    async def work(name: str) -> None:
        async with cores.take(1):
            order.append(name)
            await asyncio.sleep(0)

    behind, usual, chain = Precedence.BACKGROUND, Precedence.USUAL, Precedence.CHAIN
    begun = [("first behind", behind), ("second behind", behind), ("one", usual), ("two", usual), ("three", chain)]
    await asyncio.gather(*(asyncio.ensure_future(take(*each)) for each in begun))
    assert order == ["first behind", "three", "one", "two", "second behind"]
    assert precedence.get() == usual


async def test_one_who_gives_up_waiting_takes_no_turn():
    """Whatever its precedence."""
    cores = Cores(2)

    async def take(wanted: int, own: Precedence) -> None:
        precedence.set(own)
        async with cores.take(wanted):
            pass

    async with cores.take_all():
        waiting = [asyncio.ensure_future(take(wanted, own)) for wanted in (1, 2) for own in Precedence]
        await asyncio.sleep(0)
        for each in waiting:
            each.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    async with asyncio.timeout(5), cores.take_all():
        pass
