"""A strict reader of cabinets ([MS-CAB]): every byte belongs to a header, a name or a block.

Unpacking the blocks is the caller's matter. Cabinets that go on in another one are not read.
"""

import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum, unique
from functools import reduce
from operator import xor

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.shapes import end_of_signed_message

MAGIC = b"MSCF"
_HEADER = struct.Struct("<4s5I2B5H")
_FOLDER = struct.Struct("<I2H")
_FILE = struct.Struct("<2I4H")
_DATA = struct.Struct("<I2H")
_SIGNED, _SIGNED_MARK = struct.Struct("<3I2I"), 0x00100000
_PREVIOUS, _NEXT, _RESERVED = 1, 2, 4
_CONTINUED = 0xFFFD
_IS_UTF = 0x80
_MOST_BLOCK = 0x8000
MOST_NAME = 1024


@unique
class Packing(Enum):
    """How the blocks of a folder are packed."""

    STORED = 0
    MSZIP = 1
    QUANTUM = 2
    LZX = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block: where its packed bytes lie, and how many come out."""

    offset: int
    packed: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CabFolder:
    """Blocks that are unpacked together."""

    packing: Packing
    blocks: tuple[Block, ...]

    @property
    def size(self) -> int:
        """How many bytes come out of all blocks."""
        return sum(block.size for block in self.blocks)

    @property
    def packed_size(self) -> int:
        """How many bytes the blocks have."""
        return sum(block.packed for block in self.blocks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CabMember:
    """One file: a part of what a folder unpacks to."""

    untrusted_name: bytes
    folder: int
    start: int
    size: int

    @property
    def end(self) -> int:
        """Where it ends in what its folder unpacks to."""
        return self.start + self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Cabinet:
    """The folders and files, and what is wrong around them."""

    folders: tuple[CabFolder, ...]
    members: tuple[CabMember, ...]
    anomalies: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """What the header says, and where the list of folders begins."""

    size: int
    first_file: int
    folders: int
    files: int
    folder_extra: int
    data_extra: int
    end: int


def read_cabinet(content: bytes, *, most_members: int) -> Cabinet:
    """Read all lists, and check the blocks' sums.

    Raises:
        TruncatedError: the cabinet is shorter than it says.
        UnsupportedError: it is one of several.
        FormatError: it cannot be read.
    """
    layout = _read_header(content)
    if layout.files > most_members:
        raise LimitError(f"more than {most_members} members")
    cabinet = content[: layout.size]
    used = [(0, layout.end + layout.folders * (_FOLDER.size + layout.folder_extra))]
    folders = tuple(_read_folder(cabinet, layout, number, used) for number in range(layout.folders))
    members = tuple(_read_files(cabinet, layout, folders, used))
    anomalies = dict.fromkeys(_unaccounted(used, layout.size))
    if content[layout.size :] and not _is_signed(content, layout):
        anomalies["trailing-data"] = None
    return Cabinet(folders=folders, members=members, anomalies=tuple(anomalies))


def _read_header(content: bytes) -> _Layout:
    if len(content) < _HEADER.size:
        raise TruncatedError("the header is cut", offset=len(content))
    told = _HEADER.unpack_from(content)
    size, first_file, folders, files, flags = told[2], told[4], *told[8:11]
    if flags & (_PREVIOUS | _NEXT):
        raise UnsupportedError("one volume of several")
    if size > len(content):
        raise TruncatedError("the cabinet is shorter than it says", offset=len(content))
    end, folder_extra, data_extra = _HEADER.size, 0, 0
    if flags & _RESERVED:
        if len(content) < end + 4:
            raise TruncatedError("the header is cut", offset=end)
        extra, folder_extra, data_extra = struct.unpack_from("<H2B", content, end)
        end += 4 + extra
    return _Layout(
        size=size,
        first_file=first_file,
        folders=folders,
        files=files,
        folder_extra=folder_extra,
        data_extra=data_extra,
        end=end,
    )


def _is_signed(content: bytes, layout: _Layout) -> bool:
    """Tell whether a signature fills what stands behind a cabinet, as the header says.

    Authenticode keeps the place and the length of a PKCS#7 message in the reserved field of the
    header (20 bytes, the first four a mark), and fills the message up to eight bytes.
    """
    start = layout.end - _SIGNED.size
    if start != _HEADER.size + 4:
        return False
    mark, at, size, *rest = _SIGNED.unpack_from(content, start)
    behind = content[layout.size :]
    if mark != _SIGNED_MARK or any(rest) or (at, size) != (layout.size, len(behind)):
        return False
    end = end_of_signed_message(behind)
    filling = behind[end:]
    return bool(end) and len(filling) < 8 and not filling.strip(b"\0") and not first_hidden(behind)


def _read_folder(
    content: bytes, layout: _Layout, number: int, used: list[tuple[int, int]]
) -> CabFolder:
    at = layout.end + number * (_FOLDER.size + layout.folder_extra)
    if at + _FOLDER.size > len(content):
        raise TruncatedError("the list of folders is cut", offset=at)
    start, count, packing = _FOLDER.unpack_from(content, at)
    if packing & 0x0F > Packing.LZX.value:
        raise UnsupportedError(f"packing method {packing & 0x0F}")
    blocks: list[Block] = []
    place = start
    for _ in range(count):
        block = _read_block(content, place, layout.data_extra)
        blocks.append(block)
        place = block.offset + block.packed
    used.append((start, place))
    return CabFolder(packing=Packing(packing & 0x0F), blocks=tuple(blocks))


def _read_block(content: bytes, at: int, extra: int) -> Block:
    data = at + _DATA.size + extra
    if data > len(content):
        raise TruncatedError("a block is cut", offset=at)
    told, packed, size = _DATA.unpack_from(content, at)
    if data + packed > len(content):
        raise TruncatedError("a block is cut", offset=at)
    if not size or size > _MOST_BLOCK:
        raise MalformedError("a block of a size that cannot be", offset=at)
    summed = checksum(content[at + 4 : data], checksum(content[data : data + packed]))
    if told not in (0, summed):
        raise MalformedError("a block does not fit its sum", offset=at)
    return Block(offset=data, packed=packed, size=size)


def checksum(content: bytes, seed: int = 0) -> int:
    """Return the sum of some bytes ([MS-CAB] 3.1): words, and what is left with its first highest.

    The seed is the sum of what follows.
    """
    whole = len(content) // 4 * 4
    words = array("I", content[:whole])
    last = int.from_bytes(content[whole:], "big")
    return reduce(xor, words, seed ^ last)


def _read_files(
    content: bytes, layout: _Layout, folders: Sequence[CabFolder], used: list[tuple[int, int]]
) -> Iterator[CabMember]:
    at = layout.first_file
    for _ in range(layout.files):
        if at + _FILE.size > len(content):
            raise TruncatedError("the list of files is cut", offset=at)
        size, start, folder, _, _, attributes = _FILE.unpack_from(content, at)
        name_at = at + _FILE.size
        end = content.find(b"\0", name_at, name_at + MOST_NAME)
        if end < 0:
            raise MalformedError("a name without an end", offset=name_at)
        if folder >= _CONTINUED:
            raise UnsupportedError("one volume of several")
        if folder >= len(folders) or start + size > folders[folder].size:
            raise MalformedError("a file outside of its folder", offset=at)
        name = _name(content[name_at:end], is_utf=bool(attributes & _IS_UTF))
        at = end + 1
        yield CabMember(untrusted_name=name, folder=folder, start=start, size=size)
    used.append((layout.first_file, at))


def _name(told: bytes, *, is_utf: bool) -> bytes:
    """Return a name with slashes; what is not UTF-8 comes from one of many old code pages."""
    name = told if is_utf else told.decode("cp1252", "replace").encode()
    return name.replace(b"\\", b"/")


def _unaccounted(used: Sequence[tuple[int, int]], end: int) -> Iterator[str]:
    reached = 0
    for start, stop in sorted(used):
        if start > reached:
            yield "hidden-data"
        if start < reached and stop > start:
            yield "overlap"
        reached = max(reached, stop)
    if reached < end:
        yield "hidden-data"
