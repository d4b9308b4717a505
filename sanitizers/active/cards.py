"""Active content of calendars and visiting cards (RFC 5545, RFC 6350): files and programs in them.

A property may carry a whole file as base64, which is taken out and inspected on its own. An alarm
may start a program (RFC 2445 4.8.6.1).
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active import records
from sanitizers.active.observation import active, embedded
from sanitizers.interface import Opened

_FOLDED = re.compile(rb"\r?\n[ \t]")
_PROGRAM = re.compile(rb"^action[^:\r\n]{0,80}:[ \t]*procedure", re.IGNORECASE | re.MULTILINE)
_CARRIED = re.compile(
    rb"^[^\r\n:]{0,400};[ \t]*encoding=\"?(?:b|base64)\"?[^\r\n:]{0,400}:"
    rb"|[:\"']data:[^,\r\n]{0,400};base64,",
    re.IGNORECASE | re.MULTILINE,
)


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active, and the first file that a property carries."""
    content = _FOLDED.sub(b"", opened.content.replace(b"\x00", b""))
    if _PROGRAM.search(content):
        yield active("calendar-program")
    found = _CARRIED.search(content)
    if found is not None:
        yield embedded(opened.media_type, where=f"offset {found.start()}")
    else:
        yield from records.look(opened)
