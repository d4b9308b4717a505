"""What text may not hold, whatever its format: controls, reversals, lost and doubled encodings.

G03 and G04: a control character is damage, a bidirectional override an attack on the eye. What is
copied from web pages brings invisible characters along; U+FFFD and letters that were encoded twice
are old conversions. Both are usual, and told.
"""

import re

from schemas.interface import Reason
from schemas.reasons.table import because

# Tab and line ends are a format's matter; where they cannot stand, its own rules say so.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x9f\ud800-\udfff\ufffe\uffff]")
_REVERSING = re.compile(r"[\u202a-\u202e\u2066-\u2069]")
_HIDDEN = re.compile(r"[\u200b\u200e\u200f\u2060-\u2064\ufeff]")
_DOUBLED = re.compile("Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|â\u20ac[\u0090-\u2122]")
_ODD = re.compile(
    r"[^\t\n\r\x20-\x7e\u00a0-\u00c1\u00c4-\u00e1\u00e3-\u200a\u2010-\u2027\u202f-\u205f"
    r"\u2070-\ud7ff\ue000-\ufefe\uff00-\ufffc\U00010000-\U0010ffff]"
)


def has_odd(text: str) -> bool:
    """Whether a text holds a character that a reason may be given for."""
    return _ODD.search(text) is not None


def text_reasons(text: str, where: str = "") -> tuple[Reason, ...]:
    """Return what is wrong with a text in every format; most texts need one look."""
    if text.isascii() and text.isprintable():
        return ()
    if not has_odd(text):
        return ()
    found = []
    if _CONTROL.search(text):
        found.append(because("GEN-004", where))
    if _REVERSING.search(text):
        found.append(because("GEN-005", where))
    if _HIDDEN.search(text):
        found.append(because("GEN-023", where))
    if "\ufffd" in text:
        found.append(because("GEN-006", where))
    if _DOUBLED.search(text):
        found.append(because("GEN-007", where))
    return tuple(found)
