"""Which model a command asks: a GGUF file, or one of a server. Only command line and environment can say so."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from ...reasoning.runtimes.endpoint import ADDRESS_VARIABLE, endpoint
from ...reasoning.runtimes.opening import ModelSource


class Unsuited(Exception):
    """The options do not go together; `str()` says which would."""


def model_source(arguments: argparse.Namespace) -> ModelSource | None:
    """The model for `--strategy`, None where it needs none. Raises `Unsuited`, and `ModelError` for an address."""
    asks = arguments.strategy != "static"
    if not asks:
        if arguments.model is not None or arguments.endpoint is not None:
            named = "--model" if arguments.model is not None else "--endpoint"
            raise Unsuited(f"{named} goes with a strategy that asks a model: --strategy zero-shot")
        return None
    address = arguments.endpoint
    if address is None and not _is_file(arguments.model):
        address = os.environ.get(ADDRESS_VARIABLE) or None
    if address is not None:
        return endpoint(address, arguments.model)
    if arguments.model is None:
        raise Unsuited(
            f"--strategy {arguments.strategy} asks a model: name its file with --model GGUF, "
            f"or a model server with --endpoint URL"
        )
    return Path(arguments.model)


def _is_file(model: str | None) -> bool:
    return model is not None and model.endswith(".gguf")
