"""What lowering knows while it walks one file: the text, the names in scope, and what it has gathered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from ..facts import Language
from ..ir.tree import (
    Block,
    Const,
    Expr,
    Function,
    Member,
    Name,
    Opaque,
    OpaqueStmt,
    ParseError,
    Stmt,
    Storage,
    Symbol,
)
from ..ir.types import UNKNOWN, Record, Type
from ..openmp.directive import Directive
from ..syntax import Grammar, Node, Tree, grammar, parse
from .chunk import Chunk
from .preprocess import Prepared

ExprHandler = Callable[["Context", Node], Expr]
StmtHandler = Callable[["Context", Node, list[Stmt]], None]

# How deep expressions and statements may nest. Every later stage walks the result recursively.
MAX_EXPRESSION_DEPTH = 120
MAX_STATEMENT_DEPTH = 100

EXPRESSIONS: dict[str, ExprHandler] = {}
STATEMENTS: dict[str, StmtHandler] = {}


def expression(*names: str) -> Callable[[ExprHandler], ExprHandler]:
    """Registers how the named nodes become expressions."""

    def register(handler: ExprHandler) -> ExprHandler:
        EXPRESSIONS.update(dict.fromkeys(names, handler))
        return handler

    return register


def statement(*names: str) -> Callable[[StmtHandler], StmtHandler]:
    """Registers how the named nodes become statements."""

    def register(handler: StmtHandler) -> StmtHandler:
        STATEMENTS.update(dict.fromkeys(names, handler))
        return handler

    return register


class EnumConstant(msgspec.Struct, gc=False):
    value: int | None


class ClassMember(msgspec.Struct):
    """A name that inside its class's methods means `this->name`; `static` members are symbols of their own."""

    name: str
    type: Type
    owner: str


class Substitution(msgspec.Struct):
    """A local of a statement expression whose every use is its initialiser."""

    value: Expr


Binding = Symbol | Type | EnumConstant | ClassMember | Substitution


class TooDeep(Exception):
    """Statements or expressions nest beyond what later stages can walk."""


# What reading a malformed or too deep tree may raise; it costs the statement, never more. Tests empty it.
UNREADABLE: tuple[type[Exception], ...] = (
    TooDeep, RecursionError, LookupError, AttributeError, TypeError, ValueError, OverflowError,
)  # fmt: skip


class _Table(dict[int, ExprHandler]):
    def __missing__(self, kind: int) -> ExprHandler:
        return opaque


class Context:
    # Installed by `opaque`, which needs a context itself.
    expressions_within: Callable[[Node], list[Expr]]

    def __init__(self, prepared: Prepared, language: Language, original: bytes) -> None:
        self.language: Language = language
        self.grammar: Grammar = grammar(language)
        self.original = original
        self.prepared = prepared
        self.src: bytes = prepared.text
        self.starts: Sequence[int] = prepared.starts
        self.ends: Sequence[int] = prepared.ends
        self.exprs = _Table(self.grammar.table(EXPRESSIONS))
        self.stmts = self.grammar.table(STATEMENTS)
        self.kinds = _kinds(self.grammar)

        self.env: dict[bytes, Binding] = {}
        # Every change of `env` outside functions, in order, so that a function can be lowered again where it stands.
        self.journal: list[tuple[bytes, Binding | None]] = []
        self.scopes: list[dict[bytes, Binding | None]] = []
        self.unknowns: dict[bytes, Symbol] = {}
        self.addressed: set[Symbol] = set()  # variables whose address something takes
        self.initialised_twice: set[Symbol] = set()
        self.numbers: dict[bytes, Const] = {}
        self.prefix = ""  # of qualified names: "ns::Class::"
        self.anonymous_namespace = 0
        self.using_std: set[str] = set()  # "*" after `using namespace std`
        # Bodies of functions that are parsed by themselves, from `{` to `}`; inside them there are none.
        self.bodies: dict[int, int] = {}
        self.whole = b""  # the prepared text with these bodies
        self.chunks: list[Chunk] = []
        self.skipped: list[ParseError] = []  # macros in the function at hand that were blanked
        # Whether a function did what others may see, other than through `env`.
        self.leaked = False
        self.redefined = False  # whether a class is defined twice

        self.functions: list[Function] = []
        self.globals: list[Symbol] = []
        self.records: dict[str, Record] = {}
        self.members: dict[str, dict[bytes, Binding]] = {}
        self.aliases: dict[str, Type] = {}
        self.namespaces: dict[str, dict[bytes, Binding]] = {}
        self.errors: list[ParseError] = list(prepared.errors)

        self.function: str | None = None
        self.inside = False  # a function, whatever is declared there
        self.locals: list[Symbol] = []
        self.this: Symbol | None = None
        self.has_goto = False
        self.in_error = False
        # Parentheses around a variable that the grammar took for a cast, with the variable inside.
        self.misread: list[tuple[int, int, int, int]] = []
        self.assumed_numbers: list[tuple[int, str]] = []  # see Function
        self.tolerated = 0  # semicolons that macros bring
        self.block_depth = 0
        self.depth = 0  # of expressions
        self.nesting = 0  # of statements
        self.lambda_scopes: list[tuple[int, set[bytes], bool]] = []
        # The variables of the function in the order of their declarations, and those that may serve again, by name.
        self.made: list[Symbol] = []
        self.spare: dict[str, list[Symbol]] = {}

    # ---- text

    def spelling(self, node: Node) -> str:
        return self.src[node.start_byte : node.end_byte].decode("utf-8", "replace")

    def original_text(self, start: int, end: int) -> str:
        return self.original[start:end].decode("utf-8", "replace")

    def error(self, node: Node, message: str) -> None:
        self.in_error = True
        start, end = self.starts[node.start_byte], self.ends[node.end_byte]
        self.errors.append(ParseError(start, max(start, end), message))

    def directive(self, node: Node) -> Directive | None:
        """The directive that the line `node` stands for; None for what errors leave of other lines."""
        words = self.src[node.start_byte : node.end_byte].split()
        if len(words) == 3 and words[:2] == [b"#pragma", b"omp"] and words[2].isdigit():
            return self.prepared.directives[int(words[2])]
        return None

    def condition(self, node: Node) -> tuple[str, int, int] | None:
        """The undecided condition (its text and place) that the identifier `node` stands for."""
        text = self.src[node.start_byte : node.end_byte]
        if text.startswith(b"_if_") and text[4:].isdigit() and int(text[4:]) < len(self.prepared.conditions):
            return self.prepared.conditions[int(text[4:])]
        return None

    def thread_private(self, directive: Directive) -> None:
        if directive.name == "threadprivate":
            for name in (directive.argument or "").split(","):
                symbol = self.env.get(name.strip().encode("utf-8", "surrogateescape"))
                if isinstance(symbol, Symbol):
                    symbol.thread_local = True
                    self.leaked |= symbol.function is None

    # ---- expressions and statements

    def expr(self, node: Node) -> Expr:
        return self.exprs[node.kind_id](self, node)

    def stmt(self, node: Node) -> Stmt:
        """One statement; a block where the node gives several."""
        out: list[Stmt] = []
        self.stmts_into(node, out)
        if len(out) == 1:
            return out[0]
        return Block(self.starts[node.start_byte], self.ends[node.end_byte], tuple(out))

    def stmts_into(self, node: Node, out: list[Stmt]) -> None:
        """Appends what `node` gives. What cannot be read becomes an OpaqueStmt, and nothing else is lost."""
        handler = self.stmts.get(node.kind_id)
        if handler is None or self.nesting >= MAX_STATEMENT_DEPTH:
            self.opaque_statement(node, out, is_error=node.has_error or handler is not None)
            return
        depth, scopes, mark = self.depth, len(self.scopes), len(out)
        nesting, block_depth = self.nesting, self.block_depth
        self.nesting = nesting + 1
        try:
            handler(self, node, out)
        except UNREADABLE:
            self.depth, self.block_depth = depth, block_depth
            self.unwind(scopes)
            del out[mark:]
            self.opaque_statement(node, out, is_error=True)
        self.nesting = nesting

    def opaque_statement(self, node: Node, out: list[Stmt], *, is_error: bool) -> None:
        start, end = self.starts[node.start_byte], self.ends[node.end_byte]
        names = tuple(self.expressions_within(node))
        if is_error:
            self.error(node, "this could not be read")
        out.append(OpaqueStmt(start, max(start, end), self.original_text(start, end), names, is_error))

    @contextmanager
    def snippet(self, text: bytes, offset: int) -> Iterator[Tree]:
        """The tree of other text, lowered as if its byte i stood at byte `offset + i` of the prepared text."""
        src, starts, ends, misread = self.src, self.starts, self.ends, self.misread
        count = len(src)
        self.src, self.misread = text, []
        self.starts = [starts[min(max(offset + i, 0), count)] for i in range(len(text) + 1)]
        self.ends = [ends[min(max(offset + i, 0), count)] for i in range(len(text) + 1)]
        try:
            yield parse(text, self.language)
        finally:
            self.src, self.starts, self.ends, self.misread = src, starts, ends, misread

    # ---- scopes

    def push(self) -> None:
        self.scopes.append({})

    def pop(self) -> None:
        env = self.env
        saved = self.scopes.pop()
        for name, old in saved.items():
            if old is None:
                env.pop(name, None)
            else:
                env[name] = old
        if not self.inside:
            self.journal += saved.items()

    def unwind(self, count: int) -> None:
        """Leaves scopes until `count` are open, after an exception."""
        while len(self.scopes) > count:
            self.pop()

    def bind(self, name: bytes, binding: Binding) -> None:
        if self.scopes:
            saved = self.scopes[-1]
            if name not in saved:
                saved[name] = self.env.get(name)
        self.env[name] = binding
        if not self.inside:
            self.journal.append((name, binding))

    def set(self, name: bytes, binding: Binding | None) -> None:
        """Sets what a name means until it is set again, whatever scopes are left."""
        if self.inside:
            self.leaked = True
        self.journal.append((name, binding))
        if binding is None:
            self.env.pop(name, None)
        else:
            self.env[name] = binding

    def declare(self, name: bytes, type_: Type, storage: Storage, start: int, end: int) -> Symbol:
        """A new variable in the innermost scope; a redeclaration in the same scope is the same variable."""
        old = self.env.get(name)
        same_scope = name in self.scopes[-1] if self.scopes else True
        if isinstance(old, Symbol) and same_scope and old.function == self.function and old.storage in _REDECLARABLE:
            _merge(old, type_, storage)
            return old
        text = name.decode("utf-8", "replace")
        if self.function is None:
            text = self.prefix + text
        symbol = self.variable(text, type_, storage, start, end, self.block_depth)
        self.bind(name, symbol)
        if self.function is not None:
            if storage != "parameter":
                self.locals.append(symbol)
        elif type_.kind != "function":
            self.globals.append(symbol)
        if self.function is None and self.prefix:
            self.set(text.encode(), symbol)
        return symbol

    def variable(self, name: str, type_: Type, storage: Storage, start: int, end: int, depth: int = 0) -> Symbol:
        """A new symbol. One of the function's former self, if there is one of that name, takes on this meaning."""
        spare = self.spare.get(name) if self.function is not None else None
        if not spare:
            symbol = Symbol(name, type_, storage, start, end, self.function, depth=depth)
        else:
            symbol = spare.pop(0)
            symbol.type, symbol.storage, symbol.start, symbol.end = type_, storage, start, end
            symbol.function, symbol.depth = self.function, depth
            symbol.address_taken = symbol.thread_local = False
            symbol.initializer = None
        if self.function is not None:
            self.made.append(symbol)
        return symbol

    def unknown(self, name: bytes) -> Symbol:
        """The one symbol of a name that nothing declares."""
        symbol = self.unknowns.get(name)
        if symbol is None:
            type_ = UNKNOWN
            if name in self.prepared.symbolic:
                type_ = Type("int", "int", size=4, const=True)
            symbol = Symbol(name.decode("utf-8", "replace"), type_, "unknown", 0, 0, thread_local=name == b"errno")
            self.unknowns[name] = symbol
        return symbol

    def reference(self, binding: Binding, start: int, end: int, name: bytes) -> Expr:
        """The use of a name that is no plain variable."""
        if isinstance(binding, ClassMember):
            if self.this is None:
                return Name(start, end, self.unknown(f"{binding.owner}::{binding.name}".encode()))
            return Member(start, end, Name(start, end, self.this), binding.name, True)
        if isinstance(binding, Substitution):
            return binding.value
        if isinstance(binding, EnumConstant):
            return Const(start, end, binding.value, name.decode("utf-8", "replace"), "int")
        return Name(start, end, self.unknown(name))

    def type_named(self, name: bytes) -> Type | None:
        binding = self.env.get(name)
        return binding if isinstance(binding, Type) else None


_REDECLARABLE = frozenset(["local", "static-local", "global", "static", "extern"])


def _merge(symbol: Symbol, type_: Type, storage: Storage) -> None:
    """What a redeclaration adds: an extent, or that the definition stands here."""
    old = symbol.type
    if old != type_ and ((old.kind == type_.kind == "array" and old.extent is None) or old.kind in ("unknown", "auto")):
        symbol.type = type_
    if symbol.storage == "extern" and storage == "global":
        symbol.storage = storage


class Kinds(msgspec.Struct):
    """Ids of the nodes that lowering tests for outside the tables."""

    parenthesized: frozenset[int]
    identifier: frozenset[int]
    type_identifier: frozenset[int]
    compound: frozenset[int]
    declaration: frozenset[int]
    binary: frozenset[int]
    cast: frozenset[int]
    unary: frozenset[int]
    pragma: frozenset[int]
    tokens: dict[int, str]


# C++ has words for some operators.
_WORD_OPERATORS = {
    "and": "&&", "or": "||", "not": "!", "compl": "~", "bitand": "&", "bitor": "|", "xor": "^", "not_eq": "!=",
    "and_eq": "&=", "or_eq": "|=", "xor_eq": "^=",
}  # fmt: skip
_kinds_cache: dict[int, Kinds] = {}


def _kinds(of: Grammar) -> Kinds:
    found = _kinds_cache.get(id(of))
    if found is None:
        language = of.language
        tokens: dict[int, str] = {}
        for kind in range(language.node_kind_count):
            if not language.node_kind_is_named(kind):
                text = language.node_kind_for_id(kind) or ""
                tokens[kind] = _WORD_OPERATORS.get(text, text)
        found = Kinds(
            of.ids("parenthesized_expression"),
            of.ids("identifier", "field_identifier", "type_identifier", "namespace_identifier"),
            of.ids("type_identifier"),
            of.ids("compound_statement"),
            of.ids("declaration"),
            of.ids("binary_expression"),
            of.ids("cast_expression"),
            of.ids("unary_expression", "pointer_expression"),
            of.ids("preproc_call"),
            tokens,
        )
        _kinds_cache[id(of)] = found
    return found


def opaque(cx: Context, node: Node) -> Expr:
    """What no handler reads: the expressions inside it, and its text."""
    start, end = cx.starts[node.start_byte], cx.ends[node.end_byte]
    return Opaque(start, end, cx.original_text(start, end), tuple(cx.expressions_within(node)))
