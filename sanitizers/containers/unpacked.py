"""One part of a container, as its reader found it."""

from dataclasses import dataclass

from custody.outcome import Inspection
from formats.families import XML_TYPES

ARCHIVES = "archives"
CONTAINERS: frozenset[str] = frozenset(
    {
        "application/zip",
        "application/epub+zip",
        "application/vnd.ms-xpsdocument",
        "application/x-tar",
        "application/x-cpio",
        "application/x-7z-compressed",
        "application/vnd.rar",
        "application/vnd.ms-cab-compressed",
        "application/x-iso9660-image",
        "application/gzip",
        "application/x-bzip2",
        "application/x-xz",
        "application/zstd",
        "message/rfc822",
        "application/mbox",
        "application/vnd.ms-outlook",
        "application/vnd.ms-outlook-pst",
    }
)
# Records, which may keep whole documents within themselves: what looks at them says so.
RECORDS: frozenset[str] = frozenset(
    {
        "application/dicom",
        "application/hl7-v2",
        "application/hprim",
        "application/json",
        "application/x-ndjson",
        "application/fhir+json",
        "application/fhir+ndjson",
        *XML_TYPES,
        "text/vcard",
        "text/calendar",
    }
)
# Files of rows, of which those values are taken out that are files of their own.
STORED: frozenset[str] = frozenset({"application/vnd.sqlite3", "application/sql"})
EMBEDDED = "embedded-document"


def has_parts(said: Inspection) -> bool:
    """Tell whether a content has to be taken apart: a container, or a record with documents."""
    if said.media_type in CONTAINERS:
        return True
    return said.media_type in RECORDS | STORED and any(
        found.rule == EMBEDDED for found in said.findings
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """A part's name and content; `refusal` says why there is no content, or none to trust."""

    untrusted_name: bytes = b""
    content: bytes = b""
    refusal: str = ""
