"""Copies one large file into the spool, stepping over its holes."""

from collections.abc import Callable

from quarantine.interface import SourceFile
from storage.spool import SpoolFile

_CHUNK = 1 << 18


def copy_content(
    source: SourceFile, size: int, file: SpoolFile, progress: Callable[[], None] | None = None
) -> bool:
    """Append what a file holds from `file.size` to `size`; `progress` is called after each part.

    Returns whether the file was that long.

    Raises:
        NotReadableError, OSError: the source cannot be read.
        StoreError: the spool cannot be written.
    """
    buffer = memoryview(bytearray(min(size, _CHUNK)))
    for start, end in source.stretches(file.size, size):
        if start > file.size:
            file.write_zeros(start - file.size)
        while file.size < end:
            count = source.read_into(buffer[: end - file.size], file.size)
            if count == 0:
                return False
            file.write(buffer[:count])
            if progress is not None:
                progress()
    if file.size < size:
        file.write_zeros(size - file.size)
    return True
