import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from custody.box import Answer, Failure, FailureCode, Job, Produced
from sandbox import wire
from sandbox.conversation import Conversation, Line, Outcome
from sandbox.sealed_job import seal_job
from sandbox.service import Inbox
from sandbox.wire import ReplyKind, Request, RequestKind, encode_reply

FORGED = Failure(code=FailureCode.FORGED)
ONE, TWO, THREE = (Answer(untrusted_value=number) for number in (1, 2, 3))
Script = Callable[[list[Request], socket.socket], None]


def answer(request: Request, value: int) -> bytes:
    """Return a proper reply."""
    return encode_reply(ReplyKind.ANSWER, request.token, str(value).encode())


def synced(request: Request) -> bytes:
    """Return the proper end of an exchange."""
    return encode_reply(ReplyKind.SYNCED, request.token)


@pytest.fixture
def wires() -> Iterator[tuple[socket.socket, socket.socket]]:
    """Make the two ends of a wire."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    theirs.settimeout(10)
    with ours, theirs:
        yield ours, theirs


def hold(
    wires: tuple[socket.socket, socket.socket], script: Script, *, jobs: int = 3, limit: int = 0
) -> Outcome:
    """Hold a conversation of small jobs with a peer that does what a script says."""
    ours, theirs = wires

    def peer() -> None:
        inbox, requests = Inbox(theirs), []
        while not requests or requests[-1].kind is not RequestKind.SYNC:
            head = inbox.head()
            assert head is not None
            requests.append(head)
            inbox.read(head.length)
        script(requests, theirs)

    thread = threading.Thread(target=peer)
    thread.start()
    made = [
        seal_job(Job(program="p", content=b"c", seconds=2.0, produce_limit=limit))
        for _ in range(jobs)
    ]
    try:
        return Conversation(Line(ours), made).hold()
    finally:
        thread.join(10)


def send(*frames: Callable[[list[Request]], bytes]) -> Script:
    """Make a peer that sends frames made of the requests' tokens."""
    return lambda requests, theirs: theirs.sendall(b"".join(frame(requests) for frame in frames))


def proper(place: int) -> Callable[[list[Request]], bytes]:
    """Make the proper reply to one request."""
    return lambda requests: answer(requests[place], place + 1)


def end(requests: list[Request]) -> bytes:
    """Make the proper reply to the sync."""
    return synced(requests[-1])


def test_proper_replies_are_believed(wires: tuple[socket.socket, socket.socket]) -> None:
    """Three answers and the sync make a whole exchange, and the process serves on."""
    outcome = hold(wires, send(proper(0), proper(1), proper(2), end))
    assert Outcome(replies=(ONE, TWO, THREE), usable=True) == outcome


def test_failures_and_streams_belong_to_their_own_job(
    wires: tuple[socket.socket, socket.socket],
) -> None:
    """Streams come with the answer that follows them; those of a failed job are dropped."""

    def produced(place: int) -> Callable[[list[Request]], bytes]:
        return lambda requests: b"".join(wire.encode_produced(requests[place].token, b"l", b"123"))

    def failed(requests: list[Request]) -> bytes:
        payload = wire.encode_failed(FailureCode.RAISED, "KeyError")
        return encode_reply(ReplyKind.FAILED, requests[0].token, payload)

    frames = (produced(0), failed, produced(1), proper(1), proper(2), end)
    outcome = hold(wires, send(*frames), limit=3)
    stream = Produced(untrusted_label="l", content=b"123")
    expected = (
        Failure(code=FailureCode.RAISED, detail="KeyError"),
        Answer(untrusted_value=2, produced=(stream,)),
        THREE,
    )
    assert Outcome(replies=expected, usable=True) == outcome


def raw(kind: ReplyKind, place: int, payload: bytes = b"") -> Callable[[list[Request]], bytes]:
    """Make any frame with the token of one request."""
    return lambda requests: encode_reply(kind, requests[place].token, payload)


def garbage(_: list[Request]) -> bytes:
    """Make what is no frame."""
    return b"\xff" * 100


@pytest.mark.parametrize(
    ("frames", "guilty"),
    [
        ((proper(0), garbage), 1),
        ((proper(0), proper(2)), 1),
        ((proper(0), proper(0)), 0),
        ((proper(0), proper(1), proper(0)), 0),
        ((proper(0), proper(1), proper(2), proper(1)), 1),
        ((proper(0), proper(1), proper(2), proper(2)), 2),
        ((proper(0), proper(1), proper(2), garbage), 2),
        ((proper(0), proper(1), proper(2), end, proper(0)), 0),
        ((proper(0), proper(1), proper(2), end, end), 2),
        ((proper(0), end), 1),
        ((proper(0), proper(1), proper(2), raw(ReplyKind.ANSWER, 3, b"4")), 2),
        ((raw(ReplyKind.SYNCED, 0),), 0),
        ((raw(ReplyKind.READY, 0),), 0),
        ((raw(ReplyKind.REFUSED, 0, b"{}"),), 0),
        ((raw(ReplyKind.ANSWER, 0, b"{"),), 0),
        ((raw(ReplyKind.FAILED, 0, b"\x09"),), 0),
        ((raw(ReplyKind.PRODUCED, 0, b"\x00\x00x"),), 0),
    ],
)
def test_what_is_out_of_protocol_is_blamed_on_its_job(
    wires: tuple[socket.socket, socket.socket],
    frames: tuple[Callable[[list[Request]], bytes], ...],
    guilty: int,
) -> None:
    """Replies before the guilty job stand, it is forged, and the process is not used again."""
    expected = Outcome(replies=(ONE, TWO, THREE)[:guilty], failure=FORGED)
    assert expected == hold(wires, send(*frames))


def test_empty_streams_are_not_free(wires: tuple[socket.socket, socket.socket]) -> None:
    """A process that ignores the overhead of streams is stopped by the caller's own account."""

    def flood(requests: list[Request], theirs: socket.socket) -> None:
        frame = b"".join(wire.encode_produced(requests[0].token, b"", b""))
        try:
            theirs.sendall(frame * (wire.FREE_OVERHEAD // wire.STREAM_OVERHEAD + 1))
        except OSError:
            return

    assert Outcome(replies=(), failure=FORGED) == hold(wires, flood, jobs=1)


@pytest.mark.parametrize("answered", [0, 1, 2])
def test_the_job_without_a_reply_was_running(
    wires: tuple[socket.socket, socket.socket], answered: int
) -> None:
    """When the process ends, the first job without a reply crashed it."""

    def script(requests: list[Request], theirs: socket.socket) -> None:
        theirs.sendall(b"".join(proper(place)(requests) for place in range(answered)))
        theirs.close()

    failure = Failure(code=FailureCode.CRASHED)
    assert Outcome(replies=(ONE, TWO)[:answered], failure=failure) == hold(wires, script)


def test_an_end_after_the_last_reply_blames_nobody(
    wires: tuple[socket.socket, socket.socket],
) -> None:
    """All replies stand, and the process is only not used again."""

    def script(requests: list[Request], theirs: socket.socket) -> None:
        theirs.sendall(b"".join(proper(place)(requests) for place in range(3)))
        theirs.close()

    assert Outcome(replies=(ONE, TWO, THREE)) == hold(wires, script)


def test_silence_ends_at_the_running_jobs_deadline(
    wires: tuple[socket.socket, socket.socket],
) -> None:
    """Each job has its own time, from the reply before it."""
    failure = Failure(code=FailureCode.TIMED_OUT)
    assert Outcome(replies=(ONE,), failure=failure) == hold(wires, send(proper(0)))
