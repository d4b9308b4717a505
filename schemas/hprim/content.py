"""What the segments of one HPRIM message have to be to each other, and their values."""

import re
from collections.abc import Iterator
from datetime import date

from formats.hprim import Message, Segment, Separators
from schemas.dates import EARLIEST_YEAR, Moment, compact, moment_of
from schemas.interface import Reason
from schemas.payloads import decode_base64, payload_reasons
from schemas.reasons.table import because
from schemas.redaction import shape

_KNOWN = frozenset("H P AP AC ACT OBR OBX C L ERR REG FAC".split())
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,2}", re.ASCII)
_VERSION = re.compile(r"H2\.[0-5]", re.ASCII)
_OF_PATIENTS = frozenset({"ADM", "ORU", "ORM", "ORA", "FAC", "REG"})
_CONTEXTS = _OF_PATIENTS | {"ERR"}
_BELOW_PATIENT = frozenset({"AP", "AC", "ACT", "OBR", "OBX"})
_NUMBER = re.compile(r"[<>]?=?\s*[+-]?\d*(?:[.,]\d*)?(?:[eE][+-]?\d+)?", re.ASCII)
_POINTER = re.compile(
    r"(?:file|smb|cifs|https?|ftp):|\\\\|//|/|[A-Za-z]:[\\/]|.*\.\.[\\/]", re.IGNORECASE
)
_MARKUP = re.compile(r"<\s*/?\s*(?:script|iframe|object|img|svg|html|a\s)", re.IGNORECASE)
_LONG_DATE = re.compile(r"\d{8,}", re.ASCII)
# Where dates stand; those of a birth are looked at apart.
_DATES = {"H": (13,), "P": (7,), "OBR": (7, 8, 14, 22), "OBX": (14,)}
# What each rank counts from anew.
_RANKED = {"P": "H", "OBR": "P", "OBX": "OBR"}


def message_reasons(message: Message, today: date) -> Iterator[Reason]:
    """Yield what is wrong with a message."""
    now = moment_of(today)
    yield from _header_reasons(message)
    yield from _order_reasons(message)
    yield from _rank_reasons(message)
    yield from _trailer_reasons(message)
    for segment in message.segments:
        yield from _date_reasons(segment, message.separators, now)
        match segment.name:
            case "P":
                yield from _patient_reasons(segment, message.separators, now)
            case "OBX":
                yield from _result_reasons(segment, message.separators)
        if any("<" in field and _MARKUP.search(field) for field in segment.fields):
            yield because("HPR-013", segment.name if segment.name in _KNOWN else "")


def _header_reasons(message: Message) -> Iterator[Reason]:
    header, component = message.segments[0], message.separators.component
    context = header.field(6).split(component)[0].strip()
    if not context:
        yield because("HPR-006", "H-7")
    elif context not in _CONTEXTS:
        yield because("HPR-010", "H-7")
    version = header.field(12).split(component)[0].strip()
    if not _VERSION.fullmatch(version):
        yield because("HPR-010", "H-13")
    if header.field(11).strip() in ("T", "D"):
        yield because("HPR-012", "H-12")


def _order_reasons(message: Message) -> Iterator[Reason]:
    """A result belongs to an order, an order to a patient, and one header begins it all."""
    names = [segment.name for segment in message.segments]
    seen: set[str] = set()
    for name in names:
        if name not in _KNOWN:
            yield because("HPR-014" if _NAME.fullmatch(name) else "HPR-003")
        if name == "P":
            seen -= _BELOW_PATIENT
        if (name in _BELOW_PATIENT and "P" not in seen) or (name == "OBX" and "OBR" not in seen):
            yield because("HPR-007", name)
        if name == "H" and "H" in seen:
            yield because("HPR-003", name)
        seen.add(name)
    context = message.segments[0].field(6).split(message.separators.component)[0].strip()
    if context in _OF_PATIENTS and "P" not in names:
        yield because("HPR-007", "P")


def _rank_reasons(message: Message) -> Iterator[Reason]:
    """Ranks count from 1 below each segment of the level above: a jump is a line that is lost."""
    counts: dict[str, int] = {}
    for segment in message.segments:
        for name, above in _RANKED.items():
            if segment.name == above:
                counts[name] = 0
        if segment.name in _RANKED:
            counts[segment.name] = counts.get(segment.name, 0) + 1
            rank = segment.field(1).strip()
            if rank.isdecimal() and int(rank[:9]) != counts[segment.name]:
                counts[segment.name] = int(rank[:9])
                yield because("HPR-009", f"{segment.name}-2")


def _trailer_reasons(message: Message) -> Iterator[Reason]:
    """ASTM E1238 L-4 and L-5: how many patients and lines there are, where the sender says it."""
    trailer = message.segments[-1]
    if trailer.name != "L":
        return
    patients = sum(segment.name == "P" for segment in message.segments)
    for number, count in ((3, patients), (4, message.lines)):
        told = trailer.field(number).strip()
        if told.isdecimal() and int(told[:9]) != count:
            yield because("HPR-005", f"L-{number + 1}")


def _date_reasons(segment: Segment, separators: Separators, now: Moment) -> Iterator[Reason]:
    for number in _DATES.get(segment.name, ()):
        where = f"{segment.name}-{number + 1}"
        for value in _values(segment.field(number), separators):
            moment = compact(value)
            if moment is None:
                odd = "GEN-008" if _LONG_DATE.match(value) else "HPR-011"
                yield because(odd, where, shape(value))
            elif moment.day > now.day and segment.name in ("H", "OBX"):
                yield because("GEN-014", where)


def _values(field: str, separators: Separators) -> list[str]:
    repeated = [part.split(separators.component)[0] for part in field.split(separators.repetition)]
    return [value.strip() for value in repeated if value.strip()]


def _patient_reasons(patient: Segment, separators: Separators, now: Moment) -> Iterator[Reason]:
    named = (patient.field(number).strip(separators.component + " ") for number in (2, 3, 5))
    if not any(named):
        yield because("HPR-008", "P")
    for value in _values(patient.field(7), separators):
        born = compact(value)
        if born and (born.day > now.day or int(born.digits[:4]) < EARLIEST_YEAR):
            yield because("GEN-009", "P-8")
    if patient.field(8).strip() not in ("", "M", "F", "U"):
        yield because("HPR-010", "P-9", shape(patient.field(8)))


def _result_reasons(result: Segment, separators: Separators) -> Iterator[Reason]:
    kind, value = result.field(2).strip(), result.field(5)
    if not result.field(3).strip(separators.component + " "):
        yield because("HPR-008", "OBX-4")
    parts = value.split(separators.component)
    if kind == "NM":
        if not all(_NUMBER.fullmatch(each) for each in _values(value, separators)):
            yield because("HPR-015", "OBX-6", shape(value))
    elif kind == "FIC" and any(_POINTER.match(part) for part in parts):
        yield because("HPR-016", "OBX-6")
    elif any(part.strip().lower() == "base64" for part in parts):
        declared = "application/pdf" if "PDF" in map(str.upper, parts) else ""
        yield from payload_reasons(decode_base64(parts[-1]), "OBX-6", declared)
