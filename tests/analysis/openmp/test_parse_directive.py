"""Directives as text become names, arguments and clauses with their places."""

from __future__ import annotations

import pytest
from pragmatist.analysis.openmp.directive import Directive
from pragmatist.analysis.openmp.parse import parse_directive, parse_directives


def parsed(text: str, start: int = 0) -> Directive:
    directive = parse_directive(text, start, start + len(text.encode()))
    assert directive is not None
    return directive


def clauses(text: str) -> list[tuple[str, str | None, tuple[str, ...]]]:
    return [(clause.name, clause.modifier, clause.items) for clause in parsed(f"#pragma omp {text}").clauses]


@pytest.mark.parametrize(
    "name",
    [
        "parallel", "for", "parallel for simd", "teams distribute parallel for simd", "parallel master taskloop simd",
        "parallel masked taskloop", "target teams loop", "scope", "tile", "unroll", "barrier", "ordered", "taskwait",
        "target enter data", "target update", "declare reduction", "cancellation point", "declare target",
        "end declare target", "begin declare variant", "metadirective", "section", "sections", "parallel sections",
    ],
)  # fmt: skip
def test_names(name: str) -> None:
    """Every construct, combined or not, keeps its whole name and has no clause."""
    for spelling in (name, name.replace(" ", " \t "), name.replace(" ", " /* and */ ")):
        directive = parsed(f"#pragma omp {spelling}")
        assert (name, ()) == (directive.name, directive.clauses)


def test_words_that_are_clauses_elsewhere() -> None:
    """`ordered` after `for`, `for` after `cancel` and `update` after `atomic` are clauses, not part of the name."""
    assert summary("parallel for ordered") == ("parallel for", ["ordered"])
    assert summary("ordered simd") == ("ordered", ["simd"])
    assert summary("cancel for if(x)") == ("cancel", ["for", "if"])
    assert summary("atomic update") == ("atomic", ["update"])
    assert summary("depobj(o) update(in)") == ("depobj", ["update"])


def summary(text: str) -> tuple[str, list[str]]:
    directive = parsed(f"#pragma omp {text}")
    return directive.name, [clause.name for clause in directive.clauses]


def test_underscores_of_openmp_6() -> None:
    """`target_data` is `target data`."""
    assert summary("target_enter_data map(to: a)") == ("target enter data", ["map"])
    assert summary("declare_reduction(merge: T: omp_out += omp_in)") == ("declare reduction", [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for reduction(inscan,+ : x)", ("reduction", "inscan, +", ("x",))),
        ("for reduction(max:a, b)", ("reduction", "max", ("a", "b"))),
        ("for reduction(ns::merge: v[0:n][ 1 : 2 ])", ("reduction", "ns::merge", ("v[0:n][ 1 : 2 ]",))),
        ("for reduction(&&:ok)", ("reduction", "&&", ("ok",))),
        ("for schedule(monotonic:dynamic , 4)", ("schedule", "monotonic", ("dynamic", "4"))),
        ("for schedule(static,n>4?1:2)", ("schedule", None, ("static", "n>4?1:2"))),
        ("target map(always, tofrom: a[0:n], s.b)", ("map", "always, tofrom", ("a[0:n]", "s.b"))),
        ("target map(a[0:n])", ("map", None, ("a[0:n]",))),
        ("target map(mapper(id), to: v)", ("map", "mapper(id), to", ("v",))),
        ("target if(target: a ? b : c)", ("if", "target", ("a ? b : c",))),
        ("parallel if(a ? b : std::max(c, d))", ("if", None, ("a ? b : std::max(c, d)",))),
        ("for lastprivate(conditional: x,y)", ("lastprivate", "conditional", ("x", "y"))),
        ("simd linear(x, y : 2)", ("linear", "2", ("x", "y"))),
        ("simd linear(x : val, step(2))", ("linear", "val, step(2)", ("x",))),
        ("simd linear(val(x, y): 2)", ("linear", "2", ("x", "y"))),
        ("simd aligned(p: 64)", ("aligned", "64", ("p",))),
        (
            "task depend(iterator(i=0:n), in: a[i], b)",
            ("depend", "iterator(i=0:n), in", ("a[i]", "b")),
        ),
        ("ordered depend(sink: i-1, j)", ("depend", "sink", ("i-1", "j"))),
        ("ordered depend(source)", ("depend", "source", ())),
        ("ordered doacross(source: omp_cur_iteration)", ("doacross", "source", ("omp_cur_iteration",))),
        ("parallel default( none )", ("default", None, ("none",))),
        ("parallel proc_bind(close)", ("proc_bind", None, ("close",))),
        ("taskloop grainsize(strict: f(a, b))", ("grainsize", "strict", ("f(a, b)",))),
        ("target defaultmap(tofrom: scalar)", ("defaultmap", "tofrom", ("scalar",))),
        ("target device(ancestor: 1)", ("device", "ancestor", ("1",))),
        ("parallel num_threads(f<1, 2>(n))", ("num_threads", None, ("f<1, 2>(n)",))),
        ('error message("a, (b: c  d")', ("message", None, ('"a, (b: c  d"',))),
        ("metadirective when(device={arch(gpu)}: target teams)", ("when", "device={arch(gpu)}", ("target teams",))),
        ("for nowait", ("nowait", None, ())),
    ],
)
def test_clause_arguments(text: str, expected: tuple[str, str | None, tuple[str, ...]]) -> None:
    """Modifiers stand apart from items; items are split at commas that no bracket encloses."""
    assert [expected] == clauses(text)


def test_commas_and_blanks_between_clauses() -> None:
    """Clauses may be parted by commas, blanks or nothing."""
    expected = [("private", None, ("a",)), ("nowait", None, ()), ("collapse", None, ("2",))]
    for text in (
        "for private(a) nowait collapse(2)",
        "for,private(a),nowait , collapse (2)",
        "for private(a)nowait,collapse(2)",
    ):
        assert expected == clauses(text)


@pytest.mark.parametrize(
    ("text", "name", "argument"),
    [
        ("critical (update)hint(1)", "critical", "update"),
        ("flush(a, b)", "flush", "a, b"),
        ("threadprivate(x,y)", "threadprivate", "x,y"),
        ("declare reduction(m : T, U : f(omp_out, omp_in))", "declare reduction", "m : T, U : f(omp_out, omp_in)"),
        ("critical", "critical", None),
    ],
)  # fmt: skip
def test_directive_arguments(text: str, name: str, argument: str | None) -> None:
    """The parentheses right after the name are the directive's argument."""
    directive = parsed(f"#pragma omp {text}")
    assert (name, argument) == (directive.name, directive.argument)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_places_across_continuation_lines(newline: str) -> None:
    """Each clause's offsets cut exactly its spelling out of the file, whatever stands before it."""
    text = f"#  pragma omp parallel for /* é (note */ private(a, \\{newline}\tb)"
    text += f" \\{newline}  reduction(+:s) nowait // done"
    file = ("/* ü */\n" + text).encode()
    start = len("/* ü */\n".encode())
    directive = parse_directive(text, start, len(file))
    assert directive is not None
    assert directive.name == "parallel for"
    assert [
        f"private(a, \\{newline}\tb)".encode(),
        b"reduction(+:s)",
        b"nowait",
    ] == [file[clause.start : clause.end] for clause in directive.clauses]
    assert directive.clauses[0].items == ("a", "b")
    assert (start, len(file)) == (directive.start, directive.end)


def test_word_split_by_a_continuation() -> None:
    """A backslash at the end of a line joins the halves of a word, as the preprocessor does."""
    assert summary("parallel fo\\\nr now\\\nait") == ("parallel for", ["nowait"])


def test_pragma_operator() -> None:
    """`_Pragma` is read through its string, escapes undone; offsets stay those of the file."""
    text = r'_Pragma("omp parallel for if(f(\"a\\n\")) private(x)")'
    directive = parsed(text, start=7)
    assert (directive.name, directive.clauses[0].items) == ("parallel for", ('f("a\\n")',))
    private = directive.clauses[1]
    assert text[private.start - 7 : private.end - 7] == "private(x)"


def test_attributes() -> None:
    """C++ attributes, whole or their inside, and sequences of directives."""
    for text in (
        "[[omp::directive(parallel for, private(x))]]",
        "omp::directive(parallel for private(x))",
        "[[using omp: directive(parallel for, private(x))]]",
    ):
        assert (parsed(text).name, parsed(text).clauses[0].items) == ("parallel for", ("x",))
    text = "[[omp::sequence(omp::directive(parallel), directive(for collapse(2)))]]"
    assert [directive.name for directive in parse_directives(text, 0, len(text))] == ["parallel", "for"]


@pytest.mark.parametrize(
    "text",
    [
        "#pragma once",
        "#pragma ompx parallel",
        "#pragma acc loop",
        '_Pragma("GCC ivdep")',
        "[[nodiscard]]",
        "int x;",
        "",
    ],
)
def test_not_openmp(text: str) -> None:
    """Anything that is not OpenMP is None."""
    assert parse_directive(text, 0, len(text)) is None


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        ("#pragma omp", "", []),
        ("#pragma omp paralel for", "paralel", ["for"]),
        ("#pragma omp parallel for private(a", "parallel for", ["private"]),
        ("#pragma omp parallel for ) private(a)", "parallel for", ["private"]),
        ("#pragma omp parallel for reduction(+:", "parallel for", ["reduction"]),
        ("#pragma omp for schedule(static,", "for", ["schedule"]),
        ("#pragma omp parallel shared(a[0:)]", "parallel", ["shared"]),
        ('_Pragma("omp parallel', "parallel", []),
        ("#pragma omp parallel \\", "parallel", []),
    ],
)
def test_malformed(text: str, name: str, expected: list[str]) -> None:
    """What breaks off gives what could be read, and never an error."""
    directive = parsed(text)
    assert (name, expected) == (directive.name, [clause.name for clause in directive.clauses])


def test_standalone() -> None:
    """`ordered` governs a block unless it only waits or posts; barriers never do."""
    assert [
        parsed(f"#pragma omp {text}").standalone
        for text in ("barrier", "ordered", "ordered depend(source)", "ordered doacross(sink: i-1)", "parallel")
    ] == [True, False, True, True, False]


def test_truncations_never_fail() -> None:
    """Every prefix of a long directive parses, in each of its wrappings."""
    inner = 'target teams distribute parallel for map(always, tofrom: a[0:n]) if(target: f("x\\""))'
    inner += " depend(iterator(i=0:n), in: a[i])"
    for text in (
        f"#pragma omp {inner}",
        '_Pragma("omp ' + inner.replace('"', '\\"') + '")',
        f"[[omp::directive({inner})]]",
    ):
        for length in range(len(text)):
            for directive in parse_directives(text[:length], 0, length):
                assert all(0 <= clause.start < clause.end <= length for clause in directive.clauses)
