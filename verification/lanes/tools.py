"""`LaneTools`: what it takes to run a program under the lane runtime, as a trial on this machine showed it."""

from __future__ import annotations

from pathlib import Path

import msgspec

from ..compilers import Compiler

RUNTIME = Path(__file__).parent / "runtime"

# Exit statuses of the runtime: see runtime/lanes.h.
RACE, DEADLOCK, UNSUPPORTED = 66, 70, 71

# -O0 for exact places. Each thread-local access is to ask for its address, which as.sh turns to the lane runtime.
COMPILE = (
    *("-O0", "-g", "-fno-omit-frame-pointer", "-fno-lto", "-w", "-fopenmp", "-foffload=disable", "-fsanitize=thread"),
    *("-fPIC", "-ftls-model=global-dynamic", "-mtls-dialect=gnu"),
)  # fmt: skip

# Functions that runtime/atomic.c puts itself before.
_WRAPPED = (
    *(
        f"__tsan_atomic{bits}_{operation}"
        for bits in (8, 16, 32, 64)
        for operation in (
            *("load", "store", "exchange", "compare_exchange_strong", "compare_exchange_weak"),
            *("fetch_add", "fetch_sub", "fetch_and", "fetch_or", "fetch_xor"),
        )
    ),
    *("__tsan_atomic_thread_fence", "sched_yield", "nanosleep", "usleep", "sleep", "time"),
)
LINK = ("-fsanitize=thread", *(f"-Wl,--wrap={name}" for name in _WRAPPED))

_OPTIONS = {
    "symbolize": 0,  # done once afterwards, outside
    "suppress_equal_addresses": 0,  # by a list that it searches from end to end
    "history_size": 7,
    "atexit_sleep_ms": 0,
    "log_path": "/dev/null",
    # What is not about races, and the program's own deaths, which are to look as they always do.
    **dict.fromkeys(
        (
            "report_thread_leaks",
            "report_destroy_locked",
            "report_mutex_bugs",
            "report_signal_unsafe",
            "detect_deadlocks",
        ),
        0,
    ),
    **dict.fromkeys(("handle_segv", "handle_sigbus", "handle_sigfpe", "handle_sigill", "handle_abort"), 0),
}


class LaneTools(msgspec.Struct, frozen=True):
    """`runtime` is the runtime as one object file, `assembler` the compiler's own. `start` goes before the program:
    ThreadSanitizer needs a memory layout that some kernels only give when asked. `symbolizer` turns addresses into
    places: llvm-symbolizer, which knows columns, or addr2line.
    """

    compiler: Compiler
    runtime: bytes
    assembler: str
    start: tuple[str, ...]
    symbolizer: str


def assembler_script(tools_assembler: str) -> bytes:
    """runtime/as.sh for one assembler, whose path must be plain enough to stand in it."""
    return (RUNTIME / "as.sh").read_bytes().replace(b"PRAGMATIST_AS", tools_assembler.encode())


def environment(seed: int, lanes: int) -> dict[str, str]:
    """What a program built for the lanes is to be run with. The same seed gives the same run."""
    return {
        "PRAGMATIST_SEED": str(seed),
        "PRAGMATIST_LANES": str(lanes),
        "TSAN_OPTIONS": ":".join(f"{name}={value}" for name, value in _OPTIONS.items()),
    }
