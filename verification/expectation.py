"""What the serial program leaves, and how far from it a parallel run may be.

Words and integers must be equal. A floating-point number may differ by what rounding can explain, and how much that
is gets measured: on several builds of the serial program, some of which reorder its sums, and on two runs of one
build, which must agree where anything can be concluded at all.

A difference beyond that is "refuted" when it is large, and "unclear" where it is so small that a reordering which
the serial builds did not happen to show could still explain it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import Literal

import msgspec

from .numbers import KnownLines, Number, Tokens, distance, same, tokens

NOISE_FACTOR = 8.0  # how many times the measured noise is allowed
LEAST_RELATIVE = 1e-9  # allowed whatever was measured: n * eps for sums of some million doubles
LEAST_ABSOLUTE_ULPS = 16.0  # likewise, of the largest number of the stream: what cancellation leaves of a sum;
OF_MIDDLING = 1000.0  # but of no more than so many middling ones: 1e300 may stand for "not reached"
LEAST_SINGLE = 16 * 2.0**-24  # a number in single precision: so much of itself and of a middling one of the stream
UNCLEAR_RELATIVE = 1e-7  # up to here a difference is called unclear rather than wrong;
UNCLEAR_RELATIVE_SINGLE = 1e-3  # where the program computes in single precision
ENOUGH_DIGITS = 1e-5  # a last printed place worth at most this share of its number may flip
UNSTABLE = 1e-2  # serial builds that differ by more than this tell nothing of a number
MOST_IGNORED = 0.5  # share of the numbers beyond which too little is left to compare


class Outcome(msgspec.Struct, frozen=True):
    """What one run left: its exit status and its streams, "standard output", "standard error" and "file NAME"."""

    status: int
    streams: Mapping[str, bytes]


class Difference(msgspec.Struct, frozen=True):
    kind: Literal["refuted", "unclear"]
    message: str


class Unusable(Exception):
    """Serial runs do not agree well enough for anything to be compared with them; `str()` says how."""


class Expectation:
    """Made from serial runs; `numbers` are in the reference, `ignored` of them change from one serial run to the next.

    `noise` is the largest relative difference between serial builds among the numbers that are compared.
    """

    def __init__(
        self,
        repeats: Sequence[Outcome],
        variants: Sequence[Outcome],
        *,
        single_precision: bool,
        read: dict[bytes, Tokens] | None = None,
    ) -> None:
        """`repeats` are runs of one build, two at least; `variants` are of other builds; `read` are streams that were
        read before. Raises `Unusable`."""
        self._read = read = {} if read is None else read
        self._made_from = repeats, variants, single_precision
        runs = [*repeats, *variants]
        self.status = repeats[0].status
        if len({run.status for run in runs}) > 1:
            raise Unusable(f"the serial program ends with different statuses: {sorted({run.status for run in runs})}")
        self._streams: dict[str, _Text | _Binary] = {}
        for name in sorted({name for run in runs for name in run.streams}):
            if not all(name in run.streams for run in runs):
                raise Unusable(f"not every run of the serial program leaves {name}")
            again, others = [run.streams[name] for run in repeats], [run.streams[name] for run in variants]
            if any(b"\0" in each for each in again):
                self._streams[name] = _Binary(name, again, others)
            else:
                self._streams[name] = _Text(name, again, others, single_precision, read)
        self.numbers = sum(stream.numbers for stream in self._streams.values())
        self.ignored = sum(stream.ignored for stream in self._streams.values())
        self.noise = max((stream.noise for stream in self._streams.values()), default=0.0)
        if self.numbers == 0:
            raise Unusable("the program prints no number and writes none to a file, so there is nothing to compare")
        if self.ignored > MOST_IGNORED * self.numbers:
            raise Unusable(f"{self.ignored} of {self.numbers} numbers differ between runs of the serial program itself")

    def widened(self, reordered: Sequence[Outcome]) -> Expectation:
        """The same with more variants: serial runs in which only the order of sums was another. Raises `Unusable`."""
        repeats, variants, single_precision = self._made_from
        return Expectation(repeats, [*variants, *reordered], single_precision=single_precision, read=self._read)

    def compare(self, outcome: Outcome) -> tuple[Difference | None, float]:
        """The worst difference that rounding does not explain, and the largest relative one that it does."""
        if outcome.status != self.status:
            words = f"the exit status is {outcome.status}, serial {self.status}{_last_words(outcome)}"
            return Difference("refuted", words), 0.0
        for name in self._streams:
            if name not in outcome.streams:
                return Difference("refuted", f"{name} is missing"), 0.0
        for name in outcome.streams:
            if name not in self._streams:
                return Difference("refuted", f"{name} is written by the parallel program only"), 0.0
        unclear: Difference | None = None
        largest = 0.0
        for name, stream in self._streams.items():
            difference, relative = stream.compare(outcome.streams[name])
            largest = max(largest, relative)
            if difference is not None and difference.kind == "refuted":
                return difference, largest
            unclear = unclear or difference
        return unclear, largest


class _Binary:
    """A stream with null bytes in it. What its bytes mean is not known, so only equality says anything."""

    noise = 0.0

    def __init__(self, name: str, repeats: Sequence[bytes], variants: Sequence[bytes]) -> None:
        if len(set(repeats)) > 1:
            raise Unusable(f"{name} of the serial program changes from run to run")
        self._name, self._known = name, {*repeats, *variants}
        self.numbers, self.ignored = 1, 0

    def compare(self, found: bytes) -> tuple[Difference | None, float]:
        if found in self._known:
            return None, 0.0
        if len(found) not in {len(each) for each in self._known}:
            return Difference("refuted", f"{self._name} has another length: {len(found)} bytes"), 0.0
        return Difference("unclear", f"{self._name} is binary and not equal to any serial run's"), 0.0


class _Text:
    def __init__(
        self,
        name: str,
        repeats: Sequence[bytes],
        variants: Sequence[bytes],
        single_precision: bool,
        read: dict[bytes, Tokens],
    ) -> None:
        self._name, self._single = name, single_precision
        self._unclear = UNCLEAR_RELATIVE_SINGLE if single_precision else UNCLEAR_RELATIVE
        self._known: KnownLines = {}
        self._answers: dict[bytes, tuple[Difference | None, float]] = {repeats[0]: (None, 0.0)}
        self._reference = reference = tokens(repeats[0], self._known, learn=True)

        def of(stream: bytes) -> Tokens:
            if stream not in read:
                read[stream] = tokens(stream, self._known)
            return read[stream]

        again = [of(each) for each in repeats[1:] if each != repeats[0]]
        others = [of(each) for each in variants if each != repeats[0]]
        for group, what in ((again, "from run to run"), (others, "from build to build")):
            if any(each.words != reference.words for each in group):
                raise Unusable(f"{name} of the serial program changes its words {what}")
        sizes = [abs(each.value) for each in reference.numbers if each.value and math.isfinite(each.value)] or [0.0]
        self._middling = statistics.median(sizes)
        self._floor = LEAST_ABSOLUTE_ULPS * 2.0**-52 * min(max(sizes), OF_MIDDLING * self._middling)
        self.noise = 0.0
        self._allowed = [
            self._slack(number, [each.numbers[i].value for each in again], [each.numbers[i].value for each in others])
            for i, number in enumerate(reference.numbers)
        ]
        self.numbers, self.ignored = len(self._allowed), self._allowed.count(None)

    def _slack(self, number: Number, again: Sequence[float], others: Sequence[float]) -> float | None:
        """How far a number may be from the reference; None where it tells nothing."""
        if again and any(not same(value, number.value) for value in again):
            return None
        spread = max([distance(value, number.value) for value in others if value != number.value], default=0.0)
        if not math.isfinite(number.value):
            return 0.0 if spread == 0 else None
        if spread > UNSTABLE * abs(number.value) + number.unit or (number.integer and spread > 0):
            return None
        if number.value:
            self.noise = max(self.noise, spread / abs(number.value))
        if self._single and number.single:
            return NOISE_FACTOR * spread + LEAST_SINGLE * (abs(number.value) + self._middling)
        return NOISE_FACTOR * spread + LEAST_RELATIVE * abs(number.value) + self._floor

    def compare(self, found: bytes) -> tuple[Difference | None, float]:
        """Runs on other numbers of threads mostly leave the same: those are not compared anew."""
        if found not in self._answers:
            self._answers[found] = self._compare(found)
        return self._answers[found]

    def _compare(self, found: bytes) -> tuple[Difference | None, float]:
        read = tokens(found, self._known)
        if read.words != self._reference.words:
            return Difference("refuted", f"{self._name} has other words: {self._first_difference(read)}"), 0.0
        unclear: Difference | None = None
        largest, flips = 0.0, 0
        for index, (number, expected, slack) in enumerate(
            zip(read.numbers, self._reference.numbers, self._allowed, strict=True), start=1
        ):
            if slack is None or number is expected or number.text == expected.text:
                continue
            kind = self._judge(number, expected, slack)
            words = f"number {index} of {self._name} is {number.text}, serial {expected.text}"
            if kind == "refuted":
                return Difference("refuted", words), largest
            if kind == "few digits":
                unclear = Difference("unclear", f"{words}: too few digits are printed to tell rounding from an error")
            elif kind == "unclear":
                unclear = Difference("unclear", f"{words}: serial builds differ less, but rounding is not excluded")
            elif kind == "flip":
                flips += 1
            elif expected.value:
                largest = max(largest, distance(number.value, expected.value) / abs(expected.value))
        if unclear is None and flips > max(2, len(read.numbers) // 20):
            unclear = Difference("unclear", f"the last printed digits of {flips} numbers of {self._name} differ")
        return unclear, largest

    def _judge(self, number: Number, expected: Number, slack: float) -> str:
        apart, size = distance(number.value, expected.value), abs(expected.value)
        if math.isinf(apart):
            return "refuted"
        unit = max(number.unit, expected.unit) * 1.000001  # decimal units are not exact in binary
        if number.integer and expected.integer:
            return "refuted" if apart else "equal"
        if apart <= slack:
            return "equal"
        if apart <= slack + unit:
            return "flip" if unit <= ENOUGH_DIGITS * size else "few digits"
        return "unclear" if apart <= self._unclear * size else "refuted"

    def _first_difference(self, read: Tokens) -> str:
        for index, words in enumerate(read.words):
            expected = self._reference.words[index] if index < len(self._reference.words) else "the end"
            if words != expected:
                before = read.numbers[index - 1].text if index else "the start"
                return f"{words[:60]!r} after {before}, serial {expected[:60]!r}"
        return f"it ends after {len(read.numbers)} numbers, serial after {len(self._reference.numbers)}"


def _last_words(outcome: Outcome) -> str:
    words = outcome.streams.get("standard error", b"").decode("utf-8", "replace").strip().splitlines()
    return f" ({words[-1][:120]})" if words else ""
