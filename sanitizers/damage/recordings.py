"""Damage in sound: Ogg by the sums of its pages, WAVE by its samples."""

import zlib
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.sound import Wave, end_of_ogg, read_wave
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken_at,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.samples import check_samples
from sanitizers.interface import Opened

_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_ALL = 0xFFFFFFFF
_LEAST_SILENCE = 1024
# Silence that was recorded or faded begins and ends in the least bits: under a hundredth of all.
_LOUD = 100
# Sound goes through zero: one sample of it may be as quiet as silence, some in a row are not.
_AMID = 12
# The first two pages of a stream hold remarks, and room for more of them (Vorbis I 4.2).
_REMARKS = 2


def ogg_checksum(page: bytes) -> int:
    """Return the CRC of a page: that of ZIP with all bits mirrored, from zero (RFC 3533 6)."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), _ALL) ^ _ALL
    return int(f"{mirrored:032b}"[::-1], 2)


def check_ogg(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the pages of a recording.

    Raises:
        UnsupportedError: nothing tells whether its last page is there.
    """
    content = opened.content
    try:
        end = end_of_ogg(content, ogg_checksum)
    except TruncatedError as error:
        follows = content.find(b"OggS", error.offset + 4) >= 0
        yield _page_fault(content, error.offset) if follows else cut(content, error.reason)
    except MalformedError as error:
        yield _page_fault(content, error.offset)
    else:
        yield from after_end(content, end)


def _page_fault(content: bytes, at: int) -> Fault:
    """Judge a page that does not fit: it is packed, so what are no zeros was overwritten."""
    following = content.find(b"OggS", at + 4)
    end = following if following >= 0 else len(content)
    is_remark = int.from_bytes(content[at + 18 : at + 22], "little") < _REMARKS
    zeros = -1 if is_remark else zero_run(content, at, end)
    if zeros >= 0:
        return zeroed(zeros, "in a page")
    return noise("overwritten-stream", at, "a page does not fit its checksum")


def check_wave(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a recording whose samples nothing packs.

    Raises:
        UnsupportedError: its samples are packed, or it holds something else.
    """
    content = opened.content
    try:
        wave = read_wave(content)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield broken_at(content, error.offset, error.reason)
        return
    faults = list(check_samples(content, wave.start, wave.end, wave.width))
    faults += _silence(content, wave) if wave.whole_numbers and not faults else []
    yield from faults[:1]
    if not faults:
        yield from after_end(content, wave.last)


def _silence(content: bytes, wave: Wave) -> Iterator[Fault]:
    """Tell samples that were never written from silence: they begin or end amid sound."""
    at = wave.start
    while (found := content.find(bytes(_LEAST_SILENCE), at, wave.end)) >= 0:
        first = found
        rest = content[first : wave.end]
        last = first + len(rest) - len(rest.lstrip(b"\x00"))
        before = max(_sample(content, wave, first - 1 - n * wave.width) for n in range(_AMID))
        behind = max(_sample(content, wave, last + n * wave.width) for n in range(_AMID))
        if wave.width == 1 or max(before, behind) * _LOUD > 1 << 8 * wave.width - 1:
            yield zeroed(first, "silence that begins or ends in the midst of sound")
            return
        at = last


def _sample(content: bytes, wave: Wave, at: int) -> int:
    """Return how loud the sample is that a byte belongs to, 0 outside of all samples."""
    start = wave.start + (at - wave.start) // wave.width * wave.width
    if not wave.start <= start <= wave.end - wave.width:
        return 0
    return abs(int.from_bytes(content[start : start + wave.width], "little", signed=True))
