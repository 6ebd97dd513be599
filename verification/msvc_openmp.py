"""What Microsoft's compiler does not take of a plan: its OpenMP is of 2002.

clang-cl reads cl's command lines, but its OpenMP is clang's, so where cl itself is not here nothing else would notice.
`/openmp` is OpenMP 2.0 (https://www.openmp.org/wp-content/uploads/cspec20.pdf); `/openmp:experimental` knows simd as
well, and `/openmp:llvm` besides takes unsigned indices and tasks
(https://learn.microsoft.com/cpp/build/reference/openmp-enable-openmp-2-0-support).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..analysis.ir import tree as ir
from ..analysis.ir import walk
from ..analysis.ir.types import Type
from ..analysis.openmp.directive import Clause, Directive
from .cl_flags import SWITCHES, Level
from .inserted import inserted_directives
from .request import PlannedEdit

_DIRECTIVES = {
    *("parallel", "for", "parallel for", "sections", "parallel sections", "section", "single", "master", "critical"),
    *("barrier", "atomic", "flush", "ordered", "threadprivate"),
}
_SIMD = {"simd", "for simd", "parallel for simd", "declare simd"}
_TASKS = {"task", "taskwait", "taskyield"}
_CLAUSES = {
    *("private", "firstprivate", "lastprivate", "shared", "default", "reduction", "copyin", "copyprivate"),
    *("if", "num_threads", "schedule", "ordered", "nowait"),
}
_SIMD_CLAUSES = {"collapse", "linear", "safelen", "simdlen", "aligned"}
_TASK_CLAUSES = {"untied", "mergeable", "final"}
_OPERATORS = {"+", "*", "-", "&", "|", "^", "&&", "||"}
_SCHEDULES = {"static", "dynamic", "guided", "runtime"}
_UNSIGNED = re.compile(r"(std::)?(size_t|u?int\w*_t)|unsigned\b.*")


def msvc_limits(original: bytes, edit: PlannedEdit, unit: ir.Unit, level: Level) -> list[str]:
    """What of the edit cl does not take with that level's switch, in words. `unit` is the original's."""
    found: list[str] = []
    directives = list(inserted_directives(original, [edit]))
    for directive in directives:
        found += _directive(directive, level)
    if any({"for", "simd"} & set(directive.name.split()) for directive in directives):
        found += _header(unit, edit, level)
    return list(dict.fromkeys(found))


def _directive(directive: Directive, level: Level) -> Iterator[str]:
    known = _DIRECTIVES | (_SIMD if level != "2.0" else set()) | (_TASKS if level == "llvm" else set())
    if directive.name not in known:
        help = f" ({SWITCHES['experimental']} does)" if directive.name in _SIMD else ""
        yield f"{SWITCHES[level]} knows no `{directive.name}`{help}"
        return
    clauses = _CLAUSES | (_SIMD_CLAUSES if directive.has("simd") else set())
    clauses |= _TASK_CLAUSES if directive.name == "task" else set()
    for clause in directive.clauses:
        if directive.name == "atomic":
            yield f"an atomic update is all it knows, no `atomic {clause.name}`"
        elif clause.name not in clauses:
            yield f"{SWITCHES[level]} knows no clause `{clause.name}`"
        else:
            yield from _clause(clause)


def _clause(clause: Clause) -> Iterator[str]:
    match clause.name:
        case "reduction":
            if clause.modifier not in _OPERATORS:
                yield f"a reduction by `{clause.modifier}` is none of OpenMP 2.0's ({' '.join(sorted(_OPERATORS))})"
            for item in clause.items:
                if "[" in item:
                    yield f"a reduction of an array ({item}) is not in OpenMP 2.0"
        case "schedule":
            if clause.items and clause.items[0] not in _SCHEDULES:
                yield f"a schedule `{clause.items[0]}` is not in OpenMP 2.0"
            if clause.modifier is not None:
                yield f"a schedule has no modifiers in OpenMP 2.0 (`{clause.modifier}`)"
        case "default":
            if clause.items and clause.items[0] not in ("shared", "none"):
                yield f"`default({clause.items[0]})` is not in OpenMP 2.0"
        case "ordered":
            if clause.items:
                yield "`ordered` takes no number in OpenMP 2.0"
        case "if" | "lastprivate":
            if clause.modifier is not None:
                yield f"`{clause.name}` has no modifiers in OpenMP 2.0 (`{clause.modifier}`)"


def _header(unit: ir.Unit, edit: PlannedEdit, level: Level) -> Iterator[str]:
    loop = _loop_at(unit, edit)
    if isinstance(loop, ir.RangeFor):
        yield "a range-based for cannot be shared out"
    if not isinstance(loop, ir.For):
        return
    symbol = _index(loop)
    if symbol is not None:
        type_ = symbol.type
        if type_.kind in ("pointer", "record"):
            yield f"the index `{symbol.name}` must be an integer, and is {_spelled(type_)}"
        elif level != "llvm" and (type_.unsigned or (type_.kind != "int" and _UNSIGNED.fullmatch(type_.name))):
            yield (
                f"the index `{symbol.name}` must be a signed integer, and is {_spelled(type_)} "
                f"({SWITCHES['llvm']} takes unsigned ones)"
            )
    if isinstance(loop.condition, ir.Binary) and loop.condition.op == "!=":
        yield "the loop must end by <, <=, > or >=, not by !="


def _loop_at(unit: ir.Unit, edit: PlannedEdit) -> ir.For | ir.RangeFor | None:
    for function in unit.functions:
        if function.body is not None and function.start <= edit.statement.start < function.end:
            for node in walk.descendants(function.body):
                if isinstance(node, ir.For | ir.RangeFor) and node.start == edit.statement.start:
                    return node
    return None


def _index(loop: ir.For) -> ir.Symbol | None:
    if isinstance(loop.init, ir.Decl):
        return loop.init.symbol
    if isinstance(loop.init, ir.Block) and loop.init.items and isinstance(loop.init.items[0], ir.Decl):
        return loop.init.items[0].symbol
    if isinstance(loop.init, ir.ExprStmt) and isinstance(loop.init.expr, ir.Assign):
        target = loop.init.expr.target
        return target.symbol if isinstance(target, ir.Name) else None
    return None


def _spelled(type_: Type) -> str:
    return {"pointer": "a pointer"}.get(type_.kind) or f"`{type_.name or type_.kind}`"
