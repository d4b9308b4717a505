"""OLE2 compound files, made from paths and streams."""

import struct
from itertools import pairwise

_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_NONE = 0xFFFFFFFF

WORD_97 = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0) + bytes(20)
WORD_97_PROTECTED = struct.pack("<HHHHHH", 0xA5EC, 0xC1, 0, 0, 0, 0x0100) + bytes(20)
WORD_2 = struct.pack("<HHHHHH", 0xA59B, 0x2D, 0, 0, 0, 0) + bytes(400)
WORD_95 = struct.pack("<HHHHHH", 0xA5DC, 0x68, 0, 0, 0, 0) + bytes(400)
WORD_95_TEMPLATE = struct.pack("<HHHHHH", 0xA5DC, 0x68, 0, 0, 0, 1) + bytes(400)
WORD_95_MACROS = WORD_95[:0x124] + b"\x09" + WORD_95[0x125:]


def letter(text: bytes) -> dict[str, bytes]:
    """Return the two streams of a Word document of one piece of narrow text."""
    head = WORD_97.ljust(418, b"\x00") + struct.pack("<II", 0, 21)
    start = 512
    piece = struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, start * 2 | 1 << 30, 0)
    return {
        "WordDocument": head.ljust(start, b"\x00") + text,
        "0Table": b"\x02" + struct.pack("<I", len(piece)) + piece,
    }


def record(number: int, body: bytes = b"") -> bytes:
    """Return one record of an Excel stream."""
    return struct.pack("<HH", number, len(body)) + body


def workbook(*records: bytes) -> bytes:
    """Return the globals of a workbook with the given records."""
    return record(0x809, bytes(16)) + b"".join(records) + record(0x0A)


def sheet(kind: int, name: bytes = b"S1") -> bytes:
    """Return a BOUNDSHEET record: kind 0 is a sheet, 1 is an Excel 4 macro sheet."""
    return record(0x85, struct.pack("<IBB", 0, 0, kind) + bytes([len(name), 0]) + name)


def atom(number: int, body: bytes = b"", *, container: bool = False) -> bytes:
    """Return one record of a PowerPoint stream."""
    return struct.pack("<HHI", 0xF if container else 0, number, len(body)) + body


def compound(streams: dict[str, bytes], *, class_id: bytes = bytes(16)) -> bytes:
    """Return a compound file; "a/b" puts b into storage a, "a/" makes an empty one."""
    entries: list[tuple[str, int, bytes, int]] = [("Root Entry", 5, b"", _NONE)]
    children: dict[int, list[int]] = {0: []}
    numbers: dict[tuple[str, ...], int] = {(): 0}
    for path, content in streams.items():
        parts = tuple(path.split("/"))
        for depth in range(1, len(parts)):
            if parts[:depth] not in numbers:
                _add(entries, children, numbers, parts[:depth], 1, b"")
        if parts[-1]:
            _add(entries, children, numbers, parts, 2, content)
    return _lay_out(entries, children, class_id)


def _add(
    entries: list[tuple[str, int, bytes, int]],
    children: dict[int, list[int]],
    numbers: dict[tuple[str, ...], int],
    path: tuple[str, ...],
    kind: int,
    content: bytes,
) -> None:
    number = len(entries)
    entries.append((path[-1], kind, content, _NONE))
    children[number] = []
    children[numbers[path[:-1]]].append(number)
    numbers[path] = number


def _lay_out(
    entries: list[tuple[str, int, bytes, int]], children: dict[int, list[int]], class_id: bytes
) -> bytes:
    directory_sectors = -(-len(entries) // 4)
    body: list[bytes] = []
    chains: list[int] = []
    starts: dict[int, int] = {}
    following = directory_sectors
    for number, (_, _, content, _) in enumerate(entries):
        if content:
            sectors = -(-len(content) // _SECTOR)
            starts[number] = following
            chains += [*range(following + 1, following + sectors), _END]
            body.append(content.ljust(sectors * _SECTOR, b"\x00"))
            following += sectors
    links = [*range(1, directory_sectors), _END, *chains]
    tables = 1
    while (len(links) + tables) > tables * 128:
        tables += 1
    fat = [*links, *([_TABLE] * tables)]
    fat += [_FREE] * (tables * 128 - len(fat))
    rights = {a: b for row in children.values() for a, b in pairwise(row)}
    table = b"".join(
        _entry(
            name,
            kind,
            rights.get(number, _NONE),
            children[number][0] if children[number] else _NONE,
            starts.get(number, _END),
            len(content),
            class_id if number == 0 else bytes(16),
        )
        for number, (name, kind, content, _) in enumerate(entries)
    ).ljust(directory_sectors * _SECTOR, b"\x00")
    header = _header(tables, following)
    return header + table + b"".join(body) + struct.pack(f"<{len(fat)}I", *fat)


def _header(tables: int, first_table: int) -> bytes:
    places = [*range(first_table, first_table + tables)]
    places += [_FREE] * (109 - tables)
    return (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
        + bytes(6)
        + struct.pack("<IIIIIIIIII", 0, tables, 0, 0, 0, _END, 0, _END, 0, 0)[:36]
        + struct.pack("<109I", *places)
    )


def _entry(
    name: str, kind: int, right: int, child: int, start: int, size: int, class_id: bytes
) -> bytes:
    written = name.encode("utf-16-le")
    return (
        written.ljust(64, b"\x00")
        + struct.pack("<HBB", len(written) + 2, kind, 1)
        + struct.pack("<III", _NONE, right, child)
        + class_id
        + bytes(20)
        + struct.pack("<III", start, size, 0)
    )
