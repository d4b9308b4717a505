"""The header of a 7z archive, property by property (7zFormat.txt of the LZMA SDK).

Every number is bounded by the bytes that are left, so that a few bytes never ask for many.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

END, HEADER, ARCHIVE_PROPERTIES, ADDITIONAL, MAIN, FILES = range(6)
PACKED, UNPACKED, SUBSTREAMS, SIZE, CRC, FOLDER, CODER_SIZES, COUNTS = range(6, 14)
EMPTY_STREAM, EMPTY_FILE, ANTI, NAMES = range(14, 18)
ATTRIBUTES, ENCODED, START, DUMMY = 21, 23, 24, 25
_TIMES = range(18, 21)
MOST_CODERS = 8
MOST_STREAMS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Coder:
    """One step of unpacking: its method and properties."""

    method: bytes
    properties: bytes
    inputs: int
    outputs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Packed streams that are unpacked together, into the contents of some members.

    `bonds` lead from an output to the input that it feeds. `spans` are (offset, size) of the packed
    streams, as they go into the inputs `packed`. `sizes` are those of the outputs.
    """

    coders: tuple[Coder, ...]
    bonds: tuple[tuple[int, int], ...]
    packed: tuple[int, ...]
    sizes: tuple[int, ...] = ()
    crc: int | None = None
    spans: tuple[tuple[int, int], ...] = ()

    @property
    def size(self) -> int:
        """How many bytes the last step gives."""
        fed = {output for _, output in self.bonds}
        return next(size for n, size in enumerate(self.sizes) if n not in fed)

    @property
    def packed_size(self) -> int:
        """How many bytes its packed streams have."""
        return sum(size for _, size in self.spans)


@dataclass(frozen=True, slots=True, kw_only=True)
class Substream:
    """A content within a folder: its size, and its CRC where the header has one."""

    size: int
    crc: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Streams:
    """All folders, what each comes to, and the part of the archive that is packed streams."""

    folders: tuple[Folder, ...] = ()
    contents: tuple[tuple[Substream, ...], ...] = ()
    start: int = 0
    end: int = 0


@dataclass(slots=True)
class File:
    """What the header says of one name."""

    name: bytes = b""
    has_stream: bool = True
    is_empty_file: bool = False
    is_anti: bool = False
    attributes: int = 0


@dataclass(slots=True)
class Cursor:
    """A place in a header."""

    content: bytes
    at: int = 0

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return len(self.content) - self.at

    def take(self, size: int) -> bytes:
        """Return so many bytes."""
        if size > self.left:
            raise TruncatedError("the list of members is cut", offset=self.at)
        taken = self.content[self.at : self.at + size]
        self.at += size
        return taken

    def byte(self) -> int:
        """Return one byte."""
        return self.take(1)[0]

    def number(self) -> int:
        """Return a number: the leading ones of its first byte count the bytes that follow."""
        first = self.byte()
        follow = 0
        while follow < 8 and first & 0x80 >> follow:
            follow += 1
        low = int.from_bytes(self.take(follow), "little")
        return low | (first & (0x7F >> follow)) << 8 * follow if follow < 8 else low

    def count(self, most: int | None = None) -> int:
        """Return a number of things, each of which takes a byte at least, or is bounded."""
        number = self.number()
        if number > (self.left if most is None else most):
            raise MalformedError("a number of things that cannot be", offset=self.at)
        return number

    def expect(self, wanted: int) -> None:
        """Take the mark that has to come here."""
        if self.number() != wanted:
            raise MalformedError("a part of the list of members is missing", offset=self.at)

    def bits(self, count: int) -> list[bool]:
        """Return a row of bits, the first one highest."""
        packed = self.take((count + 7) // 8)
        return [bool(packed[n // 8] & 0x80 >> n % 8) for n in range(count)]

    def some(self, count: int) -> list[bool]:
        """Return which of some things are defined: all, or those of a row of bits."""
        return [True] * count if self.byte() else self.bits(count)

    def inside(self) -> None:
        """Refuse data that lies elsewhere."""
        if self.byte():
            raise UnsupportedError("a list of members in several places")


def read_streams(cursor: Cursor) -> Streams:
    """Read a StreamsInfo up to its end.

    Raises:
        FormatError: it cannot be read.
    """
    start, sizes = 0, list[int]()
    folders: list[Folder] = []
    contents: list[tuple[Substream, ...]] | None = None
    while (mark := cursor.number()) != END:
        if mark == PACKED:
            start, sizes = _read_packed(cursor)
        elif mark == UNPACKED:
            folders = _place(_read_folders(cursor), start, sizes)
        elif mark == SUBSTREAMS:
            contents = _read_substreams(cursor, folders)
        else:
            raise MalformedError("a part of the list of members that nobody knows")
    if contents is None:
        contents = [(Substream(size=folder.size, crc=folder.crc),) for folder in folders]
    return Streams(
        folders=tuple(folders), contents=tuple(contents), start=start, end=start + sum(sizes)
    )


def _read_packed(cursor: Cursor) -> tuple[int, list[int]]:
    start, count = cursor.number(), cursor.count()
    sizes: list[int] = []
    while (mark := cursor.number()) != END:
        if mark == SIZE:
            sizes = [cursor.number() for _ in range(count)]
        elif mark == CRC:
            list(_read_crcs(cursor, count))
        else:
            raise MalformedError("a part of the packed streams that nobody knows")
    if len(sizes) != count:
        raise MalformedError("packed streams without sizes")
    return start, sizes


def _place(folders: Sequence[Folder], start: int, sizes: Sequence[int]) -> list[Folder]:
    """Give each folder its packed streams, in their order."""
    found: list[Folder] = []
    rest = iter(sizes)
    at = start
    for folder in folders:
        spans = []
        for _ in folder.packed:
            size = next(rest, None)
            if size is None:
                raise MalformedError("more folders than packed streams")
            spans.append((at, size))
            at += size
        found.append(placed(folder, tuple(spans)))
    if next(rest, None) is not None:
        raise MalformedError("a packed stream without a folder")
    return found


def placed(folder: Folder, spans: tuple[tuple[int, int], ...]) -> Folder:
    """Return a folder with the places of its packed streams."""
    return replace(folder, spans=spans)


def _read_folders(cursor: Cursor) -> list[Folder]:
    cursor.expect(FOLDER)
    count = cursor.count()
    cursor.inside()
    folders = [_read_folder(cursor) for _ in range(count)]
    cursor.expect(CODER_SIZES)
    folders = [
        replace(f, sizes=tuple(cursor.number() for c in f.coders for _ in range(c.outputs)))
        for f in folders
    ]
    while (mark := cursor.number()) != END:
        if mark != CRC:
            raise MalformedError("a part of the folders that nobody knows")
        crcs = _read_crcs(cursor, count)
        folders = [replace(f, crc=crc) for f, crc in zip(folders, crcs, strict=True)]
    return folders


def _read_folder(cursor: Cursor) -> Folder:
    count = cursor.count(MOST_CODERS)
    coders = tuple(_read_coder(cursor) for _ in range(count))
    inputs = sum(coder.inputs for coder in coders)
    outputs = sum(coder.outputs for coder in coders)
    if not outputs or max(inputs, outputs) > MOST_STREAMS or inputs < outputs - 1:
        raise MalformedError("a folder that cannot be")
    bonds = tuple((cursor.number(), cursor.number()) for _ in range(outputs - 1))
    fed, feeding = {i for i, _ in bonds}, {o for _, o in bonds}
    if len(fed) < len(bonds) or len(feeding) < len(bonds) or max(feeding, default=0) >= outputs:
        raise MalformedError("a folder whose steps do not fit")
    free = [n for n in range(inputs) if n not in fed]
    packed = free if len(free) <= 1 else [cursor.number() for _ in free]
    if sorted(packed) != free:
        raise MalformedError("a folder whose steps do not fit")
    return Folder(coders=coders, bonds=bonds, packed=tuple(packed))


def _read_coder(cursor: Cursor) -> Coder:
    flags = cursor.byte()
    if flags & 0xC0:
        raise UnsupportedError("a method with alternatives")
    method = cursor.take(flags & 0x0F)
    inputs = outputs = 1
    if flags & 0x10:
        inputs, outputs = cursor.count(MOST_STREAMS), cursor.count(MOST_STREAMS)
    properties = cursor.take(cursor.count()) if flags & 0x20 else b""
    return Coder(method=method, properties=properties, inputs=inputs, outputs=outputs)


def _read_crcs(cursor: Cursor, count: int) -> Iterator[int | None]:
    defined = cursor.some(count)
    for has in defined:
        yield struct.unpack("<I", cursor.take(4))[0] if has else None


def _read_substreams(cursor: Cursor, folders: Sequence[Folder]) -> list[tuple[Substream, ...]]:
    counts = [1] * len(folders)
    mark = cursor.number()
    if mark == COUNTS:
        counts = [cursor.number() for _ in folders]
        if sum(counts) > cursor.left + len(folders):
            raise MalformedError("a number of contents that cannot be")
        mark = cursor.number()
    sizes = _read_sizes(cursor, folders, counts, told=mark == SIZE)
    if mark == SIZE:
        mark = cursor.number()
    known = [f.crc if n == 1 else None for f, n in zip(folders, counts, strict=True)]
    crcs: Iterator[int | None] = iter(())
    if mark == CRC:
        wanted = sum(n for n, crc in zip(counts, known, strict=True) if crc is None)
        crcs = iter(list(_read_crcs(cursor, wanted)))
        mark = cursor.number()
    if mark != END:
        raise MalformedError("a part of the contents that nobody knows")
    return [
        tuple(Substream(size=s, crc=crc if crc is not None else next(crcs, None)) for s in own)
        for own, crc in zip(sizes, known, strict=True)
    ]


def _read_sizes(
    cursor: Cursor, folders: Sequence[Folder], counts: Sequence[int], *, told: bool
) -> list[list[int]]:
    """Return the sizes of each folder's contents: the last one has what is left."""
    found: list[list[int]] = []
    for folder, count in zip(folders, counts, strict=True):
        if count > 1 and not told:
            raise MalformedError("contents without sizes")
        own = [cursor.number() for _ in range(count - 1)]
        rest = folder.size - sum(own)
        if rest < 0 or (not count and folder.size):
            raise MalformedError("contents that are larger or smaller than their folder")
        found.append([*own, rest] if count else [])
    return found


def read_files(cursor: Cursor, *, most: int) -> list[File]:
    """Read a FilesInfo up to its end.

    Raises:
        LimitError: there are more names than allowed.
        FormatError: it cannot be read.
    """
    count = cursor.number()
    if count > most:
        raise LimitError(f"more than {most} members")
    files = [File() for _ in range(count)]
    while (mark := cursor.number()) != END:
        part = Cursor(cursor.take(cursor.count()))
        if mark in _PARTS:
            _PARTS[mark](part, files)
        elif mark not in (*_TIMES, START, DUMMY):
            raise UnsupportedError(f"a property {mark} of members")
    return files


def _empty_streams(part: Cursor, files: Sequence[File]) -> None:
    for file, is_empty in zip(files, part.bits(len(files)), strict=True):
        file.has_stream = not is_empty


def _without_stream(files: Sequence[File]) -> list[File]:
    return [file for file in files if not file.has_stream]


def _empty_files(part: Cursor, files: Sequence[File]) -> None:
    empty = _without_stream(files)
    for file, is_file in zip(empty, part.bits(len(empty)), strict=True):
        file.is_empty_file = is_file


def _anti(part: Cursor, files: Sequence[File]) -> None:
    empty = _without_stream(files)
    for file, is_anti in zip(empty, part.bits(len(empty)), strict=True):
        file.is_anti = is_anti


def _names(part: Cursor, files: Sequence[File]) -> None:
    part.inside()
    names = part.take(part.left)
    at = 0
    for file in files:
        end = at
        while names[end : end + 2] not in (b"\0\0", b""):
            end += 2
        if names[end : end + 2] != b"\0\0":
            raise TruncatedError("a name is cut")
        text = names[at:end].decode("utf-16-le", "surrogatepass")
        file.name = text.encode("utf-8", "surrogatepass")
        at = end + 2
    if names[at:]:
        raise MalformedError("more names than members")


def _attributes(part: Cursor, files: Sequence[File]) -> None:
    defined = part.some(len(files))
    part.inside()
    for file, has in zip(files, defined, strict=True):
        if has:
            (file.attributes,) = struct.unpack("<I", part.take(4))


_PARTS: dict[int, Callable[[Cursor, Sequence[File]], None]] = {
    EMPTY_STREAM: _empty_streams,
    EMPTY_FILE: _empty_files,
    ANTI: _anti,
    NAMES: _names,
    ATTRIBUTES: _attributes,
}
