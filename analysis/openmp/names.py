"""Directive names: which words after `omp` belong to the directive's name.

Everything else on the line is a clause. Combined and composite constructs are any sequence of the words in
`COMBINABLE`; whether the sequence is one that the standard allows is a compiler's business, not ours. OpenMP 6.0
writes the two-word directives with underscores too (`target_data`); names are given with blanks.
"""

from __future__ import annotations

COMBINABLE = frozenset(
    [
        "target", "teams", "distribute", "parallel", "for", "simd", "loop", "sections", "single", "scope", "task",
        "taskloop", "master", "masked",
    ]
)  # fmt: skip

# Names that are not a sequence of combinable words, or whose words would also read as clauses (`cancel for`).
FIXED = frozenset(
    tuple(name.split())
    for name in (
        "target data", "target enter data", "target exit data", "target update", "declare target",
        "begin declare target", "end declare target", "declare reduction", "declare mapper", "declare simd",
        "declare variant", "begin declare variant", "end declare variant", "cancellation point", "cancel",
        "metadirective", "begin metadirective", "end metadirective", "assumes", "begin assumes", "end assumes",
        "assume", "barrier", "taskwait", "taskyield", "taskgroup", "flush", "depobj", "interop", "error", "nothing",
        "threadprivate", "groupprivate", "requires", "allocate", "allocators", "scan", "section", "critical", "atomic",
        "ordered", "tile", "unroll", "interchange", "reverse", "fuse", "stripe", "split", "dispatch", "taskgraph",
        "task iteration", "workdistribute",
    )
)  # fmt: skip

_LONGEST = max(len(name) for name in FIXED)


def directive_name(words: list[str]) -> tuple[tuple[str, ...], int]:
    """The directive's name in `words`, and how many of them spell it; ((), 0) where none is known.

    `words` are the identifiers at the front of the directive, up to the first parenthesis.
    """
    spelled: list[str] = []
    counts: list[int] = []  # after so many parts, so many words are spent
    for count, word in enumerate(words, 1):
        parts = word.split("_")
        spelled += parts
        counts += [0] * (len(parts) - 1) + [count]
    for length in range(min(_LONGEST, len(spelled)), 0, -1):
        if counts[length - 1] and tuple(spelled[:length]) in FIXED:
            return tuple(spelled[:length]), counts[length - 1]
    length = 0
    while length < len(words) and words[length] in COMBINABLE:
        length += 1
    return tuple(words[:length]), length
