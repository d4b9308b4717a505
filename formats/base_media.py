"""Films, sound and photographs in boxes: the ISO base media format, QuickTime and HEIF.

ISO/IEC 14496-12 (boxes), 23008-12 (HEIF), QuickTime File Format Specification. Boxes fill the file
to its last byte; those that may hold anything are named as such when they do.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.randomness import first_random_sector

_TOP = frozenset({b"ftyp", b"moov", b"mdat", b"meta", b"pdin", b"styp", b"pnot"})
_FRAGMENTS = frozenset({b"moof", b"mfra", b"sidx", b"ssix", b"emsg", b"prft"})
_MOST_BOXES = 100_000
_LONG = 16
_SHORT = 1 << 16
# Titles, remarks and pictures of a film; what a phone notes of a photograph.
_LONGEST_NOTES = 1 << 22
# A cover or a preview is packed.
_PICTURE = re.compile(rb"\xff\xd8\xff|\x89PNG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box: its name, where it stands, where its content begins and ends."""

    name: bytes
    at: int
    start: int
    end: int


def boxes(content: bytes, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that fill a region; in QuickTime four zeros may end a list of them.

    Raises:
        TruncatedError: a box goes on beyond the last byte.
        MalformedError: no box starts where one has to.
        LimitError: there are too many.
    """
    at = start
    for _ in range(_MOST_BOXES):
        if at + 8 > end:
            if content[at:end].strip(b"\x00"):
                raise MalformedError("no box starts here", offset=at)
            return
        size, name = struct.unpack_from(">I4s", content, at)
        body = at + 8
        if size == 1:
            size, body = int.from_bytes(content[body : body + 8]), at + _LONG
        last = at + size if size else end
        if not is_name(name) or last < body:
            raise MalformedError("no box starts here", offset=at)
        if last > end:
            if end == len(content):
                raise TruncatedError("a box is cut", offset=len(content))
            raise MalformedError("a box is longer than the one around it", offset=at)
        yield Box(name=name, at=at, start=body, end=last)
        at = last
    raise LimitError("too many boxes", offset=at)


def is_name(name: bytes) -> bool:
    """Tell the name of a box from other bytes: letters, signs, and Apple's © before some."""
    return all(32 <= byte < 127 or byte == 0xA9 for byte in name)


def top_boxes(content: bytes) -> list[Box]:
    """Return the boxes of a file that its pictures, films and sounds are in.

    Raises:
        TruncatedError: a box is cut.
        MalformedError: no box starts where one has to.
        UnsupportedError: a film in fragments, or a box may hold a file.
    """
    found = []
    for box in boxes(content, 0, len(content)):
        if box.name in _FRAGMENTS:
            raise UnsupportedError("a film in fragments", offset=box.at)
        if box.name in _TOP:
            found.append(box)
        else:
            check_filling(content, box.start, box.end)
    return found


def check_filling(content: bytes, start: int, end: int) -> None:
    """Ask that bytes of no use are few, or the same throughout, and that nothing begins in them.

    Raises:
        UnsupportedError: they may hold a file.
        MalformedError: they are noise.
    """
    rest = content[start:end]
    if rest[:1] * len(rest) == rest:
        return
    if len(rest) > _SHORT or first_hidden(rest):
        raise UnsupportedError("bytes of no use that may hold a file", offset=start)
    _check_noise(content, start, end)


def check_notes(content: bytes, start: int, end: int, *, packed: bool = False) -> None:
    """Ask that nothing begins in notes beside a film: titles, places, a picture.

    Tables of colours, and what else is `packed`, may look random.

    Raises:
        UnsupportedError: they may hold a file.
        MalformedError: they are noise.
    """
    if end - start > _LONGEST_NOTES or first_hidden(content[start:end]):
        raise UnsupportedError("notes that may hold a file", offset=start)
    if not packed and not _PICTURE.search(content, start, end):
        _check_noise(content, start, end)


def _check_noise(content: bytes, start: int, end: int) -> None:
    at = first_random_sector(content, start, end)
    if at >= 0:
        raise MalformedError("noise where words and numbers have to be", offset=at)


def child(content: bytes, parent: Box, *path: bytes) -> Box | None:
    """Return the first box of a path below another one."""
    found: Box | None = parent
    for name in path:
        if found is None:
            return None
        inside = boxes(content, found.start, found.end)
        found = next((box for box in inside if box.name == name), None)
    return found
