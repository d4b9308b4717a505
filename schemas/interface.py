"""The contract of a record schema: what it is given, and what it says of every record it read."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum, unique
from typing import Protocol

from custody.finding import Severity
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
    severity: Severity = Severity.INFO
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
        for reason in self.reasons:
            if reason.reason_class is ReasonClass.INTEGRITY:
                return RecordFate.REFUSED
        return RecordFate.FLAGGED if self.reasons else RecordFate.ACCEPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Neighbouring records that nothing is said against: the number of the first, and how many."""

    number: int
    count: int
    offset: int
    size: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError("a run holds at least one record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Extract:
    """An artefact of many records, opened for a schema.

    `today` is the day after which an event lies in the future; `declared` is the name of the
    schema that the operator asked for, empty when the content decides. Where `subjects` is set, a
    schema that reads whole columns says whom its records are about. Reasons with the codes that it
    `accepts` refuse no record: its owner decided so.
    """

    content: memoryview
    media_type: str
    today: date
    declared: str = ""
    subjects: bool = False
    accepts: frozenset[str] = frozenset()

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self.content.nbytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark:
    """A reason about the extract itself, not about one record; it holds for the whole of it."""

    reason: Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class NotValidated:
    """The schema could not read the extract to its end, for a named reason."""

    schema: str
    reason: str

    def __post_init__(self) -> None:
        if not self.reason:
            raise ValueError("NotValidated needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """Whom some records are about, by one column: value, accepted records, refused records.

    It is for who gathers subjects, and for nobody else; `nameless` records have no value there.
    """

    system: str
    values: Sequence[tuple[str, int, int]]
    nameless: int


Said = Record | Run | Remark | NotValidated | Touched


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

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every record in the order of its bytes; a NotValidated is the last item."""
        ...


def count(said: Iterable[Record | Run]) -> Counts:
    """Return the counts of some records."""
    fates = dict.fromkeys(RecordFate, 0)
    for item in said:
        if isinstance(item, Run):
            fates[RecordFate.ACCEPTED] += item.count
        else:
            fates[item.fate] += 1
    return Counts(
        read=sum(fates.values()),
        accepted=fates[RecordFate.ACCEPTED] + fates[RecordFate.FLAGGED],
        refused=fates[RecordFate.REFUSED],
        flagged=fates[RecordFate.FLAGGED],
    )
