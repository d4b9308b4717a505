"""Reading with proof: bytes are hashed again and compared with the digest that the caller names."""

import hashlib
import io
from typing import TYPE_CHECKING, BinaryIO, cast

from custody.digest import Digest, digest_of
from custody.errors import ObjectDamagedError
from storage.faults import store_faults
from storage.interface import Readable

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


class VerifiedStore:
    """Reads blobs from a store that is not trusted with their content.

    No checksum of a store's own replaces this: whoever writes below an S3 gateway makes it serve
    forged bytes without an error.
    """

    def __init__(self, store: Readable) -> None:
        self._store = store

    def read(self, key: str, version: str | None, offset: int, size: int, digest: Digest) -> bytes:
        """Return a blob whole.

        Raises:
            ObjectDamagedError: the bytes are not those of the digest.
            ObjectMissingError: there is no such object.
            StoreError: the store cannot be read.
        """
        with (
            self._store.open(key, version, offset=offset, length=size) as stream,
            store_faults("read an object"),
        ):
            content = stream.read()
        if len(content) != size or digest_of(content) != digest:
            raise _damaged(digest)
        return content

    def open(
        self, key: str, version: str | None, offset: int, size: int, digest: Digest
    ) -> BinaryIO:
        """Open a blob as a stream that raises ObjectDamagedError at its end when it is not genuine.

        What was read before the end is unproven: act on it only when the end was reached.
        """
        raw = self._store.open(key, version, offset=offset, length=size)
        return cast("BinaryIO", io.BufferedReader(_Verified(raw, size, digest), 1 << 20))


class _Verified(io.RawIOBase):
    def __init__(self, raw: BinaryIO, size: int, digest: Digest) -> None:
        self._raw = raw
        self._left = size
        self._digest = digest
        self._hash = hashlib.sha256()

    def readable(self) -> bool:
        """Say that this is a stream to read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer and hash what was filled in."""
        target = memoryview(buffer).cast("B")
        with store_faults("read an object"):
            content = self._raw.read(len(target))
        self._hash.update(content)
        self._left -= len(content)
        if not content and target.nbytes:
            self._check()
        target[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Close the stream below."""
        self._raw.close()
        super().close()

    def _check(self) -> None:
        if self._left or self._hash.hexdigest() != self._digest:
            raise _damaged(self._digest)


def _damaged(digest: Digest) -> ObjectDamagedError:
    return ObjectDamagedError(
        f"the stored bytes of {digest} are damaged",
        next_step="run `autoclave audit verify --deep`, then recover the source again",
    )
