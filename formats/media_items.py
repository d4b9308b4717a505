"""The items of a HEIF file: pictures, their parts and what a phone notes of them (23008-12)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from formats.base_media import Box, boxes, check_notes
from formats.faults import LimitError, MalformedError, UnsupportedError

_MOST_ITEMS = 100_000
_IN_FILE, _IN_BOX = 0, 1
_KNOWN = frozenset(
    {b"hdlr", b"pitm", b"iinf", b"iref", b"iprp", b"idat", b"iloc", b"dinf", b"grpl"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One piece of an item: its kind, and where it lies."""

    kind: bytes
    start: int
    end: int


def read_items(content: bytes, meta: Box) -> Iterator[Item]:
    """Yield every piece of every item.

    Raises:
        FormatError: a table is missing, cut or impossible, or a box is none that is known.
    """
    inside = {box.name: box for box in boxes(content, meta.start + 4, meta.end)}
    if unknown := set(inside) - _KNOWN - {b"free", b"uuid"}:
        raise UnsupportedError(f"a list of {len(unknown)} unknown kinds", offset=meta.at)
    for box in inside.values():
        if box.name not in (b"iloc", b"idat"):
            check_notes(content, box.start, box.end, packed=box.name == b"iprp")
    if b"iloc" not in inside or b"iinf" not in inside:
        raise UnsupportedError("a picture without a list of its parts", offset=meta.at)
    kinds = dict(_kinds(content, inside[b"iinf"]))
    yield from _pieces(content, inside[b"iloc"], inside.get(b"idat"), kinds)


def _kinds(content: bytes, iinf: Box) -> Iterator[tuple[int, bytes]]:
    """Read the kinds of items (8.11.6): entries of version 2 and 3 have one."""
    version = content[iinf.start]
    first = iinf.start + (8 if version else 6)
    for box in boxes(content, first, iinf.end):
        version = content[box.start]
        if box.name != b"infe" or version not in (2, 3) or box.end - box.start < 12:
            raise UnsupportedError("an item of no kind", offset=box.at)
        number, _, kind = struct.unpack_from(
            ">HH4s" if version == 2 else ">IH4s", content, box.start + 4
        )
        yield number, kind


class _Fields:
    """Reads numbers of given widths out of a box, never beyond its end."""

    def __init__(self, content: bytes, box: Box) -> None:
        self._content, self._box, self._at = content, box, box.start

    def number(self, width: int) -> int:
        start, self._at = self._at, self._at + width
        if self._at > self._box.end:
            raise MalformedError("a table is shorter than it says", offset=self._box.at)
        return int.from_bytes(self._content[start : self._at])


def _pieces(content: bytes, iloc: Box, idat: Box | None, kinds: dict[int, bytes]) -> Iterator[Item]:
    """Read where items lie (8.11.3), in the file or in the box beside."""
    fields = _Fields(content, iloc)
    version, widths = fields.number(4) >> 24, fields.number(2)
    offset, length, base, index = (widths >> shift & 15 for shift in (12, 8, 4, 0))
    count = fields.number(2 if version < 2 else 4)
    if count > _MOST_ITEMS:
        raise LimitError("too many items", offset=iloc.at)
    for _ in range(count):
        number = fields.number(2 if version < 2 else 4)
        method = fields.number(2) & 15 if version else _IN_FILE
        fields.number(2)
        first = fields.number(base)
        if method == _IN_BOX and idat is not None:
            first += idat.start
        elif method != _IN_FILE:
            raise UnsupportedError("an item that is made of others", offset=iloc.at)
        for _ in range(fields.number(2)):
            fields.number(index if version else 0)
            start = first + fields.number(offset)
            size = fields.number(length)
            if number not in kinds:
                raise UnsupportedError("an item of no kind", offset=iloc.at)
            yield Item(kind=kinds[number], start=start, end=start + size)
