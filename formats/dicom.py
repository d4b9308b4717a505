"""A strict walk over a DICOM file: every element lies inside the file, in ascending order.

PS3.10 section 7.1 gives the preamble and group 2, PS3.5 section 7 the elements. Only lengths and
tags are followed; values are not interpreted, except for the transfer syntax.
"""

import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

PREAMBLE = 128
START = PREAMBLE + 4
UNDEFINED = 0xFFFFFFFF
IMPLICIT = "1.2.840.10008.1.2"
DEFLATED = "1.2.840.10008.1.2.1.99"
BIG_ENDIAN = "1.2.840.10008.1.2.2"
RUN_LENGTHS = "1.2.840.10008.1.2.5"
# Transfer syntaxes that write pixels as they are (PS3.5 A.1 to A.3).
NATIVE = frozenset({IMPLICIT, "1.2.840.10008.1.2.1", BIG_ENDIAN})
OTHER_SYNTAX, REPEATED_TAG = "dicom-other-syntax", "dicom-repeated-tag"
PIXEL_DATA = 0x7FE00010
ENCAPSULATED_DOCUMENT = 0x00420011
_TRANSFER_SYNTAX = 0x00020010
_ITEM, _ITEM_END, _SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
_LONG = frozenset(
    {b"OB", b"OW", b"OF", b"OD", b"OL", b"OV", b"SQ", b"UC", b"UR", b"UT", b"UN", b"SV", b"UV"}
)
_SHORT = frozenset(
    {b"AE", b"AS", b"AT", b"CS", b"DA", b"DS", b"DT", b"FL", b"FD", b"IS", b"LO", b"LT", b"PN"}
    | {b"SH", b"SL", b"SS", b"ST", b"TM", b"UI", b"UL", b"US"}
)
_MOST_ELEMENTS = 2_000_000
_DEEPEST = 32

Inflate = Callable[[bytes, int], bytes]
Places = dict[int, tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomFile:
    """What the walk saw: the syntax, and the tags of the outermost level with their positions.

    `oddities` names what the standard forbids and readers read past: nothing is missing there.
    `odd_lengths` tells of values of an odd length (PS3.5 §7.1.1), which old devices write.
    """

    preamble: bytes
    transfer_syntax: str
    elements: Places
    oddities: tuple[str, ...] = ()
    odd_lengths: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class _Syntax:
    explicit: bool
    order: str

    def tag(self, content: bytes, at: int) -> int:
        group, element = struct.unpack_from(self.order + "HH", content, at)
        return int(group) << 16 | int(element)


_LITTLE = _Syntax(explicit=True, order="<")


def starts_without_preamble(content: bytes) -> bool:
    """Tell whether the first two elements look like those of a file without preamble."""
    if len(content) < 16:
        return False
    syntax = _guess(content, 0)
    group, element = struct.unpack_from(syntax.order + "HH", content, 0)
    if (
        group not in (2, 8)
        or element > 0x18
        or (group == 8 and element not in (0, 1, 5, 8, 16, 18, 20, 22, 24))
    ):
        return False
    try:
        tag, _, _, end = _header(content, 0, syntax)
        following = syntax.tag(content, end) if end + 4 <= len(content) else tag
    except (TruncatedError, MalformedError, struct.error):
        return False
    return end < len(content) and tag < following < 0x00110000


def is_deflated(content: bytes) -> bool:
    """Tell whether the data set is deflated, which only a native parser can undo."""
    return DEFLATED.encode() in content[START : START + 1024]


def read_dicom(content: bytes, inflate: Inflate | None = None, *, most: int = 1 << 29) -> DicomFile:
    """Walk a file from its first element to its last byte.

    Raises:
        TruncatedError: an element goes on beyond the last byte.
        MalformedError: tags do not ascend, or what stands there is no element.
        UnsupportedError: the data set is deflated and there is no `inflate`.
        LimitError: it is nested too deeply, or has too many elements.
    """
    has_preamble = content[PREAMBLE:START] == b"DICM"
    at = START if has_preamble else 0
    elements: Places = {}
    first = _guess(content, at)
    meta = _Walk(content=content)
    at = meta.outermost(at, first, elements, only_group=2)
    syntax_name = _text(content, elements.get(_TRANSFER_SYNTAX))
    body = content
    if syntax_name == DEFLATED:
        if inflate is None:
            raise UnsupportedError("a deflated data set")
        body, at = inflate(content[at:], most), 0
    syntax = _syntax(syntax_name, body, at)
    walk = _Walk(content=body, oddities=meta.oddities)
    if _is_written_implicitly(syntax, body, at):
        syntax = _Syntax(explicit=False, order="<")
        walk.oddities.add(OTHER_SYNTAX)
    walk.outermost(at, syntax, elements)
    preamble = content[:PREAMBLE] if has_preamble else b""
    return DicomFile(
        preamble=preamble,
        transfer_syntax=syntax_name,
        elements=elements,
        oddities=tuple(sorted(walk.oddities)),
        odd_lengths=meta.odd_lengths or walk.odd_lengths,
    )


def _is_written_implicitly(syntax: _Syntax, body: bytes, at: int) -> bool:
    """Tell whether a data set that has to be explicit begins with an implicit element of group 8.

    The value of 1 to 255 bytes leaves two zeros where an explicit element has letters.
    """
    if not syntax.explicit or syntax.order == ">" or at + 8 > len(body):
        return False
    return body[at : at + 2] == b"\x08\x00" and body[at + 5 : at + 8] == bytes(3)


def _text(content: bytes, place: tuple[int, int] | None) -> str:
    if place is None:
        return ""
    return content[place[0] : place[1]].decode("ascii", "replace").rstrip("\x00 ")


def _syntax(name: str, body: bytes, at: int) -> _Syntax:
    if name == IMPLICIT:
        return _Syntax(explicit=False, order="<")
    if name == BIG_ENDIAN:
        return _Syntax(explicit=True, order=">")
    return _guess(body, at) if not name else _LITTLE


def _guess(content: bytes, at: int) -> _Syntax:
    """Guess how elements are written; big-endian ones begin with the zero of their small group."""
    explicit = content[at + 4 : at + 6] in _SHORT | _LONG
    swapped = explicit and content[at : at + 1] == b"\x00" and content[at + 1 : at + 2] != b"\x00"
    return _Syntax(explicit=explicit, order=">" if swapped else "<")


def _header(content: bytes, at: int, syntax: _Syntax) -> tuple[int, bytes, int, int]:
    """Return tag, representation, start and end of the value at `at`; end is -1 if undefined."""
    if at + 8 > len(content):
        raise TruncatedError("an element header is cut", offset=at)
    tag = syntax.tag(content, at)
    kind = b""
    if syntax.explicit and tag >> 16 != 0xFFFE:
        kind = content[at + 4 : at + 6]
        if kind in _LONG:
            if at + 12 > len(content):
                raise TruncatedError("an element header is cut", offset=at)
            (length,) = struct.unpack_from(syntax.order + "I", content, at + 8)
            start = at + 12
        elif kind in _SHORT:
            (length,) = struct.unpack_from(syntax.order + "H", content, at + 6)
            start = at + 8
        else:
            raise MalformedError("no element stands here", offset=at)
    else:
        (length,) = struct.unpack_from(syntax.order + "I", content, at + 4)
        start = at + 8
    if length == UNDEFINED:
        return tag, kind, start, -1
    if start + length > len(content):
        raise TruncatedError("an element goes on beyond the last byte", offset=at)
    return tag, kind, start, start + length


@dataclass(slots=True, kw_only=True)
class _Walk:
    """One walk; it counts its elements, because a byte of hostile content may ask for many."""

    content: bytes
    count: int = 0
    oddities: set[str] = field(default_factory=set)
    odd_lengths: bool = False

    def outermost(
        self, at: int, syntax: _Syntax, found: Places, *, only_group: int | None = None
    ) -> int:
        """Walk the outermost level; return where another group, or the end of the file, begins."""
        end = len(self.content)
        last = -1
        while at < end:
            if at + 8 > end:
                raise TruncatedError("an element header is cut", offset=at)
            if only_group not in (None, syntax.tag(self.content, at) >> 16):
                return at
            tag, value, at = self._element(at, end, syntax, last, 0)
            if tag >> 16 == _ITEM >> 16:
                raise MalformedError("an item stands outside of its sequence", offset=value)
            found[tag] = (value, at)
            last = tag
        return at

    def _element(
        self, at: int, end: int, syntax: _Syntax, last: int, depth: int
    ) -> tuple[int, int, int]:
        """Walk one element; return its tag, where its value starts, and where it ends."""
        self.count += 1
        if self.count > _MOST_ELEMENTS or depth > _DEEPEST:
            raise LimitError("too many elements, or nested too deeply", offset=at)
        tag, kind, start, stop = _header(self.content, at, syntax)
        if tag == _ITEM_END:
            return tag, start, start
        if tag == last:
            self.oddities.add(REPEATED_TAG)
        if tag < last:
            raise MalformedError("tags do not ascend", offset=at)
        if stop > end:
            raise TruncatedError("an element goes on beyond its sequence", offset=at)
        if stop >= 0 and kind != b"SQ":
            self.odd_lengths = self.odd_lengths or (stop - start) % 2 == 1
            return tag, start, stop
        # PS3.5 6.2.2: a sequence of unknown representation is written in implicit syntax.
        inner = _Syntax(explicit=False, order="<") if kind == b"UN" else syntax
        if stop < 0 and (tag == PIXEL_DATA or kind in (b"OB", b"OW")):
            after = self._fragments(start, syntax)
        else:
            after = self._items(start, stop, inner, depth + 1)
        # What goes on beyond the sequence that it lies in is read in two ways by two programs.
        if after > end:
            raise TruncatedError("an element goes on beyond its sequence", offset=at)
        return tag, start, after

    def _items(self, at: int, stop: int, syntax: _Syntax, depth: int) -> int:
        """Walk a sequence of data sets, up to its length or its end mark."""
        while stop < 0 or at < stop:
            tag, _, start, end = _header(self.content, at, syntax)
            if tag == _SEQUENCE_END and stop < 0:
                return start
            if tag != _ITEM:
                raise MalformedError("no item stands here", offset=at)
            at = self._item(start, end, syntax, depth)
        if at != stop:
            raise MalformedError("an item goes on beyond its sequence", offset=at)
        return at

    def _item(self, at: int, stop: int, syntax: _Syntax, depth: int) -> int:
        last = -1
        end = len(self.content) if stop < 0 else stop
        while stop < 0 or at < stop:
            tag, _, at = self._element(at, end, syntax, last, depth)
            if tag == _ITEM_END:
                return at
            last = tag
        return at

    def _fragments(self, at: int, syntax: _Syntax) -> int:
        """Walk encapsulated pixel data: items of bytes up to the end mark (PS3.5 A.4)."""
        while True:
            self.count += 1
            if self.count > _MOST_ELEMENTS:
                raise LimitError("too many fragments", offset=at)
            tag, _, start, stop = _header(self.content, at, syntax)
            if tag == _SEQUENCE_END:
                return start
            if tag != _ITEM or stop < 0:
                raise MalformedError("no fragment stands here", offset=at)
            at = stop
