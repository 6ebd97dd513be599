"""The model that is kept open between proposals."""

from __future__ import annotations

import os
import shutil

import pytest
from pragmatist.reasoning.runtimes.opening import close_model, open_model
from pragmatist.reasoning.runtimes.protocol import Message, ModelFileError, Request


@pytest.fixture(autouse=True)
def _closed():
    yield
    close_model()


def test_a_model_is_opened_once_as_long_as_its_file_stays(random_model, plain_model, tmp_path):
    """Another file under the same path is another model."""
    path = tmp_path / "model.gguf"
    shutil.copy(random_model, path)
    first = open_model(path)
    digest = first.digest

    assert open_model(path) is first

    shutil.copy(plain_model, tmp_path / "new.gguf")
    os.replace(tmp_path / "new.gguf", path)
    second = open_model(path)
    assert second is not first
    assert second.digest != digest


def test_a_file_that_changes_after_opening_is_not_loaded(random_model, tmp_path):
    """Answers are kept under the digest of the file that gave them."""
    path = tmp_path / "model.gguf"
    shutil.copy(random_model, path)
    opened = open_model(path)
    os.utime(path, (1, 1))

    with pytest.raises(ModelFileError, match="changed since it was opened"):
        opened.load()
    with pytest.raises(ModelFileError, match="changed since it was opened"):
        assert opened.digest


def test_a_model_that_cannot_be_opened_leaves_the_other_one_open(random_model, tmp_path):
    """A typing mistake does not cost a reload."""
    first = open_model(random_model)

    with pytest.raises(ModelFileError, match="there is no model file"):
        open_model(tmp_path / "missing.gguf")

    assert open_model(random_model) is first
    assert first.complete(Request((Message("user", "x"),), max_tokens=1)).answer_tokens == 1
