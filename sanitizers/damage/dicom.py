"""Damage in DICOM files: the strict walk, statistics of native pixels, codes of packed ones."""

import re
import struct
from collections.abc import Iterator

from formats.dicom import (
    BIG_ENDIAN,
    DEFLATED,
    NATIVE,
    PIXEL_DATA,
    RUN_LENGTHS,
    START,
    DicomFile,
    read_dicom,
)
from formats.faults import MalformedError, TruncatedError
from sanitizers.damage.codestreams import check_fragments
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken,
    cut,
    doubt,
    is_noise_at,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.packed import deflation
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.inflating import inflate_raw
from sanitizers.interface import Opened

_META = 2
# Overlays, curves and waveforms, in each of their groups: values that nothing packs.
_REPEATED = 0xFF00FFFF
_PLAIN_VALUES = frozenset({0x60003000, 0x50003000, 0x54001010})
# What Siemens keeps of a slice and a series (CSA headers): names and values in clear.
_CLEAR = b"SV10"
# Tables of colours and of grey values.
_TABLES = frozenset({0x00281201, 0x00281202, 0x00281203, 0x00283006})
# Waveforms lie within a sequence: their header, in either way of writing it (PS3.3 C.10.9).
_WAVEFORM = re.compile(rb"\x00\x54\x10\x10(?:O[BW]\x00\x00)?(....)", re.DOTALL)
_ROWS, _COLUMNS, _BITS, _SAMPLES = 0x00280010, 0x00280011, 0x00280100, 0x00280002


def check_dicom(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a file.

    Raises:
        UnsupportedError: its data set is packed, and this lane may not unpack it.
        LimitError: it is nested too deeply, or holds too much.
    """
    content = opened.content
    try:
        read = read_dicom(content, inflate_raw, most=opened.limits.most_member_bytes)
    except TruncatedError as error:
        yield _end_fault(content, error)
        return
    except MalformedError as error:
        yield broken(content, error) if error.offset >= 0 else _packed_fault(content, error)
        return
    if not read.elements:
        yield cut(content, "no elements", len(content))
        return
    yield from (doubt(oddity, "not as the standard has it") for oddity in read.oddities)
    if read.transfer_syntax == DEFLATED:
        yield from _behind_deflated(opened, read)
        return
    for start, end in _plain_values(content, read):
        yield from check_plain(content, start, end)
    if PIXEL_DATA in read.elements:
        yield from _pixels(content, read)


def _plain_values(content: bytes, read: DicomFile) -> Iterator[tuple[int, int]]:
    """Yield the places of values that nothing packs, those of waveforms within their sequence."""
    for tag, (start, end) in read.elements.items():
        is_plain = tag & _REPEATED in _PLAIN_VALUES or tag in _TABLES
        if (is_plain or content.startswith(_CLEAR, start)) and end <= len(content):
            yield start, end
    for found in _WAVEFORM.finditer(content):
        end = found.end() + int.from_bytes(found.group(1), "little")
        if found.end() < end <= len(content):
            yield found.end(), end


def _behind_deflated(opened: Opened, read: DicomFile) -> Iterator[Fault]:
    """Judge what follows a deflated data set: one byte, to make its length even (PS3.5 A.5)."""
    content = opened.content
    ends = (end for tag, (_, end) in read.elements.items() if tag >> 16 == _META)
    start = max(ends, default=START)
    found = deflation(content[start:], most=opened.limits.most_member_bytes)
    yield from after_end(content, start + found.taken)


def _packed_fault(content: bytes, error: MalformedError) -> Fault:
    """Judge a deflated data set (PS3.5 A.5) that does not inflate."""
    zeros = zero_run(content, START)
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    return noise("overwritten-stream", START, error.reason)


def _end_fault(content: bytes, error: TruncatedError) -> Fault:
    """Tell a missing end from an element whose own header is noise, and so its length."""
    if error.offset >= 0 and is_noise_at(content, error.offset):
        zeros = zero_run(content, error.offset)
        if zeros < 0 or content[zeros:].strip(b"\x00"):
            return noise("overwritten-structure", error.offset, error.reason)
    return cut(content, error.reason, len(content))


def _pixels(content: bytes, read: DicomFile) -> Iterator[Fault]:
    start, end = read.elements[PIXEL_DATA]
    if end > len(content) or start >= end:
        return
    if read.transfer_syntax in NATIVE:
        yield from check_plain(content, start, end)
        yield from zeros_in_rows(content, start, end, _bytes_in_a_row(content, read))
    else:
        is_runs = read.transfer_syntax == RUN_LENGTHS
        plane = _number(content, read, _ROWS) * _number(content, read, _COLUMNS) if is_runs else 0
        yield from check_fragments(content, start, end, plane=plane)


def _bytes_in_a_row(content: bytes, read: DicomFile) -> int:
    columns, bits = _number(content, read, _COLUMNS), _number(content, read, _BITS)
    samples = _number(content, read, _SAMPLES) or 1
    return columns * bits * samples // 8


def _number(content: bytes, read: DicomFile, tag: int) -> int:
    start, end = read.elements.get(tag, (0, 0))
    order = ">" if read.transfer_syntax == BIG_ENDIAN else "<"
    return int(struct.unpack_from(order + "H", content, start)[0]) if end - start == 2 else 0
