"""The pages of one column chunk: their headers, their checksums, and their bytes, unpacked.

By parquet-format 2.11 (parquet.thrift, PageHeader; "Checksumming"): the sum is over the bytes as
they are stored, without the header.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.parquet.compact import Compact, Struct, of_type, whole
from formats.parquet.encodings import MOST_IN_PAGE
from formats.parquet.footer import Chunk
from formats.parquet.unpacking import unpack

_DATA, _INDEX, _DICTIONARY, _DATA_2 = 0, 1, 2, 3
_MOST_HEADER, _MOST_HEADER_VALUES = 16 * 1024 * 1024, 100
_RLE = 3
_PLAINLY = (0, 2)  # the older name of a dictionary's encoding stands for plain values too
OTHER_SUM = "a page whose checksum differs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One page as it is stored: its header, where its bytes lie, and what their sum says.

    `fits` is None where the writer kept no sum.
    """

    header: Struct
    start: int
    end: int
    fits: bool | None

    @property
    def is_dictionary(self) -> bool:
        """Whether it holds the values that other pages point at."""
        return whole(self.header, 1) == _DICTIONARY


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page, unpacked: `levels` tell of each row whether it has a value; none where all have."""

    values: int
    encoding: int
    levels: bytes | None
    body: bytes
    is_dictionary: bool = False


def walk_pages(content: memoryview, chunk: Chunk) -> Iterator[Stored]:
    """Yield the pages of a chunk in their order; they end exactly where the chunk ends.

    Raises:
        MalformedError: a header that is none, or another number of values.
        UnsupportedError: a kind of page that is not known.
    """
    at, values = chunk.start, 0
    while at < chunk.end:
        stored = _stored(content, at, chunk.end)
        if stored.is_dictionary and at != chunk.start:
            raise MalformedError("a dictionary behind values", offset=at)
        if not stored.is_dictionary:
            values += whole(_of_data(stored.header), 1)
        yield stored
        at = stored.end
    if values != chunk.values:
        raise MalformedError("pages with another number of values than their column", offset=at)


def _stored(content: memoryview, at: int, end: int) -> Stored:
    limit = min(end, at + _MOST_HEADER)
    reader = Compact(content=content, at=at, end=limit, left=_MOST_HEADER_VALUES)
    try:
        header = reader.struct()
        kind, size, unpacked = (whole(header, number) for number in (1, 3, 2))
    except (TruncatedError, MalformedError, LimitError) as error:
        raise MalformedError(f"no header of a page: {error.reason}", offset=at) from error
    if not 0 <= size <= end - reader.at or unpacked < 0:
        raise MalformedError("a page that goes on beyond its column", offset=at)
    if kind not in (_DATA, _DICTIONARY, _DATA_2):
        raise UnsupportedError(f"a page of kind {kind}", offset=at)
    start, stop = reader.at, reader.at + size
    told = whole(header, 4) & 0xFFFFFFFF if 4 in header else None
    fits = None if told is None else zlib.crc32(content[start:stop]) == told
    return Stored(header=header, start=start, end=stop, fits=fits)


def _of_data(header: Struct) -> Struct:
    """Return the part of a header that tells of its values."""
    number = {_DATA: 5, _DICTIONARY: 7, _DATA_2: 8}[whole(header, 1)]
    found: Struct = of_type(header, number, dict)
    if whole(found, 1) < 0:
        raise MalformedError("a page of fewer than no values")
    return found


def open_page(content: memoryview, chunk: Chunk, stored: Stored, *, optional: bool) -> Page:
    """Unpack one page of a flat column.

    Raises:
        MalformedError: its checksum differs, or it does not unpack to what its header says.
        UnsupportedError: it is packed or written in a way that is not known.
        LimitError: it is larger than is unpacked, or has more values than are read at once.
    """
    if stored.fits is False:
        raise MalformedError(OTHER_SUM, offset=stored.start)
    told = _of_data(stored.header)
    packed, size = bytes(content[stored.start : stored.end]), whole(stored.header, 2)
    values = whole(told, 1)
    if values > MOST_IN_PAGE:
        raise LimitError(f"{values} values in a page", offset=stored.start)
    if stored.is_dictionary:
        if whole(told, 2) not in _PLAINLY:
            raise UnsupportedError(f"a dictionary of encoding {whole(told, 2)}")
        body = unpack(chunk.codec, packed, size)
        return Page(
            values=values, encoding=whole(told, 2), levels=None, body=body, is_dictionary=True
        )
    if whole(stored.header, 1) == _DATA_2:
        return _second_version(chunk, told, packed, size, optional=optional)
    body = unpack(chunk.codec, packed, size)
    levels = None
    if optional:
        if whole(told, 3) != _RLE:
            raise UnsupportedError("levels that are written bit by bit")
        length = int.from_bytes(body[:4], "little")
        if len(body) < 4 or length > len(body) - 4:
            raise MalformedError("levels that go on beyond their page", offset=stored.start)
        levels, body = body[4 : 4 + length], body[4 + length :]
    return Page(values=values, encoding=whole(told, 2), levels=levels, body=body)


def _second_version(
    chunk: Chunk, told: Struct, packed: bytes, size: int, *, optional: bool
) -> Page:
    """Levels are not packed, and stand before what is."""
    above, length = whole(told, 6, 0), whole(told, 5, 0)
    if above or not 0 <= length <= min(size, len(packed)) or (length and not optional):
        raise MalformedError("levels that a flat column does not have")
    body = packed[length:]
    # What has no values left may be stored as nothing at all.
    if told.get(7, True) is True and (body or size > length):
        body = unpack(chunk.codec, body, size - length)
    levels = packed[:length] if optional else None
    return Page(values=whole(told, 1), encoding=whole(told, 4), levels=levels, body=body)
