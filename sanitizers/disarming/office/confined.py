"""Runs LibreOffice over one document in bubblewrap: nothing of the machine, no network, no disk.

A program of a million lines is taken for taken over. It sees the system's programs, read-only, and
a file system in memory that ends with it; the document goes in over one descriptor and comes out
over another. Memory, time and output are bounded. When the caller dies, so does everything inside.
"""

import os
import select
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.office.refused_calls import refused_calls

MEBI = 1 << 20
SECONDS = 120
CPU_SECONDS = 110
ADDRESS_KIBI = 4 << 20
SCRATCH = 1024 * MEBI
MOST_OUTPUT = 256 * MEBI
_PIECE = 1 << 20
_PROGRAMS = ("soffice", "bwrap")
# What reads drawings and publications is a package of its own.
_DRAWINGS = "libwpftdrawlo.so"
# Settings of the profile: no macro runs, nothing is loaded from elsewhere, no link is followed.
_ITEM = (
    '<item oor:path="/org.openoffice.Office.{}"><prop oor:name="{}" oor:op="fuse">'
    "<value>{}</value></prop></item>"
)
_SETTINGS = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    + _ITEM.format("Common/Security/Scripting", "MacroSecurityLevel", 3)
    + _ITEM.format("Common/Security/Scripting", "DisableMacrosExecution", "true")
    + _ITEM.format("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true")
    + _ITEM.format("Writer/Content/Update", "Link", 0)
    + _ITEM.format("Calc/Content/Update", "Link", 2)
    + "</oor:items>"
)
_PROFILE = "/inside/profile/user/registrymodifications.xcu"
_SCRIPT = (
    f"ulimit -c 0; ulimit -v {ADDRESS_KIBI}; ulimit -t {CPU_SECONDS}; "
    "soffice -env:UserInstallation=file:///inside/profile --headless --norestore --nolockcheck "
    '--nodefault --nologo --convert-to "$2" --outdir /inside/out "/inside/document.$1" '
    ">/dev/null 2>&1; "
    'exec cat "/inside/out/document.$3"'
)


_CONFINEMENT = (
    *("bwrap", "--unshare-all", "--unshare-user", "--disable-userns", "--die-with-parent"),
    *("--new-session", "--cap-drop", "ALL", "--clearenv", "--setenv", "HOME", "/inside"),
    *("--setenv", "PATH", "/usr/bin", "--setenv", "LANG", "C.UTF-8"),
    *("--ro-bind", "/usr", "/usr", "--symlink", "usr/lib", "/lib"),
    *("--symlink", "usr/lib64", "/lib64", "--symlink", "usr/bin", "/bin"),
    *("--ro-bind-try", "/etc/libreoffice", "/etc/libreoffice"),
    *("--ro-bind-try", "/etc/fonts", "/etc/fonts"),
    *("--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"),  # noqa: S108  a folder inside
    *("--size", str(SCRATCH), "--tmpfs", "/inside", "--chdir", "/inside"),
    *("--dir", "/inside/profile", "--dir", "/inside/profile/user"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which of LibreOffice's filters writes what, by the extensions that it knows types by."""

    read: str
    written: str
    name: str


def version() -> str:
    """Return LibreOffice's version, "none" when it cannot be run confined."""
    found = shutil.which("soffice")
    if missing() or found is None:
        return "none"
    listing = Path(found).resolve().with_name("versionrc")
    lines = listing.read_text().splitlines() if listing.exists() else []
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    drawings = " with drawings" if listing.with_name(_DRAWINGS).exists() else ""
    return (told.get("AboutBoxVersion") or told.get("buildid") or "unknown") + drawings


def missing() -> list[str]:
    """Return the programs that are not installed."""
    return [program for program in _PROGRAMS if shutil.which(program) is None]


class TooSlowError(CannotDisarmError):
    """The time was over before a document was converted: its own fault, or that of the machine."""


def patiently(work: Callable[[float], bytes], seconds: float) -> bytes:
    """Return what some work makes within a time; the second and last try has twice that time.

    A machine under load is no reason to hold a document for good. Its processor time is bounded
    apart, so what is slow by itself does not take longer for it.

    Raises:
        TooSlowError: it took longer both times.
    """
    try:
        return work(seconds)
    except TooSlowError:
        return work(2 * seconds)


def convert(content: bytes, chosen: Filter, *, seconds: float = SECONDS) -> bytes:
    """Return what LibreOffice makes of a document.

    Raises:
        CannotDisarmError: it is not installed, takes too long, writes too much or nothing.
    """
    lacking = missing()
    if lacking:
        raise CannotDisarmError(f"no converter: {' and '.join(lacking)} not installed")
    target = f"{chosen.written}:{chosen.name}"
    command = ("/bin/sh", "-c", _SCRIPT, "sh", chosen.read, target, chosen.written)
    files = {f"/inside/document.{chosen.read}": content, _PROFILE: _SETTINGS.encode()}
    made = patiently(lambda most: run_confined(command, files, seconds=most), seconds)
    if not made:
        raise CannotDisarmError("the converter made nothing of it")
    return made


def run_confined(command: Sequence[str], files: Mapping[str, bytes], *, seconds: float) -> bytes:
    """Return what a command writes that sees the system's programs, these files, nothing else.

    Raises:
        TooSlowError: it takes too long.
        CannotDisarmError: it writes too much.
    """
    with ExitStack() as opened:
        descriptors = [opened.enter_context(_in_memory(each)).fileno() for each in files.values()]
        calls = opened.enter_context(_in_memory(refused_calls())).fileno()
        given = [
            word
            for path, descriptor in zip(files, descriptors, strict=True)
            for word in ("--file", str(descriptor), path)
        ]
        confined = [*_CONFINEMENT, *given, "--seccomp", str(calls), *command]
        return _run(confined, (*descriptors, calls), seconds)


def _in_memory(content: bytes) -> IO[bytes]:
    """Return a file that no name leads to, with a content, read from its beginning."""
    opened = os.fdopen(os.memfd_create("document"), "w+b")
    opened.write(content)
    opened.flush()
    opened.seek(0)
    return opened


def _run(command: Sequence[str], kept: tuple[int, ...], seconds: float) -> bytes:
    process = subprocess.Popen(  # noqa: S603  the command is made above, of constants
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=kept,
        start_new_session=True,
    )
    try:
        return _bounded(process, seconds)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()


def _bounded(process: subprocess.Popen[bytes], seconds: float) -> bytes:
    """Read what comes out, as long and as much as is allowed."""
    pipe, until = process.stdout, time.monotonic() + seconds
    if pipe is None:
        raise RuntimeError("the process was started with a pipe")
    waiting = select.poll()
    waiting.register(pipe, select.POLLIN | select.POLLHUP)
    made = bytearray()
    while waiting.poll(max(0.0, until - time.monotonic()) * 1000):
        piece = os.read(pipe.fileno(), _PIECE)
        made += piece
        if not piece:
            return bytes(made)
        if len(made) > MOST_OUTPUT:
            raise CannotDisarmError("the converter wrote too much")
    raise TooSlowError(f"the converter took more than {seconds:.0f} seconds")
