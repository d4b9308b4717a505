"""The forking process by its own protocol: orders, hang-ups, and the ends that it tells."""

import array
import os
import select
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from custody.box import Answer, Job, Lane
from sandbox import process
from sandbox.conversation import Conversation, Line
from sandbox.lockdown import Confinement
from sandbox.process import BoxProcess
from sandbox.sealed_job import seal_job
from sandbox.seccomp import Variant
from sandbox.worker import Setup
from sandbox.zygote import ORDER, STATUS
from tests.corpus import hostile_programs
from tests.corpus.processes import children_of, eventually, is_alive

SECONDS = 10
Child = tuple[socket.socket, socket.socket]
Order = Callable[..., Child]


@pytest.fixture
def zygote() -> Iterator[BoxProcess]:
    """Start a zygote with the forked programs of the corpus."""
    programs = tuple(p for p in hostile_programs.programs() if p.lane is Lane.FORKED)
    confinement = Confinement(variant=Variant.FORKED, memory=2**30, parent=os.getpid())
    made = process.start(Setup(lane=Lane.FORKED, programs=programs, confinement=confinement))
    yield made
    made.end()


@pytest.fixture
def order(zygote: BoxProcess) -> Iterator[Order]:
    """Order children, and hang up on all of them at the end."""
    with ExitStack() as held:

        def give(*, cpu_seconds: int = 60, sockets: int = 2) -> Child:
            ours, theirs = zip(*(socket.socketpair() for _ in range(2)), strict=True)
            packed = array.array("i", [end.fileno() for end in theirs[:sockets]])
            beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)] if sockets else []
            zygote.wire.settimeout(SECONDS)
            zygote.wire.sendmsg([ORDER.pack(cpu_seconds)], beside)
            for end in theirs:
                end.close()
            wire, status = map(held.enter_context, ours)
            wire.setblocking(False)
            status.settimeout(SECONDS)
            return wire, status

        yield give


def end_of(status: socket.socket) -> int:
    """Return the exit code that the zygote tells."""
    (code,) = STATUS.unpack(status.recv(STATUS.size))
    return int(code)


def job(misdeed: str) -> Job:
    """Return a job that does a misdeed."""
    return Job(
        program="misbehave-forked", content=b"", params={"misdeed": misdeed}, seconds=SECONDS
    )


def test_a_child_answers_and_ends_when_its_wire_is_closed(zygote: BoxProcess, order: Order) -> None:
    """One child, one exchange; its end is told as exit code 0, and it is reaped."""
    wire, status = order()
    made = [seal_job(Job(program="neighbour-forked", content=b"a"))]
    outcome = Conversation(Line(wire), made).hold()
    assert (Answer(untrusted_value={"size": 1, "last": 97}),) == outcome.replies
    wire.close()
    assert 0 == end_of(status)
    assert set() == children_of(zygote.pid)


def test_hanging_up_on_the_status_kills_the_child(zygote: BoxProcess, order: Order) -> None:
    """The caller never needs a process id, which could belong to another process by then."""
    _, status = order()
    assert eventually(lambda: len(children_of(zygote.pid)) == 1)
    status.shutdown(socket.SHUT_WR)
    assert -signal.SIGKILL == end_of(status)
    assert set() == children_of(zygote.pid)


def test_children_are_told_apart(zygote: BoxProcess, order: Order) -> None:
    """Several children run side by side; each end is told to the one who ordered it."""
    children = [order() for _ in range(6)]
    assert eventually(lambda: len(children_of(zygote.pid)) == 6)
    for place, (wire, status) in enumerate(children):
        if place % 2:
            status.shutdown(socket.SHUT_WR)
        else:
            wire.close()
    assert [0, -9] * 3 == [end_of(status) for _, status in children]


def test_a_spent_processor_limit_ends_the_child(zygote: BoxProcess, order: Order) -> None:
    """A child that computes beyond its processor seconds is ended by the kernel itself."""
    wire, status = order(cpu_seconds=1)
    wire.sendall(seal_job(job("spin")).request(b"12345678"))
    code = end_of(status)
    assert code in (-signal.SIGXCPU, -signal.SIGKILL)


@pytest.mark.parametrize("sockets", [0, 1])
def test_an_order_that_is_not_whole_ends_everything(
    zygote: BoxProcess, order: Order, sockets: int
) -> None:
    """The zygote serves its owner's protocol or nobody; its children end with it."""
    order()
    assert eventually(lambda: len(children_of(zygote.pid)) == 1)
    below = children_of(zygote.pid)
    order(sockets=sockets)
    poll = select.poll()
    poll.register(zygote.wire, select.POLLIN)
    assert poll.poll(SECONDS * 1000)
    assert eventually(lambda: not any(is_alive(pid) for pid in below))


def test_a_killed_zygote_takes_its_children_along(zygote: BoxProcess, order: Order) -> None:
    """The kernel ends the children of a zygote that cannot do it any more."""
    _, status = order()
    assert eventually(lambda: len(children_of(zygote.pid)) == 1)
    below = children_of(zygote.pid)
    zygote.signal_kill()
    assert b"" == status.recv(STATUS.size)
    assert eventually(lambda: not any(is_alive(pid) for pid in below))
