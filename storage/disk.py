"""The few operations that a store's durability rests on, apart, so that tests can cut the power."""

import errno
import os
import shutil
from pathlib import Path
from typing import Protocol

# Neither writable nor executable: what lies in quarantine is never run by mistake.
BLOB_MODE = 0o400
_UNLINKABLE = frozenset({errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP})


class Disk(Protocol):
    """Every method raises OSError; nothing is durable before the sync of its file or folder."""

    def make_folder(self, path: Path) -> None:
        """Make one folder, private to this user; an existing one is kept."""
        ...

    def write(self, path: Path, content: bytes | Path, mtime_ns: int) -> None:
        """Make a new file of these bytes; a file of the same file system is adopted, not copied."""
        ...

    def sync(self, path: Path) -> None:
        """Make a file's content durable."""
        ...

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name in one step, over an older file of that name."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        ...

    def remove(self, path: Path) -> None:
        """Remove a file's name; a missing one is no error."""
        ...


class RealDisk:
    """The operating system's file system."""

    def make_folder(self, path: Path) -> None:
        """Make one folder, private to this user; an existing one is kept."""
        path.mkdir(mode=0o700, exist_ok=True)

    def write(self, path: Path, content: bytes | Path, mtime_ns: int) -> None:
        """Make a new file of these bytes; a file of the same file system is adopted, not copied."""
        if isinstance(content, bytes):
            _create(path, content)
        elif not _adopted(path, content):
            _copy(path, content)
        os.utime(path, ns=(mtime_ns, mtime_ns))

    def sync(self, path: Path) -> None:
        """Make a file's content durable."""
        # A write-back error between the write and this open is still reported to the first
        # fsync after it (Linux errseq_t, 4.17), so no descriptor is kept open for it.
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fdatasync(descriptor)
        finally:
            os.close(descriptor)

    def rename(self, old: Path, new: Path) -> None:
        """Give a file its final name in one step, over an older file of that name."""
        old.replace(new)
        # POSIX rename does nothing when both names are links of one file.
        old.unlink(missing_ok=True)

    def sync_folder(self, path: Path) -> None:
        """Make the names in a folder durable."""
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        """Remove a file's name; a missing one is no error."""
        path.unlink(missing_ok=True)


def _create(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, BLOB_MODE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _copy(path: Path, source: Path) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, BLOB_MODE)
    with os.fdopen(descriptor, "wb") as file, source.open("rb") as content:
        shutil.copyfileobj(content, file, 1 << 20)


def _adopted(path: Path, source: Path) -> bool:
    """Link rather than rename, so that a put that is tried again still finds its source."""
    try:
        path.hardlink_to(source)
    except OSError as error:
        if error.errno in _UNLINKABLE:
            return False
        raise
    path.chmod(BLOB_MODE)
    return True
