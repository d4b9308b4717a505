"""The elements of a file's outermost level, read as text, numbers and bytes."""

import re
import struct
from dataclasses import dataclass

from formats.dicom import BIG_ENDIAN, DicomFile

_UID = re.compile(r"(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*))*", re.ASCII)
_HEAD = 0x0002FFFF
LONGEST_UID = 64
LONGEST_TEXT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Elements:
    """A walked file with the bytes of its head and of its data set (which may be inflated)."""

    file: DicomFile
    head: bytes
    body: bytes

    def has(self, tag: int) -> bool:
        """Whether an element is there."""
        return tag in self.file.elements

    @property
    def none(self) -> bool:
        """Whether nothing follows the head of the file (group 2)."""
        return max(self.file.elements, default=0) <= _HEAD

    def content(self, tag: int) -> bytes:
        """Return an element's bytes; empty when it is absent."""
        place = self.file.elements.get(tag)
        if place is None:
            return b""
        source = self.head if tag >> 16 == 2 else self.body
        return source[place[0] : place[1]]

    def text(self, tag: int) -> str:
        """Return an element as text without its padding; names in other alphabets stay odd."""
        return self.content(tag)[:LONGEST_TEXT].decode("latin-1").strip("\x00 ")

    def number(self, tag: int) -> int | None:
        """Return an unsigned short; None when the element is absent or of another length."""
        content = self.content(tag)
        order = ">" if self.file.transfer_syntax == BIG_ENDIAN else "<"
        return struct.unpack(order + "H", content)[0] if len(content) == 2 else None

    def count(self, tag: int) -> int:
        """Return a number that is written in digits; 1 when it is absent or none."""
        text = self.text(tag)
        return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 1


def is_uid(value: str) -> bool:
    """Whether a text is a UID: components of digits without leading zeros (PS3.5 §9.1)."""
    return len(value) <= LONGEST_UID and _UID.fullmatch(value) is not None
