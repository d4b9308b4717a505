"""What some machines lack: rights, room, a kernel that locks; each made for real, and undone."""

import ctypes
import os
import platform
import struct
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.corpus.commands import Ended

ROOT = Path(__file__).parents[2]
ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount and make devices")
LOAD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001
PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 24, 1, 2
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, FILTER = 38, 22, 2
NUMBERS = {"x86_64": (317, 157), "aarch64": (277, 167)}


def without_seccomp() -> None:
    """Refuse this process, and every one that it starts, to install a system call filter.

    For `preexec_fn`: the filter that says so is the last one that this process gets.
    """
    seccomp, prctl = NUMBERS[platform.machine()]
    program = [
        (LOAD, 0, 0, 0),
        (JUMP_EQUAL, 4, 0, seccomp),
        (JUMP_EQUAL, 0, 2, prctl),
        (LOAD, 0, 0, 16),
        (JUMP_EQUAL, 1, 0, PR_SET_SECCOMP),
        (RETURN, 0, 0, ALLOW),
        (RETURN, 0, 0, REFUSE),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *each) for each in program))
    head = ctypes.create_string_buffer(
        struct.pack("H6xQ", len(program), ctypes.addressof(code)), 16
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(PR_SET_SECCOMP, FILTER, head):
        raise OSError(ctypes.get_errno(), "the filter was not taken")


def without_override() -> None:
    """Make root obey the rights of files like everybody else, for `preexec_fn`."""
    libc = ctypes.CDLL(None, use_errno=True)
    if os.geteuid() == 0:
        for right in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
            if libc.prctl(PR_CAPBSET_DROP, right, 0, 0, 0):
                raise OSError(ctypes.get_errno(), "the right was not given up")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system in memory of a certain size."""
    mount(folder, size)
    try:
        yield folder
    finally:
        unmount(folder)


def mount(folder: Path, size: str = "4m") -> None:
    """Mount an empty file system in memory."""
    folder.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True)


def enlarge(folder: Path, size: str) -> None:
    """Give a mounted file system in memory more room."""
    subprocess.run(["mount", "-o", f"remount,size={size}", folder], check=True)


def unmount(folder: Path) -> None:
    """Take a file system away."""
    subprocess.run(["umount", folder], check=True)


def outside(home: Path, *words: str | Path, preexec: Callable[[], None] | None = None) -> Ended:
    """Run a command in a process of its own, after something was done to that process."""
    command = [sys.executable, "-m", "cli.main", "--home", str(home), *map(str, words)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, preexec_fn=preexec, check=False
    )
    return Ended(code=done.returncode, out=done.stdout, err=done.stderr)
