"""Sums up what a schema said: exact counts, and reasons grouped so that a million rows fit a page.

Reasons with the same code at the same place are one group: how many records it touches, the first
of them by number, and the shape of one value.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from custody.records import Counts
from schemas.interface import NotValidated, Reason, Record, RecordFate, Remark, Run, Said
from schemas.reasons.table import because
from schemas.report import Group, Report

MOST_GROUPS = 500
FIRST_RECORDS = 5
ELSEWHERE = "elsewhere"


@dataclass(slots=True)
class _Gathered:
    """One group while it grows."""

    reason: Reason
    count: int = 0
    records: list[int] = field(default_factory=list)


class Tally:
    """Counts records and groups reasons; every record is counted once."""

    def __init__(self) -> None:
        self._fates = dict.fromkeys(RecordFate, 0)
        self._groups: dict[tuple[str, str, str], _Gathered] = {}
        self._unread = ""

    def take(self, said: Iterable[Said]) -> None:
        """Take everything that a schema says."""
        for item in said:
            match item:
                case Run():
                    self._fates[RecordFate.ACCEPTED] += item.count
                case Record():
                    self._fates[item.fate] += 1
                    for reason in item.reasons:
                        self._add(reason, item.number)
                case Remark():
                    self._add(item.reason, None)
                case NotValidated():
                    self._unread = item.reason
                    self._add(because("GEN-001"), None)

    def _add(self, reason: Reason, number: int | None) -> None:
        where = reason.where
        key = (reason.code, where, reason.reason_class.value)
        if key not in self._groups and len(self._groups) >= MOST_GROUPS:
            key = (reason.code, ELSEWHERE, reason.reason_class.value)
        group = self._groups.setdefault(key, _Gathered(reason))
        group.count += 1
        if number is not None and len(group.records) < FIRST_RECORDS:
            group.records.append(number)

    def report(self, schema: str, media_type: str) -> Report:
        """Return the sum; an extract without a record gets the reason for that."""
        counts = self._counts()
        if not counts.proves_something and not self._unread:
            self._add(because("GEN-002"), None)
        return Report(
            schema=schema,
            media_type=media_type,
            counts=counts,
            groups=tuple(_group(key[1], gathered) for key, gathered in self._groups.items()),
            unread=self._unread,
        )

    def _counts(self) -> Counts:
        fates = self._fates
        return Counts(
            read=sum(fates.values()),
            accepted=fates[RecordFate.ACCEPTED] + fates[RecordFate.FLAGGED],
            refused=fates[RecordFate.REFUSED],
            flagged=fates[RecordFate.FLAGGED],
        )


def _group(where: str, gathered: _Gathered) -> Group:
    reason = gathered.reason
    return Group(
        code=reason.code,
        reason_class=reason.reason_class,
        where=where,
        count=gathered.count,
        records=tuple(gathered.records),
        redacted_value=reason.redacted_value,
    )
