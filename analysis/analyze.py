"""From a file's text to its facts: the entry point of the analysis."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from .execution.interpreter import execute
from .execution.points_to import PointsTo
from .execution.summaries import Summaries
from .facts import DirectiveFacts, FileFacts, Language, LoopFacts, TextError
from .ir import tree as ir
from .ir.walk import holds_any
from .loops.judge import judge_trace
from .lowering import language_of, lower
from .openmp.judge import judge_directives
from .text import SourceText

__all__ = ["analyze", "language_of"]

_LOOPS = frozenset([ir.For, ir.RangeFor, ir.While])


def analyze(
    text: bytes, language: Language, *, defines: Mapping[str, str] = {}, headers: Mapping[str, bytes] = {}
) -> FileFacts:
    """What the text says about its loops and its OpenMP directives.

    `defines` are macros given on the command line; `headers` the texts of headers that are in sight, by their
    spelling in `#include`. Loops in headers are not reported.

    Never raises for any text: what cannot be read gives fewer facts, and an entry in `errors`.
    """
    unit = lower(text, language, defines=defines, headers=headers)
    return analyze_unit(unit, text, language)


def analyze_unit(unit: ir.Unit, text: bytes, language: Language) -> FileFacts:
    """What a text says that was lowered to `unit`."""
    source = SourceText(text)
    using_std = uses_std(text)
    errors = [TextError(source.lines.position(error.start)[0], error.message) for error in unit.errors]
    summaries = Summaries(unit)
    try:
        points_to = PointsTo(unit, summaries)
    except Exception as error:
        errors.append(TextError(1, failure("pointers", error)))
        points_to = PointsTo(ir.Unit((), (), {}, {}, ()), summaries)  # knows nothing: every pointer may be any other
    execution = partial(
        execute, unit=unit, text=text, summaries=summaries, is_cpp=language == "cpp", using_std=using_std
    )
    loops: list[LoopFacts] = []
    occurrence: dict[str, int] = {}
    for function in unit.functions:
        if not is_judged(function):
            continue
        try:
            loops += judge_trace(execution(function), unit, source, points_to, occurrence, execution)
        except Exception as error:  # one function's failure must not hide the others
            line = source.lines.position(function.start)[0]
            errors.append(TextError(line, failure(f"`{function.name}`", error)))
    loops.sort(key=lambda facts: facts.place.start)
    directives: tuple[DirectiveFacts, ...] = ()
    if unit.directives:
        try:
            directives = judge_directives(
                unit,
                source,
                language=language,
                using_std=using_std,
                loop_ids={facts.keyword.start: facts.id for facts in loops},
                points_to=points_to,
            )
        except Exception as error:
            errors.append(TextError(1, failure("the OpenMP directives", error)))
    return FileFacts(language=language, loops=tuple(loops), directives=directives, errors=tuple(errors))


def failure(subject: str, error: Exception) -> str:
    return f"the analysis of {subject} failed ({type(error).__name__}: {error}); please report it"


def is_judged(function: ir.Function) -> bool:
    """Whether the function has loops to report."""
    if function.body is None or function.included:
        return False
    return holds_any(function.body, _LOOPS)


def uses_std(text: bytes) -> bool:
    return b"using namespace std" in text
