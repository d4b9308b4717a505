"""Where the members of a container lie: what a search for marks finds there is a member's.

Two types are searched for rather than met at a fixed place: a ZIP archive by its end, a PDF behind
other bytes. Found within a member they are that member, which is taken out and judged as what it
is. Found anywhere else, before, behind or between members, they make the file a second thing.

A walk that breaks off has still met the members before its fault; the fault itself is named by the
reader that takes the container apart.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress

from formats import (
    cabinet,
    cpio,
    dicom,
    iso9660,
    pdf,
    rar,
    rar4,
    rar5,
    sevenzip,
    sevenzip_header,
    sqlite,
    tar,
)
from formats import zip as zips
from formats.faults import FormatError, LimitError, UnsupportedError
from formats.sql.dialects import dialect_of
from formats.sql.tokens import Is, Reader

Extent = tuple[int, int]

_MOST_MEMBERS, _MOST_PIECES = 100_000, 1_000_000
_GZIP_TRAILER, _XZ_HEADER, _BZIP2_HEADER, _ZSTD_MARK = 8, 12, 4, 4
_FIELDS, _NAME, _REMARK, _SUM = 4, 8, 16, 2
_EMBEDDED_FILE = b"/EmbeddedFile"


def extents_of(media_type: str, content: bytes) -> tuple[Extent, ...]:
    """Return where the members of a container lie, as first and last byte; empty for no container.

    Members that touch stay two: neither is looked at as if the other were a part of it.
    """
    walk = _WALKS.get(media_type)
    found: list[Extent] = []
    if walk is not None:
        with suppress(FormatError):
            found.extend(walk(content))
    return tuple(sorted(found))


def is_within(extents: Sequence[Extent], start: int, end: int) -> bool:
    """Tell whether all bytes from the first to the last one belong to one extent."""
    return any(first <= start and end <= last for first, last in extents)


def _tar(content: bytes) -> Iterator[Extent]:
    for member in tar.read_members(content, most_members=_MOST_MEMBERS):
        yield member.offset, member.offset + member.size


def _cpio(content: bytes) -> Iterator[Extent]:
    for member in cpio.read_members(content, most_members=_MOST_MEMBERS):
        if not member.oddity:
            yield member.offset, member.offset + member.size


def _zip(content: bytes) -> Iterator[Extent]:
    """Yield the stored members; what is packed shows no marks."""
    for member in zips.read_directory(content, most_members=_MOST_MEMBERS).members:
        if member.method == zips.STORED and not member.encrypted:
            yield member.data_offset, member.data_offset + member.packed_size


def _iso9660(content: bytes) -> Iterator[Extent]:
    for member in iso9660.read_image(content, most_members=_MOST_MEMBERS).members:
        if not member.oddity:
            yield from ((at, at + size) for at, size in member.extents)


def _sevenzip(content: bytes) -> Iterator[Extent]:
    """Yield what is stored, if the list of members is: what one is packed into is native code's."""
    archive = sevenzip.read_archive(content, _closed, most_members=_MOST_MEMBERS)
    places = [
        folder.spans[0][0] if folder.packed_size == folder.size and folder.spans else -1
        for folder in archive.folders
    ]
    for member in archive.members:
        if member.folder < 0 or places[member.folder] < 0:
            continue
        start = places[member.folder]
        places[member.folder] = start + member.size
        yield start, start + member.size


def _closed(_: sevenzip_header.Folder) -> bytes:
    raise UnsupportedError("a list that is packed")


def _rar(content: bytes) -> Iterator[Extent]:
    read = rar5.read_archive if content.startswith(rar.MARK_5) else rar4.read_archive
    for member in read(content, most_members=_MOST_MEMBERS).members:
        if member.kind is rar.Kind.FILE and not member.refusal:
            yield member.offset, member.offset + member.packed_size


def _cabinet(content: bytes) -> Iterator[Extent]:
    """Yield the parts of stored files in each block."""
    read = cabinet.read_cabinet(content, most_members=_MOST_MEMBERS)
    left = _MOST_PIECES
    for member in read.members:
        folder = read.folders[member.folder]
        left -= len(folder.blocks)
        if left < 0:
            raise LimitError("files in too many blocks")
        if folder.packing is cabinet.Packing.STORED:
            yield from _in_blocks(folder, member)


def _in_blocks(folder: cabinet.CabFolder, member: cabinet.CabMember) -> Iterator[Extent]:
    at = 0
    for block in folder.blocks:
        first, last = max(member.start, at), min(member.end, at + block.size)
        if first < last:
            yield block.offset + first - at, block.offset + last - at
        at += block.size


def _gzip(content: bytes) -> Iterator[Extent]:
    """Yield the stream behind the fields of the header (RFC 1952 2.3), which may hold anything."""
    flags, at = int.from_bytes(content[3:4]), 10
    if flags & _FIELDS:
        at += 2 + int.from_bytes(content[at : at + 2], "little")
    for flag in (_NAME, _REMARK):
        if flags & flag:
            at = content.find(b"\0", at) + 1 or len(content)
    yield at + (2 if flags & _SUM else 0), len(content) - _GZIP_TRAILER


def _dicom(content: bytes) -> Iterator[Extent]:
    """Yield the encapsulated document (PS3.3 C.24.2), the only value that is taken out."""
    places = dicom.read_dicom(content).elements
    if dicom.ENCAPSULATED_DOCUMENT in places:
        yield places[dicom.ENCAPSULATED_DOCUMENT]


def _pdf(content: bytes) -> Iterator[Extent]:
    """Yield the files inside, each of which is active content."""
    for stream in pdf.scan_pdf(content).streams:
        if _EMBEDDED_FILE in stream.dictionary:
            yield stream.start, stream.end


def _dump(content: bytes) -> Iterator[Extent]:
    """Yield the texts of a dump: to a database all that stands in one is a value."""
    reader = Reader(content, dialect_of(content))
    while (token := reader.read()) is not None:
        if token.what is Is.TEXT:
            yield token.offset, token.end


def _packed(header: int, trailer: int = 0) -> Callable[[bytes], Iterator[Extent]]:
    """Return a walk over one packed stream; its reader names whatever stands behind it."""
    return lambda content: iter([(header, len(content) - trailer)])


_WALKS: Mapping[str, Callable[[bytes], Iterator[Extent]]] = {
    "application/x-tar": _tar,
    "application/x-cpio": _cpio,
    "application/zip": _zip,
    "application/x-iso9660-image": _iso9660,
    "application/x-7z-compressed": _sevenzip,
    "application/vnd.rar": _rar,
    "application/vnd.ms-cab-compressed": _cabinet,
    "application/gzip": _gzip,
    "application/x-bzip2": _packed(_BZIP2_HEADER),
    "application/x-xz": _packed(_XZ_HEADER, _XZ_HEADER),
    "application/zstd": _packed(_ZSTD_MARK),
    "application/dicom": _dicom,
    "application/pdf": _pdf,
    "application/sql": _dump,
    "application/vnd.sqlite3": sqlite.row_extents,
}
