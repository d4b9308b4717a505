"""Small pictures of first pages, and the summaries that carry them ([MS-OSHARED] 2.3.3.2.1)."""

import struct

from formats.properties import Drawn
from tests.corpus.intact import GREY
from tests.corpus.metafiles import emf, emf_record, wmf, wmf_record

SIDE = 64
PIXELS = bytes(value | 1 for value in GREY[: SIDE * SIDE * 3])
HEADER = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, 0, 0, 0, 0, 0)
BITMAP = HEADER + PIXELS
THUMBNAILS = {
    Drawn.BITMAP: BITMAP,
    Drawn.WMF: bytes(8) + wmf(wmf_record(0x0F43, bytes(22) + BITMAP), placeable=False),
    Drawn.EMF: emf(
        emf_record(
            81, bytes(40) + struct.pack("<4I", 80, 40, 120, len(PIXELS)) + bytes(16) + BITMAP
        )
    ),
}


def summary(drawn: int, picture: bytes, tag: int = -1) -> bytes:
    """Return a summary with a small picture and nothing else."""
    body = struct.pack("<IIiI", 0x47, len(picture) + 8, tag, drawn) + picture
    head = b"\xfe\xff\x00\x00" + bytes(20) + struct.pack("<I", 1) + bytes(16)
    return head + struct.pack("<I", 48) + struct.pack("<IIII", len(body) + 16, 1, 0x11, 16) + body
