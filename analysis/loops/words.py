"""Reasons and assumptions about memory accesses, in plain words, with both places."""

from __future__ import annotations

import re

import msgspec

from ..dependence.problem import Answer
from ..dependence.system import is_parameter
from ..execution.events import Access
from ..execution.values import Object
from ..facts import Assumption, DependenceKind, Reason, Related
from ..ir import tree as ir
from ..ir.walk import descendants, root_symbol
from ..symbolic.polynomial import Polynomial, Term
from .naming import term_text
from .places import access_name, access_place, access_text
from .reach import has_no_name_outside
from .view import LoopView

_CODES: dict[DependenceKind, str] = {"flow": "PRG101", "anti": "PRG102", "output": "PRG103"}
_ARITHMETIC = re.compile(r"[-+*%](?!>)")
_IDENTIFIER = re.compile(r"[A-Za-z_]\w*")


def _distance(view: LoopView, answer: Answer) -> str:
    """ "1 iteration of `i` earlier" """
    name = view.domain.name
    first = answer.distance[0] if answer.distance else None
    if first is None:
        return f"in an earlier iteration of `{name}`" if name != "iteration" else "in an earlier iteration"
    plural = "" if first == 1 else "s"
    of = f" of `{name}`" if name != "iteration" else ""
    return f"{first} iteration{plural}{of} earlier"


def dependence(view: LoopView, kind: DependenceKind, first: Access, second: Access, answer: Answer) -> Reason:
    """A dependence that exists, or exists whenever conditions that the text does not decide come together."""
    source, sink = access_text(view, first), access_text(view, second)
    when = _distance(view, answer)
    itself = first.path.endswith(".size()") and second.path.endswith(".size()")
    if itself and (kind == "output" or first.node is second.node):
        return _changes_container(view, kind, first, second)
    if kind == "flow":
        message = f"flow dependence: `{sink}` reads what `{source}` wrote {when}"
        related = f"`{source}` is written here, {when}"
    elif kind == "anti":
        message = f"anti dependence: `{sink}` overwrites what `{source}` still had to read {when}"
        related = f"`{source}` is read here, {when}"
    else:
        same = first.start == second.start
        message = (
            f"output dependence: `{sink}` writes the same element in several iterations; the last one counts"
            if same
            else f"output dependence: `{sink}` overwrites what `{source}` wrote {when}"
        )
        related = f"`{source}` is written here, {when}"
    if answer.verdict != "dependent":
        message = message.replace(" dependence: ", " dependence, when the conditions around both hold: ", 1)
    elif answer.condition:
        message += f", when {answer.condition}"
    return Reason(
        _CODES[kind],
        message,
        access_place(view, second),
        (Related(access_place(view, first), related),),
        culprit=sink,
    )


def container_changes(view: LoopView, access: Access) -> str:
    """What a member does to a container that inserts or removes elements."""
    may = "may insert an element, which" if isinstance(access.node, ir.Index) else "inserts or removes elements, which"
    text, name = access_text(view, access), access_name(access)
    return f"`{text}` {may} changes the container `{name}` itself, and that is one for all iterations"


def _changes_container(view: LoopView, kind: DependenceKind, first: Access, second: Access) -> Reason:
    other = first.node is not second.node
    related = (Related(access_place(view, first), "the container is changed here, too"),) if other else ()
    return Reason(
        _CODES[kind],
        container_changes(view, second),
        access_place(view, second),
        related,
        culprit=access_text(view, second),
        help="let each iteration write an element of its own that is there already, or collect results for each thread",
    )


def temporary_lives_on(view: LoopView, first: Access, second: Access, answer: Answer) -> Reason:
    """Each iteration reads only what it wrote, but what the last one wrote is there when the loop is over."""
    reason = dependence(view, "output", first, second, answer)
    name = second.object.name
    own = second.object.kind == "variable"
    memory = f"`{name}`" if own else "that memory"
    return msgspec.structs.replace(
        reason,
        message=f"{reason.message} (each iteration reads only what it wrote itself, but {memory} lives after the loop)",
        help=f"declare `{name}` inside the loop if it is not needed afterwards; "
        f"lastprivate({name}) would do where the last iteration writes all of it"
        if own
        else "use an array that is declared inside the loop if this is not needed afterwards",
    )


def keeping_old_values(object: Object) -> str:
    """What helps where all that is wrong is that values are overwritten which other iterations have yet to read."""
    return f"write to a second array instead of `{object.name}`, which then keeps what is read here"


def undecided(view: LoopView, first: Access, second: Access, answer: Answer) -> Reason:
    """A dependence that could not be excluded."""
    source, sink = access_text(view, first), access_text(view, second)
    at = access_place(view, second)
    related = (Related(access_place(view, first), f"`{source}` in another iteration"),) if first is not second else ()
    culprits = ", ".join(f"`{culprit}`" for culprit in answer.culprits[:3])
    subject = f"`{source}` and `{sink}`" if source != sink else f"`{sink}` of two iterations"
    if answer.cause == "complex":
        return Reason("PRG405", f"whether {subject} meet is too complex to decide", at, related, culprit=sink)
    if answer.cause == "extent":
        return Reason(
            "PRG401",
            f"`{sink}` leaves its dimension, and the array's extents are not known here",
            at,
            related,
            culprit=sink,
            help="keep each subscript within its own dimension, or declare the array with its extents",
        )
    if answer.cause == "shape":
        return Reason("PRG401", f"{subject} see the same memory with different shapes", at, related, culprit=sink)
    if answer.cause in ("guard", "condition") and not answer.culprits:
        return Reason(
            "PRG401",
            f"{subject} may touch the same element in different iterations, depending on conditions met at run time",
            at,
            related,
            culprit=sink,
        )
    because = f": {culprits} cannot be followed" if culprits else ""
    return Reason(
        "PRG401",
        f"cannot tell whether {subject} touch the same element in different iterations{because}",
        at,
        related,
        culprit=answer.culprits[0] if answer.culprits else sink,
        help="write the subscript as a sum of multiples of loop variables, or verify the loop with a test command",
    )


def distinct_indices(view: LoopView, access: Access, names: list[str]) -> Assumption:
    """Writes through an index array meet only if the index array has duplicates."""
    return Assumption(
        "PRG202",
        f"{_quoted(names)} {'has' if len(names) == 1 else 'have'} no duplicate values over the loop",
        access_place(view, access),
        help="verify the loop on real data, or use an atomic update where duplicates can occur",
    )


def increasing_indices(view: LoopView, access: Access, names: list[str]) -> Assumption:
    """Stretches from one element of an index array to the next meet only if it goes back."""
    return Assumption(
        "PRG206",
        f"the values of {_quoted(names)} never decrease over the loop",
        access_place(view, access),
        help="verify the loop on real data",
    )


def _quoted(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def guard_for(view: LoopView, first: Access, second: Access, answer: Answer) -> str | None:
    """The condition under which the accesses never meet, where it can stand in an `if` clause before the loop."""
    text = answer.independent_when
    if text is None:
        return None
    terms: dict[str, Term] = {}
    for access in (first, second):
        for polynomial in _polynomials(access):
            _note_terms(polynomial, terms)
    spoken = {name: term for name, term in terms.items() if name in text}
    if any(not is_parameter(term, view.depth) or term_text(view, term) != name for name, term in spoken.items()):
        return None
    known = {word for name in spoken for word in _IDENTIFIER.findall(name)}
    if not set(_IDENTIFIER.findall(text)) <= known:
        return None
    return _computed_signed(text, spoken)


def _computed_signed(text: str, terms: dict[str, Term]) -> str:
    """The condition as C computes it: unsigned variables would make sums wrap, and negative numbers large."""
    unsigned = [term for term in terms.values() if term.low is not None]
    if not unsigned or (len(unsigned) == len(terms) and not _ARITHMETIC.search(text)):
        return text
    names = "|".join(re.escape(name) for name in sorted(terms, key=len, reverse=True))
    return re.sub(rf"(?<![\w.>])({names})(?![\w.(\[]|->)", r"(long long)\1", text)


def _note_terms(polynomial: Polynomial, terms: dict[str, Term]) -> None:
    """Adds the polynomial's terms by name, and those that they are made of."""
    for term in polynomial.atoms:
        if term.name not in terms:
            terms[term.name] = term
            for operand in (*term.arguments, *(term.defined_by or ())[1:]):
                if isinstance(operand, Polynomial):
                    _note_terms(operand, terms)


def _polynomials(access: Access) -> list[Polynomial]:
    reference = access.reference
    found = [subscript for subscript in reference.subscripts if subscript is not None]
    found += [extent for extent in reference.extents if extent is not None]
    found += [guard.left for guard in reference.guards]
    found += [constraint.left for loop in reference.loops for constraint in loop.constraints]
    return found


def independent_when(view: LoopView, first: Access, second: Access, answer: Answer, guard: str) -> Assumption:
    source, sink = access_text(view, first), access_text(view, second)
    meeting = f"`{source}` and `{sink}` never meet" if source != sink else f"`{sink}` never meets itself"
    return Assumption(
        "PRG204",
        f"{guard}, so that {meeting} in different iterations",
        access_place(view, second),
        guard=guard,
    )


def bounded_data(view: LoopView, first: Access, second: Access, answer: Answer) -> Assumption | None:
    """The accesses meet only if data that bound loops inside exceed something."""
    if answer.cause != "data" or answer.independent_when is None or len(answer.culprits) != 1:
        return None
    source, sink = access_text(view, first), access_text(view, second)
    where = f"at `{sink}`" if source == sink else f"at `{source}` and `{sink}`"
    return Assumption(
        "PRG205",
        f"{answer.independent_when} in every iteration, so that no two of them meet {where}",
        access_place(view, second),
        help="verify the loop on real data, or bound the inner loop by the smaller of the two",
    )


def no_overlap(
    view: LoopView, left: Access, right: Access, guard: str | None, discharged_by: str | None = None
) -> Assumption:
    a, b = sorted((left.object.name, right.object.name))
    return Assumption(
        "PRG201",
        f"{a} and {b} do not overlap",
        access_place(view, left if left.is_write else right),
        guard=guard,
        discharged_by=discharged_by,
        help=None if guard or discharged_by else "declare the pointers `restrict` if they never overlap",
    )


def rows_distinct(view: LoopView, access: Access, object: Object) -> Assumption:
    name = object.parent.object.name if object.parent is not None else object.name
    return Assumption(
        "PRG203",
        f"the pointers in {name} lead to rows that do not overlap",
        access_place(view, access),
        help="allocate the rows in one block and subscript it directly, or verify the loop with a test command",
    )


def needs_atomic(view: LoopView, access: Access, operator: str) -> Reason:
    name = access_name(access)
    text = access_text(view, access)
    return Reason(
        "PRG107",
        f"several iterations may update the same element of `{name}`, and its extent is not known for a reduction",
        access_place(view, access),
        culprit=text,
        help=f"make the update atomic (`#pragma omp atomic`), or accumulate into an array of known size ({operator})",
    )


def needs_local_pointer(view: LoopView, access: Access, name: str) -> Reason:
    text = access_text(view, access)
    return Reason(
        "PRG107",
        f"several iterations may update `{text}`, and not every compiler reduces a section of a global variable",
        access_place(view, access),
        culprit=text,
        help=f"use a local copy of the pointer `{name}` in the loop, or make the update atomic (`#pragma omp atomic`)",
    )


def needs_local(view: LoopView, access: Access) -> Reason:
    text = access_text(view, access)
    return Reason(
        "PRG107",
        f"every iteration updates `{text}`, and a reduction clause takes no member of a structure",
        access_place(view, access),
        culprit=text,
        help="accumulate in a local variable, and store it after the loop",
    )


def clause_does_not_reach(view: LoopView, access: Access, name: str) -> Reason:
    symbol = access.object.symbol
    if symbol is not None and has_no_name_outside(view.record.statement, symbol):
        return Reason(
            "PRG108",
            f"all iterations share the variable `{name}`, and no clause can name what is declared in the loop",
            access_place(view, access),
            culprit=name,
            help=f"declare `{name}` before the loop",
        )
    if access.via is None and isinstance(access.node, ir.Expr) and root_symbol(access.node) is symbol:
        return Reason(
            "PRG108",
            f"the address of `{name}` is held against a pointer in the loop, and a copy of `{name}` lies elsewhere",
            access_place(view, access),
            culprit=name,
            help=f"compare subscripts of `{name}` instead of pointers",
        )
    if access.via is None:
        return Reason(
            "PRG108",
            f"`{access_text(view, access)}` reaches `{name}` under another name, which no clause on this loop changes",
            access_place(view, access),
            culprit=name,
            help=f"use `{name}` by its own name in the loop, or set the pointer inside the loop",
        )
    called = access.via.name or "a called function"
    return Reason(
        "PRG108",
        f"`{called}` {'writes' if access.is_write else 'reads'} the shared variable `{name}`: "
        "a clause on this loop would not reach into the function",
        access_place(view, access),
        culprit=name,
        help=f"pass `{name}` to `{called}` as a parameter, or return the value and combine it in the loop",
    )


def moving_pointer(view: LoopView, access: Access) -> Reason:
    name = access.object.name
    range = _range_of(view, access)
    if range is not None:
        text = view.text.excerpt(range.range.start, range.range.end, 60)
        return Reason(
            "PRG403",
            f"`{access_text(view, access)}` is an element of `{text}`, and where its elements lie is not known",
            access_place(view, access),
            culprit=text,
            help="loop over the subscripts of an array or a vector, if need be one of pointers to the elements",
        )
    return Reason(
        "PRG403",
        f"`{access_text(view, access)}` is reached through `{name}`, which may point elsewhere in each iteration",
        access_place(view, access),
        culprit=name,
        help="subscript one array with the loop variable instead of moving the pointer",
    )


def _range_of(view: LoopView, access: Access) -> ir.RangeFor | None:
    """The range-for loop, this one or one inside, whose variable names the memory that is accessed."""
    node = access.node
    while isinstance(node, ir.Member) and not node.arrow:
        node = node.base
    if not isinstance(node, ir.Name) or access.via is not None:
        return None
    loops = (each for each in descendants(view.record.statement) if isinstance(each, ir.RangeFor))
    return next((each for each in loops if each.by_reference and node.symbol in each.symbols), None)


def unknown_pointer(view: LoopView, access: Access, other: Access) -> Reason:
    return Reason(
        "PRG403",
        f"`{access_text(view, access)}` may be the same memory as `{access_text(view, other)}`: "
        "where the pointer leads is not known",
        access_place(view, access),
        (Related(access_place(view, other), "the other access"),),
        culprit=access.object.name,
    )


def too_complex(view: LoopView, access: Access, count: int) -> Reason:
    return Reason(
        "PRG405",
        f"the loop has too many accesses ({count} of `{access.object.name}` alone) to hold them all against each other",
        access_place(view, access),
        culprit=access.object.name,
        help="split the loop's body into several loops or functions",
    )
