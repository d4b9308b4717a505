"""Tables of dBase III, and streams of AAC frames."""

import struct
from collections.abc import Sequence

Column = tuple[str, str, int]
COLUMNS: tuple[Column, ...] = (
    ("NOM", "C", 20),
    ("NE_LE", "D", 8),
    ("MONTANT", "N", 10),
    ("SORTI", "L", 1),
)


def row(number: int) -> tuple[str, ...]:
    """Return a row that differs from its neighbours."""
    return (f"PATIENT {number}", f"1980{number % 12 + 1:02}15", f"{number}.50", "T")


def dbase(rows: int = 60, columns: Sequence[Column] = COLUMNS) -> bytes:
    """Return a whole table with its end mark."""
    fields = b"".join(
        name.encode().ljust(11, b"\x00") + kind.encode() + bytes(4) + bytes([width]) + bytes(15)
        for name, kind, width in columns
    )
    size = 1 + sum(width for _, _, width in columns)
    head = struct.pack("<BBBBIHH", 3, 126, 3, 12, rows, 33 + len(fields), size)
    written = "".join(
        " " + "".join(v.ljust(w)[:w] for v, (_, _, w) in zip(row(n), columns, strict=True))
        for n in range(rows)
    )
    return head.ljust(32, b"\x00") + fields + b"\r" + written.encode() + b"\x1a"


def adts(frames: int = 40, size: int = 200) -> bytes:
    """Return frames of 44,100 Hz, two channels."""
    length = size + 7
    header = bytes(
        [0xFF, 0xF1, 0x50, 0x80 | length >> 11, length >> 3 & 255, (length & 7) << 5 | 31, 0xFC]
    )
    return b"".join(
        header + bytes((n * 37 + k * k * 11) % 251 for k in range(size)) for n in range(frames)
    )
