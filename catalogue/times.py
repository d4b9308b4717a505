"""Moments as the database keeps them: microseconds since 1970 UTC, the same on every database."""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def to_microseconds(at: datetime) -> int:
    """Return a moment as the database keeps it.

    Raises:
        ValueError: the moment has no time zone, so nobody can say when it was.
    """
    if at.tzinfo is None:
        raise ValueError("a moment in the catalogue needs a time zone")
    return (at - EPOCH) // MICROSECOND


def from_microseconds(value: int) -> datetime:
    """Return the aware UTC moment that the database kept."""
    return EPOCH + value * MICROSECOND


def to_microseconds_or_none(at: datetime | None) -> int | None:
    """Return a moment that may be missing as the database keeps it."""
    return None if at is None else to_microseconds(at)


def from_microseconds_or_none(value: int | None) -> datetime | None:
    """Return the moment that the database kept, if it kept one."""
    return None if value is None else from_microseconds(value)
