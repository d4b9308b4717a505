"""What only many messages together show: counts of batches, repeated ids, visits out of order."""

import hashlib
from collections.abc import Iterator

from formats.er7 import Message, Segment, Unit
from schemas.hl7v2.structure import kind_of
from schemas.interface import Reason, Remark
from schemas.reasons.table import because

_ADMISSIONS = frozenset({"A01", "A04", "A05"})
_LATER = frozenset({"A02", "A03"})


class Batches:
    """Counts messages and batches against their trailers (BTS-1, FTS-1; §2.10.3)."""

    def __init__(self) -> None:
        self._file_open = self._batch_open = False
        self._messages = self._batches = 0
        self._counted = self._loose = False

    def message(self) -> None:
        """Count a message."""
        self._messages += 1
        self._loose = self._loose or not (self._batch_open or self._file_open)

    def whole(self) -> Iterator[Remark]:
        """Tell, when everything is read, what was never closed or stands outside of all counts."""
        yield from self.end()
        if self._counted and self._loose:
            yield Remark(reason=because("HL7-036"))

    def line(self, unit: Unit) -> Iterator[Remark]:
        """Take one line of an envelope."""
        text = unit.content.decode("latin-1")
        name, separator = text[:3], text[3:4]
        fields = tuple(text.split(separator)) if separator else (name,)
        segment = Segment(name=name, fields=fields)
        match name:
            case "FHS":
                yield from self._open_file()
            case "BHS":
                yield from self._open_batch()
            case "BTS":
                yield from self._close_batch(segment.field(1))
            case "FTS":
                yield from self._close_file(segment.field(1))

    def end(self) -> Iterator[Remark]:
        """Tell what was opened and never closed."""
        if self._batch_open:
            yield Remark(reason=because("HL7-008", "BTS"))
        if self._file_open:
            yield Remark(reason=because("HL7-008", "FTS"))

    def _open_file(self) -> Iterator[Remark]:
        yield from self.end()
        self._counted = self._file_open = True
        self._batch_open = False
        self._messages = self._batches = 0

    def _open_batch(self) -> Iterator[Remark]:
        if self._batch_open:
            yield Remark(reason=because("HL7-008", "BTS"))
        self._counted = self._batch_open = True
        self._messages = 0
        self._batches += 1

    def _close_batch(self, told: str) -> Iterator[Remark]:
        if not self._batch_open:
            yield Remark(reason=because("HL7-008", "BHS"))
        yield from _compare(told, self._messages, "BTS-1")
        self._batch_open = False

    def _close_file(self, told: str) -> Iterator[Remark]:
        if self._batch_open:
            yield Remark(reason=because("HL7-008", "BTS"))
        if not self._file_open:
            yield Remark(reason=because("HL7-008", "FHS"))
        yield from _compare(told, self._batches, "FTS-1")
        self._file_open = self._batch_open = False


def _compare(told: str, counted: int, where: str) -> Iterator[Remark]:
    """A trailer may leave its count out; one that tells another number contradicts."""
    if told.strip() and not (told.isdecimal() and int(told) == counted):
        yield Remark(reason=because("HL7-007", where))


class Neighbours:
    """Remembers, by keyless hashes, control ids and the visits that left before they came."""

    def __init__(self) -> None:
        self._seen: dict[bytes, bytes] = {}
        self._left: set[bytes] = set()

    def reasons(self, message: Message, content: bytes) -> Iterator[Reason]:
        """Yield what earlier messages have against this one."""
        header = message.segments[0]
        control = header.field(10)
        if control:
            key = _digest("\x00".join((header.field(3), header.field(4), control)).encode())
            whole = _digest(content)
            before = self._seen.setdefault(key, whole)
            if before is not whole:
                yield because("HL7-026" if before == whole else "HL7-017", "MSH-10")
        yield from self._visit_reasons(message)

    def _visit_reasons(self, message: Message) -> Iterator[Reason]:
        kind, event = kind_of(message)
        if kind != "ADT" or event not in _ADMISSIONS | _LATER:
            return
        visits = [s.field(19) for s in message.segments if s.name == "PV1" and s.field(19)]
        for visit in map(_digest, (v.encode() for v in visits)):
            if event in _LATER:
                self._left.add(visit)
            elif visit in self._left:
                yield because("HL7-030", "PV1-19")


def _digest(content: bytes) -> bytes:
    return hashlib.blake2b(content, digest_size=16).digest()
