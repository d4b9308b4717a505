"""Writes a small table as Apache Parquet: texts and whole numbers, uncompressed, in one row group.

Reports have some thousand rows, for which a library of 170 MB would be much. Written are the parts
of the format that every reader knows: data pages of version 1 with PLAIN values and their CRC, no
statistics (parquet-format 2.11, "File format" and parquet.thrift; Thrift's compact protocol).
"""

import zlib
from collections.abc import Mapping, Sequence
from typing import Final

MAGIC: Final = b"PAR1"
CREATED_BY: Final = b"autoclave"
MOST_ROWS: Final = 10_000_000

# Types of the compact protocol, then enumerations of parquet.thrift.
_I32, _I64, _BINARY, _LIST, _STRUCT = 5, 6, 8, 9, 12
_INT64, _BYTE_ARRAY, _UTF8, _REQUIRED, _PLAIN, _RLE, _UNCOMPRESSED, _DATA_PAGE = (
    *(2, 6, 0, 0),
    *(0, 3, 0, 0),
)
Column = Sequence[str] | Sequence[int]


def parquet(columns: Mapping[str, Column]) -> bytes:
    """Return a file with some columns, each of texts alone or of whole numbers alone.

    Raises:
        ValueError: there is no column, they differ in length, or are too long.
    """
    counts = {len(values) for values in columns.values()}
    if len(counts) != 1 or max(counts) > MOST_ROWS:
        raise ValueError("columns of one length are needed")
    (rows,) = counts
    content = bytearray(MAGIC)
    chunks = []
    for name, values in columns.items():
        start = len(content)
        content += _page(values) if rows else b""
        chunks.append(_chunk(name, values, start, len(content) - start))
    group = _struct(
        (1, _LIST, _list(_STRUCT, chunks)),
        (2, _I64, _number(len(content) - len(MAGIC))),
        (3, _I64, _number(rows)),
    )
    schema = [_struct((4, _BINARY, _binary(b"table")), (5, _I32, _number(len(columns))))]
    schema += [_element(name, values) for name, values in columns.items()]
    footer = _struct(
        (1, _I32, _number(1)),
        (2, _LIST, _list(_STRUCT, schema)),
        (3, _I64, _number(rows)),
        (4, _LIST, _list(_STRUCT, [group] if rows else [])),
        (6, _BINARY, _binary(CREATED_BY)),
    )
    return bytes(content) + footer + len(footer).to_bytes(4, "little") + MAGIC


def _is_text(values: Column) -> bool:
    return any(isinstance(value, str) for value in values)


def _page(values: Column) -> bytes:
    """Return all values of a column as one page behind its header."""
    pieces = []
    for value in values:
        if isinstance(value, str):
            text = value.encode("utf-8", "replace")
            pieces.append(len(text).to_bytes(4, "little") + text)
        else:
            pieces.append(value.to_bytes(8, "little", signed=True))
    content = b"".join(pieces)
    crc = zlib.crc32(content)
    header = _struct(
        (1, _I32, _number(_DATA_PAGE)),
        (2, _I32, _number(len(content))),
        (3, _I32, _number(len(content))),
        (4, _I32, _number(crc - (1 << 32) if crc >> 31 else crc)),
        (
            *(5, _STRUCT),
            _struct(
                (1, _I32, _number(len(values))),
                (2, _I32, _number(_PLAIN)),
                (3, _I32, _number(_RLE)),
                (4, _I32, _number(_RLE)),
            ),
        ),
    )
    return header + content


def _chunk(name: str, values: Column, start: int, size: int) -> bytes:
    told = _struct(
        (1, _I32, _number(_BYTE_ARRAY if _is_text(values) else _INT64)),
        (2, _LIST, _list(_I32, [_number(_PLAIN), _number(_RLE)])),
        (3, _LIST, _list(_BINARY, [_binary(name.encode())])),
        (4, _I32, _number(_UNCOMPRESSED)),
        (5, _I64, _number(len(values))),
        (6, _I64, _number(size)),
        (7, _I64, _number(size)),
        (9, _I64, _number(start)),
    )
    return _struct((2, _I64, _number(start)), (3, _STRUCT, told))


def _element(name: str, values: Column) -> bytes:
    text = _is_text(values)
    fields = [
        (1, _I32, _number(_BYTE_ARRAY if text else _INT64)),
        (3, _I32, _number(_REQUIRED)),
        (4, _BINARY, _binary(name.encode())),
    ]
    return _struct(*fields, *([(6, _I32, _number(_UTF8))] if text else []))


def _struct(*fields: tuple[int, int, bytes]) -> bytes:
    """Return fields in their order, each by how far its number is from the one before."""
    content, before = bytearray(), 0
    for number, kind, value in fields:
        content.append((number - before) << 4 | kind)
        content += value
        before = number
    return bytes(content) + b"\0"


def _list(kind: int, values: Sequence[bytes]) -> bytes:
    few = len(values) < 15
    head = bytes([len(values) << 4 | kind]) if few else bytes([0xF0 | kind]) + _var(len(values))
    return head + b"".join(values)


def _binary(content: bytes) -> bytes:
    return _var(len(content)) + content


def _number(value: int) -> bytes:
    """Return a signed number, folded so that small ones are short."""
    return _var(value << 1 if value >= 0 else (-value << 1) - 1)


def _var(value: int) -> bytes:
    content = bytearray()
    while value > 0x7F:
        content.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*content, value])
