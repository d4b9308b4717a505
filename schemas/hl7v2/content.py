"""The values of one message: dates, coded tables, escapes, results and attachments."""

import re
from collections.abc import Iterator
from datetime import date

from formats.er7 import Message, Segment, Separators
from schemas.dates import EARLIEST_YEAR, Moment, compact, moment_of
from schemas.hl7v2.people import people_reasons
from schemas.hl7v2.structure import NULL
from schemas.hl7v2.tables import CODED, DATES, STANDARD_SEGMENTS
from schemas.hygiene import text_reasons
from schemas.identifiers.checks import Check
from schemas.identifiers.terminologies import loinc
from schemas.interface import Reason
from schemas.narrative import link_reason
from schemas.payloads import decode_base64, decode_hex, payload_reasons
from schemas.reasons.table import because
from schemas.redaction import shape

_ESCAPE = re.compile(
    r"[FSTREHNP]|X(?:[0-9A-Fa-f]{2})+|C[0-9A-Fa-f]{4}|M[0-9A-Fa-f]{4}(?:[0-9A-Fa-f]{2})?|Z\w*"
    r"|\.(?:br|fi|nf|ce|sp\+?\d*|in[+-]?\d+|ti[+-]?\d+|sk[+-]?\d+)",
    re.ASCII,
)
_MARKUP = re.compile(r"<\s*/?\s*(?:script|iframe|object|img|svg|html|a\s)", re.IGNORECASE)
_LINE_END = re.compile(r"X(?:[0-9A-Fa-f]{2})*0[AaDd]", re.ASCII)
_SHORTEST_PROGRAM = 128
_BASE64 = re.compile(r"[A-Za-z0-9+/]+={0,2}", re.ASCII)
_NUMBER = re.compile(r"[<>]?=?\s*[+-]?\d*(?:[.,]\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_POINTER = re.compile(r"(?:file|smb|cifs):|\\\\|//[^/]|[A-Za-z]:[\\/]", re.IGNORECASE)
_OPEN_END = re.compile(r"9{8}", re.ASCII)  # written for "without an end"
_LONG_DATE = re.compile(r"\d{5,}", re.ASCII)


def content_reasons(message: Message, text: str, today: date) -> Iterator[Reason]:
    """Yield what is wrong with the values of a message."""
    separators = message.separators
    now = moment_of(today)
    for segment in message.segments:
        if segment.name in DATES:
            yield from _date_reasons(segment, separators, now)
        if segment.name in CODED:
            yield from _coded_reasons(segment, separators)
        yield from people_reasons(segment, separators)
        if segment.name == "OBX":
            yield from _result_reasons(segment, separators)
    yield from _birth_reasons(message, now)
    # The escape character stands once in MSH-2; most messages have no other.
    if separators.escape and text.find(separators.escape, len("MSH|^~\\&")) >= 0:
        yield from _escape_reasons(message)
    if "<" in text and _MARKUP.search(text):
        yield because("HL7-029")


def _date_reasons(segment: Segment, separators: Separators, now: Moment) -> Iterator[Reason]:
    for number in DATES[segment.name]:
        field = segment.field(number)
        for value in _values(field, separators) if field else ():
            where = f"{segment.name}-{number}"
            moment = compact(value)
            if moment is not None:
                if moment.day > now.day and segment.name in ("OBR", "OBX", "EVN", "MSH"):
                    yield because("GEN-014", where)
            elif _LONG_DATE.match(value) and not _OPEN_END.match(value):
                yield because("GEN-008", where, shape(value))
            else:
                yield because("HL7-031", where, shape(value))


def _values(field: str, separators: Separators) -> list[str]:
    """Return the first component of each repetition that holds something."""
    if not field or field == NULL:
        return []
    repeated = field.split(separators.repetition) if separators.repetition else [field]
    first = [value.split(separators.component)[0].strip() for value in repeated]
    return [value for value in first if value and value != NULL]


def _birth_reasons(message: Message, now: Moment) -> Iterator[Reason]:
    for segment in message.segments:
        if segment.name == "PID":
            yield from _life_reasons(segment, message.separators, now)
        elif segment.name == "PV1":
            admitted = _first_moment(segment, 44, message.separators)
            left = _first_moment(segment, 45, message.separators)
            if admitted and left and admitted.is_after(left):
                yield because("GEN-010", "PV1-45")


def _life_reasons(patient: Segment, separators: Separators, now: Moment) -> Iterator[Reason]:
    born = _first_moment(patient, 7, separators)
    died = _first_moment(patient, 29, separators)
    for number, moment in ((7, born), (29, died)):
        if moment and (moment.day > now.day or int(moment.digits[:4]) < EARLIEST_YEAR):
            yield because("GEN-009", f"PID-{number}")
    if born and died and born.is_after(died):
        yield because("GEN-010", "PID-29")


def _first_moment(segment: Segment, number: int, separators: Separators) -> Moment | None:
    values = _values(segment.field(number), separators)
    return compact(values[0]) if values else None


def _coded_reasons(segment: Segment, separators: Separators) -> Iterator[Reason]:
    for number, known in CODED[segment.name]:
        field = segment.field(number)
        for value in _values(field, separators) if field and field not in known else ():
            if value not in known:
                yield because("HL7-025", f"{segment.name}-{number}", shape(value))


def _escape_reasons(message: Message) -> Iterator[Reason]:
    escape = message.separators.escape
    for segment in message.segments:
        if escape not in "".join(segment.fields):
            continue
        for number, field in enumerate(segment.fields):
            if escape in field and not (segment.name == "MSH" and number == 1):
                where = f"{segment.name}-{number}"
                yield from _field_escapes(field, escape, where)
                if _LINE_END.search(field) and _hides_segment(field, message.separators):
                    yield because("HL7-035", where)


def _hides_segment(field: str, separators: Separators) -> bool:
    """Whether a field holds a segment once its escapes are undone.

    Whoever undoes escapes before the message is cut reads it as one more segment of this message.
    """
    named = {"F": separators.field, "S": separators.component, "E": separators.escape}
    parts = field.split(separators.escape)
    for place in range(1, len(parts), 2):
        sequence = parts[place]
        if _ESCAPE.fullmatch(sequence) and sequence[:1] == "X":
            parts[place] = bytes.fromhex(sequence[1:]).decode("latin-1")
        else:
            parts[place] = named.get(sequence, "")
    lines = re.split(r"[\r\n]+", "".join(parts))[1:]
    return any(line[:3] in STANDARD_SEGMENTS and line[3:4] == separators.field for line in lines)


def _field_escapes(field: str, escape: str, where: str) -> Iterator[Reason]:
    parts = field.split(escape)
    sequences = parts[1::2]
    if len(parts) % 2 == 0 or not all(_ESCAPE.fullmatch(sequence) for sequence in sequences):
        yield because("HL7-013", where)
    for sequence in sequences:
        if sequence[:1] == "X" and _ESCAPE.fullmatch(sequence):
            yield from text_reasons(bytes.fromhex(sequence[1:]).decode("latin-1"), where)


def _result_reasons(result: Segment, separators: Separators) -> Iterator[Reason]:
    kind, value = result.field(2), result.field(5)
    if not result.field(3).strip(separators.component):
        # A document speaks for itself; a number without a name is nothing.
        yield because("HL7-028" if kind in ("ED", "RP") else "HL7-011", "OBX-3")
    code = result.field(3).split(separators.component)
    if len(code) > 2 and code[2] == "LN" and loinc(code[0]) is not Check.VALID:
        yield because("HL7-034", "OBX-3", shape(code[0]))
    if not value or value == NULL:
        return
    match kind:
        case "ED":
            yield from _attachment_reasons(value, separators)
        case "RP":
            if any(map(_is_dangerous_pointer, re.split(_parts_of(separators), value))):
                yield because("HL7-015", "OBX-5")
        case "NM" if not all(_NUMBER.fullmatch(v) for v in _values(value, separators)):
            yield because("HL7-032", "OBX-5", shape(value))
        case "ST" | "TX" | "FT" | "" if any(map(_holds_program, _words(value, separators))):
            yield because("GEN-015", "OBX-5")
        case "DT" | "TS" | "DTM" if None in map(compact, _values(value, separators)):
            yield because("GEN-008", "OBX-5", shape(value))


def _words(value: str, separators: Separators) -> list[str]:
    return re.split(_parts_of(separators), value) if len(value) >= _SHORTEST_PROGRAM else []


def _parts_of(separators: Separators) -> str:
    marks = separators.repetition + separators.component + separators.subcomponent
    return f"[{re.escape(marks)}]"


def _is_dangerous_pointer(part: str) -> bool:
    """Whether a part of a pointer names a file, a share, or something that runs."""
    return bool(_POINTER.match(part)) or link_reason(part, "") is not None


def _holds_program(value: str) -> bool:
    """Whether a text of one word, which should be for people, is a program in base64."""
    return (
        len(value) >= _SHORTEST_PROGRAM
        and _BASE64.fullmatch(value) is not None
        and any(r.code == "GEN-015" for r in payload_reasons(decode_base64(value), ""))
    )


def _attachment_reasons(value: str, separators: Separators) -> Iterator[Reason]:
    """Look into encapsulated data: source, type, subtype, encoding, data (§2.A.24)."""
    for repetition in value.split(separators.repetition or "\x00"):
        parts = repetition.split(separators.component)
        encoding, content = (*parts, "", "", "", "", "")[3:5]
        declared = "application/pdf" if "PDF" in (*parts, "", "")[2].upper() else ""
        match encoding.lower():
            case "base64":
                yield from payload_reasons(decode_base64(content), "OBX-5", declared)
            case "hex":
                yield from payload_reasons(decode_hex(content), "OBX-5", declared)
            case "a" | "":
                yield from payload_reasons(content.encode(), "OBX-5")
            case _:  # table 0299 has no other: nobody can look into it
                yield because("GEN-016", "OBX-5")
