"""Dates as records write them: digits of HL7 and DICOM, ISO 8601; days that do not exist."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

EARLIEST_YEAR = 1850
FARTHEST = 14 * 60  # minutes: no zone is farther from UTC
MOST_REMEMBERED = 16_384  # the same days and minutes stand in many records
_DIGITS = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?)?)?([+-]\d{4}|Z)?",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date as far as it was written: year, month, day, and the time as digits.

    `offset` is how many minutes its zone is ahead of UTC; None when it names no zone.
    """

    digits: str
    offset: int | None = None

    @property
    def day(self) -> str:
        """Return year, month and day, as far as they are known."""
        return self.digits[:8]

    def is_after(self, other: "Moment") -> bool:
        """Whether it is later, by the parts that both have; zones count when both name one."""
        one, two = self.digits, other.digits
        shared = min(len(one), len(two))
        if self.offset != other.offset and shared >= 12:
            if self.offset is None or other.offset is None:
                shared = 8  # the clock of one of them is unknown
            else:
                return _utc(one, self.offset) > _utc(two, other.offset)
        return one[:shared] > two[:shared]


@lru_cache(maxsize=MOST_REMEMBERED)
def compact(value: str) -> Moment | None:
    """Return a moment written as YYYY[MM[DD[HH[MM[SS[.S]]]]]][zone]; None if it cannot exist."""
    return _moment(_DIGITS.fullmatch(value))


@lru_cache(maxsize=MOST_REMEMBERED)
def iso(value: str) -> Moment | None:
    """Return a moment written as ISO 8601 does, as far as FHIR allows; None if it cannot exist."""
    return _moment(_ISO.fullmatch(value))


@lru_cache(maxsize=16)
def moment_of(day: date) -> Moment:
    """Return a day as a moment."""
    return Moment(digits=f"{day:%Y%m%d}")


def _moment(found: re.Match[str] | None) -> Moment | None:
    if found is None:
        return None
    *given, zone = found.groups()
    parts = [part for part in given if part is not None]
    offset = _offset(zone)
    if not exists([int(part) for part in parts]) or (offset is not None and abs(offset) > FARTHEST):
        return None
    return Moment(digits="".join(parts), offset=offset)


def _offset(zone: str | None) -> int | None:
    """Return the minutes of a zone; more than there are in the world when it is none."""
    if zone is None:
        return None
    if zone == "Z":
        return 0
    digits = zone[1:].replace(":", "")
    if int(digits[2:]) > 59:
        return FARTHEST + 1
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def _utc(digits: str, offset: int) -> datetime:
    """Return a moment in UTC: an hour may repeat when clocks go back."""
    local = datetime(int(digits[:4]), int(digits[4:6]), int(digits[6:8]), tzinfo=UTC)
    minutes = int(digits[8:10]) * 60 + int(digits[10:12]) - offset
    return local + timedelta(minutes=minutes, seconds=int(digits[12:14] or 0))


def exists(parts: list[int]) -> bool:
    """Whether year, month, day, hour, minute and second, as far as given, are ones that exist."""
    year, month, day, hour, minute, second = [*parts, *(0, 1, 1, 0, 0, 0)[len(parts) :]]
    return (
        year >= 1
        and 1 <= month <= 12
        and 1 <= day <= monthrange(year, month)[1]
        and hour <= 23
        and minute <= 59
        and second <= 60  # a leap second is written as 60
    )
