"""The body of an S3 answer as a stream of ours."""

import io
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from storage.s3.faults import s3_faults

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BUFFER = 1 << 20


def stream_of(body: Any) -> BinaryIO:
    """Return a stream over a body; its length is the answer's, and a shorter one is an error."""
    return cast("BinaryIO", io.BufferedReader(_Body(body), BUFFER))


class _Body(io.RawIOBase):
    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        """Say that this is a stream to read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer.

        Raises:
            StoreError: the connection broke, or the body ended before its length.
        """
        target = memoryview(buffer).cast("B")
        with s3_faults("read an object"):
            content = self._body.read(len(target))
        target[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Give the connection back, or close it when the body was not read to its end."""
        self._body.close()
        super().close()
