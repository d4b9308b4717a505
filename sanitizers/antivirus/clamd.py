"""Talks to a running clamd: one command a connection, answers bounded in size and time.

The commands are those of clamd(8): VERSION, and INSTREAM with a length before each piece and a
length of zero at the end. Prefixed with `z`, commands and answers end with a NUL. Contents go to
clamd as bytes over its socket, so that it needs no access to the vault.
"""

import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from custody.box import Content
from custody.errors import RulesError, SettingsError
from sanitizers.known.contents import pieces

MOST_ANSWER = 4096
CONNECT_SECONDS = 10.0
ANSWER_SECONDS = 300.0
HOST_AND_PORT = re.compile(r"(?P<host>[^/:]+|\[[0-9a-f:]+\]):(?P<port>[0-9]{1,5})")
VERSION = re.compile(r"ClamAV (?P<engine>[^/\s]+)(/(?P<database>[0-9]+)/(?P<dated>.+))?")


class ClamdError(Exception):
    """Clamd did not answer, or not as clamd(8) says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What clamd says of itself: its engine, the number of its database, and when that was made."""

    engine: str
    number: str
    dated: str

    def __str__(self) -> str:
        return f"{self.engine}/{self.number}" if self.number else f"{self.engine}/own signatures"


@dataclass(frozen=True, slots=True)
class Clamd:
    """A clamd at the path of a socket, or at HOST:PORT."""

    place: str

    def __post_init__(self) -> None:
        if not self.place.startswith("/") and not HOST_AND_PORT.fullmatch(self.place):
            raise SettingsError(
                f"antivirus.clamd is {self.place!r}",
                next_step="give the path of clamd's socket, or HOST:PORT",
            )

    def database(self) -> Database:
        """Return what clamd answers with.

        Raises:
            RulesError: it does not answer: its silence would be taken for clean.
        """
        try:
            with self._connected() as connection:
                connection.sendall(b"zVERSION\0")
                answer = _answer(connection)
        except (ClamdError, OSError) as error:
            raise RulesError(
                f"clamd at {self.place} does not answer: {_reason(error)}",
                next_step="start it, or take antivirus.clamd out of the settings",
            ) from error
        said = VERSION.fullmatch(answer)
        if said is None:
            raise RulesError(
                f"what listens at {self.place} is no clamd",
                next_step="set antivirus.clamd to the socket of clamd.conf's LocalSocket",
            )
        return Database(
            engine=said["engine"], number=said["database"] or "", dated=said["dated"] or ""
        )

    def scan(self, content: Content) -> str:
        """Return clamd's words about a content: `OK`, `NAME FOUND` or `REASON ERROR`.

        Raises:
            ClamdError: it gave no answer.
        """
        try:
            with self._connected() as connection:
                _send(connection, content)
                answer = _answer(connection)
        except OSError as error:
            raise ClamdError(_reason(error)) from error
        return answer.removeprefix("stream:").strip()

    @contextmanager
    def _connected(self) -> Iterator[socket.socket]:
        with self._socket() as connection:
            connection.settimeout(ANSWER_SECONDS)
            yield connection

    def _socket(self) -> socket.socket:
        found = HOST_AND_PORT.fullmatch(self.place)
        if found is not None:
            address = (found["host"].strip("[]"), int(found["port"]))
            return socket.create_connection(address, timeout=CONNECT_SECONDS)
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(CONNECT_SECONDS)
        try:
            connection.connect(self.place)
        except OSError:
            connection.close()
            raise
        return connection


def _send(connection: socket.socket, content: Content) -> None:
    """Send a content; clamd hangs up on one that is too long for it, and says so first."""
    try:
        connection.sendall(b"zINSTREAM\0")
        for piece in pieces(content):
            if piece:
                connection.sendall(struct.pack(">I", len(piece)))
                connection.sendall(piece)
        connection.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        return


def _answer(connection: socket.socket) -> str:
    """Read an answer up to its NUL.

    Raises:
        ClamdError: there is none, or it is too long.
    """
    said = b""
    while not said.endswith(b"\0"):
        piece = connection.recv(MOST_ANSWER)
        if not piece:
            break
        said += piece
        if len(said) > MOST_ANSWER:
            raise ClamdError("its answer is too long")
    words = said.rstrip(b"\0").decode("utf-8", "replace").strip()
    if not words:
        raise ClamdError("it hung up without an answer")
    return words


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else str(error)) or type(error).__name__
