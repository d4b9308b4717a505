"""Disarms TIFF pictures: directories written anew with the tags that show pixels, and their strips.

Everything else in such a file is only reached by offsets, so what no kept tag leads to is gone
(TIFF 6.0 section 2, BigTIFF).
"""

import struct
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.tiff import read_tiff
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch

MEDIA_TYPE, BIG_MEDIA_TYPE = "image/tiff", "image/x-bigtiff"
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 16: 8, 17: 8}
_NUMBERS = {3: "H", 4: "I", 16: "Q"}
_STRIPS, _TILES = (273, 279), (324, 325)
_OFFSETS = {_STRIPS[0]: _STRIPS[1], _TILES[0]: _TILES[1]}
_COUNTS = frozenset(_OFFSETS.values())
# How pixels are packed, placed and coloured.
_PIXELS = frozenset(
    {254, 255, 256, 257, 258, 259, 262, 263, 264, 265, 266, 274, 277, 278, 280, 281, 282, 283, 284}
    | {286, 287, 290, 291, 292, 293, 296, 297, 301, 317, 318, 319, 320, 321, 322, 323, 332, 333}
    | {334, 336, 338, 339, 340, 341, 342, 347, 529, 530, 531, 532}
)
# Words about the picture, and its colours: kept unless something hides in them.
_WORDS = frozenset({269, 270, 285, 305, 306, 34675})
_KEPT = _PIXELS | _WORDS | frozenset(_OFFSETS) | _COUNTS
_BENEATH, _OLD_JPEG = 330, frozenset({512, 513})
_MOST_DIRECTORIES, _MOST_ENTRIES, _MOST_STRIPS = 10_000, 4096, 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How numbers are written: their order, and the width of those that count and lead on."""

    order: str
    big: bool

    @property
    def place(self) -> str:
        return self.order + ("Q" if self.big else "I")

    @property
    def width(self) -> int:
        return 8 if self.big else 4

    @property
    def count(self) -> str:
        return self.order + ("Q" if self.big else "H")


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A tag's value: its kind, and its bytes as they stand in the file."""

    kind: int
    content: bytes

    def numbers(self, form: _Form) -> tuple[int, ...]:
        """Return what it counts."""
        letter = _NUMBERS.get(self.kind)
        if letter is None:
            raise MalformedError("a place of no known kind")
        many = len(self.content) // _SIZES[self.kind]
        return struct.unpack(f"{form.order}{many}{letter}", self.content)


Directory = Mapping[int, Value]


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the picture with the same packed pixels, page by page.

    Raises:
        FormatError: the picture is not whole, or has pictures beneath its pictures.
    """
    del switches
    form = _form(content)
    cut: Counter[str] = Counter()
    pages = []
    for directory in _directories(content, form):
        cut.update(code for tag, value in directory.items() if (code := _code_of(tag, value)))
        kept = {tag: value for tag, value in directory.items() if not _code_of(tag, value)}
        pages.append((kept, _strips(content, form, kept)))
    if not pages:
        raise MalformedError("no page is in it", offset=0)
    cut["image.trailing"] += bool(content[read_tiff(content).end :].strip(b"\x00"))
    removed = tuple(Removed(code=code, times=n) for code, n in sorted(cut.items()) if n)
    media_type = BIG_MEDIA_TYPE if form.big else MEDIA_TYPE
    return Copy(content=_written(form, pages), media_type=media_type, removed=removed)


def _form(content: bytes) -> _Form:
    order = {b"II": "<", b"MM": ">"}.get(content[:2])
    if order is None or len(content) < 16:
        raise MalformedError("no picture begins here", offset=0)
    (version,) = struct.unpack_from(order + "H", content, 2)
    if version not in (42, 43):
        raise MalformedError("no picture begins here", offset=2)
    return _Form(order=order, big=version == 43)


def _code_of(tag: int, value: Value) -> str:
    """Return the code of a tag that goes; empty for one that stays."""
    if tag in _WORDS:
        return "image.metadata" if first_hidden(value.content) else ""
    return "" if tag in _KEPT else "image.metadata"


def _directories(content: bytes, form: _Form) -> Iterator[dict[int, Value]]:
    read_tiff(content)  # whole, and without circles
    (at,) = struct.unpack_from(form.place, content, form.width)
    for _ in range(_MOST_DIRECTORIES):
        if not at:
            return
        (number,) = struct.unpack_from(form.count, content, at)
        first = at + struct.calcsize(form.count)
        size = 4 + 2 * form.width
        if number > _MOST_ENTRIES:
            raise LimitError("too many entries", offset=at)
        entries = range(first, first + number * size, size)
        yield dict(_value(content, form, entry) for entry in entries)
        link = first + number * size
        known = link + form.width <= len(content)
        at = struct.unpack_from(form.place, content, link)[0] if known else 0
    raise LimitError("too many directories", offset=at)


def _value(content: bytes, form: _Form, entry: int) -> tuple[int, Value]:
    tag, kind = struct.unpack_from(form.order + "HH", content, entry)
    (number,) = struct.unpack_from(form.place, content, entry + 4)
    if tag == _BENEATH or tag in _OLD_JPEG:
        raise UnsupportedError("a picture beneath a picture, or an old way to keep one")
    if kind not in _SIZES:
        return tag, Value(kind=7, content=b"")
    size = _SIZES[kind] * number
    at = entry + 4 + form.width
    if size > form.width:
        (at,) = struct.unpack_from(form.place, content, at)
    if at + size > len(content):
        raise TruncatedError("a value lies beyond the last byte", offset=entry)
    return tag, Value(kind=kind, content=content[at : at + size])


def _strips(content: bytes, form: _Form, directory: Directory) -> dict[int, list[bytes]]:
    """Return the strips, or the tiles, under the tag that leads to them."""
    found = {}
    for tag, counts in _OFFSETS.items():
        if tag not in directory:
            continue
        if counts not in directory:
            raise UnsupportedError("strips whose sizes are not said")
        starts, sizes = directory[tag].numbers(form), directory[counts].numbers(form)
        if len(starts) != len(sizes) or len(starts) > _MOST_STRIPS or sum(sizes) > len(content):
            raise MalformedError("strips that lie over one another, or without sizes")
        if any(start + size > len(content) for start, size in zip(starts, sizes, strict=True)):
            raise TruncatedError("a strip lies beyond the last byte", offset=len(content))
        found[tag] = [content[s : s + n] for s, n in zip(starts, sizes, strict=True)]
    if not found:
        raise MalformedError("a directory without pixels")
    return found


def _written(form: _Form, pages: list[tuple[dict[int, Value], dict[int, list[bytes]]]]) -> bytes:
    head = (b"II" if form.order == "<" else b"MM") + struct.pack(
        form.order + "H", 43 if form.big else 42
    )
    written = bytearray(head + (struct.pack(form.order + "HH", 8, 0) if form.big else b""))
    link = len(written)
    written += bytes(form.width)
    for directory, strips in pages:
        placed = dict(directory)
        for tag, pieces in strips.items():
            places = [_append(written, piece) for piece in pieces]
            packed = struct.pack(f"{form.order}{len(places)}{form.place[1]}", *places)
            placed[tag] = Value(kind=16 if form.big else 4, content=packed)
        link = _write_directory(written, form, placed, link)
    return bytes(written)


def _append(written: bytearray, piece: bytes) -> int:
    """Write bytes at an even place, and return it."""
    written += bytes(len(written) % 2)
    at = len(written)
    written += piece
    return at


def _write_directory(written: bytearray, form: _Form, directory: Directory, link: int) -> int:
    """Write a directory behind its values; return where the link to the next one stands."""
    entries = b""
    for tag, value in sorted(directory.items()):
        number = len(value.content) // _SIZES[value.kind]
        kept = value.content.ljust(form.width, b"\x00")
        if len(value.content) > form.width:
            kept = struct.pack(form.place, _append(written, value.content))
        entries += struct.pack(form.order + "HH", tag, value.kind)
        entries += struct.pack(form.place, number) + kept
    at = _append(written, struct.pack(form.count, len(directory)) + entries)
    struct.pack_into(form.place, written, link, at)
    written += bytes(form.width)
    return len(written) - form.width


def measure(content: bytes) -> Measures:
    """Return digests of the packed pixels and of what they mean, and the number of pages.

    Raises:
        FormatError: the picture is not whole, or has pictures beneath its pictures.
    """
    form = _form(content)
    pixels, meaning, pages = sha256(), sha256(), 0
    for directory in _directories(content, form):
        pages += 1
        for tag, strips in _strips(content, form, directory).items():
            pixels.update(b"%d %d\n" % (tag, len(strips)) + b"".join(strips))
        for tag in sorted(_PIXELS & directory.keys()):
            meaning.update(b"%d %d\n" % (tag, directory[tag].kind) + directory[tag].content)
    return Measures(
        values={
            "pixels": pixels.hexdigest(),
            "header": meaning.hexdigest(),
            "pages": str(pages),
        }
    )


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have.

    Raises:
        FormatError: the picture is not whole, or has pictures beneath its pictures.
    """
    form = _form(content)
    found = {"image.trailing"} if content[read_tiff(content).end + 2 * form.width :] else set()
    for directory in _directories(content, form):
        if directory.keys() - _KEPT:
            found.add("image.metadata")
        if any(first_hidden(v.content) for t, v in directory.items() if t not in _OFFSETS):
            found.add("image.hidden")
    return tuple(sorted(found))


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
