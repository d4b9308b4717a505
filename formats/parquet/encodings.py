"""Parquet's encodings of values: runs and bits, differences, plain values (Encodings.md, 2.11)."""

import struct
from collections.abc import Callable, Sequence

from formats.faults import LimitError, MalformedError, UnsupportedError
from formats.parquet.columns import Column, Stored

Raw = bool | int | float | bytes
MOST_IN_PAGE = 20_000_000
_LONGEST_NUMBER = 10
_WIDTHS = {Stored.INT32: ("i", 4), Stored.INT64: ("q", 8), Stored.FLOAT: ("f", 4)}
_WIDTHS[Stored.DOUBLE] = ("d", 8)
_PLAIN, _RLE, _DELTA, _DELTA_LENGTH, _DELTA_BYTES, _SPLIT = 0, 3, 5, 6, 7, 9
POINTING = frozenset({2, 8})
_ANOTHER_NUMBER = "a page with another number of values than it says"


def read_values(column: Column, encoding: int, body: bytes, count: int) -> Sequence[Raw]:
    """Return the values of a page, but those that point at a dictionary.

    Raises:
        MalformedError: there are fewer or more values than it says.
        UnsupportedError: an encoding that is not known, or not for this type.
        LimitError: more values than are read of one page.
    """
    if count > MOST_IN_PAGE:
        raise LimitError(f"{count} values in a page")
    if not count:
        return ()
    reader = _READERS.get((encoding, column.stored))
    if reader is None:
        raise UnsupportedError(f"{column.stored.name} values of encoding {encoding}")
    values = reader(column, body, count)
    if len(values) != count:
        raise MalformedError(_ANOTHER_NUMBER)
    return values


def _truths(_column: Column, body: bytes, count: int) -> Sequence[Raw]:
    if int.from_bytes(body[:4], "little") != len(body) - 4:
        raise MalformedError("truths of another length than their page")
    return [bool(bit) for bit in read_runs(body[4:], 1, count)]


def _steps(column: Column, body: bytes, _count: int) -> Sequence[Raw]:
    values, end = _differences(body, 0, _WIDTHS[column.stored][1] * 8)
    if end != len(body):
        raise MalformedError("bytes behind the values of a page")
    return values


def _split(column: Column, body: bytes, count: int) -> Sequence[Raw]:
    """Return values whose first bytes stand together, then their second ones, and so on."""
    width = _width(column)
    if len(body) != width * count:
        raise MalformedError(_ANOTHER_NUMBER)
    together = bytearray(len(body))
    for place in range(width):
        together[place::width] = body[place * count : (place + 1) * count]
    return _plain(column, bytes(together), count)


def _width(column: Column) -> int:
    return column.size if column.stored is Stored.FIXED else _WIDTHS[column.stored][1]


def _plain(column: Column, body: bytes, count: int) -> Sequence[Raw]:
    match column.stored:
        case Stored.BYTES:
            return _lengthed(body, count)
        case Stored.BOOLEAN:
            if len(body) != (count + 7) // 8:
                raise MalformedError(_ANOTHER_NUMBER)
            return [bool(body[n >> 3] >> (n & 7) & 1) for n in range(count)]
        case Stored.FIXED | Stored.INT96:
            width = column.size if column.stored is Stored.FIXED else 12
            if len(body) != width * count:
                raise MalformedError(_ANOTHER_NUMBER)
            return [body[at : at + width] for at in range(0, len(body), width)]
        case _:
            letter, width = _WIDTHS[column.stored]
            if len(body) != width * count:
                raise MalformedError(_ANOTHER_NUMBER)
            return struct.unpack(f"<{count}{letter}", body)


def _lengthed(body: bytes, count: int) -> list[bytes]:
    found, at, end = [], 0, len(body)
    for _ in range(count):
        start = at + 4
        at = start + int.from_bytes(body[at:start], "little")
        if at > end or start > end:
            raise MalformedError("a text that goes on beyond its page")
        found.append(body[start:at])
    if at != end:
        raise MalformedError("bytes behind the values of a page")
    return found


def read_runs(body: bytes, width: int, count: int) -> list[int]:
    """Return `count` numbers of so many bits, written as repeats and as packed bits.

    Raises:
        MalformedError: there are fewer, or a width that cannot be.
    """
    if not 0 <= width <= 32:
        raise MalformedError(f"numbers of {width} bits")
    found: list[int] = []
    at, of_value = 0, (width + 7) // 8
    while len(found) < count:
        head, at = _number(body, at)
        if head & 1:
            size = (head >> 1) * width
            if size > len(body) - at and width:
                # The last run may leave out what no value stands in.
                size = len(body) - at
            if not head >> 1 or not (size or not width):
                raise MalformedError("a run of nothing")
            taken = min((head >> 1) * 8, count - len(found))
            found.extend(_bits(body[at : at + size], width, taken))
            at += size
        else:
            repeats = head >> 1
            if not repeats or at + of_value > len(body):
                raise MalformedError("a run of nothing")
            value = int.from_bytes(body[at : at + of_value], "little")
            if value >> width:
                raise MalformedError("a number of more bits than it may have")
            at += of_value
            found.extend([value] * min(repeats, count - len(found)))
    return found


def _bits(packed: bytes, width: int, count: int) -> list[int]:
    """Return numbers that are packed from the lowest bit on, eight of them in `width` bytes."""
    if not width:
        return [0] * count
    if len(packed) * 8 < width * count:
        raise MalformedError("fewer bits than values")
    mask, shifts = (1 << width) - 1, range(0, 8 * width, width)
    found: list[int] = []
    for at in range(0, len(packed), width):
        eight = int.from_bytes(packed[at : at + width], "little")
        found.extend([eight >> shift & mask for shift in shifts])
        if len(found) >= count:
            break
    return found[:count]


def _differences(body: bytes, at: int, bits: int) -> tuple[list[int], int]:
    """Return numbers written as differences, and where what follows them begins."""
    block, at = _number(body, at)
    parts, at = _number(body, at)
    total, at = _number(body, at)
    first, at = _signed(body, at)
    if (
        not parts
        or not block
        or block % 128
        or block % parts
        or (block // parts) % 32
        or block > 1 << 20
    ):
        raise MalformedError("differences in blocks that cannot be")
    if total > MOST_IN_PAGE:
        raise LimitError(f"{total} values in a page")
    size = block // parts
    values = [first] if total else []
    while len(values) < total:
        least, at = _signed(body, at)
        widths = body[at : at + parts]
        at += parts
        for width in widths:
            if len(values) >= total:
                break
            if width > bits:
                raise MalformedError(f"differences of {width} bits")
            taken = min(size, total - len(values))
            packed = body[at : at + size * width // 8]
            at = min(at + size * width // 8, len(body))
            for step in _bits(packed, width, taken):
                values.append(values[-1] + least + step)
        if len(widths) < parts:
            raise MalformedError("differences that are cut")
    half, whole = 1 << bits - 1, 1 << bits
    return [(value + half) % whole - half for value in values], at


def _by_lengths(_column: Column, body: bytes, count: int) -> list[bytes]:
    return _texts(body, 0, count)


def _texts(body: bytes, at: int, count: int) -> list[bytes]:
    """Return texts behind the list of their lengths."""
    lengths, at = _differences(body, at, 32)
    if len(lengths) != count:
        raise MalformedError(_ANOTHER_NUMBER)
    found = []
    for length in lengths:
        if not 0 <= length <= len(body) - at:
            raise MalformedError("a text that goes on beyond its page")
        found.append(body[at : at + length])
        at += length
    if at != len(body):
        raise MalformedError("bytes behind the values of a page")
    return found


def _by_prefixes(column: Column, body: bytes, count: int) -> list[bytes]:
    """Return texts of which each tells how much of the one before it begins with."""
    prefixes, at = _differences(body, 0, 32)
    suffixes = _texts(body, at, count)
    if len(prefixes) != count:
        raise MalformedError(_ANOTHER_NUMBER)
    found, before, written = [], b"", 0
    for prefix, suffix in zip(prefixes, suffixes, strict=True):
        if not 0 <= prefix <= len(before):
            raise MalformedError("a text that begins with more than there is")
        before = before[:prefix] + suffix
        if column.stored is Stored.FIXED and len(before) != column.size:
            raise MalformedError("a value of another length than its column has")
        written += len(before)
        if written > 1 << 28:
            raise LimitError("texts that are longer than is read of one page")
        found.append(before)
    return found


def _number(body: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(_LONGEST_NUMBER):
        if at >= len(body):
            raise MalformedError("a number that is cut")
        byte = body[at]
        at += 1
        value |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return value, at
    raise MalformedError("a number that does not end")


def _signed(body: bytes, at: int) -> tuple[int, int]:
    folded, at = _number(body, at)
    return (folded >> 1) ^ -(folded & 1), at


Read = Callable[[Column, bytes, int], Sequence[Raw]]
_READERS: dict[tuple[int, Stored], Read] = {
    **{(_PLAIN, stored): _plain for stored in Stored},
    (_RLE, Stored.BOOLEAN): _truths,
    **{(_DELTA, stored): _steps for stored in (Stored.INT32, Stored.INT64)},
    (_DELTA_LENGTH, Stored.BYTES): _by_lengths,
    **{(_DELTA_BYTES, stored): _by_prefixes for stored in (Stored.BYTES, Stored.FIXED)},
    **{(_SPLIT, stored): _split for stored in (*_WIDTHS, Stored.FIXED)},
}
