"""Which model a command asks. Only command line and environment can say so."""

from __future__ import annotations

import argparse

from ...reasoning.runtimes.opening import ModelSource
from ..engine.models import choose_model


class Unsuited(Exception):
    """The options do not go together; `str()` says which would."""


def model_source(arguments: argparse.Namespace) -> ModelSource | None:
    """The model for `--strategy`, None where it needs none. Raises `Unsuited`, and `ModelError` for one that is not."""
    if arguments.strategy == "static":
        if arguments.model is not None or arguments.endpoint is not None:
            named = "--model" if arguments.model is not None else "--endpoint"
            raise Unsuited(f"{named} goes with a strategy that asks a model: --strategy zero-shot")
        return None
    source = choose_model(arguments.model, arguments.endpoint, arguments.runtime)
    if source is None:
        raise Unsuited(
            f"--strategy {arguments.strategy} asks a model: name its file with --model GGUF, "
            f"or a model server with --endpoint URL"
        )
    return source
