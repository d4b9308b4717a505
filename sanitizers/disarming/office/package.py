"""An Office Open XML package (ECMA-376 part 2): its parts, their types, the links between them."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from formats.faults import UnsupportedError
from formats.ooxml import CONTENT_TYPES
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.office.markup import Element, each, local, parse
from sanitizers.disarming.zipped import unpack

ROOT = ""
_SEPARATOR = "/"
_SIGNATURE = "digital-signature-xmlsignature"
_RELATIONSHIP = ("Relationship",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A relationship (ECMA-376 part 2, 6.5.3); `kind` is the last word of its type, lower case."""

    name: str
    type: str
    untrusted_target: str
    external: bool

    @property
    def kind(self) -> str:
        """What the link is for."""
        return self.type.rpartition(_SEPARATOR)[2].lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """The parts of a package by name, and the content types as they are declared."""

    parts: Mapping[str, bytes]
    overrides: Mapping[str, str]
    defaults: Mapping[str, str]
    _names: dict[str, str] = field(default_factory=dict)

    def find(self, name: str) -> str:
        """Return the name of a part as it is written, empty when there is none: case is ignored."""
        if not self._names:
            self._names.update((known.lower(), known) for known in self.parts)
        return self._names.get(name.lower(), "")

    def type_of(self, part: str) -> str:
        """Return the declared type of a part, empty when it has none."""
        name = part.lower()
        return self.overrides.get(name) or self.defaults.get(name.rpartition(".")[2], "")

    def links_of(self, part: str) -> tuple[Link, ...]:
        """Return the links from a part, or from the package itself.

        Raises:
            FormatError: they cannot be read.
            CannotDisarmError: two links have one name.
        """
        found = self.find(relationships_of(part))
        if not found:
            return ()
        links = tuple(_link(element) for element in each(parse(self.parts[found]), _RELATIONSHIP))
        names = [link.name for link in links if link.name]
        if len(set(names)) != len(names):
            raise CannotDisarmError("two relationships of one name")
        return links

    def target(self, source: str, link: Link) -> str:
        """Return the name of the part that a link leads to, empty when there is no such part."""
        written = link.untrusted_target.partition("#")[0]
        base = posixpath.dirname(_SEPARATOR + source)
        path = posixpath.normpath(posixpath.join(base, written)).lstrip(_SEPARATOR)
        return self.find(path) or self.find(unquote(path))


def relationships_of(part: str) -> str:
    """Return the name of the part that holds the links of another (ECMA-376 part 2, 6.5.2.2)."""
    folder, name = posixpath.split(part)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def open_package(content: bytes, *, although_signed: bool = False) -> Package:
    """Read a package.

    Raises:
        FormatError: it cannot be read.
        CannotDisarmError: it is ambiguous or encrypted, or signed and no person gave that up.
    """
    parts = unpack(content)
    if len({unquote(name).lower() for name in parts}) != len(parts):
        raise CannotDisarmError("programs would read different parts of one name")
    listing = next((name for name in parts if name.lower() == CONTENT_TYPES.lower()), "")
    if not listing:
        raise UnsupportedError("a package without content types")
    overrides: dict[str, str] = {}
    defaults: dict[str, str] = {}
    for element in each(parse(parts[listing]), ("Override", "Default")):
        _declare(element, overrides if local(element) == "Override" else defaults)
    package = Package(parts=parts, overrides=overrides, defaults=defaults)
    signed = any(_SIGNATURE in package.type_of(name).lower() for name in parts)
    if signed and not although_signed:
        raise CannotDisarmError("signed: a copy would lose the signature")
    return package


def _declare(element: Element, known: dict[str, str]) -> None:
    key = (element.get("PartName") or element.get("Extension") or "").lower().lstrip(_SEPARATOR)
    kind = element.get("ContentType") or ""
    if known.setdefault(key, kind).lower() != kind.lower():
        raise CannotDisarmError("two content types of one part")


def _link(element: Element) -> Link:
    return Link(
        name=element.get("Id") or "",
        type=element.get("Type") or "",
        untrusted_target=element.get("Target") or "",
        external=(element.get("TargetMode") or "").lower() == "external",
    )
