"""What an edit concerns."""

from __future__ import annotations

import msgspec

from ..ir import tree as ir


class Edited(msgspec.Struct, frozen=True, eq=False):
    """`function` got another body; it stands in chunk number `chunk`.

    `touched` are it and those that name a variable whose address is taken now, or is no more; `callers` all that may
    call any of those, directly or not. Both by the functions' identity.
    """

    function: ir.Function
    chunk: int
    touched: dict[int, ir.Function]
    callers: dict[int, ir.Function]
