"""Codes of French medicines: CIP7, CIP13, UCD13."""

from schemas.identifiers.checks import Check, ean13, is_digits


def cip13(value: str) -> Check:
    """Check a CIP13: 34009, the seven digits of the CIP7, a GS1 key."""
    return _gs1(value, "34009")


def ucd13(value: str) -> Check:
    """Check a UCD13: 34008 (seen on published codes), seven digits, a GS1 key."""
    return _gs1(value, "34008")


def cip7(value: str) -> Check:
    """Check the shape of a CIP7: its own key does not fit the codes of the 300 series."""
    if not is_digits(value, 7):
        return Check.MALFORMED
    return Check.VALID if value.strip("0") else Check.IMPOSSIBLE


def _gs1(value: str, prefix: str) -> Check:
    if not is_digits(value, 13) or not value.startswith(prefix):
        return Check.MALFORMED
    return Check.VALID if ean13(value) else Check.WRONG_KEY
