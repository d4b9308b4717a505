"""Draws the pages of a PDF file as pixels, by pdfium, where it is installed.

pdfium is native code, so this is imported in processes that serve one sample only. It is an extra:
without it nothing is drawn, and whoever asks is told so.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError
from sanitizers.disarming.interface import CannotDisarmError

try:
    import pypdfium2
    from pypdfium2 import raw
except ImportError:  # the extra is not installed
    pypdfium2 = None

DPI = 150
POINTS_AN_INCH = 72
# An A0 sheet at that resolution; a larger one is drawn coarser, down to what can still be read.
MOST_PIXELS = 36_000_000
LEAST_DPI = 36
MOST_PAGES = 2000
GREY, COLOUR = 1, 3
_WHITE = (255, 255, 255, 255)


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A page as pixels, row by row from the top: one byte each when it is grey, else three.

    `width` and `height` are those of the page, in points, rounded to hundredths.
    """

    width: float
    height: float
    columns: int
    rows: int
    channels: int
    samples: bytes


def pixels_of(width: float, height: float) -> tuple[int, int]:
    """Return the columns and rows of a page of some points.

    Raises:
        LimitError: it is too large to be drawn, or has no size.
    """
    if not (math.isfinite(width) and math.isfinite(height) and min(width, height) > 0):
        raise LimitError("a page without a size")
    dpi = min(DPI, POINTS_AN_INCH * math.sqrt(MOST_PIXELS / (width * height)))
    if dpi < LEAST_DPI:
        raise LimitError("a page too large to be drawn")
    return tuple(max(1, round(points * dpi / POINTS_AN_INCH)) for points in (width, height))  # type: ignore[return-value]  # of two items


def draw(content: bytes) -> Iterator[Picture]:
    """Yield the pages of a file one by one, with what its fields and remarks look like.

    Raises:
        CannotDisarmError: pdfium is not installed.
        FormatError: it cannot read the file, or a page is too large, or there are too many.
    """
    if pypdfium2 is None:
        raise CannotDisarmError("pixels: pypdfium2 is not installed")
    try:
        with pypdfium2.PdfDocument(content) as document:
            document.init_forms()
            if len(document) > MOST_PAGES:
                raise LimitError("too many pages to be drawn")
            for page in document:
                yield _drawn(document, page)
                page.close()
    except pypdfium2.PdfiumError as error:
        raise MalformedError("a page that cannot be drawn") from error


def _drawn(document: "pypdfium2.PdfDocument", page: "pypdfium2.PdfPage") -> Picture:
    width, height = round(page.get_width(), 2), round(page.get_height(), 2)
    columns, rows = pixels_of(width, height)
    bitmap = pypdfium2.PdfBitmap.new_native(columns, rows, raw.FPDFBitmap_BGR, rev_byteorder=True)
    bitmap.fill_rect(_WHITE, 0, 0, columns, rows)
    flags = raw.FPDF_ANNOT | raw.FPDF_REVERSE_BYTE_ORDER
    raw.FPDF_RenderPageBitmap(bitmap, page, 0, 0, columns, rows, 0, flags)
    if document.formenv:
        raw.FPDF_FFLDraw(document.formenv, bitmap, page, 0, 0, columns, rows, 0, flags)
    samples = _rows_of(bytes(bitmap.buffer), bitmap.stride, columns * COLOUR)
    bitmap.close()
    red = samples[::COLOUR]
    is_grey = red == samples[1::COLOUR] == samples[2::COLOUR]
    return Picture(
        width=width,
        height=height,
        columns=columns,
        rows=rows,
        channels=GREY if is_grey else COLOUR,
        samples=red if is_grey else samples,
    )


def _rows_of(packed: bytes, stride: int, line: int) -> bytes:
    """Return rows without what fills each of them up."""
    if stride == line:
        return packed
    return b"".join(packed[at : at + line] for at in range(0, len(packed), stride))
