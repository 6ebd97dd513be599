"""Which subscripts of two references to compare."""

from __future__ import annotations

import msgspec

from ..symbolic.polynomial import Polynomial
from .bounds import definitely_out_of_bounds
from .problem import Cause, Reference


class Shape(msgspec.Struct):
    """The pairs of subscripts to compare, and what keeps them from being all there is to compare."""

    pairs: list[tuple[Polynomial, Polynomial]]
    cause: Cause | None = None
    culprits: tuple[str, ...] = ()


def compared(first: Reference, second: Reference) -> Shape:
    """The subscripts to compare: by dimension, or as offsets from the object's start where dimensions may be left."""
    count = min(len(first.subscripts), len(second.subscripts))
    if count > 1 and _leaves(first, second):
        return _linearised(first, second)
    shape = Shape([])
    if len(first.subscripts) != len(second.subscripts):
        shape.cause = "shape"
    for left, right in zip(first.subscripts, second.subscripts, strict=False):
        if left is None or right is None:
            shape.cause = "subscript"
        else:
            shape.pairs.append((left, right))
    return shape


def _leaves(first: Reference, second: Reference) -> bool:
    if first.flat or second.flat:
        return True
    return definitely_out_of_bounds(first) is not None or definitely_out_of_bounds(second) is not None


def _linearised(first: Reference, second: Reference) -> Shape:
    """Both references as offsets, in elements, from the object's start."""
    offsets = []
    for reference in (first, second):
        if any(subscript is None for subscript in reference.subscripts):
            return Shape([], "subscript")
        offset = linear_offset(reference)
        if offset is None:
            return Shape([], "extent")
        offsets.append(offset)
    if len(first.subscripts) != len(second.subscripts):
        return Shape([], "shape")
    return Shape([(offsets[0], offsets[1])])


def linear_offset(reference: Reference) -> Polynomial | None:
    """The element's distance from the object's first one; None where a subscript or an inner extent is unknown."""
    total: Polynomial | None = None
    for dimension, subscript in enumerate(reference.subscripts):
        if subscript is None:
            return None
        if total is None:
            total = subscript
            continue
        extent = reference.extents[dimension] if dimension < len(reference.extents) else None
        if extent is None:
            return None
        total = total * extent + subscript
    return total
