"""The fonts that every reader of PDF has (ISO 32000-1 §9.6.2.2), and how wide their letters are.

Widths are in thousandths of the size, as in Adobe's metrics. Nothing is embedded, so the file is
small and has no foreign part; letters outside of Windows-1252 are shown by their number.
"""

import unicodedata
from enum import Enum, unique
from functools import lru_cache

ENCODING = "cp1252"
MONO_WIDTH = 600
FIRST = 0x20
SANS_WIDTHS = (
    *(278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556),
    *(1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556),
    *(333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556),
    *(556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584),
)
BOLD_WIDTHS = (
    *(278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278),
    *(556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611),
    *(975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778),
    *(667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556),
    *(333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611),
    *(611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584),
)
# What no letter of ASCII stands for; of two fonts the wider one.
OTHER_WIDTHS = {
    "\N{RIGHT SINGLE QUOTATION MARK}": 278,
    "\N{EN DASH}": 556,
    "«": 556,
    "»": 556,
    "°": 400,
    "·": 278,
    "€": 556,
}
WIDEST = 1000


@unique
class Font(Enum):
    """A font by its name in the file."""

    SANS = "Helvetica"
    BOLD = "Helvetica-Bold"
    MONO = "Courier"


def shown(text: str) -> str:
    """Return a text with what the fonts do not have, or nobody can see, as backslash and number."""
    return "".join(map(_shown, text))


@lru_cache(maxsize=4096)
def _shown(letter: str) -> str:
    if letter.isprintable() and letter.encode(ENCODING, "ignore"):
        return letter
    return letter.encode("ascii", "backslashreplace").decode() if not letter.isascii() else "?"


def width(text: str, font: Font, size: float) -> float:
    """Return how wide a shown text is, in points."""
    return sum(_width(letter, font) for letter in text) * size / 1000


@lru_cache(maxsize=4096)
def _width(letter: str, font: Font) -> int:
    if font is Font.MONO:
        return MONO_WIDTH
    base = ord(unicodedata.normalize("NFD", letter)[0]) - FIRST
    widths = BOLD_WIDTHS if font is Font.BOLD else SANS_WIDTHS
    return widths[base] if 0 <= base < len(widths) else OTHER_WIDTHS.get(letter, WIDEST)
