"""What is drawn of an iteration space: its points are the iterations, its arrows the dependences between them."""

from __future__ import annotations

import itertools
import random
import re

import pytest
from pragmatist.analysis.facts import LoopFacts
from pragmatist.server.engine.judge import judge_text
from pragmatist.server.report.arithmetic import NotArithmetic, evaluate, integer
from pragmatist.server.report.links import Link, links_of, planes
from pragmatist.server.report.space import Space, space_of
from pragmatist.server.report.wavefront import wavefront
from report_pages import SOURCES, page_of


def loops_of(text: str) -> list[LoopFacts]:
    return [each.facts for each in judge_text(text.encode(), "c").loops]


def drawn(text: str, plane: int = 0) -> tuple[Space, list[Link]]:
    """The first loop's space in one of its planes, and the dependences in it."""
    loops = loops_of(text)
    inner = planes(loops[0], loops)
    space = space_of(loops[0], inner[plane] if inner else None, loops)
    return space, links_of(loops[0], loops, space)


SPACES = {
    ("int i = 0; i < 5; i++", "int j = 0; j <= i; j++"): [(i, j) for i in range(5) for j in range(i + 1)],
    ("int i = 4; i >= 0; i--", "int j = i; j < 5; j++"): [(i, j) for i in range(4, -1, -1) for j in range(i, 5)],
    ("int i = 1; i < 9; i += 2", "int j = 8; j > i; j -= 3"): [(i, j) for i in (1, 3, 5, 7) for j in range(8, i, -3)],
    ("int i = 0; i < n; i++", "int j = 2; j < m - 1; j++"): [(i, j) for i in range(7) for j in range(2, 8)],
    ("int i = 0; i != 6; i++", "int j = -i; j < 0; j++"): [(i, j) for i in range(6) for j in range(-i, 0)],
}


@pytest.mark.parametrize("heads", SPACES)
def test_points_are_the_iterations(heads):
    """Those of the loop as C runs it: rectangular, triangular, descending, with steps, with bounds that are names."""
    outer, inner = heads
    nest = f"    for ({outer})\n        for ({inner})\n            a[i + 9][j + 9] = 1;\n"
    space, _ = drawn(f"void f(int n, int m, int (*a)[99])\n{{\n{nest}}}\n")
    places = [(column, row) for (column, _), row in space.points.items()]

    assert list(space.values.values()) == SPACES[heads]
    assert len(set(places)) == len(places)


def test_lengths_that_change_from_iteration_to_iteration_are_an_example():
    """Where they come from data, from a variable that the loop sets, or from one that counts in a way of its own."""
    for head, bound in (
        ("int i = 0; i < n; i++", "row[i]"),
        ("int i = 0; i < n; i++", "m"),
        ("int i = n; i > 1; i /= 2", "i"),
    ):
        body = f"        m = row[i];\n        for (int j = 0; j < {bound}; j++)\n            a[i] += j;\n"
        text = f"void f(int n, int *row, int *a)\n{{\n    int m;\n    for ({head}) {{\n{body}    }}\n}}\n"
        assert drawn(text)[0].ragged, head
        assert "the columns' lengths are an example" in page_of(text).text


OFFSETS = range(-3, 4)


def random_subscript(chance: random.Random, two: bool) -> tuple[str, ...]:
    """One or two subscripts, small enough to stay in the array."""

    def one(names: str) -> str:
        terms = [f"{chance.choice((1, 1, 1, -1, 2, 0))} * {name}" for name in names]
        return " + ".join([*terms, str(12 + chance.choice(OFFSETS))])

    return tuple(chance.sample([one("i"), one("j"), one("ij")], 2)) if two else (one("i"),)


@pytest.mark.parametrize("seed", range(24))
def test_arrows_are_the_dependences_that_trying_all_iterations_finds(seed):
    """Of random statements in small nests: an arrow leads from the one iteration to the other if and only if they touch
    one element, the source in an earlier column; where that is so for many, each sink has one arrow at least."""
    chance = random.Random(seed)
    two = seed % 3 > 0
    written, read = random_subscript(chance, two), random_subscript(chance, two)
    count = 7 if two else 9
    inner = f"        for (int j = {chance.choice('00i')}; j < 6; j++)\n" if two else ""
    left, right = ("a" + "".join(f"[{each}]" for each in subscripts) for subscripts in (written, read))
    extent = "[64]" * len(written)
    nest = f"    for (int i = 0; i < {count}; i++)\n{inner}            {left} = {right} + 1;\n"
    text = f"int a{extent};\nvoid f(void)\n{{\n{nest}}}\n"
    space, links = drawn(text)

    def element(subscripts: tuple[str, ...], point) -> tuple[int, ...]:
        values = dict(zip("ij", space.values[point], strict=False))
        return tuple(eval(each, {}, values) for each in subscripts)

    accesses = {"flow": (written, read), "anti": (read, written), "output": (written, written)}
    for kind, (source, sink) in accesses.items():
        meetings = {
            (one, other)
            for one in space.points
            for other in space.points
            if one[0] < other[0] and element(source, one) == element(sink, other)
        }
        found = [link for link in links if link.number and link.dependence.kind == kind]
        arrows = {arrow for link in found for arrow in link.arrows}
        spans = {span for link in found for span in link.spans}
        assert arrows <= meetings, text
        assert spans <= {(one[0], other[0]) for one, other in meetings}, text
        if any(link.vector is not None for link in found):
            assert arrows == meetings, text
        elif found and not spans:
            assert {other for _, other in arrows} == {other for _, other in meetings}, text
        if not found:
            assert not meetings, text


def test_a_far_dependence_is_drawn_with_a_gap():
    """The first iterations, and those that they reach."""
    space, links = drawn("void f(double *a)\n{\n    for (int i = 0; i < 1000; i++)\n        a[i + 100] = a[i];\n}\n")

    assert space.columns[:2] == (0, 1)
    assert {(0, 100), (1, 101)} <= {(one[0], other[0]) for one, other in links[0].arrows}
    assert len(space.columns) < 12


def test_what_is_not_known_stays_open():
    """Subscripts that come from data, and offsets that are names: no arrow is made up."""
    for subscript in ("k[i]", "i + n", "i * n"):
        nest = f"    for (int i = 0; i < m; i++)\n        a[{subscript}] = a[i] + 1;\n"
        _, links = drawn(f"void f(int n, int m, int *k, int *a)\n{{\n{nest}}}\n")
        assert links, subscript
        assert not any(link.arrows or link.spans for link in links if link.dependence.distance[0] is None), subscript


def test_deeper_nests_show_the_plane_with_the_dependences_first():
    """The loop that carries something, or along which the distance is not 0, is the second axis."""
    text = """\
void f(int n, double a[n][n][n])
{
    for (int i = 1; i < n; i++)
        for (int j = 0; j < n; j++)
            for (int k = 0; k < n - 1; k++)
                a[i][j][k] = a[i - 1][j][k + 1];
}
"""
    space, links = drawn(text)
    assert [axis.name for axis in space.axes] == ["i", "k"]
    assert links[0].vector == (1, -1)
    assert ("Another plane: i and j of line 4") in page_of(text).text
    assert drawn(text, 1)[1][0].vector == (1, 0)


def test_a_distance_is_told_by_the_loops_around_both_ends():
    """In a nest with several inner loops it is those that matter, not the first ones in the text."""
    text = """\
void f(int n, double b[n][n], double a[n][n])
{
    for (int i = 1; i < n; i++) {
        for (int j = 0; j < n; j++)
            b[i][j] = i;
        for (int k = 0; k < n - 1; k++)
            a[i][k] = a[i - 1][k + 1];
    }
}
"""
    assert "wrote 1 iteration of i earlier, 1 of k later; distance (1, -1)" in page_of(text).text
    assert (
        "1 iteration of i and 1 of k earlier; distance (1, 1)" in page_of(text.replace("1][k + 1]", "1][k - 1]")).text
    )


def test_wavefronts_of_a_relaxation():
    """In Gauss-Seidel's order no iteration depends on another of its line. Where that is not known there is no line."""
    text = SOURCES["stencil"]
    loops = loops_of(text)
    space, links = drawn(text)
    slope = wavefront(loops[0], space, links)

    assert slope == (1, 1)
    assert all(
        one[0] * slope[0] + one[1] * slope[1] < other[0] * slope[0] + other[1] * slope[1]
        for link in links
        for one, other in link.arrows
    )
    for other in (
        SOURCES["matmul"],  # no need of it
        text.replace("a[i - 1][j] + ", "a[i / 2][j] + "),  # which iterations meet is not known
        text.replace("            a[i]", "            if (a[i][j] < 0) return; else a[i]"),  # the order is for all
        text.replace("(*a)[n]", "(*a)[n], double *b").replace("a[i - 1][j] + ", "b[j] + "),  # b may be in a
    ):
        assert wavefront(loops_of(other)[0], *drawn(other)) is None, other


def test_the_picture_has_the_points_and_arrows():
    """A dot for each point, a head for each arrow, in the direction of time: from left to right, or down."""
    page = page_of(SOURCES["stencil"])
    space, links = drawn(SOURCES["stencil"])
    arrows = sum(len(link.arrows) for link in links)
    (picture,) = (attributes for attributes, _ in page.all("svg", class_="space"))
    heads = [text for text, _ in page.all("polygon")]

    assert picture["role"] == "img"
    assert len(page.all("circle")) == len(space.points)
    assert len(heads) == arrows + 2  # and one for each line of the legend
    for path, _ in page.all("path"):
        if move := re.fullmatch(r"M([\d.]+),([\d.]+) L([\d.]+),([\d.]+)", path["d"]):
            x1, y1, x2, y2 = map(float, move.groups())
            assert x2 - x1 > 20 or y2 - y1 > 10


@pytest.mark.parametrize("name", ["i", "a_name_that_is_longer_than_any_picture_has_room_for"])
def test_everything_lies_within_the_picture(name):
    """Labels of long names and large numbers, too, as wide as their characters are."""
    for first, inner in itertools.product((0, 99998), ("", f"        for (int {name}2 = 0; {name}2 < n; {name}2++)\n")):
        nest = f"    for (int {name} = {first}; {name} < {first} + 20; {name}++)\n{inner}            a[{name}] += 1;\n"
        page = page_of(f"void f(int n, int *a)\n{{\n{nest}}}\n")
        width = float(page.all("svg", class_="space")[0][0]["width"])
        for attributes, words in page.all("text"):
            x, wide = float(attributes["x"]), 7.9 * len(words)
            left = x - wide if "right" in attributes.get("class", "") else x - wide / 2
            assert left >= 0, words
            assert left + wide <= width, words


def test_arithmetic_is_that_of_c():
    """Sums and products of names and numbers, with what has no value left over; what is more is refused."""
    assert integer("2 * (i + 1) - -j*3", {"i": 4, "j": 2}) == 16
    assert evaluate("n - 1 + i", {"i": 5}) == {("n",): 1, (): 4}
    assert evaluate("row [ i + 1 ] + m.n()", {}) == {("row[i+1]",): 1, ("m.n()",): 1}
    assert evaluate("n - n", {}) == {}
    for text in ("", "i +", "i / 2", "(i", "i)", "i ? 1 : 2", "010", "1.5", "i << 1", "f('(')", "i = 1", "(" * 9):
        with pytest.raises(NotArithmetic):
            evaluate(text, {"i": 1})
    with pytest.raises(NotArithmetic):
        evaluate("row[i]", {"i": 1}, frozenset("i"))
