"""Damage in gzip, bzip2 and xz files: decompressed to their checksums; nothing of it is kept.

Their bytes look random by right, and one wrong bit breaks a block as a thousand do: what is neither
cut nor zeroed is taken for overwritten, except in gzip, whose codes fall back into step.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from formats.faults import LimitError
from sanitizers.damage.fault import Fault, after_end, changed, cut, noise, zero_run, zeroed
from sanitizers.interface import Opened

_STEP = 1 << 20
_CHUNK = 1 << 16
_GZIP = 31


class _Read(NamedTuple):
    """One stream read: whether it ended by itself, and what stands behind it."""

    ended: bool
    rest: bytes
    given: int


_Reader = Callable[[bytes, int], _Read]
_BROKEN = (OSError, EOFError, lzma.LZMAError, zlib.error, ValueError)


def check_gzip(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the members of a gzip file (RFC 1952 2.2).

    Raises:
        LimitError: they hold more than allowed.
    """
    yield from _check(opened, b"\x1f\x8b", _read_gzip)


def check_bzip2(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the streams of a bzip2 file.

    Raises:
        LimitError: they hold more than allowed.
    """
    yield from _check(opened, b"BZh", _read_bzip2)


def check_xz(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the streams of an xz file.

    Raises:
        LimitError: they hold more than allowed, or ask for too much memory.
    """
    yield from _check(opened, b"\xfd7zXZ\x00", _read_xz)


def _check(opened: Opened, magic: bytes, read: _Reader) -> Iterator[Fault]:
    content, left = opened.content, opened.limits.most_expanded_bytes
    rest = content
    while rest.startswith(magic):
        at = len(content) - len(rest)
        try:
            found = read(rest, left)
        except _BROKEN as error:
            yield _fault(content, at, wrong_sum="incorrect data check" in str(error))
            return
        if not found.ended:
            yield cut(content, "a stream stops early", len(content))
            return
        left -= found.given
        rest = found.rest.lstrip(b"\x00") if magic[:1] == b"\xfd" else found.rest
    yield from after_end(content, len(content) - len(rest))


def _fault(content: bytes, at: int, *, wrong_sum: bool) -> Fault:
    zeros = zero_run(content, at)
    if zeros >= 0:
        return zeroed(zeros, "in a stream")
    if wrong_sum:
        return changed("broken-stream", at, "the checksum does not fit")
    return noise("overwritten-stream", at, "breaks")


def _read_gzip(packed: bytes, most: int) -> _Read:
    stream = zlib.decompressobj(_GZIP)
    rest, given = packed, 0
    while rest and not stream.eof:
        given += len(stream.decompress(rest, _STEP))
        _must_fit(given, most)
        rest = stream.unconsumed_tail
    return _Read(stream.eof, stream.unused_data, given)


def _read_bzip2(packed: bytes, most: int) -> _Read:
    stream = bz2.BZ2Decompressor()
    return _read_in_steps(stream, packed, most)


def _read_xz(packed: bytes, most: int) -> _Read:
    stream = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
    return _read_in_steps(stream, packed, most)


def _read_in_steps(
    stream: bz2.BZ2Decompressor | lzma.LZMADecompressor, packed: bytes, most: int
) -> _Read:
    given = at = 0
    while not stream.eof:
        piece = packed[at : at + _CHUNK] if stream.needs_input else b""
        if stream.needs_input and not piece:
            break
        at += len(piece)
        given += len(stream.decompress(piece, _STEP))
        _must_fit(given, most)
    return _Read(stream.eof, stream.unused_data + packed[at:] if stream.eof else b"", given)


def _must_fit(given: int, most: int) -> None:
    if given > most:
        raise LimitError(f"a stream of more than {most} bytes")
