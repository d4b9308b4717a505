"""A strict reader of RAR 5 archives (RAR 5.0 archive format technote): every block, every byte."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

from formats.faults import (
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.rar import (
    COMMENT,
    MARK_5,
    STORED,
    Kind,
    RarArchive,
    RarMember,
    distinct,
    service_refusal,
)

_MAIN, _FILE, _SERVICE, _CRYPT, _END = range(1, 6)
_HAS_EXTRA, _HAS_DATA, _FROM_BEFORE, _GOES_ON = 1, 2, 8, 16
_KNOWN_FLAGS = 0x7F
_VOLUME, _NUMBERED = 1, 2
_FOLDER, _TIME, _CRC, _SIZE_UNKNOWN = 1, 2, 4, 8
_ENCRYPTION, _HASH, _TIMES, _VERSION, _LINK, _OWNER, _OF_SERVICE = range(1, 8)
_LINKS = {1: "symlink", 2: "symlink", 3: "symlink", 4: "hard-link", 5: "file-copy"}
_LOCATOR, _METADATA = 1, 2
_LONGEST_OWNER, _LONGEST_ARCHIVE_NAME = 128, 1024
_MOST_HEADER = 1 << 21
_MOST_VINT = 10
_BLAKE2 = 32


class _Cursor:
    """Reads numbers and bytes of one header, never beyond its end."""

    def __init__(self, content: bytes, at: int, end: int) -> None:
        self._content = content
        self.at = at
        self.end = end

    def number(self) -> int:
        """Return a number of seven bits a byte, the last byte without the high bit."""
        value = 0
        for place in range(_MOST_VINT):
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << 7 * place
            if byte < 0x80:
                return value
        raise MalformedError("a number that does not end", offset=self.at)

    def take(self, size: int) -> bytes:
        """Return the next so many bytes."""
        if size > self.end - self.at:
            raise MalformedError("a header that is shorter than what it holds", offset=self.at)
        self.at += size
        return self._content[self.at - size : self.at]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """One block: its header as a cursor behind the common fields, and where its data lies."""

    start: int
    kind: int
    flags: int
    fields: _Cursor
    extra: _Cursor
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
        TruncatedError: it ends within a block, or without an end.
        FormatError: it cannot be read.
    """
    if not content.startswith(MARK_5):
        raise MalformedError("no RAR archive")
    reader = _Reader(content, most_members)
    reader.read()
    return RarArchive(
        format=5, members=tuple(reader.members), anomalies=tuple(distinct(reader.anomalies))
    )


class _Reader:
    """Goes from block to block, and keeps what it met."""

    def __init__(self, content: bytes, most_members: int) -> None:
        self._content = content
        self._most = most_members
        self._quick_open = -1
        self.members: list[RarMember] = []
        self.anomalies: list[str] = []

    def read(self) -> None:
        """Read to the block that ends the archive."""
        block = _block(self._content, len(MARK_5))
        if block.kind == _CRYPT:
            raise ProtectedError("the headers are encrypted")
        if block.kind != _MAIN:
            raise MalformedError("the first block is not the archive's", offset=block.start)
        self._read_main(block)
        while True:
            block = _block(self._content, block.end)
            if block.kind == _END:
                break
            self._read_block(block)
        self._read_end(block)

    def _read_main(self, block: _Block) -> None:
        flags = block.fields.number()
        if flags & _NUMBERED:
            block.fields.number()
        if flags & _VOLUME:
            self.anomalies.append("volume")
        self._finish(block)
        for kind, record in _records(block.extra):
            if kind == _LOCATOR:
                has = record.number()
                offset = record.number() if has & 1 else 0
                self._quick_open = block.start + offset if offset else -1
                if has & 2:
                    record.number()
            elif kind == _METADATA:
                _skip_metadata(record)
            else:
                self.anomalies.append("unknown-record")
            self._end_record(record)
        if block.data_size:
            self.anomalies.append("hidden-data")

    def _read_block(self, block: _Block) -> None:
        if block.kind not in (_FILE, _SERVICE):
            raise UnsupportedError(f"a block of kind {block.kind}", offset=block.start)
        if len(self.members) >= self._most:
            raise LimitError(f"more than {self._most} members")
        member = self._member(block)
        if block.kind == _SERVICE and member.untrusted_name == b"QO":
            self._check_quick_open(block, member)
        elif member.refusal or not self._is_folder(member):
            self.members.append(member)

    @staticmethod
    def _is_folder(member: RarMember) -> bool:
        return member.untrusted_name.endswith(b"/")

    def _member(self, block: _Block) -> RarMember:
        fields = block.fields
        flags, size = fields.number(), fields.number()
        fields.number()
        if flags & _TIME:
            fields.take(4)
        crc = int.from_bytes(fields.take(4), "little") if flags & _CRC else None
        packing = fields.number()
        fields.number()
        name = fields.take(fields.number())
        self._finish(block)
        version = packing & 0x3F
        member = RarMember(
            kind=Kind.FILE if block.kind == _FILE else Kind.SERVICE,
            untrusted_name=name,
            offset=block.data,
            packed_size=block.data_size,
            size=size,
            method=packing >> 7 & 7,
            version=version,
            window=0x20000 << (packing >> 10 & 0xF),
            solid=bool(packing & 0x40),
            crc=crc,
        )
        member = self._with_records(member, block)
        refusal = member.refusal or _refusal(block, flags, member)
        if flags & _FOLDER and not refusal:
            member = replace(member, untrusted_name=name.rstrip(b"/") + b"/")
        elif name.endswith(b"/") and not refusal:
            refusal = "hostile-name: a file that is called like a folder"
        return replace(member, refusal=refusal)

    def _with_records(self, member: RarMember, block: _Block) -> RarMember:
        """Return a member with what the records behind its header add."""
        for kind, record in _records(block.extra):
            if kind == _ENCRYPTION:
                member = replace(member, encrypted=True)
            elif kind == _HASH and record.number() == 0:
                member = replace(member, blake2=record.take(_BLAKE2))
            elif kind == _VERSION:
                record.number()
                told = b";%d" % record.number()
                member = replace(member, untrusted_name=member.untrusted_name + told)
            elif kind == _LINK:
                member = replace(member, refusal=_LINKS.get(record.number(), "symlink"))
            elif kind == _TIMES:
                _skip_times(record)
            elif kind == _OWNER:
                _skip_owner(record)
            elif kind != _OF_SERVICE:
                self.anomalies.append("unknown-record")
            if kind not in (_ENCRYPTION, _LINK):
                self._end_record(record)
        return member

    def _check_quick_open(self, block: _Block, member: RarMember) -> None:
        """Have each header that is kept a second time be the one that stands at its place."""
        honest = not member.encrypted and member.method == STORED and member.size == block.data_size
        if not honest or self._quick_open not in (-1, block.start):
            self.anomalies.append("quick-open-mismatch")
            return
        cursor = _Cursor(self._content, block.data, block.end)
        while cursor.at < cursor.end:
            summed = int.from_bytes(cursor.take(4), "little")
            started = cursor.at
            size = cursor.number()
            end = cursor.at + size
            if size > cursor.end - cursor.at:
                raise MalformedError("a quick-open record that is cut", offset=started)
            fits = zlib.crc32(self._content[started:end]) == summed
            told = _Cursor(self._content, cursor.at, end)
            told.number()
            there, length = block.start - told.number(), told.number()
            copy = told.take(length)
            if not fits or there < 0 or self._content[there : there + length] != copy:
                self.anomalies.append("quick-open-mismatch")
            if told.at != end:
                self.anomalies.append("hidden-data")
            cursor.at = end

    def _read_end(self, block: _Block) -> None:
        if block.fields.number() & 1:
            self.anomalies.append("volume")
        self._finish(block)
        if block.data_size or block.extra.at != block.extra.end:
            self.anomalies.append("hidden-data")
        if block.end < len(self._content):
            self.anomalies.append("trailing-data")

    def _finish(self, block: _Block) -> None:
        """Say so when a header holds more than its fields, or what nobody knows."""
        if block.fields.at != block.fields.end:
            self.anomalies.append("hidden-data")
        if block.flags & ~_KNOWN_FLAGS:
            self.anomalies.append("unknown-record")

    def _end_record(self, record: _Cursor) -> None:
        """Say so when a record holds more than its fields: nobody would look at that."""
        if record.at != record.end:
            self.anomalies.append("hidden-data")


def _skip_times(record: _Cursor) -> None:
    """Read the times of a file: each in 4 bytes or 8, and perhaps its nanoseconds in 4."""
    has = record.number()
    for bit in (2, 4, 8):
        if has & bit:
            record.take((4 if has & 1 else 8) + (4 if has & 1 and has & 16 else 0))


def _skip_owner(record: _Cursor) -> None:
    """Read who owned a file: two names, two numbers."""
    has = record.number()
    for bit in (1, 2):
        if has & bit:
            record.take(min(record.number(), _LONGEST_OWNER))
    for bit in (4, 8):
        if has & bit:
            record.number()


def _skip_metadata(record: _Cursor) -> None:
    """Read what RAR 7 says of an archive: the name that it had, and when it was made."""
    has = record.number()
    if has & 1:
        record.take(min(record.number(), _LONGEST_ARCHIVE_NAME))
    if has & 2:
        record.take(4 if has & 4 and not has & 8 else 8)


def _block(content: bytes, at: int) -> _Block:
    """Read the common fields of a block, and check its sum."""
    if at >= len(content):
        raise TruncatedError("the archive has no end", offset=at)
    start = _Cursor(content, at + 4, min(len(content), at + 4 + 3))
    if at + 7 > len(content):
        raise TruncatedError("a header is cut", offset=at)
    size = start.number()
    end = start.at + size
    if not size or size > _MOST_HEADER:
        raise MalformedError("a header of a size that cannot be", offset=at)
    if end > len(content):
        raise TruncatedError("a header is cut", offset=at)
    if zlib.crc32(content[at + 4 : end]) != int.from_bytes(content[at : at + 4], "little"):
        raise MalformedError("a header does not fit its checksum", offset=at)
    cursor = _Cursor(content, start.at, end)
    kind, flags = cursor.number(), cursor.number()
    extra = cursor.number() if flags & _HAS_EXTRA else 0
    data = cursor.number() if flags & _HAS_DATA else 0
    if extra > end - cursor.at:
        raise MalformedError("records that are longer than their header", offset=at)
    if end + data > len(content):
        raise TruncatedError("a member ends beyond the archive", offset=at)
    return _Block(
        start=at,
        kind=kind,
        flags=flags,
        fields=_Cursor(content, cursor.at, end - extra),
        extra=_Cursor(content, end - extra, end),
        data=end,
        data_size=data,
    )


def _records(extra: _Cursor) -> Iterator[tuple[int, _Cursor]]:
    """Yield the kind of each record behind a header, and a cursor in it."""
    while extra.at < extra.end:
        size = extra.number()
        started = extra.at
        inside = extra.take(size)
        record = _Cursor(inside, 0, size)
        if not size:
            raise MalformedError("a record of no size", offset=started)
        yield record.number(), record


def _refusal(block: _Block, flags: int, member: RarMember) -> str:
    """Return why a member's content cannot be believed, or is none; empty if it can."""
    if block.flags & (_FROM_BEFORE | _GOES_ON):
        return "unsupported: it lies in several volumes"
    if flags & _SIZE_UNKNOWN:
        return "unsupported: a size that is not told"
    if member.kind is Kind.SERVICE:
        known = member.untrusted_name in (COMMENT, b"QO")
        return "" if known else service_refusal(member.untrusted_name)
    if flags & _FOLDER:
        return "hidden-data" if block.data_size or member.size else ""
    if member.method == STORED and member.size != member.packed_size and not member.encrypted:
        return "size-mismatch"
    return ""
