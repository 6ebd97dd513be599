"""Which differences between outputs are rounding, and which are errors."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest
from pragmatist.verification.expectation import Expectation, Outcome, Unusable
from pragmatist.verification.numbers import KnownLines, tokens


def outcome(text: str | bytes, status: int = 0, **files: bytes) -> Outcome:
    streams = {"standard output": text.encode() if isinstance(text, str) else text, "standard error": b""}
    return Outcome(status, streams | {f"file {name}": content for name, content in files.items()})


def verdict(
    serial: str, parallel: str, variants: Sequence[str] = (), again: str | None = None, single: bool = False
) -> str:
    """ "equal", or the kind of the difference of a parallel output from the expectation that serial ones make."""
    repeats = [outcome(serial), outcome(serial if again is None else again)]
    expectation = Expectation(repeats, [outcome(each) for each in variants], single_precision=single)
    difference, _ = expectation.compare(outcome(parallel))
    return difference.kind if difference else "equal"


@pytest.mark.parametrize(
    ("serial", "parallel", "expected"),
    [
        ("sum 42\n", "sum 42\n", "equal"),
        ("sum 42\n", "sum 43\n", "refuted"),  # integers are exact
        ("sum 42\n", "total 42\n", "refuted"),  # words are exact
        ("a 1\nb 2\n", "b 2\na 1\n", "refuted"),  # so is their order
        ("a 1\n", "a 1\na 1\n", "refuted"),
        ("x   1.5\n", "x 1.5\n", "equal"),  # padding is not compared
        ("sum 1.23456789012345e+03", "sum 1.23456789012399e+03", "equal"),  # 4e-13
        ("sum 1.23456789012345e+03", "sum 1.23456779012345e+03", "unclear"),  # 8e-8: may be a sum of many
        ("sum 1.23456789012345e+03", "sum 1.23455789012345e+03", "refuted"),  # 8e-6
        ("sum 123.456789", "sum 123.456790", "equal"),  # the last place of enough digits flips
        ("sum 0.5", "sum 0.6", "unclear"),  # of too few
        ("sum 0.5", "sum 0.7", "refuted"),
        ("x nan", "x -nan", "equal"),
        ("x nan", "x 1.0", "refuted"),
        ("x 1.0", "x nan", "refuted"),
        ("x inf", "x inf", "equal"),
        ("x inf", "x -inf", "refuted"),
        ("x 0x1.8p+1", "x 0x1.8p+1", "equal"),
        ("x 0x1.8p+1", "x 0x1.9p+1", "refuted"),
        ("x 0.0 y 5.0", "x 1e-20 y 5.0", "equal"),  # what is left when a sum cancels
        ("x 5", "x 4.99999999999999", "equal"),  # as %g prints
    ],
)
def test_numbers(serial: str, parallel: str, expected: str):
    """Where the serial builds agree to the last digit."""
    assert verdict(serial, parallel) == expected


def test_measured_noise_widens_what_is_allowed():
    """A number in which serial builds differ by 1e-6 may differ by some 1e-6 in parallel, and not by 1e-4."""
    variants = ["sum 1.000001000000"]
    assert verdict("sum 1.000000000000", "sum 1.000004000000", variants) == "equal"
    assert verdict("sum 1.000000000000", "sum 1.000100000000", variants) == "refuted"


def test_what_reordering_shows_widens_it_too():
    """Once it is known to be rounding: a sum that reordered serial runs change by so much may change so in parallel."""
    serial, reordered, parallel = (f"sum 1.2345678{digits}e+03" for digits in ("0000000", "0300000", "0900000"))
    expectation = Expectation([outcome(serial)] * 2, [outcome(serial)], single_precision=False)
    difference, _ = expectation.compare(outcome(parallel))
    assert difference is not None
    assert difference.kind == "unclear"
    assert expectation.widened([outcome(reordered)]).compare(outcome(parallel))[0] is None


def test_single_precision_is_in_doubt_for_longer():
    """Sums of floats round a million times more coarsely."""
    assert verdict("sum 1.00000000", "sum 1.00010000", single=True) == "unclear"
    assert verdict("sum 1.00000000", "sum 1.00010000", single=False) == "refuted"


def test_a_number_that_stands_for_infinity_excuses_nothing():
    """What cancellation may leave is measured by middling numbers: 1e300 for "not reached" would allow every error."""
    assert verdict("1e300 2.50 1.50 3.50", "1e300 2.50 1.60 3.50") == "refuted"
    assert verdict("2.50 1.50 3.50 1.00", "2.50 1.60 3.50 1.00") == "refuted"


def test_single_precision_is_allowed_its_own_rounding():
    """Numbers that a float holds, printed in digits enough to tell: so many units of 2^-24, and no such allowance for
    what no float holds, or where nothing is in single precision."""
    serial, near = "4.900000095e-01 1.299999952e+00", "4.900001884e-01 1.299999952e+00"  # both are floats
    assert verdict(serial, near, single=True) == "equal"
    assert verdict(serial, "4.900500000e-01 1.299999952e+00", single=True) == "unclear"
    assert verdict(serial, near, single=False) == "refuted"
    assert verdict("4.91234567890e-01 1.0", "4.91234667890e-01 1.0", single=True) == "unclear"


def test_what_changes_by_itself_is_left_out():
    """A time differs from run to run, or, printed coarsely, from build to build."""
    assert verdict("sum 42 in 0.513 s", "sum 42 in 0.213 s", again="sum 42 in 0.498 s") == "equal"
    assert verdict("sum 42 in 0.5 s", "sum 42 in 0.2 s", variants=["sum 42 in 1.4 s"]) == "equal"
    assert verdict("sum 42 in 0.513 s", "sum 43 in 0.213 s", again="sum 42 in 0.498 s") == "refuted"


@pytest.mark.parametrize(
    ("runs", "reason"),
    [
        ([outcome("done\n")] * 2, "prints no number"),
        ([outcome("1 2 3"), outcome("4 5 3")], "2 of 3 numbers differ"),
        ([outcome("a 1"), outcome("b 1")], "changes its words"),
        ([outcome("1"), outcome("1", status=1)], "different statuses"),
        ([outcome("1", out=b"2"), outcome("1")], "not every run"),
    ],
)
def test_programs_that_cannot_be_compared(runs: list[Outcome], reason: str):
    """It is said why."""
    with pytest.raises(Unusable, match=reason):
        Expectation(runs, [], single_precision=False)


def test_status_and_files_count():
    """Another exit status, a missing, an additional or a different file refutes."""
    expectation = Expectation([outcome("1", out=b"2.5")] * 2, [], single_precision=False)
    for run, words in (
        (outcome("1", status=139, out=b"2.5"), "the exit status is 139, serial 0"),
        (outcome("1"), "file out is missing"),
        (outcome("1", out=b"2.5", more=b""), "file more is written by the parallel program only"),
        (outcome("1", out=b"3.5"), "number 1 of file out is 3.5, serial 2.5"),
    ):
        difference, _ = expectation.compare(run)
        assert difference is not None
        assert (difference.kind, difference.message) == ("refuted", words)


def test_binary_files_must_be_equal_to_a_serial_one():
    """Equality is all that can be asked of bytes whose meaning is unknown."""
    expectation = Expectation([outcome("1", f=b"\0a")] * 2, [outcome("1", f=b"\0b")], single_precision=False)
    kinds = []
    for content in (b"\0a", b"\0b", b"\0c", b"\0cc"):
        difference, _ = expectation.compare(outcome("1", f=content))
        kinds.append(difference.kind if difference else "equal")
    assert kinds == ["equal", "equal", "unclear", "refuted"]


def test_tokens():
    """Numbers with what their last place is worth, and the words between."""
    found = tokens(b"heat2d: t=1.50e-3 n 7\nnan -inf .5 infinite nanny")
    assert found.words == ("heat", "d: t=", "n", "\n", "", "", "infinite nanny")
    assert [number.text for number in found.numbers] == ["2", "1.50e-3", "7", "nan", "-inf", ".5"]
    assert [number.integer for number in found.numbers] == [True, False, True, False, False, False]
    assert math.isclose(found.numbers[1].unit, 1e-5)


def test_numbers_beyond_what_a_double_holds():
    """They are infinite, or their last place is worth nothing, and no error of ours."""
    huge, tiny, long = tokens(b"1e999 1.5e-999 2e-123456789").numbers
    assert (huge.value, huge.unit) == (math.inf, math.inf)
    assert (tiny.value, tiny.unit, long.value, long.unit) == (0.0, 0.0, 0.0, 0.0)


@pytest.mark.parametrize("text", [b"", b"a \n b", b"x 1 \n\n 2 y\n", b"1\n\n\n2", b"t= 1.5\n\tn\n7 \n", b"nan(a\n) 3"])
def test_known_lines_are_read_alike(text: bytes):
    """Whichever lines were read before, a stream's numbers and words are the same."""
    known: KnownLines = {}
    half = text[: len(text) // 2].rpartition(b"\n")[0]
    for learnt in (half, text):
        tokens(learnt, known, learn=True)
        assert tokens(text, known) == tokens(text)
