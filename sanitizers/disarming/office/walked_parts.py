"""The deny-list over one part in XML: elements, attributes, fields, formulas, lost references."""

import re
from collections.abc import Iterator

from formats.markup import Attributes, Events, read_xml

_OFFICE = re.compile(
    r"http://schemas\.openxmlformats\.org/|http://purl\.oclc\.org/ooxml/|"
    r"http://schemas\.microsoft\.com/|urn:schemas-microsoft-com:|\Z"
)
_ELEMENTS = frozenset(
    """
    altChunk subDoc frameset sourceFileName saveThroughXslt linkedToFile attachedTemplate mailMerge
    entryMacro exitMacro OLEObject objectEmbed objectLink oleObjects oleObject oleObj
    externalReferences externalReference functionGroup webPublishObjects webPublishItems htmlPubPr
    FmlaMacro ScriptText ScriptExtended ScriptLanguage ScriptLocation DDE ddeLink oleLink macrosheet
    dialogsheet connection queryTable volType webextension webextensionref taskpane customUI ocx
    xmlColumnPr smartTagType quickTimeFile HyperlinkBase schemaLibrary
    """.split()  # noqa: SIM905  a list of words is easier to read so
)
_CONTROL_SPACES = ("wordprocessingml", "presentationml")
_VERBS = re.compile(
    r"\s*(?:DDE|DDEAUTO|INCLUDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|MACROBUTTON|DATABASE|QUOTE|"
    r"PRINT|EMBED|RD|ADDIN|CONTROL|HTMLCONTROL|GLOSSARY|AUTOTEXT|AUTOTEXTLIST|DATA|NEXT)\b",
    re.IGNORECASE,
)
_ANYWHERE = re.compile(r"\bDDE(?:AUTO)?\b", re.IGNORECASE)
_LINK_FIELD = re.compile(r"\s*HYPERLINK\b(.*)", re.IGNORECASE | re.DOTALL)
_LINK_OPTION = re.compile(r"\\[lot]\s*(?:\"[^\"]*\"|[^\s\"\\]+)|\\[mn]\b", re.IGNORECASE)
_CLICKED = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
_CALLS = re.compile(
    r"(?<![\w.])(?:_xlfn\.)?(?:_xlws\.)?(?:WEBSERVICE|IMAGE|RTD|CALL|EXEC|REGISTER(?:\.ID)?|FOPEN|RUN|"
    r"PY|STOCKHISTORY|TRANSLATE|DETECTLANGUAGE|COPILOT|INITIATE|EXECUTE|REQUEST|POKE|SQL\.\w+)\s*\(",
    re.IGNORECASE,
)
_OUTSIDE = re.compile(r"(?:^|[=+\-*/^&(,<>\s])'?\[[^\]\[]+\][^\[\]'\"!(),]{0,255}'?!")
_DDE_FORMULA = re.compile(r"[\w']\|[^\"]{0,400}!")
_CELL_LINK = re.compile(r"(?<![\w.])HYPERLINK\s*\(\s*\"(?!https?://|mailto:|#)", re.IGNORECASE)
# Elements whose words are a formula, or the code of a field.
_WRITTEN = frozenset(
    """
    f formula formula1 formula2 definedName calculatedColumnFormula totalsRowFormula FmlaMacro
    FmlaLink FmlaRange FmlaTxbx FmlaGroup FmlaPict nf
    """.split()  # noqa: SIM905  a list of words is easier to read so
)
_ACTIONS = ("ppaction://macro", "ppaction://program", "ppaction://ole")
_AUTOMATIC = re.compile(r"(?:_xlnm\.)?auto_(?:open|close|activate|deactivate)", re.IGNORECASE)
_RELID = "urn:schemas-microsoft-com:office:office relid"
# Most of a workbook; without attributes of a vocabulary there is nothing to see.
_CELLS = frozenset({"row", "c", "v", "is", "si"})
# Of several alternatives a program reads one (ECMA-376 part 3, 7.5).
_BRANCHES = frozenset({"Choice", "Fallback"})
_TEXT_IN_QUOTES = re.compile(r'"[^"]*"')


class PartWalk:
    """Walks one part whose links have the given names."""

    def __init__(self, links: set[str], spaces: tuple[str, ...]) -> None:
        self._links, self._spaces = links, spaces
        self._found: set[str] = set()
        self._inside: list[str] = []
        self._fields: list[_Field] = []
        self._alternatives: list[int] = []
        self._met = 0
        self._codes: list[str] = []
        self._formula: list[str] = []

    def read(self, xml: bytes) -> Iterator[str]:
        """Yield the codes of what is denied.

        Raises:
            FormatError: the part is not well-formed, or declares a document type.
        """
        events = Events(
            on_start=self._start,
            on_end=self._end,
            on_text=self._text,
            on_instruction=lambda *_: self._found.add("ooxml.processing-instruction"),
        )
        read_xml(xml, events)
        for code in (*("".join(field.pieces) for field in self._fields), "".join(self._codes)):
            self._field(code)
        yield from sorted(self._found)

    def _start(self, name: str, attributes: Attributes) -> None:
        space, _, local = name.rpartition(" ")
        if local in _CELLS and not any(" " in key for key in attributes):
            self._inside.append(local)
            return
        if not _OFFICE.match(space) or space.endswith("/math"):
            local = ""
        if self._inside and self._inside[-1] in _WRITTEN and local not in _WRITTEN:
            self._found.add("ooxml.split-formula")
        self._inside.append(local)
        if local in _BRANCHES:
            self._met += 1
            self._alternatives.append(self._met)
        self._look_at_element(space, local)
        if local == "fldChar":
            self._mark(_own(attributes, space, "fldCharType"))
        if local == "fldSimple":
            self._simple(attributes)
        if local == "definedName" and _AUTOMATIC.match(attributes.get("name", "")):
            self._found.add("ooxml.automatic-name")
        for key, value in attributes.items():
            self._attribute(space, key, value)

    def _look_at_element(self, space: str, local: str) -> None:
        if local in _ELEMENTS:
            self._found.add(f"ooxml.element-{local}")
        if local == "control" and any(mark in space for mark in _CONTROL_SPACES):
            self._found.add("ooxml.element-control")
        if local == "dataModel" and "spreadsheetml" in space:
            self._found.add("ooxml.element-dataModel")

    def _attribute(self, space: str, key: str, value: str) -> None:
        of, _, name = key.rpartition(" ")
        if (of in self._spaces or key == _RELID) and value and value not in self._links:
            self._found.add("ooxml.dangling-reference")
        if key == "macro" and value:
            self._found.add("ooxml.macro-attribute")
        if name.startswith(("fmla", "formula")) and "spreadsheetml" in space:
            self._look_at_formula(value)
        if key in {"connectionId", "queryTableFieldId"}:
            self._found.add("ooxml.connected-table")
        if key == "action" and value.lower().startswith(_ACTIONS):
            self._found.add("ooxml.program-action")
        if "vml" in space and name in {"src", "href"} and not _CLICKED.match(value):
            self._found.add("ooxml.drawn-address")
        if "vml" in space and name == "src" and _CLICKED.match(value) and value[0] != "#":
            self._found.add("ooxml.drawn-address")

    def _simple(self, attributes: Attributes) -> None:
        """Look at every code that a field has: another namespace may have one of this name."""
        for key, value in attributes.items():
            if key.endswith("instr"):
                self._field(value)

    def _mark(self, mark: str) -> None:
        self._compare_branches()
        if mark == "begin":
            self._fields.append(_Field(self._alternatives[-1:]))
        elif mark == "separate" and self._fields:
            self._fields[-1].is_open = False
        elif mark == "end" and self._fields:
            self._field("".join(self._fields.pop().pieces))

    def _compare_branches(self) -> None:
        """Note a code that begins in one of several alternatives, or around them, and goes on."""
        if any(field.is_open and field.branch != self._alternatives[-1:] for field in self._fields):
            self._found.add("ooxml.field-in-alternatives")

    def _field(self, code: str) -> None:
        link = _LINK_FIELD.match(code)
        if _VERBS.match(code) or _ANYWHERE.search(code):
            self._found.add("ooxml.field")
        elif link:
            targets = _LINK_OPTION.sub(" ", link[1]).split()
            if not all(_CLICKED.match(target.lstrip('"')) for target in targets):
                self._found.add("ooxml.field-link")

    def _text(self, text: str) -> None:
        within = self._inside[-1] if self._inside else ""
        if within == "instrText":
            self._codes.append(text)
            self._compare_branches()
            if self._fields:
                self._fields[-1].pieces.append(text)
        elif within in _WRITTEN:
            self._formula.append(text)

    def _end(self, _: str) -> None:
        ended = self._inside.pop()
        if ended in _BRANCHES:
            self._alternatives.pop()
        if ended not in _WRITTEN or not self._formula:
            return
        formula = "".join(self._formula)
        self._formula.clear()
        self._look_at_formula(formula)

    def _look_at_formula(self, formula: str) -> None:
        bare = _TEXT_IN_QUOTES.sub('""', formula)
        if _CALLS.search(formula) or _CELL_LINK.search(formula) or _DDE_FORMULA.search(bare):
            self._found.add("ooxml.formula")
        if "!" in bare and _OUTSIDE.search(bare):
            self._found.add("ooxml.external-formula")


class _Field:
    """The code of one field, and in which of several alternatives it begins."""

    def __init__(self, branch: list[int]) -> None:
        self.branch, self.is_open, self.pieces = branch, True, list[str]()


def _own(attributes: Attributes, space: str, name: str) -> str:
    """Return an attribute in the namespace of its element, which is the one that Word reads."""
    return attributes.get(f"{space} {name}", attributes.get(name, ""))
