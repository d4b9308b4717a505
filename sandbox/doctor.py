"""Tells which protections this machine gives, by trying each of them in a process of its own."""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass

from custody.errors import SandboxError
from sandbox import landlock, limits, lockdown, seccomp
from sandbox.seccomp import Variant

BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sandbox.doctor import report; report()"
)
PROBE_SECONDS = 30.0
BUBBLEWRAP_SECONDS = 10.0
CLONE_NEWUSER = 0x10000000


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """One protection: whether hostile bytes may be read without it, and whether it is on here."""

    name: str
    mandatory: bool
    on: bool
    detail: str


def probe() -> tuple[Protection, ...]:
    """Try every protection and return what came of it; bounded in time."""
    paths = json.dumps([os.path.abspath(path) for path in sys.path])  # noqa: PTH100  "" is here
    try:
        done = subprocess.run(  # noqa: S603  our own interpreter and code
            [sys.executable, "-I", "-c", BOOTSTRAP, paths],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={},
            timeout=PROBE_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        tried = tuple(_off(a, f"the probe failed: {type(error).__name__}") for a in ATTEMPTS)
    else:
        tried = tuple(Protection(**fields) for fields in json.loads(done.stdout))
    return (*tried, probe_bubblewrap())


def require() -> None:
    """Refuse to go on without a mandatory protection.

    Raises:
        SandboxError: one is missing.
    """
    missing = [found for found in probe() if found.mandatory and not found.on]
    if missing:
        names = ", ".join(f"{found.name} ({found.detail})" for found in missing)
        raise SandboxError(f"this machine lacks {names}", next_step=lockdown.NEXT_STEP)


def report() -> None:
    """Try each protection in a forked child of this process, and print the result as JSON."""
    lockdown.restore_signals()
    found = [
        {
            "name": attempt.name,
            "mandatory": attempt.mandatory,
            "on": on,
            "detail": detail,
        }
        for attempt in ATTEMPTS
        for on, detail in [_in_child(attempt.try_out)]
    ]
    sys.stdout.write(json.dumps(found))


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """How one protection is tried: `try_out` says what is in force, or raises."""

    name: str
    mandatory: bool
    try_out: Callable[[], str]


def _off(attempt: Attempt, detail: str) -> Protection:
    return Protection(name=attempt.name, mandatory=attempt.mandatory, on=False, detail=detail)


def _in_child(try_out: Callable[[], str]) -> tuple[bool, str]:
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        _tell(writing, try_out)
    os.close(writing)
    with os.fdopen(reading) as told:
        detail = told.read()
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return code == 0, detail or f"the child ended with {code}"


def _tell(writing: int, try_out: Callable[[], str]) -> None:
    try:
        os.write(writing, try_out().encode())
        os._exit(0)
    except (OSError, ValueError, SandboxError) as error:
        os.write(writing, str(error).encode())
    finally:
        os._exit(1)


def _try_seccomp() -> str:
    lockdown.forbid_new_privileges()
    seccomp.apply(Variant.FORKED)
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return "system calls outside the allow-list are refused"
    raise SandboxError("the filter was taken, and a file could still be opened")


def _try_no_new_privileges() -> str:
    lockdown.forbid_new_privileges()
    return "programs cannot gain rights"


def _try_limits() -> str:
    limits.bound_memory(256 * 1024**2, descriptors=limits.LOCKED_DESCRIPTORS)
    try:
        bytearray(1024**3)
    except MemoryError:
        return "memory, processor time, descriptors and file sizes are bounded"
    raise SandboxError("a memory limit was taken and does not hold")


def _try_landlock() -> str:
    lockdown.forbid_new_privileges()
    version = landlock.apply()
    if version == 0:
        raise SandboxError("the kernel has no Landlock, or it is turned off")
    return f"ABI {version}"


def _try_user() -> str:
    if lockdown.drop_user():
        return f"locked code runs as user {os.geteuid()}"
    raise SandboxError(f"locked code keeps user {os.geteuid()}: only root can give it another")


def _try_user_namespace() -> str:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return "can be made"


ATTEMPTS: tuple[Attempt, ...] = (
    Attempt(name="seccomp", mandatory=True, try_out=_try_seccomp),
    Attempt(name="no_new_privs", mandatory=True, try_out=_try_no_new_privileges),
    Attempt(name="rlimits", mandatory=True, try_out=_try_limits),
    Attempt(name="landlock", mandatory=False, try_out=_try_landlock),
    Attempt(name="another user", mandatory=False, try_out=_try_user),
    Attempt(name="user namespaces", mandatory=False, try_out=_try_user_namespace),
)


def probe_bubblewrap() -> Protection:
    """Try the tool that external programs (LibreOffice, 7-Zip) run in."""
    found = shutil.which("bwrap")
    on, detail = (False, "bwrap is not installed") if found is None else _run_bubblewrap(found)
    return Protection(name="bubblewrap", mandatory=False, on=on, detail=detail)


def _run_bubblewrap(command: str) -> tuple[bool, str]:
    arguments = [command, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "true"]
    try:
        done = subprocess.run(  # noqa: S603  a fixed command of this machine
            arguments,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=BUBBLEWRAP_SECONDS,
            check=False,
        )
    except (OSError, subprocess.SubprocessError) as error:
        return False, f"bwrap does not run: {type(error).__name__}"
    return done.returncode == 0, command if done.returncode == 0 else "bwrap is refused here"
