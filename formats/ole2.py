"""A reader of OLE2 compound files ([MS-CFB]): header, sector chains, directory and streams.

Every chain is followed with a bound, and a sector that is used twice in one chain is a fault, so
that no file can lead in circles or grow in memory beyond its own size.
"""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from formats.families import OLE2, Family, Kind
from formats.faults import LimitError, MalformedError, TruncatedError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END, _FREE = 0xFFFFFFFE, 0xFFFFFFFF
_MAX_REGULAR = 0xFFFFFFFA
_NO_ENTRY = 0xFFFFFFFF
_HEADER = 512
_MOST_GUIDED = 256
_IN_HEADER = 109
_ENTRY = 128
_MOST_ENTRIES = 100_000
_DEEPEST = 32
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_INSTALLER_CLASSES = frozenset(
    bytes.fromhex(f"{first}100c0000000000c000000000000046") for first in ("84", "86", "82")
)
# A message is one whatever else its file holds: its reader looks at that too.
_BY_STREAM: tuple[tuple[str, Kind], ...] = (
    ("__properties_version1.0", Kind("application/vnd.ms-outlook", Family.MAIL)),
    ("encryptedpackage", Kind("application/x-encrypted-office", Family.SEALED)),
    ("worddocument", Kind("application/msword", Family.DOCUMENT)),
    ("workbook", Kind("application/vnd.ms-excel", Family.DOCUMENT)),
    ("book", Kind("application/vnd.ms-excel", Family.DOCUMENT)),
    ("powerpoint document", Kind("application/vnd.ms-powerpoint", Family.DOCUMENT)),
    ("pp40", Kind("application/x-powerpoint-4", Family.DOCUMENT)),
    ("pp97_dualstorage", Kind("application/vnd.ms-powerpoint", Family.DOCUMENT)),
    ("visiodocument", Kind("application/vnd.visio", Family.DOCUMENT)),
    ("quill", Kind("application/x-mspublisher", Family.DOCUMENT)),
    ("hwpsummaryinformation", Kind("application/x-hwp", Family.DOCUMENT)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One storage or stream: its path from the root, in the file's own spelling."""

    path: tuple[str, ...]
    is_stream: bool
    start: int
    size: int
    class_id: bytes

    @property
    def name(self) -> str:
        """The last part of the path; empty for the root."""
        return self.path[-1] if self.path else ""


class Compound:
    """A compound file whose tables and directory have been read whole."""

    def __init__(self, content: bytes) -> None:
        """Read header, tables and directory.

        Raises:
            TruncatedError: a table or the directory lies beyond the last byte.
            MalformedError: a chain goes in circles or the header contradicts the format.
            LimitError: there are more entries than allowed.
        """
        if len(content) < _HEADER:
            raise TruncatedError("the header is cut", offset=len(content))
        if not content.startswith(MAGIC):
            raise MalformedError("not a compound file", offset=0)
        self._content = content
        shift, mini_shift = struct.unpack_from("<HH", content, 30)
        if shift not in (9, 12) or mini_shift != 6:
            raise MalformedError("impossible sector sizes", offset=30)
        self._sector = 1 << shift
        (self._directory_start,) = struct.unpack_from("<I", content, 48)
        self._cutoff, self._mini_start = struct.unpack_from("<II", content, 56)
        self._fat = self._read_fat()
        self.entries = self._read_directory()

    @property
    def root(self) -> Entry:
        """The root storage."""
        return self.entries[0]

    def names(self) -> set[str]:
        """Return the names right under the root, in lower case."""
        return {entry.name.lower() for entry in self.entries if len(entry.path) == 1}

    def find(self, *path: str) -> Entry | None:
        """Return the entry of this path, case ignored."""
        wanted = tuple(part.lower() for part in path)
        return next(
            (e for e in self.entries if tuple(part.lower() for part in e.path) == wanted), None
        )

    @property
    def sector(self) -> int:
        """How many bytes a sector has."""
        return int(self._sector)

    @property
    def end(self) -> int:
        """Where the last sector that the table knows to be in use ends."""
        used = len(self._fat)
        while used and self._fat[used - 1] == _FREE:
            used -= 1
        return int(used + 1) * int(self._sector)

    def stream(self, entry: Entry) -> bytes:
        """Return a stream's bytes.

        Raises:
            TruncatedError: the chain ends, or leaves the file, before the stream's size.
            MalformedError: the chain goes in circles.
        """
        if entry.size == 0:
            return b""
        if entry.size > len(self._content):
            raise TruncatedError("a stream is larger than its file")
        if entry.size < self._cutoff:
            return self._mini_bytes(entry)
        held = self._chain_bytes(entry.start, entry.size)
        if len(held) < entry.size:
            raise TruncatedError("a stream is cut")
        return held[: entry.size]

    def _read_fat(self) -> "array[int]":
        content = self._content
        (count,) = struct.unpack_from("<I", content, 44)
        first_more, _ = struct.unpack_from("<II", content, 68)
        if count * self._sector > len(content) + self._sector:
            raise TruncatedError("the sector table is larger than its file", offset=44)
        places = list(struct.unpack_from(f"<{_IN_HEADER}I", content, 76))
        seen: set[int] = set()
        following = first_more
        while following < _MAX_REGULAR and len(places) < count:
            if following in seen:
                raise MalformedError("the table of tables goes in circles", offset=68)
            seen.add(following)
            more = struct.unpack(f"<{self._sector // 4}I", self._read_sector(following))
            places += more[:-1]
            following = more[-1]
        fat = array("I")
        for place in places[:count]:
            if place < _MAX_REGULAR:
                fat.frombytes(self._read_sector(place))
        return fat

    def _read_sector(self, number: int) -> bytes:
        start = (number + 1) * self._sector
        held = self._content[start : start + self._sector]
        if len(held) < self._sector:
            raise TruncatedError("a sector lies beyond the last byte", offset=start)
        return held

    def _chain_bytes(self, start: int, size: int) -> bytes:
        """Join a chain's sectors until `size`; the file's last sector may be short."""
        pieces: list[bytes] = []
        held = 0
        following = start
        seen: set[int] = set()
        while following < _MAX_REGULAR and held < size:
            if following in seen:
                raise MalformedError("a chain goes in circles")
            if following >= len(self._fat):
                raise TruncatedError("a chain leaves the sector table")
            seen.add(following)
            place = (following + 1) * self._sector
            piece = self._content[place : place + self._sector]
            if not piece:
                raise TruncatedError("a sector lies beyond the last byte", offset=place)
            pieces.append(piece)
            held += len(piece)
            following = self._fat[following]
        return b"".join(pieces)

    @cached_property
    def _mini_stream(self) -> bytes:
        return self._chain_bytes(self.root.start, self.root.size)

    @cached_property
    def _mini_fat(self) -> "array[int]":
        table = array("I")
        held = self._chain_bytes(self._mini_start, len(self._content))
        table.frombytes(held[: len(held) // 4 * 4])
        return table

    def _mini_bytes(self, entry: Entry) -> bytes:
        pieces: list[bytes] = []
        following = entry.start
        seen: set[int] = set()
        for _ in range((entry.size + 63) // 64):
            if following >= len(self._mini_fat):
                raise TruncatedError("a short stream is cut")
            if following in seen:
                raise MalformedError("a chain of a short stream goes in circles")
            seen.add(following)
            pieces.append(self._mini_stream[following * 64 : following * 64 + 64])
            following = self._mini_fat[following]
        held = b"".join(pieces)[: entry.size]
        if len(held) < entry.size:
            raise TruncatedError("a short stream is cut")
        return held

    def _read_directory(self) -> tuple[Entry, ...]:
        table = self._chain_bytes(self._directory_start, len(self._content))
        count = len(table) // _ENTRY
        if count == 0:
            raise TruncatedError("the directory is missing", offset=48)
        if count > _MOST_ENTRIES:
            raise LimitError(f"{count} directory entries")
        if table[66] != _ROOT:
            raise MalformedError("the first directory entry is not the root")
        entries = [_entry(table, 0, ())]
        seen = {0}
        todo: list[tuple[int, tuple[str, ...]]] = [(_links(table, 0)[2], ())]
        self._walk(table, count, todo, seen, entries)
        return tuple(entries)

    def _walk(
        self,
        table: bytes,
        count: int,
        todo: list[tuple[int, tuple[str, ...]]],
        seen: set[int],
        entries: list[Entry],
    ) -> None:
        """Collect the tree of names without recursion: its depth is the file's choice."""
        while todo:
            number, parent = todo.pop()
            if number == _NO_ENTRY:
                continue
            if number >= count:
                raise TruncatedError("a directory entry lies beyond the directory")
            if number in seen:
                raise MalformedError("the directory goes in circles")
            seen.add(number)
            entry = _entry(table, number, parent)
            entries.append(entry)
            left, right, child = _links(table, number)
            todo += [(left, parent), (right, parent)]
            if entry.is_stream or child == _NO_ENTRY:
                continue
            if len(entry.path) >= _DEEPEST:
                raise LimitError(f"storages nested more than {_DEEPEST} deep")
            todo.append((child, entry.path))


DOCUMENT_STREAMS = frozenset(name for name, kind in _BY_STREAM if kind.family is not Family.MAIL)


def _links(table: bytes, number: int) -> tuple[int, int, int]:
    left, right, child = struct.unpack_from("<III", table, number * _ENTRY + 68)
    return left, right, child


def _entry(table: bytes, number: int, parent: tuple[str, ...]) -> Entry:
    at = number * _ENTRY
    (name_size,) = struct.unpack_from("<H", table, at + 64)
    name = table[at : at + max(0, min(name_size, 64) - 2)].decode("utf-16-le", "replace")
    start, size = struct.unpack_from("<II", table, at + 116)
    return Entry(
        path=(*parent, name) if number else (),
        is_stream=table[at + 66] == _STREAM,
        start=start,
        size=size,
        class_id=table[at + 80 : at + 96],
    )


def guiding_sectors(content: bytes) -> list[int]:
    """Return where the sectors stand that lead to all others: the tables, and the directory's."""
    if len(content) < _HEADER:
        return []
    (shift,) = struct.unpack_from("<H", content, 30)
    (count,) = struct.unpack_from("<I", content, 44)
    (directory,) = struct.unpack_from("<I", content, 48)
    tables = struct.unpack_from(f"<{_IN_HEADER}I", content, 76)[: min(count, _IN_HEADER)]
    if shift not in (9, 12):
        return []
    numbers = [*tables, *_chain(content, shift, tables, directory)]
    return [(number + 1) << shift for number in numbers if number < _MAX_REGULAR]


def _chain(content: bytes, shift: int, tables: tuple[int, ...], first: int) -> Iterator[int]:
    """Yield the sectors of a chain as far as the tables in the header lead; broken ones end it."""
    number, entries = first, (1 << shift) // 4
    for _ in range(_MOST_GUIDED):
        if number >= _MAX_REGULAR:
            return
        yield number
        if number // entries >= len(tables):
            return
        place = ((tables[number // entries] + 1) << shift) + number % entries * 4
        if place + 4 > len(content):
            return
        (number,) = struct.unpack_from("<I", content, place)


def kind_of_compound(content: bytes) -> Kind:
    """Return what a compound file holds, by the names under its root.

    Raises:
        FormatError: its directory cannot be read.
    """
    return kind_of(Compound(content))


def kind_of(compound: Compound) -> Kind:
    """Return what a compound file that was already read holds."""
    if compound.root.class_id in _INSTALLER_CLASSES:
        return Kind("application/x-msi", Family.PROGRAM)
    names = compound.names()
    for name, kind in _BY_STREAM:
        if name in names:
            return kind
    return OLE2
