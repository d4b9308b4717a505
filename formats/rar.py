"""What a RAR archive holds, in whichever of its two formats (technotes of RAR 5.0 and 4.20).

The strict readers (`formats.rar4`, `formats.rar5`) account for every byte of the file: each belongs
to a header whose sum fits, or to the data of one, or is named here as an anomaly.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, unique

STORED = 0
MARK_4 = b"Rar!\x1a\x07\x00"
MARK_5 = b"Rar!\x1a\x07\x01\x00"


@unique
class Kind(Enum):
    """What a block with data is: a file that somebody packed, or what RAR keeps beside files."""

    FILE = "file"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class RarMember:
    """One block with data.

    `method` is 0 (stored) to 5; `version` is that of the packing (15 to 29 in RAR 4, 0 and 1 in
    RAR 5). `refusal` says why its content may not be believed, or is none.
    """

    kind: Kind
    untrusted_name: bytes
    offset: int
    packed_size: int
    size: int
    method: int
    version: int
    window: int
    solid: bool
    crc: int | None
    blake2: bytes | None = None
    encrypted: bool = False
    refusal: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RarArchive:
    """The members in their order, and what is wrong around them; `format` is 4 or 5."""

    format: int
    members: tuple[RarMember, ...]
    anomalies: tuple[str, ...]


# What RAR keeps beside files: a comment is a text; a stream is a second content of a file; what
# repairs an archive, or says who owned a file, holds any bytes, which no reader looks at.
_SERVICES = {
    b"STM": "alternate-stream",
    b"RR": "recovery-record",
    b"QO": "quick-open-mismatch",
}
COMMENT = b"CMT"


def service_refusal(untrusted_name: bytes) -> str:
    """Return what is said of a service block that is not a comment."""
    told = "".join(chr(c) for c in untrusted_name[:8] if chr(c).isalnum())
    return _SERVICES.get(untrusted_name, f"service-data: {told}")


def distinct(anomalies: Iterable[str]) -> Iterator[str]:
    """Yield each anomaly once, in the order in which it was met."""
    yield from dict.fromkeys(anomalies)
