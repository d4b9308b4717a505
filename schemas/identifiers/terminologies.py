"""Codes of terminologies: LOINC, SNOMED CT, CIM-10, ATC, CCAM."""

import re

from schemas.identifiers.checks import Check, luhn, verhoeff

_LOINC = re.compile(r"\d{1,7}-\d", re.ASCII)
_SNOMED = re.compile(r"[1-9]\d{5,17}", re.ASCII)
_CIM10 = re.compile(r"[A-Z]\d{2}(?:\.?[0-9+][0-9+]{0,3})?", re.ASCII)
_ATC = re.compile(r"[A-DGHJLMNPRSV](?:\d{2}(?:[A-Z](?:[A-Z](?:\d{2})?)?)?)?", re.ASCII)
_CCAM = re.compile(r"[A-Z]{4}\d{3}(?:-?[0-9A-Z]{0,4})?", re.ASCII)
# LOINC Users' Guide, appendix C: deprecated codes that never had a key that fits.
_LOINC_EXCEPTIONS = frozenset(
    "11491-6 11501-6 5895-7 5896-5 5897-3 5928-1 6028-3 6415-5 6580-7 6645-7 6646-5 6647-3 6648-1"
    " 6649-9".split()
)
# Digits 3 and 2 from the right: what the identifier is of, and whether a namespace follows.
_PARTITIONS = frozenset({"00", "01", "02", "10", "11", "12"})


def loinc(value: str) -> Check:
    """Check a LOINC code by Luhn; fourteen deprecated codes are right without it."""
    if not _LOINC.fullmatch(value):
        return Check.MALFORMED
    if value in _LOINC_EXCEPTIONS:
        return Check.VALID
    return Check.VALID if luhn(value.replace("-", "")) else Check.WRONG_KEY


def snomed(value: str) -> Check:
    """Check a SNOMED CT identifier: 6 to 18 digits, a known partition, a Verhoeff key."""
    if not _SNOMED.fullmatch(value):
        return Check.MALFORMED
    if not verhoeff(value):
        return Check.WRONG_KEY
    return Check.VALID if value[-3:-1] in _PARTITIONS else Check.IMPOSSIBLE


def cim10(value: str) -> Check:
    """Check the shape of a CIM-10 code as ATIH writes it: I21.9, I219, F32+20, E11.40."""
    return Check.VALID if _CIM10.fullmatch(value) else Check.MALFORMED


def atc(value: str) -> Check:
    """Check the shape of an ATC code, of any of its five levels."""
    return Check.VALID if _ATC.fullmatch(value) else Check.MALFORMED


def ccam(value: str) -> Check:
    """Check the shape of a CCAM code: four letters, three digits, then phase and activity."""
    return Check.VALID if _CCAM.fullmatch(value) else Check.MALFORMED
