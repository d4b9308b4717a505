"""The footer of a Parquet file: what it says of columns, groups of rows, and where both lie.

By parquet-format 2.11 ("File format", parquet.thrift). All bounds are held before anything is
unpacked, and every byte of the file has to belong to something that the footer tells of.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.faults import (
    FormatError,
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.parquet.columns import Column, find_extension, read_columns
from formats.parquet.compact import Compact, Struct, Value, of_type, structs, whole

MEDIA_TYPE = "application/vnd.apache.parquet"
MAGIC, SEALED = b"PAR1", b"PARE"
TAIL = 8  # the footer's length, and the mark again
MOST_FOOTER = 16 * 1024 * 1024
MOST_GROUPS = 20_000
MOST_ROWS = 100_000_000
MOST_UNPACKED = 8 * 1024 * 1024 * 1024
_MOST_IN_COPY = 1_000
_MOST_FILTER_HEADER, _MOST_IN_FILTER_HEADER = 64, 20
_BLANKS, _SPACE = b"\t\n\v\f\r", 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """The values of one column in one group: the bytes of its pages, packed by `codec`."""

    start: int
    end: int
    codec: int
    values: int
    unpacked: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some rows, with a chunk for each column."""

    rows: int
    chunks: tuple[Chunk, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """What a file says of itself."""

    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    rows: int


@dataclass(slots=True)
class _Places:
    """Where all lies that a footer tells of, where indexes alone, and which chunk ends where.

    Nothing there is read before it is known that no two of them overlap: each byte is read once,
    however many chunks a footer puts on it.
    """

    spans: list[tuple[int, int]] = field(default_factory=lambda: [(0, len(MAGIC))])
    indexes: list[tuple[int, int]] = field(default_factory=list)
    ends: dict[int, Struct] = field(default_factory=dict)


def is_marked(head: bytes) -> bool:
    """Whether content begins with one of the marks, and not as a text that does (`PARENT;NAME`).

    What follows is a structure or a length: both have bytes that no text has.
    """
    beyond = head[4:64].translate(None, _BLANKS)
    return head[:4] in (MAGIC, SEALED) and any(byte < _SPACE for byte in beyond)


def read_footer(content: memoryview) -> Footer:
    """Read the footer and hold it against the file.

    Raises:
        TruncatedError: there is no mark at the end.
        MalformedError: it contradicts itself.
        ProtectedError: its owner encrypted it.
        UnsupportedError: columns that are not flat, types of their own, values in another file,
            or bytes of the file that belong to nothing.
        LimitError: more columns, rows, groups or bytes than are read.
    """
    end = _start_of_footer(content)
    reader = Compact(content=content, at=end, end=len(content) - TAIL)
    told = _read(reader)
    if reader.at != reader.end:
        raise MalformedError("bytes behind the footer", offset=reader.at)
    if 8 in told or 9 in told:
        raise ProtectedError("columns that their owner encrypted")
    if note := find_extension(structs(told, 5)):
        raise UnsupportedError(f"a type of its own: {note!r}")
    columns = read_columns(structs(told, 2))
    listed = structs(told, 4)
    if len(listed) > MOST_GROUPS:
        raise LimitError(f"{len(listed)} groups of rows")
    places = _Places()
    groups = tuple(_group(content, group, columns, places) for group in listed)
    _account(content, places, end)
    for start, stop in places.indexes:
        _hold_index(content, start, stop)
    footer = Footer(columns=columns, groups=groups, rows=whole(told, 3))
    _bound(footer)
    return footer


def _read(reader: Compact) -> Struct:
    """Return a structure; one that is longer than its place is damaged, and the file not cut."""
    start = reader.at
    try:
        return reader.struct()
    except TruncatedError as error:
        raise MalformedError("a structure that is longer than its place", offset=start) from error


def _start_of_footer(content: memoryview) -> int:
    """Return where the footer begins, by its length before the last mark."""
    if content[:4] not in (MAGIC, SEALED):
        raise MalformedError("no mark at the beginning", offset=0)
    if len(content) < len(MAGIC) + TAIL or content[-4:] not in (MAGIC, SEALED):
        raise TruncatedError("no mark at the end", offset=len(content))
    if SEALED in (content[:4], content[-4:]):
        raise ProtectedError("a footer that its owner encrypted")
    size = int.from_bytes(content[-TAIL:-4], "little")
    if size > MOST_FOOTER:
        raise LimitError(f"a footer of {size} bytes")
    if size > len(content) - TAIL - len(MAGIC):
        raise MalformedError("a footer larger than the file", offset=len(content) - TAIL)
    return len(content) - TAIL - size


def _group(
    content: memoryview, told: Struct, columns: tuple[Column, ...], places: _Places
) -> Group:
    rows, listed = whole(told, 3), structs(told, 1)
    if rows < 0 or len(listed) != len(columns):
        raise MalformedError("a group with another number of columns than the schema")
    chunks = []
    for column, chunk in zip(columns, listed, strict=True):
        found = _chunk(column, chunk)
        if found.values != rows:
            raise MalformedError("a column with another number of values than its group has rows")
        places.spans.append((found.start, found.end))
        places.ends[found.end] = chunk
        indexes = tuple(_indexes(content, chunk))
        places.indexes.extend(indexes)
        places.spans.extend((*indexes, *_filter(content, chunk)))
        chunks.append(found)
    return Group(rows=rows, chunks=tuple(chunks))


def _chunk(column: Column, told: Struct) -> Chunk:
    if of_type(told, 1, bytes):
        raise UnsupportedError("values that lie in another file")
    if 8 in told or 9 in told:
        raise ProtectedError("a column that its owner encrypted")
    of_values: Struct = of_type(told, 3, dict)
    path: list[Value] = of_type(of_values, 3, list)
    if path != [column.name.encode()] or whole(of_values, 1) != column.stored:
        raise MalformedError("a column that is another one than the schema says")
    start = whole(of_values, 9)
    dictionary = whole(of_values, 11, 0)
    start = dictionary if 0 < dictionary < start else start
    size, unpacked = whole(of_values, 7), whole(of_values, 6)
    if start < len(MAGIC) or size < 0 or unpacked < 0:
        raise MalformedError("a column that lies nowhere")
    return Chunk(
        start=start,
        end=start + size,
        codec=whole(of_values, 4),
        values=whole(of_values, 5),
        unpacked=unpacked,
    )


def _indexes(content: memoryview, told: Struct) -> Iterator[tuple[int, int]]:
    """Yield where the indexes of a chunk lie."""
    for place, length in ((4, 5), (6, 7)):
        if place in told:
            start, size = whole(told, place), whole(told, length, 0)
            if start < 0 or not 0 <= size <= len(content) - start:
                raise MalformedError("an index that lies nowhere", offset=start)
            yield start, start + size


def _hold_index(content: memoryview, start: int, stop: int) -> None:
    """Hold that an index is one structure and nothing else."""
    reader = Compact(content=content, at=start, end=stop)
    _read(reader)
    if reader.at != reader.end:
        raise MalformedError("bytes behind an index", offset=reader.at)


def _filter(content: memoryview, told: Struct) -> Iterator[tuple[int, int]]:
    """Yield where the filter of a chunk lies, by the small structure before it."""
    of_values: Struct = of_type(told, 3, dict)
    if 14 in of_values:
        start = whole(of_values, 14)
        if not len(MAGIC) <= start < len(content):
            raise MalformedError("a filter that lies nowhere", offset=start)
        end = min(start + _MOST_FILTER_HEADER, len(content))
        reader = Compact(content=content, at=start, end=end, left=_MOST_IN_FILTER_HEADER)
        size = whole(_read(reader), 1)
        yield start, reader.at + max(size, 0)


def _behind_copy(content: memoryview, told: Struct | None, at: int, end: int) -> int:
    """Return where the copy ends that a writer left of what the footer says, behind its chunk."""
    if told is None or at == end:
        return at
    reader = Compact(content=content, at=at, end=end, left=_MOST_IN_COPY)
    try:
        found = reader.struct()
    except FormatError:
        return at
    return reader.at if found in (told, told.get(3)) else at


def _account(content: memoryview, places: _Places, end: int) -> None:
    """Hold that what the footer tells of does not overlap, and fills the file up to the footer.

    Zeros between columns are what a writer aligns them with.
    """
    at = 0
    filled = sorted(span for span in places.spans if span[1] > span[0])
    for start, stop in (*filled, (end, end)):
        if stop > end:
            raise MalformedError("a column that goes on into the footer", offset=start)
        if start < at:
            raise MalformedError("bytes that belong to two columns", offset=start)
        beyond = _behind_copy(content, places.ends.get(at), at, start)
        if bytes(content[beyond:start]).strip(b"\0"):
            raise UnsupportedError("bytes that belong to no column", offset=beyond)
        at = stop


def _bound(footer: Footer) -> None:
    """Hold what the footer counts against itself and against what is read."""
    if footer.rows != sum(group.rows for group in footer.groups):
        raise MalformedError("groups with another number of rows than the footer")
    if footer.rows > MOST_ROWS:
        raise LimitError(f"{footer.rows} rows")
    unpacked = sum(chunk.unpacked for group in footer.groups for chunk in group.chunks)
    if unpacked > MOST_UNPACKED:
        raise LimitError(f"{unpacked} bytes when unpacked")
