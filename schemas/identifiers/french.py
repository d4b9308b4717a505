"""Identifiers of people, professionals and places in France."""

import re

from schemas.identifiers.checks import Check, is_digits, iso7064_mod97, luhn

_NIR = re.compile(r"[1-478]\d{4}(?:\d\d|2[AB])\d{6}\d\d", re.ASCII)
# INSEE: 01 to 12, and the pseudo-months of people whose month of birth is not known.
_MONTHS = frozenset({*range(1, 13), 13, *range(20, 43), *range(50, 100)})
_CORSICA = str.maketrans("AB", "12")


def nir(value: str) -> Check:
    """Check a NIR or INS of 15 characters: 97 less the first 13 modulo 97 (INSEE, annex of 1991).

    Corsica's 2A and 2B count as 19 and 18. A body of zeros has a key that fits, and is nobody.
    """
    text = value.replace(" ", "")
    if not _NIR.fullmatch(text):
        zeros = is_digits(text, 15) and not text[:13].strip("0")
        return Check.IMPOSSIBLE if zeros else Check.MALFORMED
    body = text[:13].replace("2A", "19").replace("2B", "18")
    if not body.isdigit():
        return Check.MALFORMED
    if 97 - int(body) % 97 != int(text[13:]):
        return Check.WRONG_KEY
    department, order = text[5:7], text[10:13]
    if int(text[3:5]) not in _MONTHS or department == "00" or order == "000":
        return Check.IMPOSSIBLE
    return Check.VALID


def nir_born_in(value: str) -> tuple[int, int] | None:
    """Return year of the century and month that a NIR tells; None when it tells no month."""
    text = value.replace(" ", "")
    if nir(text) is not Check.VALID or not 1 <= int(text[3:5]) <= 12:
        return None
    return int(text[1:3]), int(text[3:5])


def finess(value: str) -> Check:
    """Check a FINESS number of 9: Luhn, with Corsica's A and B as 1 and 2.

    The rule fits every number that we know of; no official text states it.
    """
    if not re.fullmatch(r"\d{2}\d{7}|2[AB]\d{7}", value, re.ASCII):
        return Check.MALFORMED
    if not value.strip("0"):
        return Check.IMPOSSIBLE
    return Check.VALID if luhn(value.translate(_CORSICA)) else Check.UNPROVEN


def rpps(value: str) -> Check:
    """Check an RPPS number of 11 digits, the last one a Luhn key (ANS)."""
    if not is_digits(value, 11):
        return Check.MALFORMED
    if not value.strip("0"):
        return Check.IMPOSSIBLE
    return Check.VALID if luhn(value) else Check.WRONG_KEY


def adeli(value: str) -> Check:
    """Check an ADELI number of 9: department, profession, order; its key is no longer published."""
    if not re.fullmatch(r"(?:\d\d|2[AB]|9[A-F])\d{7}", value, re.ASCII):
        return Check.MALFORMED
    return Check.VALID if value.strip("0") else Check.IMPOSSIBLE


def siren(value: str) -> Check:
    """Check a SIREN number of 9 digits by Luhn."""
    return _luhn_of(value, 9)


def siret(value: str) -> Check:
    """Check a SIRET number of 14 digits by Luhn; La Poste's add up to a multiple of five."""
    found = _luhn_of(value, 14)
    if found is Check.WRONG_KEY and value.startswith("356000000"):
        return Check.VALID if sum(map(int, value)) % 5 == 0 else found
    return found


def iban(value: str) -> Check:
    """Check an IBAN: country, two check digits, up to 30 characters, 1 modulo 97."""
    text = value.replace(" ", "")
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", text, re.ASCII):
        return Check.MALFORMED
    return Check.VALID if iso7064_mod97(text[4:] + text[:4]) else Check.WRONG_KEY


def _luhn_of(value: str, length: int) -> Check:
    if not is_digits(value, length):
        return Check.MALFORMED
    if not value.strip("0"):
        return Check.IMPOSSIBLE
    return Check.VALID if luhn(value) else Check.WRONG_KEY
