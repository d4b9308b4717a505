"""Physical lines of a table, in blocks: after garbled bytes the next line end is a new beginning.

Readers that take a table as a whole refuse all of it for one bad byte. Lines are cut here before
anything is decoded, so that damage costs the lines that it lies in and their neighbours.
"""

from collections.abc import Iterator
from dataclasses import dataclass

BYTE_ORDER_MARK = b"\xef\xbb\xbf"
BLOCK = 2 * 1024 * 1024
LONGEST_LINE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Whole lines, without the line end of the last one; `terminated` tells whether it had one."""

    offset: int
    size: int
    content: bytes
    terminated: bool


def read_heading(content: memoryview) -> Block:
    """Return the first line, without a byte order mark before it or a line end behind it."""
    start = len(BYTE_ORDER_MARK) if content[:3] == BYTE_ORDER_MARK else 0
    piece = bytes(content[start : start + LONGEST_LINE])
    end = piece.find(b"\n")
    line = piece if end < 0 else piece[:end]
    size = start + len(line) + (end >= 0)
    return Block(offset=0, size=size, content=line, terminated=end >= 0)


def read_blocks(content: memoryview, at: int) -> Iterator[Block]:
    """Yield the lines from `at` on; a line longer than a block is cut, and has no proper end."""
    while at < content.nbytes:
        piece = bytes(content[at : at + BLOCK])
        end = piece.rfind(b"\n")
        last = at + len(piece) == content.nbytes
        if end < 0 or (last and end < len(piece) - 1):
            yield from _last_lines(piece, at, end)
            at += len(piece)
            continue
        yield Block(offset=at, size=end + 1, content=piece[:end], terminated=True)
        at += end + 1


def _last_lines(piece: bytes, at: int, end: int) -> Iterator[Block]:
    if end >= 0:
        yield Block(offset=at, size=end + 1, content=piece[:end], terminated=True)
    rest = piece[end + 1 :]
    yield Block(offset=at + end + 1, size=len(rest), content=rest, terminated=False)
