"""The extension of a name against the type of the content.

Hospitals are full of harmless mismatches: RTF called `.doc`, a table of plain text called `.xls`, a
JPEG called `.png`. They are noted. A program under a document's name is malicious, and an archive
or a page under a picture's name is held: no mistake makes those.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding, FindingKind, Severity
from formats.families import PROHIBITED_FAMILIES, SQL, XML_TYPES, Family
from formats.packages import ODF_PREFIX, OOXML_PREFIX
from sanitizers.damage.naming import NEVER_TEXT
from sanitizers.interface import TypeReport
from sanitizers.naming.observation import observe
from sanitizers.naming.words import (
    DOCUMENTS,
    MEDIA,
    PAGES,
    PICTURES,
    PROGRAMS,
    SHORTCUTS,
    TEXTS,
    extensions,
)

_WORD, _SHEET, _SLIDES = (
    OOXML_PREFIX + name for name in ("wordprocessingml", "spreadsheetml", "presentationml")
)
_OPEN_XML = frozenset({"docx", "dotx", "xlsx", "xltx", "pptx", "ppsx", "potx"})
_MACRO_ENABLED = ".macroenabled.12"
_EXPECTED: dict[str, tuple[str, ...]] = {
    "doc": ("application/msword",),
    "docx": (_WORD,),
    "docm": ("application/vnd.ms-word.",),
    "xls": ("application/vnd.ms-excel",),
    "xlsx": (_SHEET,),
    "xlsm": ("application/vnd.ms-excel.",),
    "xlsb": ("application/vnd.ms-excel.",),
    "ppt": ("application/vnd.ms-powerpoint",),
    "pptx": (_SLIDES,),
    "pptm": ("application/vnd.ms-powerpoint.",),
    "odt": (ODF_PREFIX,),
    "ods": (ODF_PREFIX,),
    "odp": (ODF_PREFIX,),
    "pdf": ("application/pdf",),
    "rtf": ("application/rtf",),
    "jpg": ("image/jpeg",),
    "jpeg": ("image/jpeg",),
    "png": ("image/png",),
    "gif": ("image/gif",),
    "bmp": ("image/bmp",),
    "tif": ("image/tiff", "image/x-bigtiff"),
    "tiff": ("image/tiff", "image/x-bigtiff"),
    "webp": ("image/webp",),
    "dcm": ("application/dicom",),
    "zip": ("application/zip",),
    "msg": ("application/vnd.ms-outlook",),
    "eml": ("message/rfc822",),
}
# A mail in a Maildir is named by seconds, a delivery and a host, whose domain may read ".com":
# "1234.M1P1.mail.example.com:2,S" (the flags stand behind ";" or "!" where ":" cannot).
_MAILDIR = re.compile(r"\d{1,12}\.[\w#-]{1,60}\.[\w.,=\\-]{1,255}(?:[:;!]2,[A-Za-z]{0,26})?\Z")
_OPENED = DOCUMENTS | PAGES
_DISGUISES = DOCUMENTS | PICTURES | MEDIA | TEXTS
_PACKED = frozenset({Family.ARCHIVE, Family.DISK})
# Families that stand under the names of a group only when somebody hides them there.
_HIDDEN: tuple[tuple[frozenset[str], frozenset[Family]], ...] = (
    (PICTURES, _PACKED | {Family.MARKUP}),
    (MEDIA, _PACKED | {Family.MARKUP, Family.DOCUMENT}),
    (TEXTS, _PACKED),
    (frozenset({"txt", "csv", "tsv", "log", "hl7"}), frozenset({Family.MARKUP})),
)
_MAY_BE_TEXT = frozenset({Family.TEXT, Family.EMPTY})
# Records that are lines of words: a browser would still take them for a page.
_LINES = frozenset(
    {"application/json", "application/x-ndjson", "application/hl7-v2", "application/sql"}
    | {"application/fhir+json", "application/fhir+ndjson"}
)
# Words of any kind: where a document stood, they are what overwrote it.
_WORDS = _LINES | {"text/html", "message/rfc822", *XML_TYPES}
# Whoever loads a file of such a name runs its statements, wherever in it they begin.
_STATEMENTS = frozenset({"sql", "psql", "mysql", "pgsql"})
_NO_TYPE = frozenset({Family.UNKNOWN, Family.EMPTY})
# Archives by their bytes, whatever is in them: under such a name they deceive nobody.
_PACKED_NAMES = frozenset({"zip", "bak", "db"})


def look_at_extension(name: str, report: TypeReport) -> Iterator[Finding]:
    """Yield what the extensions of a name say, alone and against the type of the content."""
    if report.family is Family.MAIL and _MAILDIR.match(name):
        return
    parts = extensions(name)
    last = parts[-1] if parts else ""
    before = parts[-2] if len(parts) > 1 else ""
    if last in PROGRAMS and before in _OPENED:
        yield _double(before, last, report)
    elif last in PROGRAMS and report.family is not Family.EMPTY:
        yield observe("program-extension", FindingKind.PROHIBITED, detail=last)
    elif report.family in PROHIBITED_FAMILIES and last in _DISGUISES:
        severity = _severity_of_disguise(last, report)
        yield observe("program-named-as-document", FindingKind.PROHIBITED, severity, last)
    elif last in PAGES and report.family in _MAY_BE_TEXT and report.hidden_script:
        yield observe("script-in-page", FindingKind.ACTIVE, detail=last)
    elif last in PAGES and _is_untold_page(report):
        yield observe("page-by-name", FindingKind.UNVERIFIABLE, detail=last)
    elif last in _STATEMENTS and report.encoding and report.media_type != SQL.media_type:
        yield observe("statements-by-name", FindingKind.UNVERIFIABLE, detail=last)
    else:
        yield from _against_type(last, report)


def _is_untold_page(report: TypeReport) -> bool:
    """Tell whether a browser may find elements where no scanner looked for a page."""
    is_words = report.family is Family.TEXT or report.media_type in _LINES
    return is_words and not report.tagless


def _double(before: str, last: str, report: TypeReport) -> Finding:
    """Judge a program's extension behind a document's: with a program inside it is a trap."""
    is_trap = report.family in PROHIBITED_FAMILIES and last not in SHORTCUTS
    severity = Severity.MALICIOUS if is_trap else Severity.SUSPICIOUS
    return observe("document-and-program", FindingKind.PROHIBITED, severity, f"{before}.{last}")


def _severity_of_disguise(last: str, report: TypeReport) -> Severity:
    """Tell a disguise from an honest habit: people keep scripts as texts, and programs as .bak."""
    honest = last in _PACKED_NAMES or (last in TEXTS and report.family is not Family.PROGRAM)
    return Severity.SUSPICIOUS if honest else Severity.MALICIOUS


def _against_type(last: str, report: TypeReport) -> Iterator[Finding]:
    if report.media_type.endswith(_MACRO_ENABLED) and last in _OPEN_XML:
        yield observe("macros-named-as-none", FindingKind.ACTIVE, detail=last)
        return
    if any(last in names and report.family in families for names, families in _HIDDEN):
        yield observe(
            "hidden-under-name", FindingKind.UNVERIFIABLE, detail=f"{last}: {_of(report)}"
        )
        return
    if last in NEVER_TEXT and report.media_type in _WORDS:
        yield observe("document-is-text", FindingKind.DAMAGE, detail=last)
        return
    expected = _EXPECTED.get(last, ())
    if expected and report.family not in _NO_TYPE and not report.media_type.startswith(expected):
        detail = f"{last}: {_of(report)}"
        yield observe("named-otherwise", FindingKind.TYPE, Severity.INFO, detail)


def _of(report: TypeReport) -> str:
    """Return the telling half of a media type, so that the detail stays short."""
    return report.media_type.rpartition("/")[2]
