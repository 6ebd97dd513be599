"""A parsed OpenMP directive (syntax of OpenMP 5.2 §3 and §4)."""

from __future__ import annotations

import msgspec


class Clause(msgspec.Struct, gc=False):
    """`name(modifier: items)`. Items are list items or expressions as text, stripped, in order.

    reduction(max: a, b) has modifier "max"; schedule(static, 4) has items ("static", "4"); map(to: a[0:n])
    has modifier "to"; depend(in: x) modifier "in"; collapse(2) items ("2",). Several modifiers
    ("inscan, +") stand in one string. Bare clauses (nowait) have no items. `start`/`end` are file offsets.
    """

    name: str
    modifier: str | None
    items: tuple[str, ...]
    start: int
    end: int


class Directive(msgspec.Struct, gc=False):
    """`name` is normalised ("parallel for", "target teams distribute parallel for simd", "end declare target").

    `argument` is a directive's own parenthesised argument (critical's name, flush's or threadprivate's list,
    depobj's object), None where there is none. [start, end) covers the whole directive, from the `#` of
    `#pragma` (or from `_Pragma`/`[[`) to the end of its last line, newline excluded. `unread` is text in it that is
    neither a name nor a clause, and what follows a parenthesis that nothing closes.
    """

    name: str
    argument: str | None
    clauses: tuple[Clause, ...]
    start: int
    end: int
    unread: tuple[str, ...] = ()

    def clauses_named(self, *names: str) -> tuple[Clause, ...]:
        return tuple(clause for clause in self.clauses if clause.name in names)

    @property
    def standalone(self) -> bool:
        """Whether no statement follows: also `ordered` where it only waits or posts (depend, doacross)."""
        return self.name in STANDALONE or (self.name == "ordered" and bool(self.clauses_named("depend", "doacross")))

    def has(self, word: str) -> bool:
        """Whether the directive's name contains a construct: `has("for")` on "parallel for simd"."""
        return word in self.name.split()


# Directives that stand alone: no statement is theirs (OpenMP 5.2 §2.1, plus declarative ones).
STANDALONE = frozenset(
    [
        "barrier", "taskwait", "taskyield", "flush", "cancel", "cancellation point", "depobj", "interop", "error",
        "nothing", "target enter data", "target exit data", "target update", "threadprivate", "declare reduction",
        "declare mapper", "declare simd", "declare target", "begin declare target", "end declare target",
        "declare variant", "begin declare variant", "end declare variant", "requires", "assumes", "begin assumes",
        "end assumes", "allocate", "scan", "groupprivate", "begin metadirective", "end metadirective",
    ]
)  # fmt: skip
