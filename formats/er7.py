"""HL7 v2 in its ER7 encoding: cuts dumps, batches and MLLP streams into messages and envelopes.

HL7 v2.5.1 chapter 2: separators stand in MSH-1 and MSH-2 (§2.5.4), segments end with CR (§2.5.1),
batches with FHS/BHS and counted trailers (§2.10.3). The minimal lower layer protocol frames a
message with VT, and FS CR. Line ends are normalised for reading only; the bytes stay what they are.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique

from formats.faults import LimitError, MalformedError

VT, FS = 0x0B, 0x1C
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
CHUNK = 8 * 1024 * 1024
LONGEST_UNIT = 128 * 1024 * 1024
MOST_SEGMENTS = 5_000
MOST_FIELDS = 10_000
_HEADS = (b"MSH", b"FHS", b"BHS", b"FTS", b"BTS")
_HEADERS = frozenset({"MSH", "FHS", "BHS"})
_BEFORE_HEAD = b"\r\n\x0b\x1c"
# A header in the middle of a line: the same separator before and after MSH-2, and all odd.
_WHOLE_HEAD = re.compile(rb"MSH([^\w\s])[^\w\s]{3,5}\1")
_SPACE = b" \t\r\n"
_RETURN = b"\r"
_END_BLOCK = bytes((FS,)) + _RETURN


@unique
class UnitKind(Enum):
    """What a stretch of bytes is."""

    MESSAGE = "message"
    ENVELOPE = "envelope"
    STRAY = "stray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A message, a line of an envelope (FHS, BHS, BTS, FTS), or bytes that belong to neither.

    `framed` tells of the frame's first mark, `closed` of its last one, `returned` of the return
    that belongs behind it; `glued` means that another header stands in the middle of a line.
    """

    kind: UnitKind
    offset: int
    size: int
    content: bytes
    framed: bool = False
    closed: bool = False
    returned: bool = False
    glued: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The characters of MSH-1 and MSH-2; an absent one is empty."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment: its name and its fields; `fields[0]` is the name, except in MSH."""

    name: str
    fields: tuple[str, ...]

    def field(self, number: int) -> str:
        """Return a field by the number that the standard gives it; empty when it is absent."""
        place = number - 1 if self.name in _HEADERS else number
        return self.fields[place] if 0 < place < len(self.fields) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message cut into segments; `terminator` is what its segments end with."""

    separators: Separators
    segments: tuple[Segment, ...]
    terminator: str
    terminated: bool


def read_units(content: memoryview) -> Iterator[Unit]:
    """Yield what a dump, batch or stream holds, in the order of its bytes.

    White space between units and a byte order mark are all that is left out.

    Raises:
        LimitError: one message is larger than may be held in memory.
    """
    at = len(BYTE_ORDER_MARK) if content[:3] == BYTE_ORDER_MARK else 0
    while at < content.nbytes:
        piece = _piece(content, at)
        yield from _units(piece, at)
        at += len(piece)


def _piece(content: memoryview, at: int) -> bytes:
    """Return bytes from `at` on that end before a header, or with the content."""
    size = CHUNK
    while True:
        piece = bytes(content[at : at + size])
        if at + len(piece) == content.nbytes:
            return piece
        cut = max(piece.rfind(mark, 1) for mark in (b"\rMSH", b"\nMSH", b"\x0bMSH"))
        if cut > 0:
            return piece[: cut if piece[cut] == VT else cut + 1]
        if size >= LONGEST_UNIT:
            raise LimitError("a message is longer than 128 MiB", offset=at)
        size *= 2


def _units(piece: bytes, base: int) -> Iterator[Unit]:
    starts, glued = _starts(piece)
    if not starts or starts[0] > 0:
        yield from _stray(piece, 0, starts[0] if starts else len(piece), base)
    for place, start in enumerate(starts):
        end = starts[place + 1] if place + 1 < len(starts) else len(piece)
        yield from _unit(piece, start, end, base, glued=any(start < g < end for g in glued))


def _starts(piece: bytes) -> tuple[list[int], list[int]]:
    """Return where units start, a frame's mark included, and where a header is in a line."""
    starts, glued = [], []
    for at in sorted(at for name in _HEADS for at in _places(piece, name)):
        if at == 0 or piece[at - 1] in _BEFORE_HEAD:
            starts.append(at - 1 if at and piece[at - 1] == VT else at)
        elif _WHOLE_HEAD.match(piece, at):
            glued.append(at)
    return starts, glued


def _places(piece: bytes, name: bytes) -> Iterator[int]:
    """Yield where a name stands: searching for one word is several times as fast as a pattern."""
    at = piece.find(name)
    while at >= 0:
        yield at
        at = piece.find(name, at + 3)


def _unit(piece: bytes, start: int, end: int, base: int, *, glued: bool) -> Iterator[Unit]:
    framed = piece[start] == VT
    head = start + framed
    if piece[head : head + 3] != b"MSH":
        yield from _envelope(piece, start, end, base)
        return
    mark = _frame_end(piece, head, end) if framed else -1
    closed = mark >= 0
    stop = _after_space(piece, mark + 1, end) if closed else end
    yield Unit(
        kind=UnitKind.MESSAGE,
        offset=base + start,
        size=stop - start,
        content=piece[head : mark if closed else end],
        framed=framed,
        closed=closed,
        returned=closed and piece[mark + 1 : mark + 2] == _RETURN,
        glued=glued,
    )
    yield from _stray(piece, stop, end, base)


def _frame_end(piece: bytes, head: int, end: int) -> int:
    """Return where a frame ends: at FS CR, or where dumps lost the return and nothing follows FS.

    An FS that is neither stands inside of the message.
    """
    mark = piece.find(_END_BLOCK, head, end)
    if mark >= 0:
        return mark
    mark = piece.find(FS, head, end)
    return mark if mark >= 0 and not piece[mark + 1 : end].strip(_SPACE) else -1


def _envelope(piece: bytes, start: int, end: int, base: int) -> Iterator[Unit]:
    """Yield one line of an envelope; what follows it on other lines belongs to nothing."""
    line_end = min(
        (at for mark in b"\r\n" if (at := piece.find(mark, start, end)) >= 0), default=end
    )
    stop = _after_space(piece, line_end, end)
    line = piece[start:line_end].strip(b"\x0b\x1c")
    yield Unit(kind=UnitKind.ENVELOPE, offset=base + start, size=stop - start, content=line)
    yield from _stray(piece, stop, end, base)


def _stray(piece: bytes, start: int, end: int, base: int) -> Iterator[Unit]:
    content = piece[start:end]
    if content.strip(_SPACE + bytes((VT, FS))):
        yield Unit(kind=UnitKind.STRAY, offset=base + start, size=end - start, content=content)


def _after_space(piece: bytes, at: int, end: int) -> int:
    while at < end and piece[at] in _SPACE:
        at += 1
    return at


def read_separators(text: str) -> Separators:
    """Return the separators that a header declares.

    Raises:
        MalformedError: one is missing, alphanumeric, a space, or used twice (§2.5.4).
    """
    field = text[3:4]
    declared = text[4:10].split(field, 1)[0] if field else ""
    # §2.5.4: the fifth, truncation, came with 2.7; subcomponents may be left undeclared.
    if not 2 <= len(declared) <= 5 or (len(text) > 9 and field not in text[4:10]):
        raise MalformedError("MSH-2 does not declare its separators", offset=3)
    used = field + declared
    odd = all(c.isascii() and c.isprintable() and not c.isalnum() and c != " " for c in used)
    if not odd or len(set(used)) != len(used):
        raise MalformedError("separators are alphanumeric or not distinct", offset=3)
    padded = (*declared, "", "", "")
    return Separators(
        field=field,
        component=padded[0],
        repetition=padded[1],
        escape=padded[2],
        subcomponent=padded[3],
    )


def read_message(text: str) -> Message:
    """Cut a message's text into segments and fields.

    Raises:
        MalformedError: its header declares no proper separators.
        LimitError: it has too many segments or fields.
    """
    separators = read_separators(text)
    terminator = "\r" if "\r" in text else "\n"
    if terminator == "\r" and "\r\n" in text:
        text, terminator = text.replace("\r\n", "\r"), "\r\n"
    lines = text.split("\r" if terminator != "\n" else "\n")
    terminated = not lines[-1].strip()
    if len(lines) > MOST_SEGMENTS:
        raise LimitError(f"more than {MOST_SEGMENTS} segments")
    segments = tuple(_segment(line, separators.field) for line in lines if line.strip())
    return Message(
        separators=separators, segments=segments, terminator=terminator, terminated=terminated
    )


def _segment(line: str, separator: str) -> Segment:
    fields = tuple(line.split(separator))
    if len(fields) > MOST_FIELDS:
        raise LimitError(f"more than {MOST_FIELDS} fields")
    return Segment(name=fields[0], fields=fields)
