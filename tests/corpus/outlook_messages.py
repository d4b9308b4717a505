"""Outlook messages, honest or crafted; made from properties, over the compound files beside."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field

from formats.packed_rtf import crc
from tests.corpus.compounds import compound

SUBJECT, BODY, PAGE, PACKED_RTF, HEADERS = 0x0037, 0x1000, 0x1013, 0x1009, 0x007D
DATA, METHOD, LONG_NAME = 0x3701, 0x37050003, 0x3707
BY_VALUE, BY_REFERENCE, MESSAGE, OBJECT = 1, 2, 5, 6
WIDE, BINARY = 0x1F, 0x102
PROPERTIES = "__properties_version1.0"
RTF = rb"{\rtf1\ansi Bonjour docteur, rien a signaler.\par}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """An attachment: bytes, the streams of a message, or the streams of another storage."""

    name: str = "t.csv"
    content: bytes | Mapping[str, bytes] | None = b""
    method: int = BY_VALUE


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """What a message holds; `more` are streams by path, as they stand."""

    text: str = "Bonjour docteur,\nvoici les resultats.\n"
    page: bytes = b""
    rtf: bytes = b""
    headers: str = "From: labo@example.invalid\r\nTo: service@example.invalid\r\n"
    attached: tuple[Attached, ...] = ()
    more: Mapping[str, bytes] = field(default_factory=dict)


def packed_rtf(plain: bytes = RTF) -> bytes:
    """Return a text packed by letters alone, with the mark of its end."""
    where = (207 + len(plain)) % 4096
    tokens = [(0, bytes([byte])) for byte in plain] + [(1, struct.pack(">H", where << 4))]
    body = b""
    for at in range(0, len(tokens), 8):
        eight = tokens[at : at + 8]
        body += bytes([sum(bit << n for n, (bit, _) in enumerate(eight))])
        body += b"".join(token for _, token in eight)
    return struct.pack("<II4sI", len(body) + 12, len(plain), b"LZFu", crc(body)) + body


def streams(mail: Mail, *, header: int = 32) -> dict[str, bytes]:
    """Return the streams of a message, by path."""
    values = {
        SUBJECT << 16 | WIDE: "Resultats".encode("utf-16-le"),
        HEADERS << 16 | WIDE: mail.headers.encode("utf-16-le"),
        BODY << 16 | WIDE: mail.text.encode("utf-16-le"),
        PAGE << 16 | BINARY: mail.page,
        PACKED_RTF << 16 | BINARY: mail.rtf,
    }
    found = _level("", header, {tag: value for tag, value in values.items() if value})
    recipient = {0x3001 << 16 | WIDE: "Service".encode("utf-16-le")}
    found |= _level("__recip_version1.0_#00000000/", 8, recipient)
    for number, own in enumerate(mail.attached):
        found |= _attachment(f"__attach_version1.0_#{number:08X}/", own)
    return found | dict(mail.more)


def outlook(mail: Mail | None = None) -> bytes:
    """Return a message file."""
    names = {f"__nameid_version1.0/__substg1.0_000{n}0102": b"" for n in (2, 3, 4)}
    return compound(streams(mail or Mail()) | names)


def forwarded(mail: Mail, times: int = 1) -> Mail:
    """Return a message that holds the other as a storage, so many times over."""
    for _ in range(times):
        inside = streams(mail, header=24)
        mail = Mail(attached=(Attached(name="TR", content=inside, method=MESSAGE),))
    return mail


def _attachment(place: str, own: Attached) -> dict[str, bytes]:
    values = {LONG_NAME << 16 | WIDE: own.name.encode("utf-16-le")}
    numbers = {METHOD: own.method}
    if isinstance(own.content, bytes):
        values[DATA << 16 | BINARY] = own.content
    elif own.content is not None:
        numbers[DATA << 16 | 0x0D] = 0xFFFFFFFF
    found = _level(place, 8, values, numbers)
    if isinstance(own.content, Mapping):
        inside = f"{place}__substg1.0_3701000D/"
        found |= {inside + path: content for path, content in own.content.items()}
    return found


def _level(
    place: str, header: int, values: Mapping[int, bytes], numbers: Mapping[int, int] | None = None
) -> dict[str, bytes]:
    """Return the stream of properties, and those of their values."""
    sizes = {t: len(v) + (2 if t & 0xFFFF == WIDE else 0) for t, v in values.items()}
    rows = sizes | dict(numbers or {})
    table = bytes(header) + b"".join(struct.pack("<IIII", t, 6, n, 0) for t, n in rows.items())
    found = {f"{place}__substg1.0_{tag:08X}": value for tag, value in values.items()}
    return found | {place + PROPERTIES: table}
