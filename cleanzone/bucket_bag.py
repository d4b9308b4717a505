"""A BagIt bag in somebody else's bucket: the same files under the same names as in a folder.

What cannot be a key, or lies there already with another content, lies under a code. Mode and times
stand in each object's metadata. A put is whole or is not, so that a delivery that was cut short
goes on: what lies there is hashed, not believed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, Protocol

from cleanzone.bag import PAYLOAD, Payload, Placed
from cleanzone.delivery import CHUNK, MAPPED_FOLDER, code_of, parts_of
from custody.digest import Digest
from custody.errors import AutoclaveError, StoreError
from storage.interface import Spooled
from storage.spool import Spool


class Bucket(Protocol):
    """What a bag needs of a bucket."""

    def fits(self, name: str) -> bool:
        """Whether a name can be a key."""
        ...

    def names(self) -> Iterator[str]:
        """Yield the names of everything that lies there."""
        ...

    def open(self, name: str) -> BinaryIO | None:
        """Open an object; None when there is none."""
        ...

    def put_new(self, name: str, spooled: Spooled, told: dict[str, str]) -> bool:
        """Store an object where none is; False when something lies there."""
        ...

    def put_own(self, name: str, spooled: Spooled) -> None:
        """Store an object of ours in place of an unfinished one."""
        ...


class BucketBag:
    """A bag that is being filled in a bucket; files pass through the spool, hashed on their way."""

    def __init__(self, bucket: Bucket, spool: Spool) -> None:
        self._bucket = bucket
        self._spool = spool

    def place(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Store one file of the payload under its own name where it can be a key, else a code.

        `content` opens a stream that raises at its end when its bytes are not genuine.

        Raises:
            StoreError: the bucket cannot be written, the content is damaged, or something else
                lies under the code, too.
        """
        name = self._own_name(payload)
        placed = None if name is None else self._place(name, payload, content, mapped=False)
        return placed or self.place_coded(payload, content)

    def place_coded(self, payload: Payload, content: Callable[[], BinaryIO]) -> Placed:
        """Store one file of the payload under a code of its name.

        Raises:
            StoreError: as when it is stored under its own.
        """
        code = code_of(b"/".join([*payload.base, payload.untrusted_path]))
        name = b"/".join([PAYLOAD, *payload.base, MAPPED_FOLDER, code]).decode("ascii")
        placed = self._place(name, payload, content, mapped=True)
        if placed is None:
            raise StoreError(
                f"the bucket has no place for {payload.digest}: others lie there",
                next_step="deliver below another prefix",
            )
        return placed

    def names(self) -> set[bytes]:
        """Return the names of everything below the prefix.

        Raises:
            StoreError: the bucket cannot be listed.
        """
        return {name.encode("utf-8", "surrogatepass") for name in self._bucket.names()}

    def hashed(self, path: bytes) -> Digest | None:
        """Return the digest of an object as the bucket gives it back; None if not there.

        Raises:
            StoreError: it cannot be read.
        """
        stream = self._bucket.open(path.decode())
        if stream is None:
            return None
        content = hashlib.sha256()
        with stream:
            while chunk := stream.read(CHUNK):
                content.update(chunk)
        return Digest(content.hexdigest())

    def read(self, path: bytes, most: int = -1) -> bytes | None:
        """Return a tag file, or its first `most` bytes; None when it is not there."""
        stream = self._bucket.open(path.decode())
        if stream is None:
            return None
        with stream:
            return stream.read(most)

    def tag(self, path: bytes, chunks: Iterable[bytes]) -> Digest:
        """Store a tag file in place of an unfinished one of ours, and return its digest.

        Raises:
            StoreError: it cannot be written, or the bucket gives back another one.
        """
        with self._spooled(chunks) as spooled:
            if self.hashed(path) != spooled.digest:
                self._bucket.put_own(path.decode(), spooled)
            if self.hashed(path) != spooled.digest:
                raise StoreError(
                    "the bucket does not give back a tag file as it was written",
                    next_step="deliver into another bucket",
                )
            return spooled.digest

    def _own_name(self, payload: Payload) -> str | None:
        """Return the name under which it lay at its source; None where that can be no key."""
        with suppress(ValueError):
            own = [PAYLOAD, *payload.base, *parts_of(payload.untrusted_path)]
            name = b"/".join(own).decode("utf-8")
            if self._bucket.fits(name):
                return name
        return None

    def _place(
        self, name: str, payload: Payload, content: Callable[[], BinaryIO], *, mapped: bool
    ) -> Placed | None:
        """Store a file, unless it lies there; None when something else does."""
        place = name.encode()
        there = self.hashed(place)
        if there == payload.digest:
            return Placed(path=place, mapped=mapped, kept=True)
        if there is None and self._put(name, payload, content):
            return Placed(path=place, mapped=mapped, kept=False)
        return None

    def _put(self, name: str, payload: Payload, content: Callable[[], BinaryIO]) -> bool:
        told = {"mtime-ns": str(payload.mtime_ns), "mode": f"{payload.mode & 0o666:o}"}
        with content() as stream, self._spooled(iter(lambda: stream.read(CHUNK), b"")) as spooled:
            return self._bucket.put_new(name, spooled, told)

    @contextmanager
    def _spooled(self, chunks: Iterable[bytes]) -> Iterator[Spooled]:
        file = self._spool.file()
        try:
            for chunk in chunks:
                file.write(chunk)
            spooled = file.finish()
        except AutoclaveError:
            file.abandon()
            raise
        try:
            yield spooled
        finally:
            self._spool.discard(spooled)
