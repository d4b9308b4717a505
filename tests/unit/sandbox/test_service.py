import os
import socket
import threading
from collections.abc import Iterator, Mapping

import pytest

from custody.box import Emit, FailureCode, Json, RunProgram, Sample
from sandbox import wire
from sandbox.sealed_job import spill
from sandbox.service import Inbox, Outlet, Service, TooMuchOutputError, write_all
from sandbox.wire import Credit, Frame, ReplyKind, ReplyReader, Request, RequestKind

TOKEN = b"12345678"
Wires = tuple[socket.socket, socket.socket]


@pytest.fixture
def wires() -> Iterator[Wires]:
    """Make the caller's and the locked process's end of a wire."""
    ours, theirs = socket.socketpair()
    ours.settimeout(10)
    theirs.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def request(parameters: bytes = b"", content: bytes = b"", *, limit: int = 0) -> bytes:
    """Return an inline request as bytes."""
    head = Request(
        kind=RequestKind.INLINE,
        token=TOKEN,
        parameters=parameters,
        length=len(content),
        produce_limit=limit,
    )
    return wire.encode_request(head) + content


def frames_of(ours: socket.socket, credit: int = 0) -> list[Frame]:
    """Return the reply frames that arrive until the other end hangs up."""
    reader, frames = ReplyReader(), []
    while received := ours.recv(65536):
        reader.feed(received)
    while (frame := reader.take(Credit.of(credit))) is not None:
        frames.append(frame)
    return frames


@pytest.mark.parametrize("step", [1, 7, 1000])
def test_requests_are_read_however_they_arrive(wires: Wires, step: int) -> None:
    """Two requests come out whole, with their contents, from pieces of any size."""
    ours, theirs = wires
    stream = request(b"{}", b"content") + request(b"[1]", b"")

    def send() -> None:
        for at in range(0, len(stream), step):
            ours.sendall(stream[at : at + step])

    sender = threading.Thread(target=send)
    sender.start()
    inbox = Inbox(theirs)
    first = inbox.head()
    assert first is not None
    assert (b"{}", 7, b"content") == (first.parameters, first.length, inbox.read(first.length))
    second = inbox.head()
    assert second is not None
    assert (b"[1]", 0, TOKEN) == (second.parameters, second.length, second.token)
    sender.join(10)


@pytest.mark.parametrize("sent", [0, 1, wire.REQUEST.size, wire.REQUEST.size + 1])
def test_a_caller_that_hangs_up_is_no_request(wires: Wires, sent: int) -> None:
    """A request that is cut anywhere is none."""
    ours, theirs = wires
    ours.sendall(request(b"{}")[:sent])
    ours.shutdown(socket.SHUT_WR)
    assert Inbox(theirs).head() is None


def test_descriptors_keep_the_order_of_their_requests(wires: Wires) -> None:
    """Descriptors arrive beside bytes; each request gets its own."""
    ours, theirs = wires
    held = [spill(content) for content in (b"first", b"second")]
    head = wire.encode_request(Request(kind=RequestKind.DESCRIPTOR, token=TOKEN, length=5))
    for descriptor in held:
        socket.send_fds(ours, [head], [descriptor])
        ours.sendall(request(b"between"))
        os.close(descriptor)
    inbox, contents = Inbox(theirs), []
    for _ in held:
        assert inbox.head() is not None
        received = inbox.descriptor()
        contents.append(os.pread(received, 100, 0))
        os.close(received)
        between = inbox.head()
        assert between is not None
        assert b"between" == between.parameters
    assert [b"first", b"second"] == contents


def test_streams_are_sent_within_their_credit(wires: Wires) -> None:
    """What fits is on the wire before the program goes on; one byte more is refused."""
    ours, theirs = wires
    outlet = Outlet(theirs.fileno(), TOKEN, 5)
    outlet.emit("a", b"123")
    outlet.emit("b", b"45")
    with pytest.raises(TooMuchOutputError):
        outlet.emit("c", b"6")
    assert outlet.overdrawn
    theirs.close()
    found = [wire.decode_produced(frame.payload) for frame in frames_of(ours, 5)]
    assert [("a", b"123"), ("b", b"45")] == [(p.untrusted_label, p.content) for p in found]


def test_an_overdrawn_outlet_stays_shut(wires: Wires) -> None:
    """A program that goes on after the refusal sends nothing more, however small."""
    ours, theirs = wires
    outlet = Outlet(theirs.fileno(), TOKEN, 5)
    for content in (b"123456", b"1", b""):
        with pytest.raises(TooMuchOutputError):
            outlet.emit("a", content)
    theirs.close()
    assert [] == frames_of(ours, 5)


def test_a_label_is_bounded_text(wires: Wires) -> None:
    """A label beyond its limit is the program's error; a lone surrogate becomes a question mark."""
    ours, theirs = wires
    outlet = Outlet(theirs.fileno(), TOKEN, 5)
    with pytest.raises(ValueError, match="too long"):
        outlet.emit("x" * (wire.LONGEST_LABEL + 1), b"")
    outlet.emit("a\udc80", b"")
    theirs.close()
    (frame,) = frames_of(ours, 5)
    assert "a?" == wire.decode_produced(frame.payload).untrusted_label


def test_everything_is_written(wires: Wires) -> None:
    """More bytes than the wire holds at once arrive whole."""
    ours, theirs = wires
    content = os.urandom(3_000_000)
    received: list[bytes] = []

    def read() -> None:
        while part := ours.recv(65536):
            received.append(part)

    thread = threading.Thread(target=read)
    thread.start()
    theirs.settimeout(None)
    write_all(theirs.fileno(), content)
    theirs.shutdown(socket.SHUT_WR)
    thread.join(10)
    assert content == b"".join(received)


def raising(error: BaseException) -> RunProgram:
    """Make a program that raises."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        raise error

    return run


def returning(value: Json) -> RunProgram:
    """Make a program that returns a value."""

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        return value

    return run


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), (FailureCode.OUT_OF_MEMORY, "")),
        (TooMuchOutputError(), (FailureCode.TOO_MUCH_OUTPUT, "")),
        (KeyError("content"), (FailureCode.RAISED, "KeyError")),
        (RecursionError(), (FailureCode.RAISED, "RecursionError")),
        (SystemExit(3), (FailureCode.RAISED, "SystemExit")),
        (KeyboardInterrupt(), (FailureCode.RAISED, "KeyboardInterrupt")),
        (GeneratorExit(), (FailureCode.RAISED, "GeneratorExit")),
    ],
)
def test_whatever_a_program_raises_ends_as_a_code(
    wires: Wires, error: BaseException, expected: tuple[FailureCode, str]
) -> None:
    """Only a code and the name of a type leave the box; the service goes on."""
    ours, theirs = wires
    asked = b'{"program":"p","params":{}}'
    ours.sendall(request(asked) + wire.encode_sync(b"sync...."))
    ours.shutdown(socket.SHUT_WR)
    Service(theirs, {"p": raising(error)}).serve()
    theirs.close()
    failed, synced = frames_of(ours)
    assert (ReplyKind.FAILED, TOKEN) == (failed.kind, failed.token)
    assert expected == wire.decode_failed(failed.payload)
    assert (ReplyKind.SYNCED, b"sync....", b"") == (synced.kind, synced.token, synced.payload)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (None, ReplyKind.ANSWER),
        ("x" * (wire.MOST_ANSWER - 2), ReplyKind.ANSWER),
        ("x" * (wire.MOST_ANSWER - 1), ReplyKind.FAILED),
        (float("nan"), ReplyKind.FAILED),
        (b"bytes", ReplyKind.FAILED),
        ({(1, 2): 3}, ReplyKind.FAILED),
    ],
)
def test_only_bounded_json_is_an_answer(wires: Wires, value: Json, kind: ReplyKind) -> None:
    """A value that is too long or no JSON is the sample's failure, not out of protocol."""
    ours, theirs = wires
    ours.sendall(request(b'{"program":"p","params":{}}'))
    ours.shutdown(socket.SHUT_WR)
    found: list[Frame] = []
    thread = threading.Thread(target=lambda: found.extend(frames_of(ours)))
    thread.start()
    theirs.settimeout(None)
    Service(theirs, {"p": returning(value)}).serve()
    theirs.close()
    thread.join(10)
    assert [kind] == [frame.kind for frame in found]


def test_a_program_gets_its_sample_and_its_parameters(wires: Wires) -> None:
    """Content and parameters arrive as they were sent."""
    ours, theirs = wires

    def echo(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        emit("echo", sample.view().tobytes())
        return [sample.size, dict(asked)]

    ours.sendall(request(b'{"program":"p","params":{"a":[1]}}', b"content", limit=7))
    ours.shutdown(socket.SHUT_WR)
    Service(theirs, {"p": echo}).serve()
    theirs.close()
    produced, answer = frames_of(ours, 7)
    assert b"content" == wire.decode_produced(produced.payload).content
    assert [7, {"a": [1]}] == wire.decode_json(answer.payload)
