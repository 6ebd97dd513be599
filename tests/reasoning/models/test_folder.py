"""The folder of model files: what is in it, and which of them a name means."""

from __future__ import annotations

import shutil
from pathlib import Path

from pragmatist.reasoning.models.catalogue import NAMED
from pragmatist.reasoning.models.folder import files_in, find_file, models_folder


def test_the_folder_is_the_users_to_choose(monkeypatch, tmp_path):
    """PRAGMATIST_MODELS, or a place for data below the home."""
    monkeypatch.setenv("PRAGMATIST_MODELS", str(tmp_path))
    assert models_folder() == tmp_path
    monkeypatch.delenv("PRAGMATIST_MODELS")
    assert Path.home() in models_folder().parents


def test_files_are_told_with_their_headers_and_their_faults(tmp_path, random_model):
    """Those in folders below too; parts of transfers are none."""
    (tmp_path / "more").mkdir()
    shutil.copy(random_model, tmp_path / "more" / "good.gguf")
    (tmp_path / "bad.gguf").write_bytes(b"GGUF")
    (tmp_path / ".part.gguf").write_bytes(b"GGUF")
    shutil.copy(random_model, tmp_path / NAMED["gemma3:1b"].file)

    found = {file.name: file for file in files_in(tmp_path)}

    assert found.keys() == {"good", "bad", "gemma3:1b"}
    assert (found["good"].architecture, found["good"].problem) == ("llama", None)
    assert found["good"].size == random_model.stat().st_size
    assert "GGUF" in (found["bad"].problem or "")
    assert files_in(tmp_path / "none") == []


def test_a_name_means_a_file(tmp_path, random_model):
    """With or without its ending, in folders below, or as it is pulled; nothing outside of the folder."""
    (tmp_path / "models" / "more").mkdir(parents=True)
    folder = tmp_path / "models"
    good, named = folder / "more" / "good.gguf", folder / NAMED["gemma3:1b"].file
    for path in (good, named, tmp_path / "outside.gguf"):
        shutil.copy(random_model, path)

    assert find_file("good", folder) == find_file("good.gguf", folder) == good
    assert find_file("gemma3:1b", folder) == named
    assert find_file("llama3.2:1b", folder) is None
    assert find_file("../outside", folder) is None
