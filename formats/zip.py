"""A strict reader of ZIP archives: the directory and every local header must tell the same story.

Programs disagree on crafted archives (PKWARE APPNOTE 4.3): one believes the directory, another the
local headers, a third the first of two directories. Whatever would let two programs see different
members is named here as an anomaly; what cannot be read at all is a fault. Sizes are never
believed: members are inflated by the caller's function, and counted.
"""

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from formats.faults import (
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)

STORED, DEFLATED = 0, 8
_EOCD_WITHIN = 65_557
_EOCD = struct.Struct("<4s4H2IH")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_LOCAL = struct.Struct("<4s5H3I2H")
_LOCAL_MARK = b"PK\x03\x04"
_WIDE = 0xFFFFFFFF
_WIDE_COUNT = 0xFFFF
_PADDING = b"\x00\r\n"
_MOST_DISKS = 1000  # no writer names more volumes than .z999
_SLACK_OVERLAP = 2  # real JAR writers let a data descriptor run into the next header
_UNIX, _LINK_TYPE = 3, 0xA
_UTF8 = 1 << 11
_AES_FIELD = 0x9901
_UNSEEN = re.compile("[\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069]")

Inflate = Callable[[bytes, int], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One member as the directory lists it, and where its packed bytes lie.

    `strength` and `true_method` are those of WinZip's AES, which stands where the method does.
    `moment` is date and time as MS-DOS wrote them (APPNOTE 4.4.6), the date in the upper half;
    `host` says whose alphabet the name is in (4.4.2) unless `is_utf8` does (4.4.4, bit 11).
    """

    untrusted_name: bytes
    method: int
    encrypted: bool
    crc: int
    packed_size: int
    claimed_size: int
    data_offset: int
    strength: int = 0
    true_method: int = -1
    moment: int = 0
    host: int = 0
    is_utf8: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether it only names a folder: there is nothing in it."""
        return self.untrusted_name.endswith(b"/") and not self.claimed_size

    @property
    def text(self) -> str:
        """The name as text, undecodable bytes replaced."""
        return self.untrusted_name.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Directory:
    """The members in the order of the directory, what is wrong around them, and where all ends."""

    members: tuple[Member, ...]
    anomalies: tuple[str, ...]
    end: int

    def find(self, name: str) -> Member | None:
        """Return the first member of this name, case ignored as in OPC part names."""
        wanted = name.lower()
        return next((m for m in self.members if m.text.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    count: int
    size: int
    base: int
    start: int
    end: int
    anomalies: tuple[str, ...]


def read_directory(content: bytes, *, most_members: int = 10_000) -> Directory:
    """Read and compare the directory and the local headers.

    Raises:
        TruncatedError: there is no directory, or it lies beyond the last byte.
        MalformedError: a header is not where it is said to be.
        LimitError: there are more members than allowed.
    """
    ending = _read_ending(content, _last_end(content))
    if ending.count > most_members:
        raise LimitError(f"{ending.count} members")
    anomalies = list(ending.anomalies)
    members: list[Member] = []
    spans: list[tuple[int, int]] = []
    at = ending.start
    for _ in range(ending.count):
        member, header, at = _read_member(content, at, ending.base, anomalies)
        members.append(member)
        spans.append((header, member.data_offset + member.packed_size))
    if at > ending.start + ending.size:
        anomalies.append("directory-size")
    anomalies += _name_anomalies(members)
    anomalies += _span_anomalies(spans, ending.start)
    return Directory(
        members=tuple(members), anomalies=tuple(dict.fromkeys(anomalies)), end=ending.end
    )


def span_of(content: bytes, at: int, *, most_members: int) -> tuple[int, int]:
    """Return what belongs to the archive whose end of directory stands at an offset, and its end.

    It begins with the first local header that is really there; where none is, as in an archive that
    lies in pieces, there is nothing but the directory.

    Raises:
        FormatError: the end, or the directory before it, cannot be read, or is too long.
    """
    ending = _read_ending(content, at)
    if ending.count > most_members:
        raise LimitError(f"{ending.count} members")
    first, place = ending.start, ending.start
    for _ in range(ending.count):
        header, place = _local_of(content, place, ending.base)
        if content[header : header + 4] == _LOCAL_MARK:
            first = min(first, header)
    return first, ending.end


def _local_of(content: bytes, at: int, base: int) -> tuple[int, int]:
    """Return where an entry says that its local header is, and where the next entry stands."""
    if content[at : at + 4] != b"PK\x01\x02" or at + _CENTRAL.size > len(content):
        raise MalformedError("a directory header is missing", offset=at)
    fields = _CENTRAL.unpack_from(content, at)
    packed, plain, name, extra, comment = fields[8:13]
    extra_at = at + _CENTRAL.size + name
    _, _, local = _widen(content[extra_at : extra_at + extra], plain, packed, fields[16])
    return local + base, extra_at + extra + comment


def member_bytes(
    content: bytes,
    member: Member,
    inflate: Inflate,
    *,
    most: int,
    others: Mapping[int, Inflate] | None = None,
) -> bytes:
    """Return a member's bytes. `inflate` gets packed bytes and the most it may return.

    `others` does the same for further methods, by their numbers.

    Raises:
        ProtectedError: the member needs a password.
        UnsupportedError: it is packed by a method that is not known.
        LimitError: it holds more than `most` bytes.
        MalformedError: it does not hold what the directory claims.
    """
    if member.encrypted:
        raise ProtectedError("a member needs a password")
    end = member.data_offset + member.packed_size
    packed = content[member.data_offset : end]
    if member.method == STORED:
        plain = packed
    else:
        unpack = inflate if member.method == DEFLATED else (others or {}).get(member.method)
        if unpack is None:
            raise UnsupportedError(f"packing method {member.method}")
        plain = unpack(packed, min(most, member.claimed_size) + 1)
    if len(plain) > most:
        raise LimitError(f"a member of more than {most} bytes")
    if len(plain) != member.claimed_size:
        raise MalformedError(
            "a member is longer or shorter than claimed", offset=member.data_offset
        )
    return plain


def _last_end(content: bytes) -> int:
    return content.rfind(b"PK\x05\x06", max(0, len(content) - _EOCD_WITHIN))


def _read_ending(content: bytes, at: int) -> _Ending:
    if at < 0 or at + _EOCD.size > len(content):
        raise TruncatedError("no end of directory", offset=len(content))
    _, disk, start_disk, here, count, size, offset, comment = _EOCD.unpack_from(content, at)
    if (disk, start_disk) not in ((0, 0), (0xFFFF, 0xFFFF)):
        if start_disk <= disk < _MOST_DISKS and here <= count:
            raise UnsupportedError("an archive over several disks", offset=at)
        raise MalformedError("an end of directory that cannot be", offset=at)
    rest = content[at + _EOCD.size + comment :]
    short = at + _EOCD.size + comment > len(content)
    anomalies = ["trailing-data"] if short or rest.strip(_PADDING) else []
    end = at
    if count == _WIDE_COUNT or _WIDE in (size, offset):
        wide = _read_wide_ending(content, at)
        if wide is not None:
            end, count, size, offset = wide
    start = end - size
    base = start - offset
    if start < 0 or base < 0:
        raise MalformedError("the directory lies outside of the archive", offset=at)
    if base > 0:
        anomalies.append("prefix-data")
    return _Ending(
        count=count,
        size=size,
        base=base,
        start=start,
        end=min(at + _EOCD.size + comment, len(content)),
        anomalies=tuple(anomalies),
    )


def _read_wide_ending(content: bytes, eocd: int) -> tuple[int, int, int, int] | None:
    """Read the ZIP64 end of directory, which must stand right before its locator (4.3.14)."""
    locator = eocd - 20
    if locator < 0 or content[locator : locator + 4] != b"PK\x06\x07":
        return None
    at = locator - 56
    if at < 0 or content[at : at + 4] != b"PK\x06\x06":
        raise UnsupportedError("a ZIP64 directory end with extensions", offset=locator)
    count, size, offset = struct.unpack_from("<QQQ", content, at + 32)
    return at, count, size, offset


def _read_member(
    content: bytes, at: int, base: int, anomalies: list[str]
) -> tuple[Member, int, int]:
    if content[at : at + 4] != b"PK\x01\x02" or at + _CENTRAL.size > len(content):
        raise MalformedError("a directory header is missing", offset=at)
    fields = _CENTRAL.unpack_from(content, at)
    made_by, flags, method, crc = fields[1], fields[3], fields[4], fields[7]
    packed, plain, name_size, extra_size, comment_size = fields[8:13]
    name_at = at + _CENTRAL.size
    name = content[name_at : name_at + name_size]
    extra = content[name_at + name_size : name_at + name_size + extra_size]
    plain, packed, local = _widen(extra, plain, packed, fields[16])
    header = local + base
    if content[header : header + 4] != _LOCAL_MARK or header + _LOCAL.size > len(content):
        raise MalformedError("a local header is missing", offset=header)
    here = _LOCAL.unpack_from(content, header)
    data = header + _LOCAL.size + here[9] + here[10]
    if data + packed > len(content):
        raise TruncatedError("a member ends beyond the archive", offset=header)
    if content[header + _LOCAL.size : header + _LOCAL.size + here[9]] != name:
        anomalies.append("name-mismatch")
    if here[3] != method or (here[2] ^ flags) & 1:
        anomalies.append("method-mismatch")
    if not here[2] & 8 and (here[7] not in (packed, _WIDE) or here[8] not in (plain, _WIDE)):
        anomalies.append("size-mismatch")
    if made_by >> 8 == _UNIX and fields[15] >> 28 == _LINK_TYPE:
        anomalies.append("symlink")
    strength, true_method = _winzip(extra)
    member = Member(
        strength=strength,
        true_method=true_method,
        untrusted_name=name,
        method=method,
        encrypted=bool(flags & 1),
        crc=crc,
        packed_size=packed,
        claimed_size=plain,
        data_offset=data,
        moment=fields[6] << 16 | fields[5],
        host=made_by >> 8,
        is_utf8=bool(flags & _UTF8),
    )
    return member, header, name_at + name_size + extra_size + comment_size


def _winzip(extra: bytes) -> tuple[int, int]:
    """Return strength and method of a member under WinZip's AES: 2 version, "AE", 1, 2."""
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if tag == _AES_FIELD and size == 7 and at + 11 <= len(extra):
            return extra[at + 8], int.from_bytes(extra[at + 9 : at + 11], "little")
        at += 4 + size
    return 0, -1


def _widen(extra: bytes, plain: int, packed: int, local: int) -> tuple[int, int, int]:
    """Take sizes and offset from the ZIP64 field where the header says so (4.5.3)."""
    if _WIDE not in (plain, packed, local):
        return plain, packed, local
    at = 0
    while at + 4 <= len(extra):
        tag, size = struct.unpack_from("<HH", extra, at)
        if tag == 1:
            values = iter(struct.iter_unpack("<Q", extra[at + 4 : at + 4 + size // 8 * 8]))
            wide = [next(values, (v,))[0] if v == _WIDE else v for v in (plain, packed, local)]
            return wide[0], wide[1], wide[2]
        at += 4 + size
    return plain, packed, local


def _name_anomalies(members: list[Member]) -> list[str]:
    found = []
    if len({m.text.lower() for m in members}) != len(members):
        found.append("duplicate-name")
    for member in members:
        name = member.text
        if _UNSEEN.search(name):
            found.append("unseen-character-in-name")
        parts = name.replace("\\", "/").split("/")
        if name.startswith(("/", "\\")) or ".." in parts or ":" in name:
            found.append("path-outside")
    return found


def _span_anomalies(spans: list[tuple[int, int]], directory: int) -> list[str]:
    reached = 0
    for start, end in sorted(spans):
        if start < reached - _SLACK_OVERLAP:
            return ["overlap"]
        reached = max(reached, end)
    return ["overlap"] if reached > directory else []
