"""Where a recording ends: walks over Ogg pages, WAVE chunks and the frames of MPEG audio.

As with pictures, each walk returns the offset after the last byte that belongs to the recording,
or raises when a structure is not where it has to be.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden

_OGG, _OGG_HEADER, _LAST_PAGE = b"OggS", 27, 4
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
_LEAST_FORMAT, _EXTENDED_FORMAT = 16, 26
# Remarks beside the samples are short; anything longer may be a file of its own.
_SHORT = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """Samples that nothing packs: how wide one is, whether it is a whole number, where all lie."""

    width: int
    whole_numbers: bool
    start: int
    end: int
    last: int


def end_of_ogg(content: bytes, checksum: Callable[[bytes], int]) -> int:
    """Follow the pages and compare their checksums (RFC 3533 section 6).

    Raises:
        TruncatedError: a page goes on beyond the last byte.
        MalformedError: no page starts where one has to, or its bytes are not those of its checksum.
        UnsupportedError: no page of a stream says that it is the last: others may have followed.
    """
    at, unended = 0, set[bytes]()
    while content.startswith(_OGG, at):
        if at + _OGG_HEADER > len(content):
            raise TruncatedError("a page is cut", offset=at)
        flags, count = content[at + 5], content[at + 26]
        end = at + _OGG_HEADER + count + sum(content[at + 27 : at + 27 + count])
        if end > len(content):
            raise TruncatedError("a page is cut", offset=at)
        (claimed,) = struct.unpack_from("<I", content, at + 22)
        if checksum(content[at : at + 22] + bytes(4) + content[at + 26 : end]) != claimed:
            raise MalformedError("a page does not fit its checksum", offset=at)
        stream = content[at + 14 : at + 18]
        unended = unended - {stream} if flags & _LAST_PAGE else unended | {stream}
        at = end
    if content.find(_OGG, at) >= 0:
        raise MalformedError("no page starts here", offset=at)
    if at == len(content) and unended:
        raise UnsupportedError("no page says that it is the last", offset=at)
    return at


def read_wave(content: bytes) -> Wave:
    """Follow the chunks to the samples and to the end (Multimedia Programming Interface 1.0).

    Raises:
        TruncatedError: there are fewer samples than the file says, or none.
        MalformedError: a chunk that cannot be.
        UnsupportedError: samples that are packed, and chunks that hold something else.
    """
    kind = width = start = end = 0
    at, last = 12, min(len(content), 8 + _number(content, 4))
    while at + 8 <= last:
        name, size = content[at : at + 4], _number(content, at + 4)
        if not (name.isascii() and name.decode("latin-1").isprintable()):
            raise MalformedError("no chunk starts here", offset=at)
        if at + 8 + size > len(content):
            raise TruncatedError("a chunk is cut", offset=len(content))
        if name == b"data" and not start:
            start, end = at + 8, at + 8 + size
        elif _may_hold_a_file(content[at + 8 : at + 8 + size]):
            raise UnsupportedError("a chunk that may hold a file", offset=at)
        if name == b"fmt ":
            kind, width = _format(content, at + 8, size)
        at += 8 + size + size % 2
    if last < 8 + _number(content, 4) or not start:
        raise TruncatedError("samples are missing", offset=len(content))
    if kind not in (_PCM, _FLOAT):
        raise UnsupportedError("samples that are packed")
    return Wave(width=width, whole_numbers=kind == _PCM, start=start, end=end, last=last)


def _may_hold_a_file(chunk: bytes) -> bool:
    """Whether a chunk beside the samples is more than a remark, or than room that was left."""
    return bool(chunk.strip(b"\x00")) and (len(chunk) > _SHORT or bool(first_hidden(chunk)))


def _format(content: bytes, at: int, size: int) -> tuple[int, int]:
    """Return the coding of samples and the bytes of one; the long form names it further on."""
    if size < _LEAST_FORMAT:
        raise MalformedError("a format that is too short", offset=at)
    kind, channels, rate, _, block, bits = struct.unpack_from("<HHIIHH", content, at)
    if kind == _EXTENSIBLE and size >= _EXTENDED_FORMAT:
        (kind,) = struct.unpack_from("<H", content, at + 24)
    if kind in (_PCM, _FLOAT) and (not rate or block != channels * (bits + 7 >> 3) or not block):
        raise MalformedError("a format that cannot be", offset=at)
    return kind, bits + 7 >> 3


def _number(content: bytes, at: int) -> int:
    return int.from_bytes(content[at : at + 4], "little")
