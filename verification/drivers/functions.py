"""Functions of ours that stand in for those which a function is given: pure ones, of the right type.

What they compute follows from their arguments alone (harness/functions.h). In C++ the compiler says what type is asked
for. In C it is read from the declaration's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from ...analysis.syntax import Node, parse
from .driver import Undrivable

_DECLARATIONS = ("parameter_declaration", "field_declaration", "declaration", "type_definition")
_INTEGERS = re.compile(r"\b(?:int|long|short|char|unsigned|signed|bool|_Bool|u?int\d+_t|s?size_t)\b")
_STORAGE = re.compile(r"\b(?:typedef|static|extern|register)\b")


def stand_in(name: str, start: int, own_name: str, texts: Sequence[bytes]) -> str:
    """The definition of a function `own_name` in C, of the type that `name`, declared at an offset of the first of the
    texts, points to. Raises `Undrivable`."""
    declarations = [each for text in texts[:1] if (each := _declaration_at(text, name, start)) is not None]
    declarations += [each for text in texts[1:] for each in _declarations_of(text, name)]
    for declaration in declarations:
        function = _function_declarator(declaration)
        if function is None and (type_name := _type_name(declaration)) is not None:
            aliases = (each for text in texts for each in _declarations_of(text, type_name, ("type_definition",)))
            declaration = next(aliases, declaration)
            function = _function_declarator(declaration)
        if function is not None:
            return _written(name, declaration, function, own_name)
    raise Undrivable(f"{name} points to a function whose type could not be read")


def _text(node: Node) -> str:
    return (node.text or b"").decode("utf-8", "surrogateescape")


def _declaration_at(text: bytes, name: str, start: int) -> Node | None:
    node = parse(text, "c").root_node.descendant_for_byte_range(start, start + len(name.encode()))
    if node is None or _text(node) != name:
        return None
    while node is not None and node.type not in _DECLARATIONS:
        node = node.parent
    return node


def _declarations_of(text: bytes, name: str, kinds: Sequence[str] = _DECLARATIONS) -> Iterator[Node]:
    if name.encode() not in text:
        return
    pending = [parse(text, "c").root_node]
    while pending:
        node = pending.pop()
        if node.type in kinds and any(_text(each) == name for each in _identifiers(node)):
            yield node
        pending += reversed(node.named_children)


def _identifiers(declaration: Node) -> Iterator[Node]:
    """The names that a declaration gives: the innermost of each declarator."""
    for node in declaration.children_by_field_name("declarator"):
        while (inner := _inner(node)) is not None:
            node = inner
        if node.type in ("identifier", "field_identifier", "type_identifier"):
            yield node


def _inner(node: Node) -> Node | None:
    if (inner := node.child_by_field_name("declarator")) is not None:
        return inner
    return next(iter(node.named_children), None) if node.type == "parenthesized_declarator" else None


def _function_declarator(declaration: Node) -> Node | None:
    node = declaration.child_by_field_name("declarator")
    while node is not None and not node.type.endswith("function_declarator"):
        node = _inner(node)
    return node


def _type_name(declaration: Node) -> str | None:
    type_ = declaration.child_by_field_name("type")
    return _text(type_) if type_ is not None and type_.type == "type_identifier" else None


def _written(name: str, declaration: Node, function: Node, own_name: str) -> str:
    source = (declaration.text or b"")[: function.start_byte - declaration.start_byte]
    result = _STORAGE.sub("", source.decode("utf-8", "surrogateescape")).strip()
    if "*" in result:
        raise Undrivable(f"{name} points to a function that returns a pointer")
    parameters, values, left = [], [], []
    listed = function.child_by_field_name("parameters")
    for number, each in enumerate(listed.named_children if listed is not None else []):
        if each.type == "comment" or _text(each) == "void":
            continue
        if each.type != "parameter_declaration":
            raise Undrivable(f"{name} points to a function with a variable number of arguments")
        own = f"pragmatist_{number}"
        parameters.append(_renamed(name, each, own))
        points = "*" in _text(each) or "[" in _text(each)
        values.append(f"pragmatist_{'pointed' if points else 'number'}({own})")
        left += [f"pragmatist_leave({own}, pragmatist_x);"] if points else []
    whole = int(bool(_INTEGERS.search(result)))
    lines = [
        f"static {result} {own_name}({', '.join(parameters) or 'void'}) {{",
        f"const double pragmatist_values[] = {{{', '.join([*values, '0'])}}};",
        f"const double pragmatist_x = pragmatist_mixed(pragmatist_values, {len(values)}, {whole});",
        *left,
        "(void)pragmatist_x;" if result.split()[-1:] == ["void"] else f"return ({result})pragmatist_x;",
        "}",
    ]
    return "\n".join(lines)


def _renamed(name: str, parameter: Node, own: str) -> str:
    """A parameter's declaration with a name of ours."""
    text, at = parameter.text or b"", parameter.start_byte
    for each in _identifiers(parameter):
        return (text[: each.start_byte - at] + own.encode() + text[each.end_byte - at :]).decode("utf-8", "replace")
    if b"(" in text or b"[" in text:
        raise Undrivable(f"{name} points to a function that takes a function or an array")
    return f"{_text(parameter)} {own}"
