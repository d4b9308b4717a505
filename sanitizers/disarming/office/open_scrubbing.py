"""Cuts out of a part of an OpenDocument package what runs, fetches, or leads out of it."""

import posixpath
import re
from urllib.parse import unquote

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.kinds import is_kept_address
from sanitizers.disarming.office.markup import Element, drop, local, unwrap
from sanitizers.disarming.office.removals import Removals

_DROPPED = {
    "event-listeners": "odf-event-listener",
    "event-listener": "odf-event-listener",
    "scripts": "odf-macros",
    "script": "odf-macros",
    "error-macro": "odf-macros",
    "applet": "odf-plugin",
    "plugin": "odf-plugin",
    "floating-frame": "odf-external-target",
    "object-ole": "odf-object",
    "dde-source": "odf-dde",
    "dde-links": "odf-dde",
    "dde-link": "odf-dde",
    "dde-connection-decls": "odf-dde",
    "dde-connection-decl": "odf-dde",
    "section-source": "odf-external-target",
    "table-source": "odf-external-target",
    "cell-range-source": "odf-external-target",
    "source-service": "odf-data-connection",
    "database-source-sql": "odf-data-connection",
    "database-source-query": "odf-data-connection",
    "database-source-table": "odf-data-connection",
    "connection-resource": "odf-data-connection",
    "template": "odf-external-target",
    "auto-reload": "odf-external-target",
    "submission": "odf-data-connection",
    "instance": "odf-data-connection",
}
# What shows words of its own: the words stay.
_UNWRAPPED = {"dde-connection": "odf-dde", "execute-macro": "odf-macros"}
# A query that fills a table is no table without its source.
_OWNERS = {"data-pilot-table"}
_PRINTER = re.compile(r"Printer(?:Setup|Name)\Z|CurrentDatabase\w+\Z")
_HREF = "{http://www.w3.org/1999/xlink}href"
# What a form takes its rows, and a button its picture from, without any reference (part 3, 19).
_SOURCES = ("datasource", "image-data")
_FORMULAS = ("formula", "expression", "condition")
_OUTWARD = re.compile(
    r"(?<!\w)(?:com\.microsoft\.)?(?:DDE|WEBSERVICE|CALL|REGISTER|IMAGE)\s*\(|'#\$|\w#\$|file:|https?:|ftp:|"
    r"smb:|\\\\",
    re.IGNORECASE,
)
_LINK = re.compile(r"(?<!\w)HYPERLINK\s*\((?!\s*\"#)", re.IGNORECASE)
# A chart, a form or a scenario names its cells so (part 3, 19.595 and others; part 4, 5.8).
_RANGES = ("-address", "-addresses", "-range", "-ranges", "-cell")
_OTHER_FILE = re.compile(r"'[^']*:[^']*'#")
_CACHED = re.compile(r"'[^']*'#\$")


def scrub(
    root: Element, part: str, kept: set[str], switches: frozenset[Switch], removals: Removals
) -> None:
    """Cut one part. `kept` are the members that the copy has."""
    job = _Scrub(part, kept, switches, removals)
    for element in list(root.iter()):
        if element is root or element.getparent() is not None:
            job.visit(element)


class _Scrub:
    def __init__(
        self, part: str, kept: set[str], switches: frozenset[Switch], removals: Removals
    ) -> None:
        self._folder = posixpath.dirname(part)
        self._part, self._kept = part, kept
        self._switches, self._removals = switches, removals

    def visit(self, element: Element) -> None:
        """Cut an element, or what of it leads out."""
        if element.getparent() is None:
            return
        name = local(element)
        if name == "scripts" and len(element) == 0:
            drop(element)  # every program writes it, mostly empty
        elif name in _DROPPED:
            self._drop(element, _DROPPED[name])
        elif name in _UNWRAPPED:
            unwrap(element)
            self._removals.add(_UNWRAPPED[name], self._part)
        elif name == "table" and _CACHED.match(_value(element, "name")):
            self._drop(element, "odf-external-target")
        elif name == "config-item" and _PRINTER.match(_value(element, "name")) and element.text:
            self._drop(element, "odf-printer-settings")
        else:
            self._visit_formulas(element)
            self._visit_address(element)

    def _drop(self, element: Element, rule: str) -> None:
        owner = element.getparent()
        goes = owner if local(owner) in _OWNERS and owner.getparent() is not None else element
        drop(goes)
        self._removals.add(rule, self._part)

    def _visit_formulas(self, element: Element) -> None:
        for key in list(element.attrib):
            if key.rpartition("}")[2] in _SOURCES and element.attrib[key]:
                del element.attrib[key]
                self._removals.add("odf-data-connection", self._part)
            elif self._leads_out(key.rpartition("}")[2], element.attrib[key]):
                del element.attrib[key]
                self._removals.add("odf-formula", self._part)

    def _leads_out(self, name: str, value: str) -> bool:
        """Tell whether a formula, or a range of cells, looks into another file."""
        if name in _FORMULAS:
            return self._is_outward(value)
        return name.endswith(_RANGES) and bool(_OTHER_FILE.search(value))

    def _is_outward(self, formula: str) -> bool:
        if _LINK.search(formula) and Switch.KEEP_LINKS not in self._switches:
            return True
        return bool(_OUTWARD.search(formula))

    def _visit_address(self, element: Element) -> None:
        address = element.attrib.get(_HREF)
        if address is None or self._is_inside(address):
            return
        if local(element) == "a":
            if not is_kept_address(address, self._switches):
                unwrap(element)
                self._removals.add("odf-link", self._part)
        else:
            if len(element):
                del element.attrib[_HREF]  # there may be words in it
            else:
                drop(element)
            self._removals.add("odf-external-target", self._part)

    def _is_inside(self, address: str) -> bool:
        """Tell whether an address is a place in the document, or a member of the copy."""
        if not address or address.startswith("#"):
            return True
        path = posixpath.normpath(posixpath.join(self._folder, unquote(address)))
        return path in self._kept or path == "." or f"{path}/content.xml" in self._kept


def _value(element: Element, name: str) -> str:
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")
