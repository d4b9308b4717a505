"""The text of a message by the character set that its header declares (MSH-18, HL7 table 0211)."""

from dataclasses import dataclass

from schemas.hygiene import text_reasons
from schemas.interface import Reason
from schemas.reasons.table import because

CODECS = {
    "": "ascii",
    "ASCII": "ascii",
    "US-ASCII": "ascii",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "8859/1": "latin-1",
    "ISO-8859-1": "latin-1",
    "ISO 8859-1": "latin-1",
    "ISO_8859-1": "latin-1",
    "8859/2": "iso8859-2",
    "8859/15": "iso8859-15",
    "8859/9": "iso8859-9",
    "ISO-8859-15": "iso8859-15",
    "CP1252": "cp1252",
    "WINDOWS-1252": "cp1252",
}
_HIGH = bytes(range(0x80, 0x100))
_MOST_HIGH_SHARE = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Decoded:
    """A message as text; without a text the reasons say why there is none."""

    text: str
    reasons: tuple[Reason, ...] = ()


def decode(content: bytes) -> Decoded:
    """Return a message's text by its own declaration; never by a guess that could hide damage."""
    declared = _declared(content)
    codec = CODECS.get(declared)
    if codec is None:
        return Decoded(text="", reasons=(because("GEN-003", "MSH-18"),))
    if content.isascii():
        return _clean(content.decode("ascii"))
    high = len(content) - len(content.translate(None, _HIGH))
    if high > len(content) * _MOST_HIGH_SHARE:
        return Decoded(text="", reasons=(because("GEN-012"),))
    try:
        return _clean(content.decode(codec))
    except UnicodeDecodeError:
        if codec != "ascii":
            return Decoded(text="", reasons=(because("GEN-003"),))
    return _undeclared(content)


def _declared(content: bytes) -> str:
    """Return the first repetition of MSH-18; the header itself is ASCII."""
    line = content[: min((at for m in b"\r\n" if (at := content.find(m)) >= 0), default=4096)]
    fields = line.split(content[3:4]) if content[3:4] else []
    if len(fields) < 18:
        return ""
    repetition = fields[1][1:2]
    first = fields[17].split(repetition)[0] if repetition else fields[17]
    return first.strip().upper().decode("ascii", "replace")


def _undeclared(content: bytes) -> Decoded:
    """Read letters beyond ASCII without a declaration: usual, and told."""
    for codec in ("utf-8", "cp1252"):
        try:
            decoded = _clean(content.decode(codec))
        except UnicodeDecodeError:
            continue
        return Decoded(text=decoded.text, reasons=(because("HL7-033", "MSH-18"), *decoded.reasons))
    return Decoded(text="", reasons=(because("GEN-003"),))


def _clean(text: str) -> Decoded:
    return Decoded(
        text=text, reasons=() if text.isascii() and not _odd(text) else text_reasons(text)
    )


def _odd(text: str) -> bool:
    return not text.replace("\r", "").replace("\n", "").replace("\t", "").isprintable()
