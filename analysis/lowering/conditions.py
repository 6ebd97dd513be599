"""What the text alone decides of an `#if` condition (C17 §6.10.1): an integer, or None for undecided."""

from __future__ import annotations

import re

from .macros import Choice, Definition, Expander, Undefined

_TOKEN = re.compile(
    rb"\s*(?:(?P<number>\d[\w.']*)|(?P<word>[A-Za-z_]\w*)|(?P<char>'(?:\\.|[^'\\])+')"
    rb"|(?P<op>\|\||&&|<<|>>|[<>=!]=|[-+~!*/%<>&^|?:(),]))"
)
_LEVELS = (
    (b"||",), (b"&&",), (b"|",), (b"^",), (b"&",), (b"==", b"!="), (b"<", b"<=", b">", b">="), (b"<<", b">>"),
    (b"+", b"-"), (b"*", b"/", b"%"),
)  # fmt: skip


def is_defined(name: bytes, expander: Expander, *, guess: bool) -> bool | None:
    """Whether `name` is a macro. With `guess`, what nothing in the text defines counts as not defined."""
    match expander.table.get(name):
        case Definition():
            return True
        case Undefined():
            return False
        case Choice(candidates=candidates, external=external, undefined=undefined):
            if not undefined and (candidates or external):
                return True
            return False if guess else None
        case _:
            return False if guess else None


def evaluate(condition: bytes, expander: Expander, *, guess: bool = False) -> int | None:
    """The value of the text after `#if`; a name that is no macro is 0 only with `guess` (or where undefined)."""
    try:
        return _Evaluation(condition, expander, guess, 0).value()
    except (RecursionError, ValueError, IndexError, ZeroDivisionError, OverflowError):
        return 0 if guess else None


class _Evaluation:
    def __init__(self, condition: bytes, expander: Expander, guess: bool, depth: int) -> None:
        self.expander = expander
        self.guess = guess
        self.depth = depth
        self.tokens: list[tuple[str, bytes]] = []
        index = 0
        while index < len(condition.rstrip()):
            match = _TOKEN.match(condition, index)
            if match is None or len(self.tokens) > 5000:
                raise ValueError("not a condition")
            kind = match.lastgroup or "op"
            self.tokens.append((kind, match[kind]))
            index = match.end()
        self.index = 0

    def value(self) -> int | None:
        result = self.conditional()
        if self.index < len(self.tokens):
            raise ValueError("more than a condition")
        return result

    def peek(self) -> bytes:
        return self.tokens[self.index][1] if self.index < len(self.tokens) else b""

    def accept(self, text: bytes) -> bool:
        if self.peek() == text:
            self.index += 1
            return True
        return False

    def conditional(self) -> int | None:
        condition = self.binary(0)
        if not self.accept(b"?"):
            return condition
        then = self.conditional()
        if not self.accept(b":"):
            raise ValueError("no colon")
        other = self.conditional()
        if condition is None:
            return then if then == other else None
        return then if condition else other

    def binary(self, level: int) -> int | None:
        if level == len(_LEVELS):
            return self.unary()
        left = self.binary(level + 1)
        while self.peek() in _LEVELS[level]:
            op = self.peek()
            self.index += 1
            left = _apply(op, left, self.binary(level + 1))
        return left

    def unary(self) -> int | None:
        for op in (b"!", b"-", b"+", b"~"):
            if self.accept(op):
                operand = self.unary()
                if operand is None:
                    return None
                return {b"!": int(not operand), b"-": -operand, b"+": operand, b"~": ~operand}[op]
        if self.accept(b"("):
            inside = self.conditional()
            if not self.accept(b")"):
                raise ValueError("no closing parenthesis")
            return inside
        kind, text = self.tokens[self.index]
        self.index += 1
        if kind == "number":
            return int(_integer(text), 0)
        if kind == "char":
            return text[1] if len(text) == 3 else None
        if kind == "word":
            return self.word(text)
        raise ValueError("unexpected operator")

    def word(self, name: bytes) -> int | None:
        if name == b"defined":
            closing = self.accept(b"(")
            _, operand = self.tokens[self.index]
            self.index += 1
            if closing and not self.accept(b")"):
                raise ValueError("no closing parenthesis")
            defined = is_defined(operand, self.expander, guess=self.guess)
            return None if defined is None else int(defined)
        if self.peek() == b"(":  # a function-like macro, __has_include and the like
            self.skip_parentheses()
            return 0 if self.guess else None
        if name in (b"true", b"false"):
            return int(name == b"true")
        entry = self.expander.table.get(name)
        if isinstance(entry, Definition) and entry.parameters is None and self.depth < 20:
            return _Evaluation(entry.body, self.expander, self.guess, self.depth + 1).value()
        if isinstance(entry, Choice) and len(entry.candidates) == 1 and self.guess and self.depth < 20:
            return _Evaluation(entry.candidates[0].body, self.expander, True, self.depth + 1).value()
        return 0 if self.guess or isinstance(entry, Undefined) else None

    def skip_parentheses(self) -> None:
        depth = 0
        while self.index < len(self.tokens):
            text = self.peek()
            self.index += 1
            depth += (text == b"(") - (text == b")")
            if depth == 0:
                return


def _integer(text: bytes) -> str:
    digits = text.decode("ascii", "replace").replace("'", "").rstrip("uUlL")
    return "0o" + digits[1:] if len(digits) > 1 and digits[0] == "0" and digits.isdigit() else digits


def _apply(op: bytes, left: int | None, right: int | None) -> int | None:
    if op == b"&&":
        if left == 0 or right == 0:
            return 0
        return None if left is None or right is None else 1
    if op == b"||":
        if left or right:
            return 1
        return None if left is None or right is None else 0
    if left is None or right is None:
        return None
    if op in (b"<<", b">>") and not 0 <= right < 128:
        raise ValueError("shift count")
    match op:
        case b"|":
            return left | right
        case b"^":
            return left ^ right
        case b"&":
            return left & right
        case b"==":
            return int(left == right)
        case b"!=":
            return int(left != right)
        case b"<":
            return int(left < right)
        case b"<=":
            return int(left <= right)
        case b">":
            return int(left > right)
        case b">=":
            return int(left >= right)
        case b"<<":
            return left << right
        case b">>":
            return left >> right
        case b"+":
            return left + right
        case b"-":
            return left - right
        case b"*":
            return left * right
        case b"/":
            return int(left / right) if abs(left) < 2**52 else left // right
        case _:
            return left - right * int(left / right)
