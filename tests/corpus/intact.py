"""Intact files of every type whose damage is looked for, large enough for every pattern to fit."""

import bz2
import gzip
import lzma
import math

from tests.corpus.compounds import compound, letter, sheet, workbook
from tests.corpus.damaging import noise
from tests.corpus.databases import database
from tests.corpus.images import chunked_png, dicom, element, grey_bmp, jpeg_with, plain_tiff
from tests.corpus.packages import archive, docx, odt
from tests.corpus.pdfs import pdf, stream

WORDS = " ".join(f"ligne {n}: le patient {n * 7919 % 1000} va bien." for n in range(1500)).encode()
GREY = bytes(
    int(90 + 60 * math.sin(at / 900) + 20 * math.sin(at % 128 / 9)) + grain % 5
    for at, grain in enumerate(noise(49_152, 3))
)
_SCAN = noise(30_000, 4).replace(b"\xff", b"\xff\x00")
_TABLE = b"\xff\xc4\x00\x14\x10" + b"\x01" + bytes(15) + b"\x01"
_MESSAGE = b"MSH|^~\\&|LAB|HOP|||20260101||ORU^R01|1|P|2.5\rPID|1||77\rOBX|1|NM|NA||140|mmol/l\r"
_ROW = b"%d;ward %d;2026-01-%02d;140\n"

INTACT: dict[str, bytes] = {
    "letter.txt": WORDS,
    "results.hl7": _MESSAGE * 200,
    "stays.csv": b"id;ward;day;value\n" + b"".join(_ROW % (n, n % 9, n % 28) for n in range(900)),
    "bundle.json": b'{"entry": [' + b", ".join(b'{"id": "%d"}' % n for n in range(900)) + b"]}",
    "lab.ndjson": b"".join(b'{"id": "%d", "text": "all is well"}\n' % n for n in range(500)),
    "report.xml": b"<?xml version='1.0'?><a>" + b"<b>words</b>" * 900 + b"</a>",
    "letter.rtf": b"{\\rtf1\\ansi " + b"Bonjour, le patient va bien.\\par\n" * 400 + b"}",
    "report.pdf": pdf(*(stream(noise(9000, n).hex().encode()) for n in range(4))),
    "letter.docx": docx(body="".join(f"<w:p>{noise(30, n).hex()}</w:p>" for n in range(900))),
    "letter.odt": odt(b"<office>" + noise(20_000, 5).hex().encode() + b"</office>"),
    "films.zip": archive({f"{n}.txt": noise(6000, n).hex().encode() for n in range(4)}),
    "letter.doc": compound(letter(WORDS)),
    "stays.xls": compound({"Workbook": workbook(*(sheet(0) for _ in range(900)))}),
    "film.jpg": jpeg_with(_SCAN, tables=_TABLE),
    "film.png": chunked_png(GREY, width=192),
    "film.bmp": grey_bmp(GREY, width=128),
    "film.tif": plain_tiff(GREY, width=192),
    "film.dcm": dicom(
        element(8, 0x16, b"UI", b"1.2\x00")
        + element(0x28, 0x10, b"US", b"\x00\x01")
        + element(0x28, 0x11, b"US", b"\xc0\x00")
        + element(0x28, 0x100, b"US", b"\x08\x00")
        + element(0x7FE0, 0x10, b"OW", GREY)
    ),
    "ward.sqlite": database(),
    "log.gz": gzip.compress(WORDS, mtime=0),
    "log.bz2": bz2.compress(WORDS),
    "log.xz": lzma.compress(WORDS),
}
