"""RAR archives made by hand, honest or crafted: stored, or packed as plainly as can be.

What is packed in RAR 5 is all bytes as codes of eight bits; in RAR 4 it is `NUMBERS` alone.
"""

import struct
import zlib
from dataclasses import dataclass

from formats.rar import MARK_4, MARK_5
from sanitizers.containers.rar_rewriting import number

_TABLES = (306, 64, 16, 44)
_CODE_NAMES = 20
# What WinRAR packs a list of numbers to; its codes have no table as small as those of RAR 5.
NUMBERS = b"".join(b"%03d\n" % line for line in range(512))
PACKED_4 = bytes.fromhex(
    "0cccccfe8cdeafffec5f3575920765e26696e556482c5746403c42e19006ad874002080002223a5e03348301"
    "d84e905e12ecdba7d482b6b289d02eb9c2d922989c7eee0010f7903fed7dd615eea9b7df851c8dbed2d0dbedb940"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One block; `name` in the encoding of its format, `extra` behind the header of RAR 5."""

    name: bytes
    content: bytes = b""
    packed: bool = False
    kind: int = 2
    flags: int = 0
    file_flags: int = 0
    extra: bytes = b""
    crc: int | None = None
    size: int | None = None
    attributes: int = 0o100644
    mix: int = 0


def of(members: dict[str, bytes], *, form: int = 5, packed: bool = False) -> bytes:
    """Return an archive of these members."""
    items = [Item(name=n.encode(), content=c, packed=packed) for n, c in members.items()]
    return rar5(*items) if form == 5 else rar4(*items)


def rar5(
    *items: Item, main: int = 0, locator: bytes = b"", end: int = 0, more: bytes = b""
) -> bytes:
    """Return a RAR 5 archive; `main` and `end` are the flags of its first and last block."""
    flags = number(1) + number(len(locator)) if locator else number(0)
    start = block5(number(1), flags, number(main), locator)
    return MARK_5 + start + b"".join(map(file5, items)) + block5(*map(number, (5, 0, end))) + more


def file5(item: Item) -> bytes:
    """Return a file or service block of RAR 5 with its data."""
    data = packed5(item.content) if item.packed else item.content
    size = len(item.content) if item.size is None else item.size
    crc = zlib.crc32(item.content) if item.crc is None else item.crc
    extra = (number(len(item.extra)),) if item.extra else ()
    flags = item.flags | 2 | (1 if item.extra else 0)
    header = block5(
        *(number(item.kind), number(flags), *extra, number(len(data))),
        *(number(item.file_flags | 4), number(size), number(0), struct.pack("<I", crc)),
        *(number((3 << 7 if item.packed else 0) | item.mix), number(1)),
        *(number(len(item.name)), item.name, item.extra),
    )
    return header + data


def record(kind: int, *fields: bytes) -> bytes:
    """Return a record behind a header of RAR 5."""
    body = number(kind) + b"".join(fields)
    return number(len(body)) + body


def block5(*fields: bytes) -> bytes:
    """Return a block of RAR 5."""
    body = b"".join(fields)
    header = number(len(body)) + body
    return struct.pack("<I", zlib.crc32(header)) + header


def rar4(*items: Item, main: int = 0, end: bytes | None = None, more: bytes = b"") -> bytes:
    """Return a RAR 4 archive; `main` are the flags of its first block."""
    last = block4(0x7B, 0x4000, b"") if end is None else end
    return MARK_4 + block4(0x73, main, bytes(6)) + b"".join(map(file4, items)) + last + more


def file4(item: Item) -> bytes:
    """Return a file or service block of RAR 4 with its data."""
    data = PACKED_4 if item.packed else item.content
    size = len(item.content) if item.size is None else item.size
    crc = zlib.crc32(item.content) if item.crc is None else item.crc
    fields = struct.pack(
        *("<IIBIIBBHI", len(data), size, 3, crc, 0, 29),
        *(0x33 if item.packed else 0x30, len(item.name), item.attributes),
    )
    kind = 0x74 if item.kind == 2 else 0x7A
    return block4(kind, item.flags | 0x8000, fields + item.name + item.extra) + data


def block4(kind: int, flags: int, fields: bytes) -> bytes:
    """Return a block of RAR 4."""
    header = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header


def packed5(content: bytes) -> bytes:
    """Return a content as one block of RAR 5's codes."""
    bits = _table() + "".join(f"{byte:08b}" for byte in content)
    body = _bytes(bits)
    flags = (len(bits) - 1) % 8 | 0x80 | 0x40 | 2 << 3
    size = len(body).to_bytes(3, "little")
    check = 0x5A ^ flags ^ size[0] ^ size[1] ^ size[2]
    return bytes((flags, check)) + size + body


def _table() -> str:
    """Return the lengths of all codes: eight for each byte, one for the first of other tables.

    The lengths are told in codes too: 0 is a length of eight, 10 one of one, 11 a run of none.
    """
    names = {8: 1, 1: 2, 19: 2}
    own = "".join(f"{names.get(name, 0):04b}" for name in range(_CODE_NAMES))
    first, *others = _TABLES
    told = "0" * 256 + _none(first - 256)
    return own + told + "".join("10" + _none(size - 1) for size in others)


def _none(count: int) -> str:
    return f"11{count - 11:07b}"


def _bytes(bits: str) -> bytes:
    filled = bits + "0" * (-len(bits) % 8)
    return int(filled, 2).to_bytes(len(filled) // 8, "big")
