"""Text or not: encodings with and without a byte order mark, and control characters.

A view of the text in UTF-8 is what the feature tests look at, so that UTF-16 hides nothing.
"""

import codecs
import re
from dataclasses import dataclass

# What belongs into texts: tab, line ends, form feed, HL7's block marks, DOS end of file, escape.
_CONTROL = bytes([*range(9), *range(0x0E, 0x1A), *range(0x1D, 0x20), 0x7F])
_ALLOWED_CONTROL_SHARE = 0.001
_HIGH_SHARE_OF_LATIN = 0.25
# Greek, Cyrillic or Chinese is mostly high bytes. Of 64 random bytes seven are controls, and words
# have spaces or line ends between them: both together tell such a text from packed bytes.
_LEAST_OF_OTHER_SCRIPTS = 64
_LEAST_BREAKS = 0.01
_BREAKS = b" \t\r\n"
_HIGH = bytes(range(128, 256))
# Writing of the East has few spaces, and rules for its pairs of bytes that packed bytes break.
_OF_THE_EAST = tuple(
    codecs.lookup(name) for name in ("shift_jis", "euc_jp", "gb18030", "big5", "euc_kr")
)
# Letters, signs and spaces of the scripts in use (Unicode 15), and what stands between words.
_LETTERS = re.compile(
    "[\t\n\r\x0c\x20-\x7e\u00a0-\u036f\u0370-\u058f\u0590-\u06ff\u0900-\u0e7f\u10a0-\u10ff\u1e00-\u206f"
    "\u20a0-\u20bf\u2100-\u214f\u3000-\u30ff\u4e00-\u9fff\uac00-\ud7a3\uff00-\uffef]"
)
_BETWEEN = re.compile("[\t\n\r ,.\u3000-\u3002\uff0c]")
_LEAST_LETTERS = 16
_STRANGE_LETTERS = 0.005
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOK = 4096
# The first byte of a letter that has more than one, and how many bytes the longest one has.
_LEADS, _LONGEST_LETTER = b"\xc2", 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Content that is text: its encoding, and the same text as UTF-8 without a mark."""

    encoding: str
    view: bytes


def read_text(content: bytes) -> Text | None:
    """Return the content as text; None when it is not text in an encoding that we know.

    Zeros behind a text leave it a text: that its last blocks were never written is damage, and
    the integrity scanner's word.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    plain = content.rstrip(b"\x00") if content.endswith(b"\x00") else content
    if b"\x00" in plain[:_LOOK]:
        return _thirty_two_bits(content) or _sixteen_bits(content)
    if not plain:
        return None
    if plain.isascii():
        return Text(encoding="us-ascii", view=plain) if _is_clean(plain) else None
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError:
        return _latin(plain) or _sixteen_bits(content)
    return Text(encoding="utf-8", view=plain) if _is_clean(plain) else None


def stops_in_a_letter(content: bytes) -> bool:
    """Tell whether a text is UTF-8 up to its last letter, of which bytes are missing (RFC 3629 4).

    A text of one byte a letter may end in such a byte; then it has no other letter that is UTF-8.
    """
    start = next((n for n in range(1, _LONGEST_LETTER) if content[-n:][:1] >= _LEADS), 0)
    if not start:
        return False
    lead = content[-start]
    missing = 1 + (lead >= 0xE0) + (lead >= 0xF0) - (start - 1)
    before = content[:-start]
    follows = all(0x80 <= byte < 0xC0 for byte in content[len(before) + 1 :])
    if lead > 0xF4 or missing <= 0 or not follows or before.isascii():
        return False
    try:
        before.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _is_clean(view: bytes) -> bool:
    return b"\x00" not in view and _controls(view) <= len(view) * _ALLOWED_CONTROL_SHARE


def _controls(view: bytes) -> int:
    return len(view) - len(view.translate(None, _CONTROL))


def _decoded(content: bytes, encoding: str) -> Text | None:
    try:
        view = content.decode(encoding).encode("utf-8")
    except UnicodeError:
        return None
    return Text(encoding=encoding, view=view) if _is_clean(view) else None


def _thirty_two_bits(content: bytes) -> Text | None:
    """Find UTF-32 without a mark: all of it decodes, to letters in use and what is between words.

    A table of small numbers decodes too, and holds no words.
    """
    if len(content) % 4:
        return None
    head = content[:_LOOK]
    for encoding, highest in (("utf-32-le", head[3::4]), ("utf-32-be", head[0::4])):
        if not highest.strip(b"\x00") and _is_all_letters(head.decode(encoding, "replace")):
            return _decoded(content, encoding)
    return None


def _sixteen_bits(content: bytes) -> Text | None:
    """Find UTF-16 without a mark: most of the zero bytes stand on one side of each pair.

    Where most letters are not Latin, few bytes are zero: then nearly every pair has to be a letter
    that is in use, and some stand between words. No table of numbers is like that.
    """
    if len(content) % 2:
        return None
    head = content[:_LOOK]
    left, right = head[0::2].count(0), head[1::2].count(0)
    pairs = len(head) // 2
    if right > pairs * 0.3 and left * 10 <= right:
        return _decoded(content, "utf-16-le")
    if left > pairs * 0.3 and right * 10 <= left:
        return _decoded(content, "utf-16-be")
    encodings = ("utf-16-le", "utf-16-be") if right >= left else ("utf-16-be", "utf-16-le")
    for encoding in encodings:
        if _is_all_letters(head.decode(encoding, "replace")):
            return _decoded(content, encoding)
    return None


def _is_all_letters(text: str) -> bool:
    if len(text) < _LEAST_LETTERS:
        return False
    between = len(_BETWEEN.findall(text))
    strange = len(text) - len(_LETTERS.findall(text))
    return between >= len(text) * _LEAST_BREAKS and strange <= len(text) * _STRANGE_LETTERS


def _latin(content: bytes) -> Text | None:
    """Accept text of one or two bytes a letter: no control character at all, and mostly ASCII.

    What is mostly not ASCII needs length and breaks between its words. The view shows such letters
    wrong, and everything that a feature test looks for right, because that is ASCII.
    """
    if _controls(content):
        return None
    high = len(content) - len(content.translate(None, _HIGH))
    encoding = "windows-1252"
    if high > len(content) * _HIGH_SHARE_OF_LATIN:
        breaks = len(content) - len(content.translate(None, _BREAKS))
        if len(content) < _LEAST_OF_OTHER_SCRIPTS:
            return None
        if breaks < len(content) * _LEAST_BREAKS and not _is_of_the_east(content):
            return None
        encoding = "unknown-8bit"
    return Text(encoding=encoding, view=content.decode("cp1252", "replace").encode())


def _is_of_the_east(content: bytes) -> bool:
    """Tell whether content follows the rules of one of the encodings of Japan, China and Korea."""
    for codec in _OF_THE_EAST:
        try:
            codec.decode(content)
        except UnicodeError:
            continue
        return True
    return False
