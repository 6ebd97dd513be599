"""The models that can be got by name: small ones that are known to plan, under the names that Ollama gives them.

A file is named by where the hub keeps it; which hub that is, `hub.py` leaves to the library that knows it.
"""

from __future__ import annotations

import msgspec

from ..runtimes.protocol import ModelError


class HubFile(msgspec.Struct, frozen=True):
    """A GGUF file of a repository of the hub, 4-bit quantised."""

    repository: str
    file: str


NAMED: dict[str, HubFile] = {
    "qwen2.5:1.5b": HubFile("Qwen/Qwen2.5-1.5B-Instruct-GGUF", "qwen2.5-1.5b-instruct-q4_k_m.gguf"),
    "llama3.2:1b": HubFile("bartowski/Llama-3.2-1B-Instruct-GGUF", "Llama-3.2-1B-Instruct-Q4_K_M.gguf"),
    "gemma3:1b": HubFile("ggml-org/gemma-3-1b-it-GGUF", "gemma-3-1b-it-Q4_K_M.gguf"),
}


def hub_file(name: str) -> HubFile:
    """The file behind a name; raises `ModelError`, which lists the names that there are."""
    try:
        return NAMED[name]
    except KeyError:
        raise ModelError(
            f"{name!r} cannot be pulled; there are: {', '.join(NAMED)}. Any other GGUF file can be put into the folder "
            "of models by hand, and a server's own model can be pulled with --endpoint"
        ) from None
