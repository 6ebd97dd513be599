"""One file, from its bytes to a `Unit`."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping

import msgspec

from ..facts import Language
from ..ir.tree import Macro, ParseError, Stmt, Symbol, Unit
from ..syntax import Node, parse
from . import (  # noqa: F401  (they register what they lower)
    blocks,
    calls,
    declarations,
    expressions,
    functions,
    literals,
    loops,
    opaque,
    operators,
    records,
    statement_expressions,
    statements,
    typedefs,
    types,
)
from .blocks import split_conditional
from .bodies import function_bodies, outline
from .chunk import Chunk
from .chunks import lower_chunk
from .comments import blank_comments
from .context import UNREADABLE, Context
from .functions import lower_function, template_parameters
from .names import qualified_name
from .preprocess import Prepared, prepare
from .recovery import parse_piece, parse_repaired, pieces, starts_at_margin

_CPP = re.compile(
    rb"^\s*(?:class|template|namespace|using|public|private|protected)\b|::|\b(?:constexpr|typename|virtual|nullptr)\b"
    rb"|\b(?:static|dynamic|reinterpret|const)_cast\s*<|\boperator\s*[-+*/<>=\[(!]|#\s*include\s*<(?:vector|string|iostream"
    rb"|algorithm|memory|array|map|cmath|cstdlib|cstdio|cstring|cstdint|utility|functional)>",
    re.MULTILINE,
)
_CPP_ENDINGS = (
    ".cpp",
    ".cc",
    ".cxx",
    ".c++",
    ".hpp",
    ".hh",
    ".hxx",
    ".h++",
    ".cppm",
    ".ipp",
    ".tpp",
    ".inl",
    ".cu",
    ".cuh",
)


def language_of(path: str, text: bytes) -> Language:
    """The language of a file, by the end of its name; a `.h` (or a misnamed `.c`) is C++ where its text says so."""
    if path.endswith(".C") or path.lower().endswith(_CPP_ENDINGS):
        return "cpp"
    if path.lower().endswith(".h"):
        plain = _without_strings(blank_comments(text, "cpp"))
        return "cpp" if _CPP.search(plain) or (_ONLY_CPP.search(plain) and _reads_better(plain)) else "c"
    if b"::" in text and _STD.search(_without_strings(blank_comments(text, "cpp"))):
        return "cpp"
    return "c"


# C has these too, in other places.
_ONLY_CPP = re.compile(
    rb"\bclass\b|&\s*[A-Za-z_]\w*\s*[,)]|\bauto\b|=\s*\w+\s*[,)]|\b(?:struct|union)\s+\w+\s*\{[^}]*\("
)
_STD = re.compile(rb"\bstd::\w|\bnamespace\s+\w+\s*\{|\btemplate\s*<")


def _reads_better(text: bytes) -> bool:
    """Whether the C++ grammar reads a text that the C grammar does not."""
    return parse(text, "c").root_node.has_error and not parse(text, "cpp").root_node.has_error


def _without_strings(text: bytes) -> bytes:
    return re.sub(rb'"(?:\\[\s\S]|[^"\\\n])*"', b'""', text)


def lower(
    text: bytes,
    language: Language,
    *,
    defines: Mapping[str, str] | None = None,
    headers: Mapping[str, bytes] | None = None,
) -> Unit:
    """What `text` says, as the intermediate representation. Any bytes will do; what cannot be read is marked.

    `defines` are the `-D` options of the compilation, name to value ("" for a bare `-DX`: give "1"). `headers` are
    texts of headers, by their spelling in `#include`; what they define has the place of the directive.
    """
    return lower_file(text, language, defines=defines or {}, headers=headers or {}).unit


class Lowered(msgspec.Struct):
    """A unit with what is needed to lower single functions of it again."""

    unit: Unit
    cx: Context
    chunks: list[Chunk]  # in the order of the text
    addressed: set[Symbol]  # by what is in no chunk
    errors: list[ParseError]  # in no chunk


def lower_file(
    text: bytes, language: Language, *, defines: Mapping[str, str] = {}, headers: Mapping[str, bytes] = {}
) -> Lowered:
    """`lower`, with what is needed to do parts of it again."""
    prepared = prepare(text, language, defines, headers)
    bodies = function_bodies(prepared.text)
    while True:
        cx = Context(msgspec.structs.replace(prepared, errors=list(prepared.errors)), language, text)
        unread = _lower_outline(cx, bodies)
        if not unread:
            break
        bodies = {start: end for start, end in bodies.items() if start not in unread}  # what has one is no function
    cx.chunks.sort(key=lambda chunk: chunk.start)
    starts = [directive.start for directive in prepared.directives]
    for chunk in (chunk for chunk in cx.chunks if not _within(chunk.start, prepared.included)):
        chunk.numbered = bisect_left(starts, chunk.start)
        chunk.directives = tuple(prepared.directives[chunk.numbered : bisect_left(starts, chunk.end)])
    unit = Unit((), tuple(cx.globals), cx.records, _macros(prepared), (), (), False, cx.aliases)
    cx.functions.sort(key=lambda function: function.start)
    for function in cx.functions:
        function.included = _within(function.start, prepared.included)
    unit.functions = tuple(cx.functions)
    unit.has_main = any(function.name == "main" and function.body is not None for function in cx.functions)
    lowered = Lowered(unit, cx, cx.chunks, cx.addressed, cx.errors)
    gather(lowered)
    return lowered


def gather(lowered: Lowered) -> None:
    """Puts errors and directives of the chunks and of the rest together."""
    included = lowered.cx.prepared.included
    lowered.unit.included = tuple(included)
    errors = [*lowered.errors, *(error for chunk in lowered.chunks for error in chunk.errors)]
    lowered.unit.errors = tuple(
        sorted((error for error in errors if not _within(error.start, included)), key=lambda error: error.start)
    )
    directives = lowered.cx.prepared.directives
    lowered.unit.directives = tuple(
        (directive, directive.start) for directive in directives if not _within(directive.start, included)
    )


def _lower_outline(cx: Context, bodies: dict[int, int]) -> list[int]:
    """Lowers the file; which of the bodies no function was found for."""
    prepared = cx.prepared
    cx.whole = prepared.text
    cx.bodies = dict(bodies)
    cx.src, tree, skipped = parse_repaired(outline(prepared.text, bodies), cx.language)
    for start, end in skipped:
        place = prepared.starts[start], prepared.ends[end]
        prepared.errors.append(ParseError(*place, "a macro that this file does not define was skipped"))
    cx.errors = list(prepared.errors)
    lower_file_items(cx, tree.root_node.children)
    return list(cx.bodies)


def _macros(prepared: Prepared) -> dict[str, Macro]:
    return {
        definition.name.decode("utf-8", "replace"): Macro(
            definition.name.decode("utf-8", "replace"),
            None
            if definition.parameters is None
            else tuple(parameter.decode("utf-8", "replace") for parameter in definition.parameters),
            definition.body.decode("utf-8", "replace"),
        )
        for definition in prepared.macros.values()
    }


def _within(offset: int, ranges: list[tuple[int, int]]) -> bool:
    return any(start <= offset < end for start, end in ranges)


def lower_file_items(cx: Context, nodes: list[Node], *, whole: bool = True) -> None:
    """What stands at file or namespace scope. Unless `nodes` are of a piece already, faulty ones are read in pieces."""
    if whole:
        nodes = list(_in_pieces(cx, nodes))
    for node in nodes:
        scopes, prefix = len(cx.scopes), cx.prefix
        try:
            _file_item(cx, node)
        except UNREADABLE:
            cx.unwind(scopes)
            cx.prefix = prefix
            cx.function = None
            cx.depth = cx.nesting = cx.block_depth = 0
            cx.error(node, "this could not be read")


def _in_pieces(cx: Context, nodes: list[Node]) -> Iterator[Node]:
    """The nodes, those with errors (and what an error left of the nodes after them) parsed again piece by piece."""
    index = 0
    while index < len(nodes):
        node = nodes[index]
        index += 1
        if not node.has_error or node.type in _CONTAINERS:
            yield node
            continue
        run = [node]
        while index < len(nodes) and (nodes[index].has_error or not starts_at_margin(cx.src, nodes[index])):
            run.append(nodes[index])
            index += 1
        ranges = pieces(cx.src, run)
        if not ranges:
            yield from run
        for start, end in ranges:
            yield from parse_piece(cx.src, cx.language, start, end).root_node.children


_CONTAINERS = frozenset(["namespace_definition", "linkage_specification", "declaration_list", "class_specifier"])


def _file_item(cx: Context, node: Node) -> None:
    kind = node.type
    if kind == "function_definition":
        if not _chunk(cx, node):
            lower_function(cx, node)
    elif kind == "namespace_definition":
        _namespace(cx, node)
    elif kind in ("linkage_specification", "declaration_list"):
        lower_file_items(cx, node.named_children)
    elif kind == "template_declaration":
        with template_parameters(cx, node):
            lower_file_items(cx, node.named_children[-1:])
    elif kind.startswith("preproc_") and kind != "preproc_call":
        _, items, alternative = split_conditional(cx, node)
        lower_file_items(cx, items)
        if alternative is not None:
            lower_file_items(cx, [alternative])
    elif kind == "preproc_call":
        if directive := cx.directive(node):
            cx.thread_private(directive)
    elif kind == "ERROR":
        cx.error(node, "this could not be read")
        lower_file_items(cx, [child for child in node.children if child.type in _WITHIN_ERRORS])
    elif kind in ("labeled_statement", "attributed_statement"):
        lower_file_items(cx, node.named_children[1:])
    elif node.is_named and kind != "expression_statement":
        out: list[Stmt] = []
        cx.stmts_into(node, out)
    elif kind == "expression_statement" and node.named_child_count and node.has_error:
        cx.error(node, "this could not be read")


def _chunk(cx: Context, node: Node) -> bool:
    """Lowers a function whose body the outline lacks."""
    body = next((child for child in node.children if child.start_byte in cx.bodies), None)
    if body is None:
        return False
    at, opened = node.start_byte, body.start_byte
    end = cx.bodies.pop(opened) + 1
    text = cx.src[at : opened + 1] + cx.whole[opened + 1 : end]
    chunk = Chunk(at, opened + 1 - at, text, cx.starts[at], cx.ends[end], cx.starts[opened] - cx.starts[at])
    chunk.records, chunk.members, chunk.namespaces = len(cx.records), len(cx.members), len(cx.namespaces)
    chunk.scopes, chunk.prefix = len(cx.scopes), cx.prefix
    chunk.anonymous_namespace, chunk.using_std = cx.anonymous_namespace, frozenset(cx.using_std)
    before = len(cx.journal)
    chunk.function, chunk.errors, chunk.addressed, chunk.alone = lower_chunk(
        cx, text, cx.starts[at : end + 1], cx.ends[at : end + 1], lower_file_items
    )
    chunk.journal = len(cx.journal)
    chunk.alone &= all(
        isinstance(binding, Symbol) and binding.type.kind == "function" for _, binding in cx.journal[before:]
    )
    chunk.made = tuple(cx.made)
    cx.chunks.append(chunk)
    return True


_WITHIN_ERRORS = frozenset(
    ["function_definition", "declaration", "namespace_definition", "template_declaration", "struct_specifier",
     "class_specifier", "type_definition", "linkage_specification", "enum_specifier", "using_declaration"]
)  # fmt: skip


def _namespace(cx: Context, node: Node) -> None:
    name = ""
    body: Node | None = None
    for child in node.named_children:
        if child.type == "declaration_list":
            body = child
        elif child.type in ("namespace_identifier", "nested_namespace_specifier", "identifier"):
            name = qualified_name(cx, child)
    if body is None:
        return
    prefix = cx.prefix
    if name:
        cx.prefix = f"{prefix}{name}::"
        cx.push()
        for key, binding in cx.namespaces.setdefault(cx.prefix, {}).items():
            cx.bind(key, binding)
    else:
        cx.anonymous_namespace += 1
    lower_file_items(cx, body.named_children)
    if name:
        cx.namespaces[cx.prefix] |= {key: cx.env[key] for key in cx.scopes[-1] if key in cx.env}
        cx.pop()
        cx.prefix = prefix
    else:
        cx.anonymous_namespace -= 1


__all__ = ["ParseError", "language_of", "lower"]
