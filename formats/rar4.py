"""A strict reader of RAR 1.5 to 4 archives (RAR 4.20 technote): every block, every byte."""

import stat
import struct
import zlib
from dataclasses import dataclass

from formats.faults import (
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.rar import (
    COMMENT,
    MARK_4,
    STORED,
    Kind,
    RarArchive,
    RarMember,
    distinct,
    service_refusal,
)

_MAIN, _FILE, _SERVICE, _END = 0x73, 0x74, 0x7A, 0x7B
_COMMON = struct.Struct("<HBHH")
_FIELDS = struct.Struct("<IIBIIBBHI")
_LONG = 0x8000
_VOLUME, _OLD_COMMENT, _HIDDEN = 0x1, 0x2, 0x80
_FROM_BEFORE, _GOES_ON, _PASSWORD, _FILE_COMMENT, _FILE_SOLID = 1, 2, 4, 8, 16
_DICTIONARY, _WIDE, _UNICODE, _SALT, _TIMES = 0xE0, 0x100, 0x200, 0x400, 0x1000
_UNIX = 3
_METHODS = range(0x30, 0x36)
_WITH_AN_END = 29
_KINDS = {
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}
_WILD = b"?_"
_OWNER, _MOST_OWNER = b"UOW", 64


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One block: its kind and flags, its header without the common fields, where its data lies."""

    start: int
    kind: int
    flags: int
    header: bytes
    data: int
    data_size: int

    @property
    def end(self) -> int:
        """Where the next block begins."""
        return self.data + self.data_size


def read_archive(content: bytes, *, most_members: int) -> RarArchive:
    """Read all blocks of an archive.

    Raises:
        ProtectedError: its headers are encrypted.
        TruncatedError: it ends within a block, or without an end where its version has one.
        FormatError: it cannot be read.
    """
    if not content.startswith(MARK_4):
        raise MalformedError("no RAR archive")
    main = _block(content, len(MARK_4))
    if main.kind != _MAIN:
        raise MalformedError("the first block is not the archive's", offset=main.start)
    if main.flags & _HIDDEN:
        raise ProtectedError("the headers are encrypted")
    anomalies = ["volume"] if main.flags & _VOLUME else []
    if len(main.header) not in (6, 7) or main.data_size:
        anomalies.append("hidden-data")
    members, end = _read_members(content, main.end, most_members, anomalies)
    if end < len(content):
        anomalies.append("trailing-data")
    return RarArchive(format=4, members=tuple(members), anomalies=tuple(distinct(anomalies)))


def _read_members(
    content: bytes, at: int, most: int, anomalies: list[str]
) -> tuple[list[RarMember], int]:
    """Return the members, and where the archive ends."""
    members: list[RarMember] = []
    newest = 0
    while at < len(content):
        block = _block(content, at)
        at = block.end
        if block.kind == _END:
            anomalies += _ending(block)
            return members, at
        if block.kind not in (_FILE, _SERVICE):
            anomalies.append(f"service-data: block {block.kind:02x}")
            continue
        member = _member(block)
        newest = max(newest, member.version)
        if member.refusal or not member.untrusted_name.endswith(b"/"):
            members.append(member)
        if len(members) > most:
            raise LimitError(f"more than {most} members")
    if newest >= _WITH_AN_END or not members:
        raise TruncatedError("the archive has no end", offset=at)
    return members, at


def _ending(block: _Block) -> list[str]:
    """Return what is wrong with the block that ends an archive: a CRC, a number, and 7 bytes."""
    holds = 4 * bool(block.flags & 2) + 2 * bool(block.flags & 8) + 7 * bool(block.flags & 4)
    found = ["volume"] if block.flags & 1 else []
    if len(block.header) != holds or block.data_size:
        found.append("hidden-data")
    return found


def _block(content: bytes, at: int) -> _Block:
    """Read the common fields of a block, and check its sum."""
    if at + _COMMON.size > len(content):
        raise TruncatedError("a header is cut", offset=at)
    crc, kind, flags, size = _COMMON.unpack_from(content, at)
    end = at + size
    if end > len(content):
        raise TruncatedError("a header is cut", offset=at)
    if size < _COMMON.size:
        raise MalformedError("a header of a size that cannot be", offset=at)
    if zlib.crc32(content[at + 2 : end]) & 0xFFFF != crc:
        if (kind == _MAIN and flags & _OLD_COMMENT) or (kind == _FILE and flags & _FILE_COMMENT):
            raise UnsupportedError("a comment within a header (RAR 2 and before)", offset=at)
        raise MalformedError("a header does not fit its checksum", offset=at)
    header = content[at + _COMMON.size : end]
    data = int.from_bytes(header[:4], "little") if flags & _LONG else 0
    if kind in (_FILE, _SERVICE):
        data = _data_size(header, flags, at)
    if end + data > len(content):
        raise TruncatedError("a member ends beyond the archive", offset=at)
    return _Block(start=at, kind=kind, flags=flags, header=header, data=end, data_size=data)


def _data_size(header: bytes, flags: int, at: int) -> int:
    needed = _FIELDS.size + (8 if flags & _WIDE else 0)
    if len(header) < needed or not flags & _LONG:
        raise MalformedError("a header that is shorter than what it holds", offset=at)
    high = int.from_bytes(header[_FIELDS.size : _FIELDS.size + 4], "little")
    low = int.from_bytes(header[:4], "little")
    return low | (high << 32 if flags & _WIDE else 0)


def _member(block: _Block) -> RarMember:
    _, size, system, crc, _, version, method, name_size, attributes = _FIELDS.unpack_from(
        block.header
    )
    at = _FIELDS.size
    if block.flags & _WIDE:
        size |= int.from_bytes(block.header[at + 4 : at + 8], "little") << 32
        at += 8
    told = block.header[at : at + name_size]
    if len(told) != name_size or not name_size:
        raise MalformedError("a name that is cut, or none", offset=block.start)
    rest = block.header[at + name_size :]
    is_file = block.kind == _FILE
    name, refusal = _name(told, block.flags) if is_file else (told, "")
    is_folder = is_file and block.flags & _DICTIONARY == _DICTIONARY
    member = RarMember(
        kind=Kind.FILE if is_file else Kind.SERVICE,
        untrusted_name=name.rstrip(b"/\\") + b"/" if is_folder else name,
        offset=block.data,
        packed_size=block.data_size,
        size=size,
        method=method - _METHODS.start,
        version=version,
        window=0x10000 << (block.flags >> 5 & 7),
        solid=bool(block.flags & _FILE_SOLID),
        crc=crc,
        encrypted=bool(block.flags & _PASSWORD),
        refusal=refusal,
    )
    return _judged(member, block, rest, mode=attributes if system == _UNIX else 0)


def _judged(member: RarMember, block: _Block, rest: bytes, *, mode: int) -> RarMember:
    """Return a member with why its content cannot be believed, if it cannot."""
    return RarMember(
        **{name: getattr(member, name) for name in RarMember.__slots__ if name != "refusal"},
        refusal=member.refusal or _refusal(member, block, rest, mode),
    )


def _refusal(member: RarMember, block: _Block, rest: bytes, mode: int) -> str:
    if member.method + _METHODS.start not in _METHODS:
        return "unsupported: a packing method that nobody knows"
    if block.flags & (_FROM_BEFORE | _GOES_ON):
        return "unsupported: it lies in several volumes"
    if member.kind is Kind.SERVICE:
        return _service(member, block, rest)
    if block.flags & _FILE_COMMENT or _beyond(block.flags, rest):
        return "hidden-data"
    if member.untrusted_name.endswith((b"/", b"\\")):
        return "hidden-data" if member.packed_size or member.size else ""
    return _content(member, mode)


def _service(member: RarMember, block: _Block, rest: bytes) -> str:
    """Return why a service is no comment: an owner's name stands in its header alone."""
    if member.untrusted_name == _OWNER and not member.size and not member.packed_size:
        return "" if len(rest) <= _MOST_OWNER else "hidden-data"
    if member.untrusted_name != COMMENT:
        return service_refusal(member.untrusted_name)
    return "hidden-data" if _beyond(block.flags, rest) else ""


def _content(member: RarMember, mode: int) -> str:
    if member.method == STORED and member.size != member.packed_size and not member.encrypted:
        return "size-mismatch"
    kind = _KINDS.get(stat.S_IFMT(mode), "")
    return kind or ("set-id" if mode & (stat.S_ISUID | stat.S_ISGID) else "")


def _beyond(flags: int, rest: bytes) -> bool:
    """Whether a header holds more behind a name than a salt and times (technote, EXT_TIME)."""
    at = 8 if flags & _SALT else 0
    if flags & _TIMES:
        if len(rest) < at + 2:
            return True
        kinds = int.from_bytes(rest[at : at + 2], "little")
        at += 2
        for place in range(4):
            told = kinds >> 4 * (3 - place)
            if told & 8:
                at += (4 if place else 0) + (told & 3)
    return len(rest) != at


def _name(told: bytes, flags: int) -> tuple[bytes, str]:
    """Return a name in UTF-8, and what is wrong with it: what two programs would read otherwise."""
    if not flags & _UNICODE:
        return told, ""
    plain, zero, packed = told.partition(b"\0")
    if not zero:
        try:
            return plain.decode("utf-8").encode(), ""
        except UnicodeDecodeError:
            return plain, "name-of-unknown-charset"
    units = _unpacked_name(plain, packed)
    wide = b"".join(struct.pack("<H", unit) for unit in units).decode("utf-16-le", "replace")
    return wide.encode("utf-8", "replace"), "" if _same(plain, wide) else "name-mismatch"


def _same(plain: bytes, wide: str) -> bool:
    """Whether both spellings of a name tell the same, as far as the old one can tell it."""
    if any(byte >= 0x80 for byte in plain) or any(byte in _WILD for byte in plain):
        return True
    return plain.decode("ascii") == wide


def _unpacked_name(plain: bytes, packed: bytes) -> list[int]:
    """Return the UTF-16 units of a name that is packed beside its old spelling."""
    given = iter(packed)
    high = next(given, 0)
    units: list[int] = []
    flags = bits = 0
    for byte in given:
        if not bits:
            flags, bits = byte, 8
            continue
        bits -= 2
        match flags >> bits & 3:
            case 0:
                units.append(byte)
            case 1:
                units.append(byte | high << 8)
            case 2:
                units.append(byte | next(given, 0) << 8)
            case _:
                units += _repeated(
                    plain, len(units), byte, high, next(given, 0) if byte & 0x80 else None
                )
    return units


def _repeated(plain: bytes, at: int, count: int, high: int, more: int | None) -> list[int]:
    """Return units that follow the old spelling, each with the same added when there is more."""
    taken = plain[at : at + (count & 0x7F) + 2]
    if more is None:
        return list(taken)
    return [(byte + more & 0xFF) | high << 8 for byte in taken]
