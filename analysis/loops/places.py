"""Places and source text of accesses, for facts and messages."""

from __future__ import annotations

from ..execution.events import Access
from ..facts import Place
from .view import LoopView

_LONGEST_EXCERPT = 60


def place_of(view: LoopView, start: int, end: int) -> Place:
    return view.index.text.place(start, end)


def access_place(view: LoopView, access: Access) -> Place:
    return view.index.text.place(access.start, access.end)


def access_name(access: Access) -> str:
    """What is accessed, without subscripts: `s.x` of `s.x[i]`. A container's own fields have no name but its own."""
    return access.object.name + access.path.replace("[]", "").replace("?", "").removesuffix(".size()")


def access_text(view: LoopView, access: Access) -> str:
    return view.text.excerpt(access.start, access.end, _LONGEST_EXCERPT)
