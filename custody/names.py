"""Names from hostile disks: exact bytes, escaped wherever a person sees them.

A name may hold newlines, terminal escapes, right-to-left overrides or bytes that are no UTF-8.
`escape` is for eyes, and `unescape` takes what a person copied; base64 is for machines.
"""

import base64
import re
import sys
import unicodedata

HIDDEN_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# Letters, marks and symbols that draw nothing: joiners, fillers, variation selectors (Unicode's
# Default_Ignorable_Code_Point beyond the categories above) and the blank Braille pattern.
BLANK_RANGES = (
    (0x034F, 0x034F),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x2800, 0x2800),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFFA0, 0xFFA0),
    (0xE0100, 0xE01EF),
)


def escape(untrusted_name: bytes) -> str:
    r"""Return a name as printable text.

    `\xNN` stands for a byte that is no UTF-8, `\uNNNN` for a hidden character.

    Hidden are control, format (bidirectional overrides, zero width), surrogate, private,
    unassigned and blank characters and every space but the plain one. A backslash is doubled, so
    two different names never give the same text (they may still be drawn alike: homoglyphs).
    """
    name = untrusted_name.decode("utf-8", "surrogateescape")
    if name.isascii() and name.isprintable() and "\\" not in name:  # nearly every name
        return name
    return "".join(map(_escape_character, name))


_ESCAPED = re.compile(
    r"\\(?:\\|x(?P<byte>[0-9a-f]{2})|u(?P<short>[0-9a-f]{4})|U(?P<long>[0-9a-f]{8}))|\\"
)


def unescape(shown: str) -> bytes:
    """Return the exact bytes of a name from what `escape` showed of it.

    Raises:
        ValueError: `escape` never shows this.
    """
    name = _ESCAPED.sub(_plain_character, shown).encode("utf-8", "surrogateescape")
    if escape(name) != shown:
        raise ValueError("this is no escaped name")
    return name


def _plain_character(found: re.Match[str]) -> str:
    if byte := found["byte"]:
        return chr(0xDC00 + int(byte, 16))
    code = int(found["short"] or found["long"] or "5c", 16)
    if code > sys.maxunicode:
        raise ValueError("this is no escaped name")
    return chr(code)


def _escape_character(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return f"\\x{code - 0xDC00:02x}"
    if character == "\\":
        return "\\\\"
    if _is_hidden(character):
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
    return character


def _is_hidden(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    category = unicodedata.category(character)
    if category in HIDDEN_CATEGORIES or category == "Zs":
        return True
    return any(first <= ord(character) <= last for first, last in BLANK_RANGES)


def to_base64(name: bytes) -> str:
    """Return the exact bytes of a name as base64 text, for JSON."""
    return base64.b64encode(name).decode("ascii")


def from_base64(text: str) -> bytes:
    """Return the bytes of a name from its base64 text.

    Raises:
        ValueError: the text is not base64.
    """
    return base64.b64decode(text, validate=True)


def parent(path: bytes) -> bytes:
    """Return the directory part of a relative path; empty for the root itself."""
    return path.rpartition(b"/")[0]


def extension(path: bytes) -> str:
    """Return the lower-case extension of a path's last part, without its dot; empty if none."""
    stem, dot, last = path.rpartition(b"/")[2].rpartition(b".")
    return last.decode("utf-8", "replace").lower() if dot and stem else ""
