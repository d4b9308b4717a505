"""The parts of an Office Open XML package (ECMA-376 part 2): content types and relationships."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from formats.markup import Attributes, Events, local_name, read_xml

CONTENT_TYPES = "[Content_Types].xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentTypes:
    """What each part is: by its own entry, else by its extension. Keys are in lower case."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)

    def of(self, part: str) -> str:
        """Return the content type of a part, empty when it has none."""
        name = part.lower().lstrip("/")
        extension = name.rpartition(".")[2]
        return self.overrides.get(name) or self.defaults.get(extension, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Relationship:
    """A link from a part: its type's last word, its target, and whether that lies outside."""

    kind: str
    untrusted_target: str
    external: bool


def read_content_types(xml: bytes) -> ContentTypes:
    """Read [Content_Types].xml.

    Raises:
        FormatError: it is not well-formed.
    """
    overrides: dict[str, str] = {}
    defaults: dict[str, str] = {}

    def on_start(name: str, attributes: Attributes) -> None:
        kind = attributes.get("ContentType", "").lower()
        if local_name(name) == "Override":
            overrides[attributes.get("PartName", "").lower().lstrip("/")] = kind
        elif local_name(name) == "Default":
            defaults[attributes.get("Extension", "").lower()] = kind

    read_xml(xml, Events(on_start=on_start))
    return ContentTypes(overrides=overrides, defaults=defaults)


def read_relationships(xml: bytes) -> tuple[Relationship, ...]:
    """Read a .rels part.

    Raises:
        FormatError: it is not well-formed.
    """
    found: list[Relationship] = []

    def on_start(name: str, attributes: Attributes) -> None:
        if local_name(name) == "Relationship":
            found.append(
                Relationship(
                    kind=attributes.get("Type", "").rpartition("/")[2].lower(),
                    untrusted_target=attributes.get("Target", ""),
                    external=attributes.get("TargetMode", "").lower() == "external",
                )
            )

    read_xml(xml, Events(on_start=on_start))
    return tuple(found)
