"""`pragmatist models`: which there are, whether one works, and getting one."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator

import msgspec

from ...codegen.pragma import pragma_text
from ...reasoning.models.catalogue import NAMED, hub_file
from ...reasoning.models.folder import FoundFile, models_folder
from ...reasoning.runtimes.endpoint import ADDRESS_VARIABLE, endpoint
from ...reasoning.runtimes.protocol import ModelError
from ...reasoning.strategies.protocol import summary
from ..engine.models import Models, Trial, choose_model, find_models, try_model
from .exits import ATTENTION, FAILED, WELL
from .output import complain, write_out
from .progress import byte_progress, step_progress
from .terminal import printable


class TrialAnswer(msgspec.Struct):
    """What `models test --format json` prints. Speeds are in tokens a second, null where too little was computed."""

    planned_by: str
    runtime: str
    pragma: str | None
    reasons: list[str]
    calls: int
    tokens: int
    seconds: float
    loading_seconds: float
    read_per_second: float | None
    written_per_second: float | None


class PulledAnswer(msgspec.Struct):
    """What `models pull --format json` prints; `path` and `sha256` are null where a server keeps the model."""

    name: str
    path: str | None
    size: int
    sha256: str | None
    fetched: int


def run(arguments: argparse.Namespace) -> int:
    actions = {"list": _list, "test": _test, "pull": _pull}
    try:
        return actions[arguments.action](arguments)
    except ModelError as error:
        complain(str(error))
        return FAILED


def _list(arguments: argparse.Namespace) -> int:
    models = find_models(arguments.endpoint)
    if arguments.format == "json":
        write_out(msgspec.json.encode(models) + b"\n")
    else:
        write_out("".join(f"{line}\n" for line in _lines(models)))
    return WELL


def _lines(models: Models) -> Iterator[str]:
    if models.shipped is not None:
        yield f"with pragmatist: {_file_line(models.shipped)}"
    yield f"in {models.folder}:" if models.files else f"in {models.folder}: none"
    yield from (f"  {_file_line(file)}" for file in models.files)
    for server in models.servers:
        named = ", ".join(printable(name) for name in server.models) or "none"
        yield f"at {server.url}: {named if server.problem is None else printable(server.problem)}"
    yield f"asked when none is named: {models.chosen or 'none, plans come from the static planner'}"
    missing = [name for name in NAMED if not any(file.name == name for file in models.files)]
    if missing:
        yield f"can be pulled: {', '.join(missing)}"


def _file_line(file: FoundFile) -> str:
    if file.problem is not None:
        return f"{printable(file.name)}: {printable(file.problem)}"
    what = f"{file.architecture}, {_parameters(file.parameters)} parameters, {file.size / 1e6:,.0f} MB"
    runtimes = "llama.cpp" if file.not_with_ctransformers else "llama.cpp or ctransformers"
    return f"{printable(file.name)}: {what}, runs on {runtimes}"


def _parameters(count: int) -> str:
    return f"{count / 1e9:.1f} billion" if count >= 1e9 else f"{count / 1e6:.1f} million"


def _test(arguments: argparse.Namespace) -> int:
    source = choose_model(arguments.name, arguments.endpoint, arguments.runtime)
    if source is None:
        raise ModelError("there is no model to try: name a file, or a server with --endpoint")
    with step_progress() as report:
        trial = try_model(source, arguments.strategy, lambda words: report(words, None))
    answer = _trial_answer(trial)
    if arguments.format == "json":
        write_out(msgspec.json.encode(answer) + b"\n")
    else:
        write_out("".join(f"{line}\n" for line in _trial_lines(trial, answer)))
    return WELL if trial.proposal.plan is not None else ATTENTION


def _trial_answer(trial: Trial) -> TrialAnswer:
    proposal, speeds = trial.proposal, trial.speeds
    return TrialAnswer(
        proposal.planned_by,
        trial.runtime,
        None if proposal.plan is None else pragma_text(proposal.plan),
        [reason.message for reason in proposal.reasons],
        proposal.calls,
        proposal.tokens,
        round(proposal.seconds, 3),
        round(trial.loading, 3),
        _rounded(speeds.read_per_second),
        _rounded(speeds.written_per_second),
    )


def _rounded(speed: float | None) -> float | None:
    return None if speed is None else round(speed, 1)


def _trial_lines(trial: Trial, answer: TrialAnswer) -> Iterator[str]:
    yield f"{answer.planned_by}, {answer.runtime}"
    yield f"  plan: {summary(trial.proposal)}" if answer.pragma is None else f"  plan: {answer.pragma}"
    loaded = f"loaded in {answer.loading_seconds:.2f} s"
    yield f"  {answer.calls} calls, {answer.tokens} tokens, {answer.seconds:.2f} s; {loaded}"
    for words, speed in (("reads", answer.read_per_second), ("writes", answer.written_per_second)):
        if speed is not None:
            yield f"  {words} {speed:,.0f} tokens a second"


def _pull(arguments: argparse.Namespace) -> int:
    address = arguments.endpoint
    if address is None and arguments.name not in NAMED:
        address = os.environ.get(ADDRESS_VARIABLE) or None
    answer = _have_pulled(arguments.name, address) if address is not None else _fetched(arguments.name)
    if arguments.format == "json":
        write_out(msgspec.json.encode(answer) + b"\n")
    elif answer.path is None:
        write_out(f"{answer.name} is at {address}\n")
    else:
        how = (
            "was here" if answer.fetched == 0 else f"{answer.fetched / 1e6:,.0f} of {answer.size / 1e6:,.0f} MB fetched"
        )
        write_out(f"{answer.path}\n  {how}, SHA-256 {answer.sha256}\n")
    return WELL


def _fetched(name: str) -> PulledAnswer:
    from ...reasoning.models.hub import pull

    wanted = hub_file(name)
    with byte_progress(wanted.file) as report:
        pulled = pull(wanted, models_folder(), report)
    return PulledAnswer(name, str(pulled.path), pulled.size, pulled.sha256, pulled.fetched)


def _have_pulled(name: str, address: str) -> PulledAnswer:
    from ...reasoning.models.served import have_pulled

    size = 0

    def told(words: str, done: int, total: int) -> None:
        nonlocal size
        size = max(size, total)
        report(words, done / total if total else None)

    with step_progress() as report:
        have_pulled(endpoint(address), name, told)
    return PulledAnswer(name, None, size, None, size)
