"""The parts of an Outlook message (MSG): bodies, attachments, and what does not belong into one.

All strings of a message come out as one text, the headers it came with included. An attached
message, or an object that a program keeps as a storage, comes out as a file of its own.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from formats.compound_writing import write_compound
from formats.faults import FormatError, LimitError
from formats.ole2 import DOCUMENT_STREAMS, Compound, Entry
from formats.outlook import BINARY, NARROW, OBJECT, WIDE, Header, Level, Outlook, Value
from formats.packed_rtf import unpack_rtf
from sanitizers.containers.beside import may_be_a_file, one_line
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

# Numbers of [MS-OXPROPS].
_BODY, _PAGE, _PACKED_RTF = 0x1000, 0x1013, 0x1009
_BODIES = frozenset({_BODY, _PAGE, _PACKED_RTF})
_DATA, _SHORT_NAME, _LONG_NAME, _SHOWN_NAME = 0x3701, 0x3704, 0x3707, 0x3001
_METHOD = 0x37050003
_BY_REFERENCE = frozenset({2, 3, 4, 7})
_MESSAGE_WITHIN = 5


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield the parts of a message.

    Raises:
        FormatError: it cannot be read.
        LimitError: the parts are too many, or come to too many bytes.
    """
    reading = _Reading(outlook=Outlook(Compound(content)), limits=limits)
    number = size = 0
    for part in reading.message():
        number, size = number + 1, size + len(part.content)
        if number > limits.most_members or size > limits.most_expanded_bytes:
            raise LimitError("the parts are too many, or come to too many bytes")
        yield part


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """One message, part by part."""

    outlook: Outlook
    limits: Limits

    def message(self) -> Iterator[Unpacked]:
        top = self.outlook.level((), Header.MESSAGE)
        recipients = [self.outlook.level(r.path, Header.OTHER) for r in top.recipients]
        for level in (top, *recipients):
            yield from (Unpacked(refusal=anomaly) for anomaly in level.anomalies)
        yield self._strings((top, *recipients))
        yield from self._bodies(top)
        for level in (top, *recipients):
            yield from self._beside(level)
            yield from self._foreign(level)
        for entry in top.attachments:
            yield from self._attachment(self.outlook.level(entry.path, Header.OTHER))

    def _strings(self, levels: tuple[Level, ...]) -> Unpacked:
        lines = [
            f"{value.number:04x}: {self._text(value)}"
            for level in levels
            for value in level.values
            if value.form in (NARROW, WIDE) and value.number not in _BODIES
        ]
        return Unpacked(content="\n".join(lines).encode("utf-8"))

    def _text(self, value: Value) -> str:
        held = self._stream(value)
        text = held.decode("utf-16-le" if value.form == WIDE else "cp1252", "replace")
        return one_line(text)

    def _stream(self, value: Value) -> bytes:
        return self.outlook.compound.stream(value.entry) if value.entry.is_stream else b""

    def _bodies(self, level: Level) -> Iterator[Unpacked]:
        for number in (_BODY, _PAGE):
            for value in level.of(number, NARROW, WIDE, BINARY):
                held = self._stream(value)
                if value.form == WIDE:
                    held = held.decode("utf-16-le", "replace").encode("utf-8")
                yield Unpacked(content=held)
        for value in level.of(_PACKED_RTF, BINARY):
            yield _rtf(self._stream(value), self.limits)

    def _beside(self, level: Level) -> Iterator[Unpacked]:
        """Yield what a property keeps that no program shows, if it may be a file."""
        for value in level.values:
            if value.form != BINARY or value.number in (*_BODIES, _DATA):
                continue
            held = self._stream(value)
            if may_be_a_file(held):
                yield Unpacked(content=held)

    def _foreign(self, level: Level) -> Iterator[Unpacked]:
        for entry in level.foreign:
            name = entry.name.encode("utf-8", "replace")
            if not entry.is_stream:
                yield self._storage(name, entry, is_message=False)
                continue
            refusal = "another-document" if entry.name.lower() in DOCUMENT_STREAMS else ""
            held = self.outlook.compound.stream(entry)
            if refusal or may_be_a_file(held):
                yield Unpacked(untrusted_name=name, content=held, refusal=refusal)

    def _attachment(self, level: Level) -> Iterator[Unpacked]:
        yield from (Unpacked(refusal=anomaly) for anomaly in level.anomalies)
        name, method = self._name(level), level.numbers.get(_METHOD, 0)
        found = list(level.of(_DATA, BINARY, OBJECT))
        for value in found:
            yield self._data(name, value.entry, method)
        if method in _BY_REFERENCE:
            yield Unpacked(untrusted_name=name, refusal="content-elsewhere")
        elif not found:
            yield Unpacked(untrusted_name=name, refusal="content-missing")
        yield self._strings((level,))
        yield from self._beside(level)
        yield from self._foreign(level)

    def _data(self, name: bytes, entry: Entry, method: int) -> Unpacked:
        if not entry.is_stream:
            return self._storage(name, entry, is_message=method == _MESSAGE_WITHIN)
        if entry.size > self.limits.most_content_bytes:
            return Unpacked(
                untrusted_name=name,
                refusal=f"limit: a part of more than {self.limits.most_content_bytes} bytes",
            )
        return Unpacked(untrusted_name=name, content=self.outlook.compound.stream(entry))

    def _storage(self, name: bytes, entry: Entry, *, is_message: bool) -> Unpacked:
        """Return a storage as a file of its own."""
        read = self.outlook.message if is_message else self.outlook.storage
        return Unpacked(untrusted_name=name, content=write_compound(read(entry.path)))

    def _name(self, level: Level) -> bytes:
        """Return the name that a program shows."""
        for number in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME):
            for value in level.of(number, WIDE, NARROW):
                if text := self._text(value).strip():
                    return text.encode("utf-8")
        return b""


def _rtf(held: bytes, limits: Limits) -> Unpacked:
    try:
        return Unpacked(content=unpack_rtf(held, most=limits.most_content_bytes))
    except FormatError as error:
        return Unpacked(content=held, refusal=f"{error.code}: {error.reason}")
