"""What of a package is copied: the parts that kept links lead to from its beginning, no others."""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from formats.families import PROHIBITED_FAMILIES, Family
from formats.faults import FormatError
from sanitizers.active.ooxml import ACTIVE_TYPES
from sanitizers.disarming.interface import CannotDisarmError, Copy, Switch
from sanitizers.disarming.office.kinds import BINARY, MAIN, PACKAGE, refusal_of_link
from sanitizers.disarming.office.large_sheets import set_aside
from sanitizers.disarming.office.markup import Element, each, local, parse
from sanitizers.disarming.office.package import ROOT, Link, Package
from sanitizers.disarming.office.removals import Removals
from sanitizers.disarming.pictures import plain_picture
from sanitizers.sniffing import sniff

Nested = Callable[[bytes], Copy]
# A part that begins with one of these is what it is, whatever the link and its type call it.
_ROOTS = {
    "macrosheet": "ooxml-excel4-macros",
    "dialogsheet": "ooxml-excel4-macros",
    "connections": "ooxml-data-connection",
    "queryTable": "ooxml-data-connection",
    "externalLink": "ooxml-external-workbook",
    "volTypes": "ooxml-data-connection",
    "MapInfo": "ooxml-data-connection",
    "DataMashup": "ooxml-data-connection",
    "webextension": "ooxml-web-extension",
    "taskpanes": "ooxml-web-extension",
    "customUI": "ooxml-custom-ui",
    "ocx": "ooxml-control",
    "vbaSuppData": "ooxml-macros",
    "tcg": "ooxml-toolbar",
}
_OUTSIDE_CACHE = "ooxml-data-connection"
_OF_PIVOTS = frozenset({"slicer", "slicercache", "timeline", "timelinecache"})
_PIVOTS = frozenset({"pivottable", "pivotcachedefinition"})
_ABSENT = "absent"
# The vocabulary of a whole document in one XML, and what could spell it in pieces.
_PACKED = re.compile(r"2006/xmlPackage|<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_MOST_LAYERS = 8
_SEEN_FAMILIES = frozenset({Family.IMAGE, Family.MEDIA})


@dataclass(slots=True, kw_only=True)
class Plan:
    """The parts to copy with the links that each of them keeps, and the trees of those in XML.

    `rows` are those of large sheets, which no tree holds.
    """

    main: str = ""
    links: dict[str, tuple[Link, ...]] = field(default_factory=dict)
    trees: dict[str, Element] = field(default_factory=dict)
    rows: dict[str, bytes] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    removals: Removals = field(default_factory=Removals)


def explore(package: Package, switches: frozenset[Switch], nested: Nested) -> Plan:
    """Follow the kept links of a package. `nested` returns the copy of a document inside.

    Raises:
        FormatError: a part cannot be read.
        CannotDisarmError: it has no beginning, or more than one.
    """
    return _Exploration(package, switches, nested).run()


class _Exploration:
    def __init__(
        self,
        package: Package,
        switches: frozenset[Switch],
        nested: Nested,
        *,
        with_slicers: bool = True,
    ) -> None:
        self._package, self._switches, self._nested = package, switches, nested
        self._with_slicers = with_slicers
        self._plan = Plan()
        self._refused: dict[str, str] = {}

    def run(self) -> Plan:
        waiting = [ROOT]
        while waiting:
            part = waiting.pop()
            if part in self._plan.links:
                continue
            kept = self._kept_links(part)
            self._plan.links[part] = kept
            waiting += [self._package.target(part, k) for k in kept if not k.external]
        if self._lost_pivots() and self._with_slicers:
            return _Exploration(
                self._package, self._switches, self._nested, with_slicers=False
            ).run()
        begun = [link for link in self._plan.links[ROOT] if link.kind == MAIN]
        if len(begun) != 1:
            raise CannotDisarmError(f"{len(begun)} main parts")
        self._plan.main = self._package.target(ROOT, begun[0])
        return self._plan

    def _lost_pivots(self) -> bool:
        """Tell whether a pivot goes: what filters pivots would then filter nothing."""
        return _OUTSIDE_CACHE in {
            rule for part, rule in self._refused.items() if self._plan.kinds[part] in _PIVOTS
        }

    def _kept_links(self, part: str) -> tuple[Link, ...]:
        kept: list[Link] = []
        for link in self._package.links_of(part):
            rule = refusal_of_link(link, self._switches) or self._refusal(part, link)
            if not rule:
                kept.append(link)
            elif rule != _ABSENT:
                self._plan.removals.add(rule, part)
        return tuple(kept)

    def _refusal(self, source: str, link: Link) -> str:
        """Return why the part behind a link is not copied; it is read for that."""
        if link.external:
            return ""
        if link.kind in _OF_PIVOTS and not self._with_slicers:
            return _OUTSIDE_CACHE
        part = self._package.target(source, link)
        if not part:
            return _ABSENT
        if not part.isprintable():
            raise CannotDisarmError("a part whose name cannot be shown")
        known = self._plan.kinds.get(part)
        if known is not None and known != link.kind and BINARY.isdisjoint({known, link.kind}):
            raise CannotDisarmError("one part for two purposes")
        if part not in self._refused:
            self._plan.kinds[part] = link.kind
            self._refused[part] = self._refusal_of_part(part, link.kind, source)
        return self._refused[part]

    def _refusal_of_part(self, part: str, kind: str, source: str) -> str:
        declared = self._package.type_of(part).lower()
        for mark, rule in ACTIVE_TYPES:
            if mark in declared or mark in part.lower():
                return rule
        if kind == PACKAGE:
            return self._refusal_of_document(part, source)
        if kind in BINARY:
            return self._refusal_of_blob(part, kind)
        if not declared:
            return "ooxml-undeclared-part"
        if declared.startswith("application/vnd.ms-excel") and not declared.endswith("xml"):
            raise CannotDisarmError("a binary workbook cannot be rebuilt part by part")
        written, rows = set_aside(self._package.parts[part])
        tree = parse(written)
        self._plan.rows[part] = rows
        rule = _ROOTS.get(local(tree), "") or self._refusal_of_pivot(part, tree)
        if kind == "customxml" and _holds_document(tree):
            rule = "ooxml-foreign-part"
        if not rule:
            self._plan.trees[part] = tree
        return rule

    def _refusal_of_document(self, part: str, source: str) -> str:
        """Keep the numbers behind a chart, rebuilt themselves; other documents inside go."""
        if "chart" not in self._package.type_of(source).lower():
            return "ooxml-embedded-document"
        try:
            inner = self._nested(self._package.parts[part])
        except (CannotDisarmError, FormatError):
            return "ooxml-embedded-document"
        self._plan.blobs[part] = inner.content
        self._plan.removals.take(inner.removed, part)
        return ""

    def _refusal_of_blob(self, part: str, kind: str) -> str:
        content = self._package.parts[part]
        report = sniff(content)
        if report.family in PROHIBITED_FAMILIES:
            return "ooxml-program"
        obscured = kind == "font" and report.family in {Family.UNKNOWN, Family.FONT}
        if not obscured and report.family not in _SEEN_FAMILIES and content:
            return "ooxml-foreign-part"
        made = plain_picture(content, report.media_type)
        self._plan.blobs[part] = made.content
        self._plan.removals.take(made.removed, part)
        return ""

    def _refusal_of_pivot(self, part: str, tree: Element) -> str:
        """Refuse a pivot whose numbers come from outside: its cells stay as they are shown."""
        if local(tree) == "pivotCacheDefinition":
            sources = list(each(tree, ("cacheSource",)))
            inside = all(source.get("type") == "worksheet" for source in sources)
            outside = any(link.external for link in self._package.links_of(part))
            return "" if inside and not outside else _OUTSIDE_CACHE
        if local(tree) == "pivotTableDefinition":
            links = self._package.links_of(part)
            return next((rule for link in links if (rule := self._refusal(part, link))), "")
        return ""


def _holds_document(tree: Element) -> bool:
    """Tell whether Word would find a document in some data, however often its letters are escaped.

    The names of elements count too: the data may be such a document itself.
    """
    names = {str(element.tag) for element in tree.iter()}
    values = (str(value) for element in tree.iter() for value in element.attrib.values())
    text = "\n".join((*names, *values, "".join(tree.itertext())))
    for _ in range(_MOST_LAYERS):
        if _PACKED.search(text):
            return True
        plain = html.unescape(text)
        if plain == text:
            return False
        text = plain
    return True
