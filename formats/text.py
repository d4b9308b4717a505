"""Text or not: encodings with and without a byte order mark, and control characters.

A view of the text in UTF-8 is what the feature tests look at, so that UTF-16 hides nothing.
"""

from dataclasses import dataclass

# What belongs into texts: tab, line ends, form feed, HL7's block marks, DOS end of file, escape.
_CONTROL = bytes([*range(9), *range(0x0E, 0x1A), *range(0x1D, 0x20), 0x7F])
_ALLOWED_CONTROL_SHARE = 0.001
_HIGH_SHARE_OF_LATIN = 0.25
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
    """Return the content as text; None when it is not text in an encoding that we know."""
    if content.isascii():
        return Text(encoding="us-ascii", view=content) if _is_clean(content) else None
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content, encoding)
    if b"\x00" in content[:_LOOK]:
        return _sixteen_bits(content)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _latin(content)
    return Text(encoding="utf-8", view=content) if _is_clean(content) else None


def _is_clean(view: bytes) -> bool:
    if b"\x00" in view:
        return _is_padded(view)
    return _controls(view) <= len(view) * _ALLOWED_CONTROL_SHARE


def _controls(view: bytes) -> int:
    return len(view) - len(view.translate(None, _CONTROL))


def _is_padded(view: bytes) -> bool:
    """Refuse NUL in texts: a run of them at the end is damage, and the integrity scanner's word."""
    stripped = view.rstrip(b"\x00")
    return bool(stripped) and b"\x00" not in stripped and _is_clean(stripped)


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
    """Accept one-byte Western text: no control character at all, and mostly ASCII."""
    if b"\x00" in content:
        stripped = content.rstrip(b"\x00")
        if b"\x00" in stripped:
            return None
        return _latin(stripped) if stripped else None
    high = len(content) - len(content.translate(None, _HIGH))
    if high > len(content) * _HIGH_SHARE_OF_LATIN or _controls(content):
        return None
    return Text(encoding="windows-1252", view=content.decode("cp1252", "replace").encode())
