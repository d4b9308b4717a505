"""Which names people take for one another when they read a certificate, and which letters name."""

import re
import unicodedata

# Latin as French, Dutch, German and their neighbours write it: no Cyrillic or Greek letter that
# looks like one of these, no phonetic letter, nothing that combines, joins or changes direction.
_LETTERS = "".join(filter(str.isalpha, map(chr, range(0xC0, 0x180))))
_NAME = re.compile(f"[A-Za-z0-9{_LETTERS}][A-Za-z0-9{_LETTERS}._@'-]*")
_LATIN = re.compile(r"LATIN (?:SMALL|CAPITAL) (?:LETTER|LIGATURE) (\w{1,2})(?: WITH .+)?")
# What looks like another letter in some font (UTS 39, confusables); `m` is what `rn` looks like.
_ALIKE = str.maketrans(
    {"0": "o", "1": "l", "i": "l", "|": "l", "\u0131": "l", "\u00f0": "d", "\u0138": "k", "m": "rn"}
)


def can_name(name: str) -> bool:
    """Whether a name has nothing but Latin letters, digits and `. _ @ ' -`, the first no sign."""
    return _NAME.fullmatch(name) is not None


def reads_as(name: str) -> str:
    """Return what is the same for names that people take for one another.

    Case, width, accents and strokes make no difference, and neither do letters and digits that look
    alike (Unicode 3.13, UAX 15, UTS 39 section 4). It is stricter than fonts are: that costs
    somebody another login name, and the other way round would cost a second person.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())
    return "".join(map(_base, folded)).translate(_ALIKE)


def _base(letter: str) -> str:
    found = _LATIN.fullmatch(unicodedata.name(letter, ""))
    return found[1].lower() if found else letter
