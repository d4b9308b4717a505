"""Damage in the packed strips and tiles of TIFF pictures, by the way that each is packed."""

import lzma
from collections.abc import Callable, Iterator, Mapping

from formats.codestreams import JPEG2000, foreign_in_jpeg_2000
from formats.fax import Page, first_contradiction
from formats.jpeg import shared_tables
from formats.lzw import first_impossible_code
from formats.randomness import first_random_sector, first_random_window
from formats.run_lengths import bytes_of_packbits
from formats.tiff import JPEG, Strip
from formats.zstd import ZstdError, decompressor
from sanitizers.damage.fault import Fault, changed, doubt, noise, zero_run, zeroed
from sanitizers.damage.packed import End, deflation
from sanitizers.damage.pictures import check_scan
from sanitizers.interface import Opened

_RUNS, _T4, _T6, _LZW, _OLD_JPEG = 2, 3, 4, 5, 6
_PACKBITS, _LZMA, _ZSTD = 32_773, 34_925, 50_000
_DEFLATED = (8, 32_946)
_JPEG_2000 = (33_003, 33_004, 33_005, 34_712)
# Codes are walked one by one: half a second for this many bytes of each kind.
_MOST_WALKED = {_LZW: 1 << 18, **dict.fromkeys((_RUNS, _T4, _T6), 1 << 18)}
_MIXED = 1
# A picture ends in a mark, and behind it in few zeros.
_PICTURE, _UNWRITTEN = b"\xff\xd8", bytes(64)
_ZLIB = 15

Check = Callable[[Opened, Strip], Fault | None]


def check_strips(opened: Opened, strips: tuple[Strip, ...]) -> Iterator[Fault]:
    """Yield what contradicts the packing of any strip or tile; doubt, where none is known of it."""
    walked = dict.fromkeys(_MOST_WALKED, 0)
    unknown = set()
    for strip in strips:
        check = _CHECKS.get(strip.packing)
        if check is None:
            unknown.add(strip.packing)
            check = _zeros
        if strip.packing in walked:
            walked[strip.packing] += strip.end - strip.start
            check = check if walked[strip.packing] <= _MOST_WALKED[strip.packing] else _zeros
        fault = check(opened, strip)
        if fault is not None:
            yield fault
    yield from (doubt("tiff-packing", f"packing {packing} is not read") for packing in unknown)


def _zeros(opened: Opened, strip: Strip) -> Fault | None:
    at = zero_run(opened.content, strip.start, strip.end)
    return zeroed(at, "in a packed strip") if at >= 0 else None


def _deflated(opened: Opened, strip: Strip) -> Fault | None:
    packed = opened.content[strip.start : strip.end]
    found = deflation(packed, most=opened.limits.most_expanded_bytes, window=_ZLIB)
    if found.end in (End.WHOLE, End.TOO_LONG):
        return None
    fault = _zeros(opened, strip)
    if fault is not None:
        return fault
    if found.end is End.BREAKS:
        return noise("overwritten-stream", strip.start, "a strip breaks")
    if found.end is End.WRONG_SUM:
        return changed("broken-stream", strip.start, "a strip does not fit its checksum")
    return None  # some writers leave out the last bytes of a strip


def _lzw(opened: Opened, strip: Strip) -> Fault | None:
    packed = opened.content[strip.start : strip.end]
    if packed[:1] == b"\x00" and packed[1:2] in (b"\x01", b"\x03"):
        # Codes with their lowest bit first, as libtiff wrote them before 1988.
        return _zeros(opened, strip) or doubt("tiff-packing", "codes of the first writers")
    at = first_impossible_code(packed)
    return None if at < 0 else _astray(opened, strip, strip.start + at, "an impossible code")


def _fax(opened: Opened, strip: Strip) -> Fault | None:
    scheme = -1 if strip.packing == _T6 else 0
    page = Page(
        columns=strip.columns,
        lines=strip.lines,
        scheme=strip.options & _MIXED if strip.packing == _T4 else scheme,
        aligned=strip.packing == _RUNS,
        swapped=strip.swapped,
    )
    at = first_contradiction(opened.content[strip.start : strip.end], page)
    if at < 0:
        return _zeros(opened, strip) if strip.packing == _T4 else None
    return _astray(opened, strip, strip.start + at, "an impossible code")


def _astray(opened: Opened, strip: Strip, at: int, reason: str) -> Fault:
    return _zeros(opened, strip) or noise("overwritten-stream", at, reason)


def _packbits(opened: Opened, strip: Strip) -> Fault | None:
    """Compare what a strip unpacks to with its size (TIFF 6.0 section 9)."""
    content = opened.content
    given = bytes_of_packbits(content[strip.start : strip.end])
    expected = strip.line * strip.lines
    if not expected or given == expected:
        return None
    fault = _zeros(opened, strip)
    if fault is not None:
        return fault
    noisy = first_random_window(content, strip.start, strip.end)
    noisy = noisy if noisy >= 0 else first_random_sector(content, strip.start, strip.end)
    if noisy >= 0:
        return noise("overwritten-stream", noisy, "a strip of another size")
    return changed("broken-stream", strip.start, f"{given} bytes instead of {expected}")


def _jpeg(opened: Opened, strip: Strip) -> Fault | None:
    content, tables = opened.content, opened.once(_tables)
    if strip.start < strip.end <= len(content) and content.endswith(_UNWRITTEN, 0, strip.end):
        return zeroed(
            strip.start + len(content[strip.start : strip.end].rstrip(b"\x00")), "a strip"
        )
    if strip.start < strip.end and not content.startswith(_PICTURE, strip.start):
        return _astray(opened, strip, strip.start, "no picture starts here")
    return check_scan(content, strip.start, strip.end, tables)


def _tables(opened: Opened) -> bytes:
    return shared_tables(opened.content)


def _jpeg_2000(opened: Opened, strip: Strip) -> Fault | None:
    content = opened.content
    start = content.find(JPEG2000, strip.start, strip.end)
    if start < 0:
        return _zeros(opened, strip) or noise("overwritten-stream", strip.start, "no codes begin")
    at = foreign_in_jpeg_2000(content, start, strip.end)
    return None if at < 0 else _astray(opened, strip, at, "an impossible marker")


def _lzma(opened: Opened, strip: Strip) -> Fault | None:
    return _summed(opened, strip, lzma.LZMADecompressor().decompress)


def _zstd(opened: Opened, strip: Strip) -> Fault | None:
    return _summed(opened, strip, decompressor().decompress)


def _summed(opened: Opened, strip: Strip, unpack: Callable[[bytes, int], bytes]) -> Fault | None:
    """Unpack a strip, which is no larger than its lines are, to its own checksum."""
    most = strip.line * strip.lines + 1
    try:
        given = unpack(opened.content[strip.start : strip.end], most)
    except (lzma.LZMAError, ZstdError, EOFError):
        return _astray(opened, strip, strip.start, "a strip breaks")
    if len(given) == most - 1 or most == 1:
        return None
    return _zeros(opened, strip) or changed("broken-stream", strip.start, "a strip stops early")


_CHECKS: Mapping[int, Check] = {
    **dict.fromkeys(_DEFLATED, _deflated),
    **dict.fromkeys((_RUNS, _T4, _T6), _fax),
    **dict.fromkeys(_JPEG_2000, _jpeg_2000),
    _LZW: _lzw,
    _OLD_JPEG: _zeros,
    JPEG: _jpeg,
    _PACKBITS: _packbits,
    _LZMA: _lzma,
    _ZSTD: _zstd,
}
