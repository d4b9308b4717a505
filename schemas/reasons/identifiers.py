"""Reasons about identifiers and codes: shape, check digits, impossible parts."""

from schemas.reasons.kinds import broken, habit

KINDS = (
    broken(
        "ID-001",
        "an identifier or code without the shape of its kind",
        "un identifiant ou un code qui n'a pas la forme attendue",
    ),
    broken(
        "ID-002",
        "an identifier or code whose check digits do not fit: a character was changed",
        "un identifiant ou un code dont la clé est fausse : un caractère a été modifié",
    ),
    broken(
        "ID-003",
        "an identifier with an impossible part (a month, a date, only zeros)",
        "un identifiant dont une partie est impossible (un mois, une date, que des zéros)",
    ),
    habit(
        "ID-004",
        "check digits that do not fit, by a rule that no official text confirms",
        "une clé qui ne convient pas, selon une règle qu'aucun texte officiel ne confirme",
    ),
    habit(
        "ID-005",
        "a unit that is usual here and not UCUM",
        "une unité usuelle ici, mais hors UCUM",
    ),
    habit(
        "ID-006",
        "an identifier or code of a known system without the shape of its kind",
        "un identifiant ou un code d'un système connu, sans la forme attendue",
    ),
)
