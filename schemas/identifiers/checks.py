"""What can be said of an identifier, and the check-digit algorithms that several of them share."""

from enum import Enum, unique


@unique
class Check(Enum):
    """What an identifier's function says; anything but valid is against it.

    `UNPROVEN` is a wrong check digit by a rule that no official text confirms; `USUAL` is a local
    habit that is no member of the code system, and not an error.
    """

    VALID = "valid"
    MALFORMED = "malformed"
    WRONG_KEY = "wrong check digits"
    IMPOSSIBLE = "impossible"
    UNPROVEN = "check digits in doubt"
    USUAL = "usual, outside of the code system"


_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)
# Verhoeff's tables: multiplication in the dihedral group D5, and its permutation.
_MULTIPLIED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 2, 3, 4, 0, 6, 7, 8, 9, 5),
    (2, 3, 4, 0, 1, 7, 8, 9, 5, 6),
    (3, 4, 0, 1, 2, 8, 9, 5, 6, 7),
    (4, 0, 1, 2, 3, 9, 5, 6, 7, 8),
    (5, 9, 8, 7, 6, 0, 4, 3, 2, 1),
    (6, 5, 9, 8, 7, 1, 0, 4, 3, 2),
    (7, 6, 5, 9, 8, 2, 1, 0, 4, 3),
    (8, 7, 6, 5, 9, 3, 2, 1, 0, 4),
    (9, 8, 7, 6, 5, 4, 3, 2, 1, 0),
)
_PERMUTED = (
    (0, 1, 2, 3, 4, 5, 6, 7, 8, 9),
    (1, 5, 7, 6, 2, 8, 3, 0, 9, 4),
    (5, 8, 0, 3, 7, 9, 6, 1, 4, 2),
    (8, 9, 1, 6, 0, 4, 3, 5, 2, 7),
    (9, 4, 5, 3, 1, 2, 6, 8, 7, 0),
    (4, 2, 8, 6, 5, 7, 3, 9, 0, 1),
    (2, 7, 9, 3, 8, 0, 6, 4, 1, 5),
    (7, 0, 4, 6, 9, 1, 3, 2, 5, 8),
)


def is_digits(value: str, length: int) -> bool:
    """Whether a value is so many ASCII digits; `str.isdigit` takes many others too."""
    return len(value) == length and value.isascii() and value.isdigit()


def luhn(digits: str) -> bool:
    """Whether the last digit is the Luhn key of the others (ISO/IEC 7812-1 annex B)."""
    total = sum(map(int, digits[-1::-2])) + sum(_DOUBLED[int(d)] for d in digits[-2::-2])
    return total % 10 == 0


def verhoeff(digits: str) -> bool:
    """Whether the last digit is the Verhoeff key of the others."""
    check = 0
    for place, digit in enumerate(reversed(digits)):
        check = _MULTIPLIED[check][_PERMUTED[place % 8][int(digit)]]
    return check == 0


def ean13(digits: str) -> bool:
    """Whether the last of thirteen digits is their GS1 key."""
    total = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return total % 10 == 0


def iso7064_mod97(text: str) -> bool:
    """Whether letters (A = 10) and digits leave 1 modulo 97 (ISO/IEC 7064, IBAN)."""
    return int("".join(str(int(character, 36)) for character in text)) % 97 == 1
