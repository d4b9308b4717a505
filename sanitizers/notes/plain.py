"""Any text as plain lower-case words without accents, so that one list of features fits all.

Notes come as UTF-16, as web pages and as RTF; entities, tags and escapes would hide their words.
"""

import html
import re
import unicodedata

_MOST = 32_768
_TAGS = re.compile(r"<(?:style|script)\b.*?</(?:style|script)>|<[^<>]{0,400}>", re.DOTALL)
_SPACES = re.compile(r"\s+")
_RTF_HEX = re.compile(rb"\\'([0-9a-fA-F]{2})")
_RTF_UNICODE = re.compile(rb"\\u(-?\d{1,6}) ?\??")
_RTF_WORD = re.compile(rb"\\(?:[a-z]{1,32}-?\d{0,10} ?|\*|[\r\n])|[{}\r\n]")
_UNSEEN = dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0xAD])
_ONE_SIGN = {0x2019: "'", 0x2018: "'", 0xA0: " ", 0x202F: " "}


def plain_words(view: bytes) -> str:
    """Return the words of a text in UTF-8, of a web page too."""
    text = view[:_MOST].decode("utf-8", "replace")
    if "<" in text:
        text = _TAGS.sub(" ", text)
    if "&" in text:
        text = html.unescape(text)
    return _folded(text)


def plain_words_of_rtf(content: bytes) -> str:
    """Return the words of an RTF document: escapes undone, control words dropped."""
    text = _RTF_UNICODE.sub(lambda found: _sign(int(found.group(1))), content[:_MOST])
    text = _RTF_HEX.sub(lambda found: bytes([int(found.group(1), 16)]), text)
    return _folded(_RTF_WORD.sub(b" ", text).decode("cp1252", "replace"))


def _sign(number: int) -> bytes:
    return chr(number % 0x10000).encode("cp1252", "replace")


def _folded(text: str) -> str:
    plain = text.translate(_ONE_SIGN).translate(_UNSEEN).lower()
    if not plain.isascii():
        parts = unicodedata.normalize("NFKD", plain)
        plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return _SPACES.sub(" ", plain)
