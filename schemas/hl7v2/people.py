"""The identifiers of people in a message, checked by the authority that assigned them (CX, XCN)."""

from collections.abc import Iterator, Mapping

from formats.er7 import Segment, Separators
from schemas.identifiers.registry import fault_of
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.redaction import shape

# ANS: INS (NIR and NIA), RPPS. The namespaces of test and demonstration are not here.
AUTHORITIES: Mapping[str, str] = {
    "1.2.250.1.213.1.4.8": "nir",
    "1.2.250.1.213.1.4.9": "nir",
    "1.2.250.1.71.4.2.1": "rpps",
}
_AUTHORITY = 3  # CX.4 and, behind the name, XCN.9
_AUTHORITY_OF_PEOPLE = 8
_PLACES: Mapping[str, tuple[tuple[int, int], ...]] = {
    "PID": ((3, _AUTHORITY),),
    "PV1": ((7, _AUTHORITY_OF_PEOPLE), (9, _AUTHORITY_OF_PEOPLE), (17, _AUTHORITY_OF_PEOPLE)),
    "OBR": ((16, _AUTHORITY_OF_PEOPLE),),
    "ORC": ((12, _AUTHORITY_OF_PEOPLE),),
    "TXA": ((9, _AUTHORITY_OF_PEOPLE),),
}


def people_reasons(segment: Segment, separators: Separators) -> Iterator[Reason]:
    """Yield what is wrong with identifiers whose authority says how they are checked."""
    for number, place in _PLACES.get(segment.name, ()):
        field = segment.field(number)
        if "1.2.250.1." not in field:
            continue
        for repetition in field.split(separators.repetition or "\x00"):
            parts = repetition.split(separators.component)
            authority = parts[place] if len(parts) > place else ""
            name = _name_of(authority, separators.subcomponent)
            code = fault_of(name, _plain(name, parts[0])) if name and parts[0] else None
            if code is not None:
                flagged = code == "ID-001"
                where = f"{segment.name}-{number}"
                yield because("ID-006" if flagged else code, where, shape(parts[0]))


def _name_of(authority: str, separator: str) -> str | None:
    """Return the check of an authority, which is named by its OID in the second part."""
    parts = authority.split(separator) if separator else [authority]
    return next((AUTHORITIES[part] for part in parts if part in AUTHORITIES), None)


def _plain(name: str, value: str) -> str:
    """Return an RPPS number without the digit of its register, which some systems write first."""
    return value[1:] if name == "rpps" and len(value) == 12 and value[0] == "8" else value
