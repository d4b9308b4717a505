"""The contract of a record schema: what it is given, and what it says of every record it read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, unique
from typing import BinaryIO, Protocol

from custody.records import Counts


@unique
class ReasonClass(Enum):
    """Integrity (cut, garbled, tampered) refuses a record; conformance (legacy habit) flags it."""

    INTEGRITY = "integrity"
    CONFORMANCE = "conformance"


@unique
class RecordFate(Enum):
    """What becomes of a record."""

    ACCEPTED = "accepted"
    FLAGGED = "flagged"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One thing that a schema has against a record.

    `where` is a position that names nobody (a column, a segment and field). `redacted_value` shows
    the shape of a value, never the value: it may be a patient's.
    """

    code: str
    reason_class: ReasonClass
    where: str = ""
    redacted_value: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record: its number from 1, the bytes that it stands in, and the reasons against it."""

    number: int
    offset: int
    size: int
    reasons: tuple[Reason, ...] = ()

    @property
    def fate(self) -> RecordFate:
        """Return refused for any integrity reason, flagged for any other, else accepted."""
        if any(reason.reason_class is ReasonClass.INTEGRITY for reason in self.reasons):
            return RecordFate.REFUSED
        return RecordFate.FLAGGED if self.reasons else RecordFate.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """An artefact of many records, opened for a schema; `content` can seek."""

    content: BinaryIO
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NotValidated:
    """The schema could not read the extract to its end, for a named reason."""

    schema: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("NotValidated needs a reason")


class RecordSchema(Protocol):
    """The rules for one format of records."""

    @property
    def name(self) -> str:
        """Return the name that people call it by."""
        ...

    @property
    def media_types(self) -> frozenset[str]:
        """Return the media types whose records it knows."""
        ...

    def validate(self, extract: Extract) -> Iterator[Record | NotValidated]:
        """Yield every record in the order of its bytes; a NotValidated is the last item."""
        ...


def count(records: Iterable[Record]) -> Counts:
    """Return the counts of some records."""
    fates = dict.fromkeys(RecordFate, 0)
    for record in records:
        fates[record.fate] += 1
    return Counts(
        read=sum(fates.values()),
        accepted=fates[RecordFate.ACCEPTED] + fates[RecordFate.FLAGGED],
        refused=fates[RecordFate.REFUSED],
        flagged=fates[RecordFate.FLAGGED],
    )
