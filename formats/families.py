"""What kinds of content exist, and which is the more dangerous where a file is two of them."""

from enum import Enum, unique
from typing import NamedTuple


@unique
class Family(Enum):
    """What a media type is for, most dangerous first: the order decides between candidates."""

    PROGRAM = "program"
    SCRIPT = "script"
    LAUNCHER = "launcher"
    MARKUP = "markup"
    DISK = "disk"
    ARCHIVE = "archive"
    DOCUMENT = "document"
    MAIL = "mail"
    DATABASE = "database"
    SEALED = "sealed"
    RECORD = "record"
    MEDIA = "media"
    FONT = "font"
    IMAGE = "image"
    TEXT = "text"
    EMPTY = "empty"
    UNKNOWN = "unknown"


DANGER: dict[Family, int] = {family: rank for rank, family in enumerate(Family)}

PROHIBITED_FAMILIES = frozenset({Family.PROGRAM, Family.SCRIPT, Family.LAUNCHER})


class Kind(NamedTuple):
    """A media type and the family that it belongs to."""

    media_type: str
    family: Family

    @property
    def danger(self) -> int:
        """Rank among the families; the smaller, the more dangerous."""
        return DANGER[self.family]


UNKNOWN = Kind("application/octet-stream", Family.UNKNOWN)
EMPTY = Kind("application/x-empty", Family.EMPTY)
ZIP = Kind("application/zip", Family.ARCHIVE)
PDF = Kind("application/pdf", Family.DOCUMENT)
OLE2 = Kind("application/x-ole-storage", Family.DOCUMENT)
DICOM = Kind("application/dicom", Family.RECORD)
RTF = Kind("application/rtf", Family.DOCUMENT)
SQL = Kind("application/sql", Family.DATABASE)
PLAIN = Kind("text/plain", Family.TEXT)
HTML = Kind("text/html", Family.MARKUP)
SVG = Kind("image/svg+xml", Family.MARKUP)
XML = Kind("application/xml", Family.RECORD)
CDA = Kind("application/hl7-cda+xml", Family.RECORD)
FHIR_XML = Kind("application/fhir+xml", Family.RECORD)
KMEHR = Kind("application/kmehr+xml", Family.RECORD)
HPRIM_XML = Kind("application/hprim+xml", Family.RECORD)
HPRIM = Kind("application/hprim", Family.RECORD)
# Everything that is read as XML.
XML_TYPES = tuple(kind.media_type for kind in (CDA, FHIR_XML, KMEHR, HPRIM_XML, XML))
PROGRAM = Kind("application/vnd.microsoft.portable-executable", Family.PROGRAM)
