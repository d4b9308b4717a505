"""The warm parent of the forked lane: forks a child for each job, never reads a sample itself.

It has one thread. For each child the caller sends its processor seconds and two sockets: the
child's wire, and a status socket that stays here. The caller hangs up on the status socket to have
the child killed; the child's end is told on it as four bytes. So no process id, which the kernel
could have given to another process meanwhile, ever leaves this one.
"""

import array
import os
import select
import signal
import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass, replace

from custody.box import RunProgram
from sandbox import limits, lockdown
from sandbox.lockdown import Confinement
from sandbox.service import Service

ORDER = struct.Struct("<Q")
STATUS = struct.Struct("<i")
CHILD_FAILED = 3
NOT_FORKED = -(1 << 20)
ANCILLARY = socket.CMSG_SPACE(2 * array.array("i").itemsize)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A running child: its id, a descriptor that tells its end, and whom to tell."""

    pid: int
    end: int
    status: socket.socket


class Zygote:
    """Forks, watches and reaps children."""

    def __init__(
        self,
        control: socket.socket,
        programs: Mapping[str, RunProgram],
        confinement: Confinement,
    ) -> None:
        self._control = control
        self._programs = programs
        # A child of this process follows this process.
        self._confinement = replace(confinement, parent=os.getpid())
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)
        self._ends: dict[int, Child] = {}
        self._statuses: dict[int, Child] = {}

    def serve(self) -> None:
        """Fork until the caller hangs up; then no child is left."""
        while True:
            ready = [descriptor for descriptor, _ in self._poll.poll()]
            for descriptor in ready:
                self._attend(descriptor)
            # Orders come last: a new child may get descriptors that were just closed.
            if self._control.fileno() in ready and not self._take_order():
                self._end_all()
                return

    def _attend(self, descriptor: int) -> None:
        if descriptor in self._ends:
            self._reap(self._ends[descriptor])
        elif descriptor in self._statuses:
            self._kill(self._statuses[descriptor])

    def _take_order(self) -> bool:
        packed, ancillary, _, _ = self._control.recvmsg(ORDER.size, ANCILLARY)
        descriptors = array.array("i")
        for _, _, data in ancillary:
            descriptors.frombytes(data)
        if len(packed) < ORDER.size or len(descriptors) != 2:
            return False
        self._fork(descriptors[0], socket.socket(fileno=descriptors[1]), *ORDER.unpack(packed))
        return True

    def _fork(self, wire: int, status: socket.socket, cpu_seconds: int) -> None:
        try:
            pid = os.fork()
        except OSError:
            _tell(status, NOT_FORKED)
            os.close(wire)
            return
        if pid == 0:
            self._be_child(wire, cpu_seconds)
        os.close(wire)
        child = Child(pid=pid, end=os.pidfd_open(pid), status=status)
        self._ends[child.end] = child
        self._statuses[status.fileno()] = child
        self._poll.register(child.end, select.POLLIN)
        self._poll.register(status, select.POLLIN)

    def _be_child(self, wire: int, cpu_seconds: int) -> None:
        try:
            limits.close_descriptors(wire, below=limits.ZYGOTE_DESCRIPTORS)
            limits.bound_descriptors(limits.LOCKED_DESCRIPTORS)
            lockdown.follow_parent(self._confinement.parent)
            service = Service(socket.socket(fileno=wire), self._programs)
            lockdown.seal(self._confinement, cpu_seconds=cpu_seconds)
            service.serve()
            os._exit(0)
        finally:
            os._exit(CHILD_FAILED)

    def _kill(self, child: Child) -> None:
        self._poll.unregister(child.status)
        del self._statuses[child.status.fileno()]
        os.kill(child.pid, signal.SIGKILL)

    def _reap(self, child: Child) -> None:
        _, ended = os.waitpid(child.pid, 0)
        self._poll.unregister(child.end)
        os.close(child.end)
        del self._ends[child.end]
        if self._statuses.pop(child.status.fileno(), None):
            self._poll.unregister(child.status)
        _tell(child.status, os.waitstatus_to_exitcode(ended))

    def _end_all(self) -> None:
        for child in list(self._ends.values()):
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)


def _tell(status: socket.socket, code: int) -> None:
    try:
        status.send(STATUS.pack(code))
    except OSError:
        pass  # the caller hung up: it does not care how the child ended
    finally:
        status.close()
