"""Findings: one module a code, with its documentation. `FINDINGS` gathers them; nothing that judges a loop imports it.

Findings about plans, which `reasoning/` makes, stand here too: they are text, and one registry makes all the pages.
"""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType

from .finding import Example, Finding

__all__ = ["FINDINGS", "Example", "Finding"]


def _gathered() -> Mapping[str, Finding]:
    found: dict[str, Finding] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        if not module.startswith("prg"):
            continue
        finding: Finding = import_module(f"{__name__}.{module}").FINDING
        if finding.code in found or not module.startswith(f"{finding.code.lower()}_"):
            raise ValueError(f"{module} holds {finding.code}, which has a module already or asks for another name")
        found[finding.code] = finding
    return MappingProxyType(found)


FINDINGS: Mapping[str, Finding] = _gathered()
"""Every finding by its code, in the order of the codes."""
