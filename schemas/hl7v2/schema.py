"""The schema of HL7 v2: one message is one record, in dumps, batches and MLLP streams."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from formats.er7 import BYTE_ORDER_MARK, Message, Unit, UnitKind, read_message, read_units
from formats.faults import LimitError, MalformedError
from schemas.hl7v2.charsets import decode
from schemas.hl7v2.content import content_reasons
from schemas.hl7v2.sequence import Batches, Neighbours
from schemas.hl7v2.structure import structure_reasons
from schemas.interface import Extract, NotValidated, Reason, Record, Remark, Run, Said
from schemas.reasons.table import because

LONGEST_SEGMENT = 1024 * 1024
_FRAME_MARKS = (b"\x0b", b"\x1c")


@dataclass(frozen=True, slots=True)
class Hl7v2:
    """Messages of HL7 v2.1 to v2.8; profiles for the kinds that hospitals exchange most."""

    name: str = "hl7v2"
    media_types: frozenset[str] = frozenset({"application/hl7-v2"})

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every message in the order of its bytes."""
        batches, neighbours = Batches(), Neighbours()
        number = 0
        if extract.content[:3] == BYTE_ORDER_MARK:
            yield Remark(reason=because("TAB-020"))
        try:
            for unit in read_units(extract.content):
                if unit.kind is UnitKind.ENVELOPE:
                    yield from batches.line(unit)
                    continue
                number += 1
                if unit.kind is UnitKind.MESSAGE:
                    batches.message()
                reasons = tuple(dict.fromkeys(unit_reasons(unit, neighbours, extract.today)))
                yield _record(number, unit, reasons)
        except LimitError as error:
            yield NotValidated(schema=self.name, reason=error.reason)
            return
        yield from batches.whole()


def _record(number: int, unit: Unit, reasons: tuple[Reason, ...]) -> Record | Run:
    if not reasons:
        return Run(number=number, count=1, offset=unit.offset, size=unit.size)
    return Record(number=number, offset=unit.offset, size=unit.size, reasons=reasons)


def unit_reasons(unit: Unit, neighbours: Neighbours, today: date) -> Iterator[Reason]:
    """Yield everything that is wrong with one stretch of bytes."""
    if unit.kind is UnitKind.STRAY:
        yield because("HL7-001")
        return
    yield from _frame_reasons(unit)
    decoded = decode(unit.content)
    yield from decoded.reasons
    if not decoded.text:
        return
    try:
        message = read_message(decoded.text)
    except MalformedError:
        yield because("HL7-002")
        return
    except LimitError:
        yield because("GEN-011")
        return
    yield from _message_reasons(message, decoded.text, unit, neighbours, today)


def _frame_reasons(unit: Unit) -> Iterator[Reason]:
    if unit.glued:
        yield because("HL7-005")
    if unit.framed and not unit.closed:
        yield because("HL7-004")
    if unit.closed and not unit.returned:
        yield because("HL7-037")
    if any(mark in unit.content for mark in _FRAME_MARKS):
        yield because("HL7-018")


def _message_reasons(
    message: Message, text: str, unit: Unit, neighbours: Neighbours, today: date
) -> Iterator[Reason]:
    if message.terminator != "\r":
        yield because("HL7-020")
    elif not message.terminated:
        # §2.5.1: every segment ends with CR, the last one too; a whole frame proves its end.
        yield because("HL7-037" if unit.returned else "HL7-004")
    # In a message that is shorter than one segment may be, none has to be measured.
    if len(text) > LONGEST_SEGMENT and any(_is_too_long(s.fields) for s in message.segments):
        yield because("GEN-011")
    yield from structure_reasons(message)
    yield from content_reasons(message, text, today)
    yield from neighbours.reasons(message, unit.content)


def _is_too_long(fields: tuple[str, ...]) -> bool:
    """Whether a segment is longer than text may be; an attachment in a result may be larger."""
    return fields[0] != "OBX" and sum(map(len, fields)) > LONGEST_SEGMENT
