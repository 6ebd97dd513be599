"""Where pragmas go: nothing else changes, the result compiles everywhere, and what cannot be placed is refused."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.analysis.text import LineIndex
from pragmatist.codegen.edit import apply_edit
from pragmatist.codegen.errors import CannotInsert, UnsafePlan
from pragmatist.codegen.insert import edit_for_plans, replace_directive
from pragmatist.reasoning.plan import Plan

PRAGMA = "#pragma omp parallel for"


def inserted(text: bytes, loop_in, nth: int = 0, path: str = "a.c", **fields) -> bytes:
    facts = loop_in(text, nth)
    plan = Plan(**{"loop": facts.id, "directive": "parallel for", **fields})
    return apply_edit(text, edit_for_plans(path, text, [(facts, plan)]))


def in_function(body: str) -> bytes:
    return f"void f(int n, int c, double *x) {{\n{body}\n}}\n".encode()


# body, what it becomes (P stands for the pragma)
PLACED = {
    "own line": ("    for (int i = 0; i < n; i++) x[i] = 1;", "    P\n    for (int i = 0; i < n; i++) x[i] = 1;"),
    "tabs": ("\tfor (int i = 0; i < n; i++)\n\t\tx[i] = 1;", "\tP\n\tfor (int i = 0; i < n; i++)\n\t\tx[i] = 1;"),
    "column one": ("for (int i = 0; i < n; i++) x[i] = 1;", "P\nfor (int i = 0; i < n; i++) x[i] = 1;"),
    "if above": (
        "  if (c)\n    for (int i = 0; i < n; i++) x[i] = 1;",
        "  if (c)\n    P\n    for (int i = 0; i < n; i++) x[i] = 1;"),
    "if on the line": (
        "  if (c) for (int i = 0; i < n; i++) x[i] = 1;",
        "  if (c)\n      P\n      for (int i = 0; i < n; i++) x[i] = 1;"),
    "else on the line": (
        "  if (c) n--;\n  else for (int i = 0; i < n; i++) x[i] = 1;",
        "  if (c) n--;\n  else\n      P\n      for (int i = 0; i < n; i++) x[i] = 1;"),
    "after a brace": (
        "\tif (c) { for (int i = 0; i < n; i++) x[i] = 1; }",
        "\tif (c) {\n\t\tP\n\t\tfor (int i = 0; i < n; i++) x[i] = 1; }"),
    "after a statement": (
        "  n--; for (int i = 0; i < n; i++) x[i] = 1;", "  n--;\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "label": (
        "again: for (int i = 0; i < n; i++) x[i] = 1;\n  if (c--) goto again;",
        "again:\n    P\n    for (int i = 0; i < n; i++) x[i] = 1;\n  if (c--) goto again;"),
    "case": (
        "  switch (c) { case 1: for (int i = 0; i < n; i++) x[i] = 1; break; default: break; }",
        "  switch (c) { case 1:\n      P\n      for (int i = 0; i < n; i++) x[i] = 1; break; default: break; }"),
    "do": (
        "  do for (int i = 0; i < n; i++) x[i] = 1; while (c--);",
        "  do\n      P\n      for (int i = 0; i < n; i++) x[i] = 1; while (c--);"),
    "comment before": (
        "  /* a */ for (int i = 0; i < n; i++) x[i] = 1;", "  P\n  /* a */ for (int i = 0; i < n; i++) x[i] = 1;"),
    "end of a comment before": (
        "  /* fill\n   x */ for (int i = 0; i < n; i++) x[i] = 1;",
        "  /* fill\n   x */\n   P\n   for (int i = 0; i < n; i++) x[i] = 1;"),
    "comment above": (
        "  // a\n  for (int i = 0; i < n; i++) x[i] = 1;", "  // a\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "conditional above": (
        "#if 1\n  for (int i = 0; i < n; i++) x[i] = 1;\n#endif",
        "#if 1\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;\n#endif"),
    "named conditional above": (
        "#ifndef Q\n  for (int i = 0; i < n; i++) x[i] = 1;\n#endif",
        "#ifndef Q\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;\n#endif"),
    "conditional end above": (
        "#ifdef Q\n  n--;\n#else\n  n++;\n#endif\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "#ifdef Q\n  n--;\n#else\n  n++;\n#endif\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "unroll above": (
        "#pragma unroll 4\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "  P\n#pragma unroll 4\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "two hints above": (
        "#pragma unroll(4)\n\n#pragma ivdep // safe\n  /* hm */\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "  P\n#pragma unroll(4)\n\n#pragma ivdep // safe\n  /* hm */\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "clang hint above": (
        "#pragma clang loop vectorize(enable)\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "  P\n#pragma clang loop vectorize(enable)\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "barrier above": (
        "#pragma omp barrier\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "#pragma omp barrier\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "other pragma above": (
        "#pragma STDC FP_CONTRACT OFF\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "#pragma STDC FP_CONTRACT OFF\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "macro above": (
        "#define N 9\n  for (int i = 0; i < N; i++) x[i] = 1;",
        "#define N 9\n  P\n  for (int i = 0; i < N; i++) x[i] = 1;"),
    "after a continuation that has ended": (
        "  n--; \\\n\n  for (int i = 0; i < n; i++) x[i] = 1;",
        "  n--; \\\n\n  P\n  for (int i = 0; i < n; i++) x[i] = 1;"),
    "loop around": (
        "  while (c--) for (int i = 0; i < n; i++) x[i] = 1;",
        "  while (c--)\n      P\n      for (int i = 0; i < n; i++) x[i] = 1;"),
}  # fmt: skip


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("case", PLACED)
def test_the_pragma_has_its_own_line_above_the_loop(case, line_end, loop_in):
    """The pragma stands directly above its loop, indented like it, with the file's line ends; all else is as it was."""
    body, expected = PLACED[case]
    text = in_function(body).replace(b"\n", line_end.encode())
    wanted = in_function(
        expected.replace("P", PRAGMA, 1) if "FP_" not in expected else expected.replace("\n  P", "\n  " + PRAGMA)
    )
    assert inserted(text, loop_in) == wanted.replace(b"\n", line_end.encode())


@pytest.mark.parametrize("suffix", [".c", ".cc"])
def test_what_is_placed_compiles_everywhere(suffix, loop_in, compiles, tmp_path):
    """Every placement above is accepted by every gcc and clang found, in C and in C++."""
    functions = []
    for number, (body, _) in enumerate(PLACED.values()):
        text = in_function(body).replace(b"void f(", b"void f%d(" % number).replace(b"N 9", b"N%d 9" % number)
        functions.append(inserted(text.replace(b"< N;", b"< N%d;" % number), loop_in, path=f"a{suffix}"))
    path = tmp_path / f"a{suffix}"
    path.write_bytes(b"\n".join(functions))
    complaints = {c: e for c, e in compiles(path).items() if "error" in e}
    assert complaints == {}


def test_crlf_with_continuation_lines_compiles(loop_in, compiles, tmp_path):
    """A wrapped pragma is one directive to every compiler, with CRLF too."""
    names = [f"a_long_variable_name_{k}" for k in range(8)]
    text = in_function(f"  double {', '.join(names)};\n  for (int i = 0; i < n; i++) {{ {' = '.join(names)} = i; }}")
    text = text.replace(b"\n", b"\r\n")
    result = inserted(text, loop_in, private=tuple(names))
    assert result.count(b" \\\r\n") == 1 or result.count(b" \\\r\n") == 2
    path = tmp_path / "a.c"
    path.write_bytes(result)
    assert {c: e for c, e in compiles(path).items() if "error" in e} == {}


REFUSED = {
    "gcc hint": ("#pragma GCC ivdep\n  for (int i = 0; i < n; i++) x[i] = 1;", "GCC ivdep"),
    "gcc unroll": ("#pragma GCC unroll 4\n\n  for (int i = 0; i < n; i++) x[i] = 1;", "GCC unroll"),
    "gcc hint above another": ("#pragma GCC ivdep\n#pragma ivdep\n  for (int i = 0; i < n; i++) ;", "GCC ivdep"),
    "directive": ("#pragma omp parallel for\n  for (int i = 0; i < n; i++) x[i] = 1;", "governs the loop already"),
    "directive on two lines": (
        "#pragma omp parallel for \\\n  schedule(static)\n  for (int i = 0; i < n; i++) ;", "governs the loop already"),
    "directive with a comment": (
        "  # pragma omp simd // fast\n  /* hm */\n  for (int i = 0; i < n; i++) x[i] = 1;", "governs the loop already"),
    "digraph": ("%:pragma omp simd\n  for (int i = 0; i < n; i++) x[i] = 1;", "governs the loop already"),
    "OpenACC": ("#pragma acc parallel loop\n  for (int i = 0; i < n; i++) x[i] = 1;", "governs the loop already"),
    "_Pragma": ('  _Pragma("GCC ivdep") for (int i = 0; i < n; i++) x[i] = 1;', "may be a macro"),
    "_Pragma above": ('  _Pragma("omp simd")\n  for (int i = 0; i < n; i++) x[i] = 1;', "may be a macro"),
    "macro before": ("  FAST\n  for (int i = 0; i < n; i++) x[i] = 1;", "FAST"),
    "macro call before": ("  HINT(4)\n  for (int i = 0; i < n; i++) x[i] = 1;", "may be a macro"),
    "macro argument": ("  RUN(for (int i = 0; i < n; i++) x[i] = 1;)", "may be a macro"),
    "macro definition": ("#define LOOP for (int i = 0; i < n; i++) x[i] = 1;\n  LOOP", "macro's definition"),
    "macro definition on several lines": (
        "#define LOOP \\\n  for (int i = 0; i < n; i++) \\\n    x[i] = 1;\n  LOOP", "macro's definition"),
    "continued line": ("  n--; \\\n  for (int i = 0; i < n; i++) x[i] = 1;", "backslash"),
    "attribute": ("  [[maybe]] for (int i = 0; i < n; i++) x[i] = 1;", "attribute"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_placed_is_refused_in_words(case, loop_in):
    """Where a pragma cannot stand, or may meet a hidden one, the message says what is in the way and what to do."""
    body, words = REFUSED[case]
    with pytest.raises(CannotInsert, match=r"^line \d+: ") as caught:
        inserted(in_function(body), loop_in)
    assert words in str(caught.value)


def test_a_lambda_in_a_macro_argument_is_refused_and_in_a_function_argument_is_not(loop_in):
    """Directives among macro arguments are undefined behaviour; those inside a function call's lambda are not."""
    text = b"void f(int n, double *x) {\n  %s([&] {\n    for (int i = 0; i < n; i++) x[i] = 1;\n  });\n}\n"
    with pytest.raises(CannotInsert, match="MEASURE"):
        inserted(text % b"MEASURE", loop_in, path="a.cc")
    assert PRAGMA.encode() in inserted(text % b"measure", loop_in, path="a.cc")


def test_facts_of_another_text_are_refused(loop_in):
    """Where the text at the loop's place is no `for`, nothing is edited."""
    text = in_function("  for (int i = 0; i < n; i++) x[i] = 1;")
    facts = loop_in(text)
    with pytest.raises(CannotInsert, match="macro"):
        edit_for_plans("a.c", b"\n" + text, [(facts, Plan(facts.id, "parallel for"))])


def test_plan_and_facts_must_belong_together(loop_in):
    """A plan for another loop is refused."""
    text = in_function("  for (int i = 0; i < n; i++) x[i] = 1;")
    with pytest.raises(UnsafePlan, match="L7"):
        edit_for_plans("a.c", text, [(loop_in(text), Plan("L7", "parallel for"))])


def test_several_loops_in_one_edit(loop_in):
    """Plans may come in any order; each loop gets its own pragma, and one loop not two."""
    text = in_function("  for (int i = 0; i < n; i++) x[i] = 1;\n  for (int i = 0; i < n; i++) x[i] = 2;")
    first, second = loop_in(text, 0), loop_in(text, 1)
    plans = [(second, Plan("L1", "simd")), (first, Plan("L0", "parallel for"))]
    lines = apply_edit(text, edit_for_plans("a.c", text, plans)).decode().split("\n")
    assert [line.strip() for line in lines if "#" in line] == ["#pragma omp parallel for", "#pragma omp simd"]
    with pytest.raises(CannotInsert, match="two plans"):
        edit_for_plans("a.c", text, [plans[0], plans[0]])


def test_meaning_is_kept_under_if_and_else(loop_in, tmp_path):
    """The edited program, with loops as bare branches of if and else, prints what the original prints."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("no gcc here")
    text = (
        b"#include <stdio.h>\nint main(void) {\n  int x[8] = {0};\n  for (int c = 0; c < 4; c++) {\n"
        b"    if (c == 1) for (int i = 0; i < 8; i++) x[i] += 1;\n"
        b"    else if (c == 2)\n      for (int i = 0; i < 8; i++) x[i] += 10;\n"
        b"    else for (int i = 0; i < 8; i++) x[i] *= 3;\n"
        b'  }\n  for (int i = 0; i < 8; i++) printf("%d ", x[i]);\n  return 0;\n}'
    )
    facts = [loop_in(text, nth) for nth in (1, 2, 3)]
    edited = apply_edit(text, edit_for_plans("a.c", text, [(f, Plan(f.id, "parallel for")) for f in facts]))
    assert edited.count(b"#pragma omp parallel for\n") == 3
    outputs = []
    for name, source in (("serial", text), ("parallel", edited)):
        (tmp_path / f"{name}.c").write_bytes(source)
        command = [compiler, "-fopenmp", str(tmp_path / f"{name}.c"), "-o", str(tmp_path / name)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, timeout=60)
        run = subprocess.run([tmp_path / name], check=True, capture_output=True, stdin=subprocess.DEVNULL, timeout=60)
        outputs.append(run.stdout)
    assert outputs[0] == outputs[1] == b"33 33 33 33 33 33 33 33 "


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    line_end=st.sampled_from(["\n", "\r\n"]),
    indent=st.text(" \t", max_size=6),
    before=st.lists(
        st.sampled_from(["", "// für\x0c alle", "  n--;", '  s = "for";', "/* \u2028 */", "#define Q 1"]), max_size=5
    ),
    glue=st.sampled_from(["", "if (c) ", "else\t", "{", "n++;  ", "/* a */ "]),
    after=st.sampled_from(["", "}", "\x0c"]),
    last_line_end=st.booleans(),
    names=st.lists(st.from_regex(r"[a-z]{1,40}", fullmatch=True), max_size=6, unique=True),
)
def test_all_but_the_inserted_lines_is_kept_byte_for_byte(
    loop_in, line_end, indent, before, glue, after, last_line_end, names
):
    """Taking the inserted lines out again gives the original: any line ends, tabs, odd characters, no last line end."""
    marker = f"{indent}{glue}for (int i = 0; i < n; i++) x[i] = 1; \t"
    lines = ["void f(void) {", *before, ";", marker, after]
    text = (line_end.join(lines) + (line_end if last_line_end else "")).encode()
    facts = loop_in(text)
    (change,) = edit_for_plans("a.c", text, [(facts, Plan(facts.id, "parallel for", private=tuple(names)))]).changes
    new = change.text
    assert text[change.start : change.end].strip(b" \t") == b""
    assert new.endswith(line_end) or new.removesuffix(indent).rstrip(" \t").endswith(line_end)
    body = [line for line in new.split(line_end) if line.strip()]
    assert body[0].strip().startswith(PRAGMA)
    assert all(line.endswith(" \\") for line in body[:-1])
    assert all(line.startswith(indent) for line in body)
    assert set(new) & {"\n", "\r"} == set(line_end)
    if glue in ("", "/* a */ "):
        assert (change.start, change.end) == (text.index(marker.encode()),) * 2


def test_old_macintosh_line_ends_are_refused(loop_in):
    """gcc and clang do not agree on what a lone carriage return is, so such a file is not edited."""
    with pytest.raises(CannotInsert, match="convert"):
        inserted(b"void f(int n) {\r  for (int i = 0; i < n; i++) ;\r}\r", loop_in)


def test_the_last_line_without_line_end(loop_in):
    """A loop on the only line of a text still gets a line of its own."""
    assert inserted(b"for (;;) ;", loop_in) == b"#pragma omp parallel for\nfor (;;) ;"


FIX = "#pragma omp parallel for private(t)"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  #pragma omp parallel for", f"  {FIX}"),
        ("\t#pragma omp parallel for // all", f"\t{FIX} // all"),
        ("#pragma omp parallel for /* all */", f"{FIX} /* all */"),
        ("#pragma omp /* x */ parallel for \\\n    shared(x) \\\n  schedule(static)", FIX),
        ("  %:  pragma   omp parallel for", f"  {FIX}"),
        ('  _Pragma("omp parallel for")', '  _Pragma("omp parallel for private(t)")'),
    ],
)
def test_a_wrong_directive_is_replaced_in_place(old, new):
    """The directive alone changes: indentation, comments behind it, its form and all around it stay."""
    text = in_function(old + "\n  for (int i = 0; i < n; i++) { t = i; x[i] = t; }")
    start = text.index(old.lstrip().encode())
    place = LineIndex(text).place(start, start + len(old.lstrip()))
    wanted = text.replace(old.encode(), new.encode())
    assert apply_edit(text, replace_directive("a.c", text, place, FIX)) == wanted


@pytest.mark.parametrize(
    "bad", ["#pragma omp parallel for\nint q;", "int q;", "#pragma omp for \\", "#pragma once", "#pragma omp é"]
)
def test_only_a_pragma_on_one_line_replaces_one(bad):
    """The replacement cannot bring anything else into the text."""
    text = b"#pragma omp parallel for\n"
    with pytest.raises(UnsafePlan):
        replace_directive("a.c", text, LineIndex(text).place(0, 24), bad)


@pytest.mark.parametrize("old", ["[[omp::directive(parallel for)]]", "#pragma once", "for (;;)", ""])
def test_what_is_no_pragma_is_not_replaced(old):
    """A place that holds no #pragma omp is refused, with the correct pragma in the message."""
    text = old.encode()
    with pytest.raises(CannotInsert, match=r"private\(t\)"):
        replace_directive("a.c", text, LineIndex(text).place(0, len(text)), FIX)
