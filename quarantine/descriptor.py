"""A file of a mounted file system, open for reading: its bytes, its holes, whether it changed."""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress

from custody.entry import Entry


class DescriptorFile:
    """Reads through a descriptor, which it closes in the end."""

    def __init__(self, descriptor: int, entry: Entry, facts: os.stat_result) -> None:
        self._descriptor = descriptor
        self._entry = entry
        self._facts = facts

    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position; a network file system may give less."""
        return os.pread(self._descriptor, size, position)

    def read_into(self, buffer: memoryview, position: int) -> int:
        """Fill a buffer from a position and return how much was read."""
        return os.preadv(self._descriptor, [buffer], position)

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield begin and end of what holds data there, as far as the file system knows."""
        with suppress(OSError):  # advice only
            os.posix_fadvise(self._descriptor, 0, 0, os.POSIX_FADV_SEQUENTIAL)
        position = start
        while position < end:
            data = self._seek(position, os.SEEK_DATA, end)
            if data >= end:
                return
            position = self._seek(data, os.SEEK_HOLE, end)
            yield data, position

    def stood_still(self) -> bool:
        """Whether size and time are what was listed."""
        facts = self._facts = os.fstat(self._descriptor)
        return facts.st_size == self._entry.size and facts.st_mtime_ns == self._entry.mtime_ns

    def sparse(self) -> bool:
        """Whether it has fewer blocks than bytes, and a hole that the system names."""
        facts = self._facts
        if facts.st_blocks * 512 >= facts.st_size:
            return False
        return self._seek(0, os.SEEK_HOLE, facts.st_size) < facts.st_size

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)

    def _seek(self, position: int, whence: int, end: int) -> int:
        """Find data or a hole; a file system that knows of neither says that all is data."""
        try:
            return min(os.lseek(self._descriptor, position, whence), end)
        except OSError as error:
            if error.errno == errno.ENXIO:  # nothing but a hole follows
                return end
            if error.errno in {errno.EINVAL, errno.EOPNOTSUPP}:
                return position if whence == os.SEEK_DATA else end
            raise
