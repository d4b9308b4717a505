"""ISO 9660 images made by hand, honest or crafted: one folder, with Joliet or Rock Ridge."""

import struct
from dataclasses import dataclass

SECTOR = 2048
_FIRST = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """A file to be written; `use` are fields of Rock Ridge, `joliet` another name beside it.

    `content_of` lets another tree lead to other bytes.
    """

    name: str
    content: bytes = b""
    joliet: str = ""
    use: bytes = b""
    other: bytes | None = None


def of(members: dict[str, bytes], **settings: object) -> bytes:
    """Return an image of names and contents; the names are told in Joliet."""
    items = [
        Item(name=f"F{n}.{name.rpartition('.')[2][:3].upper()};1", content=content, joliet=name)
        for n, (name, content) in enumerate(members.items())
    ]
    return image(*items, joliet=True, **settings)  # type: ignore[arg-type]


def image(
    *items: Item,
    joliet: bool = False,
    rock_ridge: bool = False,
    boot: bool = False,
    udf: bool = False,
    before: bytes = b"",
    hidden: bytes = b"",
    end: bytes = b"",
) -> bytes:
    """Return an image; `before` lies in its first sectors, `hidden` where nothing leads to."""
    descriptors = 1 + boot + joliet + 1 + 3 * udf
    tree = _FIRST + descriptors
    wide_tree = tree + 1
    at = tree + 1 + joliet
    body, narrow, wide = b"", b"", b""
    for item in items:
        place, told = at, _sectors(item.content)
        at += len(told) // SECTOR
        body += told
        narrow += _record(item.name.encode(), place, len(item.content), use=item.use)
        other_place, size = place, len(item.content)
        if item.other is not None:
            other_place, size, told = at, len(item.other), _sectors(item.other)
            at += len(told) // SECTOR
            body += told
        wide += _record((item.joliet or item.name).encode("utf-16-be"), other_place, size)
    body += _sectors(hidden)
    total = at + len(_sectors(hidden)) // SECTOR
    use = b"SP\x07\x01\xbe\xef\x00" if rock_ridge else b""
    told = [_volume(1, tree, total)]
    told += [_descriptor(0, b"EL TORITO SPECIFICATION")] if boot else []
    told += [_volume(2, wide_tree, total)] if joliet else []
    told += [_descriptor(255, b"")]
    told += [_sectors(b"\0" + mark + b"\1") for mark in (b"BEA01", b"NSR02", b"TEA01")] * udf
    trees = _folder(tree, narrow, use) + (_folder(wide_tree, wide, b"") if joliet else b"")
    return before.ljust(_FIRST * SECTOR, b"\0") + b"".join(told) + trees + body + end


def moved(content: bytes, *, leads: bool = True, marked: bool = True) -> bytes:
    """Return an image that keeps the folder "deep" elsewhere, as genisoimage does (RRIP 4.1.5).

    Without `leads` nothing says where it belongs, without `marked` it stands in two places.
    """
    root, kept, deep, file = (_FIRST + 2 + n for n in range(4))
    link = b"CL\x0c\x01" + _both(deep, 4) if leads else b""
    narrow = _record(b"D.;1", file, 0, use=rock_ridge_name("deep") + link)
    narrow += _record(b"RR_MOVED", kept, SECTOR, flags=2, use=rock_ridge_name("rr_moved"))
    mark = b"RE\x04\x01" if marked else b""
    folders = _folder(root, narrow, b"SP\x07\x01\xbe\xef\x00")
    folders += _folder(kept, _record(b"D", deep, SECTOR, flags=2, use=mark), b"")
    folders += _folder(deep, _record(b"A.TXT;1", file, len(content)), b"")
    told = _volume(1, root, file + len(_sectors(content)) // SECTOR) + _descriptor(255, b"")
    return bytes(_FIRST * SECTOR) + told + folders + _sectors(content)


def rock_ridge_name(name: str) -> bytes:
    """Return the field that holds a name (RRIP 4.1.4)."""
    told = name.encode()
    return b"NM" + bytes([5 + len(told), 1, 0]) + told


def rock_ridge_mode(mode: int) -> bytes:
    """Return the field that holds a mode (RRIP 4.1.1)."""
    return b"PX\x24\x01" + b"".join(_both(n, 4) for n in (mode, 1, 0, 0))


def _sectors(content: bytes) -> bytes:
    return content.ljust(-(-len(content) // SECTOR) * SECTOR, b"\0")


def _both(value: int, size: int) -> bytes:
    return value.to_bytes(size, "little") + value.to_bytes(size, "big")


def _record(name: bytes, sector: int, size: int, *, flags: int = 0, use: bytes = b"") -> bytes:
    told = bytes([0]) + _both(sector, 4) + _both(size, 4) + bytes(7) + bytes([flags, 0, 0])
    told += _both(1, 2) + bytes([len(name)]) + name + (b"" if len(name) & 1 else b"\0") + use
    told += b"\0" * (len(told) & 1 ^ 1)
    return bytes([len(told) + 1]) + told


def _folder(sector: int, records: bytes, use: bytes) -> bytes:
    own = _record(b"\0", sector, SECTOR, flags=2, use=use)
    return _sectors(own + _record(b"\1", sector, SECTOR, flags=2) + records)


def _descriptor(kind: int, told: bytes) -> bytes:
    return (bytes([kind]) + b"CD001\1" + told).ljust(SECTOR, b"\0")


def _volume(kind: int, tree: int, total: int) -> bytes:
    told = bytearray(_descriptor(kind, b""))
    told[80:88], told[120:124], told[124:128] = _both(total, 4), _both(1, 2), _both(1, 2)
    told[128:132] = _both(SECTOR, 2)
    told[156:190] = _record(b"\0", tree, SECTOR, flags=2)[:34]
    if kind == 2:
        told[88:91] = b"%/E"
    return bytes(told)


def with_size(content: bytes, sectors: int) -> bytes:
    """Return an image whose primary descriptor claims another size."""
    at = _FIRST * SECTOR + 80
    return content[:at] + _both(sectors, 4) + content[at + 8 :]


def big_endian_size(content: bytes) -> bytes:
    """Return an image whose size is another one for programs of the other byte order."""
    at = _FIRST * SECTOR + 84
    return content[:at] + struct.pack(">I", 3) + content[at + 4 :]
