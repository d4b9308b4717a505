"""The system call filter of locked code: an allow-list in classic BPF, loaded without a library."""

import ctypes
import errno
import os
import platform
import struct
from enum import Enum, unique

from custody.errors import SandboxError
from sandbox.syscalls import ARCHITECTURES, Architecture

# <linux/filter.h>, <linux/bpf_common.h>: load, jump if equal, jump if set, return.
LOAD, JUMP_EQUAL, JUMP_SET, RETURN = 0x20, 0x15, 0x45, 0x06
# <linux/seccomp.h>: actions, and where struct seccomp_data keeps its fields.
KILL_PROCESS, ALLOW, ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
REFUSE = ERRNO | errno.EPERM
NUMBER_OFFSET, ARCH_OFFSET, ARGUMENTS_OFFSET = 0, 4, 16
SET_MODE_FILTER, FLAG_TSYNC = 1, 1

PROT_EXEC = 0x4
MAP_SHARED, MAP_ANONYMOUS, MAP_GROWSDOWN = 0x01, 0x20, 0x0100
AT_EMPTY_PATH = 0x1000
F_GETFD, F_GETFL, F_DUPFD_CLOEXEC = 1, 3, 1030
# What glibc's and musl's pthread_create ask of clone: all shared, same thread group, no namespace.
THREAD_FLAGS = (0x3D0F00, 0x7D0F00)

Instruction = tuple[int, int, int, int]


@unique
class Variant(Enum):
    """How much locked code may do: resident code may start threads and make code (yara-x does)."""

    RESIDENT = "resident"
    FORKED = "forked"


def this_architecture() -> Architecture:
    """Return this machine's numbers.

    Raises:
        SandboxError: the machine has no table, so nothing can be locked on it.
    """
    machine = platform.machine()
    if machine in ARCHITECTURES:
        return ARCHITECTURES[machine]
    raise SandboxError(
        f"no system call table for {machine}", next_step="run Autoclave on x86_64 or aarch64 Linux"
    )


def build(architecture: Architecture, variant: Variant, pid: int) -> list[Instruction]:
    """Return the filter for a process; a call under another architecture's numbers kills it."""
    body = [
        *_allowed_when(architecture.newfstatat, _equals(3, AT_EMPTY_PATH)),
        *_allowed_when(architecture.fcntl, _equals(1, F_GETFD, F_GETFL, F_DUPFD_CLOEXEC)),
        *_allowed_when(architecture.tgkill, _equals(0, pid)),
        *_allowed_when(architecture.mmap, _mapping(variant)),
        *_allowed_when(architecture.mprotect, _protection(variant)),
        # glibc asks clone3 first and falls back to clone only when it "does not exist".
        *_allowed_when(architecture.clone3, [(RETURN, 0, 0, ERRNO | errno.ENOSYS)]),
    ]
    if variant is Variant.RESIDENT:
        body += _allowed_when(architecture.clone, _equals(0, *THREAD_FLAGS))
    for number in sorted(architecture.plain.values()):
        body += [(JUMP_EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return [
        (LOAD, 0, 0, ARCH_OFFSET),
        (JUMP_EQUAL, 1, 0, architecture.audit),
        (RETURN, 0, 0, KILL_PROCESS),
        (LOAD, 0, 0, NUMBER_OFFSET),
        *body,
        (RETURN, 0, 0, REFUSE),
    ]


def _allowed_when(number: int, checks: list[Instruction]) -> list[Instruction]:
    """Run the checks, which end in a return on every path, for one system call."""
    return [(JUMP_EQUAL, 0, len(checks), number), *checks]


def _load_argument(index: int) -> Instruction:
    # The low word: every flag and command that is checked here lies in it.
    return (LOAD, 0, 0, ARGUMENTS_OFFSET + 8 * index)


def _equals(index: int, *values: int) -> list[Instruction]:
    tests: list[Instruction] = [
        (JUMP_EQUAL, len(values) - place, 0, value) for place, value in enumerate(values)
    ]
    return [_load_argument(index), *tests, (RETURN, 0, 0, REFUSE), (RETURN, 0, 0, ALLOW)]


def _mapping(variant: Variant) -> list[Instruction]:
    """Refuse memory that RLIMIT_DATA does not count, and code from a descriptor.

    That memory is shared anonymous memory, and what grows down, which counts as a stack. A forked
    process may not make code at all.
    """
    executable: list[Instruction] = [
        _load_argument(2),
        (JUMP_SET, 0, 3, PROT_EXEC),
        _load_argument(3),
        (JUMP_SET, 1, 0, MAP_ANONYMOUS if variant is Variant.RESIDENT else 0),
        (RETURN, 0, 0, REFUSE),
    ]
    return [
        _load_argument(3),
        (JUMP_SET, 2, 0, MAP_GROWSDOWN),
        (JUMP_SET, 0, 2, MAP_SHARED),
        (JUMP_SET, 0, 1, MAP_ANONYMOUS),
        (RETURN, 0, 0, REFUSE),
        *executable,
        (RETURN, 0, 0, ALLOW),
    ]


def _protection(variant: Variant) -> list[Instruction]:
    if variant is Variant.RESIDENT:
        return [(RETURN, 0, 0, ALLOW)]
    return [
        _load_argument(2),
        (JUMP_SET, 0, 1, PROT_EXEC),
        (RETURN, 0, 0, REFUSE),
        (RETURN, 0, 0, ALLOW),
    ]


def apply(variant: Variant) -> None:
    """Lock every thread of this process. `no_new_privs` must be set.

    Raises:
        SandboxError: the kernel does not take the filter.
    """
    architecture = this_architecture()
    packed = b"".join(struct.pack("<HBBI", *i) for i in build(architecture, variant, os.getpid()))
    instructions = ctypes.create_string_buffer(packed, len(packed))
    program = struct.pack("<HxxxxxxQ", len(packed) // 8, ctypes.addressof(instructions))
    header = ctypes.create_string_buffer(program, len(program))
    libc = ctypes.CDLL(None, use_errno=True)
    # prctl would lock the calling thread only; TSYNC locks those that a factory started, too.
    if libc.syscall(architecture.seccomp, SET_MODE_FILTER, FLAG_TSYNC, header) != 0:
        raise SandboxError(
            f"the kernel refuses the system call filter: {os.strerror(ctypes.get_errno())}",
            next_step="allow seccomp for this process; `autoclave doctor` shows what is missing",
        )
