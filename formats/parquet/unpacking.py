"""Pages unpacked, each to exactly the size that its header says: Snappy, gzip, zstd, LZ4."""

import zlib

from formats.faults import LimitError, MalformedError, UnsupportedError
from formats.zstd import ZstdError, decompressor

MOST_PAGE = 128 * 1024 * 1024
_ZLIB_OR_GZIP = 47
_LEAST_MATCH = 4
_LONGEST_SHIFT = 35  # a length of Snappy has 32 bits, in five bytes
CODECS = {3: "LZO", 4: "Brotli", 5: "LZ4 in Hadoop's frames"}


def unpack(codec: int, packed: bytes, size: int) -> bytes:
    """Return the bytes of a page.

    Raises:
        LimitError: the page is larger than is unpacked.
        UnsupportedError: packed in another way.
        MalformedError: it does not unpack, or to another size.
    """
    if size > MOST_PAGE:
        raise LimitError(f"a page of {size} bytes")
    try:
        match codec:
            case 0:
                found = packed
            case 1:
                found = _snappy(packed, size)
            case 2:
                found = _gzip(packed, size)
            case 6:
                found = _zstd(packed, size)
            case 7:
                found = _lz4(packed, size)
            case _:
                raise UnsupportedError(f"pages packed by {CODECS.get(codec, f'codec {codec}')}")
    except (zlib.error, ZstdError, EOFError, IndexError) as error:
        raise MalformedError("a page that does not unpack") from error
    if len(found) != size:
        raise MalformedError("a page that unpacks to another size than its header says")
    return found


def _gzip(packed: bytes, size: int) -> bytes:
    stream = zlib.decompressobj(_ZLIB_OR_GZIP)
    found = stream.decompress(packed, size + 1)
    if not stream.eof or stream.unused_data:
        raise MalformedError("a page that does not end with its packing")
    return found


def _zstd(packed: bytes, size: int) -> bytes:
    stream = decompressor()
    found = stream.decompress(packed, size + 1)
    while not stream.eof and len(found) <= size and (more := stream.decompress(b"", size + 1)):
        found += more
    if not stream.eof or stream.unused_data:
        raise MalformedError("a page that does not end with its packing")
    return found


def _snappy(packed: bytes, size: int) -> bytes:
    """Unpack Snappy's raw form (format_description.txt): literals, and copies of what came before.

    A number that is cut raises IndexError.
    """
    told, at, shift = 0, 0, 0
    while True:
        byte = packed[at]
        at += 1
        told |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80 or shift > _LONGEST_SHIFT:
            break
    if told != size or shift > _LONGEST_SHIFT:
        raise MalformedError("a page that unpacks to another size than its header says")
    out, end = bytearray(), len(packed)
    while at < end and len(out) <= size:
        tag = packed[at]
        at += 1
        kind, length = tag & 3, tag >> 2
        if kind == 0:
            if length >= 60:
                extra = length - 59
                length = int.from_bytes(packed[at : at + extra], "little")
                at += extra
            out += packed[at : at + length + 1]
            at += length + 1
            continue
        if kind == 1:
            distance = (tag >> 5) << 8 | packed[at]
            length, at = (length & 7) + 4, at + 1
        else:
            width = 2 if kind == 2 else 4
            distance = int.from_bytes(packed[at : at + width], "little")
            length, at = length + 1, at + width
        _copy(out, distance, length)
    if at != end:
        raise MalformedError("a page that is cut")
    return bytes(out)


def _lz4(packed: bytes, size: int) -> bytes:
    """Unpack LZ4's block form (lz4_Block_format.md); the last sequence has literals alone."""
    out, at, end = bytearray(), 0, len(packed)
    while at < end and len(out) <= size:
        token = packed[at]
        length, at = _lz4_length(packed, at + 1, token >> 4)
        out += packed[at : at + length]
        at += length
        if at >= end:
            break
        distance = packed[at] | packed[at + 1] << 8
        length, at = _lz4_length(packed, at + 2, token & 15)
        _copy(out, distance, length + _LEAST_MATCH, most=size)
    if at != end:
        raise MalformedError("a page that is cut")
    return bytes(out)


def _lz4_length(packed: bytes, at: int, length: int) -> tuple[int, int]:
    if length == 15:
        while True:
            byte = packed[at]
            length, at = length + byte, at + 1
            if byte != 255:
                break
    return length, at


def _copy(out: bytearray, distance: int, length: int, most: int = MOST_PAGE) -> None:
    """Append bytes that stand so far back; they may be among those that are appended."""
    if not 0 < distance <= len(out) or length > most:
        raise MalformedError("a copy of what is not there")
    start = len(out) - distance
    if distance >= length:
        out += out[start : start + length]
    else:
        piece = bytes(out[start:])
        out += (piece * (length // distance + 1))[:length]
