"""Active content of Office Open XML documents: code, controls, objects, remote parts, data links.

An embedded workbook (the numbers behind a chart) is a document of its own: it is opened and looked
at by the same rules, and is only noted when it is passive. Links to other workbooks are noted too:
Excel asks before it follows them. What fetches or runs by itself is active.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from custody.finding import Finding
from formats.families import PROHIBITED_FAMILIES
from formats.faults import LimitError, UnsupportedError
from formats.markup import Attributes, Events, local_name, read_xml
from formats.ooxml import CONTENT_TYPES, read_content_types, read_relationships
from formats.packages import OOXML_PREFIX
from formats.shapes import COMPOUND
from sanitizers.active.members import each_member, one_member, open_directory
from sanitizers.active.observation import active, note, prohibited, unverifiable
from sanitizers.active.packed_data import holds_document, may_be_packed
from sanitizers.interface import Opened
from sanitizers.sniffing import sniff

ACTIVE_LINKS: dict[str, str] = {
    "vbaproject": "ooxml-macros",
    "wordvbadata": "ooxml-macros",
    "xlmacrosheet": "ooxml-excel4-macros",
    "xlintlmacrosheet": "ooxml-excel4-macros",
    "oleobject": "ooxml-object",
    "control": "ooxml-control",
    "activexcontrolbinary": "ooxml-control",
    "afchunk": "ooxml-foreign-part",
    "subdocument": "ooxml-foreign-part",
    "frame": "ooxml-foreign-part",
    "connections": "ooxml-data-connection",
    "querytable": "ooxml-data-connection",
    "mailmergesource": "ooxml-data-connection",
    "webextension": "ooxml-web-extension",
    "taskpanes": "ooxml-web-extension",
    "webextensiontaskpanes": "ooxml-web-extension",
    "attachedtoolbars": "ooxml-toolbar",
    "extensibility": "ooxml-custom-ui",
    "userformcontrol": "ooxml-control",
}
PASSIVE_EXTERNAL = frozenset({"hyperlink", "externallinkpath", "externallinklongpath"})
ACTIVE_TYPES: tuple[tuple[str, str], ...] = (
    ("vbaproject", "ooxml-macros"),
    ("macrosheet", "ooxml-excel4-macros"),
    ("activex", "ooxml-control"),
    ("oleobject", "ooxml-object"),
)
FIELDS = re.compile(r"\bDDE(?:AUTO)?\b|\bQUOTE\s+\d+\s+\d+", re.IGNORECASE)
FETCHING = re.compile(
    r"\bINCLUDE(?:TEXT|PICTURE)\s+(?:\\\S{1,12}\s+){0,4}\"?(?:https?|ftp|file|\\\\)", re.IGNORECASE
)
_LINK_FIELD = re.compile(r"(?<!\w)LINK\s+[\w.]+\s+\"?(?:https?:|ftp:|\\\\)", re.IGNORECASE)
# Functions of a cell that fetch, or call into a library.
CALLING_FORMULA = re.compile(
    r"(?<![\w.])(?:_xlfn\.)?(?:_xlws\.)?(?:WEBSERVICE|IMAGE|RTD|CALL|EXEC|REGISTER(?:\.ID)?|PY|"
    r"STOCKHISTORY|INITIATE|EXECUTE|POKE|FOPEN|SQL\.\w+)\s*\(",
    re.IGNORECASE,
)
_LINKING = {"ddeLink": "ooxml-dde", "ddeItem": "ooxml-dde", "oleLink": "ooxml-object"}
# What a cell of a drawing starts on a click or by itself (functions of ShapeSheets in Visio).
_DRAWING_CALL = re.compile(
    r"\b(?:RUNADDON(?:WARGS)?|RUNMACRO|CALLTHIS|OPENFILE|GOTOFILE|DATABASE)\s*\(", re.IGNORECASE
)
# A template on the drive of the author is not fetched from anywhere.
_LOCAL_DRIVE = re.compile(r"(?:file:///)?[A-Za-z]:[\\/]")
# A binary workbook writes its links, DDE among them, in records that are not read here.
_BINARY_LINK = "ms-excel.externallink"
_MOST_FILLING_VALUES = 2
# A click on one of these hands its text to a program of Windows, not to a browser.
PROGRAM_LINK = re.compile(
    r"\s*(?:ms-[a-z-]+|search-ms|search|javascript|vbscript|mhtml|ldap|shell):", re.IGNORECASE
)
# The end of a formula in pieces: something foreign may stand between two of them.
_LONGEST_CALL = 400
_XML_TYPES = ("+xml", "/xml")
_IMAGE_OR_FONT = ("image/", "application/x-font", "application/vnd.ms-fontobject", "font/")


def look(opened: Opened, depth: int = 0) -> Iterator[Finding]:
    """Yield what is active in a package and in the packages inside it.

    Raises:
        FormatError: the package, or a part that could be active, cannot be read whole.
    """
    directory = open_directory(opened)
    listing = directory.find(CONTENT_TYPES)
    if listing is None:
        raise UnsupportedError("a package without content types")
    types = read_content_types(one_member(opened, listing))
    parts = each_member(opened.content, directory, opened.limits)
    for number, (member, plain) in enumerate(parts):
        where = f"member {number}"
        name = member.text.lower()
        kind = types.of(name)
        for mark, rule in ACTIVE_TYPES:
            if mark in kind or mark in name:
                yield active(rule, where=where)
        if not kind and name != CONTENT_TYPES.lower() and _is_foreign(name, plain):
            yield unverifiable("ooxml-undeclared-part", where=where)
        if name.endswith(".rels"):
            yield from _links(plain, where)
        elif name.endswith((".xml", ".vml")) or kind.endswith(_XML_TYPES):
            yield from _part(plain, where)
        elif kind.endswith(_BINARY_LINK):
            yield unverifiable("ooxml-binary-link", where=where)
        else:
            yield from _binary(plain, where, opened, depth)


def _is_foreign(name: str, plain: bytes) -> bool:
    """Tell a member that no program reads from a folder and from the filling that Office leaves."""
    is_filling = name.startswith("[trash]/") and len(set(plain)) <= _MOST_FILLING_VALUES
    return bool(plain) and not name.endswith("/") and not is_filling


def _links(xml: bytes, where: str) -> Iterator[Finding]:
    for link in read_relationships(xml):
        rule = ACTIVE_LINKS.get(link.kind, "")
        if rule:
            yield active(rule, where=where)
        if link.external and PROGRAM_LINK.match(link.untrusted_target):
            yield active("ooxml-program-link", where=where)
        if link.external and _LOCAL_DRIVE.match(link.untrusted_target):
            yield note("ooxml-local-target", where=where, detail=link.kind)
        elif link.external and link.kind not in PASSIVE_EXTERNAL:
            yield active("ooxml-external-target", where=where, detail=link.kind)
        elif link.external and link.kind != "hyperlink":
            yield note("ooxml-external-workbook", where=where)


def _part(xml: bytes, where: str) -> Iterator[Finding]:
    """Read the fields of a text and the links of a workbook; a split field is joined first."""
    part = _Part()
    read_xml(xml, Events(on_start=part.start, on_end=part.end, on_text=part.text))
    seen = part.seen.union(_of_codes(part.codes))
    if may_be_packed(xml) and holds_document(xml):
        seen.add("ooxml-foreign-part")
    yield from (active(rule, where=where) for rule in sorted(seen))


class _Part:
    """What one part starts, as it is read."""

    def __init__(self) -> None:
        self.codes: list[str] = []
        self.seen: set[str] = set()
        self._inside: list[str] = []
        self._formula = ""

    def start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        self._inside.append(local)
        if local == "f":
            self._formula = ""
        elif local == "fldSimple":
            self.codes.extend(value for key, value in attributes.items() if key.endswith("instr"))
        elif local in _LINKING:
            self.seen.add(_LINKING[local])
        if _DRAWING_CALL.search(attributes.get("F", "")):
            self.seen.add("ooxml-drawing-call")

    def end(self, _: str) -> None:
        self._inside.pop()

    def text(self, text: str) -> None:
        within = self._inside[-1] if self._inside else ""
        if within == "instrText":
            self.codes.append(text)
        elif within == "f":
            self._formula = self._formula[-_LONGEST_CALL:] + text
            if CALLING_FORMULA.search(self._formula):
                self.seen.add("ooxml-fetching-formula")


def _of_codes(codes: Sequence[str]) -> Iterator[str]:
    """Yield what the codes of fields start: split ones as one, or one beside another."""
    for code in ("".join(codes), " ".join(codes)):
        if FIELDS.search(code):
            yield "ooxml-dde"
        if FETCHING.search(code) or _LINK_FIELD.search(code):
            yield "ooxml-external-target"


def _binary(plain: bytes, where: str, opened: Opened, depth: int) -> Iterator[Finding]:
    """Judge a part that is no XML by what it really is, not by what the package calls it."""
    report = sniff(plain)
    if report.family in PROHIBITED_FAMILIES:
        yield prohibited("ooxml-program", where=where, detail=report.media_type)
    elif report.media_type.startswith((OOXML_PREFIX, "application/vnd.ms-")) and plain[:2] == b"PK":
        if depth >= opened.limits.most_depth:
            raise LimitError(f"documents inside documents, depth {depth}")
        yield note("ooxml-embedded-document", where=where, detail=report.media_type)
        inner = replace(opened, content=plain, size=len(plain), report=report)
        yield from look(inner, depth + 1)
    elif plain.startswith((COMPOUND, b"PK")):
        yield active("ooxml-object", where=where, detail=report.media_type)
    elif report.media_type in {"text/html", "application/pdf", "application/rtf"}:
        yield unverifiable("ooxml-foreign-part", where=where, detail=report.media_type)
