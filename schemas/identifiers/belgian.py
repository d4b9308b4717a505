"""Identifiers of people, professionals and medicines in Belgium."""

from calendar import monthrange

from schemas.identifiers.checks import Check, is_digits, luhn

_MARKS = str.maketrans("", "", " .-")


def niss(value: str) -> Check:
    """Check a national or BIS number of 11 digits: 97 less the first nine modulo 97.

    Who was born from 2000 on has a 2 before the nine. In a BIS number 20 (sex not known) or 40 is
    added to the month. Month and day are 00 when the birth is not known; zeros alone are nobody.
    """
    text = value.translate(_MARKS)
    if not is_digits(text, 11):
        return Check.MALFORMED
    if not text[:9].strip("0"):
        return Check.IMPOSSIBLE
    body, key = int(text[:9]), int(text[9:])
    centuries = [
        first
        for first, added in ((1900, 0), (2000, 2_000_000_000))
        if 97 - (body + added) % 97 == key
    ]
    if not centuries:
        return Check.WRONG_KEY
    possible = any(_is_birth(century, text) for century in centuries)
    return Check.VALID if possible and text[6:9] not in ("000", "999") else Check.IMPOSSIBLE


def _is_birth(century: int, text: str) -> bool:
    year, month, day = century + int(text[:2]), int(text[2:4]) % 20, int(text[4:6])
    if int(text[2:4]) >= 60 or month > 12:
        return False
    if month == 0:
        return True  # not known; the days then count on, beyond what a month has
    return day <= monthrange(year, month)[1]


def riziv(value: str) -> Check:
    """Check a RIZIV/INAMI number of 11: digits 7 and 8 by 97, or by 89 since 2013 and 2019."""
    text = value.translate(_MARKS)
    if not is_digits(text, 11):
        return Check.MALFORMED
    body, key = int(text[:6]), int(text[6:8])
    if not body:
        return Check.IMPOSSIBLE
    return Check.VALID if key in (97 - body % 97, 89 - body % 89) else Check.WRONG_KEY


def cnk(value: str) -> Check:
    """Check a CNK of 7 digits by Luhn: found by trial over real codes, in no official text."""
    if not is_digits(value, 7):
        return Check.MALFORMED
    if not value.strip("0"):
        return Check.IMPOSSIBLE
    return Check.VALID if luhn(value) else Check.UNPROVEN
