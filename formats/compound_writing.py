"""A writer of OLE2 compound files ([MS-CFB]): storages that stood within another file.

The result depends on names and contents alone, so that the same inside has the same digest.
"""

import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from formats.faults import LimitError
from formats.ole2 import MAGIC

_END, _FREE, _TABLE, _NONE = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD, 0xFFFFFFFF
_IN_HEADER = 109
_ENTRY, _SHORT, _CUTOFF = 128, 64, 4096
_STORAGE, _STREAM, _ROOT = 1, 2, 5
_BLACK = 1
# As many sectors as the tables that the header names reach: beyond, they have to be larger.
_MOST_SMALL = _IN_HEADER * 128 * 512 // 2
_SMALL, _LARGE = 9, 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """A storage: its class, its streams and the storages in it, by name."""

    class_id: bytes = bytes(16)
    streams: Mapping[str, bytes] = field(default_factory=dict)
    storages: Mapping[str, "Storage"] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class _Row:
    """A line of the directory, in the making."""

    name: str
    kind: int
    class_id: bytes = bytes(16)
    content: bytes = b""
    links: list[int] = field(default_factory=lambda: [_NONE, _NONE, _NONE])
    start: int = _END
    size: int = 0


def write_compound(root: Storage) -> bytes:
    """Return a compound file whose root is the given storage.

    Raises:
        LimitError: it is too large for the tables that the header names.
    """
    rows = [_Row(name="Root Entry", kind=_ROOT, class_id=root.class_id)]
    _add_children(rows, 0, root)
    return _lay_out(rows)


def _add_children(rows: list[_Row], parent: int, storage: Storage) -> None:
    """Add what lies in a storage, as a balanced tree in the order of section 2.6.4."""
    held: dict[str, bytes | Storage] = {**storage.streams, **storage.storages}
    numbers: list[int] = []
    for name in sorted(held, key=lambda name: (len(name), name.upper(), name)):
        inside = held[name]
        numbers.append(len(rows))
        if isinstance(inside, Storage):
            rows.append(_Row(name=name, kind=_STORAGE, class_id=inside.class_id))
            _add_children(rows, numbers[-1], inside)
        else:
            rows.append(_Row(name=name, kind=_STREAM, content=inside, size=len(inside)))
    rows[parent].links[2] = _balance(rows, numbers)


def _balance(rows: list[_Row], numbers: list[int]) -> int:
    if not numbers:
        return _NONE
    middle = len(numbers) // 2
    top = numbers[middle]
    rows[top].links[0] = _balance(rows, numbers[:middle])
    rows[top].links[1] = _balance(rows, numbers[middle + 1 :])
    return top


def _lay_out(rows: list[_Row]) -> bytes:
    """Place short streams in the root's own stream, everything else in sectors, and the tables."""
    total = sum(len(row.content) for row in rows) + _ENTRY * len(rows)
    shift = _SMALL if total < _MOST_SMALL else _LARGE
    body = _Body(sector=1 << shift)
    mini, mini_table = _short_streams(rows)
    rows[0].start, rows[0].size = body.place(mini), len(mini)
    for row in rows:
        if row.size >= _CUTOFF and row.kind == _STREAM:
            row.start = body.place(row.content)
    table_start = body.place(struct.pack(f"<{len(mini_table)}I", *mini_table), fill=b"\xff")
    directory = body.place(b"".join(_entry(row) for row in rows), fill=_EMPTY_ENTRY)
    tables = body.place_tables()
    short = -(-len(mini_table) * 4 // body.sector)
    head = struct.pack("<HHHHH", 0x3E, 3 if shift == _SMALL else 4, 0xFFFE, shift, 6) + bytes(6)
    counts = (
        *(0 if shift == _SMALL else body.sectors_of(len(rows) * _ENTRY), len(tables), directory),
        *(0, _CUTOFF, table_start, short, _END, 0),
    )
    places = [*tables, *[_FREE] * (_IN_HEADER - len(tables))]
    header = MAGIC + bytes(16) + head + struct.pack("<9I", *counts)
    return (header + struct.pack("<109I", *places)).ljust(body.sector, b"\0") + b"".join(
        body.pieces
    )


def _short_streams(rows: list[_Row]) -> tuple[bytes, list[int]]:
    pieces: list[bytes] = []
    table: list[int] = []
    for row in rows:
        if row.kind == _STREAM and 0 < row.size < _CUTOFF:
            row.start = len(table)
            count = -(-row.size // _SHORT)
            table += [*range(row.start + 1, row.start + count), _END]
            pieces.append(row.content.ljust(count * _SHORT, b"\0"))
    return b"".join(pieces), table


@dataclass(slots=True, kw_only=True)
class _Body:
    """The sectors behind the header, and which follows which."""

    sector: int
    pieces: list[bytes] = field(default_factory=list)
    chain: list[int] = field(default_factory=list)

    def sectors_of(self, size: int) -> int:
        return -(-size // self.sector)

    def place(self, content: bytes, *, fill: bytes = b"\0") -> int:
        """Append content in whole sectors, and return the first one's number."""
        if not content:
            return _END
        start, count = len(self.chain), self.sectors_of(len(content))
        missing = count * self.sector - len(content)
        self.pieces.append(content + fill * (missing // len(fill)))
        self.chain += [*range(start + 1, start + count), _END]
        return start

    def place_tables(self) -> list[int]:
        """Append the tables of sectors, which list themselves too."""
        a_table = self.sector // 4
        count = 1
        while len(self.chain) + count > count * a_table:
            count += 1
        if count > _IN_HEADER:
            raise LimitError("a storage too large to be written on its own")
        numbers = list(range(len(self.chain), len(self.chain) + count))
        self.chain += [_TABLE] * count
        self.chain += [_FREE] * (count * a_table - len(self.chain))
        self.pieces.append(struct.pack(f"<{len(self.chain)}I", *self.chain))
        return numbers


def _entry(row: _Row) -> bytes:
    name = row.name.encode("utf-16-le", "surrogatepass")[:62]
    return (
        name.ljust(64, b"\0")
        + struct.pack("<HBB", len(name) + 2, row.kind, _BLACK)
        + struct.pack("<III", *row.links)
        + row.class_id
        + bytes(20)
        + struct.pack("<IQ", row.start, row.size)
    )


_EMPTY_ENTRY: Final = bytes(68) + struct.pack("<III", _NONE, _NONE, _NONE) + bytes(48)


def storage_at(entries: Iterator[tuple[tuple[str, ...], bytes | None, bytes]]) -> Storage:
    """Return the tree of (path below the storage, content or None for a storage, class)."""
    streams: dict[str, bytes] = {}
    below: dict[str, list[tuple[tuple[str, ...], bytes | None, bytes]]] = {}
    class_id = bytes(16)
    for path, content, own_class in entries:
        if not path:
            class_id = own_class
        elif len(path) == 1 and content is not None:
            streams[path[0]] = content
        else:
            below.setdefault(path[0], []).append((path[1:], content, own_class))
    storages = {name: storage_at(iter(own)) for name, own in below.items()}
    return Storage(class_id=class_id, streams=streams, storages=storages)
