"""`pragmatist check` as scripts and people use it: format, exit codes, bad input, streams, colours."""

from __future__ import annotations

import os
import subprocess

import pytest
from command_line import COMMAND, answer_of, environment, in_terminal, pragmatist

SCALE = """\
void scale(int n, double *restrict y, const double *restrict x)
{
    for (int i = 0; i < n; i++)
        y[i] = 2.0 * x[i];
}
"""
PREFIX = """\
void prefix(int n, double *x)
{
    for (int i = 1; i < n; i++)
        x[i] = x[i] + x[i - 1];
}
"""
RACY = """\
void racy(int n, double *restrict y, const double *restrict x)
{
    double t;
#pragma omp parallel for
    for (int i = 0; i < n; i++) {
        t = x[i];
        y[i] = t * t;
    }
}
"""
# The fields of format 1, as other programs read them.
FIELDS = {
    "": {"version", "files"},
    "file": {"path", "language", "loops", "directives", "errors"},
    "loop": {
        "id", "line", "end_line", "function", "depth", "verdict", "basis", "directive", "pragma", "clauses",
        "assumptions", "reasons", "planned_by", "evidence",
    },
    "clauses": {"private", "firstprivate", "lastprivate", "reduction", "collapse", "schedule", "if", "map"},
    "reason": {"code", "message", "line", "column", "related"},
    "directive": {"line", "loop_line", "directive", "verdict", "reasons", "fix"},
}  # fmt: skip


def check(tmp_path, *files: tuple[str, str | bytes], arguments=("--format", "json", "."), **env):
    for name, content in files:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return pragmatist("check", *arguments, cwd=tmp_path, **env)


def test_the_json_has_exactly_the_documented_fields(tmp_path):
    """Others parse this: no field more, none less, at every level."""
    run = check(tmp_path, ("a.c", SCALE + PREFIX + RACY))
    answer = answer_of(run)
    (file,) = answer["files"]
    parallel, serial, _ = file["loops"]
    (directive,) = file["directives"]
    assert answer.keys() == FIELDS[""]
    assert file.keys() == FIELDS["file"]
    assert {frozenset(loop) for loop in file["loops"]} == {frozenset(FIELDS["loop"])}
    assert parallel["clauses"].keys() == FIELDS["clauses"]
    assert serial["reasons"][0].keys() == FIELDS["reason"]
    assert serial["reasons"][0]["related"][0].keys() == {"line", "column", "message"}
    assert directive.keys() == FIELDS["directive"]
    assert (run.stderr, run.returncode) == (b"", 1)


def test_what_is_said_of_a_parallel_and_a_serial_loop(tmp_path):
    """Verdict, basis, pragma; dependence with both places."""
    run = check(tmp_path, ("a.c", SCALE + PREFIX))
    parallel, serial = answer_of(run)["files"][0]["loops"]
    assert (parallel["line"], parallel["end_line"], parallel["function"]) == (3, 4, "scale")
    assert (parallel["verdict"], parallel["basis"], parallel["planned_by"]) == ("parallel", "proved", "static")
    assert (parallel["directive"], parallel["pragma"]) == ("parallel for", "#pragma omp parallel for")
    assert (serial["verdict"], serial["basis"], serial["pragma"], serial["clauses"]) == ("serial", None, None, None)
    reason = serial["reasons"][0]
    assert {(reason["line"], reason["column"]), (reason["related"][0]["line"], reason["related"][0]["column"])} == {
        (9, 9), (9, 23),
    }  # fmt: skip
    assert run.returncode == 0


def test_assumptions_stand_where_a_plan_rests_on_them(tmp_path):
    """A loop that is serial whatever is assumed assumes nothing, and no assumption is told twice."""
    carried = "void f(int n, double *a, double *b) { for (int i = 1; i < n; i++) a[i] = a[i - 1] + b[i]; }\n"
    apart = "void g(int n, double *a, double *b) { for (int i = 1; i < n; i++) a[i] = b[i - 1] + b[i]; }\n"
    answer = answer_of(check(tmp_path, ("a.c", carried + apart)))
    serial, parallel = answer["files"][0]["loops"]
    assert (serial["verdict"], serial["assumptions"]) == ("serial", [])
    assert parallel["verdict"] == "parallel"
    assert [each["code"] for each in parallel["assumptions"]] == ["PRG201"]
    text = check(tmp_path, ("a.c", apart), arguments=("a.c",)).stdout
    assert text.count(b"do not overlap") == 1


@pytest.mark.parametrize(
    ("text", "fail_on", "code"),
    [(PREFIX, "race", 0), (SCALE, "race", 0), (SCALE, "parallel", 1), (PREFIX, "parallel", 0), (RACY, "race", 1)],
)
def test_exit_code_says_what_needs_attention(tmp_path, text, fail_on, code):
    """0 nothing, 1 a race, or with --fail-on parallel a pragma to insert."""
    assert check(tmp_path, ("a.c", text), arguments=("--fail-on", fail_on, "a.c")).returncode == code


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), b"usage"),
        (("check",), b"PATH"),
        (("chekc", "a.c"), b"invalid choice"),
        (("check", "--format", "xml", "a.c"), b"invalid choice"),
        (("check", "--fail", "race", "a.c"), b"unrecognized"),
        (("check", "a.c", "--", "x"), b"takes no arguments after --"),
        (("fix", "--diff", "--write", "a.c"), b"not allowed with"),
        (("plan", "a.c"), b"FILE:LINE"),
        (("plan", "a.c:1", "--strategy", "guessing"), b"invalid choice"),
    ],
)
def test_a_usage_error_exits_2_with_words_on_stderr(tmp_path, arguments, words):
    """And nothing on stdout."""
    run = pragmatist(*arguments, cwd=tmp_path)
    assert (run.returncode, run.stdout) == (2, b"")
    assert words in run.stderr


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("binary.c", b"\x7fELF\x02\x01\0\0", b"binary"),
        ("wide.c", SCALE.encode("utf-16"), b"UTF-16"),
        ("missing.c", None, b"does not exist"),
        ("folder.c/", None, b"does not exist"),
        ("loop.c", "link", b"cannot be read"),
        ("closed.c", "secret", b"permission"),
    ],
)
def test_what_cannot_be_read_is_named_and_the_others_are_reported(tmp_path, name, content, words):
    """Exit 2, a message that says what it is, and the facts about the file beside it."""
    path = tmp_path / name
    if content == "link":
        path.symlink_to(path)
    elif content == "secret":
        if os.geteuid() == 0:
            pytest.skip("root may read everything")
        path.write_text(SCALE)
        path.chmod(0)
    elif content is not None:
        path.write_bytes(content)
    run = check(tmp_path, ("good.c", SCALE), arguments=("--format", "json", name, "good.c"))
    bad, good = answer_of(run)["files"]
    assert run.returncode == 2
    assert words in run.stderr
    assert bad["errors"][0]["message"]
    assert (good["path"], len(good["loops"])) == ("good.c", 1)


def test_an_empty_file_has_no_loops_and_no_errors(tmp_path):
    """Nothing there is nothing wrong."""
    run = check(tmp_path, ("a.c", ""))
    assert answer_of(run)["files"] == [{"path": "a.c", "language": "c", "loops": [], "directives": [], "errors": []}]
    assert (run.returncode, run.stderr) == (0, b"")


def test_invalid_utf8_is_said_and_analysed_all_the_same(tmp_path):
    """Old sources have Latin-1 comments; positions are bytes."""
    run = check(tmp_path, ("a.c", b"/* caf\xe9 */\n" + SCALE.encode()))
    (file,) = answer_of(run)["files"]
    assert file["errors"] == [
        {"line": 1, "message": "not UTF-8 (byte 0xe9): analysed as it is; save the file as UTF-8 to be sure"}
    ]
    assert [(loop["line"], loop["verdict"]) for loop in file["loops"]] == [(4, "parallel")]
    assert run.returncode == 0


@pytest.mark.parametrize(
    "text",
    [
        SCALE + "void half(int n) {\n    for (int i = 0; i < n; i",
        SCALE + "}}}}\n",
        SCALE + "void f(void) {{{\n",
        SCALE + "#if A\nvoid f(int n) {\n#else\nvoid g(int n, int m) {\n#endif\n  for (int i = 0; i < n; i++) { }\n",
    ],
    ids=["half a function", "closing braces", "opening braces", "unbalanced #if branches"],
)
def test_broken_text_never_hides_what_is_whole(tmp_path, text):
    """The whole function before the break is judged as ever."""
    run = check(tmp_path, ("a.c", text))
    (file,) = answer_of(run)["files"]
    assert (file["loops"][0]["line"], file["loops"][0]["verdict"]) == (3, "parallel")
    assert (run.returncode, run.stderr) == (0, b"")


def test_a_file_of_100_000_lines_is_judged(tmp_path):
    """Generated tables and a loop at the end, at its true line."""
    rows = "".join(f"    {number},\n" for number in range(99_990))
    run = check(tmp_path, ("a.c", f"int table[] = {{\n{rows}}};\n{SCALE}"))
    (loop,) = answer_of(run)["files"][0]["loops"]
    assert (loop["line"], loop["verdict"]) == (99_995, "parallel")


def test_a_directory_is_judged_by_workers_as_by_one_process(tmp_path):
    """Many files: the same answers, in the same order, names relative to the directory."""
    for number in range(40):
        body = (SCALE + PREFIX).replace("scale", f"scale{number}").replace("prefix", f"prefix{number}")
        (tmp_path / f"f{number:02}.c").write_text(body + "/* padding */\n" * 600)
    together = answer_of(check(tmp_path, arguments=("--format", "json", ".")))["files"]
    assert [file["path"] for file in together] == [f"f{number:02}.c" for number in range(40)]
    (alone,) = answer_of(check(tmp_path, arguments=("--format", "json", "f07.c")))["files"]
    assert together[7] == alone


def test_nothing_to_look_at_is_said(tmp_path):
    """An empty directory is no error, but somebody may have mistyped."""
    run = check(tmp_path, arguments=("--format", "json", "."))
    assert (run.returncode, answer_of(run)["files"]) == (0, [])
    assert b"no C or C++ files" in run.stderr


def test_a_name_that_is_not_utf8_can_be_reported(tmp_path):
    """File names are bytes."""
    (tmp_path / os.fsdecode(b"caf\xe9.c")).write_text(SCALE)
    run = check(tmp_path, arguments=("--format", "json", "."))
    assert answer_of(run)["files"][0]["path"] == "caf\ufffd.c"
    assert check(tmp_path, arguments=(".",)).returncode == 0


def test_the_text_shows_source_and_both_places(tmp_path):
    """As compilers do: place, verdict, code, the line with both ends marked, the pragma, a count."""
    run = check(tmp_path, ("a.c", SCALE + PREFIX), arguments=("a.c",))
    text = run.stdout.decode()
    for part in (
        "a.c:3:5: parallel (proved): ", "+     #pragma omp parallel for\n        for (int i = 0; i < n; i++)\n",
        "a.c:8:5: serial: ", "[PRG101]", "9 |         x[i] = x[i] + x[i - 1];", "^^^^^^^^", "^^^^ ",
        "2 loops in 1 file: 1 parallel, 1 serial\n",
    ):  # fmt: skip
        assert part in text
    assert b"\x1b" not in run.stdout


def test_source_text_cannot_steer_the_terminal(tmp_path):
    """Control characters in an excerpt are shown, not obeyed."""
    run = check(tmp_path, ("a.c", PREFIX.replace("x[i - 1];", "x[i - 1]; /* \x1b]0;owned\x07 */")), arguments=("a.c",))
    assert b"owned" in run.stdout
    assert b"\x1b" not in run.stdout
    assert b"\x07" not in run.stdout


def test_colours_only_on_a_terminal_and_not_with_no_color(tmp_path):
    """https://no-color.org"""
    (tmp_path / "a.c").write_text(SCALE)
    assert b"\x1b[" in in_terminal("check", "a.c", cwd=tmp_path, stream="stdout")[1]
    assert b"\x1b" not in in_terminal("check", "a.c", cwd=tmp_path, stream="stdout", NO_COLOR="1")[1]
    assert b"\x1b" not in in_terminal("check", "a.c", cwd=tmp_path, stream="stdout", TERM="dumb")[1]
    assert b"\x1b" not in in_terminal("check", "--format", "json", "a.c", cwd=tmp_path, stream="stdout")[1]


def test_a_full_disk_below_stdout_is_not_success(tmp_path):
    """Exit 2 and a message; a report cut short must not look like a clean one."""
    (tmp_path / "a.c").write_text(SCALE)
    with open("/dev/full", "wb") as full:
        run = subprocess.run(
            [*COMMAND, "check", "a.c"], cwd=tmp_path, env=environment(tmp_path), stdout=full, stderr=subprocess.PIPE,
            check=False,
        )  # fmt: skip
    assert run.returncode == 2
    assert b"No space left" in run.stderr
    assert b"Traceback" not in run.stderr


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path):
    """`pragmatist check . | head -1`"""
    (tmp_path / "a.c").write_text(SCALE * 200)
    with subprocess.Popen(
        [*COMMAND, "check", "a.c"], cwd=tmp_path, env=environment(tmp_path), stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == b""
        assert process.wait() == 0
