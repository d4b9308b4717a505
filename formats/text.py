"""Text or not: encodings with and without a byte order mark, and control characters.

A view of the text in UTF-8 is what the feature tests look at, so that UTF-16 hides nothing.
"""

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
_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_LOOK = 4096


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
        return _sixteen_bits(content)
    if not plain:
        return None
    if plain.isascii():
        return Text(encoding="us-ascii", view=plain) if _is_clean(plain) else None
    try:
        plain.decode("utf-8")
    except UnicodeDecodeError:
        return _latin(plain)
    return Text(encoding="utf-8", view=plain) if _is_clean(plain) else None


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


def _sixteen_bits(content: bytes) -> Text | None:
    """Find UTF-16 without a mark: most of the zero bytes stand on one side of each pair."""
    if len(content) % 2:
        return None
    head = content[:_LOOK]
    left, right = head[0::2].count(0), head[1::2].count(0)
    pairs = len(head) // 2
    if right > pairs * 0.3 and left * 10 <= right:
        return _decoded(content, "utf-16-le")
    if left > pairs * 0.3 and right * 10 <= left:
        return _decoded(content, "utf-16-be")
    return None


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
        if len(content) < _LEAST_OF_OTHER_SCRIPTS or breaks < len(content) * _LEAST_BREAKS:
            return None
        encoding = "unknown-8bit"
    return Text(encoding=encoding, view=content.decode("cp1252", "replace").encode())
