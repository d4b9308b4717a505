"""Files on this machine, opened for the box and read once for their digest."""

import hashlib
import os
import stat
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from custody.box import OpenFile
from custody.digest import Digest
from custody.errors import SourceError, UsageError
from custody.names import escape

READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file that is open for reading."""

    path: bytes
    stream: BinaryIO
    digest: Digest
    size: int

    @property
    def content(self) -> OpenFile:
        """Return the file as the box takes it."""
        return OpenFile(descriptor=self.stream.fileno(), offset=0, length=self.size)


def open_file(opened: ExitStack, path: bytes) -> OpenedFile:
    """Open a regular file; anything else could block or never end.

    Raises:
        UsageError: the path is no regular file.
        SourceError: it cannot be read.
    """
    shown = escape(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        stream = opened.enter_context(os.fdopen(descriptor, "rb"))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(
                f"{shown} is no file", next_step="name files; `autoclave recover` takes folders"
            )
        digest, size = _read(stream)
    except IsADirectoryError as error:
        raise UsageError(
            f"{shown} is a folder", next_step="name files; `autoclave recover` takes folders"
        ) from error
    except OSError as error:
        raise SourceError(
            f"{shown} cannot be read: {error.strerror}", next_step="check the path and its rights"
        ) from error
    return OpenedFile(path=path, stream=stream, digest=digest, size=size)


def _read(stream: BinaryIO) -> tuple[Digest, int]:
    running, size = hashlib.sha256(), 0
    while chunk := stream.read(READ_BYTES):
        running.update(chunk)
        size += len(chunk)
    return Digest(running.hexdigest()), size
