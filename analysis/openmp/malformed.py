"""What of a directive cannot be read: names that OpenMP does not have, and clauses that say nothing (OpenMP 5.2, 6.0).

A compiler may reject such a directive, leave it out, or know more than we do; whatever it does, nothing is to be said
of the code below as if the directive were not there, or as if it were a shorter one.
"""

from __future__ import annotations

import re

from .directive import Clause, Directive
from .names import directive_name


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_CLAUSES = _words(
    """absent acq_rel acquire adjust_args affinity align aligned allocate allocator append_args apply at
    atomic_default_mem_order bind capture collapse collector combiner compare contains copyin copyprivate counts default
    defaultmap depend destroy detach device device_safesync device_type dist_schedule doacross dynamic_allocators enter
    exclusive fail filter final firstprivate from full grainsize graph_id graph_reset groupprivate has_device_addr hint
    holds if in_reduction inbranch inclusive indirect induction inductor init init_complete initializer interop
    is_device_ptr lastprivate linear link local looprange map match memscope mergeable message no_openmp
    no_openmp_constructs no_openmp_routines no_parallelism nocontext nogroup nontemporal notinbranch novariants nowait
    num_tasks num_teams num_threads order ordered otherwise partial permutation priority private proc_bind read
    reduction relaxed release replayable reverse_offload safelen safesync schedule self_maps seq_cst severity shared
    simd simdlen sizes task_reduction thread_limit threads threadset to transparent unified_address
    unified_shared_memory uniform untied update use use_device_addr use_device_ptr uses_allocators weak when write"""
) | _words("parallel for sections taskgroup sink source ompx_attribute ompx_bare ompx_dyn_cgroup_mem")
_LISTS = _words(
    """private firstprivate lastprivate shared copyin copyprivate reduction in_reduction task_reduction linear aligned
    nontemporal"""
)
_REDUCTIONS = _words("reduction in_reduction task_reduction")
_WITH_ARGUMENTS = _LISTS | _words(
    "collapse schedule dist_schedule num_threads num_teams thread_limit default if final map depend device"
)
_KINDS = {
    "schedule": _words("static dynamic guided auto runtime"),
    "dist_schedule": _words("static"),
    "default": _words("shared none private firstprivate"),
    "proc_bind": _words("primary master close spread"),
    "bind": _words("teams parallel thread"),
}
_TWO_WORDS = re.compile(r"\w\s+\w")
_OPERATORS = _words("+ - * & | ^ && ||")
_IDENTIFIER = re.compile(r"(?:::)?[A-Za-z_]\w*(?:::[A-Za-z_]\w*)*")


def is_known(directive: Directive) -> bool:
    """Whether OpenMP has a directive of that name, and one whose clauses do not decide which directive it is."""
    return directive.name != "begin metadirective" and directive_name(directive.name.split())[1] > 0


def unread_parts(directive: Directive, text: bytes) -> list[tuple[str, int, int]]:
    """What cannot be read, in words, each with its place in the file that `text` is."""
    whole = (directive.start, directive.end)
    if not directive.name:
        return [("no directive follows `omp`", *whole)]
    if directive.name == "begin metadirective":
        return [("which construct this begins depends on its `when` clauses", *whole)]
    if not is_known(directive):
        return [(f"`{directive.name}` is no directive of OpenMP", *whole)]
    if directive.has("metadirective"):
        return []  # told where it is reached
    found = [(f"`{part}` cannot be read", *whole) for part in directive.unread]
    for clause in directive.clauses:
        spelled = " ".join(text[clause.start : clause.end].decode("utf-8", "replace").split())
        words = _problem(clause, spelled, directive)
        if words is not None:
            found.append((words, clause.start, clause.end))
    return found


def _problem(clause: Clause, spelled: str, directive: Directive) -> str | None:
    name = clause.name
    if name not in _CLAUSES:
        return f"`{name}` is no clause of OpenMP"
    if directive.name.startswith(("declare", "begin declare", "cancel", "ordered", "atomic", "flush")):
        return None
    bare = "(" not in spelled
    if (bare and name in _WITH_ARGUMENTS) or (not bare and not clause.items and clause.modifier is None):
        return f"`{spelled}` does not say what it is about"
    kinds = _KINDS.get(name)
    if kinds is not None and (not clause.items or clause.items[0] not in kinds):
        return f"`{spelled}` names no kind that OpenMP has"
    if name in _LISTS and (not clause.items or any(_TWO_WORDS.search(_outside(item)) for item in clause.items)):
        return f"the list in `{spelled}` cannot be read"
    if name in _REDUCTIONS and not _is_reduction(clause.modifier):
        return f"which reduction `{spelled}` is cannot be read"
    return None


def _outside(item: str) -> str:
    """The item without what stands in brackets."""
    return re.sub(r"[\[(].*[\])]", "", item)


def _is_reduction(modifier: str | None) -> bool:
    operator = (modifier or "").rpartition(",")[2].strip()
    return operator in _OPERATORS or _IDENTIFIER.fullmatch(operator) is not None
