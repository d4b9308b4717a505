"""A strict reader of TIFF directories (TIFF 6.0 section 2): where every strip and tile lies.

BigTIFF, in which slides of tissue are kept, has the same directories with wider numbers.
"""

import struct
from dataclasses import dataclass, field

from formats.faults import MalformedError, TruncatedError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_WIDE_SIZES = _SIZES | {16: 8, 17: 8, 18: 8}
_NEWER_KINDS = frozenset({14, 15, 16, 17, 18, 129})
_LETTERS = {3: "H", 4: "I", 16: "Q"}
_WIDE = (b"II+\x00\x08\x00\x00\x00", b"MM\x00+\x00\x08\x00\x00")
_STRIPS, _TILES = (273, 279), (324, 325)
_WIDTH, _LENGTH, _BITS, _PACKING, _SAMPLES, _ROWS = 256, 257, 258, 259, 277, 278
_FILL, _FAX_OPTIONS, _PLANAR, _TILE_WIDTH, _TILE_LENGTH = 266, 292, 284, 322, 323
_WHOLE_JPEG = (513, 514)
JPEG = 7
_READ = frozenset(
    {_WIDTH, _LENGTH, _BITS, _PACKING, _SAMPLES, _ROWS, *_STRIPS, *_TILES, *_WHOLE_JPEG}
    | {_FILL, _FAX_OPTIONS, _PLANAR, _TILE_WIDTH, _TILE_LENGTH}
)
# Letters, and numbers that count or lead on; tables of colours may well be drawn at random.
_PLAIN_KINDS = frozenset({2, 4, 13, 16, 18})
_XMP = 700
_LONG_VALUE = 512
_MOST_DIRECTORIES = 100_000
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One strip or tile: its place, how it is packed (tag 259), and the bytes in a row of it.

    `columns` and `lines` are its size in pixels, `line` the bytes that each of them unpacks to;
    `options` are those of fax codes (tag 292), and `swapped` says that bytes begin with their
    least bit (tag 266).
    """

    start: int
    end: int
    packing: int
    row: int
    columns: int = 0
    lines: int = 0
    line: int = 0
    options: int = 0
    swapped: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Form:
    """How numbers are written: their order, and the width of those that count and lead on."""

    order: str
    count: str = "H"
    place: str = "I"
    sizes: dict[int, int] = field(default_factory=lambda: _SIZES)

    @property
    def width(self) -> int:
        """The bytes of a place, and of a value that stands in its entry."""
        return struct.calcsize(f"={self.place}")

    @property
    def entry(self) -> int:
        """The bytes of an entry: tag, kind, number, and value or place."""
        return 4 + 2 * self.width

    @property
    def before(self) -> int:
        """The bytes of the number of entries."""
        return struct.calcsize(f"={self.count}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All strips and tiles in the order of the file, and where the last byte in use ends.

    `plain_values` are the places of long values of tags that no writer packs: letters, places,
    XMP. What others hold (profiles of colours, the notes of a camera) may be packed or noise.
    """

    strips: tuple[Strip, ...]
    end: int
    plain_values: tuple[tuple[int, int], ...] = ()


def read_tiff(content: bytes) -> Picture:
    """Follow the directories, and compare strips and tiles with the size.

    Raises:
        TruncatedError: a directory, a value, a strip or a tile lies beyond the last byte.
        MalformedError: what stands at a directory's place is none, or they go in circles.
    """
    form = _form(content)
    first = form.width
    if len(content) < first + form.width:
        raise TruncatedError("the header is cut", offset=len(content))
    (at,) = struct.unpack_from(form.order + form.place, content, first)
    seen: set[int] = set()
    strips: list[Strip] = []
    values: list[tuple[int, int]] = []
    end = first + form.width
    while at:
        if at in seen or len(seen) > _MOST_DIRECTORIES:
            raise MalformedError("directories go in circles", offset=at)
        seen.add(at)
        at, reached = _read_directory(content, at, form, strips, values)
        end = max(end, reached)
    strips.sort(key=lambda strip: strip.start)
    return Picture(strips=tuple(strips), end=min(end, len(content)), plain_values=tuple(values))


def _form(content: bytes) -> _Form:
    order = "<" if content.startswith(b"II") else ">"
    if content.startswith(_WIDE):
        return _Form(order=order, count="Q", place="Q", sizes=_WIDE_SIZES)
    return _Form(order=order)


def _read_directory(
    content: bytes,
    at: int,
    form: _Form,
    strips: list[Strip],
    plain_values: list[tuple[int, int]],
) -> tuple[int, int]:
    if at + form.before > len(content):
        raise TruncatedError("a directory lies beyond the last byte", offset=at)
    (count,) = struct.unpack_from(form.order + form.count, content, at)
    if not 0 < count <= _MOST_ENTRIES:
        raise MalformedError("no directory stands here", offset=at)
    link = at + form.before + count * form.entry
    end = link + form.width
    if end > len(content) + form.width:  # some writers leave out the link after the last directory
        raise TruncatedError("a directory is cut", offset=at)
    values: dict[int, tuple[int, ...]] = {}
    reached = end
    for entry in range(at + form.before, link, form.entry):
        following = _read_entry(content, entry, form, values)
        reached = max(reached, following)
        plain_values += _long_value(content, entry, form, following)
    strips += _strips(values)
    reached = max([reached, *(strip.end for strip in strips)])
    if reached > len(content) + 4:
        raise TruncatedError("a strip lies beyond the last byte", offset=len(content))
    strips += _whole_pictures(values, len(content))
    following = 0
    if end <= len(content):
        (following,) = struct.unpack_from(form.order + form.place, content, link)
    return int(following), min(reached, len(content))


def _read_entry(content: bytes, entry: int, form: _Form, values: dict[int, tuple[int, ...]]) -> int:
    tag, kind, number = struct.unpack_from(f"{form.order}HH{form.place}", content, entry)
    if kind not in _SIZES and kind not in _NEWER_KINDS and kind > 255:
        raise MalformedError("a value of no known kind", offset=entry)
    size = form.sizes.get(kind, 0) * number
    place = entry + 4 + form.width
    reached = 0
    if size > form.width:
        (place,) = struct.unpack_from(form.order + form.place, content, place)
        reached = place + size
    if place + size > len(content):
        raise TruncatedError("a value lies beyond the last byte", offset=entry)
    if tag in _READ and kind in _LETTERS and kind in form.sizes:
        values[tag] = struct.unpack_from(f"{form.order}{number}{_LETTERS[kind]}", content, place)
    return reached


def _long_value(content: bytes, entry: int, form: _Form, end: int) -> list[tuple[int, int]]:
    """Return where the value of an entry lies, if that is long and of a kind that is not packed."""
    tag, kind, number = struct.unpack_from(f"{form.order}HH{form.place}", content, entry)
    size = form.sizes.get(kind, 0) * number
    is_plain = kind in _PLAIN_KINDS or tag == _XMP
    return [(end - size, end)] if end and is_plain and size >= _LONG_VALUE else []


def _strips(values: dict[int, tuple[int, ...]]) -> list[Strip]:
    row = _first(values, _WIDTH, 0) * _first(values, _BITS, 1) * _first(values, _SAMPLES, 1) // 8
    found = []
    for offsets, counts in (_STRIPS, _TILES):
        is_strip = (offsets, counts) == _STRIPS
        pairs = zip(values.get(offsets, ()), values.get(counts, ()), strict=False)
        found += [
            Strip(
                start=start,
                end=start + size,
                packing=_first(values, _PACKING, 1),
                row=row if is_strip else 0,
                options=_first(values, _FAX_OPTIONS, 0),
                swapped=_first(values, _FILL, 1) == 2,
                **_size(values, number, is_strip=is_strip),
            )
            for number, (start, size) in enumerate(pairs)
        ]
    return found


def _whole_pictures(values: dict[int, tuple[int, ...]], size: int) -> list[Strip]:
    """Return the JPEG picture that a directory leads to beside its strips (TIFF 6.0 section 22)."""
    start, length = (_first(values, tag, 0) for tag in _WHOLE_JPEG)
    is_there = length > 0 and start + length <= size
    return [Strip(start=start, end=start + length, packing=JPEG, row=0)] if is_there else []


def _size(values: dict[int, tuple[int, ...]], number: int, *, is_strip: bool) -> dict[str, int]:
    """Return columns and lines of a strip or tile, and the bytes that a line unpacks to."""
    columns, length = _first(values, _WIDTH, 0), _first(values, _LENGTH, 0)
    lines = min(_first(values, _ROWS, length) or length, length)
    if not is_strip:
        columns, lines = _first(values, _TILE_WIDTH, 0), _first(values, _TILE_LENGTH, 0)
    elif lines:
        strips = -(-length // lines)
        lines = min(lines, length - number % strips * lines)
    samples = _first(values, _SAMPLES, 1) if _first(values, _PLANAR, 1) == 1 else 1
    bits = columns * _first(values, _BITS, 1) * samples
    return {"columns": columns, "lines": lines, "line": (bits + 7) // 8}


def _first(values: dict[int, tuple[int, ...]], tag: int, default: int) -> int:
    return next(iter(values.get(tag, ())), default)
