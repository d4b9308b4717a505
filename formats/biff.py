"""Walks over the records of old Excel ([MS-XLS] 2.1.4) and PowerPoint ([MS-PPT] 2.3.1) files."""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from formats.faults import TruncatedError

FILEPASS, BOUNDSHEET, SUPBOOK, OBJ = 0x2F, 0x85, 0x1AE, 0x5D
BOF, EOF = 0x809, 0x0A
# Records of packed pictures, of stored objects, of a password: their bytes may look random.
PICTURES = frozenset({FILEPASS, 0xEB, 0xEC, 0xE9, 0x7F, 0x3C})
STORED_OBJECTS = frozenset({0x1011, 0xF01A, 0xF01B, 0xF01D, 0xF01E, 0xF01F})
_CONTAINER = 0xF
_ENCRYPTED_TOKEN = 0xF3D1C4DF
_ENCRYPTED_FLAG = 0x0100


class Record(NamedTuple):
    """One record: its number, where its body starts, and the body's size."""

    number: int
    start: int
    size: int


def excel_records(stream: bytes) -> Iterator[Record]:
    """Yield the records of a Workbook or Book stream; padding after the last one ends the walk.

    Raises:
        TruncatedError: a record goes on beyond the stream.
    """
    at = 0
    last = EOF
    while at + 4 <= len(stream):
        number, size = struct.unpack_from("<HH", stream, at)
        if number == 0 and size == 0:
            if last == EOF:
                return
            if not stream[at + 4 : at + 8].strip(b"\x00"):
                raise TruncatedError("zeros stand where a record has to", offset=at)
            at += 4  # one empty record: some writers count the body of the one before it short
            continue
        last = number
        if at + 4 + size > len(stream):
            raise TruncatedError("a record is cut", offset=at)
        yield Record(number, at + 4, size)
        at += 4 + size


def slides_are_encrypted(current_user: bytes) -> bool:
    """Tell whether the Current User stream says that the presentation needs a password (2.3.2)."""
    if len(current_user) < 16:
        return False
    return bool(struct.unpack_from("<I", current_user, 12)[0] == _ENCRYPTED_TOKEN)


def text_is_encrypted(word_document: bytes) -> bool:
    """Tell whether a WordDocument stream says that it needs a password ([MS-DOC] 2.5.2)."""
    if len(word_document) < 12:
        return False
    return bool(struct.unpack_from("<H", word_document, 10)[0] & _ENCRYPTED_FLAG)


def slide_records(stream: bytes) -> Iterator[Record]:
    """Yield the records of a PowerPoint stream, containers before their contents.

    Raises:
        TruncatedError: a record goes on beyond the stream.
    """
    at = 0
    while at + 8 <= len(stream):
        version, number, size = struct.unpack_from("<HHI", stream, at)
        if version == 0 and number == 0 and size == 0:
            return
        if at + 8 + size > len(stream):
            raise TruncatedError("a record is cut", offset=at)
        yield Record(number, at + 8, size)
        at += 8 if version & _CONTAINER == _CONTAINER else 8 + size
