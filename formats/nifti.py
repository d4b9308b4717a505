"""Volumes of NIfTI-1: a header, extensions, and voxels that nothing packs (nifti1.h, 2003)."""

import struct
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden

_SIZE, _HEADER = 348, 352
_DIMENSIONS, _TYPE, _OFFSET = 40, 70, 108
_ALONE = b"n+1\x00"
_MARK = 344
_BITS = {
    2: 8,
    4: 16,
    8: 32,
    16: 32,
    32: 64,
    64: 64,
    128: 24,
    256: 8,
    512: 16,
    768: 32,
    1024: 64,
    1280: 64,
    1536: 128,
    1792: 128,
    2048: 256,
    2304: 32,
}
_MOST_DIMENSIONS, _LONGEST = 7, 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Voxels between two offsets, in rows of so many bytes."""

    start: int
    end: int
    row: int


def read_nifti(content: bytes) -> Volume:
    """Read the header, and return where the voxels lie.

    Raises:
        TruncatedError: there are fewer voxels than the header says.
        MalformedError: the header cannot be.
        UnsupportedError: voxels are kept elsewhere, or an extension may hold a file.
    """
    if len(content) < _HEADER:
        raise TruncatedError("the header is cut", offset=len(content))
    order = next((o for o in "<>" if struct.unpack_from(o + "i", content, 0)[0] == _SIZE), "")
    if not order:
        raise MalformedError("a header of another size", offset=0)
    if not content.startswith(_ALONE, _MARK):
        raise UnsupportedError("voxels that are kept in another file")
    number, *lengths = struct.unpack_from(order + "8h", content, _DIMENSIONS)
    kind, bits = struct.unpack_from(order + "2h", content, _TYPE)
    (offset,) = struct.unpack_from(order + "f", content, _OFFSET)
    if not 1 <= number <= _MOST_DIMENSIONS or min(lengths[:number]) < 1 or _BITS.get(kind) != bits:
        raise MalformedError("a header that cannot be", offset=_DIMENSIONS)
    if not offset >= _HEADER or offset != int(offset) or offset > len(content):
        raise MalformedError("voxels that begin nowhere", offset=_OFFSET)
    start, size = int(offset), bits // 8
    if start - _HEADER > _LONGEST or first_hidden(content[_HEADER:start]):
        raise UnsupportedError("an extension that may hold a file", offset=_HEADER)
    for length in lengths[:number]:
        size *= length
    if start + size > len(content):
        raise TruncatedError("voxels are missing", offset=len(content))
    return Volume(start=start, end=start + size, row=lengths[0] * bits // 8)
