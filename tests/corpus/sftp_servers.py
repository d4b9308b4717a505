"""An SFTP server in memory, which can be made to lie, hang, hang up and change its mind."""

import os
import posixpath
import stat
import struct
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from quarantine.sftp.link import Link
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.session import Session
from quarantine.sftp.source import SftpSource
from quarantine.sftp.wire import Cursor, Kind, packet, text

ROOT = b"/data"
FINGERPRINT = "SHA256:a"
TIME = 1_650_000_000
# Returned by a twist instead of an answer.
HANG_UP, SAY_NOTHING = None, b""
Twist = Callable[[Kind, bytes, bytes], bytes | None]


@dataclass(slots=True, kw_only=True)
class Node:
    """What stands at a path; `size` and `mtime` are what is said of it."""

    content: bytes = b""
    mode: int = stat.S_IFREG | 0o644
    mtime: int = TIME
    size: int | None = None


def folder() -> Node:
    """Return a folder."""
    return Node(mode=stat.S_IFDIR | 0o755)


def attributes(node: Node) -> bytes:
    """Return what is said of a file."""
    size = len(node.content) if node.size is None else node.size
    return struct.pack(">IQIII", 1 | 4 | 8, size, node.mode, node.mtime, node.mtime)


def status(number: int, code: int) -> bytes:
    """Return an answer without anything in it."""
    return packet(Kind.STATUS, struct.pack(">II", number, code) + text(b"") + text(b""))


def names(number: int, found: list[tuple[bytes, Node]]) -> bytes:
    """Return an answer that lists names."""
    lines = b"".join(text(name) + text(b"for people") + attributes(n) for name, n in found)
    return packet(Kind.NAME, struct.pack(">II", number, len(found)) + lines)


@dataclass(slots=True, kw_only=True)
class MemoryServer:
    """Serves nodes by their absolute paths.

    `twist` gets the kind of a question, the path or handle in it and the honest answer, and returns
    what is sent instead. `hear` gets the size of each part that is asked for.
    """

    nodes: dict[bytes, Node] = field(default_factory=lambda: {ROOT: folder()})
    twist: Twist = lambda _kind, _subject, answer: answer
    fingerprint: str = FINGERPRINT
    joined: int = 0
    asked: Counter[Kind] = field(default_factory=Counter)
    positions: list[int] = field(default_factory=list)
    listed: set[bytes] = field(default_factory=set)
    hear: Callable[[int], None] = lambda _size: None

    def put(self, path: bytes, node: Node) -> None:
        """Put something below the root, and the folders on its way."""
        parts = path.split(b"/")
        for end in range(1, len(parts)):
            self.nodes.setdefault(ROOT + b"/" + b"/".join(parts[:end]), folder())
        self.nodes[ROOT + b"/" + path] = node

    def source(self, patience: float = 20.0) -> SftpSource:
        """Return it as a source; nobody sleeps between attempts."""
        place = SftpPlace(user="reader", host="nas", path=ROOT)
        return SftpSource(place, lambda: self.session(patience), lambda _: None)

    def session(self, patience: float = 20.0) -> Session:
        """Return a new line to it."""
        self.joined += 1
        (questions, asking), (hearing, answers) = os.pipe(), os.pipe()
        ends = (os.fdopen(questions, "rb"), os.fdopen(answers, "wb", 0))
        threading.Thread(target=self._serve, args=ends, daemon=True).start()
        link = Link(os.fdopen(hearing, "rb"), os.fdopen(asking, "wb"), lambda: None, patience)
        link.begin()
        return Session(link, self.fingerprint)

    def _serve(self, questions: BinaryIO, answers: BinaryIO) -> None:
        with questions, answers:
            self.listed.clear()
            try:
                while head := questions.read(4):
                    content = questions.read(int.from_bytes(head, "big"))
                    answer = self._answer(Kind(content[0]), content[1:])
                    if answer is HANG_UP:
                        return
                    answers.write(answer)
            except BrokenPipeError:
                pass

    def _answer(self, kind: Kind, body: bytes) -> bytes | None:
        self.asked[kind] += 1
        if kind is Kind.INIT:
            return self.twist(kind, b"", packet(Kind.VERSION, struct.pack(">I", 3)))
        cursor = Cursor(body)
        number, subject = cursor.number(), cursor.text()
        return self.twist(kind, subject, self._honest(kind, number, subject, cursor))

    def _honest(self, kind: Kind, number: int, subject: bytes, cursor: Cursor) -> bytes:
        if kind is Kind.CLOSE:
            return status(number, 0)
        if kind is Kind.REALPATH:
            return names(number, [(posixpath.normpath(subject), Node())])
        node = self.nodes.get(subject)
        return status(number, 2) if node is None else self._of(kind, number, subject, node, cursor)

    def _of(self, kind: Kind, number: int, subject: bytes, node: Node, cursor: Cursor) -> bytes:
        match kind:
            case Kind.LSTAT | Kind.FSTAT:
                return packet(Kind.ATTRS, struct.pack(">I", number) + attributes(node))
            case Kind.OPEN | Kind.OPENDIR:
                self.listed.discard(subject)
                return packet(Kind.HANDLE, struct.pack(">I", number) + text(subject))
            case Kind.READ:
                start, size = cursor.long(), cursor.number()
                self.positions.append(start)
                self.hear(size)
                return self._content(number, node.content[start : start + size])
            case Kind.READDIR:
                return self._names(number, subject)
        raise AssertionError(kind)

    @staticmethod
    def _content(number: int, content: bytes) -> bytes:
        if not content:
            return status(number, 1)
        return packet(Kind.DATA, struct.pack(">I", number) + text(content))

    def _names(self, number: int, subject: bytes) -> bytes:
        if subject in self.listed:
            return status(number, 1)
        self.listed.add(subject)
        inside = {p: n for p, n in self.nodes.items() if posixpath.dirname(p) == subject}
        found = [
            (posixpath.basename(path), node) for path, node in inside.items() if path != subject
        ]
        return names(number, [(b".", folder()), (b"..", folder()), *reversed(found)])
