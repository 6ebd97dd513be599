"""The second choice of confinement, where bubblewrap is missing: Landlock and a system call filter, both unprivileged.

Landlock (Linux 6.12 and later, ABI 6) takes from a process and all that it starts the right to open anything but what
is named, to use TCP ports, and to reach processes outside by signals, ptrace or abstract sockets. The filter
(seccomp) refuses what Landlock does not govern: sockets, the metadata of files, System V objects, other processes'
limits, new namespaces, and the interfaces through which kernels are attacked. Root's capabilities are given up.
Unlike under bubblewrap the list of the machine's processes can be seen, the cores that others of the user's processes
run on can be changed (OpenMP's runtimes must be able to place their threads), and the scratch directory lies on disk,
where the watcher looks at its size.

This file is also a program, `python landlock.py READABLE SCRATCH COMMAND…` with READABLE a JSON list of paths: it
confines itself and becomes the command. It imports the standard library alone, because starting it must cost little.
See landlock(7) and seccomp(2).
"""

from __future__ import annotations

import ctypes
import json
import os
import platform
import struct
import sys
from collections.abc import Iterable

LEAST_ABI = 6

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_QUERY_VERSION = 1
_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS, _PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 38, 22, 2
_PR_CAPBSET_DROP, _PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 24, 47, 4
_CAPABILITY_VERSION, _MOST_CAPABILITIES = 0x20080522, 64
_CAPSET = {"x86_64": 126, "aarch64": 91}

# Rights over files, landlock(7).
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE, _MAKE_CHAR, _MAKE_DIR, _MAKE_REG = 1 << 4, 1 << 5, 1 << 6, 1 << 7, 1 << 8
_MAKE_SOCK, _MAKE_FIFO, _MAKE_BLOCK, _MAKE_SYM, _REFER = 1 << 9, 1 << 10, 1 << 11, 1 << 12, 1 << 13
_TRUNCATE, _IOCTL_DEV = 1 << 14, 1 << 15
_ALL_OF_FILES = (1 << 16) - 1
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_SCRATCH = (
    _READ
    | _WRITE_FILE
    | _TRUNCATE
    | _REMOVE_DIR
    | _REMOVE_FILE
    | _MAKE_DIR
    | _MAKE_REG
    | _MAKE_FIFO
    | _MAKE_SYM
    | _REFER
)
_OF_ONE_FILE = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV  # the rest means something for folders only
_ALL_OF_TCP = 0b11  # bind, connect
_ALL_SCOPES = 0b11  # abstract sockets, signals

_SYSTEM = (
    "/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store", "/proc",
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime",
    "/dev/urandom", "/dev/random",
)  # fmt: skip
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full")

# Refused with EPERM: (x86_64, aarch64), None where the architecture has no such call. ptrace and its like are not
# among them: Landlock keeps them to the domain's own processes, and LeakSanitizer stops its threads by ptrace.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "socket": (41, 198),
    "chmod": (90, None), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, None), "fchown": (93, 55), "lchown": (94, None), "fchownat": (260, 54),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16), "removexattrat": (466, 466),
    "utime": (132, None), "utimes": (235, None), "futimesat": (261, None), "utimensat": (280, 88),
    "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "mount_setattr": (442, 442), "quotactl": (179, 60), "quotactl_fd": (443, 443), "swapon": (167, 224),
    "reboot": (169, 142), "sethostname": (170, 161), "setdomainname": (171, 162), "acct": (163, 89),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "syslog": (103, 116),
    "add_key": (248, 217), "request_key": (249, 218), "keyctl": (250, 219),
    "bpf": (321, 280), "perf_event_open": (298, 241), "userfaultfd": (323, 282), "fanotify_init": (300, 262),
    "io_uring_setup": (425, 425), "io_uring_enter": (426, 426), "io_uring_register": (427, 427),
    "open_by_handle_at": (304, 265),
    "ioprio_set": (251, 30),
}  # fmt: skip
_CLONE3 = (435, 435)  # its flags are out of the filter's sight; without it the C library uses clone
# Only of the process itself: the argument that names a process must be 0. (x86_64, aarch64, the argument's number)
_OF_ITSELF = ((302, 261, 0), (141, 140, 1))  # prlimit64, setpriority
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # calls of the 32-bit ABI on x86_64
_EPERM, _ENOSYS = 1, 38
_RET_ALLOW, _RET_ERRNO = 0x7FFF0000, 0x00050000
_LOAD, _EQUAL, _GREATER_EQUAL, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF_LD|W|ABS, JMP|JEQ|K, JMP|JGE|K, RET|K


def problem() -> str | None:
    """Why Landlock cannot confine anything here; None where it can."""
    if sys.platform != "linux" or platform.machine() not in _AUDIT_ARCH:
        return f"Landlock is not used on {sys.platform} {platform.machine()}"
    abi = _libc().syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _QUERY_VERSION)
    if abi < LEAST_ABI:
        had = "none" if abi < 0 else f"version {abi}"
        return f"the kernel's Landlock is too old to confine signals (Linux 6.12 is needed; it has {had})"
    return None


def command_line(command: Iterable[str], *, readable: Iterable[str], scratch: str) -> list[str]:
    """The argument vector that confines itself to reading `readable` and writing `scratch`, and becomes `command`."""
    return [sys.executable, "-I", "-S", __file__, json.dumps(sorted(set(readable))), scratch, *command]


def confine(readable: Iterable[str], scratch: str) -> None:
    """Takes the rights away from this process, for good. Raises OSError where the kernel refuses."""
    libc = _libc()
    _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
    attributes = struct.pack("=QQQ", _ALL_OF_FILES, _ALL_OF_TCP, _ALL_SCOPES)
    ruleset = _checked(libc.syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0))
    for path in (*_SYSTEM, *readable):
        _allow(ruleset, path, _READ)
    for path in _DEVICES:
        _allow(ruleset, path, _READ_FILE | _WRITE_FILE | _TRUNCATE)
    _allow(ruleset, scratch, _SCRATCH)
    _checked(libc.syscall(_RESTRICT_SELF, ruleset, 0))
    os.close(ruleset)
    _drop_capabilities(libc)
    _filter_calls()


def _drop_capabilities(libc: ctypes.CDLL) -> None:
    """Root's: with CAP_PERFMON the kernel shows the environment of any process, past Landlock (Linux 6.16)."""
    for capability in range(_MOST_CAPABILITIES):
        libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)  # fails for who has none, and beyond the last
    libc.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0)
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _checked(libc.syscall(_CAPSET[platform.machine()], header, bytes(24)))


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no rule
    try:
        if not os.path.isdir(path):
            rights &= _OF_ONE_FILE
        rule = struct.pack("=Qi", rights, handle)
        _checked(_libc().syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, 0))
    finally:
        os.close(handle)


def _filter_calls() -> None:
    column = 0 if platform.machine() == "x86_64" else 1
    refused = [numbers[column] for numbers in _REFUSED.values()]
    program = [
        _step(_LOAD, 4),  # the architecture
        _step(_EQUAL, _AUDIT_ARCH[platform.machine()], 1, 0),
        _step(_RETURN, _RET_ERRNO | _EPERM),
        _step(_LOAD, 0),  # the call's number
    ]
    if column == 0:
        program += [_step(_GREATER_EQUAL, _X32, 0, 1), _step(_RETURN, _RET_ERRNO | _ENOSYS)]
    program += [_step(_EQUAL, _CLONE3[column], 0, 1), _step(_RETURN, _RET_ERRNO | _ENOSYS)]
    for number in refused:
        if number is not None:
            program += [_step(_EQUAL, number, 0, 1), _step(_RETURN, _RET_ERRNO | _EPERM)]
    for *numbers, argument in _OF_ITSELF:
        program += [
            _step(_EQUAL, numbers[column], 0, 4),
            _step(_LOAD, 16 + 8 * argument),  # its low half, which holds all of a pid
            _step(_EQUAL, 0, 0, 1),
            _step(_RETURN, _RET_ALLOW),
            _step(_RETURN, _RET_ERRNO | _EPERM),
        ]
    program.append(_step(_RETURN, _RET_ALLOW))
    code = ctypes.create_string_buffer(b"".join(program))
    header = struct.pack("=H6xQ", len(program), ctypes.addressof(code))
    _checked(_libc().prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, header, 0, 0))


def _step(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("=HBBI", code, when_true, when_false, value)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result


def _become(readable: str, scratch: str, command: list[str]) -> None:
    program = _found(command[0])  # before Python's own library goes out of sight, which looking it up would load
    try:
        confine(json.loads(readable), scratch)
        os.execv(program, command)
    except OSError as error:
        sys.exit(f"landlock: {error.strerror}")


def _found(name: str) -> str:
    if "/" in name:
        return name
    for folder in os.environ.get("PATH", "/usr/bin:/bin").split(":"):
        if os.access(os.path.join(folder, name), os.X_OK):
            return os.path.join(folder, name)
    return name


if __name__ == "__main__":
    _become(sys.argv[1], sys.argv[2], sys.argv[3:])
