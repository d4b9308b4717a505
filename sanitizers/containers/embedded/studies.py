"""The document of an encapsulated DICOM object (PS3.3 C.24.2): its bytes and its media type."""

import struct
from collections.abc import Iterator

from formats.dicom import ENCAPSULATED_DOCUMENT, is_deflated, read_dicom
from formats.faults import MalformedError, UnsupportedError
from sanitizers.containers.embedded.decoding import contradiction
from sanitizers.containers.unpacked import Unpacked
from sanitizers.inflating import inflate_raw
from sanitizers.limits import Limits

_MEDIA_TYPE, _LENGTH = 0x00420012, 0x00420015
_FRAGMENT = b"\xfe\xff\x00\xe0"


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the document.

    Raises:
        FormatError: the object cannot be walked whole, or holds its document in a way of its own.
    """
    if is_deflated(content):
        raise UnsupportedError("a document in a deflated data set")
    places = read_dicom(content, inflate_raw, most=limits.most_member_bytes).elements
    if ENCAPSULATED_DOCUMENT not in places:
        return
    start, end = places[ENCAPSULATED_DOCUMENT]
    held = content[start:end]
    if held.startswith(_FRAGMENT):
        raise UnsupportedError("a document in fragments")
    size = _size(content, places.get(_LENGTH), len(held))
    first, last = places.get(_MEDIA_TYPE, (0, 0))
    declared = content[first:last].decode("ascii", "replace").strip("\0 ")
    document = held[:size]
    yield Unpacked(content=document, refusal=contradiction(declared, document))


def _size(content: bytes, place: tuple[int, int] | None, held: int) -> int:
    """Return how many bytes are the document: one may fill it up to an even number (C.24.2)."""
    if place is None or place[1] - place[0] != 4:
        return held
    found = {
        size for o in "<>" for (size,) in struct.iter_unpack(f"{o}I", content[place[0] : place[1]])
    }
    fitting = [size for size in (held, held - 1) if size in found]
    if not fitting:
        raise MalformedError("a document of another length than it says")
    return fitting[0]
