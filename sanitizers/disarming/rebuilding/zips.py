"""Writes ZIP archives anew (PKWARE APPNOTE 4.3): members in their order, and nothing around them.

Names are those of the original byte for byte, in the alphabet that it says they are in; dates are
kept as they stand. Folders without a member, remarks, extra fields and permissions are not written.
"""

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from formats.faults import MalformedError
from formats.zip import DEFLATED, STORED, Directory, Member, read_directory
from sanitizers.containers.means import Means
from sanitizers.containers.unpacking import READERS, Unpack
from sanitizers.containers.zipped import content_of
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.rebuilding.plan import Names, Plan, Rebuild, Rebuilt, Writer
from sanitizers.limits import Limits

MEDIA_TYPE = "application/zip"
_LOCAL = struct.Struct("<4s5H3I2H")
_CENTRAL = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_VERSION = 20  # deflate (4.4.3.2)
_UTF8 = 1 << 11
_LEVEL, _RAW = 6, -15
_UNIX = 3
_PLAIN_FILE = 0o100644 << 16
_FIRST_DAY = (1 << 5 | 1) << 16  # the first date that ZIP can write (4.4.6)
_MOST_MEMBERS = 0xFFFF - 1
_MOST_BYTES = 0xFFFFFFFF - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A member that is to be written."""

    untrusted_name: bytes
    content: bytes
    moment: int = _FIRST_DAY
    host: int = 0
    is_utf8: bool = False


def rebuild(content: bytes, plan: Plan, limits: Limits) -> Rebuilt:
    """Return a ZIP archive as a plan has it.

    Raises:
        FormatError: it cannot be read whole, or within the limits.
        CannotDisarmError: programs would not agree on what it holds, or it needs a password.
    """
    directory = _read(content, limits)
    return Rebuilt(content=write(_entries(content, directory, plan, limits)), media_type=MEDIA_TYPE)


def _read(content: bytes, limits: Limits) -> Directory:
    directory = read_directory(content, most_members=limits.most_members)
    if directory.anomalies:
        raise CannotDisarmError(f"programs would read different archives: {directory.anomalies[0]}")
    if any(member.encrypted for member in directory.members):
        raise CannotDisarmError("encrypted: a member needs a password")
    return directory


def _entries(content: bytes, directory: Directory, plan: Plan, limits: Limits) -> Iterator[Entry]:
    means = Means(limits=limits)
    files = (member for member in directory.members if not member.is_folder)
    for number, member in enumerate(files, 1):
        kept = plan.kept(number, member.untrusted_name, b"")
        if kept is not None:
            name, other = kept
            own = other if number in plan.substitutes else content_of(content, member, means)
            yield _entry(member, name, own)


def _entry(member: Member, name: bytes, content: bytes) -> Entry:
    return Entry(
        untrusted_name=name,
        content=content,
        moment=member.moment,
        host=member.host,
        is_utf8=member.is_utf8,
    )


def from_another(media_type: str) -> Rebuild:
    """Return what writes a ZIP archive of the members of another kind of archive."""

    def write_as_zip(content: bytes, plan: Plan, limits: Limits) -> Rebuilt:
        entries = _foreign(READERS[media_type], content, plan, limits)
        return Rebuilt(content=write(entries), media_type=MEDIA_TYPE)

    return write_as_zip


def _foreign(unpack: Unpack, content: bytes, plan: Plan, limits: Limits) -> Iterator[Entry]:
    for number, part in enumerate(unpack(content, Means(limits=limits)), 1):
        if part.refusal:
            raise CannotDisarmError(f"a member that cannot be read: {part.refusal}")
        kept = plan.kept(number, part.untrusted_name, part.content)
        if kept is not None:
            name, own = kept
            yield Entry(untrusted_name=name, content=own, is_utf8=not name.isascii())


def write(entries: Iterable[Entry]) -> bytes:
    """Return an archive of some members, in their order.

    Raises:
        CannotDisarmError: two would have one name, or they are too many or too large for it.
    """
    written, directory, names, count = io.BytesIO(), bytearray(), Names(), 0
    for entry in entries:
        names.check(entry.untrusted_name)
        directory += _put(written, entry)
        count += 1
    start = written.tell()
    if count > _MOST_MEMBERS or start + len(directory) > _MOST_BYTES:
        raise CannotDisarmError("it is too large for an archive of the old kind")
    written.write(directory)
    written.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), start, 0))
    return written.getvalue()


def _put(written: io.BytesIO, entry: Entry) -> bytes:
    """Write a member, and return the line of the directory about it."""
    method, packed = _packed(entry.content)
    at, name = written.tell(), entry.untrusted_name
    flags = _UTF8 if entry.is_utf8 else 0
    day, time = entry.moment >> 16, entry.moment & 0xFFFF
    sizes = zlib.crc32(entry.content), len(packed), len(entry.content)
    shared = (_VERSION, flags, method, time, day, *sizes, len(name), 0)
    written.write(_LOCAL.pack(b"PK\x03\x04", *shared))
    written.write(name)
    written.write(packed)
    made_by = entry.host << 8 | _VERSION
    outside = _PLAIN_FILE if entry.host == _UNIX else 0
    if at > _MOST_BYTES:
        raise CannotDisarmError("it is too large for an archive of the old kind")
    return _CENTRAL.pack(b"PK\x01\x02", made_by, *shared, 0, 0, 0, outside, at) + name


def _packed(content: bytes) -> tuple[int, bytes]:
    """Return a content deflated, or as it is where that is not smaller."""
    packing = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    packed = packing.compress(content) + packing.flush()
    return (DEFLATED, packed) if len(packed) < len(content) else (STORED, content)


def reread(content: bytes, limits: Limits) -> list[bytes]:
    """Return the contents of all members as Python's own reader sees them.

    Raises:
        FormatError: it sees no archive, or bytes that belong to no member.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()[: limits.most_members]
            _check_tight(content, archive, members)
            return [archive.read(member) for member in members]
    except (
        zipfile.BadZipFile,
        zlib.error,
        OSError,
        ValueError,
        struct.error,
        RuntimeError,
    ) as error:
        raise MalformedError("another reader does not read it") from error


def _check_tight(
    content: bytes, archive: zipfile.ZipFile, members: Sequence[zipfile.ZipInfo]
) -> None:
    """Refuse what stands between members, around them or beside their names."""
    at = listed = 0
    for member in members:
        if member.header_offset != at or member.extra or member.comment:
            raise MalformedError("something stands beside a member")
        name, extra = struct.unpack_from("<2H", content, at + 26)
        at += _LOCAL.size + name + extra + member.compress_size
        listed += _CENTRAL.size + name
        if extra:
            raise MalformedError("something stands beside a member")
    if archive.comment or at + listed + _END.size != len(content) or archive.start_dir != at:
        raise MalformedError("something stands around the members")


WRITER = Writer(rebuild=rebuild, reread=reread)
