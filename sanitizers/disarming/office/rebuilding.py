"""Disarms an Office Open XML document: what is listed is copied, and nothing else.

1. The package is read so that no two programs could see two (zipped, package).
2. Parts are reached over the relationships that a copy may keep (kinds, exploring).
3. What is left in them of what was not kept, or runs by itself, is cut out (scrubbing).
4. Parts, relationships and content types are written anew, in one way.
"""

from xml.sax.saxutils import quoteattr

from formats.faults import LimitError
from formats.ooxml import CONTENT_TYPES
from sanitizers.disarming.interface import CannotDisarmError, Copy, Switch
from sanitizers.disarming.office.exploring import Plan, explore
from sanitizers.disarming.office.large_sheets import put_back
from sanitizers.disarming.office.markup import serialise
from sanitizers.disarming.office.package import (
    ROOT,
    Link,
    Package,
    open_package,
    relationships_of,
)
from sanitizers.disarming.office.scrubbing import scrub
from sanitizers.disarming.zipped import pack
from sanitizers.limits import DEFAULT_LIMITS
from sanitizers.sniffing import sniff

_OFFICE = "application/vnd.openxmlformats-officedocument."
_MAIN = ".main+xml"
_DECLARATION = b"<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n"
_RELATIONSHIPS_TYPE = "application/vnd.openxmlformats-package.relationships+xml"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/"
# The main types of documents with macros, and what each is without them.
_PLAIN = {
    "application/vnd.ms-word.document.macroenabled": "wordprocessingml.document",
    "application/vnd.ms-word.template.macroenabledtemplate": "wordprocessingml.template",
    "application/vnd.ms-word.template.macroenabled": "wordprocessingml.template",
    "application/vnd.ms-excel.sheet.macroenabled": "spreadsheetml.sheet",
    "application/vnd.ms-excel.template.macroenabled": "spreadsheetml.template",
    "application/vnd.ms-powerpoint.presentation.macroenabled": "presentationml.presentation",
    "application/vnd.ms-powerpoint.slideshow.macroenabled": "presentationml.slideshow",
    "application/vnd.ms-powerpoint.template.macroenabled": "presentationml.template",
}
_SEEN = ("image/", "video/", "audio/")
_DOCUMENTS = frozenset({_OFFICE + kind for kind in _PLAIN.values()})


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return a copy without active content.

    Raises:
        FormatError: the document cannot be read whole.
        CannotDisarmError: it is signed, encrypted, ambiguous, or no document of a known kind.
    """
    return _disarm(content, switches, DEFAULT_LIMITS.most_depth)


def _disarm(content: bytes, switches: frozenset[Switch], depth: int) -> Copy:
    if depth == 0:
        raise LimitError("documents inside documents")
    package = open_package(content, although_signed=Switch.ALTHOUGH_SIGNED in switches)
    plan = explore(package, switches, lambda inner: _disarm(inner, switches, depth - 1))
    media_type = _media_type(package.type_of(plan.main))
    scrub(plan, switches)
    return Copy(
        content=pack(_members(package, plan, media_type)),
        media_type=media_type,
        removed=plan.removals.listed(),
    )


def _media_type(declared: str) -> str:
    kind = declared.lower().removesuffix(_MAIN)
    plain = _OFFICE + _PLAIN[kind] if kind in _PLAIN else declared.removesuffix(_MAIN)
    if plain not in _DOCUMENTS:
        raise CannotDisarmError("neither a text, a workbook nor a presentation")
    return plain


def _members(package: Package, plan: Plan, media_type: str) -> list[tuple[str, bytes]]:
    written = ((name, serialise(tree)) for name, tree in plan.trees.items())
    parts = {name: put_back(xml, plan.rows[name]) for name, xml in written} | plan.blobs
    reached = {name: parts[name] for name in sorted(parts) if name in plan.links}
    types = {
        name: _type_of_blob(package, name, plan.blobs[name])
        if name in plan.blobs
        else package.type_of(name)
        for name in reached
    }
    types[plan.main] = media_type + _MAIN
    links = {
        relationships_of(part): _relationships(kept)
        for part, kept in sorted(plan.links.items())
        if kept and (part == ROOT or part in reached)
    }
    return [(CONTENT_TYPES, _content_types(types)), *links.items(), *reached.items()]


def _type_of_blob(package: Package, name: str, content: bytes) -> str:
    """Return what a part is declared to be; a picture that is declared as something else is not."""
    declared = package.type_of(name)
    found = sniff(content).media_type
    if found.startswith(_SEEN) and not declared.startswith(_SEEN):
        return found
    return declared or "application/octet-stream"


def _content_types(types: dict[str, str]) -> bytes:
    entries = "".join(
        f"<Override PartName={quoteattr('/' + name)} ContentType={quoteattr(kind)}/>"
        for name, kind in types.items()
    )
    return (
        _DECLARATION
        + (
            f'<Types xmlns="{_PACKAGE}content-types">'
            f'<Default Extension="rels" ContentType="{_RELATIONSHIPS_TYPE}"/>{entries}</Types>'
        ).encode()
    )


def _relationships(links: tuple[Link, ...]) -> bytes:
    entries = "".join(
        f"<Relationship Id={quoteattr(link.name)} Type={quoteattr(link.type)} "
        f"Target={quoteattr(link.untrusted_target)}"
        + (' TargetMode="External"/>' if link.external else "/>")
        for link in links
    )
    head = f'<Relationships xmlns="{_PACKAGE}relationships">'
    return _DECLARATION + f"{head}{entries}</Relationships>".encode()
