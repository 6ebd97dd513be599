"""The text as the grammar is to read it: macros expanded, decided conditionals resolved, and where each byte is from.

tree-sitter parses what stands in the file, so `POLYBENCH_2D(A, N, M, n, m)` in a parameter list, a macro that
opens a loop, or an `#ifdef` in the middle of a statement are errors to it. Here such text becomes plain C first.

- Comments are blanks. Macros whose definition stands in the file are expanded; every byte of an expansion has the
  place of the use. Headers that the caller gives stand in place of their `#include`; macros from other headers
  are unknown and stay.
- A conditional that the text and `defines` decide leaves its live branch. An undecided one stays, with `_if_N` as
  its condition, where each branch holds whole statements or declarations. Where it does not (it splits a
  statement, or opens a brace that it does not close), the branch stays that a compiler without further `-D` options
  would take, and a `ParseError` says so.
- In headers, a conditional that chooses between macro definitions leaves what a compiler takes without further -D
  options: there they are the configuration of the project.
- A conditional around nothing but OpenMP directives counts as taken: the serial meaning is the same.
- OpenMP directives (pragmas, `_Pragma`, attributes) become `#pragma omp N` lines, or, where the grammar does not
  allow a pragma (after `if (...)`), labels `_omp_N:`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping

import msgspec

from ..facts import Language
from ..ir.tree import ParseError
from ..openmp.directive import Directive
from .choices import alternatives, expansions, is_expression, is_type
from .conditionals import Conditional, Line, include_guard, is_whole, only_macros
from .deciding import OMP_PRAGMA, assume, decide, live_branch, pragma_branch
from .macros import UNDEFINED, Definition, Expander, Table, any_of, merge, parse_definition
from .pragmas import PRAGMA_OPERATOR, directives_of_source, expanded_directives
from .prepared import Output, Prepared, Setting
from .sources import header_source, source_of
from .spelling import BUILTIN, IMPLICIT_INT
from .type_names import CAST_QUALIFIER, cast_pattern

_STRING = rb'"(?:\\[\s\S]|[^"\\\n])*"' rb"|'(?:\\[\s\S]|[^'\\\n])*'"
_WORD = re.compile(rb"[A-Za-z_]\w*")
_INCLUDED = re.compile(rb'\s*["<]([^">\n]+)[">]')
_OMP_ATTRIBUTE = rb"\[\[\s*(?:using\s+omp\s*:|omp\s*::)[\s\S]{0,2000}?\]\]"
_ENDS_STATEMENT = re.compile(rb"\s*[;}]|[ \t]*\r?(?:\n|\Z)")


def prepare(
    text: bytes, language: Language, defines: Mapping[str, str], headers: Mapping[str, bytes] | None = None
) -> Prepared:
    """See the module's docstring. `defines` are the `-D` options, name to value; `headers` the texts of headers that
    are in sight, by their spelling between the quotes or angle brackets."""
    return _Preparation(text, language, defines, headers or {}).run()


def prepare_stretch(text: bytes, language: Language, whole: Setting, offset: int, directives: int) -> Prepared | None:
    """A stretch of a text, read as it is where it stands, from `offset` on; None where that takes the whole text.

    `directives` is how many OpenMP directives the text has before it. Places are relative to the stretch.
    """
    work = _Preparation(text, language, {}, {})
    if any(isinstance(item, Conditional) or item.keyword != b"pragma" for item in work.source.lines):
        return None
    index = bisect_right(whole.offsets, offset) - 1
    if index < 0 or work.source.problems or work.source.macros or text.lstrip()[:4] == b"main":
        return None
    work.header_types, work.header_words = whole.types, whole.words
    work.expander.table = whole.tables[index]
    work.directives_before = directives
    prepared = work.run()
    prepared.setting = Setting(work.source.types, work.source.words, [], [])
    return None if work.expander.limited or prepared.errors else prepared


class _Preparation:
    def __init__(
        self,
        text: bytes,
        language: Language,
        defines: Mapping[str, str],
        headers: Mapping[str, bytes],
        *,
        is_header: bool = False,
    ) -> None:
        self.headers = headers
        sources = [header_source(header, language) for header in headers.values()]
        self.header_macros = frozenset[bytes]().union(*(source.macros for source in sources))
        self.header_types = frozenset[bytes]().union(*(source.types for source in sources))
        self.header_words = frozenset[bytes]().union(*(source.words for source in sources))
        self.seen: set[str] = set()  # headers that were included already
        self.is_header = is_header
        self.included: list[tuple[int, int]] = []
        self.original = text
        self.source = header_source(text, language) if is_header else source_of(text, language)
        self.text = self.source.text
        self.language: Language = language
        self.out = Output(self.text)
        self.directives: list[Directive] = []
        self.directives_before = 0
        self.offsets: list[int] = []
        self.tables: list[Table] = []
        self.conditions: list[tuple[str, int, int]] = []
        self.errors: list[ParseError] = []
        self.all_macros: dict[bytes, Definition] = {}
        self.expander = Expander(1_000_000 + 6 * len(text))
        table: Table = dict(BUILTIN)
        for name, value in defines.items():
            definition = parse_definition(f"{name} {value}".encode("utf-8", "surrogateescape"))
            if definition is not None:
                table[definition.name] = self.all_macros[definition.name] = definition
        table[b"__cplusplus"] = Definition(b"__cplusplus", None, b"201703L") if language == "cpp" else UNDEFINED
        table[b"__STDC__"] = Definition(b"__STDC__", None, b"1")
        self.expander.table = table

    def run(self) -> Prepared:
        self.errors += [ParseError(start, end, message) for start, end, message in self.source.problems]
        self.find_words()
        guard = include_guard(self.source.lines, self.text)
        if guard is not None:
            self.expander.define(guard, UNDEFINED)
        self.items(self.source.lines, 0, len(self.text))
        if self.expander.limited:
            self.errors.append(ParseError(0, 0, "macro expansions grow too large; some were left as they stand"))
        return Prepared(
            self.out.finish(),
            self.out.starts,
            self.out.ends,
            self.directives,
            self.conditions,
            self.all_macros,
            self.expander.symbolic,
            self.expander.choices,
            self.errors,
            self.included,
            Setting(
                self.source.types | self.header_types, self.source.words | self.header_words, self.offsets, self.tables
            ),
            self.expander.limited or self.expander.budget < 500_000,
        )

    # ---- what to look for in the text

    def find_words(self) -> None:
        """Sets the pattern of what may need work: names that any `#define` gives, casts, attributes."""
        defined = self.source.macros.union(self.expander.table, self.header_macros, [b"_Pragma"])
        used = list(defined.intersection(_WORD.findall(self.text)))
        words = any_of(used) if len(used) <= 2000 else rb"[A-Za-z_]\w*"
        patterns = [_STRING] + ([rb"(?P<attribute>" + _OMP_ATTRIBUTE + rb")"] if b"omp" in self.text else [])
        implicit = self.language == "c" and IMPLICIT_INT.search(self.text) is not None
        if implicit:
            patterns.append(rb"(?P<main>" + IMPLICIT_INT.pattern + rb")")
        names = self.source.types | self.header_types
        # Macros of headers bring their own casts.
        cast = cast_pattern(names.intersection(self.source.words | self.header_words))
        self.casts = re.compile(cast) if cast is not None else None
        if cast is not None:
            patterns.append(rb"(?P<cast>" + cast + rb")")
        self.interesting = re.compile(rb"|".join([*patterns, rb"(?P<word>\b(?:" + words + rb")\b)"]), re.MULTILINE)
        self.plain = not used and not implicit and cast is None and b"[[" not in self.text

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
        if not self.is_header and self.text.find(b"{", start, end) >= 0:
            self.note_macros(start)
        if self.plain:
            self.out.plain(start, end)
            return
        index = start
        text = self.text
        for match in self.interesting.finditer(text, start, end):
            begin = match.start()
            kind = match.lastgroup
            if begin < index or kind is None:
                continue
            if kind == "attribute":
                self.out.plain(index, begin)
                self.pragma(self.original[begin : match.end()], begin, match.end())
                index = match.end()
                continue
            if kind == "cast":
                self.out.plain(index, match.end())
                self.out.region(CAST_QUALIFIER, match.end(), match.end())
                index = match.end()
                continue
            if kind == "main":
                self.out.plain(index, begin)
                self.out.region(b"int ", begin, begin)
                index = begin
                continue
            if match.group() == b"_Pragma":
                index = self.pragma_operator(index, begin, end)
                continue
            if text[begin : match.end()] not in self.expander.table:
                continue
            expanded = self.expander.expand_at(text, begin, match.end(), end)
            if expanded is None:
                after = self.choice(index, begin, match.end(), end)
                index = index if after is None else after
                continue
            self.out.plain(index, begin)
            expansion, index = expanded
            self.expansion(expansion, begin, index)
        self.out.plain(index, end)

    def note_macros(self, start: int) -> None:
        table = self.expander.table
        if not self.tables or self.tables[-1] != table:
            self.offsets.append(start)
            self.tables.append(dict(table))

    def pragma_operator(self, index: int, start: int, limit: int) -> int:
        """A `_Pragma(…)` in the source itself, put out as a directive; returns where it ends."""
        operator = PRAGMA_OPERATOR.match(self.text, start, limit)
        if operator is not None:
            self.out.plain(index, start)
            self.pragma(self.original[start : operator.end()], start, operator.end())
            return operator.end()
        found = self.expander.arguments(self.text, start + len(b"_Pragma"), limit)
        if found is None:
            return index
        arguments, after = found
        self.out.plain(index, start)
        self.pragma(b"_Pragma(%s)" % self.expander.expand(b", ".join(arguments)), start, after, expanded=True)
        return after

    def choice(self, index: int, start: int, end: int, limit: int) -> int | None:
        """A use of a macro with several bodies, put out as a conditional; returns where the use ends."""
        candidates = alternatives(self.expander, self.text[start:end])
        found = expansions(self.expander, candidates, self.text, start, end, limit) if candidates else None
        if found is None:
            return None
        texts, after = found
        name = self.text[start:end].decode("utf-8", "replace")
        if all(is_expression(text) for text in texts):
            self.out.plain(index, start)
            condition = self.condition(f"#if (the definition of {name})", start, after)
            opened = b"".join(b" (%s ? (%s) : " % (condition, text) for text in texts[:-1])
            self.expansion(opened + b"(%s)" % texts[-1] + b")" * (len(texts) - 1), start, after)
            return after
        if any(is_type(text) for text in texts) or not _ENDS_STATEMENT.match(self.text, after, limit):
            return None
        self.out.plain(index, start)
        if self.out.tail()[-1:] not in (b"", b";", b"{", b"}"):
            self.out.region(self.text[start:after], start, after)
            return after
        for number, text in enumerate(texts):
            last = number == len(texts) - 1
            line = b"\n#else\n"
            if not last:
                condition = self.condition(f"#if (the definition of {name})", start, after)
                line = b"\n%s %s\n" % (b"#elif" if number else b"#if", condition)
            self.out.region(line, start, after)
            self.expansion(
                text.rstrip() + (b"" if not text.strip() or text.rstrip()[-1:] in b";}" else b";"), start, after
            )
        self.out.region(b"\n#endif\n", start, after)
        semicolon = re.compile(rb"\s*;").match(self.text, after, limit)
        return semicolon.end() if semicolon else after

    def condition(self, text: str, start: int, end: int) -> bytes:
        """The name that stands for an undecided condition."""
        self.conditions.append((text, start, end))
        return b"_if_%d" % (len(self.conditions) - 1)

    def expansion(self, expansion: bytes, start: int, end: int) -> None:
        """Puts out an expansion, with blanks around it so that no tokens run together."""
        index = 0
        if self.casts is not None:
            expansion = self.casts.sub(b"(" + CAST_QUALIFIER, expansion)
        if not self.out.ends_in_blank():
            self.out.region(b" ", start, end)
        if b"_Pragma" in expansion:
            for operator in PRAGMA_OPERATOR.finditer(expansion):
                self.out.region(expansion[index : operator.start()], start, end)
                self.pragma(operator.group(), start, end, expanded=True)
                index = operator.end()
        self.out.region(expansion[index:] + b" ", start, end)

    def pragma(self, spelling: bytes, start: int, end: int, *, expanded: bool = False) -> None:
        """An OpenMP directive; other pragmas go. It begins at its `#`, and not at what indents it."""
        begin = end - len(self.text[start:end].lstrip())
        if expanded:
            found = expanded_directives(spelling, begin, end)
        else:
            found = directives_of_source(
                spelling, begin, end, None if self.plain else self.expander, self.text[begin:end]
            )
        for directive in found:
            number = self.directives_before + len(self.directives)
            self.directives.append(directive)
            if self.out.wants_statement():
                after = b";\n" if directive.standalone else b"\n"
                self.out.region(b" _omp_%d:%s" % (number, after), start, end)
            else:
                self.out.region(b"\n#pragma omp %d\n" % number, start, end)

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
            case b"pragma" if OMP_PRAGMA.match(line.rest):
                self.pragma(self.original[line.start : line.end], line.start, line.end)
            case b"include":
                self.include(line)
            case _:
                pass
        self.out.region(b"\n", line.end, line.end)

    def include(self, line: Line) -> None:
        """A header that is in sight stands in place of its directive, every byte at the directive's place."""
        match = _INCLUDED.match(line.rest)
        name = match[1].decode("utf-8", "surrogateescape") if match else ""
        header = self.headers.get(name)
        if header is None or name in self.seen:
            # Inside a function it stands for statements that are not in sight; elsewhere it is passed over.
            if header is None or not self.is_guarded(header):
                self.out.region(b"\n" + self.text[line.start : line.end].strip(), line.start, line.end)
            return
        self.seen.add(name)
        nested = _Preparation(header, self.language, {}, {}, is_header=True)
        nested.headers, nested.header_macros = self.headers, self.header_macros
        nested.header_types, nested.header_words = self.header_types, self.header_words
        self.expander.budget += 6 * len(header)
        nested.seen, nested.expander = self.seen, self.expander
        nested.directives, nested.conditions, nested.all_macros = self.directives, self.conditions, self.all_macros
        before = len(self.directives)
        text = nested.run().text
        self.directives[before:] = [
            msgspec.structs.replace(each, start=line.start, end=line.end) for each in self.directives[before:]
        ]
        self.included.append((line.start, line.end))
        self.out.region(b"\n" + text + b"\n", line.start, line.end)

    def is_guarded(self, header: bytes) -> bool:
        """Whether it leaves nothing when it is included again."""
        source = header_source(header, self.language)
        return b"pragma once" in source.text or include_guard(source.lines, source.text) is not None

    def conditional(self, conditional: Conditional) -> None:
        live = live_branch(conditional, self.expander)
        if live is not None:
            if live >= 0:
                branch = conditional.branches[live]
                self.items(branch.items, branch.start, branch.end)
            self.out.region(b"\n", conditional.end, conditional.end)
            return
        only = pragma_branch(conditional, self.text)
        if only is None and self.is_header and all(only_macros(branch, self.text) for branch in conditional.branches):
            only = live_branch(conditional, self.expander, guess=True)
        if only is None and not is_whole(conditional, self.text, self.out.tail()):
            only = live_branch(conditional, self.expander, guess=True)
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
            self.out.region(b"\n", conditional.end, conditional.end)
            return
        self.undecided(conditional)

    def undecided(self, conditional: Conditional) -> None:
        """Every branch that the text does not rule out, each with the macros as they stand in it."""
        before = self.expander.table
        after: list[Table] = []
        empty = all(only_macros(b, self.text) for b in conditional.branches)
        has_else = False
        opened = False
        for number, branch in enumerate(conditional.branches):
            self.expander.table = dict(before)
            decided = decide(branch.line, self.expander)
            if decided == 0:
                continue
            has_else |= branch.line.keyword == b"else" or decided == 1
            if not empty:
                self.open_branch(branch.line, opened, decided)
                opened = True
            assume(conditional, number, self.expander.table)
            self.items(branch.items, branch.start, branch.end)
            after.append(self.expander.table)
            if has_else:
                break
        if not has_else:
            self.expander.table = dict(before)
            assume(conditional, len(conditional.branches), self.expander.table)
            after.append(self.expander.table)
        if not empty:
            self.out.region(b"\n#endif\n", conditional.end, conditional.end)
        self.expander.table = merge(after)

    def open_branch(self, line: Line, opened: bool, decided: int | None) -> None:
        if opened and (decided == 1 or line.keyword == b"else"):
            self.out.region(b"\n#else\n", line.start, line.end)
            return
        spelling = self.original[line.start : line.end].decode("utf-8", "replace").strip()
        condition = self.condition(" ".join(spelling.split()), line.start, line.end)
        keyword = b"#elif" if opened else b"#if"
        self.out.region(b"\n%s %s\n" % (keyword, condition), line.start, line.end)
