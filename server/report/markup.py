"""HTML and SVG as trees. Text becomes markup in one place, the serializer, which escapes it: a report shows other
people's source, and no part of it can put markup together from strings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

Element = ElementTree.Element
Child = Element | str | None
Attribute = str | float | bool | None

# Characters that change the order in which text is shown, so that code reads otherwise than compilers read it
# (https://trojansource.codes), or that show nothing at all.
_DECEPTIVE = {*range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x2070), 0xFEFF}


def node(tag: str, *children: Child | Iterable[Child], **attributes: Attribute) -> Element:
    """An element. In attribute names `_` stands for `-` and a last one is dropped (`class_`, `aria_label`); True gives
    an attribute without a value, None and False give none; numbers are written with two digits at most."""
    element = Element(tag)
    for name, value in attributes.items():
        if value is None or value is False:
            continue
        written = "" if value is True else value if isinstance(value, str) else number(value)
        element.set(name.rstrip("_").replace("_", "-"), visible(written))
    append(element, *children)
    return element


def append(element: Element, *children: Child | Iterable[Child]) -> None:
    """Adds to an element's contents: elements, and text between them."""
    for child in _flat(children):
        if isinstance(child, Element):
            element.append(child)
        elif len(element):
            element[-1].tail = (element[-1].tail or "") + visible(child)
        else:
            element.text = (element.text or "") + visible(child)


def _flat(children: Iterable[Child | Iterable[Child]]) -> Iterator[Element | str]:
    for child in children:
        if isinstance(child, Element | str):
            yield child
        elif child is not None:
            yield from _flat(child)


def prose(text: str) -> list[Child]:
    """Words of ours, in which what stands between backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return [text]
    return [node("code", part) if place % 2 else part for place, part in enumerate(parts) if part]


def visible(text: str) -> str:
    """The text with every character that browsers drop, obey or hide shown as what it is: `U+202E`."""
    if text.isprintable():
        return text
    return "".join(character if _is_plain(character) else f"U+{ord(character):04X}" for character in text)


def _is_plain(character: str) -> bool:
    code = ord(character)
    if code < 0x20 or 0x7F <= code < 0xA0:
        return character in "\n\t"
    return code not in _DECEPTIVE and (character.isprintable() or character.isspace())


def number(value: float) -> str:
    """As short as it can be: "3", "0.25"."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def html(document: Element) -> str:
    """The document as text, with its doctype."""
    return "<!DOCTYPE html>\n" + ElementTree.tostring(document, encoding="unicode", method="html") + "\n"
