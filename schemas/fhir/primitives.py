"""Primitive types of FHIR: the JSON type and the form of each (R4 datatypes.html).

The forms are ours: those of the definitions are informative, and one of them (base64Binary) takes
exponential time on a hostile text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from schemas.dates import iso

Json = Any
MOST = 2_147_483_647
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_DATE = re.compile(r"\d{4}(-\d\d(-\d\d)?)?", re.ASCII)
_DATE_TIME = re.compile(
    r"\d{4}(-\d\d(-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d))?)?)?", re.ASCII
)
_FRACTION = re.compile(r"(\.\d{9})\d+")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?", re.ASCII)
_CODE = re.compile(r"[^\s]+( [^\s]+)*")
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_OID = re.compile(r"urn:oid:[0-2](\.(0|[1-9]\d*))+", re.ASCII)
_UUID = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]*", re.ASCII)
_SPACE = re.compile(r"\s")


def _whole(least: int) -> Callable[[Json], bool]:
    def fits(value: Json) -> bool:
        return type(value) is int and least <= value <= MOST

    return fits


def _text(fits: Callable[[str], object]) -> Callable[[Json], bool]:
    def both(value: Json) -> bool:
        return type(value) is str and bool(fits(value))

    return both


def _exists(form: re.Pattern[str]) -> Callable[[str], bool]:
    """The form, and a day and time that there are; a second in 10^9 parts is fine enough."""

    def fits(value: str) -> bool:
        return bool(form.fullmatch(value)) and iso(_FRACTION.sub(r"\1", value)) is not None

    return fits


def _is_uri(value: str) -> bool:
    """Without spaces; an OID or UUID that calls itself one has to be one (R4 datatypes.html#uri).

    A UUID that a reference points at within a Bundle may not be told from other URNs by its case.
    """
    if _SPACE.search(value):
        return False
    if value.startswith("urn:oid:"):
        return bool(_OID.fullmatch(value))
    return not value.startswith("urn:uuid:") or bool(_UUID.fullmatch(value))


FORMS: Mapping[str, Callable[[Json], bool]] = {
    "boolean": lambda value: type(value) is bool,
    "integer": _whole(-MOST - 1),
    "unsignedInt": _whole(0),
    "positiveInt": _whole(1),
    "integer64": _text(re.compile(r"[+-]?\d{1,19}", re.ASCII).fullmatch),
    "decimal": lambda value: type(value) in (int, float),
    "string": _text(str.strip),
    "markdown": _text(str.strip),
    "xhtml": _text(str.strip),
    "base64Binary": _text(_BASE64.fullmatch),
    "code": _text(_CODE.fullmatch),
    "id": _text(_ID.fullmatch),
    "uri": _text(_is_uri),
    "url": _text(_is_uri),
    "canonical": _text(_is_uri),
    "oid": _text(_OID.fullmatch),
    "uuid": _text(_UUID.fullmatch),
    "date": _text(_exists(_DATE)),
    "dateTime": _text(_exists(_DATE_TIME)),
    "instant": _text(_exists(_INSTANT)),
    "time": _text(_TIME.fullmatch),
}
