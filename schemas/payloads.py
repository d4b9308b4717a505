"""What an attachment really is: programs and scripts are known by their bytes, not a label."""

import base64
import binascii
import re

from formats.families import Family
from formats.signatures import candidates
from formats.text import read_text
from formats.textual import kind_of_text
from schemas.interface import Reason
from schemas.reasons.table import because

_DANGEROUS = frozenset({Family.PROGRAM, Family.SCRIPT, Family.LAUNCHER})
_PAGES = frozenset({"text/html", "application/xhtml+xml", "image/svg+xml"})
_ACTIVE_PAGE = re.compile(
    rb"<\s*(?:script|iframe|object|embed|base)\b|\bon[a-z]{3,20}\s*=|javascript:", re.IGNORECASE
)
_SPACES = str.maketrans("", "", " \t\r\n")
_HL7_BREAK = "\\.br\\"
# Declared types that say something that can be compared.
_COMPARED = frozenset({"application/pdf", "image/png", "image/jpeg", "image/gif", "image/tiff"})


def decode_base64(text: str) -> bytes | None:
    """Return the bytes of strict base64, line breaks allowed; None when it does not decode.

    HL7 writes a line break as an escape (v2.5.1 ch. 2.7.4), whose letters are none of base64's.
    """
    plain = text.replace(_HL7_BREAK, "").translate(_SPACES)
    try:
        return base64.b64decode(plain, validate=True)
    except (binascii.Error, ValueError):
        return None


def decode_hex(text: str) -> bytes | None:
    """Return the bytes of hexadecimal text; None when it does not decode."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None


def payload_reasons(content: bytes | None, where: str, declared: str = "") -> tuple[Reason, ...]:
    """Return what is wrong with an attachment; `declared` is its media type, if it says one."""
    if content is None:
        return (because("GEN-016", where),)
    kinds = candidates(content)
    if any(kind.family in _DANGEROUS for kind in kinds):
        return (because("GEN-015", where),)
    text = None if kinds else read_text(content)
    if text is not None and _is_dangerous_text(text.view):
        return (because("GEN-015", where),)
    found = {kind.media_type for kind in kinds}
    if declared in _COMPARED and content and declared not in found:
        return (because("GEN-017", where),)
    return ()


def _is_dangerous_text(view: bytes) -> bool:
    kind = kind_of_text(view)
    if kind.family in _DANGEROUS:
        return True
    return kind.media_type in _PAGES and _ACTIVE_PAGE.search(view) is not None
