"""The frame of one message: its header, its segments, and what its profile needs."""

from collections.abc import Iterator
from itertools import pairwise

from formats.er7 import Message, Segment
from schemas.hl7v2.profiles import FRENCH_FIELDS, PROFILED_VERSIONS, Place, Profile, profile_of
from schemas.hl7v2.tables import FRENCH_SEGMENTS, STANDARD_SEGMENTS
from schemas.interface import Reason
from schemas.reasons.table import because

_VERSIONS = PROFILED_VERSIONS | {
    "2.1",
    "2.2",
    "2.6",
    "2.7",
    "2.7.1",
    "2.8",
    "2.8.1",
    "2.8.2",
    "2.9",
}
_KNOWN = STANDARD_SEGMENTS | FRENCH_SEGMENTS
_HEADER_FIELDS = (9, 10, 12)
NULL = '""'  # §2.5.3: a value to be deleted


def structure_reasons(message: Message) -> Iterator[Reason]:
    """Yield what is wrong with a message's header and structure."""
    header = message.segments[0]
    yield from _header_reasons(header, message.separators.component)
    yield from _segment_reasons(message)
    kind, event = kind_of(message)
    if not kind:
        return
    profile = profile_of(kind, event)
    if profile is None:
        yield because("HL7-022", "MSH-9")
        return
    yield from _profile_reasons(message, profile)
    if any(segment.name == "ZBE" for segment in message.segments):
        yield from _field_reasons(message, FRENCH_FIELDS, "HL7-028")


def kind_of(message: Message) -> tuple[str, str]:
    """Return message kind and trigger event (MSH-9.1, MSH-9.2)."""
    parts = message.segments[0].field(9).split(message.separators.component)
    return parts[0], parts[1] if len(parts) > 1 else ""


def _header_reasons(header: Segment, component: str) -> Iterator[Reason]:
    for number in _HEADER_FIELDS:
        if header.field(number).strip() in ("", NULL):
            yield because("HL7-006", f"MSH-{number}")
    mode = header.field(11).split(component)[0]
    if mode in ("T", "D"):
        yield because("HL7-024", "MSH-11")
    elif mode != "P":
        yield because("HL7-006", "MSH-11")
    version = header.field(12).split(component)[0]
    if version and version not in _VERSIONS:
        yield because("HL7-025", "MSH-12")
    elif version and version not in PROFILED_VERSIONS:
        yield because("HL7-023", "MSH-12")


def _segment_reasons(message: Message) -> Iterator[Reason]:
    for segment in message.segments:
        name = segment.name
        if name in _KNOWN:
            continue
        if len(name) == 3 and name[0] == "Z" and name.isascii() and name.isalnum():
            yield because("HL7-021", "Z segment")
        else:
            yield because("HL7-003")


def _profile_reasons(message: Message, profile: Profile) -> Iterator[Reason]:
    names = [segment.name for segment in message.segments]
    for needed in profile.needs:
        if needed not in names:
            # EVN only repeats MSH-9 and adds times: old senders leave it out.
            yield because("HL7-028" if needed == "EVN" else "HL7-010", needed)
    for name in profile.once:
        if names.count(name) > 1:
            yield because("HL7-009" if name == "PID" else "HL7-027", name)
    # Two patients side by side, without anything that belongs to the first one.
    if "PID" not in profile.once and ("PID", "PID") in pairwise(names):
        yield because("HL7-009", "PID")
    places = [names.index(needed) for needed in profile.needs if needed in names]
    if places != sorted(places):
        yield because("HL7-027")
    yield from _field_reasons(message, profile.fields, "HL7-011")
    yield from _field_reasons(message, profile.usual, "HL7-028")


def _field_reasons(message: Message, places: tuple[Place, ...], code: str) -> Iterator[Reason]:
    for name, number in places:
        for segment in message.segments:
            if segment.name == name and segment.field(number).strip() in ("", NULL):
                yield because(code, f"{name}-{number}")
                break
