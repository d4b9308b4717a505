import zlib

import pytest

from formats.faults import MalformedError, TruncatedError
from sanitizers.inflating import checksum, inflate_raw, inflate_zlib

WORDS = b"words and words " * 500


def raw(content: bytes) -> bytes:
    """Return a raw Deflate stream."""
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(content) + packer.flush()


def test_both_wrappings_are_undone() -> None:
    """ZIP members are raw, PDF streams have a zlib header."""
    assert inflate_raw(raw(WORDS), 1 << 20) == WORDS
    assert inflate_zlib(zlib.compress(WORDS) + b"\r\n", 1 << 20) == WORDS


def test_no_more_than_allowed_comes_out() -> None:
    """A bomb costs the bound."""
    assert len(inflate_raw(raw(bytes(5_000_000)), 1000)) == 1000


def test_a_stream_that_was_flushed_and_not_closed_is_whole() -> None:
    """Some writers never close their streams."""
    packer = zlib.compressobj()
    packed = packer.compress(WORDS) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert inflate_zlib(packed, 1 << 20) == WORDS


def test_cut_and_foreign_streams_are_told_apart() -> None:
    """A cut stream is truncated, other bytes are malformed."""
    with pytest.raises(TruncatedError):
        inflate_zlib(zlib.compress(WORDS)[:-9], 1 << 20)
    with pytest.raises(MalformedError):
        inflate_zlib(b"no zlib at all", 1 << 20)


def test_the_checksum_is_crc32() -> None:
    """The check value of the catalogue of CRCs."""
    assert checksum(b"123456789") == 0xCBF43926
