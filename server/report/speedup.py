"""How much faster the loop is on how many threads, as it was measured: a plot, and the figures as a table."""

from __future__ import annotations

import math
from collections.abc import Sequence

from ...verification.evidence import Speedup
from .markup import Child, Element, append, node

_WIDTH, _HEIGHT = 420.0, 220.0  # of the plot itself, in pixels
_LEFT, _TOP, _RIGHT, _BELOW = 52.0, 16.0, 28.0, 46.0
_MOST_TICKS = 6


def speedup(measured: Speedup) -> Element:
    what = "the loop" if measured.scope == "loop" else "the program"
    words: list[Child] = [
        f"{measured.ratio:.2f} times as fast on {measured.threads} threads ({measured.spread[0]:.2f} to "
        f"{measured.spread[1]:.2f} over the paired runs). In serial {what} takes {_seconds(measured.serial_seconds)}, "
        f"in parallel {_seconds(measured.parallel_seconds)}. Serial is the best serial build that was found, "
        f"{measured.serial_build}."
    ]
    if measured.loop_ratio is not None:
        words.append(f" The loop alone: {measured.loop_ratio:.2f} times.")
    parts: list[Child] = [node("p", words)]
    if measured.busy >= 1:
        busy = f"Other programs kept the machine busy (about {measured.busy:.0f} at a time): the figures say little."
        parts.append(node("p", busy, class_="note"))
    points = sorted({**dict(measured.scaling), measured.threads: measured.ratio}.items())
    caption = node("figcaption", parts, node("p", _caption(what), class_="note"))
    figure = node("figure", node("div", _plot(points, measured), class_="scroll"), caption, class_="beside")
    return node("section", node("h2", "Speed"), figure, class_="card")


def _caption(what: str) -> str:
    return (
        f"How many times as fast as in serial {what} is, by number of threads. Dashed: as many times as there are "
        "threads. The bar spans the smallest and the largest ratio."
    )


def _seconds(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def _plot(points: Sequence[tuple[int, float]], measured: Speedup) -> Element:
    most = max(threads for threads, _ in points)
    highest = max(1.0, measured.spread[1], *(ratio for _, ratio in points))
    top = max(float(most), math.ceil(highest * 2) / 2) if most <= 2 * highest else math.ceil(highest * 1.25)

    def x(threads: float) -> float:
        return _LEFT + _WIDTH * (threads - 0.5) / most

    def y(ratio: float) -> float:
        return _TOP + _HEIGHT * (1 - ratio / top)

    figures = ", ".join(f"{ratio:.2f} on {threads}" for threads, ratio in points)
    step = next(each for each in (0.25, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if top / each <= _MOST_TICKS)
    plot = node(
        "svg", node("title", f"Speedup by number of threads: {figures}"), role="img", class_="speedup",
        viewBox=f"0 0 {_LEFT + _WIDTH + _RIGHT:.0f} {_TOP + _HEIGHT + _BELOW:.0f}", width=_LEFT + _WIDTH + _RIGHT,
    )  # fmt: skip
    for number in range(int(top / step) + 1):
        level = y(number * step)
        append(plot, node("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=level, y2=level, class_="grid"))
        append(plot, node("text", f"{number * step:g} ×", x=_LEFT - 8, y=level, class_="right"))
    append(plot, node("line", x1=_LEFT, x2=_LEFT + _WIDTH, y1=y(1), y2=y(1), class_="unit"))
    ideal = min(float(most), top)
    append(plot, node("line", x1=x(1), y1=y(1), x2=x(ideal), y2=y(ideal), class_="ideal"))
    for threads in sorted({threads for threads, _ in points}):
        append(plot, node("text", str(threads), x=x(threads), y=_TOP + _HEIGHT + 16))
    append(plot, node("text", "threads", x=_LEFT + _WIDTH / 2, y=_TOP + _HEIGHT + 36))
    append(plot, _spread(x(measured.threads), *map(y, measured.spread)))
    if len(points) > 1:
        line = " ".join(f"{x(threads):.1f},{y(ratio):.1f}" for threads, ratio in points)
        append(plot, node("polyline", points=line, class_="measured"))
    for threads, ratio in points:
        append(plot, node("circle", cx=x(threads), cy=y(ratio), r=5))
        append(plot, node("text", f"{ratio:.2f}", x=x(threads) - 26, y=y(ratio) - 10, class_="value"))
    return plot


def _spread(x: float, low: float, high: float) -> Element:
    bar = f"M{x:.1f} {low:.1f}V{high:.1f}"
    ends = "".join(f"M{x - 6:.1f} {y:.1f}h12" for y in (low, high))
    return node("path", d=bar + ends, class_="spread")
