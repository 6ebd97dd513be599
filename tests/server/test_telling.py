"""Judgements on their way to the server: after any edits what is heard is what was judged, and little is sent."""

from __future__ import annotations

import random

from pragmatist.server.engine.headers import Surroundings
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.engine.judgement import told
from pragmatist.server.engine.versions import TextInVersions
from pragmatist.server.worker.telling import SLICE, Teller, heard

LOOP = b"void f%d(int n, double *restrict y)\n{\n    for (int i = 0; i < n; i++)\n        y[i] = %d;\n}\n"
PATH = "/nowhere/a.c"


def text_of(numbers: list[int]) -> bytes:
    return b"".join(LOOP % (name, number) for name, number in enumerate(numbers))


async def test_what_is_heard_is_what_was_judged():
    """While loops come, go and change; where the server lost what it held, and where the worker is a fresh one."""
    chance = random.Random(3)
    numbers = [1] * 12
    versions, teller = TextInVersions("c", Surroundings()), Teller()
    held, loops = None, ()
    for step in range(60):
        place = chance.randrange(len(numbers))
        match chance.randrange(4):
            case 0:
                numbers.insert(place, chance.randrange(100))
            case 1 if len(numbers) > 2:
                del numbers[place]
            case _:
                numbers[place] = chance.randrange(100)
        if step % 15 == 7:
            held, loops = None, ()
        if step % 20 == 11:
            versions, teller = TextInVersions("c", Surroundings()), Teller()
        answer = teller.tell(PATH, versions.judge(text_of(numbers)), held)
        judgement = await heard(answer, loops)
        assert judgement == told(judge_text(text_of(numbers), "c"))
        held, loops = answer.telling, judgement.loops


async def test_loops_that_an_edit_left_are_not_sent_again():
    """Nor decoded; a telling that was not the last is none that is held."""
    numbers = [1] * (2 * SLICE + 1)
    versions, teller = TextInVersions("c", Surroundings()), Teller()
    first = teller.tell(PATH, versions.judge(text_of(numbers)), None)
    assert len(first.new) == len(numbers)
    loops = (await heard(first, ())).loops
    second = teller.tell(PATH, versions.judge(text_of([*numbers[:-1], 2])), first.telling)
    assert len(second.new) == 1
    after = (await heard(second, loops)).loops
    assert [one is other for one, other in zip(after, loops, strict=True)] == [*[True] * (len(numbers) - 1), False]
    assert len(teller.tell(PATH, versions.judge(text_of(numbers)), first.telling).new) == len(numbers)
    assert len(teller.tell("/nowhere/b.c", versions.judge(text_of(numbers)), second.telling).new) == len(numbers)
