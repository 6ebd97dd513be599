"""The codes of findings as people write them to switch findings off: `PRG101`, or a family, `PRG1xx`."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterable
from functools import cache
from importlib.util import find_spec

from .nearest import did_you_mean


def family_of(code: str) -> str:
    """`PRG1xx` of `PRG101`."""
    return f"{code[:4]}xx"


def covers(selectors: Iterable[str], code: str) -> bool:
    """Whether one of the codes and families is this code or its family."""
    return any(selector in (code, family_of(code)) for selector in selectors)


def unknown_codes(selectors: Iterable[str]) -> list[tuple[str, str]]:
    """Those that are neither a code nor a family, each with `; did you mean …?` or nothing."""
    selectors = list(selectors)
    known = _known() if selectors else ()
    return [(each, _nearest(each.upper(), known)) for each in selectors if each not in known]


def _nearest(code: str, known: tuple[str, ...]) -> str:
    kindred = [each for each in known if each[:4] == code[:4]]
    return did_you_mean(code, kindred) or did_you_mean(code, known)


@cache
def _known() -> tuple[str, ...]:
    # By the names of their modules, as a finding's module is named for its code: to import them all takes 0.1 s.
    spec = find_spec("...analysis.findings", __package__)
    places = spec.submodule_search_locations if spec is not None else None
    codes = [each.name[:6].upper() for each in pkgutil.iter_modules(places) if each.name.startswith("prg")]
    return (*sorted(codes), *sorted({family_of(code) for code in codes}))
