"""Small PDF documents of one page of text (ISO 32000-1), with and without a script."""

import textwrap
from collections.abc import Sequence

LINE = 84  # characters that fit between the margins
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
PAGE = (
    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842]"
    b" /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
)
# A script that does nothing: what counts is that the document could run one when it is opened.
INERT_SCRIPT = b"<< /Type /Action /S /JavaScript /JS (var demonstration = 1;) >>"


def pdf(lines: Sequence[str]) -> bytes:
    """Return a document of one page with these lines."""
    return _assembled([b"<< /Type /Catalog /Pages 2 0 R >>", *_page_objects(lines)])


def pdf_with_script(lines: Sequence[str]) -> bytes:
    """Return a document that asks to run an empty script when it is opened."""
    catalog = b"<< /Type /Catalog /Pages 2 0 R /OpenAction 6 0 R >>"
    return _assembled([catalog, *_page_objects(lines), INERT_SCRIPT])


def _page_objects(lines: Sequence[str]) -> list[bytes]:
    """Return the objects 2 to 5: the page tree, the page, its content and its font."""
    content = _content(lines)
    stream = b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)
    return [b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", PAGE, stream, FONT]


def _content(lines: Sequence[str]) -> bytes:
    """Return the drawing of the lines; hexadecimal strings need no escapes (§7.3.4.3)."""
    wrapped = [part for line in lines for part in textwrap.wrap(line, LINE)]
    shown = [b"<%b> Tj T*" % part.encode("cp1252").hex().encode("ascii") for part in wrapped]
    return b"\n".join([b"BT /F1 11 Tf 14 TL 56 780 Td", *shown, b"ET"])


def _assembled(objects: list[bytes]) -> bytes:
    """Return the file: header, numbered objects, cross-reference table, trailer (§7.5)."""
    content = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for order, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (order, body)
    start = len(content)
    size = len(objects) + 1
    content += b"xref\n0 %d\n0000000000 65535 f \n" % size
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, start)
    return bytes(content)
