"""What a person reads in an Office Open XML document: followed by types, knowing of no copy."""

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from formats.faults import UnsupportedError
from formats.ooxml import (
    CONTENT_TYPES,
    ContentTypes,
    Relationship,
    read_content_types,
    read_relationships,
)

# The ends of the types of parts that hold text, cells, slides or pictures (ECMA-376 part 1, 15.2).
_SHOWN = (
    *(".main+xml", "header+xml", "footer+xml", "footnotes+xml", "endnotes+xml", "comments+xml"),
    *("slide+xml", "slidelayout+xml", "slidemaster+xml", "notesmaster+xml", "notesslide+xml"),
    *("worksheet+xml", "chartsheet+xml", "sharedstrings+xml", "drawing+xml", "vmldrawing"),
    *("chart+xml", "diagramdata+xml", "diagramdrawing+xml", ".table+xml", "numbering+xml"),
    *("document.glossary+xml", "chartshapes+xml"),
)
_PICTURES = frozenset({"image"})


@dataclass(slots=True, kw_only=True)
class Stories:
    """The parts that are shown, by name, with their types; and the pictures that they show."""

    types: dict[str, str] = field(default_factory=dict)
    pictures: set[str] = field(default_factory=set)


def stories(members: Mapping[str, bytes]) -> Stories:
    """Return what a document shows, starting from its main part.

    Raises:
        FormatError: relationships or content types cannot be read.
    """
    names = {name.lower(): name for name in members}
    if CONTENT_TYPES.lower() not in names:
        raise UnsupportedError("a package without content types")
    types = read_content_types(members[names[CONTENT_TYPES.lower()]])
    found = Stories()
    waiting = [""]
    while waiting:
        source = waiting.pop()
        for link, part in _targets(members, names, source):
            if link.kind in _PICTURES:
                found.pictures.add(part)
            elif part not in found.types and _is_shown(types, part):
                found.types[part] = types.of(part)
                waiting.append(part)
    return found


def _is_shown(types: ContentTypes, part: str) -> bool:
    return types.of(part).endswith(_SHOWN)


def _targets(
    members: Mapping[str, bytes], names: Mapping[str, str], source: str
) -> Iterator[tuple[Relationship, str]]:
    folder, name = posixpath.split(source)
    listing = names.get(posixpath.join(folder, "_rels", name + ".rels").lower())
    if listing is None:
        return
    for link in read_relationships(members[listing]):
        path = posixpath.join("/", folder, link.untrusted_target.partition("#")[0])
        part = names.get(posixpath.normpath(path).lstrip("/").lower())
        if part is not None and not link.external:
            yield link, part
