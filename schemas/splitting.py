"""Cuts an extract of many records into those that are accepted and those that are refused.

Nothing is written anew: a part is a list of spans of the original's own bytes, in their order.
White space between records goes with the one before it. Envelopes belong to neither part, because
their counts would lie; the heading of a table belongs to both: no line means anything without it.
"""

import json
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from schemas.interface import Reason, Record, RecordFate, Run, Said

SPAN = struct.Struct("<QQ")
MOST_LISTED = 32 * 1024 * 1024
MOST_REASONS = 50
LONGEST_WHERE = 200
_SPACE = b" \t\r\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Bytes of the original, from `start` up to `end`."""

    start: int
    end: int


@dataclass(slots=True)
class Splitter:
    """Listens to what a schema says of each record, and remembers where it stands.

    `listed` are the refused records, a JSON line each: where it stands and why it is refused.
    Beyond `most_listed` bytes they are only counted.
    """

    content: memoryview
    heading: int = 0
    most_listed: int = MOST_LISTED
    accepted: list[Span] = field(default_factory=list)
    refused: list[Span] = field(default_factory=list)
    listed: list[bytes] = field(default_factory=list)
    unlisted: int = 0
    _listed_bytes: int = 0
    _open: tuple[list[Span], Span] | None = None

    def listen(self, said: Iterable[Said]) -> Iterator[Said]:
        """Yield everything as it was said."""
        for item in said:
            match item:
                case Run():
                    self._take(self.accepted, item)
                case Record() if item.fate is RecordFate.REFUSED:
                    self._take(self.refused, item)
                    self._list(item)
                case Record():
                    self._take(self.accepted, item)
            yield item
        self._close(self.content.nbytes)

    @property
    def accepted_spans(self) -> list[Span]:
        """The heading and the accepted records."""
        return _with_heading(self.heading, self.accepted)

    @property
    def refused_spans(self) -> list[Span]:
        """The heading and the refused records."""
        return _with_heading(self.heading, self.refused)

    def _take(self, spans: list[Span], item: Run | Record) -> None:
        self._close(item.offset)
        self._open = spans, Span(start=item.offset, end=item.offset + item.size)

    def _close(self, following: int) -> None:
        """End the record before: white space up to the next one is its own."""
        if self._open is None:
            return
        spans, span = self._open
        end = span.end
        while end < following and self.content[end] in _SPACE:
            end += 1
        self._open = None
        if spans and spans[-1].end == span.start:
            spans[-1] = Span(start=spans[-1].start, end=end)
        else:
            spans.append(Span(start=span.start, end=end))

    def _list(self, record: Record) -> None:
        if self._listed_bytes >= self.most_listed:
            self.unlisted += 1
            return
        told = {
            "record": record.number,
            "offset": record.offset,
            "size": record.size,
            "reasons": [reason_json(reason) for reason in record.reasons[:MOST_REASONS]],
        }
        line = json.dumps(told, ensure_ascii=True).encode() + b"\n"
        self._listed_bytes += len(line)
        self.listed.append(line)


@dataclass(slots=True)
class Uncut(Splitter):
    """Listens like any splitter, to records that cannot be taken out of what they stand in."""

    def _take(self, spans: list[Span], item: Run | Record) -> None:
        """Remember no place: there is none."""


def reason_json(reason: Reason) -> dict[str, str]:
    """Return one reason as it is kept beside a refused record: its value is a shape only."""
    return {
        "code": reason.code,
        "class": reason.reason_class.value,
        "where": reason.where[:LONGEST_WHERE],
        "value": reason.redacted_value,
    }


def pack(spans: Iterable[Span]) -> bytes:
    """Return spans as they travel out of the box."""
    return b"".join(SPAN.pack(span.start, span.end) for span in spans)


def unpack(untrusted: bytes, size: int) -> tuple[Span, ...]:
    """Check and return spans that came out of the box, of an original of `size` bytes.

    Raises:
        ValueError: they are none, not in order, overlap, or leave the original.
    """
    if len(untrusted) % SPAN.size:
        raise ValueError("a list of spans that is cut")
    spans, before = [], 0
    for start, end in SPAN.iter_unpack(untrusted):
        if not before <= start < end <= size:
            raise ValueError("spans that are not in order")
        spans.append(Span(start=start, end=end))
        before = end
    return tuple(spans)


def apart(first: Iterable[Span], second: Iterable[Span], heading: int) -> bool:
    """Whether two parts share no byte but the heading, where both have it."""
    every = sorted((s.start, s.end) for s in (*first, *second) if s.end > heading)
    return all(one[1] <= max(other[0], heading) for one, other in pairwise(every))


def _with_heading(heading: int, spans: list[Span]) -> list[Span]:
    if not heading or not spans:
        return spans
    if spans[0].start == heading:
        return [Span(start=0, end=spans[0].end), *spans[1:]]
    return [Span(start=0, end=heading), *spans]
