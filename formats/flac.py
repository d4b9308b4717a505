"""FLAC recordings: blocks of notes, then frames, each with two checksums (RFC 9639).

No frame says how long it is: the next one is where a header fits its own sum and its number, and
where all that stands before it fits the sum of the frame.
"""

import re
import sys
from array import array
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.randomness import is_noise
from formats.signatures import candidates

MARK = b"fLaC"
INFO, PADDING, SEEKS, COMMENT, CUES, PICTURE = 0, 1, 3, 4, 5, 6
_HEADER, _LAST, _INFO_SIZE = 4, 0x80, 34
_MOST_BLOCKS, _MOST_FRAMES = 1024, 4_000_000
_SYNC = (b"\xff\xf8", b"\xff\xf9")
# Bits of a block of samples by their codes (9.1.1); 6 and 7 say it behind the number of the frame.
_SAMPLES = {
    1: 192,
    **{n: 576 << n - 2 for n in range(2, 6)},
    **{n: 256 << n - 8 for n in range(8, 16)},
}
_WIDE = {6: 1, 7: 2}
_RATES = {12: 1, 13: 2, 14: 2}
_SUM_OF_HEADER, _SUM_OF_FRAME = 0x07, 0x8005
_LEAST_FRAME, _MOSTLY = 8, 0.8
_MOST_CANDIDATES, _RECENT = 16, 16
_ANY_SYNC = re.compile(rb"\xff[\xf8\xf9]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One block of notes: its kind, and where its content lies."""

    kind: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """The header of one frame: how many bytes it has, its number, and how many samples follow."""

    size: int
    number: int
    samples: int
    counts_samples: bool


def blocks(content: bytes) -> Iterator[Block]:
    """Yield the blocks before the frames (8.1), the first of which describes the samples.

    Raises:
        TruncatedError: a block goes on beyond the last byte.
        MalformedError: the first one is another one, or a kind that is forbidden.
        LimitError: there are too many.
    """
    at = len(MARK)
    for number in range(_MOST_BLOCKS):
        if at + _HEADER > len(content):
            raise TruncatedError("a block is cut", offset=len(content))
        kind, size = content[at] & 0x7F, int.from_bytes(content[at + 1 : at + _HEADER])
        start, end = at + _HEADER, at + _HEADER + size
        if (number == 0) != (kind == INFO) or kind == 0x7F or (kind == INFO and size != _INFO_SIZE):
            raise MalformedError("no block starts here", offset=at)
        if end > len(content):
            raise TruncatedError("a block is cut", offset=at)
        yield Block(kind=kind, start=start, end=end)
        if content[at] & _LAST:
            return
        at = end
    raise LimitError("too many blocks", offset=at)


def end_of_frames(content: bytes, start: int, total: int) -> int:
    """Follow the frames, and return where the last one ends; `total` is how many samples there are.

    Raises:
        TruncatedError: there are fewer samples than the file says.
        MalformedError: no frame starts where one has to, or its bytes are not those of its sum.
        UnsupportedError: the file does not say how many samples it has.
        LimitError: there are too many frames.
    """
    at, samples = start, 0
    places = deque([(start, 0)], maxlen=_RECENT)
    for number in range(_MOST_FRAMES):
        frame = _frame(content, at)
        if frame is None or frame.number != (samples if frame.counts_samples else number):
            raise _astray(content, places, total)
        samples += frame.samples
        end = _end(content, at, frame, (number + 1, samples))
        if end < 0:
            end = _last_end(content, at, frame)
            if end < 0 or samples < total:
                raise _astray(content, places, total)
            break
        at = end
        places.append((at, samples))
    else:
        raise LimitError("too many frames", offset=at)
    if not total:
        raise UnsupportedError("nothing says how many samples there are", offset=end)
    return end


def total_samples(content: bytes, info: Block) -> int:
    """Return how many samples a recording has, 0 when that was not known (8.2)."""
    return int.from_bytes(content[info.start + 13 : info.start + 18]) & (1 << 36) - 1


def _astray(
    content: bytes, places: Sequence[tuple[int, int]], total: int
) -> MalformedError | TruncatedError:
    """Tell a cut from other bytes: frames follow those, or there are enough of them.

    `places` are where the last frames began, and how many samples stood before each.
    """
    (start, first), (at, before) = places[0], places[-1]
    rest = len(content) - at
    missing = (at - start) * (total - before) // (before - first) if before > first else 0
    is_short = rest < missing * _MOSTLY if missing else _frame(content, at) is not None
    if rest < _LEAST_FRAME or (is_short and not _follow(content, at + 1, total)):
        return TruncatedError(f"{before} of {total} samples", offset=len(content))
    return MalformedError("no whole frame stands here", offset=at)


def _follow(content: bytes, at: int, total: int) -> bool:
    """Tell whether two frames that follow each other begin behind an offset, or the last one."""
    numbers = set[int]()
    tried = 0
    for found in _ANY_SYNC.finditer(content, at):
        frame = _frame(content, found.start())
        if frame is None:
            continue
        step = frame.samples if frame.counts_samples else 1
        is_last = (frame.number if frame.counts_samples else frame.number * frame.samples) < total
        tried += is_last and frame.number > 0
        is_last = is_last and frame.number > 0 and tried <= _MOST_CANDIDATES
        if frame.number - step in numbers or (is_last and _ends(content, found)):
            return True
        numbers.add(frame.number)
    return False


def _ends(content: bytes, found: re.Match[bytes]) -> bool:
    return frame_sum(content[found.start() :]) == 0


def _frame(content: bytes, at: int) -> Frame | None:
    """Read the header of a frame (9.1), None when none stands here."""
    if content[at : at + 2] not in _SYNC or at + _LEAST_FRAME > len(content):
        return None
    size_code, rate_code = content[at + 2] >> 4, content[at + 2] & 15
    if not size_code or rate_code == 15 or content[at + 3] >> 4 > 10 or content[at + 3] & 1:
        return None
    number, place = _coded(content, at + 4)
    end = place + _WIDE.get(size_code, 0) + _RATES.get(rate_code, 0)
    if number < 0 or end >= len(content) or _header_sum(content[at:end]) != content[end]:
        return None
    wide = content[place : place + _WIDE.get(size_code, 0)]
    samples = int.from_bytes(wide) + 1 if wide else _SAMPLES[size_code]
    counts = content[at + 1] & 1 == 1
    return Frame(size=end + 1 - at, number=number, samples=samples, counts_samples=counts)


def _coded(content: bytes, at: int) -> tuple[int, int]:
    """Return a number that is written as UTF-8 writes letters, and where it ends; -1 for none."""
    first = content[at] if at < len(content) else 0xFF
    if first < 0x80:
        return first, at + 1
    length = 8 - (first ^ 0xFF).bit_length()
    if not 2 <= length <= 7:
        return -1, at
    number = first & (0x7F >> length)
    for byte in content[at + 1 : at + length]:
        if byte & 0xC0 != 0x80:
            return -1, at
        number = number << 6 | byte & 0x3F
    return number, at + length


def _end(content: bytes, at: int, frame: Frame, following: tuple[int, int]) -> int:
    """Return where the frame ends: before the header of the next one; -1 when none follows.

    `following` is the number of the next frame, and that of its first sample.

    Raises:
        MalformedError: the next header is there, and the bytes before it do not fit their sum.
    """
    candidates = 0
    found = content.find(content[at : at + 2], at + frame.size)
    while found >= 0:
        another = _frame(content, found)
        if another is not None and another.number == following[another.counts_samples]:
            if frame_sum(content[at:found]) == 0:
                return found
            candidates += 1
            if candidates > _MOST_CANDIDATES:
                break
        found = content.find(content[at : at + 2], found + 1)
    if candidates:
        raise MalformedError("a frame does not fit its checksum", offset=at)
    return -1


def _last_end(content: bytes, at: int, frame: Frame) -> int:
    """Return where the last frame ends, -1 for nowhere: at the end, or where something begins.

    One in 65,536 places fits the sum by chance, so that what follows has to be something else.
    """
    if frame_sum(content[at:]) == 0:
        return len(content)
    sums = _sums()
    value = fitting = 0
    for place, byte in enumerate(content[at:], at + 1):
        value = (value << 8 & 0xFFFF) ^ sums[value >> 8 ^ byte]
        if value or not byte or place <= at + frame.size + 2:
            continue
        fitting += 1
        if fitting > _MOST_CANDIDATES:
            return -1
        if _is_another(content[place:]):
            return place
    return -1


def _is_another(rest: bytes) -> bool:
    """Tell whether bytes behind a recording are a tag, filling, noise, or begin a file."""
    is_tag = rest.startswith((b"TAG", b"ID3", b"APETAGEX", b"LYRICSBEGIN"))
    return is_tag or not rest.strip(b"\x00") or is_noise(rest) or bool(candidates(rest))


def frame_sum(frame: bytes) -> int:
    """Return the CRC-16 of a frame (9.3), two bytes at a time; 0 when it ends in its own."""
    odd = len(frame) & 1
    value = _sums()[frame[0]] if odd else 0
    pairs = array("H", frame[odd:])
    if sys.byteorder == "little":
        pairs.byteswap()
    table = _pair_sums()
    for pair in pairs:
        value = table[value ^ pair]
    return value


def _header_sum(header: bytes) -> int:
    table = _header_sums()
    value = 0
    for byte in header:
        value = table[value ^ byte]
    return value


@cache
def _header_sums() -> tuple[int, ...]:
    return tuple(_remainder(byte, 8, _SUM_OF_HEADER) for byte in range(256))


@cache
def _sums() -> tuple[int, ...]:
    return tuple(_remainder(byte << 8, 16, _SUM_OF_FRAME) for byte in range(256))


@cache
def _pair_sums() -> "array[int]":
    sums = _sums()
    first = [(value << 8 & 0xFFFF, value >> 8) for value in sums]
    return array("H", (low ^ sums[high ^ byte] for low, high in first for byte in range(256)))


def _remainder(value: int, width: int, polynomial: int) -> int:
    for _ in range(8):
        value = value << 1 ^ polynomial if value >> width - 1 & 1 else value << 1
        value &= (1 << width) - 1
    return value
