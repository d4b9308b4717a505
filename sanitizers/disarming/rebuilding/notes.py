"""The note that stands in a mail where a part of it was left out: equal for equal parts."""

_WHY = {
    "malicious": ("a rule calls it malicious", "une règle le dit malveillant"),
    "suspicious": ("a rule calls it suspicious", "une règle le dit suspect"),
    "damaged": ("it is damaged", "elle est endommagée"),
    "prohibited": ("its type is never let in", "son type n'est jamais admis"),
    "hostile-name": ("its name is one that misleads", "son nom est trompeur"),
    "active": ("it carries active content", "elle porte du contenu actif"),
}
_UNKNOWN = ("it could not be judged", "elle n'a pas pu être jugée")


def note_of(verdict: str, digest: str) -> bytes:
    """Return the text of the note, in English and French; SHA-256 names what stood there."""
    english, french = _WHY.get(verdict, _UNKNOWN)
    return (
        f"A part of this message was left out: {english}. The message as it was is kept.\n"
        f"Une partie de ce message a été retirée : {french}. Le message d'origine est conservé.\n"
        f"SHA-256: {digest}\n"
    ).encode()
