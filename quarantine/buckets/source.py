"""Recovered files in a bucket: one listing in the order of the keys, and reads of what it lists."""

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from functools import partial
from typing import TypeVar

from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import (
    ObjectMissingError,
    SourceEmptyError,
    SourceError,
    StoreDeniedError,
    StoreError,
)
from custody.source import FilesystemIdentity
from quarantine.ahead import ReadAhead
from quarantine.buckets.faults import is_busy, of_listing, of_object
from quarantine.buckets.file import BucketFile
from quarantine.buckets.keys import entry_of
from quarantine.buckets.place import BucketPlace
from quarantine.buckets.standing import standing
from quarantine.fetched import FetchedFile
from quarantine.interface import NotReadableError, SourceFile
from storage.retrying import persist
from storage.s3.faults import code_of
from storage.s3.foreign import CLOSED, ForeignBucket, Listed, Page

ATTEMPTS = 6
_PLACE = "check bucket, prefix and time: `autoclave source list` shows the place"
_T = TypeVar("_T")
_NextPage = Callable[[dict[str, str] | None], Page]


class BucketSource:
    """Reads the keys below a prefix, as they stand or as they stood; safe for several threads.

    `server` tells its endpoint from another one. Where versions can be listed, reads are of the
    listed version, else of what still has the listed tag.
    """

    def __init__(
        self,
        bucket: ForeignBucket,
        place: BucketPlace,
        server: str,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._bucket = bucket
        self._place = place
        self._server = server
        self._sleep = sleep
        self._identity: FilesystemIdentity | None = None
        self._ahead = ReadAhead(self._fetch)

    def close(self) -> None:
        """Ask for nothing more; connections are the client's."""
        self._ahead.close()

    def identity(self) -> FilesystemIdentity:
        """Return server and bucket, and a number of its owner and making where we are let know."""
        if self._identity is None:
            with of_listing(self._bucket.name):
                marks = "\n".join(self._persist(lambda: list(self._bucket.marks())))
            code = hashlib.sha256(marks.encode("utf-8", "surrogatepass")).digest()
            self._identity = FilesystemIdentity(
                filesystem=f"{self._server}/{self._bucket.name}",
                root=int.from_bytes(code[:8], "big") >> 1,
            )
        return self._identity

    def check_not_empty(self) -> None:
        """Refuse a place where no key is: a wrong prefix, or a time before all of them.

        Raises:
            SourceEmptyError: it holds nothing.
            SourceError: it cannot be listed.
        """
        for _ in self.walk():
            return

    def walk(self) -> Iterator[Entry]:
        """List every key below the prefix in the order of their bytes, each page once.

        Raises:
            SourceEmptyError: there is nothing to list.
            SourceError: it cannot be listed.
            StoreError: the server cannot be reached.
        """
        found = False
        with of_listing(self._bucket.name):
            for line in standing(self._lines(), self._place.at):
                found = True
                yield entry_of(line, self._place.prefix)
        if not found:
            raise SourceEmptyError("the source is empty", next_step=_PLACE)

    def ahead(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries in their order while the contents of small ones are on their way."""
        return self._ahead.through(entries)

    def open(self, entry: Entry) -> SourceFile:
        """Open a listed object; nothing is asked of the server before it is read."""
        if entry.kind is not EntryKind.FILE:
            raise RuntimeError("only files are opened")
        content = self._ahead.take(entry)
        if content is not None:
            return FetchedFile(content)
        return BucketFile(self._bucket, self._place.prefix, entry, self._tried)

    def _fetch(self, entry: Entry) -> bytes:
        """Return all of a small object, or what there is of it, at the first attempt."""
        once = BucketFile(self._bucket, self._place.prefix, entry, lambda act: act())
        content = b""
        with closing(once) as file:
            while more := file.read(entry.size + 1 - len(content), len(content)):
                content += more
                if len(content) > entry.size:
                    break
        return content

    def _lines(self) -> Iterator[Listed]:
        page_of, page = self._first_page()
        last = b""
        while True:
            if page.lines:
                last = self._in_order(page, last)
            yield from page.lines
            marker = page.marker
            if marker is None:
                return
            page = self._persist(partial(page_of, marker))
            if page.marker == marker:
                raise self._disorder()

    def _first_page(self) -> tuple[_NextPage, Page]:
        """Return the first page, of all versions where these keys may list them."""
        versions = partial(self._bucket.versions, self._place.prefix)
        if self._place.at is not None:
            self._check_versioned()
            return versions, self._persist(partial(versions, None))
        try:
            return versions, self._persist(partial(versions, None))
        except StoreDeniedError as error:
            if code_of(error) not in CLOSED:
                raise
        objects = partial(self._bucket.objects, self._place.prefix)
        return objects, self._persist(partial(objects, None))

    def _check_versioned(self) -> None:
        """Refuse a time of a bucket that keeps one version: what was overwritten is not there."""
        if not self._persist(self._bucket.keeps_versions):
            raise SourceError(
                f"the bucket {self._bucket.name} keeps no versions, so nothing tells what stood"
                " there at a time",
                next_step="leave the time out",
            )

    def _in_order(self, page: Page, last: bytes) -> bytes:
        """Return the last key of a page; one that goes back would be listed twice, or for ever.

        Only the versions of one key may go on in the next page.
        """
        keys = [line.key.encode("utf-8", "surrogatepass") for line in page.lines]
        again = keys[0] == last and page.lines[0].version is None
        below = all(line.key.startswith(self._place.prefix) for line in page.lines)
        if keys[0] < last or again or keys != sorted(keys) or not below:
            raise self._disorder()
        return keys[-1]

    def _disorder(self) -> SourceError:
        return SourceError(
            f"the bucket {self._bucket.name} is not listed in the order of its keys",
            next_step="check that sources.endpoint is an S3 server",
        )

    def _persist(self, act: Callable[[], _T]) -> _T:
        return persist(act, ATTEMPTS, self._sleep)

    def _tried(self, act: Callable[[], bytes]) -> bytes:
        """Act upon one object; one that always fails while its bucket answers is unreadable.

        Otherwise a single damaged object would end each run.
        """
        with of_object(self._bucket.name):
            try:
                return self._persist(act)
            except (StoreDeniedError, ObjectMissingError):
                raise
            except StoreError as error:
                if is_busy(error):
                    raise
                self._bucket.answers()
                raise NotReadableError(
                    NotTakenReason.UNREADABLE, "the server fails on it"
                ) from error
