"""Pictures and DICOM files with one thing each that a copy may not have. All are inert."""

import struct
from dataclasses import dataclass

from tests.corpus.images import (
    bmp,
    chunk,
    chunked_png,
    dicom,
    element,
    gif,
    grey_bmp,
    jpeg,
    plain_tiff,
    png,
    tiff,
    wide_tiff,
)

SCRIPT = b"<?php system('a'); ?>"
ZIP = b"PK\x03\x04" + bytes(26) + b"a.js"
ICC = b"ICC_PROFILE\x00\x01\x01" + bytes(36) + b"acsp" + bytes(88)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A picture, and the code under which its construct is taken out."""

    code: str
    content: bytes


def segment(marker: int, body: bytes) -> bytes:
    """Return a segment of a JPEG picture."""
    return struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body


def jpeg_beside(*segments: bytes, tail: bytes = b"") -> bytes:
    """Return a picture with further segments, and bytes behind its end."""
    return jpeg()[:2] + jpeg()[2:20] + b"".join(segments) + jpeg()[20:] + tail


def exif(orientation: int, order: str = "<") -> bytes:
    """Return a block that turns a picture, and says where it was taken."""
    mark = b"II*\x00" if order == "<" else b"MM\x00*"
    turned = struct.pack(order + "HHIHH", 0x0112, 3, 1, orientation, 0)
    place = struct.pack(order + "HHII", 0x8825, 4, 1, 0)
    head = mark + struct.pack(order + "IH", 8, 2)
    return b"Exif\x00\x00" + head + turned + place + bytes(4) + SCRIPT


def png_beside(*chunks: bytes, tail: bytes = b"", pixels: bytes = bytes(64)) -> bytes:
    """Return a picture with further chunks before its pixels, and bytes behind its end."""
    whole = chunked_png(pixels, width=8)
    return whole[:33] + b"".join(chunks) + whole[33:] + tail


def _png_with_extra() -> bytes:
    whole = png()
    at = whole.index(b"IDAT")
    (size,) = struct.unpack_from(">I", whole, at - 4)
    packed = whole[at + 4 : at + 4 + size] + SCRIPT
    return whole[: at - 4] + chunk(b"IDAT", packed) + chunk(b"IEND")


def _newest_bmp(space: bytes, profile: int) -> bytes:
    head = struct.pack("<2sIII", b"BM", 14 + 124 + 16, 0, 14 + 124)
    info = struct.pack("<IiiHHIIiiII", 124, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0)
    rest = bytearray(84)
    rest[16:20] = space
    rest[72:80] = struct.pack("<II", profile, 8)
    return head + info + bytes(rest) + bytes(16) + b"c:\\a.icm"


def tiff_beside(tag: int, value: bytes, *, tail: bytes = b"", wide: bool = False) -> bytes:
    """Return a picture with one further tag, whose value stands behind its pixels."""
    whole = (wide_tiff if wide else plain_tiff)(bytes(range(64)), width=8)
    entry, first, width = (20, 24, 8) if wide else (12, 10, 4)
    (count,) = struct.unpack_from("<H", whole, 16 if wide else 8)
    end = first + count * entry
    moved = bytearray(whole[:end])
    struct.pack_into("<H", moved, 16 if wide else 8, count + 1)
    for at in range(first, end, entry):
        if struct.unpack_from("<H", moved, at) == (273,):
            (place,) = struct.unpack_from("<I", moved, at + 4 + width)
            struct.pack_into("<I", moved, at + 4 + width, place + entry)
    place = len(whole) + entry
    letters = "<HHQQ" if wide else "<HHII"
    moved += struct.pack(letters, tag, 2, len(value), place)
    return bytes(moved) + whole[end:] + value + tail


IMAGES: dict[str, dict[str, Case]] = {
    "image/jpeg": {
        "remark": Case(code="image.comment", content=jpeg_beside(segment(0xFE, SCRIPT))),
        "exif": Case(code="image.metadata", content=jpeg_beside(segment(0xE1, exif(6)))),
        "xmp": Case(
            code="image.metadata",
            content=jpeg_beside(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + SCRIPT)),
        ),
        "photoshop": Case(
            code="image.metadata", content=jpeg_beside(segment(0xED, b"Photoshop 3.0\x00" + SCRIPT))
        ),
        "thumbnail": Case(
            code="image.metadata", content=jpeg_beside(segment(0xE0, b"JFXX\x00\x10"))
        ),
        "profile": Case(code="image.profile", content=jpeg_beside(segment(0xE2, ICC + SCRIPT))),
        "script": Case(code="image.trailing", content=jpeg_beside(tail=SCRIPT)),
        "archive": Case(code="image.trailing", content=jpeg_beside(tail=ZIP)),
    },
    "image/png": {
        "text": Case(code="image.metadata", content=png_beside(chunk(b"tEXt", b"a\x00" + SCRIPT))),
        "exif": Case(code="image.metadata", content=png_beside(chunk(b"eXIf", exif(1)[6:]))),
        "private": Case(code="image.private", content=png_beside(chunk(b"prVt", SCRIPT))),
        "profile": Case(code="image.profile", content=png_beside(chunk(b"iCCP", SCRIPT))),
        "script": Case(code="image.trailing", content=png_beside(tail=SCRIPT)),
        "in-pixels": Case(code="image.trailing", content=_png_with_extra()),
    },
    "image/gif": {
        "remark": Case(
            code="image.comment",
            content=gif()[:19] + b"\x21\xfe" + bytes([len(SCRIPT)]) + SCRIPT + b"\x00" + gif()[19:],
        ),
        "application": Case(
            code="image.metadata",
            content=gif()[:19] + b"\x21\xff\x0bXMP DataXMP\x15" + SCRIPT + b"\x00" + gif()[19:],
        ),
        "script": Case(code="image.trailing", content=gif() + SCRIPT),
    },
    "image/bmp": {
        "gap": Case(
            code="image.private",
            content=bmp()[:10] + struct.pack("<I", 54 + 21) + bmp()[14:54] + SCRIPT + bmp()[54:],
        ),
        "reserved": Case(code="image.private", content=bmp()[:6] + b"*/=1" + bmp()[10:]),
        "linked-profile": Case(code="image.profile", content=_newest_bmp(b"KNIL", 140)),
        "script": Case(code="image.trailing", content=bmp() + SCRIPT),
    },
    "image/tiff": {
        "private": Case(code="image.metadata", content=tiff_beside(65000, SCRIPT)),
        "described": Case(code="image.metadata", content=tiff_beside(270, SCRIPT)),
        "script": Case(code="image.trailing", content=tiff_beside(270, b"Befund\x00", tail=SCRIPT)),
    },
    "image/x-bigtiff": {
        "private": Case(code="image.metadata", content=tiff_beside(65000, SCRIPT, wide=True)),
    },
    "application/dicom": {
        "stray": Case(code="dicom.preamble", content=dicom(preamble=b"stray".ljust(128, b"."))),
        "tiff": Case(code="dicom.preamble", content=dicom(preamble=tiff().ljust(128, b"\x00"))),
        "trailing": Case(code="dicom.trailing", content=dicom() + SCRIPT),
    },
}
WHOLE: dict[str, bytes] = {
    "image/jpeg": jpeg_beside(
        segment(0xE2, ICC), segment(0xEE, b"Adobe\x00\x64" + bytes(4) + b"\x01")
    ),
    "image/png": png_beside(chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"sRGB", b"\x00")),
    "image/gif": gif()[:19] + b"\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00" + gif()[19:],
    "image/bmp": grey_bmp(bytes(range(96)), width=8),
    "image/tiff": tiff_beside(270, b"Befund\x00"),
    "image/x-bigtiff": tiff_beside(270, b"Befund des Tages\x00", wide=True),
    "application/dicom": dicom(
        element(8, 0x16, b"UI", b"1.2\x00")
        + element(8, 0x18, b"UI", b"1.3\x00")
        + element(0x7FE0, 0x10, b"OW", b"\x01\x02" * 64)
    ),
}


def seeds(media_type: str) -> list[bytes]:
    """Return every file of a type."""
    return [WHOLE[media_type], *(case.content for case in IMAGES[media_type].values())]
