"""Copies one large file into the spool, stepping over its holes."""

import errno
import os
from collections.abc import Callable, Iterator

from storage.spool import SpoolFile

_CHUNK = 1 << 18


def copy_content(
    descriptor: int, size: int, file: SpoolFile, progress: Callable[[], None] | None = None
) -> bool:
    """Append what a file holds from `file.size` to `size`; `progress` is called after each part.

    Returns whether the file was that long.

    Raises:
        OSError: the source cannot be read.
        StoreError: the spool cannot be written.
    """
    buffer = memoryview(bytearray(min(size, _CHUNK)))
    for start, end in _data_ranges(descriptor, file.size, size):
        if start > file.size:
            file.write_zeros(start - file.size)
        while file.size < end:
            count = os.preadv(descriptor, [buffer[: end - file.size]], file.size)
            if count == 0:
                return False
            file.write(buffer[:count])
            if progress is not None:
                progress()
    if file.size < size:
        file.write_zeros(size - file.size)
    return True


def has_holes(descriptor: int, facts: os.stat_result) -> bool:
    """Tell whether a file is sparse: fewer blocks than bytes, and a hole that the system names."""
    if facts.st_blocks * 512 >= facts.st_size:
        return False
    return _seek(descriptor, 0, os.SEEK_HOLE, facts.st_size) < facts.st_size


def _data_ranges(descriptor: int, start: int, size: int) -> Iterator[tuple[int, int]]:
    position = start
    while position < size:
        data = _seek(descriptor, position, os.SEEK_DATA, size)
        if data >= size:
            return
        position = _seek(descriptor, data, os.SEEK_HOLE, size)
        yield data, position


def _seek(descriptor: int, position: int, whence: int, size: int) -> int:
    """Find data or a hole; a file system that knows of neither says that all is data."""
    try:
        return min(os.lseek(descriptor, position, whence), size)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole follows
            return size
        if error.errno in {errno.EINVAL, errno.EOPNOTSUPP}:
            return position if whence == os.SEEK_DATA else size
        raise
