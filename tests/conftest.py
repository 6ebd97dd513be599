"""Model files for every room's tests: made on the spot, once a session."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def random_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF file with random weights: it obeys a grammar and knows nothing."""
    import tiny_model

    return tiny_model.write_random_model(tmp_path_factory.mktemp("models") / "random.gguf")


@pytest.fixture(scope="session")
def plain_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GGUF file that plans `parallel for` without clauses for every loop."""
    import tiny_model

    path = tmp_path_factory.mktemp("models") / "plain.gguf"
    return tiny_model.write_preferring_model(path, tiny_model.PLAIN_PARALLEL_FOR)
