"""LeakSanitizer's reports: what the parallel program loses and the serial one does not.

Both are looked at with LeakSanitizer told not to take stacks and registers for owners: what happens to stand there
when the program ends differs between the two, and would make one of them seem to leak more.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from ..copies import Copy
from ..evidence import Trace
from ..workbench import Ran

OPTIONS = "use_stacks=0:use_registers=0"
_LEAK = re.compile(
    r"^(?:Direct|Indirect) leak of \d+ byte\(s\) in (\d+) object\(s\) allocated from:$((?:\n    #\d+ .*)+)",
    re.MULTILINE,
)
_FRAME = re.compile(r"^    #\d+ 0x[0-9a-f]+ in .*? (/.*?):(\d+)(?::\d+)?$", re.MULTILINE)
_FAILED = "LeakSanitizer has encountered a fatal error"

Place = tuple[str, int]


def leaks(ran: Ran, copy: Copy, path: str, sources: Iterable[str]) -> Counter[Place] | None:
    """How many objects are lost by the place in the program's own files that allocated them; None where
    LeakSanitizer could not look."""
    text = ran.completed.stderr.decode("utf-8", "replace")
    if _FAILED in text:
        return None
    own = {path, *sources}
    found: Counter[Place] = Counter()
    for leak in _LEAK.finditer(text):
        frame = next((each for each in _FRAME.finditer(leak[2]) if each[1] in own), None)
        if frame is not None:
            line = int(frame[2])
            found[frame[1], copy.origin(line)[0] if frame[1] == path else line] += int(leak[1])
    return found


def new_leaks(
    serial: Counter[Place] | None, parallel: Counter[Place] | None, *, own_threads: bool
) -> list[Trace] | None:
    """What is lost in parallel only; None where LeakSanitizer could not look. A program with threads of its own may
    allocate something for each: there only new places count."""
    if serial is None or parallel is None:
        return None
    found = []
    for place, count in parallel.items():
        more = count - serial[place]
        if more > 0 and not (own_threads and serial[place]):
            words = "1 object" if more == 1 else f"{more} objects"
            found.append(Trace(place[0], place[1], None, f"{words} allocated here {'is' if more == 1 else 'are'} lost"))
    return found
