"""The text of a program as the lane runtime wants it: every worksharing loop calls the runtime for its iterations.

gcc works out schedule(static) by itself, from the thread's number, so that a lane would get one block of iterations.
Here loops without a schedule get `dynamic,1`, and static ones a form of it that gcc turns into other calls, by which
the runtime knows that equal loops must be dealt out equally: `monotonic:dynamic,C` with a chunk, `monotonic:guided,1`
without. A `simd` loop becomes a worksharing loop, since what may run in lanes of one register may run in threads, and
only those can be watched. Only directives are changed, and no line moves.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator

import msgspec

from ...analysis.openmp.directive import Directive
from ...analysis.openmp.parse import parse_directive
from ...codegen.edit import TextChange

_PRAGMA = re.compile(rb"^[ \t]*(?:#|%:)[ \t]*pragma[ \t]+omp\b(?:[^\n\\]|\\(?!\r?\n)|\\\r?\n)*", re.MULTILINE)
_OPERATOR = re.compile(rb'\b_Pragma[ \t]*\([ \t]*"[ \t]*omp\b(?:[^"\\\n]|\\.)*"[ \t]*\)')
_LOOP_VARIABLE = re.compile(rb"(?:\s|/\*.*?\*/|//[^\n]*|\{)*for\s*\(\s*([A-Za-z_]\w*)\s*=", re.DOTALL)
_PLAIN = re.compile(r"[A-Za-z_]\w*")
# Clauses of simd that a worksharing loop does not take, and that change no data sharing.
_OF_SIMD = frozenset(["simdlen", "aligned", "nontemporal"])
# Where a team shares its iterations among its threads: so many in a row that neighbours can meet there, and so few that
# they can meet between teams.
_OF_A_TEAM = 6


class LaneText(msgspec.Struct, frozen=True):
    """Ascending changes. `unwatched` are lines (1-based) of loops that stay as they are, with the reason."""

    changes: tuple[TextChange, ...]
    unwatched: tuple[tuple[int, str], ...] = ()


def lane_text(text: bytes, leave: Collection[int] = (), *, simd: bool = True) -> LaneText:
    """The changes for a text. Directives on the lines of `leave` stay as they are; so do simd loops without `simd`."""
    changes: list[TextChange] = []
    unwatched: list[tuple[int, str]] = []
    for start, end, directive in _directives(text):
        line = text.count(b"\n", 0, start) + 1
        if any(number in leave for number in range(line, line + text.count(b"\n", start, end) + 1)):
            if {"for", "simd", "distribute", "loop"} & set(directive.name.split()):
                unwatched.append((line, "the compiler takes it only as it stands"))
            continue
        rewriting = _Rewriting(text, start, end, directive, simd)
        rewriting.run()
        changes += rewriting.changes
        if rewriting.unwatched:
            unwatched.append((line, rewriting.unwatched))
    return LaneText(tuple(sorted(changes)), tuple(unwatched))


def _directives(text: bytes) -> Iterator[tuple[int, int, Directive]]:
    for match in sorted([*_PRAGMA.finditer(text), *_OPERATOR.finditer(text)], key=lambda match: match.start()):
        source = match[0].decode("utf-8", "surrogateescape")
        directive = parse_directive(source, match.start(), match.end())
        if directive is not None and not directive.standalone and not directive.name.startswith("declare"):
            yield match.start(), match.end(), directive


class _Rewriting:
    """The changes of one directive."""

    def __init__(self, text: bytes, start: int, end: int, directive: Directive, simd: bool) -> None:
        self.text, self.start, self.end, self.directive, self.simd = text, start, end, directive, simd
        self.changes: list[TextChange] = []
        self.unwatched: str | None = None

    def run(self) -> None:
        words = self.directive.name.split()
        if any("inscan" in (clause.modifier or "") for clause in self.directive.clauses_named("reduction")):
            self.unwatched = "it has an inscan reduction, whose order the compiler sets"
            return
        if "task" in words or "taskloop" in words:
            self._by_reference("task" if "task" in words else "taskloop")
        if "simd" in words:
            words = self._without_simd(words)
        if "loop" in words:
            words = self._without_loop(words)
        if "for" in words:
            self._schedule("simd" if "simd" in words else "for")
        if "distribute" in words and not self.directive.clauses_named("dist_schedule"):
            last = words[-1] if words[-1] in ("distribute", "for", "simd") else "distribute"
            chunk = _OF_A_TEAM if {"for", "simd"} & set(words) else 1
            self._after(last, f" dist_schedule(static,{chunk})")

    def _by_reference(self, word: str) -> None:
        """gcc gives a task a copy of a shared variable that the task only reads, unless somebody asks for its address;
        and then nobody sees that the task that created it goes on to write it."""
        names = [item for clause in self.directive.clauses_named("shared") for item in clause.items]
        names = [name for name in names if _PLAIN.fullmatch(name)]
        if names and not self.directive.clauses_named("priority"):
            self._after(word, f" priority({' + '.join(f'(&{name} == 0)' for name in names)})")

    def _without_simd(self, words: list[str]) -> list[str]:
        if not self.simd:
            if words[-1] == "simd" and "for" not in words:
                self.unwatched = "a simd loop that the compiler does not take as a worksharing loop"
            return words
        if self.directive.clauses_named("safelen"):
            if "for" not in words:
                self.unwatched = "simd with safelen: iterations that lie near each other may depend on one another"
            return words
        rest = [word for word in words if word != "simd"]
        alone = not {"for", "distribute", "taskloop"} & set(rest)
        self._replace_word("simd", "parallel for" if alone else "")
        for clause in self.directive.clauses:
            if clause.name in _OF_SIMD or (clause.name == "if" and clause.modifier == "simd"):
                self._replace(clause.start, clause.end, "")
        if alone:
            rest += ["parallel", "for"]
            self._after("simd", " schedule(dynamic,1)" + self._lastprivate())
            return [word for word in rest if word != "for"]
        return rest

    def _without_loop(self, words: list[str]) -> list[str]:
        """`loop` with the threads or teams that it is combined with; by itself it binds to what is around it."""
        rest = [word for word in words if word != "loop"]
        if not {"parallel", "teams"} & set(rest):
            self.unwatched = "a loop construct, whose region gcc chooses"
            return rest
        new = "for" if "parallel" in rest else f"distribute parallel for dist_schedule(static,{_OF_A_TEAM})"
        self._replace_word("loop", f"{new} schedule(dynamic,1)")
        for clause in self.directive.clauses_named("bind", "order"):
            self._replace(clause.start, clause.end, "")
        return rest

    def _lastprivate(self) -> str:
        """After a simd loop its variable has its last value, after a worksharing loop it has not."""
        if not (match := _LOOP_VARIABLE.match(self.text, self.end)):
            return ""
        name = match[1].decode()
        if any(name in clause.items for clause in self.directive.clauses):
            return ""
        return f" lastprivate({name})"

    def _schedule(self, last_word: str) -> None:
        existing = self.directive.clauses_named("schedule")
        if not existing:
            self._after(last_word, " schedule(dynamic,1)")
            return
        clause = existing[0]
        kind = clause.items[0] if clause.items else "static"
        chunk = ",".join(clause.items[1:])
        if kind == "static" and self.directive.clauses_named("ordered"):
            return  # these call the runtime as they are
        if kind == "static":
            schedule = f"monotonic:dynamic,{chunk}" if chunk else "monotonic:guided,1"
        elif kind in ("dynamic", "guided"):
            schedule = f"{kind},{chunk or '1'}"
        else:
            schedule = "dynamic,1"
        self._replace(clause.start, clause.end, f"schedule({schedule})")

    def _word(self, word: str) -> tuple[int, int] | None:
        """Where a word of the directive's name stands: before any clause."""
        first = min((clause.start for clause in self.directive.clauses), default=self.end)
        found = re.compile(rb"\b" + word.encode() + rb"\b").search(self.text, self.start, first)
        return found.span() if found else None

    def _after(self, word: str, insertion: str) -> None:
        if place := self._word(word):
            self.changes.append(TextChange(place[1], place[1], insertion))

    def _replace_word(self, word: str, new: str) -> None:
        if place := self._word(word):
            self._replace(*place, new)

    def _replace(self, start: int, end: int, new: str) -> None:
        lines = self.text.count(b"\n", start, end)
        self.changes.append(TextChange(start, end, new + " \\\n" * lines))
