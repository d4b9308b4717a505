"""The media types that the scanners understand well enough for content to become clean.

What is not here is reported as not understood: no silence of the other scanners can promote it.
"""

from formats.families import XML_TYPES
from formats.packages import ODF_PREFIX, OOXML_PREFIX
from sanitizers.containers.unpacked import CONTAINERS

UNDERSTOOD: frozenset[str] = frozenset(
    {
        "application/x-empty",
        "text/plain",
        "application/sql",
        "application/vnd.sqlite3",
        "text/csv",
        "text/html",
        "text/vcard",
        "text/calendar",
        "application/json",
        "application/x-ndjson",
        "application/fhir+json",
        "application/fhir+ndjson",
        "application/hl7-v2",
        "application/hprim",
        *XML_TYPES,
        "application/dicom",
        "application/pdf",
        "application/rtf",
        "application/msword",
        "application/vnd.ms-excel",
        "application/vnd.ms-powerpoint",
        "application/vnd.ms-word.document.macroenabled.12",
        "application/vnd.ms-word.template.macroenabled.12",
        "application/vnd.ms-excel.sheet.macroenabled.12",
        "application/vnd.ms-excel.template.macroenabled.12",
        "application/vnd.ms-excel.sheet.binary.macroenabled.12",
        "application/vnd.ms-powerpoint.presentation.macroenabled.12",
        "application/vnd.ms-powerpoint.slideshow.macroenabled.12",
        "application/vnd.ms-powerpoint.template.macroenabled.12",
        OOXML_PREFIX + "wordprocessingml.document",
        OOXML_PREFIX + "wordprocessingml.template",
        OOXML_PREFIX + "spreadsheetml.sheet",
        OOXML_PREFIX + "spreadsheetml.template",
        OOXML_PREFIX + "presentationml.presentation",
        OOXML_PREFIX + "presentationml.slideshow",
        OOXML_PREFIX + "presentationml.template",
        ODF_PREFIX + "text",
        ODF_PREFIX + "text-template",
        ODF_PREFIX + "spreadsheet",
        ODF_PREFIX + "spreadsheet-template",
        ODF_PREFIX + "presentation",
        ODF_PREFIX + "presentation-template",
        ODF_PREFIX + "graphics",
        ODF_PREFIX + "graphics-template",
        *CONTAINERS,
        "image/jpeg",
        "image/png",
        "image/svg+xml",
        "image/gif",
        "image/bmp",
        "image/tiff",
        "image/x-bigtiff",
        "image/jp2",
        "image/x-jp2-codestream",
        "audio/ogg",
        "audio/wav",
    }
)
