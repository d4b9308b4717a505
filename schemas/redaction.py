"""The shape of a value, in place of the value: what a report may show of a patient's record."""

LONGEST = 24
_SHOWN = frozenset(" .,;:+-*/=@'()[]{}<>|^~&#%_!?\"$\\")


def shape(value: str) -> str:
    """Return "A" for each capital, "a" for other letters, "9" for digits; "·" for what is odd."""
    shown = "".join(map(_shape_of, value[:LONGEST]))
    return shown if len(value) <= LONGEST else f"{shown}… ({len(value)} characters)"


def _shape_of(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isalpha():
        return "A" if character.isupper() else "a"
    return character if character in _SHOWN else "·"
