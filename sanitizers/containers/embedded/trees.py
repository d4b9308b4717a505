"""Documents in XML: CDA (R2 `representation`), KMEHR (`lnk`), FHIR (`data`), and any other text."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.containers.embedded.decoding import Field, has_mark

# The digital signature of a clinical document, which nothing opens.
NO_DOCUMENTS = frozenset({"signatureText"})
_FHIR = "http://hl7.org/fhir "
_DATA = frozenset({"data", "valueBase64Binary"})


def is_sure(name: str, attributes: Attributes) -> bool:
    """Tell whether the text of an element, or its value, is a document."""
    local = local_name(name)
    if attributes.get("representation", "").upper() == "B64":
        return local not in NO_DOCUMENTS
    if local == "lnk":
        return "MEDIATYPE" in attributes
    return name.startswith(_FHIR) and local in _DATA and "value" in attributes


def fields(content: bytes) -> Iterator[Field]:
    """Yield what may be a document.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    reading = _Reading()
    read_xml(
        content,
        Events(
            on_start=reading.start,
            on_end=reading.end,
            on_text=reading.text,
            on_instruction=lambda _, told: reading.add(told),
            on_type=lambda _, __: None,
        ),
    )
    yield from reading.found


@dataclass(slots=True, kw_only=True)
class _Open:
    """An element that has not ended."""

    sure: bool
    declared: str
    told: str = ""
    texts: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Reading:
    found: list[Field] = field(default_factory=list)
    open: list[_Open] = field(default_factory=list)

    def start(self, name: str, attributes: Attributes) -> None:
        local, sure = local_name(name), is_sure(name, attributes)
        declared = attributes.get("mediaType", "") or attributes.get("MEDIATYPE", "")
        if name.startswith(_FHIR) and self.open:
            parent = self.open[-1]
            if local == "contentType":
                parent.told = attributes.get("value", "")
            if sure:
                self.found.append(Field(text=attributes["value"], declared=parent.told, sure=True))
                attributes, sure = {}, False
        for value in attributes.values():
            self.add(value)
        self.open.append(_Open(sure=sure, declared=_media_type(declared)))

    def end(self, _: str) -> None:
        own = self.open.pop()
        text = "".join(own.texts)
        if own.sure:
            self.found.append(Field(text=text, declared=own.declared, sure=True))
        else:
            self.add(text)

    def text(self, text: str) -> None:
        if self.open:
            self.open[-1].texts.append(text)

    def add(self, text: str) -> None:
        """Keep a text that nobody calls a document, if it begins like one."""
        if has_mark(text):
            self.found.append(Field(text=text))


def _media_type(declared: str) -> str:
    return declared.strip().lower()
