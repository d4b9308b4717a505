"""Damage in films, sound and photographs in boxes: boxes, tables, and the units of samples.

Every byte of the data has to be one of a sample or an item; units have to fill their samples.
"""

from collections import Counter
from collections.abc import Iterator

from formats import images
from formats.base_media import Box, check_filling, check_notes, top_boxes
from formats.faults import FormatError, MalformedError, TruncatedError, UnsupportedError
from formats.media_items import Item, read_items
from formats.media_tracks import Track, read_tracks
from formats.nal_units import check_obus, check_units
from formats.randomness import SECTOR, first_random_sector
from sanitizers.damage.fault import (
    Fault,
    Nature,
    broken_at,
    changed,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.media_covers import check_covers
from sanitizers.damage.pictures import check_scan
from sanitizers.interface import Opened

_UNITS = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe"})
_AV1, _AAC, _MPEG4 = b"av01", b"mp4a", b"mp4v"
# Time codes, and texts; notes of a phone beside its film.
_NOTES = frozenset({b"tmcd", b"tx3g", b"text", b"mebx"})
_HEVC_LENGTH = 4
_ITEM_NOTES = frozenset({b"Exif", b"mime", b"uri ", b"grid", b"iovl", b"iden", b"tmap"})
_LEAST_SILENCE = 2048
_LARGE_GAP, _MOST_PIECES = 1024, 64
# AAC: a frame begins with what it is of; filling and side data may come first (14496-3 4.5.2.1).
_SIDE = frozenset({4, 6})
Span = tuple[int, int]


def check_base_media(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a file of boxes.

    Raises:
        UnsupportedError: something in it is packed or kept in a way that is not read.
        LimitError: it has too many parts.
    """
    content = opened.content
    try:
        top = top_boxes(content)
        spans: list[Span] = []
        for box in top:
            if box.name == b"moov":
                for track in read_tracks(content, box):
                    spans += _check_track(content, track)
                check_covers(content, box)
            elif box.name == b"meta":
                for item in read_items(content, box):
                    _check_item(content, item)
                    spans.append((item.start, item.end))
        _check_gaps(content, top, spans)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
    except MalformedError as error:
        yield _code_fault(content, error)


def _check_track(content: bytes, track: Track) -> Iterator[Span]:
    """Check each sample by its packing, and yield where they lie."""
    if not set(track.sizes) - {0}:
        return
    last = max(at + size for at, size in zip(track.starts, track.sizes, strict=True))
    if last > len(content):
        raise TruncatedError("samples are missing", offset=len(content))
    kinds: Counter[int] = Counter()
    for start, size in zip(track.starts, track.sizes, strict=True):
        end = start + size
        if track.packing in _UNITS:
            check_units(content, start, end, track.length_size)
        elif track.packing == _AV1:
            _check_av1(content, start, end)
        elif track.packing == _AAC:
            kinds[content[start] >> 5 if size else -1] += 1
        elif track.packing == _MPEG4:
            _check_start(content, start, size)
        elif track.packing in _NOTES:
            check_notes(content, start, end)
        else:
            raise UnsupportedError("samples that are packed otherwise", offset=start)
        yield start, end
    _check_elements(track, kinds)
    if track.packing == _AAC:
        _check_silence(content, track)


def _check_silence(content: bytes, track: Track) -> None:
    """Ask that no frames of sound in a row are nothing but zeros: silence is packed too."""
    silent = 0
    for start, size in zip(track.starts, track.sizes, strict=True):
        silent = 0 if content[start : start + size].strip(b"\x00") else silent + size
        if silent >= _LEAST_SILENCE:
            raise MalformedError("frames of sound without anything", offset=start)


def _check_av1(content: bytes, start: int, end: int) -> None:
    """Follow the units of AV1, which pack so well that no long run of zeros is left."""
    check_obus(content, start, end)
    zeros = zero_run(content, start, end)
    if zeros >= 0:
        raise MalformedError("zeros in packed pictures", offset=zeros)


def _check_start(content: bytes, start: int, size: int) -> None:
    """Ask for the start code of a picture of MPEG-4 (14496-2 6.2.1)."""
    if size and not content.startswith(b"\x00\x00\x01", start):
        raise MalformedError("no picture starts here", offset=start)


def _check_elements(track: Track, kinds: Counter[int]) -> None:
    """Ask that all frames of sound begin with the same element, or with filling."""
    if not kinds:
        return
    usual = max(kinds, key=lambda kind: kinds[kind])
    if set(kinds) - {usual, *_SIDE, -1} or usual not in (0, 1):
        raise MalformedError("frames of sound that have nothing in common", offset=track.starts[0])


def _check_item(content: bytes, item: Item) -> None:
    if item.end > len(content):
        raise TruncatedError("a part of a picture is missing", offset=len(content))
    if item.kind == b"hvc1":
        check_units(content, item.start, item.end, _HEVC_LENGTH)
    elif item.kind == _AV1:
        _check_av1(content, item.start, item.end)
    elif item.kind == b"jpeg":
        _check_jpeg(content[item.start : item.end], item.start)
    elif item.kind in _ITEM_NOTES:
        check_notes(content, item.start, item.end)
    else:
        check_filling(content, item.start, item.end)


def _check_jpeg(inside: bytes, start: int) -> None:
    try:
        end = images.end_of_jpeg(inside)
    except FormatError as error:
        raise MalformedError(error.reason, offset=start + max(0, error.offset)) from error
    if check_scan(inside, 0, end) is not None:
        raise MalformedError("a picture that breaks", offset=start)
    check_filling(inside, end, len(inside))


def _check_gaps(content: bytes, top: list[Box], spans: list[Span]) -> None:
    """Ask that samples and items fill the data: what nothing leads to may be anything."""
    at, gaps = 0, 0
    data = [(box.start, box.end) for box in top if box.name == b"mdat"]
    if len(data) > _MOST_PIECES:
        raise UnsupportedError("data in many pieces", offset=data[-1][0])
    for start, end in (*sorted(spans), (len(content), len(content))):
        for first, last in data:
            left, right = max(at, first), min(start, last)
            if left < right and content[left:right].strip(b"\x00"):
                check_filling(content, left, right)
                gaps += right - left
        at = max(at, end)
    if gaps > _LARGE_GAP:
        raise UnsupportedError(f"{gaps} bytes that nothing leads to")


def _code_fault(content: bytes, error: MalformedError) -> Fault:
    """Judge what contradicts itself: packed films look as random as noise does."""
    fault = broken_at(content, max(error.offset, 0), error.reason)
    if fault.nature is not Nature.CHANGED:
        return fault
    zeros = zero_run(content, max(error.offset, 0) // SECTOR * SECTOR)
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    if first_random_sector(content, 0, len(content)) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return changed(fault.rule, error.offset, error.reason)
