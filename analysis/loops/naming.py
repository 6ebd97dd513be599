"""Symbolic values as C expressions that mean the same just before the loop, where they may stand in an `if` clause."""

from __future__ import annotations

from typing import Literal, NamedTuple, cast

from ..execution.values import Location, Object
from ..ir.tree import Name, Symbol
from ..ir.walk import descendants
from ..symbolic.polynomial import ZERO, Polynomial, Term, of_term
from ..symbolic.substitution import multiple, split, substitute
from .view import LoopView

_LONGEST = 200  # characters of a value's text in a condition


def symbol_of(view: LoopView, term: Term) -> Symbol | None:
    """A variable that holds the term when the loop begins, which may not be visible there."""
    names = _names(view)
    holding = names.holding.get(term)
    if holding:
        return holding[0]
    return names.read.get(term.name) if term.kind == "invariant" else None


Wide = Literal["", "long long", "unsigned long long", "double"]
SUFFIXES: dict[Wide, str] = {"": "", "long long": "LL", "unsigned long long": "ULL", "double": ".0"}


def term_text(view: LoopView, term: Term) -> str | None:
    """The term's value just before the loop as C text; None where the text has no name for it there."""
    names = _names(view)
    for symbol in names.holding.get(term, ()):
        if is_visible(view, symbol):
            return symbol.name
    if term.kind == "invariant":
        named = names.read.get(term.name)
        if named is not None and named not in view.record.entry and named not in view.record.assigned_in_body:
            return term.name if is_visible(view, named) else None
        return None
    if term.kind == "load":
        return _load_text(view, term)
    return _derived_text(view, term) if term.defined_by is not None else None


def _load_text(view: LoopView, term: Term) -> str | None:
    """The text of a read of the same value in the loop, if it reads the same before it: not what a called function or
    the loop's own variables name."""
    for access in view.accesses:
        if access.is_write or access.via is not None or (access.object, access.path) != term.array:
            continue
        node = access.node
        if node is None or access.reference.subscripts != term.arguments[:-1]:
            continue
        symbols = [each.symbol for each in descendants(node) if isinstance(each, Name)]
        if all(is_visible(view, each) and each not in view.record.assigned_in_body for each in symbols):
            text = view.text.excerpt(access.start, access.end, _LONGEST)
            return text if len(text) < _LONGEST else None
    return None


def _derived_text(view: LoopView, term: Term) -> str | None:
    """A quotient, a remainder, the smaller or the greater of two values."""
    assert term.defined_by is not None
    kind, *operands = term.defined_by
    texts = [polynomial_text(view, operand) for operand in operands if isinstance(operand, Polynomial)]
    if None in texts:
        return None
    first, second, *_ = [text for text in texts if text is not None]
    if kind in ("div", "mod"):
        return f"({_factor(first)} {'/' if kind == 'div' else '%'} {_factor(second)})"
    if kind in ("min", "max"):
        return f"({first} {'<' if kind == 'min' else '>'} {second} ? {first} : {second})"
    return None


def _by_variables(view: LoopView, polynomial: Polynomial) -> tuple[Polynomial, dict[Term, str]]:
    """The polynomial with outer loops' counters in terms of their induction variables, and the variables' names.

    A counter begins at 0: step * counter is `i - lower` where the variable begins at `lower` and grows by `step`.
    `lower` may hold counters of loops further out, so the innermost loop comes first.
    """
    names: dict[Term, str] = {}
    around = view.record.parent
    while around is not None:
        counter, header = around.domain.counter, around.header
        occurs = any(counter in monomial for monomial in polynomial.terms)
        if occurs and header is not None and is_visible(view, header.symbol):
            lower, step = header.lower, header.step
            present = view.record.entry.get(header.symbol)  # of an integer, and not changed since the loop's own step
            if lower is not None and step is not None and present == lower + step * of_term(counter):
                variable = Term(header.symbol.name, "opaque", counter.depth)
                passed = of_term(variable) - lower
                rest, factor = split(polynomial, counter)
                times = None if factor is None else multiple(factor, step)
                if step.constant in (1, -1):
                    polynomial = substitute(polynomial, counter, passed if step.constant == 1 else -passed)
                    names[variable] = variable.name
                elif times is not None:
                    polynomial = rest + passed.scaled(times)
                    names[variable] = variable.name
        around = around.parent
    return polynomial, names


class _Names(NamedTuple):
    """The variables that hold a term when the loop begins, in the order of their declarations, and the first variable
    of each name that it accesses."""

    holding: dict[Term, list[Symbol]]
    read: dict[str, Symbol]


def _names(view: LoopView) -> _Names:
    if view.names is None:
        holding: dict[Term, list[Symbol]] = {}
        for key, known in view.record.entry.items():
            if isinstance(key, Symbol) and isinstance(known, Polynomial) and len(known.terms) == 1 and not known.bits:
                ((monomial, factor),) = known.terms.items()
                if factor == 1 and len(monomial) == 1:
                    holding.setdefault(monomial[0], []).append(key)
        for symbols in holding.values():
            symbols.sort(key=lambda symbol: (symbol.start, symbol.name))  # the text's order, not the execution's
        read: dict[str, Symbol] = {}
        for access in view.accesses:
            symbol = access.object.symbol
            if symbol is not None:
                read.setdefault(symbol.name, symbol)
        view.names = _Names(holding, read)
    return cast(_Names, view.names)


def is_visible(view: LoopView, symbol: Symbol) -> bool:
    """Whether the name means this variable where the loop stands: it is declared before, in a block around it."""
    function, begin = view.index.trace.function, view.record.statement.start
    if symbol.storage in ("global", "static", "extern"):
        return all(other is symbol or other.storage == "parameter" for other in view.index.declared(symbol.name))
    if symbol.function != function.name or symbol.start > begin:
        return False
    return all(other is symbol or other.start >= begin for other in view.index.declared(symbol.name))


def polynomial_text(view: LoopView, polynomial: Polynomial, *, wide: Wide = "") -> str | None:
    """C text of a polynomial over values that have names before the loop.

    `wide`: products are computed in that type. What the program itself computes need not be these products: the
    offset of `a[i][j]` is never an int, and the bound `n * n` would overflow one long before memory ends.
    """
    polynomial, names = _by_variables(view, polynomial)
    pieces: list[str] = []
    ordered = sorted(
        polynomial.terms.items(), key=lambda item: (item[1] < 0, not item[0], sorted(term.name for term in item[0]))
    )
    for monomial, coefficient in ordered:
        factors = [names.get(term) or term_text(view, term) for term in monomial]
        if any(factor is None for factor in factors):
            return None
        words = sorted(_factor(factor) for factor in factors if factor is not None)  # terms have no order
        magnitude = abs(coefficient)
        if magnitude != 1 or not words:
            words.insert(0, f"{magnitude}{SUFFIXES[wide]}" if words else str(magnitude))
        elif wide and len(words) > 1:
            words[0] = f"({wide}){words[0]}"
        product = " * ".join(words)
        if pieces:
            pieces.append(f"- {product}" if coefficient < 0 else f"+ {product}")
        else:
            pieces.append(f"-{product}" if coefficient < 0 else product)
    return " ".join(pieces) or "0"


def _factor(text: str) -> str:
    simple = all(character.isalnum() or character in "_->.[]()" for character in text)
    return text if simple or _enclosed(text) else f"({text})"


def _enclosed(text: str) -> bool:
    """Whether the first parenthesis is closed by the last character."""
    depth = 0
    for position, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth:
            return position == len(text) - 1
    return False


_WITHOUT_DATA = ("std::valarray", "std::deque")  # no member function `data`
_VIEWS = ("std::span", "std::string_view")


def base_text(view: LoopView, object: Object) -> str | None:
    """A C expression for the object's first element, valid just before the loop; None where there is none."""
    symbol = object.symbol
    entry = view.record.entry
    if object.kind == "variable" and symbol is not None and symbol.type.kind == "array":
        if not is_visible(view, symbol):
            return None
        # A multi-dimensional array's first element, so that offsets count elements.
        depth, type = 0, symbol.type
        while type.kind == "array" and type.inner is not None:
            depth, type = depth + 1, type.inner
        return symbol.name if depth == 1 else f"&{symbol.name}{'[0]' * depth}"
    if object.kind == "pointee" and symbol is not None and symbol.type.kind == "pointer":
        known = entry.get(symbol)
        if known is None and symbol not in view.record.assigned_in_body:
            return _first_element(symbol) if is_visible(view, symbol) else None
        if isinstance(known, Location) and known.object is object and known.subscripts == (ZERO,) and not known.path:
            return _first_element(symbol) if is_visible(view, symbol) else None
    for key, known in entry.items():
        if (
            isinstance(key, Symbol)
            and isinstance(known, Location)
            and known.object is object
            and known.subscripts == (ZERO,)
            and not known.path
            and key.type.kind == "pointer"
            and is_visible(view, key)
        ):
            return _first_element(key)
    if object.kind in ("rows", "pointee") and object.parent is not None and object.parent.type.name in _VIEWS:
        return _member_text(view, object.parent, ".data()")
    if object.kind in ("rows", "pointee") and object.parent is not None:
        text = _member_pointer_text(view, object.parent)
        return f"&{text}" if text is not None and object.parent.type.kind == "reference" else text
    if object.kind == "container" and object.parent is not None and object.parent.type.name not in _WITHOUT_DATA:
        return _member_text(
            view, object.parent, ".get()" if object.parent.type.name == "std::unique_ptr" else ".data()"
        )
    return None


def _member_text(view: LoopView, stored: Location, call: str) -> str | None:
    """What a variable or a member of one, a container or a view, gives its first element by."""
    owner = stored.object.symbol
    if stored.path:
        text = _member_pointer_text(view, stored)
    elif owner is not None and not stored.subscripts and is_visible(view, owner):
        text = owner.name
    else:
        text = None
    return text + call if text is not None else None


def _member_pointer_text(view: LoopView, stored: Location) -> str | None:
    """`s->p` or `s.p`: a pointer kept in a structure that a plain variable names and that the loop leaves alone."""
    owner, path = stored.object, stored.path
    symbol = owner.symbol
    if symbol is None or symbol in view.record.assigned_in_body or path.count(".") != 1:
        return None
    refers = owner.kind == "pointee" and symbol.type.kind == "reference"
    if (owner.kind == "variable" or refers) and not stored.subscripts and path.startswith("."):
        return f"{symbol.name}{path}" if is_visible(view, symbol) else None
    if owner.kind == "pointee" and stored.subscripts == (ZERO,) and path.startswith("[]."):
        known = view.record.entry.get(symbol)
        points_there = known is None or (isinstance(known, Location) and known.object is owner)
        if symbol.name == "this":
            function = view.index.trace.function
            hidden = any(each.name == path[3:] for each in (*function.parameters, *function.locals))
            return f"this->{path[3:]}" if hidden else path[3:]
        return f"{symbol.name}->{path[3:]}" if points_there and is_visible(view, symbol) else None
    return None


def _first_element(symbol: Symbol) -> str:
    """A pointer to an array (`double (*a)[n]`) points to rows: go down to its first element."""
    depth, type = 0, symbol.type.inner
    while type is not None and type.kind == "array":
        depth, type = depth + 1, type.inner
    return symbol.name if depth == 0 else f"&{symbol.name}{'[0]' * (depth + 1)}"
