"""The active_content scanner: what would run, load or fetch when a person opens the document.

A document that cannot be walked whole is NotScanned with the reason, never passed over: what is
not seen is not absent.
"""

from collections.abc import Callable, Iterator

from custody.finding import Finding, Severity
from custody.outcome import NotScanned, Outcome, Scanned
from formats.families import SQL, XML_TYPES
from formats.faults import FormatError, ProtectedError
from formats.packages import ODF_PREFIX, OOXML_PREFIX
from sanitizers.active import (
    cards,
    compound,
    containers,
    database,
    dicom,
    dumps,
    html,
    metafiles,
    ooxml,
    opendocument,
    pages,
    pdf,
    publications,
    records,
    rtf,
    tables,
)
from sanitizers.active.observation import unverifiable
from sanitizers.containers.unpacked import CONTAINERS, EMBEDDED
from sanitizers.interface import Opened
from sanitizers.understood import UNDERSTOOD

NAME = "active_content"
Look = Callable[[Opened], Iterator[Finding]]

_READERS: tuple[tuple[str, Look], ...] = (
    ("application/pdf", pdf.look),
    (OOXML_PREFIX, ooxml.look),
    ("application/vnd.ms-word.", ooxml.look),
    ("application/vnd.ms-excel.", ooxml.look),
    ("application/vnd.ms-powerpoint.", ooxml.look),
    ("application/vnd.ms-visio.", ooxml.look),
    (ODF_PREFIX, opendocument.look),
    ("application/msword", compound.look),
    ("application/vnd.ms-excel", compound.look),
    ("application/vnd.ms-powerpoint", compound.look),
    ("application/x-mspublisher", publications.look),
    ("application/rtf", rtf.look),
    *((media_type, pages.look_at_xml) for media_type in XML_TYPES),
    ("application/dicom", dicom.look),
    ("application/hl7-v2", records.look),
    ("application/hprim", records.look),
    ("application/fhir+", records.look_at_resources),
    ("application/json", records.look),
    ("application/x-ndjson", records.look),
    ("application/sql", dumps.look),
    ("application/vnd.sqlite3", database.look),
    ("text/csv", tables.look),
    ("text/plain", tables.look_at_text),
    ("text/vcard", cards.look),
    ("text/calendar", cards.look),
    ("text/html", html.look_at_page),
    ("image/svg+xml", pages.look_at_svg),
    ("image/emf", metafiles.look),
    ("image/wmf", metafiles.look),
    *((media_type, containers.look) for media_type in CONTAINERS),
)
# Nothing but a header and values.
_SAMPLES = ("application/x-edf", "application/x-nifti", "application/x-dbf")
# Formats without any place for something active.
_PASSIVE_PREFIXES = (
    *("text/", "image/", "audio/", "video/", "font/", "application/x-empty"),
    *_SAMPLES,
)


class ActiveContent:
    """Looks for active content with the reader of the content's type."""

    name = NAME
    version = "10"

    def scan(self, opened: Opened) -> Outcome:
        """Return what is active, or why that could not be seen."""
        if not opened.whole:
            return self._not_scanned(_too_large(opened))
        reader = _reader_of(opened.media_type)
        if reader is None:
            if opened.media_type in UNDERSTOOD and opened.media_type.startswith(_PASSIVE_PREFIXES):
                return Scanned(scanner=NAME, version=self.version)
            return self._not_scanned(f"no reader for {opened.media_type}")
        try:
            found = dict.fromkeys(reader(opened))
        except ProtectedError as error:
            found = dict.fromkeys([unverifiable("password-protected", detail=error.reason)])
        except FormatError as error:
            return self._not_scanned(f"{error.code}: {error.reason}")
        # What only informs goes last, so that the bound never cuts off what matters.
        findings = sorted(found, key=_matters_less)
        findings = findings[: opened.limits.most_findings]
        return Scanned(scanner=NAME, version=self.version, findings=tuple(findings))

    @staticmethod
    def _not_scanned(reason: str) -> NotScanned:
        return NotScanned(scanner=NAME, reason=reason)


def _matters_less(finding: Finding) -> bool:
    return finding.severity is Severity.INFO and finding.rule != EMBEDDED


def _reader_of(media_type: str) -> Look | None:
    for prefix, reader in _READERS:
        if media_type.startswith(prefix):
            return reader
    return None


def _too_large(opened: Opened) -> str:
    """Return why a content is not read whole, and what to do where its parts can be had alone."""
    reason = f"larger than {opened.limits.most_content_bytes} bytes"
    is_dump = opened.media_type == SQL.media_type
    return f"{reason}: dump this database table by table" if is_dump else reason
