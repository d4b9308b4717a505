"""A part of a file as a stream of its own."""

import io
import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer


def window(path: Path, offset: int, length: int | None) -> BinaryIO:
    """Open `length` bytes of a file from `offset`, or all that follow.

    Raises:
        OSError: the file cannot be opened.
    """
    if length is None:
        file = path.open("rb")
        file.seek(offset)
        return file
    return cast("BinaryIO", io.BufferedReader(_Window(path, offset, length)))


class _Window(io.RawIOBase):
    """Reads with positions, so that nothing before or after the part is ever seen."""

    def __init__(self, path: Path, offset: int, length: int) -> None:
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        self._position = offset
        self._left = length

    def readable(self) -> bool:
        """Say that this is a stream to read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer with what is left of the part."""
        target = memoryview(buffer).cast("B")[: self._left]
        count = os.preadv(self._descriptor, [target], self._position) if target else 0
        self._position += count
        self._left -= count
        return count

    def close(self) -> None:
        """Close the file."""
        if not self.closed:
            os.close(self._descriptor)
        super().close()
