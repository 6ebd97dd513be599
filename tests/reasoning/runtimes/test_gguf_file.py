"""Reading GGUF headers: right about sound files, and a sentence for every other one."""

from __future__ import annotations

import os
import struct

import gguf
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pragmatist.reasoning.runtimes.gguf_file import TENSOR_BLOCKS, file_digest, read_header
from pragmatist.reasoning.runtimes.protocol import ModelFileError


def test_a_sound_file_is_read_as_gguf_reads_it(random_model):
    """Name, architecture, context, parameters and control tokens agree with the reference reader."""
    header, reference = read_header(random_model), gguf.GGUFReader(random_model)

    assert header.architecture == reference.fields["general.architecture"].contents()
    assert header.name == reference.fields["general.name"].contents()
    assert header.context_length == reference.fields["llama.context_length"].contents()
    assert header.chat_template == reference.fields["tokenizer.chat_template"].contents()
    assert header.parameters == sum(int(tensor.n_elements) for tensor in reference.tensors)
    assert header.control_tokens == {"<unk>", "<s>", "</s>"}
    assert header.size == random_model.stat().st_size


def test_block_sizes_are_those_of_ggml():
    """A wrong size would call a sound file truncated."""
    known = {int(kind): sizes for kind, sizes in gguf.constants.GGML_QUANT_SIZES.items()}

    assert {kind: known[kind] for kind in TENSOR_BLOCKS} == TENSOR_BLOCKS


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda data: b"", "it is empty"),
        (lambda data: b"version https://git-lfs.github.com/spec/v1\n", "Git LFS pointer"),
        (lambda data: b"PK\x03\x04" + data, "zip archive"),
        (lambda data: b"\x7fELF" + data, "does not begin with the GGUF magic"),
        (lambda data: data[:4] + struct.pack("<I", 1) + data[8:], "GGUF version 1"),
        (lambda data: data[:4] + struct.pack(">I", 3) + data[8:], "big-endian"),
        (lambda data: data[:8] + struct.pack("<Q", 1 << 60) + data[16:], "more entries than the file can hold"),
        (lambda data: data[:20], "truncated"),
        (lambda data: data[:9000], "header ends early"),
        (lambda data: data[:-1], "an unfinished download or copy"),
        (lambda data: data[: len(data) // 2], "an unfinished download or copy"),
        (lambda data: data.replace(b"general.architecture", b"general.architecturx"), "names no model architecture"),
        (lambda data: data.replace(b"tokenizer.ggml.model", b"tokenizer.ggml.modex"), "no tokenizer in it"),
    ],
)
def test_wrong_files_get_a_sentence(change, words, random_model, tmp_path):
    """The message names the file and says what is wrong with it."""
    path = tmp_path / "wrong.gguf"
    path.write_bytes(change(random_model.read_bytes()))

    with pytest.raises(ModelFileError) as caught:
        read_header(path)

    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_paths_that_are_no_files_get_a_sentence(tmp_path):
    """Missing files, folders and pipes are told apart, and a pipe is not waited for."""
    os.mkfifo(tmp_path / "pipe")

    for name, words in (("missing", "there is no model file"), (".", "is a folder"), ("pipe", "not a regular file")):
        with pytest.raises(ModelFileError, match=words):
            read_header(tmp_path / name)


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads every file")
def test_unreadable_files_get_a_sentence(tmp_path):
    """A file without permission is not called damaged."""
    path = tmp_path / "locked.gguf"
    path.touch(mode=0)

    with pytest.raises(ModelFileError, match="cannot be read"):
        read_header(path)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.data())
def test_no_bytes_crash_the_reader(data, random_model, tmp_path):
    """Whatever is overwritten or cut off, the outcome is a header or a `ModelFileError`."""
    content = bytearray(random_model.read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, 12_000))
        content[at : at + 8] = data.draw(st.binary(min_size=1, max_size=8))
    path = tmp_path / "damaged.gguf"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    try:
        said = f"{path} {read_header(path).architecture}"
    except ModelFileError as error:
        said = str(error)

    assert str(path) in said


def test_the_digest_tells_files_apart(tmp_path):
    """One byte in a small file, or in a sampled block of a large one, makes another digest."""
    path = tmp_path / "model"
    digests = set()
    for size, at in ((1 << 20, None), (1 << 20, 5), (65 << 20, None), (65 << 20, 0), (65 << 20, (65 << 20) - 1)):
        with path.open("wb") as file:
            file.truncate(size)
            if at is not None:
                file.seek(at)
                file.write(b"x")
        digests.add(file_digest(path))

    assert len(digests) == 5
