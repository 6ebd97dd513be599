"""Compile flags of a project: kept, left out, refused."""

from __future__ import annotations

import pytest
from pragmatist.verification.flags import Flags, UnsafeFlag, parse_flags


def test_flags_are_sorted_by_what_they_bear_on():
    """Paths become absolute; outputs, dependencies, sanitizers and OpenMP are the checks' own affair."""
    command = (
        "-c -o x.o -MD -MF x.d -std=c11 -DN=4 -D M -Iinclude -isystem ../sys -O3 -march=native -ffast-math -Wall "
        "-Werror -fopenmp -fsanitize=address -g3 -lm -L lib -pthread -Wl,-z,now -Wa,--noexecstack "
        "-Wp,-D_FORTIFY_SOURCE=2"
    )
    assert parse_flags(command.split(), "/p/q") == Flags(
        language=(
            *("-std=c11", "-DN=4", "-DM", "-I", "/p/q/include", "-isystem", "/p/sys", "-pthread"),
            "-Wp,-D_FORTIFY_SOURCE=2",
        ),
        warnings=("-Wall", "-Werror"),
        tuning=("-O3", "-march=native", "-ffast-math"),
        link=("-lm", "-L", "/p/q/lib"),
    )


@pytest.mark.parametrize(
    "flag",
    [
        *("-fplugin=evil.so", "-fpass-plugin=evil.so", "@file", "-B.", "-wrapper", "-specs=evil", "--specs=evil"),
        *("-Xclang", "-Xlinker", "-mllvm", "-load", "-fuse-ld=./evil", "--ld-path=evil", "-Wl,-plugin,evil.so"),
        *("-fmodule-mapper=|evil", "--config=evil", "-Wl,@evil", "-ivfsoverlay"),
    ],
)
def test_flags_that_run_code_are_refused(flag: str):
    """By name."""
    with pytest.raises(UnsafeFlag, match=r"the compile flag .* is refused"):
        parse_flags(["-O2", flag, "x"], "/p")
