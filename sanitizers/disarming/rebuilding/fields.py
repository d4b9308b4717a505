"""The header of a mail's part whose body was replaced: what describes the body, and no more.

All other fields stay byte for byte, in their order.
"""

import re
from dataclasses import dataclass
from email.message import Message

_FIELD = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_TYPE = b"content-type"
_ENCODING = b"content-transfer-encoding"
_NAME = b"content-disposition"
_OF_THE_BODY = frozenset({_TYPE, _ENCODING, b"content-md5", b"content-length"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What a body is from now on; without a name the part shows none."""

    media_type: str
    name: str = ""
    is_renamed: bool = False

    @property
    def is_text(self) -> bool:
        """Whether it is written in an alphabet, which is always UTF-8 here."""
        return self.media_type.startswith("text/")


def header_of(header: bytes, described: Described) -> bytes:
    """Return a part's header for another body, which is written in base64 (RFC 2045 6.8)."""
    end = b"\r\n" if b"\r\n" in header else b"\n"
    gone = _OF_THE_BODY | ({_NAME} if described.is_renamed or not described.name else frozenset())
    kept = [field for field in _FIELD.findall(header) if field and _name(field) not in gone]
    written = b"".join(kept)
    if written and not written.endswith(b"\n"):
        written += end
    return written + b"".join(field + end for field in _fields(described))


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].strip().lower()


def _fields(described: Described) -> list[bytes]:
    message = Message()
    given = {"charset": "utf-8"} if described.is_text else {}
    message.add_header("Content-Type", described.media_type, **given)
    if described.is_renamed and described.name:
        name = described.name
        told = name if name.isascii() else ("utf-8", "", name)
        message.add_header("Content-Disposition", "attachment", filename=told)
    message.add_header("Content-Transfer-Encoding", "base64")
    return [f"{name}: {value}".encode("ascii") for name, value in message.raw_items()]
