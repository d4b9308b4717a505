"""The system calls that LibreOffice may not make: a filter in classic BPF, as bubblewrap loads it.

A list of what may be called would have to be made anew for each release of a program of this size.
So what is far from converting documents is refused: other processes, mounts, namespaces, modules,
keys, tracing, and any socket but one to a program beside it. The call fails, nothing else happens.
"""

import errno
import platform
import struct

from sanitizers.disarming.interface import CannotDisarmError

# <linux/filter.h>, <linux/seccomp.h>, as in the box's own filter.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16
_X32 = 0x40000000
_AF_UNIX = 1
# ptrace, process_vm_readv and writev, mount, umount2, pivot_root, chroot, unshare, setns, bpf,
# perf_event_open, keyctl, add_key, request_key, userfaultfd, three of modules, two of kexec, two of
# file handles, swapon, swapoff, reboot, syslog, acct, quotactl; then what is new and equal on both.
_X86_64 = (
    *(101, 310, 311, 165, 166, 155, 161, 272, 308, 321, 298, 250, 248, 249, 323, 175, 313, 176),
    *(246, 320, 303, 304, 167, 168, 169, 103, 163, 179, 154),
)
_AARCH64 = (
    *(117, 270, 271, 40, 39, 41, 51, 97, 268, 280, 241, 219, 217, 218, 282, 105, 273, 106),
    *(104, 294, 264, 265, 224, 225, 142, 116, 89, 60),
)
_NEW = (*range(425, 434), 438, 440, 442, 448)  # io_uring, mounts, pidfd_getfd, process_madvise
_MACHINES = {"x86_64": (0xC000003E, _X86_64, 41), "aarch64": (0xC00000B7, _AARCH64, 198)}


def refused_calls() -> bytes:
    """Return the filter for this machine.

    Raises:
        CannotDisarmError: the numbers of its system calls are not known here.
    """
    found = _MACHINES.get(platform.machine())
    if found is None:
        raise CannotDisarmError(f"no converter on {platform.machine()}")
    architecture, refused, socket = found
    code = [
        (_LOAD, 0, 0, _ARCHITECTURE),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _REFUSE),
    ]
    for number in (*refused, *_NEW):
        code += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _REFUSE)]
    code += [
        (_EQUAL, 0, 2, socket),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_EQUAL, 0, 1, _AF_UNIX),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)
