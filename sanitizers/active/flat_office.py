"""Office documents that are one XML file: Word 2003, Excel 2003, and packages written flat (OPC).

Macros and objects stand in them as base64 in elements of their own, fields and formulas as text. A
picture is told by the name or the content type that its bytes are given; other bytes are active.
"""

import re
from dataclasses import dataclass, field

from formats.markup import Attributes, local_name
from sanitizers.active.ooxml import ACTIVE_LINKS, ACTIVE_TYPES, FETCHING, FIELDS, PASSIVE_EXTERNAL

_NAMESPACES = (
    "http://schemas.microsoft.com/office/word/2003/wordml",
    "urn:schemas-microsoft-com:office:spreadsheet",
    "http://schemas.microsoft.com/office/2006/xmlPackage",
)
_ELEMENTS: dict[str, str] = {
    "docsuppdata": "ooxml-macros",
    "ocx": "ooxml-control",
    "control": "ooxml-control",
    "oleobject": "ooxml-object",
    "objectembed": "ooxml-object",
    "objectlink": "ooxml-object",
    "altchunk": "ooxml-foreign-part",
    "subdoc": "ooxml-foreign-part",
    "sourcefilename": "ooxml-foreign-part",
    "externname": "ooxml-dde",
    "ddelink": "ooxml-dde",
    "moniker": "ooxml-dde",
    "querytable": "ooxml-data-connection",
    "querysource": "ooxml-data-connection",
    "connection": "ooxml-data-connection",
    "mailmerge": "ooxml-data-connection",
}
_PICTURE_NAME = re.compile(r"wordml://[\w.-]+\.(?:jpe?g|png|gif)\Z", re.IGNORECASE)
_PICTURE_TYPE = re.compile(r"image/(?:jpe?g|png|gif|bmp|tiff)\Z")
_REMOTE = re.compile(r"\s*(?:https?|ftp|file):|\s*\\\\|\s*//", re.IGNORECASE)
_LINK_FORMULA = re.compile(r"=[^\"]{0,400}\|[^\"]{0,400}!")
_DRAWN = frozenset({"src", "link"})


@dataclass(slots=True, kw_only=True)
class FlatOffice:
    """What one document shows while it is read; `is_office` by the namespace of its root."""

    is_office: bool = False
    rules: set[str] = field(default_factory=set)
    _seen: bool = False
    _in_field: bool = False
    _codes: list[str] = field(default_factory=list)
    _part_type: str = ""

    def start(self, name: str, attributes: Attributes) -> None:
        """Take the beginning of an element."""
        namespace, _, local = name.rpartition(" ")
        if not self._seen:
            self._seen, self.is_office = True, namespace in _NAMESPACES
        if not self.is_office:
            return
        word = local.lower()
        values = {local_name(key).lower(): value for key, value in attributes.items()}
        self._in_field = word == "instrtext"
        self._part_type = values.get("contenttype", self._part_type)
        rule = _ELEMENTS.get(word) or self._rule_of(word, values)
        if rule:
            self.rules.add(rule)
        if word in ("fldsimple", "fldinst"):
            self._codes.append(values.get("instr", ""))
        if any(_REMOTE.match(values.get(key, "")) for key in _DRAWN):
            self.rules.add("ooxml-external-target")

    def _rule_of(self, word: str, values: Attributes) -> str:
        """Return the rule of an element whose attributes decide; empty for none."""
        match word:
            case "bindata":
                return "" if _PICTURE_NAME.match(values.get("name", "")) else "ooxml-macros"
            case "binarydata":
                return "" if _PICTURE_TYPE.match(self._part_type.lower()) else "ooxml-object"
            case "attachedtemplate":
                return "ooxml-external-target" if _REMOTE.match(values.get("val", "")) else ""
            case "part":
                kind = self._part_type.lower()
                return next((rule for mark, rule in ACTIVE_TYPES if mark in kind), "")
            case "relationship":
                return _rule_of_link(values)
            case _:
                return "ooxml-dde" if _LINK_FORMULA.match(values.get("formula", "")) else ""

    def text(self, text: str) -> None:
        """Take a piece of text; only what is the code of a field matters."""
        if self._in_field:
            self._codes.append(text)

    def end(self) -> None:
        """Take the end of an element."""
        self._in_field = False

    def finish(self) -> set[str]:
        """Return the rules of the whole document; a split field is joined first."""
        joined = "".join(self._codes)
        if FIELDS.search(joined) or FIELDS.search(" ".join(self._codes)):
            self.rules.add("ooxml-dde")
        if FETCHING.search(joined):
            self.rules.add("ooxml-external-target")
        return self.rules


def _rule_of_link(values: Attributes) -> str:
    kind = values.get("type", "").rpartition("/")[2].lower()
    if kind in ACTIVE_LINKS:
        return ACTIVE_LINKS[kind]
    external = values.get("targetmode", "").lower() == "external"
    return "ooxml-external-target" if external and kind not in PASSIVE_EXTERNAL else ""
