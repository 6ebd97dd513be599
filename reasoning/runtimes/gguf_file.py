"""Reads a GGUF file's header, so that a wrong file gets a sentence instead of a native library's "failed to load".

The format is ggml's docs/gguf.md: magic, version, metadata key-value pairs, tensor descriptions, padding, data.
Reading a header touches only its own pages of the file, so it is quick for models of any size.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from .protocol import ModelFileError

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
# ggml type: (elements per block, bytes per block). Types that are not here are left to the runtime to judge.
TENSOR_BLOCKS = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_CONTROL, _UNKNOWN, _USER_DEFINED = 3, 2, 4  # tokenizer.ggml.token_type
_SAMPLED_ABOVE = 64 << 20
_SAMPLES = 64

T = TypeVar("T")


class GgufHeader(msgspec.Struct, frozen=True):
    """What the header says. `control_tokens` are the spellings that the tokenizer may read as control tokens.

    `tokenizer` is its kind ("llama": SentencePiece, "gpt2": byte pairs), `tensor_types` are ggml's numbers of them, and
    `tied` says that the output layer is the embedding.
    """

    architecture: str
    tokenizer: str
    name: str | None
    context_length: int | None
    parameters: int
    chat_template: str | None
    control_tokens: frozenset[str]
    size: int
    tensor_types: frozenset[int]
    tied: bool


class Vocabulary(msgspec.Struct, frozen=True):
    """A SentencePiece vocabulary. `kinds` are ggml's numbers of token types; `adds_space`: before the text's start."""

    tokens: list[str]
    scores: tuple[float, ...]
    kinds: tuple[int, ...]
    bos: int | None
    eos: int | None
    adds_bos: bool
    adds_space: bool


class _Reader:
    """A cursor over the mapped file; running off its end means that the file is truncated."""

    def __init__(self, data: mmap.mmap, path: Path) -> None:
        self.data, self.path, self.at = data, path, 0

    def damaged(self, what: str) -> ModelFileError:
        return ModelFileError(f"{self.path} is damaged: {what}; get the model file again")

    def take(self, count: int) -> bytes:
        piece = self.data[self.at : self.at + count]
        if len(piece) != count:
            raise self.damaged("its header ends early (the file is truncated)")
        self.at += count
        return piece

    def scalar(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        return self.take(self.count("<Q", 1)).decode("utf-8", "replace")

    def texts(self, count: int) -> list[str]:
        """Vocabularies and merges have hundreds of thousands of entries: the same as `text`, without its calls."""
        data, at, found, length = self.data, self.at, [], struct.Struct("<Q")
        try:
            for _ in range(count):
                start = at + 8
                at = start + length.unpack_from(data, at)[0]
                found.append(data[start:at])
        except (struct.error, OverflowError):
            at = len(data) + 1
        if at > len(data):
            raise self.damaged("its header ends early (the file is truncated)")
        self.at = at
        return [text.decode("utf-8", "replace") for text in found]

    def count(self, form: str, smallest: int) -> int:
        """A count of things of at least `smallest` bytes each: more than the file can hold is damage, not a loop."""
        count = self.scalar(form)
        if count * smallest > len(self.data) - self.at:
            raise self.damaged("its header names more entries than the file can hold (truncated or overwritten)")
        return count

    def value(self, kind: int) -> Any:
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind == _STRING:
            return self.text()
        if kind == _ARRAY:
            element = self.scalar("<I")
            if element == _STRING:
                return self.texts(self.count("<Q", 8))
            if element in _SCALARS:
                form = _SCALARS[element]
                count = self.count("<Q", struct.calcsize(form))
                return struct.unpack(f"<{count}{form[1]}", self.take(count * struct.calcsize(form)))
        raise self.damaged(f"its metadata holds a value of the unknown kind {kind}")


def read_header(path: Path) -> GgufHeader:
    """The header of a GGUF file that llama.cpp can be given; raises `ModelFileError` with what is wrong otherwise."""
    return _read(path, _parse)


def read_vocabulary(path: Path) -> Vocabulary:
    """The vocabulary of a file whose tokenizer is SentencePiece's; raises `ModelFileError`."""
    return _read(path, _vocabulary)


def _read(path: Path, parse: Callable[[_Reader], T]) -> T:
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise ModelFileError(f"{path} is not a regular file; give the path of a GGUF file")
        with path.open("rb") as file:
            start = file.read(8)
            if len(start) < 8 or start[:4] != b"GGUF":
                raise ModelFileError(f"{path} is not a GGUF model file{_looks_like(start)}")
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return parse(_Reader(data, path))
    except FileNotFoundError:
        raise ModelFileError(f"there is no model file {path}; give the path of a GGUF file") from None
    except IsADirectoryError:
        raise ModelFileError(f"{path} is a folder; give the path of a GGUF file in it") from None
    except OSError as error:
        raise ModelFileError(f"the model file {path} cannot be read: {error.strerror or error}") from error


def _looks_like(start: bytes) -> str:
    if not start:
        return ": it is empty"
    if start.startswith((b"version ", b"<!DOC", b"<html")):
        return ": it is text, perhaps a Git LFS pointer or a web page saved in its place; download the file itself"
    if start.startswith(b"PK"):
        return ": it is a zip archive or PyTorch checkpoint; convert it with llama.cpp's convert_hf_to_gguf.py"
    return ": it does not begin with the GGUF magic; convert the model with llama.cpp's convert_hf_to_gguf.py"


def _metadata(reader: _Reader) -> tuple[int, dict[str, Any]]:
    """The number of tensors, and the key-value pairs; the reader then stands at the tensors' descriptions."""
    reader.at = 4
    version = reader.scalar("<I")
    if version & 0xFFFF == 0:
        raise ModelFileError(f"{reader.path} is a big-endian GGUF file; get the little-endian one")
    if version not in (2, 3):
        raise ModelFileError(
            f"{reader.path} has GGUF version {version}, and only 2 and 3 can be loaded; convert the model again"
        )
    tensor_count, pair_count = reader.count("<Q", 24), reader.count("<Q", 13)
    metadata: dict[str, Any] = {}
    for _ in range(pair_count):
        key = reader.text()
        metadata[key] = reader.value(reader.scalar("<I"))
    return tensor_count, metadata


def _vocabulary(reader: _Reader) -> Vocabulary:
    _, metadata = _metadata(reader)

    def get(key: str, default: Any) -> Any:
        return metadata.get(f"tokenizer.ggml.{key}", default)

    tokens, scores, kinds = get("tokens", []), get("scores", ()), get("token_type", ())
    if not isinstance(tokens, list) or not len(tokens) == len(scores) == len(kinds):
        raise reader.damaged("its vocabulary has not one score and one type for each token")
    return Vocabulary(
        tokens,
        tuple(scores),
        tuple(kinds),
        get("bos_token_id", None),
        get("eos_token_id", None),
        bool(get("add_bos_token", True)),
        bool(get("add_space_prefix", True)),
    )


def _parse(reader: _Reader) -> GgufHeader:
    tensor_count, metadata = _metadata(reader)
    parameters, data_end = 0, 0
    types: set[int] = set()
    tied = True
    for _ in range(tensor_count):
        name = reader.text()
        dimensions = reader.scalar("<I")
        if not 1 <= dimensions <= 4:
            raise reader.damaged(f"its tensor {name!r} has {dimensions} dimensions")
        elements = 1
        for _ in range(dimensions):
            elements *= reader.scalar("<Q")
        kind, offset = reader.scalar("<I"), reader.scalar("<Q")
        parameters += elements
        types.add(kind)
        tied = tied and name != "output.weight"
        block, size = TENSOR_BLOCKS.get(kind, (1, 0))
        data_end = max(data_end, offset + elements // block * size)
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1:
        raise reader.damaged("its alignment is not a positive number")
    expected = -(-reader.at // alignment) * alignment + data_end
    actual = len(reader.data)
    if actual < expected:
        raise reader.damaged(f"it has {actual:,} bytes of at least {expected:,} (an unfinished download or copy)")
    return _header(reader, metadata, parameters, frozenset(types), tied)


def _header(
    reader: _Reader, metadata: dict[str, Any], parameters: int, types: frozenset[int], tied: bool
) -> GgufHeader:
    def get(key: str, kind: type) -> Any:
        value = metadata.get(key)
        return value if isinstance(value, kind) and not isinstance(value, bool) else None

    architecture = get("general.architecture", str)
    if not architecture:
        raise ModelFileError(f"{reader.path} names no model architecture; it is not a language model that can be run")
    tokenizer = get("tokenizer.ggml.model", str)
    if tokenizer is None:
        raise ModelFileError(f"{reader.path} has no tokenizer in it (a vision or adapter file?); give a language model")
    template = get("tokenizer.chat_template", str)
    tokens = metadata.get("tokenizer.ggml.tokens", [])
    kinds = metadata.get("tokenizer.ggml.token_type", ())
    if not isinstance(tokens, list):
        raise reader.damaged("its vocabulary is not a list of texts")
    control = {token for token, kind in zip(tokens, kinds, strict=False) if _is_control(token, kind, template)}
    for key in ("bos", "eos", "eot", "unknown"):
        number = get(f"tokenizer.ggml.{key}_token_id", int)
        if number is not None and 0 <= number < len(tokens):
            control.add(tokens[number])
    return GgufHeader(
        architecture=architecture,
        tokenizer=tokenizer,
        name=get("general.name", str),
        context_length=get(f"{architecture}.context_length", int),
        parameters=parameters,
        chat_template=template,
        control_tokens=frozenset(token for token in control if len(token) > 1),
        size=len(reader.data),
        tensor_types=types,
        tied=tied,
    )


def _is_control(token: str, kind: Any, template: str | None) -> bool:
    # Some files mark turn markers as user-defined; the template that writes them gives them away.
    structural = template is not None and len(token) > 2 and not token.isspace() and token in template
    return kind in (_CONTROL, _UNKNOWN) or (kind == _USER_DEFINED and structural)


def file_identity(path: Path) -> tuple[str, int, int, int]:
    """Path, inode, size and time of change: equal as long as nobody writes or replaces the file. Raises as above."""
    try:
        status = path.stat()
    except FileNotFoundError:
        raise ModelFileError(f"there is no model file {path}; give the path of a GGUF file") from None
    except OSError as error:
        raise ModelFileError(f"the model file {path} cannot be read: {error.strerror or error}") from error
    return str(path.absolute()), status.st_ino, status.st_size, status.st_mtime_ns


def file_digest(path: Path) -> str:
    """Hexadecimal SHA-256 that tells models apart; raises `ModelFileError` where the file cannot be read.

    Files above 64 MiB are sampled (size, the first MiB, and 64 blocks of 1 MiB spread evenly), because reading
    a model of several gigabytes would take longer than asking it.
    """
    try:
        size = path.stat().st_size
        digest = hashlib.sha256(str(size).encode())
        with path.open("rb") as file:
            if size <= _SAMPLED_ABOVE:
                while piece := file.read(1 << 20):
                    digest.update(piece)
            else:
                for number in range(_SAMPLES + 1):
                    file.seek((size - (1 << 20)) * number // _SAMPLES)
                    digest.update(file.read(1 << 20))
        return digest.hexdigest()
    except OSError as error:
        raise ModelFileError(f"the model file {path} cannot be read: {error.strerror or error}") from error
