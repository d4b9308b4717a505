"""A strict reader of 7z archives: every byte belongs to one packed stream, or to the list.

Programs that repair archives look for lists elsewhere; what nobody is said to read is named here
as an anomaly. Unpacking is the caller's matter, also that of a list that is packed itself.
"""

import stat
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from formats import sevenzip_header as header
from formats.faults import LimitError, MalformedError, TruncatedError
from formats.sevenzip_header import Cursor, File, Folder, Streams

MAGIC = b"7z\xbc\xaf\x27\x1c"
START_SIZE = 32
MOST_PACKED_LISTS = 4
_UNIX, _FOLDER, _REPARSE = 0x8000, 0x10, 0x400
_SET_ID = stat.S_ISUID | stat.S_ISGID
_KINDS = {
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}

UnpackFolder = Callable[[Folder], bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenZipMember:
    """One member: `folder` is the number of the folder that its content lies in, -1 if none."""

    untrusted_name: bytes
    size: int
    crc: int | None
    folder: int
    oddity: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SevenZip:
    """The members in the order of their contents, the folders, and what is wrong around them."""

    members: tuple[SevenZipMember, ...]
    folders: tuple[Folder, ...]
    anomalies: tuple[str, ...]


def read_archive(content: bytes, unpack: UnpackFolder, *, most_members: int) -> SevenZip:
    """Read the list of members; `unpack` returns what a packed list holds.

    Raises:
        TruncatedError: the list lies beyond the last byte: the archive is cut, or a first volume.
        FormatError: it cannot be read.
    """
    start, size = _read_start(content)
    used = [(0, START_SIZE), (start, start + size)]
    if not size:
        anomalies = ("trailing-data",) if content[START_SIZE:] else ()
        return SevenZip(members=(), folders=(), anomalies=anomalies)
    cursor = Cursor(content[start : start + size])
    for _ in range(MOST_PACKED_LISTS):
        mark = cursor.number()
        if mark == header.HEADER:
            streams, files = _read_list(cursor, len(content), most_members)
            used.append((streams.start, streams.end))
            return SevenZip(
                members=tuple(_members(streams, files)),
                folders=streams.folders,
                anomalies=tuple(_unaccounted(used, len(content))),
            )
        cursor = Cursor(_unpacked_list(cursor, mark, unpack, used, len(content)))
    raise LimitError("a list of members that is packed too often")


def _read_start(content: bytes) -> tuple[int, int]:
    """Return where the list lies and its size, after the checks that 7-Zip makes.

    Raises:
        FormatError: it is not there.
    """
    if len(content) < START_SIZE:
        raise TruncatedError("the start is cut", offset=len(content))
    crc, offset, size, list_crc = struct.unpack_from("<IQQI", content, 8)
    if zlib.crc32(content[12:START_SIZE]) != crc:
        raise MalformedError("the start does not fit its checksum", offset=8)
    start = START_SIZE + offset
    if start + size > len(content):
        raise TruncatedError("the list of members lies in another volume, or was cut", offset=start)
    if zlib.crc32(content[start : start + size]) != list_crc:
        raise MalformedError("the list of members does not fit its checksum", offset=start)
    return start, size


def _unpacked_list(
    cursor: Cursor, mark: int, unpack: UnpackFolder, used: list[tuple[int, int]], end: int
) -> bytes:
    if mark != header.ENCODED:
        raise MalformedError("no list of members")
    streams = _shifted(header.read_streams(cursor), end)
    if len(streams.folders) != 1:
        raise MalformedError("a list of members that is packed in several folders")
    used.append((streams.start, streams.end))
    return unpack(streams.folders[0])


def _read_list(cursor: Cursor, end: int, most_members: int) -> tuple[Streams, list[File]]:
    streams, files = Streams(start=START_SIZE, end=START_SIZE), list[File]()
    while (mark := cursor.number()) != header.END:
        if mark == header.MAIN:
            streams = _shifted(header.read_streams(cursor), end)
        elif mark == header.FILES:
            files = header.read_files(cursor, most=most_members)
        else:
            raise MalformedError("a part of the list of members that nobody knows")
    if cursor.left:
        raise MalformedError("something stands behind the list of members")
    return streams, files


def _shifted(streams: Streams, end: int) -> Streams:
    """Return the streams with their places in the file, which end before the file does."""
    if START_SIZE + streams.end > end:
        raise TruncatedError("a packed stream ends beyond the archive")
    folders = tuple(
        header.placed(folder, tuple((at + START_SIZE, size) for at, size in folder.spans))
        for folder in streams.folders
    )
    return Streams(
        folders=folders,
        contents=streams.contents,
        start=streams.start + START_SIZE,
        end=streams.end + START_SIZE,
    )


def _members(streams: Streams, files: Sequence[File]) -> Iterator[SevenZipMember]:
    """Join names and contents: those that have one, in their order."""
    contents = [(number, part) for number, own in enumerate(streams.contents) for part in own]
    with_stream = sum(file.has_stream for file in files)
    if with_stream != len(contents):
        raise MalformedError("there are more or fewer contents than names")
    rest = iter(contents)
    for file in files:
        folder, part = next(rest) if file.has_stream else (-1, None)
        if _is_folder(file):
            continue
        yield SevenZipMember(
            untrusted_name=file.name,
            size=part.size if part else 0,
            crc=part.crc if part else None,
            folder=folder,
            oddity=_oddity(file),
        )


def _is_folder(file: File) -> bool:
    return not file.has_stream and not file.is_empty_file and not file.is_anti


def _oddity(file: File) -> str:
    if file.is_anti:
        return "anti-item"
    if file.attributes & _REPARSE:
        return "symlink"
    if not file.attributes & _UNIX:
        return ""
    mode = file.attributes >> 16
    kind = _KINDS.get(stat.S_IFMT(mode), "")
    return kind or ("set-id" if mode & _SET_ID else "")


def _unaccounted(used: Sequence[tuple[int, int]], end: int) -> Iterator[str]:
    reached = 0
    found = dict[str, None]()
    for start, stop in sorted(used):
        if start > reached:
            found["hidden-data"] = None
        if start < reached and stop > start:
            found["overlap"] = None
        reached = max(reached, stop)
    if reached < end:
        found["trailing-data"] = None
    yield from found
