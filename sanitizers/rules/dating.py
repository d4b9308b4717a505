"""The age of a rule pack: the newest date that its rules state, in any of the usual forms."""

import re
from collections.abc import Iterable
from datetime import date

_STATED = re.compile(
    r"\b(?:date|modified|last_modified|last_updated|updated|creation_date)\s*=\s*\"([^\"\n]{4,40})\"",
    re.IGNORECASE,
)
_YEAR_FIRST = re.compile(r"\s*(\d{4})[-/.](\d{1,2})(?:[-/.](\d{1,2}))?(?!\d)")
_YEAR_LAST = re.compile(r"\s*(\d{1,2})[-/.](\d{1,2})[-/.](\d{4})(?!\d)")


def newest_date(texts: Iterable[str], today: date) -> date | None:
    """Return the newest date up to today that some sources state; None if none does."""
    stated = (_parse(found) for text in texts for found in _STATED.findall(text))
    return max((day for day in stated if day is not None and day <= today), default=None)


def _parse(text: str) -> date | None:
    if found := _YEAR_FIRST.match(text):
        year, month, day = (int(part) if part else 1 for part in found.groups())
        return _day(year, month, day)
    if found := _YEAR_LAST.match(text):
        first, second, year = map(int, found.groups())
        # Day or month first? Where both can be, the earlier: a pack never looks younger than it is.
        days = [_day(year, first, second), _day(year, second, first)]
        return min((day for day in days if day is not None), default=None)
    return None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
