"""Active content of calendars and visiting cards (RFC 5545, RFC 6350): files and programs in them.

A property may carry a whole file as base64. A picture of a person is one; anything else has to be
taken out and inspected on its own. An alarm may start a program (RFC 2445 4.8.6.1).
"""

import base64
import binascii
import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.signatures import candidates
from sanitizers.active import records
from sanitizers.active.observation import active, unverifiable
from sanitizers.interface import Opened

_FOLDED = re.compile(rb"\r?\n[ \t]")
_PROGRAM = re.compile(rb"^action[^:\r\n]{0,80}:[ \t]*procedure", re.IGNORECASE | re.MULTILINE)
_CARRIED = re.compile(
    rb"^[^\r\n:]{0,400};[ \t]*encoding=\"?(?:b|base64)\"?[^\r\n:]{0,400}:"
    rb"\s*([A-Za-z0-9+/=\s]{0,400})"
    rb"|:data:[^,\r\n]{0,200};base64,([A-Za-z0-9+/=]{0,400})",
    re.IGNORECASE | re.MULTILINE,
)
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif"})


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active, and the first file that a property carries."""
    content = _FOLDED.sub(b"", opened.content.replace(b"\x00", b""))
    if _PROGRAM.search(content):
        yield active("calendar-program")
    for found in _CARRIED.finditer(content):
        if not _is_picture(found.group(1) or found.group(2) or b""):
            yield unverifiable("embedded-document", where=f"offset {found.start()}")
            return
    yield from records.look(opened)


def _is_picture(written: bytes) -> bool:
    plain = b"".join(written.split())
    try:
        start = base64.b64decode(plain[: len(plain) // 4 * 4])
    except (binascii.Error, ValueError):
        return False
    return any(kind.media_type in _PICTURES for kind in candidates(start))
