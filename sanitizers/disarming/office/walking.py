"""The deny-list over every member of a copy: what it names may stand nowhere in it.

It is written from what is dangerous, not from what the disarmer keeps, and shares no code with it.
A person may click on a link to the web; that is for the policy to allow, and no finding here.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from formats.families import PROHIBITED_FAMILIES, Family
from formats.markup import Attributes, Events, local_name, read_xml
from formats.ooxml import (
    CONTENT_TYPES,
    Relationship,
    read_content_types,
    read_relationships,
)
from formats.zip import read_directory
from sanitizers.active.members import each_member
from sanitizers.active.packed_data import holds_document
from sanitizers.disarming.office.walked_parts import PartWalk
from sanitizers.disarming.pictures import left_in
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.sniffing import sniff

_DENIED_LINKS = re.compile(
    r"vba|macro|oleobject|control(?!led)|activex|afchunk|subdocument|frame|connection|querytable|"
    r"mailmerge|webextension|taskpane|toolbar|extensibility|customui|usercustomization|"
    r"attachedtemplate|externallink|dialogsheet|keymap|printersettings|volatile|powerpivot|"
    r"xmlmaps|tablesinglecells|webimage|digital-signature|attacheddocument|htmlpub"
)
_DENIED_TYPES = re.compile(
    r"vba|macro|oleobject|activex|externallink|connections|querytable|webextension|toolbar|"
    r"printersettings|customui|digital-signature|x-msdownload|executable|dialogsheet|keymap"
)
_DENIED_NAMES = re.compile(r"vbaproject|macrosheet|activex|oleobject|customui")
_ALLOWED_TARGET = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_RELATIONSHIP_SPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
_AUTHORITIES = (
    "http://schemas.openxmlformats.org/",
    "http://schemas.microsoft.com/",
    "http://purl.oclc.org/ooxml/",
)
_SEEN = frozenset({Family.IMAGE, Family.MEDIA, Family.FONT})


@dataclass(slots=True, kw_only=True)
class _Part:
    name: str
    content: bytes
    type: str = ""
    links: set[str] = field(default_factory=set)
    reached_as: set[str] = field(default_factory=set)


def walk(content: bytes, depth: int = 0) -> tuple[str, ...]:
    """Return the codes of what is denied, and stands in a document all the same.

    Raises:
        FormatError: the document cannot be read whole.
    """
    if depth > DEFAULT_LIMITS.most_depth:
        return ("ooxml.too-deep",)
    directory = read_directory(content, most_members=DEFAULT_LIMITS.most_members)
    found = [f"zip.{anomaly}" for anomaly in directory.anomalies]
    members = {m.text: plain for m, plain in each_member(content, directory, DEFAULT_LIMITS)}
    if CONTENT_TYPES not in members:
        return (*found, "ooxml.without-types")
    types = read_content_types(members[CONTENT_TYPES])
    parts = {
        name.lower(): _Part(name=name, content=plain, type=types.of(name))
        for name, plain in members.items()
    }
    found += _links(parts)
    for part in parts.values():
        if part.name != CONTENT_TYPES and not part.name.endswith(".rels"):
            found += _part(part, depth)
    return tuple(sorted({code.lower() for code in found}))


def _links(parts: Mapping[str, _Part]) -> Iterator[str]:
    for name, part in parts.items():
        if not name.endswith(".rels"):
            continue
        folder, _, listing = name.rpartition("_rels/")
        source = folder + listing.removesuffix(".rels")
        if source and source not in parts:
            yield "ooxml.stray-relationships"
        for link in read_relationships(part.content):
            yield from _link(link, folder, parts)
        names, types = _names_and_types(part.content)
        if not all(kind.startswith(_AUTHORITIES) for kind in types):
            yield "ooxml.unknown-kind"
        if source:
            parts.get(source, part).links |= names


def _link(link: Relationship, folder: str, parts: Mapping[str, _Part]) -> Iterator[str]:
    if _DENIED_LINKS.search(link.kind):
        yield f"ooxml.link-{_short(link.kind)}"
    if link.external:
        if link.kind != "hyperlink" or not _ALLOWED_TARGET.match(link.untrusted_target):
            yield "ooxml.external-target"
        return
    path = posixpath.join("/", folder, link.untrusted_target.partition("#")[0].lower())
    target = parts.get(posixpath.normpath(path).lstrip("/"))
    if target is None:
        yield "ooxml.dangling-link"
    else:
        target.reached_as.add(link.kind)


def _names_and_types(xml: bytes) -> tuple[set[str], set[str]]:
    found: tuple[set[str], set[str]] = (set(), set())

    def on_start(name: str, attributes: Attributes) -> None:
        if local_name(name) == "Relationship":
            found[0].add(attributes.get("Id", ""))
            found[1].add(attributes.get("Type", ""))

    read_xml(xml, Events(on_start=on_start))
    return found


def _part(part: _Part, depth: int) -> Iterator[str]:
    if not part.reached_as:
        yield "ooxml.unreached-part"
    if not part.type:
        yield "ooxml.undeclared-part"
    if _DENIED_TYPES.search(part.type) or _DENIED_NAMES.search(part.name.lower()):
        yield "ooxml.denied-type"
    if part.type.endswith(("xml", "vmldrawing")):
        if part.reached_as and part.reached_as <= {"customxml", "customxmlprops"}:
            if holds_document(part.content):
                yield "ooxml.document-in-data"
            return
        yield from PartWalk(part.links, _RELATIONSHIP_SPACES).read(part.content)
        return
    yield from _blob(part, depth)


def _blob(part: _Part, depth: int) -> Iterator[str]:
    report = sniff(part.content)
    if report.family in PROHIBITED_FAMILIES:
        yield "ooxml.program"
    elif part.content.startswith(b"PK"):
        yield from walk(part.content, depth + 1)
    elif report.family is Family.IMAGE:
        yield from left_in(part.content, report.media_type)
    elif report.family not in _SEEN and part.content and "font" not in part.reached_as:
        yield "ooxml.foreign-part"


def _short(kind: str) -> str:
    return re.sub(r"[^a-z-]", "", kind)[:40]
