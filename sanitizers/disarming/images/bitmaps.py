"""Disarms BMP pictures: header, colours and pixels stay; gaps, profiles and what is behind go."""

import struct
from hashlib import sha256

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.images import end_of_bmp
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch

MEDIA_TYPE = "image/bmp"
_FILE = 14
_CORE, _INFO, _NEWEST = 12, 40, 124
_HEADERS = frozenset({_CORE, _INFO, 52, 56, 64, 108, _NEWEST})
# Plain, two kinds of run lengths, masks; 4 and 5 are whole pictures within the picture.
_BITFIELDS, _ALPHA_BITFIELDS, _KNOWN = 3, 6, frozenset({0, 1, 2, 3, 6})
# BITMAPV5HEADER: the space of colours, and where a profile, or the path of one, lies.
_SPACE, _PROFILE = 70, 126
_SRGB = b"BGRs"
_PROFILES = (b"KNIL", b"DEBM")


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the picture with the same pixels at the same place.

    Raises:
        FormatError: the picture is not whole, or is of a kind that is not known.
    """
    del switches
    head, start, end = _places(content)
    gap = content[head:start]
    plain = bytearray(content[:head] + bytes(len(gap)) + content[start:end])
    plain[2:10] = struct.pack("<II", len(plain), 0)
    codes = []
    has_profile = content[_SPACE : _SPACE + 4] in _PROFILES
    if plain[_FILE] == _NEWEST and (has_profile or any(plain[_PROFILE : _PROFILE + 8])):
        plain[_SPACE : _SPACE + 4] = _SRGB
        plain[_PROFILE : _PROFILE + 8] = bytes(8)
        codes.append("image.profile")
    if gap.strip(b"\x00") or content[6:10].strip(b"\x00"):
        codes.append("image.private")
    if content[end:].strip(b"\x00"):
        codes.append("image.trailing")
    removed = tuple(Removed(code=code) for code in codes)
    return Copy(content=bytes(plain), media_type=MEDIA_TYPE, removed=removed)


def _places(content: bytes) -> tuple[int, int, int]:
    """Return where headers and colours end, and where pixels begin and end."""
    if not content.startswith(b"BM") or len(content) < _FILE + _CORE:
        raise MalformedError("no picture begins here", offset=0)
    start, size = struct.unpack_from("<II", content, 10)
    if size not in _HEADERS or len(content) < _FILE + size:
        raise UnsupportedError("a header of an unknown size")
    if size < _INFO:
        width, height, _, depth = struct.unpack_from("<HHHH", content, 18)
        head = _FILE + size + 3 * (1 << depth if depth <= 8 else 0)
        end = start + (width * depth + 31) // 32 * 4 * height
    else:
        depth, packing = struct.unpack_from("<HI", content, 28)
        (used,) = struct.unpack_from("<I", content, 46)
        head = _FILE + size + _masks(size, packing) + 4 * _colours(depth, used)
        if packing not in _KNOWN:
            raise UnsupportedError("pixels packed in an unknown way")
        end = _end(content, start, depth, packing)
    if not head <= start <= end <= len(content):
        raise TruncatedError("pixels are missing, or lie in the header", offset=len(content))
    return head, start, end


def _masks(size: int, packing: int) -> int:
    """Return the bytes of masks that follow the oldest header."""
    if size != _INFO:
        return 0
    return {_BITFIELDS: 12, _ALPHA_BITFIELDS: 16}.get(packing, 0)


def _colours(depth: int, used: int) -> int:
    most = 1 << depth if depth <= 8 else 0
    return min(used, 256) if used else most


def _end(content: bytes, start: int, depth: int, packing: int) -> int:
    width, height = struct.unpack_from("<ii", content, 18)
    (packed,) = struct.unpack_from("<I", content, 34)
    plain = (abs(width) * depth + 31) // 32 * 4 * abs(height)
    return int(start + (packed if packing in (1, 2) else plain))


def measure(content: bytes) -> Measures:
    """Return a digest of size, colours and pixels.

    Raises:
        FormatError: the picture is not whole, or is of a kind that is not known.
    """
    head, start, end = _places(content)
    shown = content[18:_SPACE] if content[_FILE] > _INFO else content[18 : _FILE + content[_FILE]]
    colours = content[_FILE + content[_FILE] : head]
    return Measures(
        values={
            "pixels": sha256(content[start:end]).hexdigest(),
            "header": sha256(shown + colours).hexdigest(),
        }
    )


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have.

    Raises:
        FormatError: the picture is not whole, or is of a kind that is not known.
    """
    head, start, end = _places(content)
    found = set()
    if content[max(end, end_of_bmp(content[:end])) :]:
        found.add("image.trailing")
    if content[head:start].strip(b"\x00") or content[6:10].strip(b"\x00"):
        found.add("image.private")
    if first_hidden(content[:start]):
        found.add("image.hidden")
    if content[_FILE] == _NEWEST and content[_SPACE : _SPACE + 4] in _PROFILES:
        found.add("image.profile")
    return tuple(sorted(found))


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
