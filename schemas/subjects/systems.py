"""One form for identifiers of patients: the system that gave one, and its value.

The same number comes with and without its key, with spaces, under an OID, a URL or a local name.
Only what a hospital, a country or a device wrote there is put into one form; nothing is checked.
"""

import re
from functools import lru_cache

LONGEST_SYSTEM = 200
LONGEST_VALUE = 100
# INS of the ANS: NIR, NIA, and both for tests. A NIR is 13 characters and a key that follows.
INS = "urn:oid:1.2.250.1.213.1.4.8"
_INS_SYSTEMS = frozenset(f"urn:oid:1.2.250.1.213.1.4.{n}" for n in (8, 9, 10, 11))
_NIR_LENGTH, _NIR_WITH_KEY = 13, 15
NISS = "niss"
_OID = re.compile(r"[0-2](?:\.(?:0|[1-9]\d{0,20})){2,30}")
_ALIASES = {
    "ins": INS,
    "nir": INS,
    "ins-nir": INS,
    "inss": NISS,
    "ssin": NISS,
    "https://www.ehealth.fgov.be/standards/fhir/core/namingsystem/ssin": NISS,
    "https://www.ehealth.fgov.be/standards/fhir/namingsystem/ssin": NISS,
}


@lru_cache(maxsize=1024)
def system_of(untrusted_system: str) -> str:
    """Return the name of a system in one form; an OID is a URN, a local name is in small letters.

    What is too long, or cannot be printed, is no name of a system: it is told as `other`.
    """
    name = untrusted_system.strip().lower()
    if not name or len(name) > LONGEST_SYSTEM or not name.isprintable():
        return "other"
    if _OID.fullmatch(name):
        name = f"urn:oid:{name}"
    return _ALIASES.get(name, name)


def value_of(system: str, untrusted_value: str) -> str:
    """Return a value in one form, empty when it is none: blank, too long, or not printable."""
    value = "".join(untrusted_value.split()).upper()
    if not value or len(value) > LONGEST_VALUE or not value.isprintable():
        return ""
    if system == NISS:
        return "".join(c for c in value if c.isdigit()) or value
    if system in _INS_SYSTEMS and len(value) == _NIR_WITH_KEY:
        return value[:_NIR_LENGTH]
    return value


def values_meant(text: str, system: str = "") -> tuple[str, ...]:
    """Return the forms in which the index may hold what a person typed, the likeliest first."""
    if system:
        found = [value_of(system_of(system), text)]
    else:
        found = [value_of(each, text) for each in ("other", INS, NISS)]
    return tuple(dict.fromkeys(value for value in found if value))
