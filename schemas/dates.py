"""Dates as records write them: digits of HL7 and DICOM, ISO 8601; days that do not exist."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

EARLIEST_YEAR = 1850
_DIGITS = re.compile(
    r"(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:\.\d{1,6})?)?)?)?)?)?(?:[+-]\d{4}|Z)?",
    re.ASCII,
)
_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)?)?)?)?",
    re.ASCII,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A date as far as it was written: year, month, day, and the time as digits."""

    digits: str

    @property
    def day(self) -> str:
        """Return year, month and day, as far as they are known."""
        return self.digits[:8]

    def is_after(self, other: "Moment") -> bool:
        """Whether it is later, by the parts that both have."""
        shared = min(len(self.digits), len(other.digits))
        return self.digits[:shared] > other.digits[:shared]


def compact(value: str) -> Moment | None:
    """Return a moment written as YYYY[MM[DD[HH[MM[SS[.S]]]]]][zone]; None if it cannot exist."""
    return _moment(_DIGITS.fullmatch(value))


def iso(value: str) -> Moment | None:
    """Return a moment written as ISO 8601 does, as far as FHIR allows; None if it cannot exist."""
    return _moment(_ISO.fullmatch(value))


def moment_of(day: date) -> Moment:
    """Return a day as a moment."""
    return Moment(digits=f"{day:%Y%m%d}")


def _moment(found: re.Match[str] | None) -> Moment | None:
    if found is None:
        return None
    parts = [part for part in found.groups() if part is not None]
    return Moment(digits="".join(parts)) if exists([int(part) for part in parts]) else None


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
