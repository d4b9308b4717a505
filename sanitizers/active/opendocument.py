"""Active content of OpenDocument files: macros, event listeners, foreign objects, remote parts."""

import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.families import PROHIBITED_FAMILIES
from formats.faults import ProtectedError
from formats.markup import Attributes, Events, local_name, read_xml
from formats.shapes import COMPOUND
from sanitizers.active.members import each_member, open_directory
from sanitizers.active.observation import active, prohibited
from sanitizers.interface import Opened
from sanitizers.sniffing import sniff

_MACRO_FOLDERS = ("basic/", "scripts/")
_ACTIVE_ELEMENTS: dict[str, str] = {
    "event-listener": "odf-event-listener",
    "script": "odf-macros",
    "applet": "odf-plugin",
    "plugin": "odf-plugin",
    "dde-source": "odf-dde",
    "dde-link": "odf-dde",
    "dde-connection-decl": "odf-dde",
    "database-source-sql": "odf-data-connection",
    "database-source-query": "odf-data-connection",
    "database-source-table": "odf-data-connection",
}
# A person clicks on a link; everything else with an address is loaded with the document.
_CLICKED = frozenset({"a", "template", "auto-reload"})
_REMOTE = ("http:", "https:", "ftp:", "ftps:", "file:", "smb:", "dav", "webdav", "\\\\", "//")
_FETCHING = ("http:", "https:", "ftp:", "file://", "smb:", "\\\\", "//")
# A form takes rows from one, and a button its picture, without any reference (part 3, 19).
_SOURCES = (" datasource", " image-data")
_ON_DISK = re.compile(r"file:///(?:[a-z]:|[^/])")
# All of these name a table that came with OpenOffice 1.0 and 2, and that nothing reads any more.
_OLD_TYPE = re.compile(
    rb'<!DOCTYPE\s+[a-z]+:[a-z-]+\s+PUBLIC\s+"-//OpenOffice\.org//DTD [A-Za-z]+ 1\.0//EN"'
    rb'\s+"[A-Za-z]+\.dtd"\s*>'
)
_FORMULA_RULES = (
    (re.compile(r"(?<!\w)dde\s*\(", re.IGNORECASE), "odf-dde"),
    (
        re.compile(r"(?<!\w)(?:com\.microsoft\.)?webservice\s*\(", re.IGNORECASE),
        "odf-external-target",
    ),
)


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in an OpenDocument package.

    Raises:
        FormatError: the package, or a part that could be active, cannot be read whole.
    """
    directory = open_directory(opened)
    for number, (member, plain) in enumerate(each_member(opened.content, directory, opened.limits)):
        where = f"member {number}"
        name = member.text.lower()
        if plain and name.startswith(_MACRO_FOLDERS):
            yield active("odf-macros", where=where)
        if not plain:
            continue  # old writers leave the parts of their configuration empty
        if name.endswith((".xml", ".rdf")):
            yield from _part(plain, name, where)
        elif plain.startswith(COMPOUND) or name.startswith("objectole"):
            yield active("odf-object", where=where)
        elif sniff(plain).family in PROHIBITED_FAMILIES:
            yield prohibited("odf-program", where=where)


def _part(xml: bytes, name: str, where: str) -> Iterator[Finding]:
    rules: set[str] = set()
    is_manifest = name == "meta-inf/manifest.xml"

    def on_start(element: str, attributes: Attributes) -> None:
        local = local_name(element)
        if is_manifest and local == "encryption-data":
            raise ProtectedError("a part needs a password")
        rule = _ACTIVE_ELEMENTS.get(local)
        if rule is not None:
            rules.add(rule)
        target = next((v for k, v in attributes.items() if k.endswith(" href")), "").lower()
        if target.startswith("vnd.sun.star.script:"):
            rules.add("odf-macros")
        elif _is_fetched(local, target):
            rules.add("odf-external-target")
        if any(
            k.endswith(_SOURCES) and v.lower().startswith(_FETCHING) for k, v in attributes.items()
        ):
            rules.add("odf-external-target")
        formula = next((v for k, v in attributes.items() if k.endswith(" formula")), "")
        rules.update(rule for pattern, rule in _FORMULA_RULES if pattern.search(formula))

    read_xml(without_type(xml), Events(on_start=on_start))
    yield from (active(rule, where=where) for rule in sorted(rules))


def _is_fetched(element: str, target: str) -> bool:
    """Tell whether a document loads an address by itself; its template may lie on a disk."""
    if element in _CLICKED:
        return element == "template" and target.startswith(_FETCHING) and not _ON_DISK.match(target)
    return target.startswith(_REMOTE)


def without_type(xml: bytes) -> bytes:
    """Drop the one document type that old writers put into manifests and lists of macros."""
    return _OLD_TYPE.sub(b"", xml, count=1)
