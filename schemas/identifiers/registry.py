"""The names by which contracts and rules ask for an identifier's check, and what each may say."""

from collections.abc import Callable, Mapping

from schemas.identifiers import belgian, french, medicines, terminologies
from schemas.identifiers.checks import Check
from schemas.identifiers.ucum import ucum

CheckIdentifier = Callable[[str], Check]

IDENTIFIERS: Mapping[str, CheckIdentifier] = {
    "adeli": french.adeli,
    "atc": terminologies.atc,
    "ccam": terminologies.ccam,
    "cim10": terminologies.cim10,
    "cip13": medicines.cip13,
    "cip7": medicines.cip7,
    "cnk": belgian.cnk,
    "finess": french.finess,
    "iban": french.iban,
    "ins": french.nir,
    "loinc": terminologies.loinc,
    "nir": french.nir,
    "niss": belgian.niss,
    "riziv": belgian.riziv,
    "rpps": french.rpps,
    "siren": french.siren,
    "siret": french.siret,
    "snomed": terminologies.snomed,
    "ucd13": medicines.ucd13,
    "ucum": ucum,
}

CODES: Mapping[Check, str] = {
    Check.MALFORMED: "ID-001",
    Check.WRONG_KEY: "ID-002",
    Check.IMPOSSIBLE: "ID-003",
    Check.UNPROVEN: "ID-004",
    Check.USUAL: "ID-005",
}


def fault_of(name: str, value: str) -> str | None:
    """Return the reason code against a value; None only when its check says that it is valid."""
    return CODES.get(IDENTIFIERS[name](value))
