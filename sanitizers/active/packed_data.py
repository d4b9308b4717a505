"""Documents packed as text into XML data: Word shows them where a text is bound to that data.

The package is one XML of its own, written as text, so its letters may be escaped once more for each
layer that it lies under (XML 1.0, 2.4 and 4.1), and the data may be in any alphabet.
"""

import html

from formats.markup import Attributes, Events, read_xml

# The vocabulary of a whole document in one XML.
MARK = "2006/xmlpackage"
_MOST_LAYERS = 8


def holds_document(xml: bytes) -> bool:
    """Tell whether a whole document is packed into some data.

    Raises:
        FormatError: it is not well-formed, or declares a document type.
    """
    pieces: list[str] = []

    def on_start(name: str, attributes: Attributes) -> None:
        pieces.extend(("\n", name, *attributes.values(), "\n"))

    read_xml(xml, Events(on_start=on_start, on_text=pieces.append))
    return is_marked("".join(pieces))


def is_marked(text: str) -> bool:
    """Tell whether a text, laid open layer by layer, names the vocabulary of packed documents."""
    for _ in range(_MOST_LAYERS):
        if MARK in text.lower():
            return True
        plain = html.unescape(text)
        if plain == text:
            return False
        text = plain
    return True


def may_be_packed(xml: bytes) -> bool:
    """Tell, without reading it, whether some data has to be read to know."""
    if b"\x00" in xml[:64] or (b"encoding" in xml[:200] and b"utf-8" not in xml[:200].lower()):
        return True
    is_escaped = b"&#" in xml or (b"&lt;" in xml and b"&amp;" in xml)
    return is_escaped or b"xmlPackage" in xml or b"<![CDATA[" in xml
