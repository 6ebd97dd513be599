"""SentencePiece tokenization as llama.cpp does it today, from the vocabulary in a model file.

ctransformers' own puts a space before every text, whatever the file says, and reads no control tokens, so a model
would be shown another prompt than the one that it was trained on.
"""

from __future__ import annotations

import heapq

from .control_tokens import ControlTokens
from .gguf_file import Vocabulary

_SPACE = "▁"
_NORMAL, _USER_DEFINED, _BYTE = 1, 4, 6  # tokenizer.ggml.token_type


class SentencePiece:
    def __init__(self, vocabulary: Vocabulary, control: ControlTokens) -> None:
        self._vocabulary, self._control = vocabulary, control
        self._ids = {token: number for number, token in reversed(list(enumerate(vocabulary.tokens)))}
        self._bytes = [self._ids.get(f"<0x{byte:02X}>") for byte in range(256)]

    def tokens(self, text: str) -> list[int]:
        """The ids of a rendered prompt: its control tokens as such, and the beginning of the text where one belongs."""
        found: list[int] = []
        beginning = True  # of the text, or of what follows a control token
        for piece, is_control in self._control.split(text):
            number = self._ids.get(piece) if is_control else None
            if number is not None:
                found.append(number)
            else:
                found += self._merged((" " if beginning and self._vocabulary.adds_space else "") + piece)
            beginning = number is not None
        bos = self._vocabulary.bos
        return [bos, *found] if self._vocabulary.adds_bos and bos is not None and found[:1] != [bos] else found

    def bytes_of(self, token: int) -> bytes:
        """What a token writes; control tokens write nothing."""
        text, kind = self._vocabulary.tokens[token], self._vocabulary.kinds[token]
        if kind == _BYTE:
            return bytes([int(text[3:-1], 16)])
        return text.replace(_SPACE, " ").encode() if kind in (_NORMAL, _USER_DEFINED) else b""

    def _merged(self, text: str) -> list[int]:
        """Neighbours are merged, those with the best score first, as long as two of them make a token."""
        pieces: list[str | None] = list(text.replace(" ", _SPACE))
        after = list(range(1, len(pieces) + 1))
        before = list(range(-1, len(pieces) - 1))
        scores = self._vocabulary.scores
        waiting: list[tuple[float, int, int, str]] = []

        def consider(left: int, right: int) -> None:
            if left >= 0 and right < len(pieces):
                merged = f"{pieces[left]}{pieces[right]}"
                if (number := self._ids.get(merged)) is not None:
                    heapq.heappush(waiting, (-scores[number], left, right, merged))

        for right in range(1, len(pieces)):
            consider(right - 1, right)
        while waiting:
            _, left, right, merged = heapq.heappop(waiting)
            first, second = pieces[left], pieces[right]
            if first is None or second is None or first + second != merged or after[left] != right:
                continue  # one of the two has become part of another piece meanwhile
            pieces[left], pieces[right] = merged, None
            after[left] = after[right]
            if after[right] < len(pieces):
                before[after[right]] = left
            consider(before[left], left)
            consider(left, after[left])
        return [number for piece in pieces if piece is not None for number in self._numbers(piece)]

    def _numbers(self, piece: str) -> list[int]:
        if (number := self._ids.get(piece)) is not None:
            return [number]
        return [number for byte in piece.encode() if (number := self._bytes[byte]) is not None]
