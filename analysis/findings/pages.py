"""The pages under docs/findings: one a finding, and an index by kind."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from .finding import Example, Finding, Kind

INDEX = "README.md"
_CODE = re.compile(r"\bPRG[0-9]{3}\b")
_KINDS: dict[Kind, tuple[str, str]] = {
    "parallel": ("Loops that can run in parallel", "What stands in the editor at a loop for which there is a pragma."),
    "serial": ("What keeps a loop serial", "A dependence or an obstacle that no clause removes."),
    "unknown": ("What cannot be told", "The expression that kept a loop from being judged."),
    "assumption": ("What a proof assumes", "Something that must hold, and that the text does not say."),
    "directive": ("OpenMP directives in the text", "Whether what stands there already is free of races."),
    "plan": ("What is wrong with a plan", "Why a plan, often a model's, is not let through as it is."),
    "comment": ("What is wrong with a comment to us", "A comment that asks for silence, and does not get it."),
    "note": ("Notes", "Worth knowing; the verdict stays as it is."),
}


def pages(findings: Mapping[str, Finding]) -> dict[str, str]:
    """The text of every page by its file name."""
    made = {f"{code}.md": _page(finding, findings) for code, finding in findings.items()}
    return {**made, INDEX: _index(findings)}


def _index(findings: Mapping[str, Finding]) -> str:
    parts = [
        "# Findings",
        "Everything that Pragmatist says about a loop, a directive or a plan has a code. A code never changes its "
        "meaning. What the words mean is in [Architecture](../architecture.md#words).",
    ]
    for kind, (title, words) in _KINDS.items():
        rows = [
            f"| [{code}]({code}.md) | `{finding.name}` | {finding.summary} |"
            for code, finding in findings.items()
            if finding.kind == kind
        ]
        if rows:
            parts += [f"## {title}", words, "\n".join(["| Code | Name | Says |", "|---|---|---|", *rows])]
    return "\n\n".join([*parts, _origin("the modules", "")])


def _page(finding: Finding, findings: Mapping[str, Finding]) -> str:
    title, _ = _KINDS[finding.kind]
    parts = [
        f"# {finding.code}: {finding.name}",
        f"**{finding.summary}**",
        f"[{title}]({INDEX}#{title.lower().replace(' ', '-')})",
        "## What it means",
        _linked(finding.meaning, finding.code, findings),
        "## Why it matters",
        _linked(finding.relevance, finding.code, findings),
    ]
    for number, example in enumerate(finding.examples, 1):
        parts.append("## Example" if len(finding.examples) == 1 else f"## Example {number}")
        parts += [_linked(part, finding.code, findings) for part in _example(example, finding.kind)]
    parts += ["## How to resolve it", _linked(finding.resolution, finding.code, findings)]
    if finding.certainty is not None:
        parts += ["## How sure it is", _linked(finding.certainty, finding.code, findings)]
    parts += ["## How to switch it off", *_switches(finding)]
    return "\n\n".join([*parts, _origin("its module", finding.code.lower())])


_SILENT: dict[Kind, str] = {
    "parallel": "Loops for which it would be said are left out then, in diagnostics and by `pragmatist fix`.",
    "assumption": "Loops whose proof needs this assumption are left out then; the assumption is never hidden alone.",
    "serial": "A loop of which nothing else is said is left out then.",
    "unknown": "A loop of which nothing else is said is left out then.",
    "plan": "A loop of which nothing else is said is left out then. What a model is told does not change.",
    "directive": "A directive of which nothing else is said is left out then.",
    "comment": "The comment goes on doing what it does.",
    "note": "The note is left out then.",
}


def _switches(finding: Finding) -> list[str]:
    where = {"directive": "directive", "comment": "comment"}.get(finding.kind, "loop")
    comment = f"// pragmatist: ignore {finding.code}"
    at_one = f"At one {where}, by a comment on the line above it or at the end of its line:"
    everywhere = f'`diagnostics.disabled = ["{finding.code}"]`'
    family = f"{finding.code[:4]}xx"
    parts = [at_one, _code(comment, "c")] if where != "comment" else []
    return [
        *parts,
        f"In a project: {everywhere} in [`pragmatist.toml`](../configuration.md#pragmatisttoml).\n"
        "For yourself: the same among your [editor's settings](../configuration.md#settings-of-an-editor).\n"
        f"`{family}` names all of its family. {_SILENT[finding.kind]}",
    ]


def _example(example: Example, kind: Kind) -> Iterator[str]:
    if example.intro:
        yield example.intro
    if example.earlier is not None:
        yield _code(example.earlier, example.language)
        yield example.change
    yield _code(example.before, example.language)
    answers = example.answers or ()
    if len(answers) == 1:
        yield "A model answers:"
    elif answers:
        yield "A model answers, one after the other:"
    for answer in answers:
        yield _code(answer, "json" if answer.startswith("{") else "text")
    if example.says is not None:
        yield "Pragmatist assumes:" if kind == "assumption" else "Pragmatist says:"
        yield f"> {example.says}"
    if example.pragma is not None:
        yield "It proposes:"
        yield _code(example.pragma, example.language)
    if example.along:
        yield f"Beside it you see {' and '.join(example.along)}."
    if example.after is not None:
        yield example.change
        yield _code(example.after, example.language)
    if example.better is not None:
        if example.after is None:
            yield "This answer stands:"
        yield _code(example.better, "json")


def _code(text: str, language: str) -> str:
    return f"```{language}\n{text}\n```"


def _linked(text: str, own: str, findings: Mapping[str, Finding]) -> str:
    """The text with links on the codes of other findings; code blocks stay as they are."""
    if text.startswith("```"):
        return text

    def link(found: re.Match[str]) -> str:
        code = found.group()
        return f"[{code}]({code}.md)" if code in findings and code != own else code

    return _CODE.sub(link, text)


def _origin(source: str, prefix: str) -> str:
    return (
        f"<!-- Made by `python -m pragmatist.analysis.findings` from {source} in analysis/findings"
        f"{f', {prefix}_*.py' if prefix else ''}: change it there. -->\n"
    )
