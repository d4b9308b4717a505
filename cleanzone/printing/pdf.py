"""Writes sheets as a PDF (ISO 32000-1) with nothing in it but text and lines.

There is no time, no name of a program's version and no packing in it, so that the same page is the
same file on every machine; and no link, script or remote part.
"""

from collections.abc import Iterator, Sequence

from cleanzone.printing.fonts import ENCODING, Font, shown
from cleanzone.printing.layout import HEIGHT, INSIDE, MARGIN, WIDTH, Rule, Sheet, sheets_of
from cleanzone.printing.lines import Piece
from cleanzone.printing.page_text import read_page
from custody.digest import digest_of

FONTS = {font: f"F{number}" for number, font in enumerate(Font)}
HEAD = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
CATALOG, PAGES, INFO, FIRST_FONT = 1, 2, 3, 4
FIRST_SHEET = FIRST_FONT + len(FONTS)
FOOT_Y, FOOT_SIZE = 36.0, 7.5


def print_page(page: str, *, title: str, language: str) -> bytes:
    """Return a page of ours as a PDF of sheets of A4; `title` stands at the foot of each.

    Raises:
        ValueError: the page has a tag that cannot be printed.
    """
    sheets = sheets_of(read_page(page))
    objects = [
        _catalog(language),
        _tree(len(sheets)),
        f"<< /Title {_text_string(title)} >>".encode(),
        *map(_font, Font),
    ]
    for number, sheet in enumerate(sheets):
        foot = f"{title}   {number + 1} / {len(sheets)}"
        objects += [_sheet(number), _stream(b"".join(_drawn(sheet, foot)))]
    return _file(objects, identity=digest_of(page.encode())[:32])


def _file(objects: Sequence[bytes], identity: str) -> bytes:
    """Return the file with its cross-reference table (§7.5)."""
    written, places = bytearray(HEAD), []
    for number, content in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    start = len(written)
    written += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for place in places:
        written += b"%010d 00000 n \n" % place
    written += (
        f"trailer\n<< /Size {len(objects) + 1} /Root {CATALOG} 0 R /Info {INFO} 0 R"
        f" /ID [<{identity}> <{identity}>] >>\nstartxref\n{start}\n%%EOF\n"
    ).encode()
    return bytes(written)


def _catalog(language: str) -> bytes:
    words = f"/Lang ({language}) /ViewerPreferences << /DisplayDocTitle true >>"
    return f"<< /Type /Catalog /Pages {PAGES} 0 R {words} >>".encode()


def _tree(count: int) -> bytes:
    kids = " ".join(f"{FIRST_SHEET + 2 * number} 0 R" for number in range(count))
    return f"<< /Type /Pages /Count {count} /Kids [{kids}] >>".encode()


def _font(font: Font) -> bytes:
    return (
        f"<< /Type /Font /Subtype /Type1 /BaseFont /{font.value} /Encoding /WinAnsiEncoding >>"
    ).encode()


def _sheet(number: int) -> bytes:
    fonts = " ".join(f"/{name} {FIRST_FONT + at} 0 R" for at, name in enumerate(FONTS.values()))
    return (
        f"<< /Type /Page /Parent {PAGES} 0 R /MediaBox [0 0 {WIDTH} {HEIGHT}]"
        f" /Resources << /Font << {fonts} >> >> /Contents {FIRST_SHEET + 2 * number + 1} 0 R >>"
    ).encode()


def _stream(content: bytes) -> bytes:
    return b"<< /Length %d >>\nstream\n%b\nendstream" % (len(content), content)


def _drawn(sheet: Sheet, foot: str) -> Iterator[bytes]:
    """Yield the operators that draw a sheet (§8.5, §9.4)."""
    yield b"0.5 w\n"
    for rule in sheet.rules:
        yield _rule(rule)
    for text in sheet.texts:
        yield from (_piece(text.x + piece.x, text.y, text.size, piece) for piece in text.line)
    foot_piece = Piece(x=0.0, text=shown(foot), font=Font.SANS)
    yield _piece(float(MARGIN), FOOT_Y, FOOT_SIZE, foot_piece)


def _rule(rule: Rule) -> bytes:
    if rule.height:
        box = f"{MARGIN} {rule.y - rule.height:.2f} {INSIDE} {rule.height:.2f} re S\n"
        return b"q 1.5 w " + box.encode() + b"Q\n"
    return f"0.7 G {MARGIN} {rule.y:.2f} m {MARGIN + INSIDE} {rule.y:.2f} l S 0 G\n".encode()


def _piece(x: float, y: float, size: float, piece: Piece) -> bytes:
    escaped = piece.text.encode(ENCODING, "replace")
    for letter in (b"\\", b"(", b")"):
        escaped = escaped.replace(letter, b"\\" + letter)
    font = FONTS[piece.font]
    return f"BT /{font} {size:g} Tf {x:.2f} {y:.2f} Td (".encode() + escaped + b") Tj ET\n"


def _text_string(text: str) -> str:
    """Return a text of the document's head (§7.9.2.2), as UTF-16."""
    return f"<feff{text.encode('utf-16-be').hex()}>"
