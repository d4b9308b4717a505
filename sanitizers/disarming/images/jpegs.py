"""Disarms JPEG pictures: the segments that decode the pixels stay, remarks and metadata go.

Of Exif only the orientation stays, of profiles the one of colours (ITU T.81 annex B, JFIF 1.02,
ICC.1 annex B.4, Exif 2.32 section 4.6).
"""

import re
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from formats.faults import LimitError, MalformedError, TruncatedError
from formats.hidden import first_hidden
from formats.images import end_of_jpeg
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch

MEDIA_TYPE = "image/jpeg"
_NEXT = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_SOI, _EOI, _SOS, _COM, _APP = 0xD8, 0xD9, 0xDA, 0xFE, range(0xE0, 0xF0)
# Frames, tables, restarts, number of lines: what a decoder needs (table B.1).
_DECODING = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}
_MOST_SEGMENTS = 100_000
_JFIF, _ADOBE, _ICC, _EXIF = b"JFIF\x00", b"Adobe", b"ICC_PROFILE\x00", b"Exif\x00\x00"
_ORIENTATION = 0x0112
_MOST_ENTRIES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """A marker with what its length covers, and packed bytes when it begins a scan."""

    marker: int
    body: bytes
    packed: bytes = b""

    @property
    def written(self) -> bytes:
        """The segment as it stands in a file."""
        return struct.pack(">BBH", 0xFF, self.marker, len(self.body) + 2) + self.body + self.packed


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the picture with the same packed pixels, and nothing else but what shows them.

    Raises:
        FormatError: the picture is not whole.
    """
    del switches
    cut: Counter[str] = Counter()
    pieces = [b"\xff\xd8"]
    for segment in _segments(content):
        kept, code = _kept(segment)
        cut[code] += bool(code)
        pieces.append(kept.written if kept is not None else b"")
    rest = content[end_of_jpeg(content) :]
    cut["image.trailing"] += bool(rest.strip(b"\x00"))
    removed = tuple(Removed(code=code, times=n) for code, n in sorted(cut.items()) if n)
    return Copy(content=b"".join(pieces) + b"\xff\xd9", media_type=MEDIA_TYPE, removed=removed)


def _segments(content: bytes) -> Iterator[Segment]:
    """Yield the segments between the start and the end of the picture."""
    if not content.startswith(b"\xff\xd8"):
        raise MalformedError("no picture begins here", offset=0)
    at = 2
    for _ in range(_MOST_SEGMENTS):
        found = _NEXT.match(content, at)
        if found is None:
            raise MalformedError("no marker stands here", offset=at)
        marker, at = found.group(1)[0], found.end()
        if marker == _EOI:
            return
        if at + 2 > len(content):
            raise TruncatedError("a segment is cut", offset=at)
        (size,) = struct.unpack_from(">H", content, at)
        body, at = content[at + 2 : at + size], at + size
        if size < 2 or at > len(content):
            raise MalformedError("a segment of an impossible size", offset=at)
        end = at
        if marker == _SOS:
            following = _NEXT.search(content, at)
            if following is None:
                raise TruncatedError("no end of image", offset=len(content))
            end = following.start()
        yield Segment(marker=marker, body=body, packed=content[at:end])
        at = end
    raise LimitError("too many segments", offset=at)


def _kept(segment: Segment) -> tuple[Segment | None, str]:
    """Return what stays of a segment, and the code of what does not."""
    if segment.marker == _SOS or segment.marker in _DECODING:
        return segment, ""
    if segment.marker == _COM:
        return None, "image.comment"
    if segment.marker not in _APP:
        raise MalformedError("a segment that no picture has")
    return _kept_of_application(segment)


def _kept_of_application(segment: Segment) -> tuple[Segment | None, str]:
    marker, body = segment.marker, segment.body
    if marker == 0xE0 and body.startswith(_JFIF) and len(body) >= 14:
        plain = body[:12] + b"\x00\x00"
        return Segment(marker=marker, body=plain), "image.thumbnail" if body != plain else ""
    if marker == 0xEE and body.startswith(_ADOBE) and len(body) >= 12:
        return Segment(marker=marker, body=body[:12]), ""
    if marker == 0xE2 and body.startswith(_ICC):
        return (None, "image.profile") if first_hidden(body) else (segment, "")
    if marker == 0xE1 and body.startswith(_EXIF):
        plain = exif_of(orientation_of(body[len(_EXIF) :]))
        kept = Segment(marker=marker, body=plain) if plain else None
        return kept, "image.metadata" if body != plain else ""
    return None, "image.metadata"


def orientation_of(exif: bytes) -> int:
    """Return how a picture has to be turned, 2 to 8; 1 where nothing is said, or nothing sound."""
    order = {b"II*\x00": "<", b"MM\x00*": ">"}.get(exif[:4])
    if order is None or len(exif) < 10:
        return 1
    (at,) = struct.unpack_from(order + "I", exif, 4)
    if at + 2 > len(exif):
        return 1
    (count,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, _MOST_ENTRIES), 12):
        if entry + 12 > len(exif):
            break
        tag, kind, number, value = struct.unpack_from(order + "HHIH", exif, entry)
        if (tag, kind, number) == (_ORIENTATION, 3, 1) and 1 <= value <= 8:
            return int(value)
    return 1


def exif_of(orientation: int) -> bytes:
    """Return a block of Exif that says only how to turn the picture; empty when it need not be."""
    if orientation == 1:
        return b""
    entry = struct.pack(">HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return _EXIF + b"MM\x00*" + struct.pack(">IH", 8, 1) + entry + bytes(4)


def measure(content: bytes) -> Measures:
    """Return a digest of what is decoded into pixels, and how they are shown.

    Raises:
        FormatError: the picture is not whole.
    """
    coded, shown = sha256(), sha256()
    for segment in _segments(content):
        if segment.marker == _SOS or segment.marker in _DECODING:
            coded.update(segment.written)
        elif segment.marker == 0xEE and segment.body.startswith(_ADOBE):
            shown.update(segment.body[11:12])
        elif segment.marker == 0xE1 and segment.body.startswith(_EXIF):
            turned = orientation_of(segment.body[len(_EXIF) :])
            shown.update(b"" if turned == 1 else bytes([turned]))
    return Measures(values={"pixels": coded.hexdigest(), "shown": shown.hexdigest()})


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have: looked for, and not followed.

    Raises:
        FormatError: the picture is not whole.
    """
    found = set()
    head = content[: content.find(b"\xff\xda")]
    if content[end_of_jpeg(content) :]:
        found.add("image.trailing")
    if first_hidden(head):
        found.add("image.hidden")
    for block in (b"http://ns.adobe.com", b"Photoshop 3.0", b"JFXX", b"MPF\x00", b"CIPA"):
        if block in head:
            found.add("image.metadata")
    if any(segment.marker == _COM for segment in _segments(content)):
        found.add("image.comment")
    return tuple(sorted(found))


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
