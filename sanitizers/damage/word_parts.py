"""What is packed in parts of a Word document that are not: pictures, and drawings as packages.

Word keeps floating pictures behind its text ([MS-ODRAW] 2.2.32, foDelay), and for each shape that
newer versions know better the whole of it as a ZIP package among its properties (metroBlob).
"""

import struct
from collections.abc import Iterator

from formats.faults import FormatError
from formats.randomness import SECTOR, first_random_window, is_noise
from formats.stripes import find_stripes
from formats.zip import member_bytes, read_directory
from sanitizers.damage.blips import blips, check_blips
from sanitizers.damage.fault import Fault, changed, noise, zero_run, zeroed
from sanitizers.inflating import checksum, inflate_raw

_LOCAL, _ENDING, _ENDING_SIZE = b"PK\x03\x04", b"PK\x05\x06", 22
_MOST_PACKAGES = 10_000
_MOST_INFLATED = 1 << 26
Span = tuple[int, int]


def check_plain_part(stream: bytes) -> Iterator[Fault]:
    """Yield the first broken picture or package of a part, or noise and stripes beside them."""
    packages = list(_packages(stream))
    faults = [fault for span in packages if (fault := _broken_package(stream, *span))]
    pictures = [(blip.start, blip.end) for blip in blips(stream)]
    faults = faults or list(check_blips(stream))
    for start, end in () if faults else _between(sorted(packages + pictures), len(stream)):
        faults += _noise(stream, start, end)
    yield from faults[:1]


def _between(spans: list[Span], size: int) -> Iterator[Span]:
    """Yield what lies before, between and behind spans, which may overlap."""
    reached = 0
    ends = []
    for start, end in spans:
        ends.append((reached, start))
        reached = max(reached, end)
    for start, end in (*ends, (reached, size)):
        if start < end:
            yield start, end


def _packages(stream: bytes) -> Iterator[Span]:
    """Yield where packages lie, by their ends: each says how far before it it begins.

    None begins within another one, so that no stream is unpacked more than once.
    """
    at, reached = stream.find(_ENDING), 0
    for _ in range(_MOST_PACKAGES):
        if not 0 <= at <= len(stream) - _ENDING_SIZE:
            return
        size, offset, comment = struct.unpack_from("<IIH", stream, at + 12)
        start = at - size - offset
        if start >= reached and comment == 0 and stream.startswith(_LOCAL, start):
            reached = at + _ENDING_SIZE
            yield start, reached
        at = stream.find(_ENDING, at + 4)


def _broken_package(stream: bytes, start: int, end: int) -> Fault | None:
    package = stream[start:end]
    try:
        members = read_directory(package).members
        fit = all(
            checksum(member_bytes(package, member, inflate_raw, most=_MOST_INFLATED)) == member.crc
            for member in members
        )
    except FormatError:
        fit = False
    return None if fit else _what_broke(stream, start, end)


def _what_broke(stream: bytes, start: int, end: int) -> Fault:
    zeros = zero_run(stream, start, end)
    if zeros >= 0:
        return zeroed(zeros, "in a drawing")
    if any(is_noise(stream[at : at + SECTOR]) for at in range(start, end, SECTOR)):
        return noise("overwritten-stream", start, "a drawing that cannot be unpacked")
    return changed("broken-stream", start, "a drawing that cannot be unpacked")


def _noise(stream: bytes, start: int, end: int) -> Iterator[Fault]:
    at = first_random_window(stream, start, end, step=SECTOR)
    if at >= 0:
        yield noise("random-region", at, "random-like bytes in a part that is never packed")
        return
    stripes = find_stripes(stream, start, end)
    if stripes is not None:
        yield noise("random-stripes", start, f"{stripes.on} of every {stripes.period} bytes")
