"""The text as the grammar is to read it: macros expanded, decided conditionals resolved, and where each byte is from.

tree-sitter parses what stands in the file, so `POLYBENCH_2D(A, N, M, n, m)` in a parameter list, a macro that
opens a loop, or an `#ifdef` in the middle of a statement are errors to it. Here such text becomes plain C first.

- Comments are blanks. Macros whose definition stands in the file are expanded; every byte of an expansion has the
  place of the use. Macros from headers are unknown and stay.
- A conditional that the text and `defines` decide leaves its live branch. An undecided one stays, with `_if_N` as
  its condition, where each branch holds whole statements or declarations. Where it does not (it splits a
  statement, or opens a brace that it does not close), the branch stays that a compiler without further `-D` options
  would take, and a `ParseError` says so.
- A conditional around nothing but OpenMP directives counts as taken: the serial meaning is the same.
- OpenMP directives (pragmas, `_Pragma`, attributes) become `#pragma omp N` lines, or, where the grammar does not
  allow a pragma (after `if (...)`), labels `_omp_N:`.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence

import msgspec

from ..facts import Language
from ..ir.tree import ParseError
from ..openmp.directive import Directive
from ..openmp.parse import parse_directives
from .comments import blank_comments
from .conditionals import Branch, Conditional, Line, is_whole, scan
from .conditions import evaluate, is_defined
from .macros import UNDEFINED, Choice, Definition, Expander, Table, Undefined, merge, parse_definition

_STRING = rb'"(?:\\[\s\S]|[^"\\\n])*"' rb"|'(?:\\[\s\S]|[^'\\\n])*'"
_WORD = re.compile(rb"[A-Za-z_]\w*")
_OMP_PRAGMA = re.compile(rb"\s*omp\b")
_OMP_ATTRIBUTE = rb"\[\[\s*(?:using\s+omp\s*:|omp\s*::)[\s\S]*?\]\]"
_PRAGMA_OPERATOR = rb"\b_Pragma\s*\(\s*\"(?:\\[\s\S]|[^\"\\])*\"\s*\)"
_CONTROL = re.compile(rb"(?:\b(?:else|do)|:)\s*\Z")
_CONTROL_HEAD = re.compile(rb"\b(?:if(?:\s+constexpr)?|for|while|switch)\s*\Z")

# Spellings that the grammars read badly or not at all, and what they mean here.
_SPELLINGS: dict[bytes, bytes] = {
    b"__restrict": b"__restrict__", b"__const": b"const", b"__const__": b"const", b"__volatile": b"volatile",
    b"__signed": b"signed", b"__signed__": b"signed", b"__extension__": b"", b"__inline__": b"inline",
    b"__inline": b"inline", b"_Noreturn": b"__attribute__((noreturn))", b"__forceinline": b"inline",
    b"__forceinline__": b"inline", b"__global__": b"", b"__device__": b"", b"__host__": b"", b"__shared__": b"",
    b"__constant__": b"const", b"__managed__": b"", b"_Thread_local": b"__thread",
}  # fmt: skip
_BUILTIN: Table = {
    **{name: Definition(name, None, body) for name, body in _SPELLINGS.items()},
    b"__builtin_expect": Definition(b"__builtin_expect", (b"x", b"c"), b"(x)"),
    b"__launch_bounds__": Definition(b"__launch_bounds__", (b"x",), b"", True),
}

_identity = array("I")


def _range(start: int, end: int) -> array[int]:
    """The numbers start..end-1; slices of one growing table, which is far faster than counting."""
    if len(_identity) < end:
        _identity.extend(range(len(_identity), max(end, 2 * len(_identity), 1 << 16)))
    return _identity[start:end]


class Prepared(msgspec.Struct):
    """`text` is what to parse. The byte at `i` comes from [starts[i], ends[i + 1]) of the original."""

    text: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    directives: list[Directive]
    conditions: list[tuple[str, int, int]]
    macros: dict[bytes, Definition]
    symbolic: set[bytes]
    errors: list[ParseError]


def prepare(text: bytes, language: Language, defines: Mapping[str, str]) -> Prepared:
    """See the module's docstring. `defines` are the `-D` options, name to value."""
    return _Preparation(text, language, defines).run()


class _Preparation:
    def __init__(self, text: bytes, language: Language, defines: Mapping[str, str]) -> None:
        self.original = text
        self.text = blank_comments(text, language)
        self.language: Language = language
        self.out: list[bytes] = []
        self.size = 0
        self.starts = array("I")
        self.ends = array("I", [0])
        self.directives: list[Directive] = []
        self.conditions: list[tuple[str, int, int]] = []
        self.errors: list[ParseError] = []
        self.all_macros: dict[bytes, Definition] = {}
        self.expander = Expander(4_000_000 + 8 * len(text))
        table: Table = dict(_BUILTIN)
        for name, value in defines.items():
            definition = parse_definition(f"{name} {value}".encode("utf-8", "surrogateescape"))
            if definition is not None:
                table[definition.name] = self.all_macros[definition.name] = definition
        table[b"__cplusplus"] = Definition(b"__cplusplus", None, b"201703L") if language == "cpp" else UNDEFINED
        table[b"__STDC__"] = Definition(b"__STDC__", None, b"1")
        self.expander.table = table

    def run(self) -> Prepared:
        items, problems = scan(self.text)
        self.errors += [ParseError(start, end, message) for start, end, message in problems]
        self.find_words(items)
        guard = _include_guard(items, self.text)
        if guard is not None:
            self.expander.define(guard, UNDEFINED)
        self.items(items, 0, len(self.text))
        if self.expander.exhausted:
            self.errors.append(ParseError(0, 0, "macro expansions grow too large; some were left as they stand"))
        self.starts.append(len(self.text))
        return Prepared(
            b"".join(self.out),
            self.starts,
            self.ends,
            self.directives,
            self.conditions,
            self.all_macros,
            self.expander.symbolic,
            self.errors,
        )

    # ---- what to look for in the text

    def find_words(self, items: list[Line | Conditional]) -> None:
        """Sets the pattern of words that may need work, from the names that any `#define` of the file gives."""
        defined = set(self.expander.table) | {b"_Pragma"}
        stack: list[Line | Conditional] = list(items)
        while stack:
            item = stack.pop()
            if isinstance(item, Conditional):
                for branch in item.branches:
                    stack += branch.items
            elif item.keyword == b"define" and (match := _WORD.search(item.rest)):
                defined.add(match.group())
        used = sorted(defined.intersection(_WORD.findall(self.text)), key=len, reverse=True)
        words = b"|".join(used) if len(used) <= 40 else rb"[A-Za-z_]\w*"
        patterns = [_STRING] + ([rb"(?P<attribute>" + _OMP_ATTRIBUTE + rb")"] if b"omp" in self.text else [])
        self.interesting = re.compile(rb"|".join([*patterns, rb"(?P<word>\b(?:" + words + rb")\b)"]))
        self.plain = not used and b"[[" not in self.text

    # ---- output

    def plain_text(self, start: int, end: int) -> None:
        if start < end:
            self.out.append(self.text[start:end])
            self.starts += _range(start, end)
            self.ends += _range(start + 1, end + 1)

    def region(self, text: bytes, start: int, end: int) -> None:
        """`text` in place of the original's [start, end)."""
        if text:
            self.out.append(text)
            self.starts += array("I", [start]) * len(text)
            self.ends += array("I", [end]) * len(text)

    def tail(self) -> bytes:
        """The last of what was put out that is not blank, a few thousand bytes at most."""
        tail = b""
        for piece in reversed(self.out):
            tail = piece[-4000:] + tail
            if len(tail) > 4000:
                break
        return tail.rstrip()

    # ---- the walk over directives

    def items(self, items: list[Line | Conditional], start: int, end: int) -> None:
        index = start
        for item in items:
            self.segment(index, item.start)
            if isinstance(item, Conditional):
                self.conditional(item)
            else:
                self.line(item)
            index = item.end
        self.segment(index, end)

    def segment(self, start: int, end: int) -> None:
        """Text without directives, expanded by the macros as they stand here."""
        if self.plain:
            self.plain_text(start, end)
            return
        index = start
        text = self.text
        for match in self.interesting.finditer(text, start, end):
            begin = match.start()
            kind = match.lastgroup
            if begin < index or kind is None:
                continue
            if kind == "attribute":
                self.plain_text(index, begin)
                self.pragma(self.original[begin : match.end()], begin, match.end())
                index = match.end()
                continue
            if match.group() == b"_Pragma":
                operator = re.compile(_PRAGMA_OPERATOR).match(text, begin, end)
                if operator is not None:
                    self.plain_text(index, begin)
                    self.pragma(self.original[begin : operator.end()], begin, operator.end())
                    index = operator.end()
                continue
            expanded = self.expander.expand_at(text, begin, match.end(), end)
            if expanded is None:
                continue
            self.plain_text(index, begin)
            expansion, index = expanded
            self.expansion(expansion, begin, index)
        self.plain_text(index, end)

    def expansion(self, expansion: bytes, start: int, end: int) -> None:
        """Puts out an expansion, with blanks around it so that no tokens run together."""
        index = 0
        self.region(b" ", start, end)
        if b"_Pragma" in expansion:
            for operator in re.finditer(_PRAGMA_OPERATOR, expansion):
                self.region(expansion[index : operator.start()], start, end)
                self.pragma(operator.group(), start, end, expanded=True)
                index = operator.end()
        self.region(expansion[index:] + b" ", start, end)

    def pragma(self, spelling: bytes, start: int, end: int, *, expanded: bool = False) -> None:
        """An OpenMP directive; other pragmas go."""
        for directive in parse_directives(spelling.decode("utf-8", "surrogateescape"), start, end):
            if expanded:
                directive.clauses = tuple(
                    msgspec.structs.replace(clause, start=start, end=end) for clause in directive.clauses
                )
            number = len(self.directives)
            self.directives.append(directive)
            if self.wants_label():
                after = b";\n" if directive.standalone else b"\n"
                self.region(b" _omp_%d:%s" % (number, after), start, end)
            else:
                self.region(b"\n#pragma omp %d\n" % number, start, end)

    def wants_label(self) -> bool:
        """Whether a statement must follow here, so that the grammar takes a label but no pragma."""
        tail = self.tail()
        if _CONTROL.search(tail):
            return True
        if not tail.endswith(b")"):
            return False
        depth = 0
        for index in range(len(tail) - 1, -1, -1):
            depth += (tail[index] == 41) - (tail[index] == 40)
            if depth == 0:
                return _CONTROL_HEAD.search(tail, 0, index) is not None
        return False

    def line(self, line: Line) -> None:
        match line.keyword:
            case b"define":
                definition = parse_definition(line.rest)
                if definition is not None:
                    self.all_macros[definition.name] = definition
                    self.expander.define(definition.name, definition)
            case b"undef":
                if name := _WORD.search(line.rest):
                    self.expander.define(name.group(), UNDEFINED)
            case b"pragma" if _OMP_PRAGMA.match(line.rest):
                self.pragma(self.original[line.start : line.end], line.start, line.end)
            case _:
                pass
        self.region(b"\n", line.end, line.end)

    def conditional(self, conditional: Conditional) -> None:
        live = self.live_branch(conditional)
        if live is not None:
            if live >= 0:
                branch = conditional.branches[live]
                self.items(branch.items, branch.start, branch.end)
            self.region(b"\n", conditional.end, conditional.end)
            return
        only = self.pragma_branch(conditional)
        if only is None and not is_whole(conditional, self.text, self.tail()):
            only = self.live_branch(conditional, guess=True)
            head = conditional.branches[0].line
            self.errors.append(
                ParseError(
                    head.start,
                    head.end,
                    "this conditional splits a statement and nothing here decides it; "
                    "only the branch was read that a compiler takes without further -D options",
                )
            )
        if only is not None:
            if only >= 0:
                branch = conditional.branches[only]
                self.items(branch.items, branch.start, branch.end)
            self.region(b"\n", conditional.end, conditional.end)
            return
        self.undecided(conditional)

    def undecided(self, conditional: Conditional) -> None:
        """Every branch that the text does not rule out, each with the macros as they stand in it."""
        before = self.expander.table
        after: list[Table] = []
        empty = all(_only_macros(b, self.text) for b in conditional.branches)
        has_else = False
        opened = False
        for number, branch in enumerate(conditional.branches):
            self.expander.table = dict(before)
            decided = self.decide(branch.line)
            if decided == 0:
                continue
            has_else |= branch.line.keyword == b"else" or decided == 1
            if not empty:
                self.open_branch(branch.line, opened, decided)
                opened = True
            self.assume(conditional, number)
            self.items(branch.items, branch.start, branch.end)
            after.append(self.expander.table)
            if has_else:
                break
        if not has_else:
            self.expander.table = dict(before)
            self.assume(conditional, len(conditional.branches))
            after.append(self.expander.table)
        if not empty:
            self.region(b"\n#endif\n", conditional.end, conditional.end)
        self.expander.table = merge(after)

    def open_branch(self, line: Line, opened: bool, decided: int | None) -> None:
        if opened and (decided == 1 or line.keyword == b"else"):
            self.region(b"\n#else\n", line.start, line.end)
            return
        number = len(self.conditions)
        spelling = self.original[line.start : line.end].decode("utf-8", "replace").strip()
        self.conditions.append((" ".join(spelling.split()), line.start, line.end))
        keyword = b"#elif" if opened else b"#if"
        self.region(b"\n%s _if_%d\n" % (keyword, number), line.start, line.end)

    # ---- deciding

    def decide(self, line: Line, *, guess: bool = False) -> int | None:
        """1, 0, or None where the text does not decide the condition of this branch by itself."""
        match line.keyword:
            case b"else":
                return 1
            case b"if" | b"elif":
                value = evaluate(line.rest, self.expander, guess=guess)
                return None if value is None else int(value != 0)
            case _:
                name = _WORD.search(line.rest)
                if name is None:
                    return 0
                defined = is_defined(name.group(), self.expander, guess=guess)
                if defined is None:
                    return None
                return int(defined == (line.keyword in (b"ifdef", b"elifdef")))

    def live_branch(self, conditional: Conditional, *, guess: bool = False) -> int | None:
        """The number of the branch that is taken, -1 for none of them, None where that is undecided."""
        for number, branch in enumerate(conditional.branches):
            decided = self.decide(branch.line, guess=guess)
            if decided is None:
                return None
            if decided:
                return number
        return -1

    def pragma_branch(self, conditional: Conditional) -> int | None:
        """The first branch with an OpenMP directive, where no branch has anything but pragmas."""
        found = None
        for number, branch in enumerate(conditional.branches):
            index = branch.start
            for item in branch.items:
                if isinstance(item, Conditional) or item.keyword != b"pragma":
                    return None
                if self.text[index : item.start].strip():
                    return None
                index = item.end
                if found is None and _OMP_PRAGMA.match(item.rest):
                    found = number
            if self.text[index : branch.end].strip():
                return None
        return found

    def assume(self, conditional: Conditional, number: int) -> None:
        """Puts what the way into branch `number` says of single macros (`#ifdef X`) into the table."""
        table = self.expander.table
        for index, branch in enumerate(conditional.branches[: number + 1]):
            name = _tested_name(branch.line)
            if name is None:
                continue
            holds = index == number
            negated = branch.line.keyword in (b"ifndef", b"elifndef") or branch.line.rest.lstrip().startswith(b"!")
            positive = not negated
            entry = table.get(name)
            if holds == positive:
                if entry is None or isinstance(entry, Undefined):
                    table[name] = Choice((), external=True)
                elif isinstance(entry, Choice):
                    table[name] = Choice(entry.candidates, entry.external, False)
            elif not isinstance(entry, Definition):
                table[name] = UNDEFINED


_TESTED = re.compile(rb"\s*!?\s*defined\s*(?:\(\s*([A-Za-z_]\w*)\s*\)|([A-Za-z_]\w*))\s*\Z")


def _tested_name(line: Line) -> bytes | None:
    """The macro whose definedness alone decides the branch."""
    if line.keyword in (b"ifdef", b"ifndef", b"elifdef", b"elifndef"):
        name = _WORD.search(line.rest)
        return name.group() if name else None
    if line.keyword in (b"if", b"elif") and (match := _TESTED.match(line.rest)):
        return match[1] or match[2]
    return None


def _only_macros(branch: Branch, text: bytes) -> bool:
    """Whether a branch has no text of its own and no directive but #define and the like."""
    index = branch.start
    for item in branch.items:
        if text[index : item.start].strip():
            return False
        if isinstance(item, Conditional):
            if not all(_only_macros(inner, text) for inner in item.branches):
                return False
        elif item.keyword == b"pragma":
            return False
        index = item.end
    return not text[index : branch.end].strip()


def _include_guard(items: list[Line | Conditional], text: bytes) -> bytes | None:
    """The macro of an `#ifndef X`, `#define X` that surrounds the whole file."""
    blocks = [item for item in items if isinstance(item, Conditional)]
    if len(blocks) != 1 or text[: blocks[0].start].strip() or text[blocks[0].end :].strip():
        return None
    branch = blocks[0].branches[0]
    name = _tested_name(branch.line)
    first = branch.items[0] if branch.items else None
    if len(blocks[0].branches) == 1 and isinstance(first, Line) and first.keyword == b"define" and name is not None:
        defined = _WORD.search(first.rest)
        return name if defined and defined.group() == name else None
    return None
