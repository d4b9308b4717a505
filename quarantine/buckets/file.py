"""One object of a bucket, open for reading: every request is for the version that was listed."""

from collections.abc import Callable
from typing import Protocol

from custody.entry import Entry, NotTakenReason
from quarantine.buckets.keys import NO_VERSION, Pin, key_of
from quarantine.fetched import Unholed
from quarantine.interface import NotReadableError
from storage.s3.foreign import Answer, ForeignBucket


class Tried(Protocol):
    """Repeats an act upon one object while it fails for a passing reason."""

    def __call__(self, act: Callable[[], bytes]) -> bytes:
        """Return what the act returns, once it does not fail."""
        ...


class BucketFile(Unholed):
    """Reads forwards through one answer of the server, and asks for the rest when it breaks."""

    def __init__(self, bucket: ForeignBucket, prefix: str, entry: Entry, tried: Tried) -> None:
        self._bucket = bucket
        self._entry = entry
        self._key = key_of(entry, prefix)
        self._pin = Pin.read(entry.inode)
        self._tried = tried
        self._answer: Answer | None = None
        self._position = 0

    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position, nothing at the end.

        Raises:
            NotReadableError: it vanished, was replaced, or the server does not give it.
            StoreError: the server cannot be reached.
        """
        if position and position >= self._entry.size:
            return b""
        return self._tried(lambda: self._read(size, position))

    def stood_still(self) -> bool:
        """Say yes: a version never changes, and each answer was for that one or was refused."""
        return True

    def close(self) -> None:
        """Give the connection back."""
        self._drop()

    def _read(self, size: int, position: int) -> bytes:
        if self._answer is None or position != self._position:
            self._drop()
            self._answer = self._ask(position)
            self._position = position
        whole = False
        try:
            content = self._answer.read(size)
            whole = True
        finally:
            if not whole:
                self._drop()
        self._position += len(content)
        return content

    def _ask(self, position: int) -> Answer:
        """Ask for it from a position; whoever ignores the conditions is caught by what it says."""
        pin = self._pin
        answer = self._bucket.open(self._key, version=pin.version, etag=pin.etag, position=position)
        named = pin.version in {None, NO_VERSION, answer.version}
        tagged = pin.etag in {None, answer.etag}
        if answer.size != self._entry.size or not (named and tagged):
            answer.close()
            raise NotReadableError(NotTakenReason.CHANGED, "another object stands there now")
        return answer

    def _drop(self) -> None:
        if self._answer is not None:
            self._answer.close()
            self._answer = None
