"""The schema of DICOM: one file is one record."""

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from formats.dicom import START, read_dicom
from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from schemas.dicom.elements import Elements
from schemas.dicom.rules import element_reasons
from schemas.interface import Extract, Reason, Record, Run, Said
from schemas.reasons.table import because

MOST_INFLATED = 512 * 1024 * 1024
INFLATED_AT_ONCE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Dicom:
    """DICOM files, walked to their last byte before anything is believed of them.

    Where `inflates` is not set no native parser is asked: a deflated study is then refused.
    """

    name: str = "dicom"
    media_types: frozenset[str] = frozenset({"application/dicom"})
    inflates: bool = True

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield the one file."""
        content = bytes(extract.content)
        reasons = tuple(dict.fromkeys(_reasons(content, extract, inflates=self.inflates)))
        if reasons:
            yield Record(number=1, offset=0, size=len(content), reasons=reasons)
        elif content:
            yield Run(number=1, count=1, offset=0, size=len(content))


def _reasons(content: bytes, extract: Extract, *, inflates: bool) -> Iterator[Reason]:
    inflated: list[bytes] = []

    def inflate(packed: bytes, most: int) -> bytes:
        inflated.append(_inflate(packed, min(most, MOST_INFLATED)))
        return inflated[0]

    try:
        walked = read_dicom(content, inflate if inflates else None)
    except (TruncatedError, LimitError, MalformedError, UnsupportedError) as error:
        yield because(_CODES[type(error)])
        yield from _head_reasons(content)
        return
    if walked.oddities:
        yield because("DCM-002")
    if walked.odd_lengths:
        yield because("DCM-016")
    body = inflated[0] if inflated else content
    yield from element_reasons(Elements(file=walked, head=content, body=body), extract.today)


_CODES: dict[type[Exception], str] = {
    TruncatedError: "DCM-001",
    MalformedError: "DCM-002",
    LimitError: "GEN-011",
    UnsupportedError: "DCM-002",
}


def _head_reasons(content: bytes) -> Iterator[Reason]:
    """Tell of a program before the image even when what follows cannot be read."""
    if content[:2] == b"MZ" and content[START - 4 : START] == b"DICM":
        yield because("DCM-003")


def _inflate(packed: bytes, most: int) -> bytes:
    """Return what was deflated; a bomb ends at the limit, in pieces that fit memory.

    Raises:
        LimitError: it grows beyond the limit.
        TruncatedError: it has no end.
        MalformedError: it is not deflated.
    """
    machine = zlib.decompressobj(-zlib.MAX_WBITS)
    made = bytearray()
    rest = packed
    try:
        while not machine.eof:
            piece = machine.decompress(rest, INFLATED_AT_ONCE)
            rest = machine.unconsumed_tail
            made += piece
            if len(made) > most:
                raise LimitError("it inflates beyond the limit")
            if not piece and not rest:
                raise TruncatedError("the deflated data set has no end")
    except zlib.error as error:
        raise MalformedError("what should be deflated is not") from error
    # PS3.5 A.5: one zero makes the length even. Some writers leave the end of a gzip stream there,
    # which tells the sum and length of what was deflated; anything else hides behind it.
    sums = struct.pack("<II", zlib.crc32(made), len(made) & 0xFFFFFFFF)
    if machine.unused_data not in (b"", b"\x00", sums, sums + b"\x00"):
        raise MalformedError("bytes behind the deflated data set")
    return bytes(made)
