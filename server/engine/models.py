"""Which model is meant, which there are, and whether one works. Only the user's own words and environment choose."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from ...analysis.analyze import analyze
from ...reasoning.checker import check_plan
from ...reasoning.models.catalogue import NAMED
from ...reasoning.models.folder import FoundFile, described, files_in, find_file, models_folder
from ...reasoning.models.served import served_models, usual_ollama
from ...reasoning.models.shipped import NAME, shipped_model
from ...reasoning.prompts.abstract import loop_abstract
from ...reasoning.runtimes.endpoint import ADDRESS_VARIABLE, Endpoint, endpoint
from ...reasoning.runtimes.opening import FileRuntime, ModelFile, ModelSource, open_model
from ...reasoning.runtimes.protocol import ModelError
from ...reasoning.strategies.protocol import Proposal
from ...reasoning.strategies.registry import find_strategy
from ...reasoning.timing import Speeds, TimedRuntime

MODEL_VARIABLE = "PRAGMATIST_MODEL"

_EXAMPLE = """\
double sum(int n, double *restrict y, const double *restrict x)
{
    double s = 0, t;
    for (int i = 0; i < n; i++) {
        t = 2 * x[i];
        y[i] = t;
        s += t;
    }
    return s;
}
"""


class Served(msgspec.Struct, frozen=True):
    """A server and its models, or why it could not be asked. `set_up`: the user named it."""

    url: str
    models: tuple[str, ...]
    set_up: bool
    problem: str | None = None


class Models(msgspec.Struct, frozen=True):
    """Everything that there is. `chosen` is what a strategy asks when nothing is said, None where nothing is there."""

    folder: str
    files: tuple[FoundFile, ...]
    servers: tuple[Served, ...]
    shipped: FoundFile | None
    chosen: str | None


class Trial(msgspec.Struct, frozen=True):
    """How a model did on a small loop: its proposal, its speeds, and the seconds that loading it took."""

    runtime: str
    proposal: Proposal
    speeds: Speeds
    loading: float


def choose_model(
    model: str | None, address: str | None = None, runtime: FileRuntime = "llama.cpp"
) -> ModelSource | None:
    """The model of that name at that address, each of which the environment may give instead.

    None where nothing is named and nothing is there. Raises `ModelError` for what cannot be meant.
    """
    if model is None and address is None:
        model = os.environ.get(MODEL_VARIABLE) or None
    is_file = model is not None and (model.endswith(".gguf") or os.sep in model)
    if address is None and not is_file and model != NAME:
        address = os.environ.get(ADDRESS_VARIABLE) or None
    if address is not None:
        return endpoint(address, model)
    if model is None or model == NAME:
        shipped = shipped_model()
        if shipped is None and model is not None:
            raise ModelError("this build of pragmatist comes without a model; see `pragmatist models` for those here")
        return None if shipped is None else ModelFile(shipped, runtime)
    path = Path(model)
    if not path.is_file():
        path = find_file(model, models_folder()) or path
    if not path.is_file() and not is_file:
        how = f"`pragmatist models pull {model}` gets it" if model in NAMED else "`pragmatist models` lists those here"
        raise ModelError(f"there is no model {model!r}: {how}; a file is named by its path, a server by --endpoint")
    return ModelFile(path, runtime)


def find_models(address: str | None = None) -> Models:
    """What is set up and found: the shipped model, the folder's files, and those of the server."""
    folder = models_folder()
    shipped = shipped_model()
    given = address or os.environ.get(ADDRESS_VARIABLE) or None
    where = endpoint(given) if given is not None else usual_ollama()
    servers = ()
    if where is not None:
        try:
            servers = (Served(where.url, tuple(served_models(where)), given is not None),)
        except ModelError as error:
            if given is not None:  # nobody said that there is an Ollama at its usual address
                servers = (Served(where.url, (), True, str(error)),)
    return Models(
        str(folder),
        tuple(files_in(folder)),
        servers,
        None if shipped is None else msgspec.structs.replace(described(shipped), name=NAME),
        _chosen(address),
    )


def _chosen(address: str | None) -> str | None:
    try:
        source = choose_model(None, address)
    except ModelError:
        return None
    if isinstance(source, Endpoint):
        return source.url if source.model is None else f"{source.model} at {source.url}"
    if isinstance(source, ModelFile):
        return NAME if source.path == shipped_model() else str(source.path)
    return None


def try_model(source: ModelSource, strategy: str, begun: Callable[[str], None] = lambda _: None) -> Trial:
    """One plan for a loop of our own, with nothing kept from before. Raises `ModelError`."""
    chosen = find_strategy(strategy)
    facts = analyze(_EXAMPLE.encode(), "c")
    loop = facts.loops[0]
    runtime = open_model(source)
    begun(f"loading {runtime.model}")
    started = time.monotonic()
    runtime.load()
    loading = time.monotonic() - started
    begun(f"asking {runtime.model}")
    timed = TimedRuntime(runtime)
    proposal = chosen.propose(
        loop, loop_abstract(loop, nest=facts.loops), timed, chosen.budget, lambda plan: check_plan(plan, loop)
    )
    return Trial(runtime.runtime, proposal, timed.speeds, loading)
