import bz2
import lzma
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.zstd import ZstdDecompressor
from sanitizers.containers.means import Means
from sanitizers.containers.zipped import unpack
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.zip_methods import BZIP2, LZMA, OTHER_METHODS, XZ, ZSTD
from tests.corpus.damaging import noise, overwrite
from tests.corpus.intact import WORDS
from tests.corpus.looking import demands, look

if ZstdDecompressor.__module__.startswith("compression"):
    from compression.zstd import compress as compress_zstd
else:
    from backports.zstd import compress as compress_zstd

_FILTER = {"id": lzma.FILTER_LZMA1, "dict_size": 1 << 16, "lc": 3, "lp": 0, "pb": 2}
_LZMA_HEAD = struct.pack("<BBHBI", 9, 20, 5, 93, 1 << 16)
PLAIN = noise(30_000, 9).hex().encode() + WORDS
PACKED = {
    BZIP2: bz2.compress(PLAIN),
    LZMA: _LZMA_HEAD + lzma.compress(PLAIN, lzma.FORMAT_RAW, filters=[_FILTER]),
    ZSTD: compress_zstd(PLAIN),
    XZ: lzma.compress(PLAIN),
}


def archive(method: int, packed: bytes, *, claimed: int = len(PLAIN)) -> bytes:
    """Return an archive of one member that is packed by a method."""
    fields = (method, 0, 33, zlib.crc32(PLAIN), len(packed), claimed, 5)
    local = b"PK\x03\x04" + struct.pack("<2H2HH3I2H", 63, 0, *fields[:3], *fields[3:], 0) + b"a.txt"
    central = b"PK\x01\x02" + struct.pack("<6H3I5H2I", 63, 63, 0, *fields, 0, 0, 0, 0, 0, 0)
    central += b"a.txt"
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 1, 1, len(central), len(local + packed), 0)
    return local + packed + central + end


@pytest.mark.parametrize("method", PACKED)
def test_members_of_every_method_are_taken_out(method: int) -> None:
    """They are looked at like any other member."""
    whole = archive(method, PACKED[method])
    (part,) = unpack(whole, Means(limits=DEFAULT_LIMITS))
    assert (part.refusal, part.content) == ("", PLAIN)
    assert demands(look(whole), "integrity") == demands(look(whole), "encryption") == set()


@pytest.mark.parametrize("method", PACKED)
def test_noise_and_zeros_in_a_member_are_seen(method: int) -> None:
    """The stream breaks, or ends in other bytes."""
    whole = archive(method, PACKED[method])
    noisy = look(overwrite(whole, [(8192, 12_288)]))
    assert demands(noisy, "encryption") == {"zip-member-overwritten"}
    zeros = look(whole[:8192] + bytes(4096) + whole[12_288:])
    assert demands(zeros, "integrity") == {"zero-filled"}


@pytest.mark.parametrize("method", PACKED)
def test_a_size_that_lies_costs_no_more_than_it_says(method: int) -> None:
    """A bomb is never unpacked beyond its claim, and what follows a stream is no filling."""
    lied = archive(method, PACKED[method], claimed=100)
    (part,) = unpack(lied, Means(limits=DEFAULT_LIMITS))
    assert part.content == b""
    assert part.refusal
    assert len(OTHER_METHODS[method](PACKED[method], 100)) == 100
    if method != LZMA:
        with pytest.raises(FormatError):
            OTHER_METHODS[method](PACKED[method] + b"more", len(PLAIN) + 1)


@given(st.sampled_from(sorted(PACKED)), st.binary(max_size=200))
def test_any_bytes_are_unpacked_or_named(method: int, packed: bytes) -> None:
    """Nothing else is raised."""
    try:
        plain = OTHER_METHODS[method](packed, 5000)
    except FormatError:
        plain = b""
    assert len(plain) <= 5000
