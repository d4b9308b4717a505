"""Landlock, where the kernel has it: no files, no TCP, no signals or sockets to the outside."""

import ctypes
import os
import struct

# The same numbers on every architecture (added after the tables were unified).
CREATE_RULESET, RESTRICT_SELF = 444, 446
VERSION_FLAG = 1
# Rights on files that each ABI knows: 13 bits first, then refer, truncate, ioctl on devices.
FILE_RIGHTS = {1: 0x1FFF, 2: 0x3FFF, 3: 0x7FFF, 5: 0xFFFF}
NETWORK_FROM_ABI, NETWORK_RIGHTS = 4, 0x3  # bind and connect
SCOPES_FROM_ABI, SCOPES = 6, 0x3  # abstract sockets and signals


def abi() -> int:
    """Return the kernel's Landlock ABI; 0 where there is none, or where it is turned off."""
    version: int = ctypes.CDLL(None).syscall(CREATE_RULESET, None, 0, VERSION_FLAG)
    return max(0, version)


def ruleset(version: int) -> bytes:
    """Return the attributes of a rule set that allows nothing of what this ABI can refuse."""
    files = FILE_RIGHTS[max(known for known in FILE_RIGHTS if known <= version)]
    fields = [files]
    if version >= NETWORK_FROM_ABI:
        fields.append(NETWORK_RIGHTS)
    if version >= SCOPES_FROM_ABI:
        fields.append(SCOPES)
    return struct.pack(f"<{len(fields)}Q", *fields)


def apply() -> int:
    """Restrict this thread and all that it starts; return the ABI in force, 0 when there is none.

    Threads that already run stay free of it; the system call filter holds those as well.
    """
    version = abi()
    if version < 1:
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    attributes = ruleset(version)
    descriptor = libc.syscall(CREATE_RULESET, attributes, len(attributes), 0)
    if descriptor < 0:
        return 0
    try:
        restricted = libc.syscall(RESTRICT_SELF, descriptor, 0) == 0
    finally:
        os.close(descriptor)
    return version if restricted else 0
