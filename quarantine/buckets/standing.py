"""What stood in a bucket at a time, out of the list of all its versions and removals."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import groupby

from storage.s3.foreign import Listed


@dataclass(slots=True)
class _Newest:
    version: Listed | None = None
    removal: Listed | None = None

    def standing(self) -> Listed | None:
        """Return the version that stood, if it was not removed after it was put.

        S3 tells times to the second only, and not which of a version and a removal came first:
        what was put in the second of its removal stood, lest a file is lost that was there.
        """
        if self.version is None:
            return None
        gone = self.removal is not None and self.removal.modified > self.version.modified
        return None if gone else self.version


def standing(lines: Iterable[Listed], at: datetime | None) -> Iterator[Listed]:
    """Yield the version of each key that stood at a time, or that stands now (None).

    `lines` come by key, the newest version of each first. Of a key with millions of versions no
    more than two are kept.
    """
    find = _now if at is None else partial(_then, at=at)
    for _, own in groupby(lines, key=lambda line: line.key):
        found = find(own)
        if found is not None:
            yield found


def _now(own: Iterable[Listed]) -> Listed | None:
    return next((line for line in own if line.latest and not line.removed), None)


def _then(own: Iterable[Listed], at: datetime) -> Listed | None:
    newest = _Newest()
    for line in own:
        if line.modified > at:
            continue
        if line.removed:
            newest.removal = newest.removal or line
        else:
            newest.version = newest.version or line
    return newest.standing()
