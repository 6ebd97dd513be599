"""Tiny GGUF models made on the spot, so that tests run a real model file through the real runtime.

`write_random_model` has random weights: it can do nothing but obey a grammar. `write_preferring_model` always
takes the likeliest of a fixed order of characters: under the plan grammar it can be made to plan one plain directive.
`write_saying_model` says one text, with no grammar to help it.

    python tests/tiny_model.py OUT.gguf [--plain]     # for a try by hand
"""

from __future__ import annotations

import sys
from pathlib import Path

import gguf
import numpy as np

CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}<|{{ message.role }}|>\n{{ message.content }}\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
CONTEXT = 8192
EOS = 2
WORDS = (
    '"directive"', '"private"', '"firstprivate"', '"lastprivate"', '"reductions"', '"operator"', '"variable"',
    '"collapse"', '"schedule"', '"kind"', '"chunk"', '"rationale"', '"parallel for"', '"simd"', "▁the", "▁loop",
    "▁is", "▁in", "▁iteration", "▁variable", "[]", "null", "static", "dynamic",
)  # fmt: skip


def _vocabulary(more_words: tuple[str, ...] = ()) -> tuple[list[bytes], list[float], list[int]]:
    """SPM pieces: the three control tokens, all bytes, printable ASCII, and whole words that merge from them."""
    kind = gguf.TokenType
    pieces = [("<unk>", 0.0, kind.UNKNOWN), ("<s>", 0.0, kind.CONTROL), ("</s>", 0.0, kind.CONTROL)]
    pieces += [(f"<0x{byte:02X}>", 0.0, kind.BYTE) for byte in range(256)]
    pieces += [(chr(code), -1000.0 - code, kind.NORMAL) for code in range(0x21, 0x7F)] + [("▁", -999.0, kind.NORMAL)]
    pieces += [(word, -float(rank), kind.NORMAL) for rank, word in enumerate(WORDS)]
    known = {piece for piece, _, _ in pieces}
    more = dict.fromkeys(word.replace(" ", "▁") for word in more_words)
    pieces += [(word, -5000.0 - rank, kind.NORMAL) for rank, word in enumerate(more) if word not in known]
    return [p.encode() for p, _, _ in pieces], [s for _, s, _ in pieces], [int(k) for _, _, k in pieces]


def _write(
    path: Path,
    width: int,
    layers: int,
    heads: int,
    tensors,
    *,
    architecture: str = "llama",
    tokenizer: str = "llama",
    more_words: tuple[str, ...] = (),
) -> Path:
    tokens, scores, kinds = _vocabulary(more_words)
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("tiny")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(2 * width)
    writer.add_head_count(heads)
    writer.add_head_count_kv(heads)
    writer.add_rope_dimension_count(width // heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model(tokenizer)
    writer.add_token_list(tokens)
    writer.add_token_scores(scores)
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(EOS)
    writer.add_unk_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    writer.add_chat_template(CHAT_TEMPLATE)
    for name, array in tensors(tokens):
        writer.add_tensor(name, array.astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def write_random_model(
    path: Path,
    *,
    seed: int = 0,
    width: int = 64,
    layers: int = 2,
    heads: int = 4,
    tied: bool = False,
    architecture: str = "llama",
    tokenizer: str = "llama",
) -> Path:
    """A llama decoder with random weights (about 0.2 M parameters at the defaults); returns `path`.

    `architecture` and `tokenizer` are what its header calls itself; `tied` leaves the output layer out.
    """
    random = np.random.default_rng(seed)

    def tensors(tokens: list[bytes]):
        size = len(tokens)

        def matrix(rows: int, columns: int):
            return random.normal(0, columns**-0.5, (rows, columns))

        yield "token_embd.weight", matrix(size, width) * width**0.5
        for layer in range(layers):
            block = f"blk.{layer}."
            yield block + "attn_norm.weight", np.ones(width)
            for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
                yield f"{block}{name}.weight", matrix(width, width)
            yield block + "ffn_norm.weight", np.ones(width)
            yield block + "ffn_gate.weight", matrix(2 * width, width)
            yield block + "ffn_up.weight", matrix(2 * width, width)
            yield block + "ffn_down.weight", matrix(width, 2 * width)
        yield "output_norm.weight", np.ones(width)
        if not tied:
            yield "output.weight", matrix(size, width)

    return _write(path, width, layers, heads, tensors, architecture=architecture, tokenizer=tokenizer)


def _silent_block(width: int):
    """One block that adds nothing to what goes through it, and the norm behind it."""
    yield "blk.0.attn_norm.weight", np.ones(width)
    for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
        yield f"blk.0.{name}.weight", np.zeros((width, width))
    yield "blk.0.ffn_norm.weight", np.ones(width)
    yield "blk.0.ffn_gate.weight", np.zeros((2 * width, width))
    yield "blk.0.ffn_up.weight", np.zeros((2 * width, width))
    yield "blk.0.ffn_down.weight", np.zeros((width, 2 * width))
    yield "output_norm.weight", np.ones(width)


def write_preferring_model(path: Path, preferences: str, *, width: int = 32) -> Path:
    """A llama decoder that takes the first character of `preferences` that its grammar allows, whatever the prompt.

    Its blocks write zeros and all tokens share one embedding, so its logits are the same everywhere. Returns `path`.
    """

    def tensors(tokens: list[bytes]):
        axis = np.zeros(width)
        axis[0] = 1.0
        logits = np.zeros(len(tokens))
        for rank, character in enumerate(preferences.replace(" ", "▁")):
            logits[tokens.index(character.encode())] = len(preferences) - rank
        yield "token_embd.weight", np.tile(axis, (len(tokens), 1))
        yield from _silent_block(width)
        yield "output.weight", np.outer(logits, axis)

    return _write(path, width, 1, 4, tensors)


def write_saying_model(path: Path, text: str, *, width: int = 64) -> Path:
    """A llama decoder that says `text`, whatever the prompt, and then ends. Returns `path`.

    It goes by the last token alone, so the text is told in whole words, each of them only once: the tokenizer's words
    are the text's own. Whatever is no part of it leads to its beginning.
    """
    words = [text[start : start + 4] for start in range(0, len(text), 4)]
    if len(set(words)) != len(words):
        words = _unlike(text)
    assert len(words) + 1 < width, "a text of this length needs a wider model"

    def tensors(tokens: list[bytes]):
        embedding, output = np.zeros((len(tokens), width)), np.zeros((len(tokens), width))
        embedding[:, 0] = 1.0  # before the beginning
        for position, word in enumerate(words):
            number = tokens.index(word.replace(" ", "▁").encode())
            output[number, position] = 1.0
            embedding[number] = 0.0
            embedding[number, position + 1] = 1.0
        output[EOS, len(words)] = 1.0
        yield "token_embd.weight", embedding
        yield from _silent_block(width)
        yield "output.weight", output

    return _write(path, width, 1, 4, tensors, more_words=tuple(words))


def _unlike(text: str) -> list[str]:
    """The text in pieces of which no two are equal, each as short as that allows."""
    pieces: list[str] = []
    start = 0
    while start < len(text):
        end = start + 4
        while text[start:end] in pieces and end < len(text):
            end += 1
        pieces.append(text[start:end])
        start = end
    return pieces


# Of "parallel for", "simd" and "none" the first; no list items; null wherever it may stand; no longer than need be.
PLAIN_PARALLEL_FOR = 'pn]" '


if __name__ == "__main__":
    target = Path(sys.argv[1])
    write_preferring_model(target, PLAIN_PARALLEL_FOR) if "--plain" in sys.argv else write_random_model(target)
