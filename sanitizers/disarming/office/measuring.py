"""What a copy of an Office Open XML document must share with it: text, cells, slides, pictures.

The codes of fields are not text: what stands between the beginning of a field and its separator
is never shown (ECMA-376 part 1, 17.16.18). Buttons are: they show the end of their code.
"""

import re
from collections.abc import Iterable
from hashlib import sha256

from formats.families import Family
from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.disarming.interface import Measures
from sanitizers.disarming.office.stories import stories
from sanitizers.disarming.pictures import shown_by
from sanitizers.disarming.zipped import unpack
from sanitizers.sniffing import sniff

_BUTTON = re.compile(r"(?is)\s*(?:MACRO|GOTO)BUTTON\s+\S+\s+(.*?)\s*")
_TEXTS = frozenset(
    {
        *("t", "delText", "oddHeader", "oddFooter", "evenHeader", "evenFooter"),
        *("firstHeader", "firstFooter", "text", "textbox"),
    }
)
_VALUES = frozenset({"v", "t"})
_COUNTED = (("worksheet+xml", "sheets"), ("chartsheet+xml", "sheets"), (".slide+xml", "slides"))


def measure(content: bytes) -> Measures:
    """Return the digests of text, cells and pictures, and the numbers of sheets and slides.

    Raises:
        FormatError: the document cannot be read whole.
        CannotDisarmError: programs would not agree on what it holds.
    """
    members = unpack(content)
    shown = stories(members)
    texts: list[str] = []
    cells: list[str] = []
    counts: dict[str, int] = {}
    for part, kind in sorted(shown.types.items()):
        key = next((name for end, name in _COUNTED if kind.endswith(end)), "")
        story = _Story(in_chart=kind.endswith("chart+xml"))
        story.read(members[part])
        if story.root == "macrosheet":
            continue
        texts.append(story.text())
        cells += story.cells
        if key:
            counts[key] = counts.get(key, 0) + 1
    values = {"text": _digest(texts), "pixels": _digest(_pictures(members, shown.pictures))}
    values |= {key: str(count) for key, count in counts.items()}
    return Measures(values=values | ({"cells": _digest(cells)} if "sheets" in counts else {}))


def _digest(pieces: Iterable[str]) -> str:
    return sha256("\x00".join(pieces).encode("utf-8", "surrogatepass")).hexdigest()


def _pictures(members: dict[str, bytes], names: set[str]) -> list[str]:
    contents = {members[name] for name in names}
    seen = (content for content in contents if sniff(content).family is Family.IMAGE)
    return sorted({shown_by(content) for content in seen})


class _Story:
    """Takes the words and the cells of one part while it is read."""

    def __init__(self, *, in_chart: bool) -> None:
        self.root = ""
        self.cells: list[str] = []
        self._texts = _TEXTS | {"v"} if in_chart else _TEXTS
        self._pieces: list[str] = []
        self._inside: list[str] = []
        self._fields: list[_Code] = []
        self._simple: list[tuple[str, int]] = []
        self._cell: list[str] | None = None
        self._value: list[str] = []

    def read(self, xml: bytes) -> None:
        read_xml(xml, Events(on_start=self._start, on_end=self._end, on_text=self._text))

    def text(self) -> str:
        return "".join(self._pieces)

    def _start(self, name: str, attributes: Attributes) -> None:
        local = local_name(name)
        self.root = self.root or local
        self._inside.append(local)
        if local == "c" and "r" in attributes:
            self._cell = [attributes["r"], attributes.get("t", "")]
            self._value = []
        elif local == "fldChar":
            self._mark(_value(attributes, "fldCharType"))
        elif local == "fldSimple":
            self._simple.append((_value(attributes, "instr"), len(self._pieces)))
        elif local == "tableColumn":
            self._pieces.append(attributes.get("name", "") + "\n")

    def _mark(self, mark: str) -> None:
        if mark == "begin":
            self._fields.append(_Code(len(self._pieces)))
        elif mark == "separate" and self._fields:
            self._fields[-1].is_open = False
        elif mark == "end" and self._fields:
            code = self._fields.pop()
            if code.is_open:
                self._button("".join(code.pieces), code.place)

    def _button(self, code: str, place: int) -> None:
        found = _BUTTON.fullmatch(code)
        if found and not any(outer.is_open for outer in self._fields):
            self._pieces.insert(place, found[1])

    def _end(self, name: str) -> None:
        local = local_name(name)
        self._inside.pop()
        if local == "c" and self._cell is not None:
            self.cells.append("\t".join((*self._cell, "".join(self._value))))
            self._cell = None
        elif local == "p":
            self._pieces.append("\n")
        elif local == "fldSimple":
            code, place = self._simple.pop()
            if not "".join(self._pieces[place:]):
                self._button(code, place)

    def _text(self, text: str) -> None:
        within = self._inside[-1] if self._inside else ""
        if within in {"instrText", "delInstrText"} and self._fields:
            self._fields[-1].pieces.append(text)
        elif within in self._texts and not any(code.is_open for code in self._fields):
            self._pieces.append(text)
        if self._cell is not None and within in _VALUES:
            self._value.append(text)


class _Code:
    """The code of one field: where it stands, and whether it is still being read."""

    def __init__(self, place: int) -> None:
        self.place, self.is_open, self.pieces = place, True, list[str]()


def _value(attributes: Attributes, name: str) -> str:
    return next((v for k, v in attributes.items() if local_name(k) == name), "")
