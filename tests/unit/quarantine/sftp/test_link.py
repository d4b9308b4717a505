"""A line whose other end takes nothing, or leaves everything open, is given up."""

import os
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from typing import BinaryIO

import pytest

from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.link import Link
from quarantine.sftp.wire import Kind, packet

HELLO = packet(Kind.VERSION, struct.pack(">I", 3))


class Ends:
    """A link with little patience, and the server's ends of its pipes."""

    def __init__(self, undo: ExitStack) -> None:
        (questions, asking), (hearing, answers) = os.pipe(), os.pipe()
        self.questions: BinaryIO = undo.enter_context(os.fdopen(questions, "rb", 0))
        self.answers: BinaryIO = undo.enter_context(os.fdopen(answers, "wb", 0))
        self.stopped: list[bool] = []
        reader, writer = os.fdopen(hearing, "rb"), os.fdopen(asking, "wb")
        self.link = Link(reader, writer, lambda: self.stopped.append(True), 0.05)


@pytest.fixture
def ends() -> Iterator[Ends]:
    """A link, not begun."""
    with ExitStack() as undo:
        yield Ends(undo)


def test_a_server_that_takes_nothing_is_not_waited_for(ends: Ends) -> None:
    """A pipe that is full holds up no thread: a question longer than it is given up too."""
    ends.answers.write(HELLO)
    ends.link.begin()

    with pytest.raises(LinkBrokenError, match="nobody takes"):
        ends.link.ask(Kind.LSTAT, b"x" * (1 << 20))
    assert [True] == ends.stopped
    with pytest.raises(LinkBrokenError, match="nobody takes"):
        ends.link.ask(Kind.LSTAT, b"x")


def test_a_server_that_never_answers_does_not_fill_our_memory(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits until a handle is given back, so such questions are counted."""
    monkeypatch.setattr("quarantine.sftp.link.MOST_OPEN", 10)
    ends.answers.write(HELLO)
    ends.link.begin()
    for _ in range(10):
        ends.link.ask(Kind.CLOSE, b"")

    with pytest.raises(LinkBrokenError, match="too many questions"):
        ends.link.ask(Kind.CLOSE, b"")


@pytest.mark.parametrize(
    "hello",
    [
        packet(Kind.VERSION, b"\0"),
        packet(Kind.VERSION, struct.pack(">I", 2)),
        packet(Kind.VERSION, struct.pack(">II", 3, 1 << 31)),
        packet(Kind.STATUS, struct.pack(">I", 0)),
    ],
    ids=["cut", "older", "lengths", "another kind"],
)
def test_a_greeting_that_does_not_fit_ends_what_is_behind(ends: Ends, hello: bytes) -> None:
    """Whatever is wrong with it, no client stays behind."""
    ends.answers.write(hello)

    with pytest.raises(LinkBrokenError):
        ends.link.begin()

    assert ([True], True) == (ends.stopped, ends.link.broken)
