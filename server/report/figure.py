"""The card with the iteration space: the picture, what there is to see in it, and its dependences as a list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...analysis.facts import LoopFacts
from ..engine.judgement import JudgedLoop
from .arrows import arrow
from .groups import Group, as_vectors, how_far, what_happens
from .links import common_loops, links_of, planes
from .markup import Child, Element, node, prose
from .picture import MOST_STROKES, Stroke, iteration_space, strokes_of
from .source_view import line_link
from .space import Space, space_of, variable_of
from .wavefront import wavefront

_MOST_PLANES = 3
_DEPENDENCES = ("PRG101", "PRG102", "PRG103", "PRG104", "PRG105", "PRG106", "PRG107", "PRG108")


def iteration_spaces(judged: JudgedLoop, loops: Sequence[LoopFacts], groups: Sequence[Group]) -> Element:
    """One picture; in deeper nests one for each plane, of which the first shows most."""
    loop = judged.facts
    seconds: list[LoopFacts | None] = [*planes(loop, loops)[:_MOST_PLANES]] or [None]
    items = [_item(group, loop, loops) for group in groups]
    if _is_ordered(judged):
        items.append(_order(judged))
    legend = node("ul", items, class_="legend") if items else None
    first = _figure(judged, loops, seconds[0], legend)
    others: list[Child] = []
    for inner in seconds[1:]:
        assert inner is not None
        plane = f"`{variable_of(loop) or 'iteration'}` and `{variable_of(inner) or 'iteration'}` of line "
        title = node("summary", "Another plane: ", *prose(plane), str(inner.keyword.line))
        figure = _figure(judged, loops, inner, None)
        others.append(node("details", title, figure))
    return node("section", node("h2", "Iteration space"), first, others, class_="card")


def _figure(judged: JudgedLoop, loops: Sequence[LoopFacts], inner: LoopFacts | None, legend: Element | None) -> Element:
    loop = judged.facts
    space = space_of(loop, inner, loops)
    links = links_of(loop, loops, space)
    strokes = strokes_of(links)
    slope = wavefront(loop, space, links)
    ordered = _is_ordered(judged)
    words = list(_words(judged, space, strokes, slope, ordered))
    svg = iteration_space(judged, space, strokes, slope, ordered=ordered, title=" ".join(words).replace("`", ""))
    caption = node("figcaption", [node("p", prose(each), class_="note") for each in words], legend)
    return node("figure", node("div", svg, class_="scroll"), caption, class_="beside")


def _is_ordered(judged: JudgedLoop) -> bool:
    """Something that is no dependence, such as an early exit or output, makes each iteration wait for the last."""
    blocking = judged.facts.blocking
    return bool(blocking) and all(reason.code not in _DEPENDENCES for reason in blocking)


def _words(
    judged: JudgedLoop, space: Space, strokes: Sequence[Stroke], slope: tuple[int, int] | None, ordered: bool
) -> Iterator[str]:
    own = f"iteration of `{space.axes[0].name}`" if space.axes[0].name else "iteration of the loop"
    each = "disc" if space.inner is None else "column"
    if space.inner is None:
        yield f"Each disc is one {own}."
    else:
        inside = f"`{space.axes[1].name}`" if space.axes[1].name else "the inner loop"
        yield f"Each column is one {own}, and the dots in it are iterations of {inside}."
    held = [stroke for stroke in strokes if stroke.numbers and "removed" not in stroke.style]
    yield _what_it_means(judged, f"{each}s", held, ordered)
    if slope is not None:
        i, j = (axis.name for axis in space.axes)
        line = " + ".join(f"{factor if factor > 1 else ''}{name}" for factor, name in zip(slope, (i, j), strict=True))
        yield (
            f"Iterations on one slanted line ({line} the same) do not depend on each other: a loop over lines, with "
            "a parallel loop along each, would compute the same (a wavefront)."
        )
    if any(stroke.numbers == [] for stroke in strokes):
        yield f"The thin arrows within a column are what the loop over `{space.axes[1].name}` carries."
    if space.ragged:
        header = space.inner.header if space.inner is not None else None
        bounds = header is not None and header.lower != "begin"
        known = f", from `{header.lower}` to `{header.upper}`," if header is not None and bounds else ""
        yield f"How often the inner loop runs{known} is not known here: the columns' lengths are an example."
    if space.sizes and space.axes[0].name:
        sizes = ", ".join(f"`{name}` = {value}" for name, value in sorted(space.sizes.items()))
        yield f"Drawn for {sizes}." if space.axes[0].labelled else ""
    if space.hidden:
        loops = f"loop{'s' * (len(space.hidden) > 1)} over {_enumerated(sorted(space.hidden))}"
        yield f"Of the {loops}, all iterations lie in one dot."
    if len(strokes) > MOST_STROKES:
        yield f"{len(strokes) - MOST_STROKES} more kinds of arrows are left out."


def _what_it_means(judged: JudgedLoop, columns: str, held: Sequence[Stroke], ordered: bool) -> str:
    verdict = judged.verdict.verdict
    if verdict == "parallel":
        return f"No {columns} need to wait for each other: they can run at the same time."
    if verdict == "candidate":
        return f"Nothing shows that {columns} must wait for each other, and nothing proves that they need not."
    if ordered:
        return f"Each of the {columns} must wait for the one before, though no data leads from one to the next."
    if held and all(stroke.is_open for stroke in held):
        return "An arrow leads to an iteration that may have to wait; which one it is, the text does not say."
    if held:
        return f"An arrow leads from an iteration to one that must wait for it: {columns} cannot run at the same time."
    return f"Whether the {columns} must wait for each other cannot be told."


def _enumerated(names: Sequence[str]) -> str:
    return " and ".join([", ".join(f"`{name}`" for name in names[:-1]), f"`{names[-1]}`"][len(names) < 2 :])


def _item(group: Group, loop: LoopFacts, loops: Sequence[LoopFacts]) -> Element:
    """One line of the legend: a sample of the arrow, what it says, and where."""
    one = group.first
    style = group.style + ("" if one.proved else " doubtful")
    kind = "removed" if group.is_removed else "updates" if one.removable else f"{one.kind} dependence"
    words: list[Child] = [node("strong", f"{group.number} "), node("span", kind, class_="kind"), ": "]
    words += prose(what_happens(group))
    if one.removable is None:
        names = [variable_of(each) for each in (loop, *common_loops(one, loop, loops))]
        words += [" ", *prose(how_far(one, names)), f"; {as_vectors(one)}"]
        if one.condition is not None:
            words += ["; only if ", node("code", one.condition)]
    lines = sorted({place.line for place, _ in group.places})
    words += [" (", *_separated([line_link(line) for line in lines[:6]]), ")"]
    return node("li", _sample(style), node("span", words), id=f"dependence-{group.number}")


def _order(judged: JudgedLoop) -> Element:
    reason = judged.facts.blocking[0]
    words = ["order: ", *prose(reason.message), " (", line_link(reason.place.line), ")"]
    return node("li", _sample("order"), node("span", words))


def _sample(style: str) -> Element:
    line = node("g", arrow((2, 9), (48, 9)), class_=f"arrow {style}")
    return node("svg", line, viewBox="0 0 50 18", width="50", height="18", aria_hidden="true")


def _separated(links: Sequence[Element]) -> Iterator[Child]:
    for number, link in enumerate(links):
        if number:
            yield ", "
        yield link
