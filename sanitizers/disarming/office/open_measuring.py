"""What a copy of an OpenDocument package must share with it: words, cells, pages, pictures."""

import re
from collections.abc import Iterable
from hashlib import sha256

from formats.families import Family
from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.disarming.interface import Measures
from sanitizers.disarming.pictures import shown_by
from sanitizers.disarming.zipped import unpack
from sanitizers.sniffing import sniff

_STORIES = re.compile(r"(?:[^/]+/)?(?:content|styles)\.xml")
_VALUES = ("value", "date-value", "time-value", "boolean-value", "string-value")
_UNSHOWN = frozenset({"script", "scripts"})
_LINKED_TABLE = re.compile(r"'[^']*'#\$")
# Made anew by whoever opens the document.
_PREVIEWS = ("Thumbnails/", "ObjectReplacements/")
_PARAGRAPHS = frozenset({"p", "h"})


def measure(content: bytes) -> Measures:
    """Return the digests of words, cells and pictures, and the numbers of tables and pages.

    Raises:
        FormatError: the document cannot be read whole.
        CannotDisarmError: programs would not agree on what it holds.
    """
    members = unpack(content)
    texts: list[str] = []
    cells: list[str] = []
    counts = {"sheets": 0, "slides": 0}
    for name in sorted(filter(_STORIES.fullmatch, members)):
        story = _Story()
        read_xml(members[name], Events(on_start=story.start, on_end=story.end, on_text=story.text))
        texts.append("".join(story.pieces))
        cells += story.cells
        counts["sheets"] += story.tables
        counts["slides"] += story.pages
    pictures = (
        plain
        for name, plain in members.items()
        if not name.startswith(_PREVIEWS) and sniff(plain).family is Family.IMAGE
    )
    shown = sorted({shown_by(plain) for plain in pictures})
    values = {"text": _digest(texts), "cells": _digest(cells), "pixels": _digest(shown)}
    return Measures(values=values | {key: str(count) for key, count in counts.items()})


def _digest(pieces: Iterable[str]) -> str:
    return sha256("\x00".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


class _Story:
    def __init__(self) -> None:
        self.pieces: list[str] = []
        self.cells: list[str] = []
        self.tables = self.pages = 0
        self._paragraphs = self._hidden = 0

    def start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        values = {local_name(key): value for key, value in attributes.items()}
        linked = local == "table" and _LINKED_TABLE.match(values.get("name", ""))
        if self._hidden or local in _UNSHOWN or linked:
            self._hidden += 1
            return
        self.tables += local == "table"
        self.pages += local == "page"
        self._paragraphs += local in _PARAGRAPHS
        if local == "table-cell":
            repeated = values.get("number-columns-repeated", "1")
            self.cells.append("\t".join((repeated, *(values.get(key, "") for key in _VALUES))))

    def end(self, name: str) -> None:
        if self._hidden:
            self._hidden -= 1
        elif local_name(name) in _PARAGRAPHS:
            self._paragraphs -= 1
            self.pieces.append("\n")

    def text(self, text: str) -> None:
        if self._paragraphs and not self._hidden:
            self.pieces.append(text)
