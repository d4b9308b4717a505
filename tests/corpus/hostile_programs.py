"""Programs for the box that misbehave in every way that we know; harmless outside it, too."""

import ctypes
import errno
import fcntl
import gc
import json
import mmap
import os
import platform
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from custody.box import Emit, Json, Lane, Program, RunProgram, Sample
from custody.errors import RulesError
from sandbox import wire
from sandbox.service import Inbox
from sandbox.wire import ReplyKind

Misdeed = Callable[[Sample, Mapping[str, Json], Emit], Json]
LIBC = ctypes.CDLL(None, use_errno=True)
LAST_DESCRIPTOR = 16
GROWING_DOWN = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x0100  # counted as a stack, not as memory
NUMBERS = {
    "x86_64": {
        "ptrace": 101,
        "prctl": 157,
        "unshare": 272,
        "prlimit64": 302,
        "io_uring_setup": 425,
    },
    "aarch64": {
        "ptrace": 117,
        "prctl": 167,
        "unshare": 97,
        "prlimit64": 261,
        "io_uring_setup": 425,
    },
}[platform.machine()]


def neighbour(params: Mapping[str, Json]) -> RunProgram:
    """Make the honest neighbour: it tells the size and the last byte of its sample."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        view = sample.view()
        return {"size": sample.size, "last": view[-1] if sample.size else None}

    return run


def misbehave(params: Mapping[str, Json]) -> RunProgram:
    """Make the program that does the misdeed that its job names."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        return MISDEEDS[asked["misdeed"]](sample, asked, emit)

    return run


def decode_text(params: Mapping[str, Json]) -> RunProgram:
    """Make a program that needs parts of Python that are loaded at their first use."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        content = sample.view().tobytes()
        when = datetime.strptime(asked["when"], "%Y%m%d").replace(tzinfo=UTC)
        return [content.decode(encoding) for encoding in asked["encodings"]] + [when.year]

    return run


def start_thread_early(params: Mapping[str, Json]) -> RunProgram:
    """Make a program whose thread runs before the lock, and does misdeeds after it."""
    asked: queue.SimpleQueue[str] = queue.SimpleQueue()
    told: queue.SimpleQueue[Json] = queue.SimpleQueue()

    def work() -> None:
        while True:
            told.put(attempt(Path(asked.get()).read_bytes))

    threading.Thread(target=work, daemon=True).start()

    def run(sample: Sample, _: Mapping[str, Json], emit: Emit) -> Json:
        asked.put("/etc/passwd")
        return told.get(timeout=10)

    return run


def refuse(params: Mapping[str, Json]) -> RunProgram:
    """Fail to be prepared, as a broken rule pack does."""
    raise RulesError("pack 'x' does not compile", next_step="correct line 7")


def raise_in_factory(params: Mapping[str, Json]) -> RunProgram:
    """Fail to be prepared, as a bug does."""
    raise KeyError("absent")


def die_in_factory(params: Mapping[str, Json]) -> RunProgram:
    """End the process while it prepares."""
    os._exit(9)


def programs() -> tuple[Program, ...]:
    """Return both programs in both lanes, named by what they do and where."""
    return tuple(
        Program(name=f"{name}-{lane.value}", factory=f"{__name__}:{name}", lane=lane)
        for name in ("neighbour", "misbehave")
        for lane in Lane
    )


def attempt(deed: Callable[[], object]) -> Json:
    """Tell how the machine answered a deed that it should refuse."""
    try:
        return f"done: {deed()!r:.60}"
    except OSError as error:
        return f"refused: {error.errno}"


def _misdeed(deed: Callable[[], object]) -> Misdeed:
    return lambda _sample, _asked, _emit: attempt(deed)


def _syscall(name: str, *arguments: int) -> Callable[[], object]:
    def call() -> object:
        result = LIBC.syscall(NUMBERS[name], *arguments)
        if result < 0:
            raise OSError(ctypes.get_errno(), "syscall")
        return result

    return call


def _crash(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return repr(ctypes.string_at(0))


def _hang(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    while True:
        time.sleep(0.01)


def _spin(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    while True:
        pass


def _allocate(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return len(bytearray(4 * 1024**3))


HOARD: list[bytearray] = []


def _hoard(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    HOARD.append(bytearray(asked["bytes"]))
    return len(HOARD)


def _print_much(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    part = "x" * 1024**2
    for _ in range(512):
        sys.stdout.write(part)
        sys.stderr.write(part)
    return "printed"


def _read_stdin(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return len(os.read(0, 100))


def _emit_much(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    part = bytes(1024**2)
    for _ in range(1024):
        emit("part", part)
    return "emitted"


def _emit_much_and_hush(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    try:
        _emit_much(sample, asked, emit)
    except Exception:  # noqa: BLE001  a hostile program catches what it likes
        return "nothing happened"
    return "emitted"


def _emit_empty(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    for _ in range(1024**2):
        emit("", b"")
    return "emitted"


def _emit_honestly(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    for name in asked["names"]:
        emit(name, name.encode() * asked["times"])
    return "emitted"


def _return_much(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return "x" * (2 * 1024**2)


def _return_no_json(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return {1, 2}


def _return_surrogate(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return "a\udc80b"


def _raise(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    raise ValueError("content of the sample")


def _raise_named(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    raise type("content of the sample", (Exception,), {})


def _exit(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    raise SystemExit(0)


def _exit_at_once(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    os._exit(0)


def _recurse(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return _recurse(sample, asked, emit)


def _forge(frames: Callable[[bytes], bytes]) -> Misdeed:
    """Write frames onto the wire, behind the back of the code that owns it."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        token = running_token(emit)
        write_on_wire(frames(token))
        return "the true answer"

    return run


def running_token(emit: Emit) -> bytes:
    """Return the running job's token, which hostile code finds in the process's memory."""
    token: bytes = emit.__self__._token  # type: ignore[attr-defined]  # a method of the outlet
    return token


def write_on_wire(content: bytes) -> None:
    """Write onto every descriptor that may be the wire."""
    for descriptor in range(3, 64):
        try:
            os.write(descriptor, content)
        except OSError:
            continue


def _answer_frame(token: bytes, value: Json = "forged") -> bytes:
    return wire.encode_reply(ReplyKind.ANSWER, token, json.dumps(value).encode())


def _answer_and_hang(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    write_on_wire(b"\x01half a frame")
    return _hang(sample, asked, emit)


def _close_wire(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    os.closerange(3, 64)
    return _hang(sample, asked, emit)


def _answer_later(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    """Answer the request that waits behind this one, whose token lies in the process's memory."""
    inbox = next(o for o in gc.get_objects() if isinstance(o, Inbox))
    token = wire.REQUEST.unpack_from(inbox._buffer)[1]
    write_on_wire(_answer_frame(token))
    return "the true answer"


def _change_descriptors(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    """Write to, map, cut or change the mode of every descriptor that came along."""
    deeds: dict[str, Callable[[int], object]] = {
        "fchmod": lambda fd: os.fchmod(fd, 0o777),
        "ftruncate": lambda fd: os.ftruncate(fd, 0),
        "pwrite": lambda fd: os.pwrite(fd, b"changed", 0),
        "map": lambda fd: mmap.mmap(fd, 1, mmap.MAP_SHARED, mmap.PROT_WRITE | mmap.PROT_READ),
    }
    return sorted(
        name
        for name, deed in deeds.items()
        for descriptor in range(LAST_DESCRIPTOR)
        if str(attempt(lambda d=deed, fd=descriptor: d(fd))).startswith("done")  # type: ignore[misc]
    )


def _count_descriptors(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    """Count what is open beside the standard three; only the wire should be."""
    told = [attempt(lambda fd=fd: os.fstat(fd)) for fd in range(3, 3000)]  # type: ignore[misc]
    return sum(1 for answer in told if answer != f"refused: {errno.EBADF}")


def _start_thread(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    told: list[int] = []
    try:
        thread = threading.Thread(target=told.append, args=(1,))
        thread.start()
    except RuntimeError:
        return "refused"
    thread.join(5)
    return told


def _environment(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
    return dict(os.environ)


MISDEEDS: dict[str, Misdeed] = {
    "crash": _crash,
    "hang": _hang,
    "spin": _spin,
    "allocate": _allocate,
    "hoard": _hoard,
    "print-much": _print_much,
    "read-stdin": _read_stdin,
    "emit-much": _emit_much,
    "emit-much-and-hush": _emit_much_and_hush,
    "emit-empty": _emit_empty,
    "emit-honestly": _emit_honestly,
    "return-much": _return_much,
    "return-no-json": _return_no_json,
    "return-surrogate": _return_surrogate,
    "raise": _raise,
    "raise-named": _raise_named,
    "exit": _exit,
    "exit-at-once": _exit_at_once,
    "recurse": _recurse,
    "start-thread": _start_thread,
    "environment": _environment,
    "close-wire": _close_wire,
    "half-a-frame": _answer_and_hang,
    "change-descriptors": _change_descriptors,
    # what the machine must refuse
    "fork": _misdeed(os.fork),
    "exec": _misdeed(lambda: os.execv("/bin/true", ["true"])),
    "subprocess": _misdeed(lambda: subprocess.run(["/bin/true"], check=True)),
    "open": _misdeed(lambda: Path("/tmp/autoclave-escape").write_bytes(b"x")),
    "read-passwd": _misdeed(lambda: Path("/etc/passwd").read_bytes()),
    "list-root": _misdeed(lambda: list(Path("/").iterdir())),
    "stat": _misdeed(lambda: Path("/etc/passwd").stat()),
    "chmod": _misdeed(lambda: Path("/tmp").chmod(0o700)),
    "socket": _misdeed(socket.socket),
    "unix-socket": _misdeed(lambda: socket.socket(socket.AF_UNIX)),
    "udp": _misdeed(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM)),
    "memfd": _misdeed(lambda: os.memfd_create("x")),
    "kill-parent": lambda _s, asked, _e: attempt(lambda: os.kill(asked["parent"], signal.SIGTERM)),
    "kill-all": _misdeed(lambda: os.kill(-1, signal.SIGTERM)),
    "ptrace": lambda _s, asked, _e: attempt(_syscall("ptrace", 16, asked["parent"], 0, 0)),
    "shared-memory": _misdeed(lambda: mmap.mmap(-1, 1 << 20)),
    "stack-memory": _misdeed(lambda: mmap.mmap(-1, 1 << 20, GROWING_DOWN)),
    "io-uring": _misdeed(_syscall("io_uring_setup", 8, 0)),
    "user-namespace": _misdeed(_syscall("unshare", 0x10000000)),
    "prctl": _misdeed(_syscall("prctl", 4, 1)),
    "count-descriptors": _count_descriptors,
    "limits": _misdeed(_syscall("prlimit64", 0, 0, 0, 0)),
    "signal-owner": _misdeed(lambda: fcntl.fcntl(1, fcntl.F_SETOWN, 1)),
    # what breaks the protocol
    "forge-garbage": _forge(lambda _: b"\xff" * 64),
    "forge-token": _forge(lambda _: _answer_frame(b"wrong..!")),
    "forge-size": _forge(lambda token: wire.REPLY.pack(ReplyKind.ANSWER, token, 2 << 20)),
    "forge-much": _forge(lambda token: _answer_frame(token, "x" * (2 << 20))),
    "forge-no-json": _forge(lambda token: wire.encode_reply(ReplyKind.ANSWER, token, b"{")),
    "forge-nan": _forge(lambda token: wire.encode_reply(ReplyKind.ANSWER, token, b"NaN")),
    "forge-deep": _forge(lambda token: wire.encode_reply(ReplyKind.ANSWER, token, b"[" * 500_000)),
    "forge-code": _forge(lambda token: wire.encode_reply(ReplyKind.FAILED, token, b"\x07")),
    "forge-produced": _forge(
        lambda token: b"".join(wire.encode_produced(token, b"x", b"beyond its credit"))
    ),
    "forge-ready": _forge(lambda token: wire.encode_reply(ReplyKind.READY, token)),
    "forge-synced": _forge(lambda token: wire.encode_reply(ReplyKind.SYNCED, token)),
    "answer-twice": _forge(_answer_frame),
    "answer-later": _answer_later,
    # what keeps to the protocol and lies
    "claim-blindness": lambda _s, _a, _e: {"missed": "yara_rules"},
}
