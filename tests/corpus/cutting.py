"""A network that can be cut and mended: a TCP relay in front of a server, bytes passed as they are.

TLS goes through untouched. Cut, open connections break and new ones are refused at once.
"""

import contextlib
import socket
import threading

ADDRESS = "127.0.0.1"
BLOCK = 1 << 16


class Wire:
    """The way to a server on this machine; it is whole when it is made."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._listening = socket.create_server((ADDRESS, 0))
        self._whole = threading.Event()
        self._whole.set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.carried = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listening.getsockname()[1])

    def cut(self) -> None:
        """Break every connection, and let none come up."""
        self._whole.clear()
        with self._lock:
            for each in self._open:
                _shut(each)

    def mend(self) -> None:
        """Carry again."""
        self._whole.set()

    def end(self) -> None:
        """Listen no longer."""
        self.cut()
        _shut(self._listening)
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            if not self._whole.is_set():
                near.close()
                continue
            far = socket.create_connection((ADDRESS, self._target))
            with self._lock:
                self._open |= {near, far}
            for pair in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=pair, daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while content := source.recv(BLOCK):
                target.sendall(content)
                self.carried += len(content)
        _shut(source)
        _shut(target)
        with self._lock:
            self._open.discard(source)
        source.close()


def _shut(each: socket.socket) -> None:
    with contextlib.suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
