"""Damage in gzip, bzip2, xz and zstd files: decompressed to their checksums; nothing of it is kept.

Their bytes look random by right, and one wrong bit breaks a block as a thousand do: what is neither
cut nor zeroed is taken for overwritten, except in gzip, whose codes fall back into step.
"""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import NamedTuple

from formats.faults import LimitError
from formats.zstd import ZstdDecompressor, ZstdError, decompressor
from sanitizers.damage.fault import Fault, after_end, changed, cut, noise, zero_run, zeroed
from sanitizers.damage.packed import End, deflation, is_garbled
from sanitizers.interface import Opened

_STEP = 1 << 20
_CHUNK = 1 << 16
_GZIP = 31
_KEPT = 1 << 18


class _Read(NamedTuple):
    """One stream read: whether it ended by itself, and what stands behind it."""

    ended: bool
    rest: bytes
    given: int
    last: bytes = b""


_Reader = Callable[[bytes, int], _Read]
_BROKEN = (OSError, EOFError, lzma.LZMAError, zlib.error, ZstdError, ValueError)


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


def check_zstd(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the frames of a zstd file; most, not all, have a checksum.

    Raises:
        LimitError: they hold more than allowed.
    """
    yield from _check(opened, b"\x28\xb5\x2f\xfd", _read_zstd)


def _check(opened: Opened, magic: bytes, read: _Reader) -> Iterator[Fault]:
    content, left = opened.content, opened.limits.most_expanded_bytes
    rest = content
    while rest.startswith(magic):
        at = len(content) - len(rest)
        try:
            found = read(rest, left)
        except _BROKEN as error:
            yield _fault(opened, at, in_step=_falls_into_step(opened, at, str(error)))
            return
        if not found.ended:
            yield _unended(content, at, found)
            return
        left -= found.given
        rest = found.rest.lstrip(b"\x00") if magic[:1] == b"\xfd" else found.rest
    yield from after_end(content, len(content) - len(rest))


def _unended(content: bytes, at: int, found: _Read) -> Fault:
    """Tell a cut from an end that was overwritten, and decodes to nonsense up to the last byte."""
    if is_garbled(found.last) and zero_run(content, at) < 0:
        return noise("overwritten-stream", at, "the end decodes to nonsense")
    return cut(content, "a stream stops early", len(content))


def _falls_into_step(opened: Opened, at: int, error: str) -> bool:
    """Tell whether a gzip stream ends where it should, although its checksum is another."""
    if "incorrect data check" not in error and "incorrect length check" not in error:
        return False
    packed = opened.content[at + 10 :]
    if opened.content[at + 3]:
        return True  # a header of unknown length: the shorter way is enough of an answer
    found = deflation(packed, most=opened.limits.most_expanded_bytes)
    return found.end is End.WHOLE and found.taken == len(packed) - 8


def _fault(opened: Opened, at: int, *, in_step: bool) -> Fault:
    content = opened.content
    zeros = zero_run(content, at)
    if zeros >= 0:
        return zeroed(zeros, "in a stream")
    if in_step:
        return changed("broken-stream", at, "the checksum does not fit")
    return noise("overwritten-stream", at, "breaks")


def _read_gzip(packed: bytes, most: int) -> _Read:
    stream = zlib.decompressobj(_GZIP)
    rest, given, last = packed, 0, b""
    while rest and not stream.eof:
        piece = stream.decompress(rest, _STEP)
        given += len(piece)
        last = (last + piece)[-_KEPT:]
        _must_fit(given, most)
        rest = stream.unconsumed_tail
    return _Read(stream.eof, stream.unused_data, given, last)


def _read_bzip2(packed: bytes, most: int) -> _Read:
    stream = bz2.BZ2Decompressor()
    return _read_in_steps(stream, packed, most)


def _read_xz(packed: bytes, most: int) -> _Read:
    stream = lzma.LZMADecompressor(format=lzma.FORMAT_XZ, memlimit=256 << 20)
    return _read_in_steps(stream, packed, most)


def _read_zstd(packed: bytes, most: int) -> _Read:
    return _read_in_steps(decompressor(), packed, most)


def _read_in_steps(
    stream: bz2.BZ2Decompressor | lzma.LZMADecompressor | ZstdDecompressor, packed: bytes, most: int
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
