"""Where a bucket's files are taken from, and as of when: `s3://BUCKET[@TIME]/PREFIX`.

The time stands before the first slash, where no key can be mistaken for it. A prefix is a folder:
with or without a slash at its end it means the keys below that slash.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from custody.errors import UsageError

SCHEME = "s3://"
# What the SDK takes for a bucket's name, which every server's rules lie within.
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,254}")
# Of a key in bytes (S3).
MOST_KEY = 1024
_FORM = "write it as s3://BUCKET/PREFIX, or as s3://BUCKET@2026-03-13T19:00/PREFIX for that time"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketPlace:
    """A bucket, the prefix of the keys in it, and the time whose versions are meant, if one is."""

    bucket: str
    prefix: str = ""
    at: datetime | None = None

    @classmethod
    def parse(cls, location: bytes) -> Self:
        """Return the place that a location names.

        Raises:
            UsageError: it names none.
        """
        try:
            scheme, text = location[: len(SCHEME)].decode(), location[len(SCHEME) :].decode()
        except UnicodeDecodeError as error:
            raise UsageError("a bucket's keys are UTF-8", next_step=_FORM) from error
        first, _, prefix = text.partition("/")
        bucket, sign, time = first.partition("@")
        if scheme != SCHEME or _NAME.fullmatch(bucket) is None or len(prefix.encode()) > MOST_KEY:
            raise UsageError("this is not the place of a bucket", next_step=_FORM)
        if prefix and not prefix.endswith("/"):
            prefix += "/"
        return cls(bucket=bucket, prefix=prefix, at=_moment(time) if sign else None)

    def encode(self) -> bytes:
        """Return the one way in which this place is written."""
        time = "" if self.at is None else f"@{_text(self.at)}"
        return f"{SCHEME}{self.bucket}{time}/{self.prefix}".encode()


def names_bucket(path: str) -> bool:
    """Whether words of a command line mean a bucket, not a folder."""
    return path.startswith(SCHEME)


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError("the time of a bucket cannot be read", next_step=_FORM) from error
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().removesuffix("+00:00") + "Z"
