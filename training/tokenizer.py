"""The tokenizer: sentencepiece's way as llama.cpp has it, with pieces learned from the lessons by byte-pair encoding.

Text is characters, spaces being "▁"; of all neighbours that make a piece together, those with the best score merge
first. Pieces hold "▁" and newlines at their beginning only, so that text can be encoded a word at a time. They are
learned within the fields of JSON answers, never across, so that each field is a decision of its own.

    python -m training.tokenizer OUT.json LESSONS.jsonl
"""

from __future__ import annotations

import argparse
import heapq
import itertools
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec
from pragmatist.reasoning.runtimes.protocol import Message

SIZE = 2048
LESSONS = 20_000  # that it is learned from
UNKNOWN, BEGIN, END = 0, 1, 2
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
BYTES = 3  # where the pieces of single bytes begin
CONTROL = BYTES + 256  # where those of `ROLES` begin
FIRST = CONTROL + len(ROLES)  # and the ordinary ones

# As llama.cpp renders it; `prompt` is the same in Python.
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message.role + '|>' + message.content }}"
    "{% if message.role == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)

_WORD = re.compile(r"[▁\n]?[^▁\n]*")
_LEARNED = re.compile(r'[▁\n]?(?:[{\[]*"\w+":"?|,"\w+":"?|\[\]|[{\[]+"?|"?[\]}]+|\w+|[^\w▁\n{}\[\]",]+|[^▁\n])')
_MOST_CHARACTERS = 24


class Tokenizer:
    """`pieces` are the ordinary ones, the best first."""

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = tuple(pieces)
        self._rank = {piece: rank for rank, piece in enumerate(pieces)}
        self._kept: dict[str, list[int]] = {}

    @classmethod
    def read(cls, path: Path) -> Tokenizer:
        return cls(json.loads(path.read_text()))

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.pieces, ensure_ascii=False))

    @property
    def size(self) -> int:
        return FIRST + len(self.pieces)

    def vocabulary(self) -> list[tuple[str, float, str]]:
        """All pieces with score and kind ("unknown", "control", "byte", "normal"), as GGUF files list them."""
        found = [("<unk>", 0.0, "unknown"), ("<s>", 0.0, "control"), ("</s>", 0.0, "control")]
        found += [(f"<0x{byte:02X}>", 0.0, "byte") for byte in range(256)]
        found += [(role, 0.0, "control") for role in ROLES]
        return found + [(piece, -float(rank), "normal") for rank, piece in enumerate(self.pieces)]

    def encode(self, text: str) -> list[int]:
        tokens: list[int] = []
        for word in _WORD.findall(text.replace(" ", "▁")):
            known = self._kept.get(word)
            if known is None:
                known = self._kept[word] = self._merged(word)
            tokens += known
        return tokens

    def decode(self, tokens: Iterable[int]) -> str:
        data = bytearray()
        for token in tokens:
            if token >= FIRST:
                data += self.pieces[token - FIRST].replace("▁", " ").encode()
            elif BYTES <= token < CONTROL:
                data.append(token - BYTES)
        return data.decode(errors="replace")

    def prompt(self, messages: Iterable[Message]) -> list[int]:
        """The tokens of a dialogue, up to where the model is to answer."""
        tokens = [BEGIN]
        for message in messages:
            tokens += [CONTROL + ROLES.index(f"<|{message.role}|>"), *self.encode(message.content)]
            tokens += [END] if message.role == "assistant" else []
        return [*tokens, CONTROL + ROLES.index("<|assistant|>")]

    def _merged(self, word: str) -> list[int]:
        symbols = list(word)
        rank = self._rank
        while len(symbols) > 1:
            best, at = min((rank.get(symbols[k] + symbols[k + 1], SIZE), k) for k in range(len(symbols) - 1))
            if best == SIZE:
                break
            symbols[at : at + 2] = [symbols[at] + symbols[at + 1]]
        tokens: list[int] = []
        for symbol in symbols:
            known = rank.get(symbol)
            tokens += [FIRST + known] if known is not None else [BYTES + byte for byte in symbol.encode()]
        return tokens


def learn(texts: Iterable[str], size: int = SIZE) -> Tokenizer:
    """A tokenizer with the pieces that shorten the texts most; the same texts give the same one."""
    words: Counter[tuple[str, ...]] = Counter()
    for text in texts:
        words.update(tuple(word) for word in _LEARNED.findall(text.replace(" ", "▁")))
    characters = Counter(c for word, count in words.items() for c in word for _ in range(min(count, 1)))
    alphabet = sorted({chr(code) for code in range(0x21, 0x7F)} | {"▁", "\n", "…"} | set(characters))
    spelled = [list(word) for word in words]
    counts = list(words.values())
    pairs: Counter[tuple[str, str]] = Counter()
    places: defaultdict[tuple[str, str], set[int]] = defaultdict(set)
    for number, word in enumerate(spelled):
        for pair in itertools.pairwise(word):
            pairs[pair] += counts[number]
            places[pair].add(number)
    heap = [(-count, pair) for pair, count in pairs.items()]
    heapq.heapify(heap)
    merged: list[str] = []
    room = size - FIRST - len(alphabet)
    while heap and len(merged) < room:
        count, pair = heapq.heappop(heap)
        if -count != pairs[pair]:
            continue  # an old entry: a newer one is in the heap
        piece = "".join(pair)
        if count == 0 or len(piece) > _MOST_CHARACTERS:
            continue
        if piece not in merged:
            merged.append(piece)
        changed: set[tuple[str, str]] = set()
        for number in sorted(places.pop(pair)):
            word, weight = spelled[number], counts[number]
            for each in itertools.pairwise(word):
                pairs[each] -= weight
                changed.add(each)
            at = 0
            while at < len(word) - 1:
                if (word[at], word[at + 1]) == pair:
                    word[at : at + 2] = [piece]
                at += 1
            for each in itertools.pairwise(word):
                pairs[each] += weight
                places[each].add(number)
                changed.add(each)
        for each in changed:
            if pairs[each] > 0:
                heapq.heappush(heap, (-pairs[each], each))
    return Tokenizer([*merged, *alphabet])


def main() -> None:
    from .lessons import StrategyLesson

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("lessons", type=Path)
    options = parser.parse_args()
    decoder = msgspec.json.Decoder(StrategyLesson)
    texts: list[str] = []
    for line in options.lessons.read_bytes().splitlines()[:LESSONS]:
        lesson = decoder.decode(line).lesson
        texts += [*(message.content for message in lesson.messages), lesson.answer]
    tokenizer = learn(texts)
    tokenizer.write(options.out)
    sample = texts[:4000]
    each = sum(map(len, sample)) / sum(len(tokenizer.encode(text)) for text in sample)
    print(f"{tokenizer.size} pieces, {each:.2f} characters each")


if __name__ == "__main__":
    main()
