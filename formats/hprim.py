"""HPRIM Santé 2 in its text form: cuts a file into messages, and a message into segments.

It descends from ASTM E1238: the header declares five separators, a segment is a line, one that is
too long goes on in an addendum (A), and L ends the message.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from formats.er7 import Unit, UnitKind
from formats.faults import LimitError, MalformedError

LONGEST = 128 * 1024 * 1024
MOST_SEGMENTS = 200_000
MOST_FIELDS = 1_000
_SEPARATORS = r"[|~^!*&\\#%$]"
_HEADER = re.compile(rb"(?:(?<=[\r\n])|\A)H([|~^!*&\\#%$])[|~^!*&\\#%$]{3,5}\1")
_TRAILER = re.compile(rb"(?<=[\r\n])L[^\w\s][^\r\n]*(?:\r\n|[\r\n]|\Z)")
_DECLARED = re.compile(rf"H({_SEPARATORS})({_SEPARATORS}{{4}})\1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Separators:
    """The characters that a header declares, in the order of the recommendation."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One segment with its addenda; field 0 is its name, field 1 of H the separators."""

    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """Return what kind of segment it is."""
        return self.fields[0]

    def field(self, number: int) -> str:
        """Return a field; empty when it is absent."""
        return self.fields[number] if number < len(self.fields) else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """The segments of a message, and how many lines they took."""

    separators: Separators
    segments: tuple[Segment, ...]
    lines: int


def read_units(content: memoryview) -> Iterator[Unit]:
    """Yield messages, each from its header to its trailer, and bytes that belong to none.

    `closed` tells that a message has its trailer.

    Raises:
        LimitError: the content is larger than may be held in memory.
    """
    if content.nbytes > LONGEST:
        raise LimitError("messages of more than 128 MiB in one file")
    whole = bytes(content)
    starts = [found.start() for found in _HEADER.finditer(whole)]
    yield from _stray(whole, 0, starts[0] if starts else len(whole))
    for start, end in zip(starts, [*starts[1:], len(whole)], strict=True):
        trailer = _TRAILER.search(whole, start, end)
        stop = trailer.end() if trailer else end
        yield Unit(
            kind=UnitKind.MESSAGE,
            offset=start,
            size=stop - start,
            content=whole[start:stop],
            closed=trailer is not None,
        )
        yield from _stray(whole, stop, end)


def _stray(whole: bytes, start: int, end: int) -> Iterator[Unit]:
    content = whole[start:end]
    if content.strip(b" \t\r\n\x1a"):  # DOS ended a text with 1A
        yield Unit(kind=UnitKind.STRAY, offset=start, size=end - start, content=content)


def read_message(text: str) -> Message:
    """Cut a message's text into segments and fields; addenda go with what they prolong.

    Raises:
        MalformedError: its header declares no five different separators.
        LimitError: it has too many segments or fields.
    """
    declared = _DECLARED.match(text)
    if declared is None or len({declared.group(1), *declared.group(2)}) < 5:
        raise MalformedError("the header does not declare five separators")
    field = declared.group(1)
    lines = [line for line in re.split(r"\r\n|[\r\n]", text) if line.strip(" \t\x1a")]
    if len(lines) > MOST_SEGMENTS:
        raise LimitError(f"more than {MOST_SEGMENTS} segments")
    joined: list[str] = []
    for line in lines:
        if line.startswith(f"A{field}") and joined:
            joined[-1] += line[2:]
        else:
            joined.append(line)
    segments = tuple(Segment(fields=tuple(line.split(field))) for line in joined)
    if any(len(segment.fields) > MOST_FIELDS for segment in segments):
        raise LimitError(f"more than {MOST_FIELDS} fields")
    component, repetition, escape, subcomponent = tuple(declared.group(2))
    separators = Separators(
        field=field,
        component=component,
        repetition=repetition,
        escape=escape,
        subcomponent=subcomponent,
    )
    return Message(separators=separators, segments=segments, lines=len(lines))
