"""Where the text and the formatting of an old Word document lie ([MS-DOC] 2.4.1, 2.9.38)."""

import struct
from typing import NamedTuple

FORMATTING_PAGE = 512
_FIELDS_END = 426
_TABLE_FLAG = 0x0200
_PIECES, _CHARACTERS, _PARAGRAPHS = 418, 250, 258
_MOST_PIECES = 1_000_000
_NARROW = 0x40000000
_PAGE_NUMBER = 0x3FFFFF


class Piece(NamedTuple):
    """A stretch of text in the main stream, and whether its letters are two bytes wide."""

    start: int
    end: int
    wide: bool


def table_name(word: bytes) -> str:
    """Return the stream that holds the tables (2.5.2)."""
    (flags,) = struct.unpack_from("<H", word, 10)
    return "1Table" if flags & _TABLE_FLAG else "0Table"


def text_pieces(word: bytes, table: bytes) -> list[Piece]:
    """Return the pieces of text; none where the document has no table of them."""
    listed = _piece_table(_part(word, table, _PIECES))
    count = max(0, (len(listed) - 4) // 12)
    if not 0 < count < _MOST_PIECES:
        return []
    letters = struct.unpack_from(f"<{count + 1}I", listed, 0)
    pieces = []
    for number in range(count):
        (place,) = struct.unpack_from("<I", listed, 4 * (count + 1) + 8 * number + 2)
        length = max(0, letters[number + 1] - letters[number])
        wide = not place & _NARROW
        start = place if wide else (place & ~_NARROW) // 2
        pieces.append(Piece(start, start + length * (2 if wide else 1), wide))
    return [piece for piece in pieces if piece.end <= len(word)]


def formatting_pages(word: bytes, table: bytes) -> list[int]:
    """Return where the pages of character and paragraph formatting begin (2.9.32, 2.9.175)."""
    pages: list[int] = []
    for field in (_CHARACTERS, _PARAGRAPHS):
        part = _part(word, table, field)
        count = max(0, (len(part) - 4) // 8)
        numbers = struct.unpack_from(f"<{count}I", part, 4 * (count + 1)) if count else ()
        pages += [(number & _PAGE_NUMBER) * FORMATTING_PAGE for number in numbers]
    return [page for page in pages if page + FORMATTING_PAGE <= len(word)]


def _part(word: bytes, table: bytes, field: int) -> bytes:
    if len(word) < _FIELDS_END:
        return b""
    start, size = struct.unpack_from("<II", word, field)
    return table[start : start + size]


def _piece_table(part: bytes) -> bytes:
    """Skip the property changes that may stand before the table (2.9.38)."""
    at = 0
    while at + 5 <= len(part):
        if part[at] == 2:
            (size,) = struct.unpack_from("<I", part, at + 1)
            return part[at + 5 : at + 5 + size]
        if part[at] != 1:
            return b""
        at += 3 + int(struct.unpack_from("<H", part, at + 1)[0])
    return b""
