"""Locks this process: after it, code can compute on what it was given, and nothing else.

The order matters: (1) descriptors and limits, while files can still be opened; (2) no_new_privs,
which (3) another uid and (4) Landlock need; (5) the death signal, which a change of uid clears;
(6) the system call filter last, because it refuses all of the steps above.
"""

import ctypes
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from custody.errors import SandboxError
from sandbox import landlock, limits, seccomp

PR_SET_PDEATHSIG, PR_SET_DUMPABLE, PR_SET_NO_NEW_PRIVS = 1, 4, 38
NOBODY = 65534
CAP_KILL = 1 << 5  # <linux/capability.h>
NEXT_STEP = "`autoclave doctor` shows what this machine lacks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Confinement:
    """What one process is held to. `locked` is off only in the box that names itself unsafe."""

    variant: seccomp.Variant
    memory: int
    parent: int
    locked: bool = True


def follow_parent(parent: int) -> None:
    """Die when the parent dies, also when it died before this call."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def restore_signals() -> None:
    """Undo what is inherited through exec, whatever the caller's process did with its signals."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def confine(confinement: Confinement, kept: int, *, descriptors: int) -> None:
    """Apply what a later fork inherits: limits, Landlock, no_new_privs and another uid.

    Raises:
        SandboxError: a mandatory protection cannot be applied.
    """
    os.environ.clear()
    os.chdir("/")
    os.umask(0o077)
    limits.close_descriptors(kept, below=limits.highest_descriptor() + 1)
    try:
        limits.bound_memory(confinement.memory, descriptors=descriptors)
    except (OSError, ValueError) as error:
        raise SandboxError(f"resource limits are refused: {error}", next_step=NEXT_STEP) from error
    if confinement.locked:
        _shed_privileges()
    follow_parent(confinement.parent)


def _shed_privileges() -> None:
    forbid_new_privileges()
    drop_user()
    landlock.apply()
    ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def forbid_new_privileges() -> None:
    """Let no exec give this thread more rights, which the kernel asks for before it takes a filter.

    Raises:
        SandboxError: the kernel refuses.
    """
    if ctypes.CDLL(None).prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
        raise SandboxError("no_new_privs is refused", next_step=NEXT_STEP)


def drop_user() -> bool:
    """Become nobody where that is allowed, in all threads; say whether it was."""
    if os.geteuid() != 0 or not _owner_may_kill():
        return False
    with suppress(OSError):  # optional: root without these capabilities, or one uid in a namespace
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
    return os.geteuid() == NOBODY


def _owner_may_kill() -> bool:
    """Whether this root, which the owner is too, may kill another user's processes (CAP_KILL)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    capabilities = dict(line.split(":", 1) for line in lines)["CapEff"]
    return bool(int(capabilities, 16) & CAP_KILL)


def be_single_threaded() -> None:
    """Check that nothing started a thread: a fork would copy its locks, and a child hang on them.

    Raises:
        SandboxError: a factory started one.
    """
    if len(list(Path("/proc/self/task").iterdir())) > 1:
        raise SandboxError(
            "a program of the forked lane starts threads", next_step="make it a resident program"
        )


def seal(confinement: Confinement, *, cpu_seconds: int) -> None:
    """Apply what holds this process alone, the system call filter last.

    Raises:
        SandboxError: a mandatory protection cannot be applied.
    """
    forked = confinement.variant is seccomp.Variant.FORKED
    try:
        limits.bound_work(cpu_seconds, tasks=0 if forked else limits.MOST_RESIDENT_THREADS)
    except (OSError, ValueError) as error:
        raise SandboxError(f"resource limits are refused: {error}", next_step=NEXT_STEP) from error
    if confinement.locked:
        seccomp.apply(confinement.variant)


def rehearse(confinement: Confinement) -> None:
    """Lock a child that does nothing else, so that a machine's refusal shows before a sample does.

    Raises:
        SandboxError: the child could not be locked.
    """
    pid = os.fork()
    if pid == 0:
        try:
            seal(confinement, cpu_seconds=1)
        except SandboxError:
            os._exit(1)
        os._exit(0)
    if os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) != 0:
        raise SandboxError("a forked process cannot be locked", next_step=NEXT_STEP)
