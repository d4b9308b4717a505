"""The caller's hold on one spawned process of the box: start, wait until it is ready, end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

from custody.box import FailureCode, Json
from custody.errors import SandboxError
from sandbox import wire
from sandbox.programs import decode_error
from sandbox.wire import ReplyKind, ReplyReader, WireError
from sandbox.worker import Setup, encode_setup

BOOTSTRAP = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from sandbox.worker import main; main(int(sys.argv[2]), int(sys.argv[3]))"
)
PREPARE_SECONDS = 180.0
END_SECONDS = 5.0
ATTEMPTS = 2


class PreparationLostError(Exception):
    """A process ended, or fell silent, before it was ready."""


class BoxProcess:
    """One process of the box and the wire to it.

    It must be started from a thread that lives as long as it shall: the kernel's death signal
    fires when the *thread* that started a process ends.
    """

    def __init__(self, setup: Setup) -> None:
        self.wire, theirs = socket.socketpair()
        with theirs:
            self._process = self._spawn(theirs.fileno())
        with ExitStack() as unready:
            unready.callback(self.kill)
            self._await_ready(setup)
            unready.pop_all()

    def _spawn(self, descriptor: int) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(  # noqa: S603  our own interpreter and code
                [sys.executable, "-I", "-c", BOOTSTRAP, *_arguments(descriptor)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={},
                cwd="/",
                pass_fds=(descriptor,),
                start_new_session=True,  # an interrupt at the terminal is the caller's to handle
            )
        except OSError as error:
            self.wire.close()
            raise PreparationLostError(f"no process can be started: {error.strerror}") from error

    def _await_ready(self, setup: Setup) -> None:
        self.wire.settimeout(PREPARE_SECONDS)
        try:
            self.wire.sendall(encode_setup(setup))
            kind, payload = self._first_frame(time.monotonic() + PREPARE_SECONDS)
        except (OSError, WireError) as error:
            raise PreparationLostError("it ended or fell silent before it was ready") from error
        if kind is ReplyKind.REFUSED:
            raise decode_error(payload)
        self.wire.setblocking(False)

    def _first_frame(self, deadline: float) -> tuple[ReplyKind, Json]:
        reader = ReplyReader()
        while (frame := reader.take()) is None:
            self.wire.settimeout(max(0.001, deadline - time.monotonic()))
            received = self.wire.recv(wire.MOST_ANSWER)
            if not received:
                raise PreparationLostError(self._describe_end())
            reader.feed(received)
        return frame.kind, json.loads(frame.payload or b"{}")

    def _describe_end(self) -> str:
        code = self.end()
        return f"it ended before it was ready ({describe_exit(code)})"

    @property
    def pid(self) -> int:
        """The process id, valid until the process is ended."""
        return self._process.pid

    def end(self, seconds: float = END_SECONDS) -> int:
        """Hang up, give it a moment to end by itself, then kill it; return its exit code."""
        self.wire.close()
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return self.kill()

    def signal_kill(self) -> None:
        """Kill it and leave the wire open, for the thread that reads from it."""
        self._process.kill()

    def kill(self) -> int:
        """Kill it; return its exit code."""
        self._process.kill()
        self.wire.close()
        try:
            return self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:  # killed, and still inside the kernel (a dead disk)
            return -signal.SIGKILL


def start(setup: Setup) -> BoxProcess:
    """Start a process and wait until it is ready, twice at most.

    Raises:
        AutoclaveError: a factory's own error.
        SandboxError: the process was lost twice while it prepared.
    """
    lost: PreparationLostError | None = None
    for _ in range(ATTEMPTS):
        try:
            return BoxProcess(setup)
        except PreparationLostError as error:
            lost = error
    raise SandboxError(
        f"a process of the box cannot be started: {lost}",
        next_step="`autoclave doctor` shows what this machine lacks; memory may be short",
    ) from lost


def describe_exit(code: int) -> str:
    """Return an exit code as words."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"


def failure_code(exit_code: int) -> FailureCode:
    """Return what an exit code says of the sample; a spent processor limit is a deadline, too."""
    return FailureCode.TIMED_OUT if exit_code == -signal.SIGXCPU else FailureCode.CRASHED


def _arguments(descriptor: int) -> list[str]:
    paths = [os.path.abspath(path) for path in sys.path]  # noqa: PTH100  "" means the current folder
    return [json.dumps(paths), str(descriptor), str(os.getpid())]
