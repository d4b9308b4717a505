"""The deny-list over every member of a copied OpenDocument package, apart from the disarmer."""

import re
from collections.abc import Iterator

from formats.families import PROHIBITED_FAMILIES, Family
from formats.markup import Attributes, Events, local_name, read_xml
from formats.zip import read_directory
from sanitizers.active.members import each_member
from sanitizers.disarming.pictures import left_in
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.sniffing import sniff

_NAMES = re.compile(
    r"(?:^|/)(?:basic|scripts|dialogs|configurations2)/|signatures|objectole|\.(?:bas|js|py|class|jar)$",
    re.IGNORECASE,
)
_ELEMENTS = frozenset(
    """
    event-listener event-listeners scripts script applet plugin floating-frame object-ole dde-source
    dde-link dde-links dde-connection dde-connection-decl execute-macro section-source table-source
    cell-range-source source-service database-source-sql database-source-query database-source-table
    connection-resource template auto-reload submission encryption-data instance
    error-macro
    """.split()  # noqa: SIM905  a list of words is easier to read so
)
_OUTSIDE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]{1,30}:|//|\\\\|/|\.\./)", re.IGNORECASE)
_CLICKED = re.compile(r"https?://|mailto:|#", re.IGNORECASE)
_FORMULA = re.compile(
    r"(?<!\w)(?:com\.microsoft\.)?(?:DDE|WEBSERVICE)\s*\(|file:|'#\$", re.IGNORECASE
)
_RANGE = re.compile(r"-(?:address(?:es)?|ranges?|cell)\Z")
_KNOWN = frozenset({Family.IMAGE, Family.MEDIA, Family.FONT})
_MANIFEST = "META-INF/manifest.xml"


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what is denied, and stands in a document all the same.

    Raises:
        FormatError: the document cannot be read whole.
    """
    directory = read_directory(content, most_members=DEFAULT_LIMITS.most_members)
    found = [f"zip.{anomaly}" for anomaly in directory.anomalies]
    listed: set[str] = set()
    names: set[str] = set()
    for member, plain in each_member(content, directory, DEFAULT_LIMITS):
        name = member.text
        names.add(name)
        if _NAMES.search(name):
            found.append("odf.denied-member")
        if name.lower().endswith((".xml", ".rdf")):
            found += _Part(listed if name == _MANIFEST else set()).read(plain)
        elif name != "mimetype":
            found += _blob(plain)
    if names - {"mimetype", _MANIFEST} != {name for name in listed if not name.endswith("/")}:
        found.append("odf.manifest-differs")
    return tuple(sorted(set(found)))


def _blob(plain: bytes) -> Iterator[str]:
    report = sniff(plain)
    family = report.family
    yield from left_in(plain, report.media_type)
    if family in PROHIBITED_FAMILIES:
        yield "odf.program"
    elif family not in _KNOWN and not plain.startswith(b"VCLMTF"):
        yield "odf.foreign-part"


class _Part:
    """Walks one part; the paths that it lists are those of a manifest."""

    def __init__(self, listed: set[str]) -> None:
        self._listed = listed
        self._found: set[str] = set()

    def read(self, xml: bytes) -> Iterator[str]:
        """Yield the codes of what is denied.

        Raises:
            FormatError: the part is not well-formed, or declares a document type.
        """
        read_xml(
            xml,
            Events(
                on_start=self._start,
                on_instruction=lambda *_: self._found.add("odf.processing-instruction"),
            ),
        )
        yield from sorted(self._found)

    def _start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        if local in _ELEMENTS:
            self._found.add(f"odf.element-{local}")
        for key, value in attributes.items():
            of = local_name(key)
            if of == "href":
                self._address(local, value)
            elif of in {"formula", "expression", "condition"} and _FORMULA.search(value):
                self._found.add("odf.formula")
            elif _RANGE.search(of) and _FORMULA.search(value):
                self._found.add("odf.range-outside")
            elif of in {"datasource", "image-data"} and value:
                self._found.add("odf.form-source")
            elif of == "full-path":
                self._listed.add(value)

    def _address(self, element: str, value: str) -> None:
        clicked = element == "a" and _CLICKED.match(value)
        if not clicked and _OUTSIDE.match(value):
            self._found.add("odf.external-target")
