"""Writes a trained model as a GGUF file that llama.cpp, and what is made of it, loads.

python -m training.export MODEL.pt TOKENIZER.json OUT.gguf [--precision q8_0|f16|f32]
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import gguf
import numpy as np
import torch
from gguf.quants import quantize

from .model import Decoder, Shape
from .tokenizer import BEGIN, CHAT_TEMPLATE, END, UNKNOWN, Tokenizer

Precision = Literal["q8_0", "f16", "f32"]

NAME = "pragmatist"
_PRECISIONS: dict[Precision, tuple[gguf.GGMLQuantizationType, gguf.LlamaFileType]] = {
    "q8_0": (gguf.GGMLQuantizationType.Q8_0, gguf.LlamaFileType.MOSTLY_Q8_0),
    "f16": (gguf.GGMLQuantizationType.F16, gguf.LlamaFileType.MOSTLY_F16),
    "f32": (gguf.GGMLQuantizationType.F32, gguf.LlamaFileType.ALL_F32),
}
_KINDS = {
    "unknown": gguf.TokenType.UNKNOWN, "control": gguf.TokenType.CONTROL, "byte": gguf.TokenType.BYTE,
    "normal": gguf.TokenType.NORMAL,
}  # fmt: skip


def read_model(path: Path) -> Decoder:
    state = torch.load(path, weights_only=True, map_location="cpu")
    model = Decoder(Shape(**state["shape"]))
    model.load_state_dict(state["model"])
    return model.eval()


def export(model: Decoder, tokenizer: Tokenizer, path: Path, precision: Precision = "q8_0") -> None:
    """Matrices are written with 8 bits a number, in half precision, or as they are; norms always as they are.

    8 bits are read a third faster than half precision, and decide the same.
    """
    kind, file_type = _PRECISIONS[precision]
    shape = model.shape
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(NAME)
    writer.add_license("MIT")
    writer.add_file_type(file_type)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.base)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocabulary)
    pieces = tokenizer.vocabulary()
    writer.add_tokenizer_model("llama")
    writer.add_token_list([piece.encode() for piece, _, _ in pieces])
    writer.add_token_scores([score for _, score, _ in pieces])
    writer.add_token_types([int(_KINDS[kind]) for _, _, kind in pieces])
    writer.add_unk_token_id(UNKNOWN)
    writer.add_bos_token_id(BEGIN)
    writer.add_eos_token_id(END)
    writer.add_add_bos_token(False)  # the chat template writes it
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, array in _tensors(model):
        own = gguf.GGMLQuantizationType.F32 if array.ndim == 1 else kind
        writer.add_tensor(name, quantize(array.astype(np.float32), own), raw_dtype=own)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _tensors(model: Decoder) -> Iterator[tuple[str, np.ndarray]]:
    for name, parameter in model.named_parameters():
        yield name if name.endswith(".weight") else f"{name}.weight", parameter.detach().numpy()
    yield "output.weight", model.token_embd.weight.detach().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path)
    parser.add_argument("tokenizer", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--precision", choices=_PRECISIONS, default="q8_0")
    options = parser.parse_args()
    export(read_model(options.model), Tokenizer.read(options.tokenizer), options.out, options.precision)
    print(f"{options.out}: {options.out.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
