"""An artefact opened for a program: bytes that came along, or a part of a file, mapped."""

import errno
import mmap
import os

from custody.box import Sample


class InlineSample:
    """Content that came through the wire."""

    __slots__ = ("_content",)

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self._content)

    def view(self) -> memoryview:
        """Return the whole content."""
        return memoryview(self._content)


class MappedSample:
    """A part of a file that came as a read-only descriptor; read when it is looked at."""

    __slots__ = ("_mapping", "_size", "_start")

    def __init__(self, descriptor: int, offset: int, length: int) -> None:
        self._start = offset % mmap.ALLOCATIONGRANULARITY
        self._size = length
        self._mapping = mmap.mmap(
            descriptor,
            length + self._start,
            access=mmap.ACCESS_READ,
            offset=offset - self._start,
        )

    @property
    def size(self) -> int:
        """Length in bytes."""
        return self._size

    def view(self) -> memoryview:
        """Return the mapped part."""
        return memoryview(self._mapping)[self._start : self._start + self._size]


def open_descriptor(descriptor: int, offset: int, length: int) -> Sample:
    """Return a part of a file as a sample, and close the descriptor.

    Raises:
        MemoryError: the part is too large to be mapped here.
        OSError, ValueError: it cannot be mapped, or the file is shorter than the part.
    """
    try:
        if length == 0:  # mmap takes 0 for "to the end of the file"
            return InlineSample(b"")
        return MappedSample(descriptor, offset, length)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            raise MemoryError from error
        raise
    finally:
        os.close(descriptor)
