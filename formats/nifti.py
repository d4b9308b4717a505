"""Volumes of NIfTI-1 and NIfTI-2: a header, extensions, and voxels that nothing packs.

nifti1.h (2003) and nifti2.h (2011): the second has the same fields, wider and in another order.
"""

import struct
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.randomness import first_random_sector

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
_EXTENDED, _CELL = 4, 16
# Behind the mark of NIfTI-2 stands what a transfer as a text would change, as in PNG.
_LINE_ENDS = b"\x00\r\n\x1a\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Where the fields of a version stand: its size, mark, dimensions, type, offset of voxels.

    `remarks` is where its description and the name of another file stand, by cells of 16 bytes.
    """

    size: int
    mark: int
    alone: bytes
    dimensions: tuple[int, str]
    type: int
    voxels: tuple[int, str]
    remarks: tuple[int, int]

    @property
    def end(self) -> int:
        """Where extensions or voxels begin."""
        return self.size + _EXTENDED


FIRST = Header(
    size=348,
    mark=344,
    alone=b"n+1\x00",
    dimensions=(40, "8h"),
    type=70,
    voxels=(108, "f"),
    remarks=(160, 240),
)
SECOND = Header(
    size=540,
    mark=4,
    alone=b"n+2" + _LINE_ENDS,
    dimensions=(16, "8q"),
    type=12,
    voxels=(168, "q"),
    remarks=(240, 336),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """Voxels between two offsets, in rows of so many bytes."""

    start: int
    end: int
    row: int


def header_of(content: bytes) -> Header:
    """Return the version of a volume's header, by its mark."""
    return SECOND if content.startswith((b"n+2", b"ni2"), SECOND.mark) else FIRST


def read_nifti(content: bytes) -> Volume:
    """Read the header, and return where the voxels lie.

    Raises:
        TruncatedError: there are fewer voxels than the header says.
        MalformedError: the header cannot be.
        UnsupportedError: voxels are kept elsewhere, or an extension may hold a file.
    """
    header = header_of(content)
    if len(content) < header.end:
        raise TruncatedError("the header is cut", offset=len(content))
    order = next((o for o in "<>" if _number(content, o + "i", 0) == header.size), "")
    if not order:
        raise MalformedError("a header of another size", offset=0)
    if not content.startswith(header.alone, header.mark):
        if header is SECOND and content.startswith(header.alone[:3], header.mark):
            raise MalformedError("a mark whose line ends were changed", offset=header.mark)
        raise UnsupportedError("voxels that are kept in another file")
    lengths, bits = _shape(content, header, order)
    place, width = header.voxels
    offset = _number(content, order + width, place)
    if not header.end <= offset <= len(content) or offset != int(offset):
        raise MalformedError("voxels that begin nowhere", offset=place)
    start, size = int(offset), bits // 8
    _check_extensions(content, header, order, start)
    for length in lengths:
        size *= length
    if start + size > len(content):
        raise TruncatedError("voxels are missing", offset=len(content))
    return Volume(start=start, end=start + size, row=lengths[0] * bits // 8)


def _check_extensions(content: bytes, header: Header, order: str, start: int) -> None:
    """Follow what stands between header and voxels: lengths of so many times 16, or zeros."""
    if content[header.size] == 0 and not content[header.end : start].strip(b"\x00"):
        return
    if start - header.end > _LONGEST or first_hidden(content[header.end : start]):
        raise UnsupportedError("an extension that may hold a file", offset=header.end)
    if content[header.size] == 0:
        if first_random_sector(content, header.end, start) >= 0:
            raise MalformedError("noise where nothing has to be", offset=header.end)
        raise UnsupportedError("bytes between a header and its voxels", offset=header.end)
    at = header.end
    while at + 2 * _EXTENDED <= start and content[at:start].strip(b"\x00"):
        size = int(_number(content, order + "i", at))
        if size < _CELL or size % _CELL or at + size > start:
            raise MalformedError("no extension starts here", offset=at)
        noisy = first_random_sector(content, at, at + size)
        if noisy >= 0:
            raise MalformedError("noise in an extension", offset=noisy)
        at += size


def _shape(content: bytes, header: Header, order: str) -> tuple[tuple[int, ...], int]:
    """Return how many voxels there are in each direction, and the bits of one."""
    place, width = header.dimensions
    number, *lengths = struct.unpack_from(order + width, content, place)
    if not 1 <= number <= _MOST_DIMENSIONS or min(lengths[:number]) < 1:
        raise MalformedError("a header that cannot be", offset=place)
    kind, bits = struct.unpack_from(order + "2h", content, header.type)
    if _BITS.get(kind) != bits:
        raise MalformedError("voxels of no known kind", offset=header.type)
    return tuple(lengths[:number]), int(bits)


def _number(content: bytes, form: str, at: int) -> float:
    return float(struct.unpack_from(form, content, at)[0])
