"""One file in one version after another.

After an edit inside the body of a function, that function is lowered and judged again, and with it those functions
whose own execution read it or got another answer to something that they asked: what a call does, where a pointer may
lead, whether an array is ever written. What an edit outside of bodies changes is not traced: then the file is analysed
anew. Either way the facts are those that `analyze` gives for the text.
"""

from __future__ import annotations

from collections.abc import Mapping

from ..analyze import analyze_unit, failure, uses_std
from ..facts import FileFacts, Language, LoopFacts, TextError
from ..lowering.again import LoweredFile
from ..text import SourceText
from .answers import Answers
from .calls import Calls
from .directives import Directives
from .edited import Edited
from .loops import Loops


class FileAnalysis:
    """`language`, `defines` and `headers` are as for `analyze`.

    `judged` counts how often functions were executed, `made` how often the file was analysed anew, and `failures` how
    often that was for a fault of ours.
    """

    def __init__(
        self, language: Language, *, defines: Mapping[str, str] = {}, headers: Mapping[str, bytes] = {}
    ) -> None:
        self._language: Language = language
        self._defines, self._headers = defines, headers
        self._file: _File | None = None
        self.judged = 0
        self.made = 0
        self.failures = 0

    def update(self, text: bytes) -> FileFacts:
        """The facts of the file's new version."""
        self.take(text)
        return self.facts()

    def take(self, text: bytes) -> None:
        """Takes `text` for the file's new version."""
        file = self._file
        if file is None or file.source.data != text:
            self._file = None  # what an edit was half followed in is of no use
            if file is None or not self._follow(file, text):
                file = _File(text, self._language, self._defines, self._headers)
                self.made += 1
            self._file = file
            self.judged += file.judged()

    def _follow(self, file: _File, text: bytes) -> bool:
        try:
            return file.update(text)
        except Exception:
            self.failures += 1
            return False

    def facts(self) -> FileFacts:
        """The facts of the version given last."""
        assert self._file is not None
        return self._file.facts()

    def by_function(self) -> list[tuple[object, tuple[LoopFacts, ...]]]:
        """The loops of each function in the version given last.

        With each comes something that stays the same object for as long as nothing but places changes in them.
        """
        assert self._file is not None
        return self._file.by_function()


class _File:
    def __init__(
        self, text: bytes, language: Language, defines: Mapping[str, str], headers: Mapping[str, bytes]
    ) -> None:
        self.source = SourceText(text)
        self._language: Language = language
        self._using_std = uses_std(text)
        self._lowered = LoweredFile(text, language, defines=defines, headers=headers)
        self._calls = Calls(self._lowered.unit)
        self._facts: FileFacts | None = None
        self._followed = False
        try:
            answers = Answers(self._lowered.unit)
        except Exception:
            self._facts = analyze_unit(self._lowered.unit, text, language)  # which says what is wrong
            return
        self._followed = True
        self._loops = Loops(self._lowered, self._calls, answers, self.source, language, self._using_std)
        self._directives = Directives(self._lowered, self._calls, self.source, language, self._using_std)

    def judged(self) -> int:
        """How many functions were executed since this was asked last."""
        return self._loops.executed() + self._directives.executed() if self._followed else 0

    def update(self, text: bytes) -> bool:
        """Whether the edit could be followed; otherwise this is of no more use."""
        if not self._followed or uses_std(text) != self._using_std:
            return False
        change = self._lowered.update(text)
        if change is None:
            return False
        function = change.chunk.function
        assert function is not None
        lines = self.source.lines.edited(text, change.edit.start, change.edit.old_end, change.edit.new_end)
        self.source = SourceText(text, lines)
        self._facts = None
        callers = self._calls.edited(function)
        touched = {id(function): function}
        if change.flipped:
            touched |= self._calls.mentioning(change.flipped)
            for each in list(touched.values()):
                callers |= self._calls.callers(each)
        edited = Edited(function, self._lowered.number(change.chunk), touched, callers)
        self._loops.update(edited, self.source)
        self._directives.update(edited, self.source)
        return True

    def by_function(self) -> list[tuple[object, tuple[LoopFacts, ...]]]:
        return self._loops.by_function() if self._followed else [(self, self.facts().loops)]

    def facts(self) -> FileFacts:
        if self._facts is None:
            position = self.source.lines.position
            errors = [TextError(position(start)[0], message) for start, message in self._lowered.errors()]
            loops, failures = self._loops.facts()
            errors += failures
            try:
                directives = self._directives.facts({facts.keyword.start: facts.id for facts in loops})
            except Exception as error:
                directives = ()
                errors.append(TextError(1, failure("the OpenMP directives", error)))
            self._facts = FileFacts(self._language, tuple(loops), directives, tuple(errors))
        return self._facts
