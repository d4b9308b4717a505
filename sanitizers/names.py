"""What a name says, beside what its content is: judged for each entry, because content has no name.

A finding is suspicious only where a person would agree at once; what is merely odd is noted.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import NotScanned, Outcome, Scanned
from formats.families import PROHIBITED_FAMILIES, Family
from sanitizers.damage.naming import witnesses
from sanitizers.interface import TypeReport
from sanitizers.notes.features import NAMED_LEAST, is_note

SCANNER = "names"
VERSION = "2"

_TURNED = re.compile("[\u202a-\u202e\u2066-\u2069\u200e\u200f]")
_UNSEEN = re.compile("[\u200b-\u200d\u2060\ufeff\u00ad]")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[1-9]|lpt[1-9])(?:\..*)?\Z", re.IGNORECASE)
_NOTE_NAME = re.compile(
    "(?i)de?crypt|d[eé]chiffr|restor|recover|unlock|read.?me|how.?to|ransom|ran[cç]on|herstel"
    "|ontsleutel|lisez.?moi|lees.?mij|instruct|warning|attention|!!|help|files|note|info"
)
_SPACES = re.compile(r" {12,}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_PROGRAMS = _words(
    """
    exe com scr pif cpl dll sys ocx drv msi msp msix appx bat cmd ps1 psm1 psd1 vbs vbe js jse wsf
    wsh wsc hta lnk url scf inf reg jar class jnlp chm hlp gadget application msc xll wll ppam sct
    appref-ms library-ms search-ms searchconnector-ms settingcontent-ms theme diagcab iqy slk dqy
    oqy rqy odc rdp xla xlam ppa sh
    bash csh ksh run elf so dylib command apk ipa deb rpm pkg dmg php php5 phtml asp aspx jsp jspx
    cgi py pyc pyw pl rb vb vba one
    """
)
_PAGES = _words("html htm xhtml shtml mht mhtml svg svgz xht xsl xslt")
_DOCUMENTS = _words(
    """
    doc docx docm dot dotx xls xlsx xlsm xlsb xlt xltx ppt pptx pptm pps ppsx odt ods odp odg pdf
    rtf dcm jpg jpeg png gif bmp tif tiff csv xml json ndjson hl7 zip sqlite db mdb accdb bak mdf
    ldf pst msg eml txt cda ccda hpr fhir dicom
    """
)
# What the owner's own tools append: sealed or packed on purpose, and without a mark to know it by.
_SEALED = _words("gpg pgp asc age p7m p7s axx hc tc kdbx lzma br")
_MAY_BE_TEXT = frozenset({Family.TEXT, Family.EMPTY})


def names_findings(path: bytes, report: TypeReport) -> tuple[Finding, ...]:
    """Return what a path, and its extension against the type of the content, give reason to say."""
    name = path.rsplit(b"/", 1)[-1].decode("utf-8", "surrogateescape")
    return (
        *_hostile(name),
        *_extension(name, report),
        *_damage(name, report),
        *_note(name, report),
    )


def names_outcome(findings: tuple[Finding, ...] | None) -> Outcome:
    """Return what was said of a name as one outcome; silence about it is not clean either."""
    if findings is None:
        return NotScanned(scanner=SCANNER, reason="the name was not judged")
    return Scanned(scanner=SCANNER, version=VERSION, findings=findings)


def _hostile(name: str) -> Iterator[Finding]:
    if _TURNED.search(name):
        yield _finding("text-direction", FindingKind.NAME)
    if _UNSEEN.search(name):
        yield _finding("unseen-character", FindingKind.NAME, Severity.INFO)
    if _CONTROL.search(name):
        yield _finding("control-character", FindingKind.NAME)
    if _RESERVED.match(name):
        yield _finding("reserved-name", FindingKind.NAME, Severity.INFO)
    if name != name.rstrip(" ."):
        yield _finding("trailing-space-or-dot", FindingKind.NAME, Severity.INFO)
    if _SPACES.search(name):
        yield _finding("long-run-of-spaces", FindingKind.NAME)
    if any("\udc80" <= letter <= "\udcff" for letter in name):
        yield _finding("not-utf-8", FindingKind.NAME, Severity.INFO)
    stream = name.partition(":")[2]
    if stream:
        program = _last(stream.partition(":")[0]) in _PROGRAMS
        severity = Severity.SUSPICIOUS if program else Severity.INFO
        yield _finding("alternate-stream", FindingKind.NAME, severity)


def _extension(name: str, report: TypeReport) -> Iterator[Finding]:
    parts = _parts(name)
    last = parts[-1] if parts else ""
    before = parts[-2] if len(parts) > 1 else ""
    if last in _PROGRAMS and before in _DOCUMENTS | _PAGES:
        yield _finding("document-and-program", FindingKind.PROHIBITED, detail=f"{before}.{last}")
    elif last in _PROGRAMS and report.family is not Family.EMPTY:
        yield _finding("program-extension", FindingKind.PROHIBITED, detail=last)
    elif report.family in PROHIBITED_FAMILIES and last in _DOCUMENTS:
        yield _finding(
            "program-named-as-document", FindingKind.PROHIBITED, Severity.MALICIOUS, last
        )
    elif last in _PAGES and report.family in _MAY_BE_TEXT and report.hidden_script:
        yield _finding("script-in-page", FindingKind.ACTIVE, detail=last)
    elif last in _PAGES and report.family is Family.TEXT:
        yield _finding("page-by-name", FindingKind.UNVERIFIABLE, detail=last)


def _damage(name: str, report: TypeReport) -> Iterator[Finding]:
    """Tell content that was destroyed from content that never had a form, with the name's help.

    What the owner's own tools append seals content on purpose, and without a mark to know it by.
    """
    parts = _parts(name)
    if parts and parts[-1] in _SEALED:
        return
    for witness in witnesses(parts, report):
        yield _finding(witness.rule, witness.kind, detail=witness.extension)


def _note(name: str, report: TypeReport) -> Iterator[Finding]:
    """Let a name that notes have make up for one feature that a text lacks."""
    if _NOTE_NAME.search(name) and is_note(report.note, least=NAMED_LEAST):
        yield _finding("ransom-note-by-name", FindingKind.RANSOM_NOTE)


def _parts(name: str) -> list[str]:
    """Return the extensions in lower case, as Windows reads them: without spaces and final dots."""
    plain = _UNSEEN.sub("", _TURNED.sub("", name.partition(":")[0])).lower().rstrip(" .")
    return [part.strip() for part in plain.split(".")[1:]]


def _last(name: str) -> str:
    parts = _parts(name)
    return parts[-1] if parts else ""


def _finding(
    rule: str,
    kind: FindingKind,
    severity: Severity = Severity.SUSPICIOUS,
    detail: str = "",
) -> Finding:
    return Finding(scanner=SCANNER, rule=rule, kind=kind, severity=severity, detail=detail[:64])
