"""Old formats of Office become documents that can be rebuilt: LibreOffice converts, confined.

OLE2 files, RTF and binary workbooks are never edited in place: what stands in them beside the text
is found by no reader for certain. The conversion carries over no macro, no control and no link to a
program; what it makes is hostile still, and disarmed like any document that came in.
"""

from collections.abc import Mapping

from formats.packages import OOXML_PREFIX
from sanitizers.disarming.interface import CannotDisarmError, Converter, Copy, Removed
from sanitizers.disarming.office import confined
from sanitizers.disarming.office.confined import Filter

_TEXT = OOXML_PREFIX + "wordprocessingml.document"
_WORKBOOK = OOXML_PREFIX + "spreadsheetml.sheet"
_SLIDES = OOXML_PREFIX + "presentationml.presentation"
_PAGES = "application/pdf"
# Filters without macros: those that would write them have "VBA" in their names.
_FILTERS: Mapping[str, tuple[Filter, str]] = {
    "application/msword": (
        Filter(read="doc", written="docx", name="MS Word 2007 XML"),
        _TEXT,
    ),
    "application/rtf": (
        Filter(read="rtf", written="docx", name="MS Word 2007 XML"),
        _TEXT,
    ),
    "application/vnd.ms-excel": (
        Filter(read="xls", written="xlsx", name="Calc MS Excel 2007 XML"),
        _WORKBOOK,
    ),
    "application/vnd.ms-excel.sheet.binary.macroenabled.12": (
        Filter(read="xlsb", written="xlsx", name="Calc MS Excel 2007 XML"),
        _WORKBOOK,
    ),
    "application/vnd.ms-powerpoint": (
        Filter(read="ppt", written="pptx", name="Impress MS PowerPoint 2007 XML"),
        _SLIDES,
    ),
    # Drawings and publications become pages: nothing else that has a disarmer can hold them.
    **{
        media_type: (Filter(read=read, written="pdf", name="draw_pdf_Export"), _PAGES)
        for media_type, read in (
            ("application/vnd.ms-visio.drawing", "vsdx"),
            ("application/vnd.ms-visio.drawing.macroenabled.12", "vsdx"),
            ("application/vnd.visio", "vsd"),
            ("application/x-mspublisher", "pub"),
        )
    },
}
CONVERTED = "office.converted"


def convert(content: bytes, media_type: str) -> Copy:
    """Return a document of an old format in the format that took its place.

    Raises:
        CannotDisarmError: LibreOffice is not installed, or makes nothing of it.
    """
    found = _FILTERS.get(media_type)
    if found is None:
        raise CannotDisarmError("no converter for this type")
    chosen, becomes = found
    made = confined.convert(content, chosen)
    return Copy(content=made, media_type=becomes, removed=(Removed(code=CONVERTED),))


CONVERTER = Converter(convert=convert, version=confined.version)
