"""Active content of drawings of Windows: a procedure of their own, and bytes for a printer."""

import struct
from collections.abc import Iterator

from custody.finding import Finding
from formats.metafiles import (
    ABORT_PROCEDURE,
    DRAWING_ESCAPES,
    EMF_ESCAPES,
    EMF_FOREIGN,
    WMF_ESCAPE,
    emf_records,
    is_emf,
    wmf_records,
)
from sanitizers.active.observation import active, prohibited
from sanitizers.interface import Opened


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in a drawing; the procedure of a file is one for an attack only.

    Raises:
        FormatError: its records cannot be followed.
    """
    content = opened.content
    if is_emf(content):
        numbers = {record.number for record in emf_records(content)}
        if numbers & (EMF_ESCAPES | EMF_FOREIGN):
            yield active("metafile-printer-data")
        return
    escapes = {
        struct.unpack_from("<H", content, record.start)[0]
        for record in wmf_records(content)
        if record.number == WMF_ESCAPE and record.end - record.start >= 2
    }
    if ABORT_PROCEDURE in escapes:
        yield prohibited("metafile-procedure")
    if escapes - DRAWING_ESCAPES - {ABORT_PROCEDURE}:
        yield active("metafile-printer-data")
