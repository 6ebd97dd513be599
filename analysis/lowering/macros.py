"""The macros of a file and their expansion (C17 §6.10.3), on bytes.

A macro is `Definition` where the text says what it is, `Undefined` where it says that it is not defined, and
`Choice` where conditionals that the text does not decide leave several possibilities.
"""

from __future__ import annotations

import re

import msgspec

_STRING = rb'"(?:\\[\s\S]|[^"\\\n])*"' rb"|'(?:\\[\s\S]|[^'\\\n])*'"
_TOKEN = re.compile(
    _STRING + rb"|(?P<paste>\s*\#\#\s*)|(?P<hash>\#\s*(?P<named>[A-Za-z_]\w*))|(?P<word>\b[A-Za-z_]\w*)"
)
_WORD_OR_STRING = re.compile(_STRING + rb"|\b[A-Za-z_]\w*")
_BRACKET = re.compile(_STRING + rb"|[(),]")
_SPACE = re.compile(rb"\s*")
_INTEGER_EXPRESSION = re.compile(rb"(?:\b(?:0[xX][0-9a-fA-F]+|\d+)[uUlL]*\b|[\s()+\-*/%<>&|^~!?:=])+")
# What only qualifies a declaration.
_SPECIFIER = re.compile(rb"\s*(?:(?:static|inline|extern|__\w+(?:\s*\(.*\))?)\s*)*", re.DOTALL)
_DEFINE = re.compile(rb"\s*([A-Za-z_]\w*)(\(([^()]*)\))?([\s\S]*)")

MAX_DEPTH = 60


class Definition(msgspec.Struct, frozen=True, gc=False):
    """`parameters` is None for object-like macros; a variadic macro's last parameter takes all that is left."""

    name: bytes
    parameters: tuple[bytes, ...] | None
    body: bytes
    variadic: bool = False


class Choice(msgspec.Struct, frozen=True):
    """What a macro may be: one of `candidates`, something defined elsewhere (`external`), or nothing (`undefined`)."""

    candidates: tuple[Definition, ...]
    external: bool = False
    undefined: bool = False


class Undefined(msgspec.Struct, frozen=True):
    pass


UNDEFINED = Undefined()
Entry = Definition | Choice | Undefined
Table = dict[bytes, Entry]


def parse_definition(text: bytes) -> Definition | None:
    """What follows `#define`, line splices already taken out; None where there is no name."""
    match = _DEFINE.match(text)
    if match is None:
        return None
    name, has_parameters, inside, body = match.groups()
    if has_parameters is None and body[:1] == b"(":  # the parameter list never ends
        return None
    if has_parameters is None:
        return Definition(name, None, body.strip())
    parameters = [part.strip() for part in inside.split(b",")] if inside.strip() else []
    variadic = bool(parameters) and parameters[-1].endswith(b"...")
    if variadic:
        parameters[-1] = parameters[-1][:-3].strip() or b"__VA_ARGS__"
    return Definition(name, tuple(parameters), body.strip(), variadic)


def merge(tables: list[Table]) -> Table:
    """The table after a conditional, one table for each way through it."""
    first = tables[0]
    merged = dict(first)
    names = {name for table in tables for name in table}
    for name in names:
        entries = [table.get(name) for table in tables]
        if all(entry == entries[0] for entry in entries) and entries[0] is not None:
            merged[name] = entries[0]
            continue
        candidates: list[Definition] = []
        external = undefined = False
        for entry in entries:
            match entry:
                case Definition():
                    candidates.append(entry)
                case Choice():
                    candidates += entry.candidates
                    external |= entry.external
                    undefined |= entry.undefined
                case Undefined():
                    undefined = True
                case None:  # nothing is known of it on that way
                    undefined = external = True
        merged[name] = Choice(tuple(dict.fromkeys(candidates)), external, undefined)
    return merged


def any_of(words: list[bytes]) -> bytes:
    """A pattern for any of the words, by their first letters: alternatives cost the matcher time one by one."""
    by_first: dict[bytes, list[bytes]] = {}
    for word in sorted(words, key=len, reverse=True):
        by_first.setdefault(word[:1], []).append(word[1:])
    return b"|".join(first + b"(?:" + b"|".join(rest) + b")" for first, rest in by_first.items()) or rb"(?!)"


class Expander:
    """Expands text by `table`; change single entries through `define`.

    `budget` bounds the bytes that all expansions may produce, so that no input can blow up the text.
    """

    def __init__(self, budget: int) -> None:
        self._table: Table = {}
        self._objects: dict[bytes, bytes] = {}
        self._parts: dict[Definition, list[tuple[str, bytes | int]]] = {}
        self.budget = budget
        self.exhausted = False
        self.limited = False  # whether anything was left as it stands
        # Macros that stand for an integer which the configuration decides: they stay as names.
        self.symbolic: set[bytes] = set()
        # Other macros with several bodies between which nothing decides.
        self.choices: dict[bytes, tuple[bytes, ...]] = {}

    @property
    def table(self) -> Table:
        return self._table

    @table.setter
    def table(self, table: Table) -> None:
        self._table = table
        self._objects.clear()

    def define(self, name: bytes, entry: Entry) -> None:
        self._table[name] = entry
        self._objects.clear()

    def definition(self, name: bytes) -> Definition | None:
        """What `name` expands to, or None where it stays as it is.

        Where the configuration decides between several bodies the name stays, and so does a default value for an
        integer (`#ifndef N`, `#define N 100`): what holds for every N holds for the N of any configuration.
        """
        entry = self._table.get(name)
        if entry is None or isinstance(entry, Definition):
            return entry
        if not isinstance(entry, Choice) or not entry.candidates:
            return None
        if all(self._is_integer(candidate) for candidate in entry.candidates):
            self.symbolic.add(name)
            return None
        # Where it is undefined, a name in capitals means nothing, so that it is not used there.
        if len(entry.candidates) == 1 and (not entry.undefined or name.isupper()):
            return entry.candidates[0]
        bodies = [candidate for candidate in entry.candidates if candidate.parameters is None]
        if len(bodies) == len(entry.candidates) and all(_SPECIFIER.fullmatch(body.body) for body in bodies):
            return min(bodies, key=lambda body: len(body.body))  # qualifiers of declarations: the least of them
        self.choices[name] = tuple(candidate.body for candidate in entry.candidates)
        return None

    def _is_integer(self, definition: Definition) -> bool:
        if definition.parameters is not None or not definition.body:
            return False
        body = definition.body
        for _ in range(MAX_DEPTH):
            if _INTEGER_EXPRESSION.fullmatch(body):
                return any(48 <= byte <= 57 for byte in body)
            words = set(re.findall(rb"\b[A-Za-z_]\w*", body)) - {definition.name}
            entries = {word: self._table.get(word) for word in words}
            bodies: dict[bytes, bytes] = {}
            for word, entry in entries.items():
                if isinstance(entry, Choice) and entry.candidates:
                    entry = entry.candidates[0]
                if not isinstance(entry, Definition) or entry.parameters is not None:
                    return False
                bodies[word] = entry.body
            if not bodies or len(body) > 2000:
                return False
            body = re.sub(rb"\b[A-Za-z_]\w*", lambda match, bodies=bodies: bodies.get(match.group(), b"?"), body)
        return False

    def expand_at(self, text: bytes, start: int, end: int, limit: int) -> tuple[bytes, int] | None:
        """The expansion of the macro name at text[start:end] and where its use ends (by `limit`); None if none."""
        definition = self.definition(text[start:end]) if not self.exhausted else None
        return None if definition is None else self.expand_as(definition, text, end, limit)

    def expand_as(self, definition: Definition, text: bytes, end: int, limit: int) -> tuple[bytes, int] | None:
        """The same for one definition of the name that ends at `end`."""
        name = definition.name
        if definition.parameters is None:
            expansion = self._objects.get(name) if self._table.get(name) is definition else None
            if expansion is None:
                expansion = self._expand(definition.body, frozenset([name]), 1)
                if self._table.get(name) is definition:
                    self._objects[name] = expansion
            return (expansion, end) if self._spend(len(expansion)) else None
        found = self.arguments(text, end, limit)
        if found is None:
            return None
        arguments, after = found
        body = self._substitute(definition, arguments, frozenset(), 1)
        if body is None:
            return None
        expansion = self._expand(body, frozenset([name]), 1)
        return (expansion, after) if self._spend(len(expansion)) else None

    def expand(self, text: bytes) -> bytes:
        return self._expand(text, frozenset(), 0)

    def _spend(self, size: int) -> bool:
        self.budget -= size
        if self.budget < 0:
            self.exhausted = self.limited = True
            return False
        return True

    def _expand(self, text: bytes, hidden: frozenset[bytes], depth: int) -> bytes:
        if depth > MAX_DEPTH or not self._spend(len(text)):
            self.limited = True
            return text
        pieces: list[bytes] = []
        index = 0
        for match in _WORD_OR_STRING.finditer(text):
            start = match.start()
            name = match.group()
            if start < index or name in hidden:
                continue
            definition = self.definition(name)
            if definition is None:
                continue
            after = match.end()
            body: bytes | None = definition.body
            if definition.parameters is not None:
                found = self.arguments(text, after, len(text))
                if found is None:
                    continue
                arguments, after = found
                body = self._substitute(definition, arguments, hidden, depth)
                if body is None:
                    continue
            pieces += [text[index:start], self._expand(body, hidden | {name}, depth + 1)]
            index = after
        if not pieces:
            return text
        pieces.append(text[index:])
        return b"".join(pieces)

    def arguments(self, text: bytes, index: int, limit: int) -> tuple[list[bytes], int] | None:
        opening = _SPACE.match(text, index, limit)
        index = opening.end() if opening else index
        if text[index : index + 1] != b"(" or index >= limit:
            return None
        arguments: list[bytes] = []
        depth = 0
        begin = index + 1
        for match in _BRACKET.finditer(text, index, limit):
            char = match.group()
            if char == b"(":
                depth += 1
            elif char == b")":
                depth -= 1
                if depth == 0:
                    arguments.append(text[begin : match.start()].strip())
                    return arguments, match.end()
            elif char == b"," and depth == 1:
                arguments.append(text[begin : match.start()].strip())
                begin = match.end()
        self._spend(limit - index)  # a list that never ends is searched to the end of the text
        return None

    def _substitute(
        self, definition: Definition, arguments: list[bytes], hidden: frozenset[bytes], depth: int
    ) -> bytes | None:
        parameters = definition.parameters or ()
        if definition.variadic:
            fixed = len(parameters) - 1
            arguments = [*arguments[:fixed], b", ".join(arguments[fixed:])]
        if not parameters and arguments == [b""]:
            arguments = []
        if len(arguments) != len(parameters):
            return None
        parts = self._parts.get(definition)
        if parts is None:
            parts = self._parts[definition] = _split(definition)
        expanded: dict[int, bytes] = {}
        pieces: list[bytes] = []
        for position, (kind, value) in enumerate(parts):
            if isinstance(value, bytes):
                pieces.append(b"" if kind == "paste" else value)
                continue
            if kind == "string":
                pieces.append(b'"' + arguments[value].replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"')
                continue
            after_paste = position > 0 and parts[position - 1][0] == "paste"
            if after_paste or (position + 1 < len(parts) and parts[position + 1][0] == "paste"):
                # GNU's `, ##__VA_ARGS__` drops the comma when nothing follows.
                if after_paste and not arguments[value] and len(pieces) > 1 and pieces[-2].rstrip().endswith(b","):
                    pieces[-2] = pieces[-2].rstrip()[:-1]
                pieces.append(arguments[value])
                continue
            if value not in expanded:
                expanded[value] = self._expand(arguments[value], hidden, depth + 1)
            pieces.append(expanded[value])
        return b"".join(pieces)


def _split(definition: Definition) -> list[tuple[str, bytes | int]]:
    """A function-like macro's body as text, parameters, stringised parameters and pastes."""
    numbers = {name: number for number, name in enumerate(definition.parameters or ())}
    body = definition.body
    parts: list[tuple[str, bytes | int]] = []
    index = 0
    for match in _TOKEN.finditer(body):
        part: tuple[str, bytes | int] | None = None
        if match["paste"]:
            part = ("paste", b"")
        elif match["hash"] and match["named"] in numbers:
            part = ("string", numbers[match["named"]])
        elif match["word"] and match["word"] in numbers:
            part = ("parameter", numbers[match["word"]])
        if part is None:
            continue
        if match.start() > index:
            parts.append(("text", body[index : match.start()]))
        parts.append(part)
        index = match.end()
    if index < len(body):
        parts.append(("text", body[index:]))
    return parts
